/* What a batch adds to the interception totals: for each record (those with test: true
 * apart) its kind and verdict, the rules that hit, the fraud type, grid, trunk and feed.
 * Hot; called before the replies leave. */
#ifndef DAEMON_TALLY_H
#define DAEMON_TALLY_H

#include "daemon/live.h"
#include "daemon/ops/totals.h"
#include "lib/record/record.h"

/* Count n records with their judgments in the hour of now_ms. */
void tally_batch(struct totals *t, const struct live_set *set,
                 const struct rf_record *records, const struct rf_judgment *judgments,
                 size_t n, struct rf_str feed, int64_t now_ms);
/* The hour (yyyymmddhh) of a time in the zone. */
uint32_t tally_hour(const struct rf_zone *zone, int64_t ms);

#endif
