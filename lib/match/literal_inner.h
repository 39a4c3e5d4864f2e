/* What literal.c knows of the pattern while it reads it, and the single characters and
 * classes, which literal_item.c reads. Private to the two. */
#ifndef RF_MATCH_LITERAL_INNER_H
#define RF_MATCH_LITERAL_INNER_H

#include "lib/match/literal_set.h"
#include "lib/match/regex_lex.h"

struct reader {
    struct rf_regex_lex lex;
    struct rf_token t; /* the token being looked at */
    struct rf_arena *a;
    struct rf_regex_ask *ask;
    bool folded, squeezed;
    uint32_t depth; /* open groups */
};

/* Each is necessary; the rarest first. */
struct sets {
    struct rf_literals v[RF_NEED_SETS];
    double cost[RF_NEED_SETS];
    bool leads[RF_NEED_SETS]; /* each match begins with one of them */
    size_t n;
};

struct info {
    bool exact;                 /* `strings` are all it can match; else: */
    struct rf_literals strings; /* exact */
    struct sets need;           /* of each one must stand in the text */
    struct rf_set span;         /* it takes none but these */
    struct rf_chain chain;      /* of it; in the text itself only */
};

/* Nothing is known of what stands there. */
struct info rf_info_any(void);
/* Nothing stands there. */
struct info rf_info_nothing(struct reader *r);
/* What the token, a CHAR, CLASS, ONE, ASSERT or UNKNOWN, just read, matches. */
struct info rf_info_token(struct reader *r, const struct rf_token *t);

/* Whether the token, as above, matches every character beyond ASCII that can stand in the
 * text. */
bool rf_info_all_beyond(struct reader *r, const struct rf_token *t);

#endif
