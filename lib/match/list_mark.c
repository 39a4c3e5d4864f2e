/* Noting in each run of numbers near which of its keys prefixes and ranges lie, so that a
 * lookup of what is in none mostly ends at the run. Cold. */
#include "lib/match/list_internal.h"

/* Whether two number keys have one form and length: only then do prefix keys order as
 * they do. */
static bool same_length(int64_t a, int64_t b)
{
    return (a ^ b) >> RF_NUMBER_VALUE_BITS == 0;
}

/* The prefix key of a number key. */
static int64_t prefix_of(int64_t key)
{
    uint64_t value = (uint64_t)key & ((UINT64_C(1) << RF_NUMBER_VALUE_BITS) - 1);
    return rf_prefix_key((key & RF_NUMBER_SHORT) != 0, value,
                         (unsigned)(key >> RF_NUMBER_VALUE_BITS) & 31);
}

static bool meets(const struct rf_list *l, int64_t first, int64_t last)
{
    return rf_intervals_meet(&l->ranges, first, last) ||
           rf_intervals_meet(&l->prefixes, prefix_of(first), prefix_of(last));
}

/* The least step with which the slices reach from a run's first key to `last`. */
static unsigned step_of(int64_t first, int64_t last)
{
    uint64_t most = (uint64_t)(last - first) / RF_NUMBERS_SLICES;
    return most ? 64 - (unsigned)__builtin_clzll(most) : 0;
}

static uint32_t near_slices(const struct rf_list *l, int64_t first, int64_t last,
                            unsigned step)
{
    uint32_t near = 0;
    for (unsigned i = 0; i < RF_NUMBERS_SLICES && first <= last; i++) {
        int64_t end =
            last - first < (INT64_C(1) << step) ? last : first + (INT64_C(1) << step) - 1;
        near |= (uint32_t)meets(l, first, end) << i;
        first = end + 1;
    }
    return near;
}

void rf_list_mark(struct rf_list *l)
{
    struct rf_number_run *runs = (struct rf_number_run *)l->numbers.runs;
    const int64_t *firsts = l->numbers.firsts.level[0];
    for (uint32_t i = 0; i + 1 < l->head->n_runs; i++) {
        int64_t first = firsts[i], last = firsts[i + 1] - 1;
        if (!same_length(first, last + 1))
            continue; /* all of it is near, as in the last run */
        unsigned step = step_of(first, last);
        rf_numbers_mark(&runs[i], step,
                        meets(l, first, last) ? near_slices(l, first, last, step) : 0);
    }
}
