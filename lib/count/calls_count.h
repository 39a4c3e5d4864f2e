/* The counters that calls are in, internal to lib/count: a call lies in the slice of its
 * last record. Each function takes the stripe's lock. */
#ifndef RF_COUNT_CALLS_COUNT_H
#define RF_COUNT_CALLS_COUNT_H

#include "lib/count/table.h"

static inline struct slice calls_slice(int64_t ts)
{
    return slice_of(ts, RF_COUNT_CALL_MS);
}

/* A call more at ts; gives the calls up now. */
double calls_count_in(struct rf_counters *c, struct place at, int64_t ts);
/* The one of that ts less. */
void calls_count_out(struct rf_counters *c, struct place at, int64_t ts);

#endif
