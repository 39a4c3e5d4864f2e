/* A bit set before a list's numbers, for lists that every record is looked up in: most
 * numbers are in none, which one bit tells. */
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/match/list_internal.h"

#define SIEVE_BITS 16 /* for each number */

void rf_list_sift(struct rf_list *l)
{
    const struct rf_list_header *h = l->head;
    if (h->n_numbers == 0 || h->n_prefixes || h->n_ranges || l->sieve)
        return;
    unsigned log = 10;
    while (log < 30 && UINT64_C(1) << log < (uint64_t)SIEVE_BITS * h->n_numbers)
        log++;
    l->sieve_shift = 64 - log;
    l->sieve = rf_mem_calloc((size_t)1 << (log - 6), sizeof *l->sieve);
    for (uint32_t i = 0; i < h->n_numbers; i++) {
        uint64_t bit = rf_list_bit(l, rf_numbers_at(&l->numbers, i));
        l->sieve[bit / 64] |= UINT64_C(1) << (bit % 64);
    }
}
