/* Chains: characters of certain sets that stand in a text one after the other, between
 * them none or some of other sets. A necessary condition of most regexes, of those for
 * "v i a g r a" or for long runs of letters, too, in which no literal is certain: it
 * costs a step or less for each byte, where PCRE2 tries many at many places.
 *
 * A chain is made while a pattern is read (cold); chains become tables, which any number
 * of threads read (hot). */
#ifndef RF_MATCH_CHAIN_H
#define RF_MATCH_CHAIN_H

#include "lib/base/arena.h"
#include "lib/match/set.h"

#define RF_CHAIN_LINKS 64 /* while it is made: what comes later is left out */
#define RF_CHAIN_MAX 32   /* links that are looked for where many chains are */

struct rf_link {
    struct rf_set want; /* one of these, */
    struct rf_set skip; /* after any number of these behind the link before */
};

struct rf_chain {
    struct rf_link *v;
    uint32_t n, cap;
    bool full;
    struct rf_set tail; /* behind the last link any number of these */
};

/* n characters of the set, or more of them. */
struct rf_chain rf_chain_run(const struct rf_set *set, uint32_t n, bool more,
                             struct rf_arena *a);
/* x behind it. */
void rf_chain_append(struct rf_chain *to, const struct rf_chain *x, struct rf_arena *a);
/* Either of the two, which take none but the characters of their spans. */
void rf_chain_join(struct rf_chain *to, const struct rf_set *to_span,
                   const struct rf_chain *x, const struct rf_set *x_span,
                   struct rf_arena *a);
/* Any number of these behind it. */
void rf_chain_skip(struct rf_chain *to, const struct rf_set *set);
/* Leave at most RF_CHAIN_MAX links, those least likely; returns at how many places of a
 * text (of about 100 bytes) they are likely to begin. */
double rf_chain_narrow(struct rf_chain *c);

/* A chain as a table: for each class of bytes two words, in which a bit stands for a
 * link: 0 in those that want the byte, in those that let it pass behind them. */
struct rf_chain_table {
    uint8_t class_of[256];
    uint64_t *rows;
    uint64_t last; /* the bit of the last link */
};

/* The table of a chain of at least one link; it lives in a. */
struct rf_chain_table *rf_chain_table_new(const struct rf_chain *c, struct rf_arena *a);
/* Whether the chain stands in the text. */
bool rf_chain_in(const struct rf_chain_table *c, struct rf_str text);

/* Some chains as a table of the same kind: for each class of bytes and each chain two
 * words, in which a bit stands for a link: 0 in those that want the byte, in those that
 * let it pass behind them. */
struct rf_chains {
    uint32_t row_of[256]; /* by byte: where the words of its class begin in the rows */
    uint32_t n, lanes;    /* chains; the same, rounded up to what is done at once */
    uint32_t *rows;       /* by class: `lanes` words of either kind */
    uint32_t *last;       /* by chain: the bit of its last link */
};

#define RF_CHAINS_AT_ONCE 8

/* The table of n chains of one to RF_CHAIN_MAX links; it lives in a. */
struct rf_chains *rf_chains_new(const struct rf_chain *v, uint32_t n, struct rf_arena *a);

/* Which chains stand in the text: found[i], of c->lanes words, is not 0 where chain i
 * does. */
void rf_chains_find(const struct rf_chains *c, struct rf_str text, uint32_t *found);
/* Two ways to do it, compiled for AVX2 and for any machine. */
void rf_chains_find_avx2(const struct rf_chains *c, struct rf_str text, uint32_t *found);
void rf_chains_find_plain(const struct rf_chains *c, struct rf_str text, uint32_t *found);

#endif
