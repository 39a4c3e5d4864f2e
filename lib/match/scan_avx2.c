/* Hot: the sieve of a scan. Tables of 128 bytes are too large for AVX2: so the bitmap is
 * asked first, eight places at once; short literals are sifted by half bytes, 32 at
 * once; what is found so passes the sieve one by one. */
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

FAST static inline uint32_t known_32(const struct rf_scan_grams *g, const char *p)
{
    uint32_t some = 0;
    for (unsigned k = 0; k < 32; k += 8)
        some |= known(g, p + k) << k;
    return some;
}

/* For each of 32 bytes: the groups of short literals that may have it there. */
FAST static inline __m256i groups_of(const struct rf_scan_sieve *s, unsigned k,
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

/* A bit for each of 32 places where a short literal may stand. */
FAST static inline uint32_t short_32(const struct rf_scan_sieve *s, const char *p)
{
    __m256i groups = groups_of(s, 0, p);
    for (unsigned k = 1; k < RF_SCAN_HALVES; k++)
        groups = _mm256_and_si256(groups, groups_of(s, k, p + k));
    groups = _mm256_cmpeq_epi8(groups, _mm256_setzero_si256());
    return ~(uint32_t)_mm256_movemask_epi8(groups);
}

/* Write down the places that some says, `where` being the first. How many there are is a
 * guess: so the first four are written whether they are there or not. */
FAST static inline uint32_t list(uint64_t some, uint32_t where, uint32_t *found)
{
    uint32_t nfound = (uint32_t)__builtin_popcountll(some);
    for (uint32_t i = 0; i < 4; i++, some &= some - 1)
        found[i] = where + (uint32_t)_tzcnt_u64(some);
    for (uint32_t i = 4; i < nfound; i++, some &= some - 1)
        found[i] = where + (uint32_t)_tzcnt_u64(some);
    return nfound;
}

/* Of the places in grams up to number n the new ones that pass the sieve, with their
 * hashes. */
FAST static void sift_grams(struct rf_scan_places *places, const struct rf_scan_sieve *s,
                            uint32_t n)
{
    uint32_t word_shift = places->s->grams.word_shift, ngrams = places->ngrams;
    for (uint32_t i = ngrams; i < n; i++) {
        uint32_t where = places->grams[i];
        const char *p = rf_scan_at(places, where);
        places->grams[ngrams] = where;
        places->keys[ngrams] = rf_scan_key(rf_scan_hash(p), word_shift);
        ngrams += (rf_scan_groups(s, p) & s->grams) != 0;
    }
    places->ngrams = ngrams;
}

FAST static void sift_shorts(struct rf_scan_places *places, const struct rf_scan_sieve *s,
                             uint32_t n)
{
    uint32_t nshorts = places->nshorts;
    for (uint32_t i = nshorts; i < n; i++) {
        uint32_t where = places->shorts[i];
        places->shorts[nshorts] = where;
        nshorts += (rf_scan_groups(s, rf_scan_at(places, where)) & s->shorts) != 0;
    }
    places->nshorts = nshorts;
}

FAST void rf_scan_sift_avx2(struct rf_scan_places *places, unsigned sieve)
{
    const struct rf_scan_grams *g = &places->s->grams;
    const struct rf_scan_sieve *s = places->s->sieves[sieve];
    const struct rf_scan_blocks *blocks = &places->blocks[sieve];
    uint32_t ngrams = places->ngrams, nshorts = places->nshorts;
    for (uint32_t i = 0; i < blocks->n; i++) {
        const char *p = blocks->v[i].p;
        uint32_t where = blocks->v[i].where;
        uint64_t in = UINT64_MAX >> (RF_SCAN_BLOCK - rf_scan_block_places(&blocks->v[i]));
        if (s->grams) {
            uint64_t some = known_32(g, p);
            if (in >> 32)
                some |= (uint64_t)known_32(g, p + 32) << 32;
            ngrams += list(some & in, where, places->grams + ngrams);
        }
        if (s->shorts) {
            uint64_t some = short_32(s, p) | (uint64_t)short_32(s, p + 32) << 32;
            nshorts += list(some & in, where, places->shorts + nshorts);
        }
    }
    sift_grams(places, s, ngrams);
    sift_shorts(places, s, nshorts);
}

/* As rf_scan_fitting, all slots at once. */
FAST static inline unsigned fitting(const struct rf_scan_slot bucket[RF_SCAN_BUCKET],
                                    const char *p)
{
    const __m256i befores = _mm256_setr_epi64x(0x0606060606060606, 0x0e0e0e0e0e0e0e0e,
                                               0x0606060606060606, 0x0e0e0e0e0e0e0e0e);
    const __m256i there = _mm256_set1_epi64x(0x0f0e0d0c0b0a0908);
    const __m256i factor = _mm256_set1_epi64x(RF_SCAN_FACTOR);
    const __m256i factor_2 = _mm256_set1_epi64x(RF_SCAN_FACTOR_2);
    __m256i slots = _mm256_loadu_si256((const __m256i *)(const void *)bucket);
    __m256i around = _mm256_broadcastsi128_si256(
        _mm_loadu_si128((const __m128i *)(const void *)(p - RF_SCAN_HEAD)));
    __m256i at = _mm256_sub_epi8(there, _mm256_shuffle_epi8(slots, befores));
    __m256i window =
        _mm256_sllv_epi64(_mm256_shuffle_epi8(around, at), _mm256_srli_epi64(slots, 56));
    __m256i hash =
        _mm256_add_epi64(_mm256_mul_epu32(window, factor),
                         _mm256_mul_epu32(_mm256_srli_epi64(window, 32), factor_2));
    /* Tags lie where those of slots do; the lower half tells empty ones. */
    __m256i differ =
        _mm256_slli_epi64(_mm256_srli_epi64(_mm256_xor_si256(hash, slots), 32), 48);
    __m256i empty =
        _mm256_cmpeq_epi32(_mm256_slli_epi64(slots, 32), _mm256_setzero_si256());
    __m256i fits = _mm256_cmpeq_epi64(differ, _mm256_setzero_si256());
    return (unsigned)_mm256_movemask_pd(
        _mm256_castsi256_pd(_mm256_andnot_si256(empty, fits)));
}

FAST void rf_scan_look_up_avx2(struct rf_scan_places *places)
{
    const struct rf_scan *s = places->s;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < places->ngrams; i++) {
        uint32_t where = places->grams[i], number = places->keys[i];
        const struct rf_scan_slot *bucket = s->grams.buckets[number];
        unsigned bits = fitting(bucket, rf_scan_at(places, where));
        places->grams[kept] = where;
        places->keys[kept] = number;
        places->fitting[kept] = bits;
        __builtin_prefetch(&s->literals[rf_scan_first(bucket, bits)]);
        kept += (bits != 0) | rf_scan_goes_on(bucket);
    }
    places->ngrams = kept;
}

#endif
