/* HyperLogLog over nine slots, internal to lib/count; under the stripe's lock. 4,096
 * registers (standard error 1.6 %) for each slot in use and for their union in the window
 * last asked for, which is kept up to date as values come: a record costs O(1), the first
 * one after the window moved one merge.
 *
 * Flajolet et al. 2007; the estimate is Ertl's (arXiv:1702.01284, algorithm 6), which
 * needs no bias tables and no switch between ranges. */
#ifndef RF_COUNT_HLL_H
#define RF_COUNT_HLL_H

#include <stddef.h>
#include <stdint.h>

enum { HLL_BITS = 12, HLL_REGISTERS = 1 << HLL_BITS };

struct hll;

struct hll *hll_new(size_t *bytes);
void hll_free(struct hll *h, size_t *bytes);
/* value must be a hash. */
void hll_add(struct hll *h, unsigned slot, uint64_t value, size_t *bytes);
void hll_clear(struct hll *h, unsigned slot, size_t *bytes);
/* Estimate of the different values in the slots of mask. */
double hll_count(struct hll *h, uint16_t mask);

/* Raise the register of value, of HLL_REGISTERS. */
void hll_raise(uint8_t *registers, uint64_t value);
/* A slot's registers, out and in: in are raised to the given. */
void hll_copy(const struct hll *h, unsigned slot, uint8_t *out);
void hll_merge(struct hll *h, unsigned slot, const uint8_t *registers, size_t *bytes);

#endif
