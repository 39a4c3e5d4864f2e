/* Byte strings one behind the other, each with its length: one or three bytes a string
 * beside its own, and two for finding it by number. Built cold; read by any thread.
 * Whatever stands in the memory, no read leaves it: it may come from a file. */
#ifndef RF_MATCH_POOL_H
#define RF_MATCH_POOL_H

#include "lib/base/buf.h"
#include "lib/base/prefetch.h"

#define RF_POOL_STEP 2          /* strings to an offset */
#define RF_POOL_MAX_STRING 2100 /* bytes: two entries and what is between */

struct rf_pool {
    const char *bytes;
    const uint32_t *offsets; /* of every RF_POOL_STEP-th string */
    uint32_t n;              /* strings */
    uint64_t n_bytes;
};

struct rf_pool_draft {
    struct rf_buf bytes;
    uint32_t *offsets;
    uint32_t n;
};

void rf_pool_begin(struct rf_pool_draft *d);
void rf_pool_drop(struct rf_pool_draft *d);
/* Append s (at most RF_POOL_MAX_STRING bytes); returns its number. */
uint32_t rf_pool_add(struct rf_pool_draft *d, struct rf_str s);
/* How many offsets n strings have. */
uint32_t rf_pool_offsets(uint32_t n);

/* String i, empty where there is none. */
struct rf_str rf_pool_at(const struct rf_pool *p, uint32_t i);
static inline void rf_pool_prefetch_offset(const struct rf_pool *p, uint32_t i)
{
    if (i < p->n)
        rf_prefetch(&p->offsets[i / RF_POOL_STEP]);
}
/* To be called some time after the other, and before rf_pool_at. */
static inline void rf_pool_prefetch(const struct rf_pool *p, uint32_t i)
{
    if (i < p->n && p->offsets[i / RF_POOL_STEP] < p->n_bytes) {
        const char *s = p->bytes + p->offsets[i / RF_POOL_STEP];
        rf_prefetch(s);
        rf_prefetch(s + 64);
    }
}

#endif
