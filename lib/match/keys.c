#include "lib/match/keys.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

_Static_assert(sizeof(struct rf_keys_bucket) == 64, "a bucket is a cache line");

uint32_t rf_keys_buckets(uint32_t n)
{
    return n ? (uint32_t)((uint64_t)n * 5 / 4 / RF_KEYS_SLOTS + 1) : 0;
}

/* 0 to 8 bytes, as rf_keys_label reads a label's first. */
static uint64_t first_word(const char *p, size_t n)
{
    char bytes[8] = {0};
    memcpy(bytes, p, n);
    return rf_keys_word(bytes);
}

uint64_t rf_keys_hash(struct rf_str s)
{
    uint64_t h = RF_KEYS_SEED;
    for (;;) {
        const char *dot = s.n ? memrchr(s.p, '.', s.n) : NULL;
        size_t begin = dot ? (size_t)(dot - s.p) + 1 : 0, n = s.n - begin;
        for (; n > 8; n -= 8)
            h = rf_keys_step(h, rf_keys_word(s.p + begin + n - 8));
        h = rf_keys_step(h + n, first_word(s.p + begin, n));
        if (!dot)
            return rf_keys_hash_end(h);
        s.n = begin - 1;
    }
}

static uint8_t tag_of(uint64_t hash)
{
    return (uint8_t)hash;
}

void rf_keys_add(struct rf_keys_bucket *buckets, uint32_t n_buckets, uint64_t hash,
                 uint32_t value)
{
    uint32_t i = rf_keys_home(n_buckets, hash);
    while (buckets[i].n == RF_KEYS_SLOTS)
        i = i + 1 == n_buckets ? 0 : i + 1;
    struct rf_keys_bucket *b = &buckets[i];
    b->tags[b->n] = tag_of(hash);
    b->slots[b->n++] = value;
}

/* Bit i: slot i, of n, has this tag. All at once: a loop would end unpredictably. */
static inline unsigned tagged(const struct rf_keys_bucket *b, unsigned n, uint8_t tag)
{
    unsigned mask = 0;
#ifdef __SSE2__
    __m128i tags = _mm_loadu_si128((const __m128i *)b->tags); /* and n behind them */
    mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(tags, _mm_set1_epi8((char)tag)));
#else
    for (unsigned i = 0; i < RF_KEYS_SLOTS; i++)
        mask |= (unsigned)(b->tags[i] == tag) << i;
#endif
    return mask & ((1u << n) - 1);
}

/* The cursor counts the slots looked at. */
uint32_t rf_keys_next(const struct rf_keys *k, uint64_t hash, uint64_t *cursor)
{
    uint64_t at = *cursor, end = (uint64_t)k->n_buckets * RF_KEYS_SLOTS;
    unsigned n = RF_KEYS_SLOTS;
    for (; at < end && n == RF_KEYS_SLOTS; at += RF_KEYS_SLOTS - at % RF_KEYS_SLOTS) {
        uint64_t i = rf_keys_home(k->n_buckets, hash) + at / RF_KEYS_SLOTS;
        const struct rf_keys_bucket *b =
            &k->buckets[i < k->n_buckets ? i : i - k->n_buckets];
        n = b->n < RF_KEYS_SLOTS ? b->n : RF_KEYS_SLOTS;
        unsigned mask = tagged(b, n, tag_of(hash)) & ~0u << at % RF_KEYS_SLOTS;
        if (mask) {
            unsigned slot = (unsigned)__builtin_ctz(mask);
            *cursor = at - at % RF_KEYS_SLOTS + slot + 1;
            return b->slots[slot];
        }
    }
    *cursor = end;
    return RF_KEYS_NONE;
}

unsigned rf_keys_some(const struct rf_keys *k, uint64_t hash, uint32_t *values,
                      unsigned max)
{
    uint32_t at = k->n_buckets ? rf_keys_home(k->n_buckets, hash) : 0;
    unsigned found = 0;
    for (uint32_t i = 0; i < k->n_buckets; i++) {
        const struct rf_keys_bucket *b = &k->buckets[at];
        unsigned n = b->n < RF_KEYS_SLOTS ? b->n : RF_KEYS_SLOTS;
        for (unsigned mask = tagged(b, n, tag_of(hash)); mask; mask &= mask - 1) {
            if (found == max)
                return found;
            values[found++] = b->slots[__builtin_ctz(mask)];
        }
        if (n < RF_KEYS_SLOTS)
            break;
        at = at + 1 == k->n_buckets ? 0 : at + 1;
    }
    return found;
}
