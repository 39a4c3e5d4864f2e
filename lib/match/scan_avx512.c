/* Hot: places of grams, 16 at once, and of short literals, 64 at once. */
#include "lib/match/scan.h"

#ifdef __x86_64__

#include <immintrin.h>

#define FAST                                                                             \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,"            \
                          "popcnt")))

/* The four bytes from place k + first on, for k from 0 to 15. */
FAST static inline __m512i four_bytes(__m512i text, int first)
{
    const __m512i at =
        _mm512_add_epi8(_mm512_setr_epi32(0x03020100, 0x04030201, 0x05040302, 0x06050403,
                                          0x07060504, 0x08070605, 0x09080706, 0x0a090807,
                                          0x0b0a0908, 0x0c0b0a09, 0x0d0c0b0a, 0x0e0d0c0b,
                                          0x0f0e0d0c, 0x100f0e0d, 0x11100f0e, 0x1211100f),
                        _mm512_set1_epi8((char)first));
    return _mm512_permutexvar_epi8(at, text);
}

/* A bit for each of 16 places whose gram the bitmap may hold. */
FAST static inline __mmask16 known(const struct rf_scan_grams *g, const char *p)
{
    const __m512i low4 = _mm512_set1_epi32(15);
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __mmask16 beyond = _mm_movepi8_mask(_mm256_castsi256_si128(bytes));
    __m512i text = _mm512_castsi256_si512(bytes);
    __m512i behind = _mm512_srli_epi32(four_bytes(text, 2), 16);
    __m512i gram = /* as rf_scan_hash */
        _mm512_mullo_epi32(four_bytes(text, 0), _mm512_set1_epi32((int)RF_SCAN_FACTOR));
    __m512i wide = _mm512_add_epi32(
        gram, _mm512_mullo_epi32(behind, _mm512_set1_epi32((int)RF_SCAN_FACTOR_2)));
    gram = _mm512_mask_mov_epi32(gram, beyond, wide);
    __m128i shift = _mm_cvtsi32_si128((int)g->word_shift);
    __m512i low = _mm512_srl_epi32(gram, _mm_cvtsi32_si128((int)g->word_shift - 4));
    __m512i high = _mm512_srl_epi32(wide, _mm_cvtsi32_si128((int)g->word_shift - 8));
    __m512i want = _mm512_or_si512(
        _mm512_sllv_epi32(_mm512_set1_epi32(1), _mm512_and_si512(low, low4)),
        _mm512_sllv_epi32(_mm512_set1_epi32(1 << 16), _mm512_and_si512(high, low4)));
    __m512i have = _mm512_i32gather_epi32(_mm512_srl_epi32(gram, shift), g->bitmap,
                                          sizeof *g->bitmap);
    return _mm512_cmpeq_epi32_mask(_mm512_and_si512(have, want), want);
}

/* Write down the places that some says, from `begin` on; room for 32. */
FAST static inline size_t list(uint32_t some, size_t begin, uint16_t *found)
{
    const __m512i count =
        _mm512_set_epi16(31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16,
                         15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    __m512i places = _mm512_add_epi16(count, _mm512_set1_epi16((short)begin));
    _mm512_storeu_si512(found, _mm512_maskz_compress_epi16(some, places));
    return (size_t)__builtin_popcount(some);
}

FAST size_t rf_scan_grams_avx512(const struct rf_scan_grams *g, const char *p, size_t n,
                                 uint16_t *found)
{
    size_t nfound = 0;
    for (size_t i = 0; i < n; i += 32) {
        __mmask16 second = n - i > 16 ? known(g, p + i + 16) : 0;
        uint32_t some = _mm512_kunpackw(second, known(g, p + i));
        if (n - i < 32)
            some &= (UINT32_C(1) << (n - i)) - 1;
        nfound += list(some, i, found + nfound);
    }
    return nfound;
}

/* For each of 64 bytes: the groups of short literals that may have it there. */
FAST static inline __m512i groups_of(const struct rf_scan_shorts *s, unsigned k,
                                     const char *p)
{
    const __m512i low4 = _mm512_set1_epi8(15);
    __m512i low =
        _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)s->low[k]));
    __m512i high = _mm512_broadcast_i32x4(
        _mm_loadu_si128((const __m128i *)(const void *)s->high[k]));
    __m512i text = _mm512_loadu_si512(p);
    __m512i upper = _mm512_and_si512(_mm512_srli_epi16(text, 4), low4);
    return _mm512_and_si512(_mm512_shuffle_epi8(low, _mm512_and_si512(text, low4)),
                            _mm512_shuffle_epi8(high, upper));
}

FAST size_t rf_scan_shorts_avx512(const struct rf_scan_shorts *s, const char *p, size_t n,
                                  uint16_t *found)
{
    size_t nfound = 0;
    for (size_t i = 0; i < n; i += 64) {
        __m512i groups =
            _mm512_and_si512(groups_of(s, 0, p + i), groups_of(s, 1, p + i + 1));
        uint64_t some = _mm512_test_epi8_mask(groups, groups_of(s, 2, p + i + 2));
        if (n - i < 64)
            some &= (UINT64_C(1) << (n - i)) - 1;
        nfound += list((uint32_t)some, i, found + nfound);
        nfound += list((uint32_t)(some >> 32), i + 32, found + nfound);
    }
    return nfound;
}

#endif
