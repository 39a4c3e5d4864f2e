/* The literals that every match of a regex must contain: what the scan looks for before
 * PCRE2 is asked. Sound above all: a pattern not understood has none. Cold, any thread.
 */
#ifndef RF_MATCH_LITERAL_H
#define RF_MATCH_LITERAL_H

#include "lib/base/arena.h"

#define RF_LITERAL_BYTES 48 /* no literal is longer */
#define RF_LITERAL_MAX 1024 /* no pattern has more */

/* Alternatives: each match's text contains at least one of them, ASCII letters taken
 * without case (they are lower case here). n is 0 where none are known. */
struct rf_literals {
    struct rf_str *v;
    size_t n;
};

/* The necessary literals of a regex that pcre2_compile has taken with UTF and UCP.
 * caseless: PCRE2_CASELESS was set. folded: texts are NFKC-case-folded, so that of a
 * letter's case variants only the folded one can stand there. Memory is the arena's. */
struct rf_literals rf_literal_extract(struct rf_str pattern, bool caseless, bool folded,
                                      struct rf_arena *a);

#endif
