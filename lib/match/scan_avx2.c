/* Hot: rf_scan_find for eight places at once. */
#include "lib/match/scan.h"

#ifdef __x86_64__

#include <immintrin.h>

/* The four bytes from place i + first on, for i from 0 to 7. */
__attribute__((target("avx2"))) static inline __m256i four_bytes(__m256i text, char first)
{
    const __m256i at = _mm256_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6, 4,
                                        5, 6, 7, 5, 6, 7, 8, 6, 7, 8, 9, 7, 8, 9, 10);
    return _mm256_shuffle_epi8(text, _mm256_add_epi8(at, _mm256_set1_epi8(first)));
}

__attribute__((target("avx2"))) static inline __m256i hashes(const char *p,
                                                             unsigned width)
{
    __m256i text =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p));
    __m256i first = four_bytes(text, 0);
    if (width < 4)
        first = _mm256_and_si256(first, _mm256_set1_epi32((1 << (8 * width)) - 1));
    __m256i hash = _mm256_mullo_epi32(first, _mm256_set1_epi32((int)RF_SCAN_FACTOR));
    if (width > 4)
        hash = _mm256_add_epi32(
            hash, _mm256_mullo_epi32(four_bytes(text, 2),
                                     _mm256_set1_epi32((int)RF_SCAN_FACTOR_2)));
    return hash;
}

/* A bit for each of eight places. */
__attribute__((target("avx2"))) static inline uint32_t
known(const struct rf_scan_grams *g, __m256i hash)
{
    const __m256i one = _mm256_set1_epi32(1), low5 = _mm256_set1_epi32(31);
    __m128i shift = _mm_cvtsi32_si128((int)g->word_shift);
    __m256i low = _mm256_srl_epi32(hash, _mm_cvtsi32_si128((int)g->word_shift - 10));
    __m256i bits = _mm256_or_si256(
        _mm256_sllv_epi32(one, _mm256_and_si256(low, low5)),
        _mm256_sllv_epi32(one, _mm256_and_si256(_mm256_srli_epi32(low, 5), low5)));
    __m256i words = _mm256_i32gather_epi32((const int *)(const void *)g->bitmap,
                                           _mm256_srl_epi32(hash, shift), 4);
    __m256i held = _mm256_cmpeq_epi32(_mm256_and_si256(words, bits), bits);
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(held));
}

/* A bit for each of 32 bytes: the groups whose grams may have it there. */
__attribute__((target("avx2"))) static inline __m256i
groups_of(const struct rf_scan_grams *g, unsigned i, const char *p)
{
    const __m256i low4 = _mm256_set1_epi8(15);
    __m256i low = _mm256_broadcastsi128_si256(
        _mm_loadu_si128((const __m128i *)(const void *)g->low[i]));
    __m256i high = _mm256_broadcastsi128_si256(
        _mm_loadu_si128((const __m128i *)(const void *)g->high[i]));
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)p);
    return _mm256_and_si256(
        _mm256_shuffle_epi8(low, _mm256_and_si256(bytes, low4)),
        _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), low4)));
}

/* rf_scan_short of 32 places. */
__attribute__((target("avx2"))) static inline uint32_t
short_ones(const struct rf_scan_grams *g, unsigned width, const char *p)
{
    __m256i groups = groups_of(g, 0, p);
    if (width == 2)
        groups = _mm256_and_si256(groups, groups_of(g, 1, p + 1));
    return ~(uint32_t)_mm256_movemask_epi8(
        _mm256_cmpeq_epi8(groups, _mm256_setzero_si256()));
}

/* A bit for each of 64 places, or of the first n, if those are fewer. */
__attribute__((target("avx2"))) static inline uint64_t
known_of(const struct rf_scan_grams *g, unsigned width, const char *p, size_t n)
{
    uint64_t some = 0, may = UINT64_MAX;
    if (width <= 2)
        may = short_ones(g, width, p) | (uint64_t)short_ones(g, width, p + 32) << 32;
    for (size_t i = 0; i < 64 && i < n && may; i += 8)
        some |= (uint64_t)known(g, hashes(p + i, width)) << i;
    some &= may;
    return n < 64 ? some & ((UINT64_C(1) << n) - 1) : some;
}

__attribute__((target("avx2"))) static inline __attribute__((always_inline)) size_t
find(const struct rf_scan_grams *g, unsigned width, const char *p, size_t n,
     uint16_t *found)
{
    size_t nfound = 0;
    for (size_t i = 0; i < n; i += 64)
        for (uint64_t some = known_of(g, width, p + i, n - i); some; some &= some - 1)
            found[nfound++] = (uint16_t)(i + (unsigned)__builtin_ctzll(some));
    return nfound;
}

__attribute__((target("avx2"))) size_t rf_scan_find_avx2(const struct rf_scan_grams *g,
                                                         unsigned width, const char *p,
                                                         size_t n, uint16_t *found)
{
    if (width > 4) /* the compiler makes one of each */
        return find(g, 6, p, n, found);
    if (width > 2)
        return find(g, width == 3 ? 3 : 4, p, n, found);
    return find(g, width, p, n, found);
}

#endif
