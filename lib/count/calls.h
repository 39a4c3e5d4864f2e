/* Calls that are up, internal to lib/count: a table of its own, since a release names the
 * call only and has to find every counter it is in. Locks: a part's, then a stripe's. */
#ifndef RF_COUNT_CALLS_H
#define RF_COUNT_CALLS_H

#include <stddef.h>
#include <stdint.h>

struct calls;

/* Room for `max` calls (more than one in each part). */
struct calls *calls_new(size_t max);
void calls_free(struct calls *c);
/* Forget those without a record for so long that no counter counts them at now_ms. */
size_t calls_sweep(struct calls *c, int64_t now_ms);
/* Forget all; the counters do not learn of it. */
void calls_forget(struct calls *c);
/* Calls that gave way to others. Any thread. */
uint64_t calls_dropped(const struct calls *c);
size_t calls_bytes(struct calls *c);

#endif
