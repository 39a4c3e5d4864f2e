/* Index from strings to numbers: a hash table of buckets of one cache line, each slot
 * with eight bits of the hash. The strings stand elsewhere; a caller compares them. Built
 * cold in the caller's memory, sized once; read by any thread. Whatever stands in that
 * memory, no read leaves it: it may come from a file.
 *
 * The hash runs from the last label to the first (labels: what "." parts), and through a
 * label in words of 8 bytes from its end, so that all suffixes of a host name are hashed
 * on the way. */
#ifndef RF_MATCH_KEYS_H
#define RF_MATCH_KEYS_H

#include <endian.h>

#include "lib/base/prefetch.h"
#include "lib/base/str.h"

#define RF_KEYS_NONE UINT32_MAX
#define RF_KEYS_SLOTS 12

/* 64 bytes. */
struct rf_keys_bucket {
    uint32_t slots[RF_KEYS_SLOTS];
    uint8_t tags[RF_KEYS_SLOTS];
    uint32_t n;
};

struct rf_keys {
    const struct rf_keys_bucket *buckets;
    uint32_t n_buckets; /* 0: empty */
};

#define RF_KEYS_SEED UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t rf_keys_step(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
    return h ^ h >> 32;
}

static inline uint64_t rf_keys_word(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return le64toh(word);
}

/* One label more to the left: n bytes at p, where the 7 before p may be read. */
static inline uint64_t rf_keys_label(uint64_t h, const char *p, size_t n)
{
    for (; n > 8; n -= 8)
        h = rf_keys_step(h, rf_keys_word(p + n - 8));
    return rf_keys_step(h + n, n ? rf_keys_word(p + n - 8) >> (64 - 8 * n) : 0);
}

/* The hash to search with, from RF_KEYS_SEED and a step for each label. */
static inline uint64_t rf_keys_hash_end(uint64_t h)
{
    h ^= h >> 32;
    h *= UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ h >> 29;
}

uint64_t rf_keys_hash(struct rf_str s);

/* How many buckets n keys need. */
uint32_t rf_keys_buckets(uint32_t n);
/* Add to cleared buckets, never more keys than they were sized for. */
void rf_keys_add(struct rf_keys_bucket *buckets, uint32_t n_buckets, uint64_t hash,
                 uint32_t value);
/* The first values, at most `max`, whose hash is probably this one, in order of adding;
 * where they are `max` there may be more. */
unsigned rf_keys_some(const struct rf_keys *k, uint64_t hash, uint32_t *values,
                      unsigned max);
/* The next value whose hash is probably this one, in order of adding, or RF_KEYS_NONE.
 * *cursor begins as 0. */
uint32_t rf_keys_next(const struct rf_keys *k, uint64_t hash, uint64_t *cursor);

static inline uint32_t rf_keys_home(uint32_t n_buckets, uint64_t hash)
{
    return (uint32_t)((hash >> 32) * n_buckets >> 32);
}

static inline void rf_keys_prefetch(const struct rf_keys *k, uint64_t hash)
{
    if (k->n_buckets)
        rf_prefetch(&k->buckets[rf_keys_home(k->n_buckets, hash)]);
}

#endif
