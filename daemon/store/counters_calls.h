/* Calls of `concurrent`, shared as news in two streams: `calls`, of calls that all know,
 * kept long enough to begin from, and `strays`, releases of calls unknown where they were
 * seen, which matter for a moment only. Store thread. */
#ifndef STORE_COUNTERS_CALLS_H
#define STORE_COUNTERS_CALLS_H

#include "daemon/store/store.h"
#include "lib/count/share.h"

struct counters_calls;

struct counters_calls *counters_calls_new(struct store *st, struct rf_counters *table);
void counters_calls_free(struct counters_calls *cc);
void counters_calls_up(struct counters_calls *cc);
void counters_calls_down(struct counters_calls *cc);
void counters_calls_flush(struct counters_calls *cc);
/* Nothing waits to be sent. */
bool counters_calls_idle(const struct counters_calls *cc);

#endif
