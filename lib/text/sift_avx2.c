#include "lib/text/sift.h"

#ifdef __x86_64__

#include <immintrin.h>

#include "lib/text/prop.h"
#include "pack.inc"

#define AVX2 __attribute__((target("avx2,popcnt,bmi")))

enum { LEAST_LEAD = 0xc0, FIRST_HAN_NEXT = 0xb8 };

AVX2 static inline __m256i between(__m256i v, unsigned char from, unsigned char to)
{
    __m256i x = _mm256_sub_epi8(v, _mm256_set1_epi8((char)from));
    return _mm256_cmpeq_epi8(_mm256_min_epu8(x, _mm256_set1_epi8((char)(to - from))), x);
}

AVX2 static inline uint64_t bits_of(__m256i mask)
{
    return (uint32_t)_mm256_movemask_epi8(mask);
}

AVX2 static inline __m256i load(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* First bytes of characters that are neither ASCII nor sure to be Han, U+4E00 to U+9FFF;
 * next are the bytes behind each. */
AVX2 static inline uint64_t others_of(__m256i v, __m256i next)
{
    __m256i lead = between(v, LEAST_LEAD, 0xff);
    __m256i han = between(v, RF_HAN_LEAD_FIRST, RF_HAN_LEAD_LAST);
    __m256i first = _mm256_and_si256(between(v, RF_HAN_LEAD_ANY, RF_HAN_LEAD_ANY),
                                     between(next, FIRST_HAN_NEXT, 0xbf));
    return bits_of(_mm256_andnot_si256(_mm256_or_si256(han, first), lead));
}

AVX2 void rf_sift_text_wide(struct rf_str s, uint64_t *shape, uint64_t *compact,
                            uint64_t *others)
{
    size_t words = rf_sift_words(s.n);
    for (size_t w = 0; w < words; w++) {
        __m256i low = load(s.p + 64 * w), high = load(s.p + 64 * w + 32);
        uint64_t letters = bits_of(_mm256_or_si256(low, between(low, 'a', 'z'))) |
                           bits_of(_mm256_or_si256(high, between(high, 'a', 'z'))) << 32;
        shape[w] = letters;
        compact[w] = letters | bits_of(between(low, '0', '9')) |
                     bits_of(between(high, '0', '9')) << 32;
        others[w] = others_of(low, load(s.p + 64 * w + 1)) |
                    others_of(high, load(s.p + 64 * w + 33)) << 32;
    }
    uint64_t inside = (UINT64_C(1) << s.n % 64) - 1;
    shape[words - 1] &= inside;
    compact[words - 1] &= inside;
    others[words - 1] &= inside;
}

/* The bytes of the eight at p that set has, to out; the end of those. */
AVX2 static inline char *pack(const char *p, unsigned set, char *out)
{
    __m128i v = _mm_loadl_epi64((const __m128i *)(const void *)p);
    __m128i order = _mm_loadl_epi64((const __m128i *)(const void *)pack_order[set]);
    _mm_storel_epi64((__m128i *)(void *)out, _mm_shuffle_epi8(v, order));
    return out + (unsigned)__builtin_popcount(set);
}

AVX2 size_t rf_sift_pack_wide(struct rf_str s, const uint64_t *kept, char *out)
{
    char *to = out;
    for (size_t i = 0; i < s.n; i += 32) {
        uint64_t set = kept[i / 64] >> i % 64;
        to = pack(s.p + i, set & 0xff, to);
        to = pack(s.p + i + 8, set >> 8 & 0xff, to);
        to = pack(s.p + i + 16, set >> 16 & 0xff, to);
        to = pack(s.p + i + 24, set >> 24 & 0xff, to);
    }
    return (size_t)(to - out);
}

#endif
