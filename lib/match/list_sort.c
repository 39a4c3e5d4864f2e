/* Sorting the entries of lists. Cold. */
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/match/list_internal.h"

#define DIGIT_BITS 11
#define DIGITS 6 /* of 63 bits */
#define BUCKETS (1 << DIGIT_BITS)
#define FEW 4096 /* for fewer, counting costs more than comparing */

static int compare_numbers(const void *a, const void *b)
{
    const struct rf_number_draft *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static int compare_intervals(const void *a, const void *b)
{
    const struct rf_interval_draft *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end > y->end ? -1 : 1;
    return (x->line < y->line) - (x->line > y->line);
}

static bool is_sorted(const struct rf_number_draft *v, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        if (v[i - 1].key > v[i].key)
            return false;
    return true;
}

static unsigned digit_of(int64_t key, unsigned d)
{
    return (unsigned)(key >> (d * DIGIT_BITS)) & (BUCKETS - 1);
}

/* One digit of a radix sort, stable; counts become places. False, with nothing moved,
 * where all have the same. */
static bool pass(const struct rf_number_draft *from, struct rf_number_draft *to,
                 uint32_t n, unsigned d, uint32_t counts[BUCKETS])
{
    uint32_t sum = 0;
    if (counts[digit_of(from[0].key, d)] == n)
        return false;
    for (unsigned i = 0; i < BUCKETS; i++) {
        uint32_t count = counts[i];
        counts[i] = sum;
        sum += count;
    }
    for (uint32_t i = 0; i < n; i++)
        to[counts[digit_of(from[i].key, d)]++] = from[i];
    return true;
}

static void radix_sort(struct rf_number_draft *v, uint32_t n)
{
    uint32_t(*counts)[BUCKETS] = rf_mem_calloc(DIGITS, sizeof *counts);
    struct rf_number_draft *spare = rf_mem_pages((size_t)n * sizeof *v);
    struct rf_number_draft *from = v, *to = spare;
    for (uint32_t i = 0; i < n; i++)
        for (unsigned d = 0; d < DIGITS; d++)
            counts[d][digit_of(v[i].key, d)]++;
    for (unsigned d = 0; d < DIGITS; d++) {
        if (pass(from, to, n, d, counts[d])) {
            struct rf_number_draft *t = from;
            from = to;
            to = t;
        }
    }
    if (from != v)
        memcpy(v, from, (size_t)n * sizeof *v);
    free(spare);
    free(counts);
}

void rf_list_sort_numbers(struct rf_number_draft *v, uint32_t n)
{
    if (n < 2)
        return;
    if (n <= FEW)
        qsort(v, n, sizeof *v, compare_numbers);
    else if (!is_sorted(v, n))
        radix_sort(v, n);
}

void rf_list_sort_intervals(struct rf_interval_draft *v, uint32_t n)
{
    if (n > 1)
        qsort(v, n, sizeof *v, compare_intervals);
}
