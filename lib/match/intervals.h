/* Intervals of keys, nested or overlapping: the prefixes and the ranges of a list. Found
 * by the greatest beginning not behind the key; from there links lead outwards to those
 * that begin before and reach as far. Built cold; read by any thread. A search costs one
 * tree walk and the depth of nesting. */
#ifndef RF_MATCH_INTERVALS_H
#define RF_MATCH_INTERVALS_H

#include <stdbool.h>

#include "lib/match/tree.h"

#define RF_INTERVALS_NONE UINT32_MAX

/* One interval beside its beginning, which stands in the tree. */
struct rf_interval {
    int64_t end;   /* the last key in it */
    int64_t reach; /* the greatest end of this one and all its links lead to */
    uint32_t out;  /* the next that begins no later, less than this; or NONE */
    uint32_t pad;
};

struct rf_intervals {
    struct rf_tree begins; /* ascending; of equal ones the widest first */
    const struct rf_interval *v;
};

/* Fill reach and out of n intervals with their ends, begins[i] being the beginning. */
void rf_intervals_link(struct rf_interval *v, const int64_t *begins, uint32_t n);
/* The innermost interval with the key, given what rf_tree_find found for it; or NONE. */
uint32_t rf_intervals_at(const struct rf_intervals *s, uint32_t begin, int64_t key);
/* Whether some interval has a key from first to last. */
bool rf_intervals_meet(const struct rf_intervals *s, int64_t first, int64_t last);
/* The next one outside interval i that holds the key, or NONE. */
uint32_t rf_intervals_out(const struct rf_intervals *s, uint32_t i, int64_t key);

#endif
