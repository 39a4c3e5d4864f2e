/* Whether a Redis still holds all that it confirmed. Each write carries the mark that the
 * one before left, and leaves its own only where it finds that: so a mark seen later
 * stands for every write before it. A server that was emptied, or went back to an older
 * state (a restart, a replica that was behind), shows an older mark, and a late command
 * cannot repair that, since its own predecessor is missing.
 *
 * Pure: no Redis, no clock. One thread. */
#ifndef STORE_CHAIN_H
#define STORE_CHAIN_H

#include "lib/base/str.h"

enum { CHAIN_MARK_MAX = 64 };

struct chain {
    char nonce[17];          /* of this process */
    char at[CHAIN_MARK_MAX]; /* the last mark known to have been there */
    size_t at_bytes;
    uint64_t at_number; /* ours in `at`; not ours: the last sent before it was seen */
    uint64_t sent;      /* the last mark sent */
    uint64_t anchor;    /* `sent` when `at` was seen by chain_seen */
};

/* Nothing is known: the first chain_seen says that all was lost. */
void chain_init(struct chain *c, uint64_t nonce);
/* The mark a write expects, and, in *mine, its number. */
size_t chain_next(struct chain *c, char before[CHAIN_MARK_MAX],
                  char after[CHAIN_MARK_MAX], uint64_t *mine);
/* The write with that number ran in its place. */
void chain_confirm(struct chain *c, uint64_t mine);
/* The mark that is there now (empty: none), asked for while nothing was under way. False:
 * something confirmed was lost. Either way the next write follows it. */
bool chain_seen(struct chain *c, struct rf_str mark);

#endif
