/* When a key was first counted (`new`), internal to lib/count; takes the stripe's lock.
 */
#ifndef RF_COUNT_SEEN_H
#define RF_COUNT_SEEN_H

#include "lib/count/table.h"

void seen_add(struct rf_counters *c, const struct rf_count_spec *spec,
              const struct rf_hash128 *key, int64_t ts, struct rf_count_value *out);
void seen_read(struct rf_counters *c, const struct rf_count_spec *spec,
               const struct rf_hash128 *key, int64_t ts, struct rf_count_value *out);
/* For sharing, under the stripe's lock: another process saw the key first at that time.
 */
void seen_merge(struct node *n, int64_t first_ms);

#endif
