/* Small sets of byte strings for literal extraction, in an arena. Cold. */
#ifndef RF_MATCH_LITERAL_SET_H
#define RF_MATCH_LITERAL_SET_H

#include "lib/match/literal.h"

/* The set of the one empty string. */
struct rf_literals rf_literals_empty(struct rf_arena *a);
/* Add s to the set (memory is already the arena's) unless it is there; false: full. */
bool rf_literals_add(struct rf_literals *to, struct rf_str s, struct rf_arena *a);
/* Add all of `from`; false when that were too many (`to` is then of no use). */
bool rf_literals_join(struct rf_literals *to, struct rf_literals from,
                      struct rf_arena *a);
/* Every string of x followed by every one of y; false when more than max or too long. */
bool rf_literals_product(struct rf_literals x, struct rf_literals y, size_t max,
                         struct rf_arena *a, struct rf_literals *out);
/* Leave out strings of which another one is a part (heads: which begin with it); the rest
 * moves into a new place. */
struct rf_literals rf_literals_prune(struct rf_literals x, bool heads,
                                     struct rf_arena *a);
/* Whether both hold the same strings in the same order. */
bool rf_literals_same(struct rf_literals x, struct rf_literals y);
/* Whether each string of x has a part that is one of y. */
bool rf_literals_imply(struct rf_literals x, struct rf_literals y);

#endif
