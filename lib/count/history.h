/* What is usual for a key (`surge`), internal to lib/count: the highest value of its
 * window in each hour of some days. A node of its own beside that of the window, with the
 * hours on the heap: 192 bytes a day. */
#ifndef RF_COUNT_HISTORY_H
#define RF_COUNT_HISTORY_H

#include "lib/count/table.h"

/* out holds the window's value at ts; becomes the multiple of the usual. Takes the
 * stripe's lock. */
void history_add(struct rf_counters *c, const struct rf_count_spec *spec,
                 const struct rf_hash128 *key, int64_t ts, struct rf_count_value *out);
void history_read(struct rf_counters *c, const struct rf_count_spec *spec,
                  const struct rf_hash128 *key, int64_t ts, struct rf_count_value *out);

/* For sharing, under the stripe's lock: the highest value of an hour, 0 for none; that of
 * another process taken in; the newest hour. */
uint32_t history_peak(const struct node *n, uint32_t hour);
void history_merge(struct node *n, uint32_t hour, uint32_t peak);

/* Free what is on the heap; under the stripe's lock. */
void history_drop(struct node *n, size_t *bytes);

#endif
