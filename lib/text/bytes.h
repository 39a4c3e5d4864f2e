/* Where in a text something may begin that a closer look is due to: 64 or 32 bytes at a
 * time where the processor can (AVX-512, AVX2), else byte by byte; all say the same.
 * Pure, any thread; the sets live in the caller's arena. Hot. */
#ifndef RF_TEXT_BYTES_H
#define RF_TEXT_BYTES_H

#include "lib/base/arena.h"

enum rf_bytes_class {
    RF_BYTES_URL,     /* a dot that more follows, "[." "(." ":/" "ww" in either case */
    RF_BYTES_DIGIT,   /* a digit of ASCII */
    RF_BYTES_SIGN,    /* a plus sign, or the first byte of one of other scripts, or of a
                         digit of those */
    RF_BYTES_DROPPED, /* a control character, or the first byte of what may be dropped in
                         folding */
    RF_BYTES_CLASSES,
};

/* Sets of bytes: bit i % 64 of word i / 64 tells of byte i; more is in a set than belongs
 * there, as three bytes decide; a word of zeros stands behind each. */
struct rf_bytes {
    const uint64_t *set[RF_BYTES_CLASSES];
    size_t n;                   /* bytes of the text */
    size_t digits;              /* bytes of RF_BYTES_DIGIT */
    bool any[RF_BYTES_CLASSES]; /* whether the set has any */
};

void rf_bytes_mark(struct rf_arena *a, struct rf_str s, struct rf_bytes *out);
/* The two others, for tests; with AVX2 where the processor has it. */
void rf_bytes_mark_avx2(struct rf_arena *a, struct rf_str s, struct rf_bytes *out);
void rf_bytes_mark_portable(struct rf_arena *a, struct rf_str s, struct rf_bytes *out);

/* The first byte of the set at or behind i, b->n if there is none. O(n / 64). */
static inline size_t rf_bytes_next(const struct rf_bytes *b, enum rf_bytes_class class,
                                   size_t i)
{
    const uint64_t *set = b->set[class];
    if (i >= b->n || !b->any[class])
        return b->n;
    uint64_t word = set[i / 64] >> i % 64;
    if (word)
        return i + (unsigned)__builtin_ctzll(word);
    for (size_t w = i / 64 + 1; w <= (b->n - 1) / 64; w++)
        if (set[w])
            return w * 64 + (unsigned)__builtin_ctzll(set[w]);
    return b->n;
}

/* The 64 bits from byte i < b->n on. */
static inline uint64_t rf_bytes_at(const uint64_t *set, size_t i)
{
    uint64_t low = set[i / 64] >> i % 64;
    return i % 64 ? low | set[i / 64 + 1] << (64 - i % 64) : low;
}

#endif
