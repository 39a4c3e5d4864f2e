/* How often literals stand in ordinary texts: an estimate, to choose the rarest. Letters
 * by their share of English text, common words by theirs; whoever estimates badly gets
 * slow answers, never wrong ones. Pure, cold. */
#ifndef RF_MATCH_LITERAL_COST_H
#define RF_MATCH_LITERAL_COST_H

#include "lib/match/literal.h"

/* What stands in more texts than this is not worth looking for. */
#define RF_LITERAL_USELESS 0.6

/* The share of texts (about 100 bytes each) with this literal; above 1 for "". */
double rf_literal_cost(struct rf_str s);
/* The same for any of a set; above 1 for the empty set, which rules nothing out. */
double rf_literals_cost(struct rf_literals x);
/* The share of a text's characters that are members. */
double rf_set_share(const struct rf_set *s);

#endif
