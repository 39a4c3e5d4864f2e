/* Runs of bytes: a text holds at least n bytes of a class side by side. A cheap necessary
 * condition of regexes with long repeats. Pure, any thread; rf_run_in is hot. */
#ifndef RF_MATCH_RUN_H
#define RF_MATCH_RUN_H

#include "lib/base/str.h"

struct rf_run {
    uint64_t bits[4]; /* by byte */
    uint32_t n;       /* 0: no condition */
};

static inline bool rf_run_has(const struct rf_run *r, unsigned char c)
{
    return r->bits[c / 64] >> (c % 64) & 1;
}

static inline void rf_run_add(struct rf_run *r, unsigned char c)
{
    r->bits[c / 64] |= UINT64_C(1) << (c % 64);
}

/* The same with every byte of `with`; lengths are left alone. */
static inline void rf_run_join(struct rf_run *r, const struct rf_run *with)
{
    for (int i = 0; i < 4; i++)
        r->bits[i] |= with->bits[i];
}

/* Whether text has such a run; about text.n / r->n steps where it has none. */
bool rf_run_in(const struct rf_run *r, struct rf_str text);

#endif
