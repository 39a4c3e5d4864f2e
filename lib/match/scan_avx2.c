/* Hot: places of grams, eight at once, and of short literals, 32 at once. */
#include "lib/match/scan.h"

#ifdef __x86_64__

#include <immintrin.h>

#define FAST __attribute__((target("avx2,bmi,popcnt")))

/* The four bytes from place i + first on, for i from 0 to 7. */
FAST static inline __m256i four_bytes(__m256i text, char first)
{
    const __m256i at = _mm256_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6, 4,
                                        5, 6, 7, 5, 6, 7, 8, 6, 7, 8, 9, 7, 8, 9, 10);
    return _mm256_shuffle_epi8(text, _mm256_add_epi8(at, _mm256_set1_epi8(first)));
}

/* rf_scan_hash of eight places. */
FAST static inline void hash(const char *p, __m256i *gram, __m256i *wide)
{
    __m256i text =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p));
    __m256i first = four_bytes(text, 0);
    __m256i beyond = _mm256_srai_epi32(_mm256_slli_epi32(first, 24), 31);
    __m256i four = _mm256_mullo_epi32(first, _mm256_set1_epi32((int)RF_SCAN_FACTOR));
    __m256i behind = _mm256_srli_epi32(four_bytes(text, 2), 16);
    __m256i more = _mm256_mullo_epi32(behind, _mm256_set1_epi32((int)RF_SCAN_FACTOR_2));
    *wide = _mm256_add_epi32(four, more);
    *gram = _mm256_blendv_epi8(four, *wide, beyond);
}

/* rf_scan_bits of eight hashes. */
FAST static inline __m256i bits(__m256i gram, __m256i wide, uint32_t word_shift)
{
    const __m256i low4 = _mm256_set1_epi32(15);
    __m256i low = _mm256_srl_epi32(gram, _mm_cvtsi32_si128((int)word_shift - 4));
    __m256i high = _mm256_srl_epi32(wide, _mm_cvtsi32_si128((int)word_shift - 8));
    return _mm256_or_si256(
        _mm256_sllv_epi32(_mm256_set1_epi32(1), _mm256_and_si256(low, low4)),
        _mm256_sllv_epi32(_mm256_set1_epi32(1 << 16), _mm256_and_si256(high, low4)));
}

/* Four words of the bitmap, at the offsets in x and y, low half first. */
FAST static inline __m128i four_words(const uint32_t *bitmap, uint64_t x, uint64_t y)
{
    return _mm_setr_epi32((int)bitmap[(uint32_t)x], (int)bitmap[x >> 32],
                          (int)bitmap[(uint32_t)y], (int)bitmap[y >> 32]);
}

/* The words of the bitmap at eight offsets: faster so than by a gather instruction. */
FAST static inline __m256i words(const uint32_t *bitmap, __m256i offsets)
{
    __m128i low = _mm256_castsi256_si128(offsets);
    __m128i high = _mm256_extracti128_si256(offsets, 1);
    return _mm256_setr_m128i(four_words(bitmap, (uint64_t)_mm_cvtsi128_si64(low),
                                        (uint64_t)_mm_extract_epi64(low, 1)),
                             four_words(bitmap, (uint64_t)_mm_cvtsi128_si64(high),
                                        (uint64_t)_mm_extract_epi64(high, 1)));
}

/* A bit for each of eight places whose gram the bitmap may hold. */
FAST static inline uint32_t known(const struct rf_scan_grams *g, const char *p)
{
    __m256i gram, wide;
    hash(p, &gram, &wide);
    __m128i shift = _mm_cvtsi32_si128((int)g->word_shift);
    __m256i want = bits(gram, wide, g->word_shift);
    __m256i have = words(g->bitmap, _mm256_srl_epi32(gram, shift));
    __m256i held = _mm256_cmpeq_epi32(_mm256_and_si256(have, want), want);
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(held));
}

/* Write down the places that some says, from `begin` on. How many there are is a guess:
 * so the first four are written whether they are there or not. */
FAST static inline size_t list(uint32_t some, size_t begin, size_t n, uint16_t *found)
{
    if (n - begin < 32)
        some &= (UINT32_C(1) << (n - begin)) - 1;
    size_t nfound = (size_t)__builtin_popcount(some);
    for (size_t i = 0; i < 4; i++, some &= some - 1)
        found[i] = (uint16_t)(begin + _tzcnt_u32(some));
    for (size_t i = 4; i < nfound; i++, some &= some - 1)
        found[i] = (uint16_t)(begin + _tzcnt_u32(some));
    return nfound;
}

FAST size_t rf_scan_grams_avx2(const struct rf_scan_grams *g, const char *p, size_t n,
                               uint16_t *found)
{
    size_t nfound = 0;
    for (size_t i = 0; i < n; i += 32) {
        uint32_t some = 0;
        for (unsigned k = 0; k < 32; k += 8)
            some |= known(g, p + i + k) << k;
        nfound += list(some, i, n, found + nfound);
    }
    return nfound;
}

/* For each of 32 bytes: the groups of short literals that may have it there. */
FAST static inline __m256i groups_of(const struct rf_scan_shorts *s, unsigned k,
                                     const char *p)
{
    const __m256i low4 = _mm256_set1_epi8(15);
    __m256i low = _mm256_broadcastsi128_si256(
        _mm_loadu_si128((const __m128i *)(const void *)s->low[k]));
    __m256i high = _mm256_broadcastsi128_si256(
        _mm_loadu_si128((const __m128i *)(const void *)s->high[k]));
    __m256i text = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i upper = _mm256_and_si256(_mm256_srli_epi16(text, 4), low4);
    return _mm256_and_si256(_mm256_shuffle_epi8(low, _mm256_and_si256(text, low4)),
                            _mm256_shuffle_epi8(high, upper));
}

FAST size_t rf_scan_shorts_avx2(const struct rf_scan_shorts *s, const char *p, size_t n,
                                uint16_t *found)
{
    size_t nfound = 0;
    for (size_t i = 0; i < n; i += 32) {
        __m256i groups =
            _mm256_and_si256(groups_of(s, 0, p + i), groups_of(s, 1, p + i + 1));
        groups = _mm256_and_si256(groups, groups_of(s, 2, p + i + 2));
        groups = _mm256_cmpeq_epi8(groups, _mm256_setzero_si256());
        nfound += list(~(uint32_t)_mm256_movemask_epi8(groups), i, n, found + nfound);
    }
    return nfound;
}

#endif
