/* Changes of lists, shared by the stream rf:lists. */
#include "daemon/changes.h"
#include "daemon/server.h"
#include "daemon/store/ledger_stream.h"
#include "daemon/store/part.h"
#include "daemon/store/store.h"

static void *make(struct store *st)
{
    return ledger_stream_new(st, changes_ledger(store_server(st)->changes), CHANGES_NAME);
}

const struct store_part store_lists = {
    .name = "lists",
    .make = make,
    .up = ledger_stream_up,
    .flush = ledger_stream_flush,
    .idle = ledger_stream_idle,
    .free = ledger_stream_free,
};
