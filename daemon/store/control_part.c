/* The part of the store that shares run-time changes (daemon/overrides.h): PREFIXcontrol.
 */
#include <stdlib.h>

#include "daemon/overrides.h"
#include "daemon/server.h"
#include "daemon/store/ledger_stream.h"
#include "daemon/store/part.h"
#include "daemon/store/store.h"
#include "lib/base/mem.h"

struct control_part {
    struct overrides *overrides;
    struct ledger_stream *stream;
};

static void *make(struct store *st)
{
    struct control_part *p = rf_mem_calloc(1, sizeof *p);
    p->overrides = store_server(st)->overrides;
    p->stream = ledger_stream_new(st, overrides_ledger(p->overrides), "control");
    return p;
}

static void up(void *self)
{
    ledger_stream_up(((struct control_part *)self)->stream);
}

static void flush(void *self, int64_t now_ms)
{
    struct control_part *p = self;
    ledger_stream_flush(p->stream, now_ms);
    overrides_refresh(p->overrides);
}

static bool idle(void *self)
{
    return ledger_stream_idle(((struct control_part *)self)->stream);
}

static void part_free(void *self)
{
    struct control_part *p = self;
    ledger_stream_free(p->stream);
    free(p);
}

const struct store_part store_control = {
    .name = "control",
    .make = make,
    .up = up,
    .flush = flush,
    .idle = idle,
    .free = part_free,
};
