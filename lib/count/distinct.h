/* The different values of one counter, internal to lib/count; under the stripe's lock.
 *
 * They live in the counter's extension: seven in the node, more in a hash table on the
 * heap, and for thresholds above RF_LIMIT_DISTINCT_EXACT, once there are more values than
 * that, in HyperLogLog registers, one set per slot. A value knows by a bit mask in which
 * of the counter's nine slots it was seen, so that a window's value counts those with a
 * bit in the window's slots.
 *
 * Bound and exactness: a slot takes no new value once it holds cap + 1. If a window
 * includes such a slot, at least cap + 1 > over values are counted; if not, none of its
 * slots ever left one out, and the count is exact. So `value > over` is right for every
 * over <= cap, for late records as for those in order, and a counter holds at most
 * 9 * (cap + 1) values. */
#ifndef RF_COUNT_DISTINCT_H
#define RF_COUNT_DISTINCT_H

#include "lib/count/table.h"

/* value was seen in that slot. *bytes follows what is held on the heap. */
void distinct_add(struct node *ext, unsigned slot, uint64_t value, uint32_t cap,
                  size_t *bytes);
/* The slot was given to a newer slice: nothing was seen in it yet. */
void distinct_clear(struct node *ext, unsigned slot, size_t *bytes);
/* Values seen in any of the slots of mask. */
double distinct_count(struct node *ext, uint16_t mask);
/* Free what is on the heap. */
void distinct_drop(struct node *ext, size_t *bytes);

/* ---- for sharing ---- */

/* Values of that slot. Not of HyperLogLog. O(1) but for the first seven. */
uint32_t distinct_slot_count(const struct node *ext, unsigned slot);
/* Whether they are HyperLogLog registers by now. */
static inline bool distinct_is_dense(const struct node *ext)
{
    return ext->block && ext->dense;
}
/* Tell fn of each value of the slot. Not of HyperLogLog. */
void distinct_each(const struct node *ext, unsigned slot,
                   void (*fn)(void *arg, uint64_t value), void *arg);
/* The slot's registers, of values counted one by one, too. */
void distinct_registers(const struct node *ext, unsigned slot, uint8_t *out);
/* Raise the slot's registers; from then on there are no single values. */
void distinct_merge(struct node *ext, unsigned slot, const uint8_t *registers,
                    size_t *bytes);

#endif
