/* What every match of a regex must have in its text: what the scan looks for before PCRE2
 * is asked. Sound above all: of a pattern not understood nothing is asked. Cold, any
 * thread. */
#ifndef RF_MATCH_LITERAL_H
#define RF_MATCH_LITERAL_H

#include "lib/base/arena.h"
#include "lib/match/chain.h"

#define RF_LITERAL_BYTES 48 /* no literal is longer */
#define RF_LITERAL_MAX 1024 /* no pattern has more in one set */
#define RF_NEED_SETS 3

/* Alternatives: each match's text contains at least one of them, ASCII letters taken
 * without case (they are lower case here). n is 0 where none are known. */
struct rf_literals {
    struct rf_str *v;
    size_t n;
};

/* All of this is necessary, each part by itself. */
struct rf_needs {
    struct rf_literals sets[RF_NEED_SETS]; /* the rarest first */
    bool leads[RF_NEED_SETS];              /* each match begins with one of the set */
    size_t n;
    bool squeezed; /* the sets stand in the squeezed text, else in the text itself */
    struct rf_chain chain; /* in the text itself; no links where it would not help */
};

struct rf_regex_ask;

/* What is necessary for a regex that pcre2_compile has taken with UTF and UCP. caseless:
 * PCRE2_CASELESS was set. folded: texts are folded as lib/text/fold.h does. Memory is the
 * arena's. */
void rf_needs_extract(struct rf_str pattern, bool caseless, bool folded,
                      struct rf_regex_ask *ask, struct rf_arena *a, struct rf_needs *out);

/* The one best set of those in the text itself. */
struct rf_literals rf_literal_extract(struct rf_str pattern, bool caseless, bool folded,
                                      struct rf_arena *a);

#endif
