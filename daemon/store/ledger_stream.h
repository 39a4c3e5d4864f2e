/* The exchange of a ledger through one Redis stream, PREFIX + name: each change is one
 * entry (fields key value time expires origin deleted who why), changes that are of no
 * more use are taken out, so that the stream holds about one entry a key. When Redis
 * answers (again), or when the stream is shorter than it should be since data was lost,
 * all of it is read from its beginning, then what it lacks is added: by every daemon, as
 * doubles are harmless and go. The functions of a store part (part.h); store thread. */
#ifndef STORE_LEDGER_STREAM_H
#define STORE_LEDGER_STREAM_H

#include "daemon/store/ledger.h"

struct ledger_stream;
struct store;

/* l must outlive it. */
struct ledger_stream *ledger_stream_new(struct store *st, struct ledger *l,
                                        const char *name);
void ledger_stream_up(void *self);
void ledger_stream_flush(void *self, int64_t now_ms);
bool ledger_stream_idle(void *self);
void ledger_stream_free(void *self);

#endif
