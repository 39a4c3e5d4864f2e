#include "lib/text/bytes_table.h"

#ifdef __x86_64__

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

/* 32 bytes and those behind each. */
struct place {
    __m256i bytes, next, third;
};

/* Their nibbles. */
struct nibbles {
    __m256i of[RF_NIBBLES];
};

AVX2 static inline __m256i load(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* The last n % 4 of n bytes at p, as a number. */
static inline uint32_t load_rest(const char *p, size_t n)
{
    uint32_t rest = 0;
    if (n >= 4) {
        memcpy(&rest, p + n - 4, 4);
        return (uint32_t)((uint64_t)rest >> 8 * (4 - n % 4));
    }
    for (size_t i = 0; i < n; i++)
        rest |= (uint32_t)(unsigned char)p[i] << 8 * i;
    return rest;
}

/* At most 32 bytes of the n at p, zeros behind them; without a way through memory, which
 * would have to wait for what was just written. */
AVX2 static inline __m256i load_some(const char *p, size_t n)
{
    if (n >= 32)
        return load(p);
    const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    __m256i words = _mm256_set1_epi32((int)(n / 4));
    __m256i whole = _mm256_maskload_epi32((const int *)(const void *)p,
                                          _mm256_cmpgt_epi32(words, index));
    __m256i rest = _mm256_set1_epi32((int)load_rest(p, n));
    return _mm256_or_si256(whole,
                           _mm256_and_si256(rest, _mm256_cmpeq_epi32(words, index)));
}

/* The 32 bytes of v, and behind each of them; after comes behind those. */
AVX2 static inline struct place place_of(__m256i v, __m256i after)
{
    __m256i across = _mm256_permute2x128_si256(v, after, 0x21);
    return (struct place){v, _mm256_alignr_epi8(across, v, 1),
                          _mm256_alignr_epi8(across, v, 2)};
}

AVX2 static inline struct nibbles nibbles_of(struct place p)
{
    const __m256i low4 = _mm256_set1_epi8(15);
    return (struct nibbles){{_mm256_and_si256(p.bytes, low4),
                             _mm256_and_si256(_mm256_srli_epi16(p.bytes, 4), low4),
                             _mm256_and_si256(p.next, low4),
                             _mm256_and_si256(_mm256_srli_epi16(p.next, 4), low4),
                             _mm256_and_si256(p.third, low4),
                             _mm256_and_si256(_mm256_srli_epi16(p.third, 4), low4)}};
}

AVX2 static inline __m256i look_up(const unsigned char table[16], __m256i nibbles)
{
    __m128i t = _mm_load_si128((const __m128i *)(const void *)table);
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(t), nibbles);
}

AVX2 static inline uint64_t marked_32(enum rf_bytes_class class, const struct nibbles *n,
                                      int nibbles)
{
    const struct rf_bytes_table *t = &rf_bytes_tables[class];
    __m256i rules = look_up(t->nibble[0], n->of[0]);
    for (int k = 1; k < nibbles; k++)
        rules = _mm256_and_si256(rules, look_up(t->nibble[k], n->of[k]));
    __m256i none = _mm256_cmpeq_epi8(rules, _mm256_setzero_si256());
    return (uint32_t)~_mm256_movemask_epi8(none);
}

/* By the first so many nibbles. */
AVX2 static inline uint64_t marked(enum rf_bytes_class class, const struct nibbles n[2],
                                   int nibbles)
{
    return marked_32(class, &n[0], nibbles) | marked_32(class, &n[1], nibbles) << 32;
}

AVX2 static inline uint64_t both(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

AVX2 static inline __m256i between(__m256i v, char from, char to)
{
    __m256i x = _mm256_sub_epi8(v, _mm256_set1_epi8(from));
    return _mm256_cmpeq_epi8(_mm256_min_epu8(x, _mm256_set1_epi8((char)(to - from))), x);
}

/* What the tables say of ASCII, and faster. */
AVX2 static inline uint64_t control(__m256i low, __m256i high)
{
    return both(between(low, 0, 8), between(high, 0, 8)) |
           both(between(low, 14, 31), between(high, 14, 31)) |
           both(between(low, 127, 127), between(high, 127, 127));
}

/* What else is dropped beyond ASCII. */
AVX2 static inline uint64_t dropped_pairs(const struct place at[2])
{
    const __m256i lead = _mm256_set1_epi8((char)RF_DROPPED_LEAD);
    const __m256i next = _mm256_set1_epi8((char)RF_DROPPED_NEXT);
    return both(_mm256_and_si256(_mm256_cmpeq_epi8(at[0].bytes, lead),
                                 _mm256_cmpeq_epi8(at[0].next, next)),
                _mm256_and_si256(_mm256_cmpeq_epi8(at[1].bytes, lead),
                                 _mm256_cmpeq_epi8(at[1].next, next)));
}

AVX2 static inline void mark(const struct place at[2], uint64_t inside,
                             uint64_t *const sets[RF_BYTES_CLASSES], size_t w)
{
    const struct nibbles nibbles[2] = {nibbles_of(at[0]), nibbles_of(at[1])};
    const __m256i low = at[0].bytes, high = at[1].bytes;
    bool ascii = both(low, high) == 0;
    uint64_t sign = ascii ? both(between(low, '+', '+'), between(high, '+', '+'))
                          : marked(RF_BYTES_SIGN, nibbles, RF_NIBBLES);
    uint64_t dropped =
        ascii ? control(low, high)
              : marked(RF_BYTES_DROPPED, nibbles, RF_NIBBLES) | dropped_pairs(at);
    sets[RF_BYTES_URL][w] = marked(RF_BYTES_URL, nibbles, RF_NIBBLE_THIRD_LOW) & inside;
    sets[RF_BYTES_DIGIT][w] = both(between(low, '0', '9'), between(high, '0', '9'));
    sets[RF_BYTES_SIGN][w] = sign & inside;
    sets[RF_BYTES_DROPPED][w] = dropped & inside;
}

AVX2 void rf_bytes_mark_wide(struct rf_str s, uint64_t *const sets[RF_BYTES_CLASSES])
{
    size_t i = 0;
    for (; i + 65 < s.n; i += 64) {
        const char *p = s.p + i;
        mark((struct place[2]){{load(p), load(p + 1), load(p + 2)},
                               {load(p + 32), load(p + 33), load(p + 34)}},
             UINT64_MAX, sets, i / 64);
    }
    for (; i < s.n; i += 64) {
        size_t n = s.n - i;
        __m256i low = load_some(s.p + i, n);
        __m256i high = n > 32 ? load_some(s.p + i + 32, n - 32) : _mm256_setzero_si256();
        __m256i after = n > 64 ? load_some(s.p + i + 64, n - 64) : _mm256_setzero_si256();
        uint64_t inside = n < 64 ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
        mark((struct place[2]){place_of(low, high), place_of(high, after)}, inside, sets,
             i / 64);
    }
}

#endif
