/* Hot: looking for chains. */
#include "lib/match/chain.h"

#include "lib/base/cpu.h"

/* A step for a byte: a link is reached from the one before, or stays reached while what
 * comes is let pass; the last one always does. Bits are 0 where that is so: the shift
 * lets a chain begin at each. */
bool rf_chain_in(const struct rf_chain_table *c, struct rf_str text)
{
    uint64_t reached = UINT64_MAX;
    for (size_t i = 0; i < text.n; i++) {
        const uint64_t *row = c->rows + 2 * c->class_of[(unsigned char)text.p[i]];
        reached = (reached << 1 | row[0]) & (reached | row[1]);
    }
    return ~reached & c->last;
}

typedef uint32_t eight __attribute__((vector_size(32)));

/* Eight chains for each of `n` (known when this is compiled), from lane `first` on. */
static inline __attribute__((always_inline)) void find_some(const struct rf_chains *c,
                                                            struct rf_str text,
                                                            uint32_t first, unsigned n,
                                                            uint32_t *found)
{
    const eight all = ~(eight){0};
    const uint32_t *rows = c->rows + first, lanes = c->lanes;
    eight reached[3] = {all, all, all};
    for (size_t i = 0; i < text.n; i++) {
        const uint32_t *row = rows + c->row_of[(unsigned char)text.p[i]];
#pragma GCC unroll 3
        for (unsigned k = 0; k < n; k++) {
            eight want, stay;
            memcpy(&want, row + k * RF_CHAINS_AT_ONCE, sizeof want);
            memcpy(&stay, row + lanes + k * RF_CHAINS_AT_ONCE, sizeof stay);
            reached[k] = ((reached[k] + reached[k]) | want) & (reached[k] | stay);
        }
    }
#pragma GCC unroll 3
    for (unsigned k = 0; k < n; k++)
        memcpy(found + first + k * RF_CHAINS_AT_ONCE, &reached[k], sizeof reached[k]);
}

static inline __attribute__((always_inline)) void
find_all(const struct rf_chains *c, struct rf_str text, uint32_t *found)
{
    uint32_t at = 0;
    for (; at + 3 * RF_CHAINS_AT_ONCE <= c->lanes; at += 3 * RF_CHAINS_AT_ONCE)
        find_some(c, text, at, 3, found);
    if (at + 2 * RF_CHAINS_AT_ONCE <= c->lanes)
        find_some(c, text, at, 2, found);
    else if (at < c->lanes)
        find_some(c, text, at, 1, found);
    for (uint32_t i = 0; i < c->lanes; i++)
        found[i] = ~found[i] & c->last[i];
}

void rf_chains_find_plain(const struct rf_chains *c, struct rf_str text, uint32_t *found)
{
    find_all(c, text, found);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) void
rf_chains_find_avx2(const struct rf_chains *c, struct rf_str text, uint32_t *found)
{
    find_all(c, text, found);
}
#endif

void rf_chains_find(const struct rf_chains *c, struct rf_str text, uint32_t *found)
{
#ifdef __x86_64__
    if (rf_cpu_has_avx2()) {
        rf_chains_find_avx2(c, text, found);
        return;
    }
#endif
    rf_chains_find_plain(c, text, found);
}
