/* Hot: the sieve of a scan, 64 places at once. */
#include "lib/match/scan.h"

#ifdef __x86_64__

#include <immintrin.h>

#define FAST                                                                             \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,"            \
                          "popcnt")))

FAST static inline __m512i load(const void *p)
{
    return _mm512_loadu_si512(p);
}

/* The tables of sieve->ascii. */
struct tables {
    __m512i half[RF_SCAN_FOUR][2];
};

FAST static inline __m512i ascii(const struct tables *t, const char *p)
{
    __m512i groups = _mm512_permutex2var_epi8(t->half[0][0], load(p), t->half[0][1]);
#pragma GCC unroll 4
    for (unsigned k = 1; k < RF_SCAN_FOUR; k++)
        groups = _mm512_and_si512(
            groups, _mm512_permutex2var_epi8(t->half[k][0], load(p + k), t->half[k][1]));
    return groups;
}

FAST static inline __m512i beyond(const struct rf_scan_sieve *s, const char *p)
{
    __m512i groups =
        _mm512_permutex2var_epi8(load(s->first), load(p), load(s->first + 64));
#pragma GCC unroll 5
    for (unsigned k = 0; k < RF_SCAN_WIDE - 1; k++)
        groups = _mm512_and_si512(
            groups, _mm512_permutexvar_epi8(load(p + k + 1), load(s->behind[k])));
    return groups;
}

FAST static inline __m512i numbers(uint32_t n)
{
    return _mm512_set1_epi32((int)n);
}

/* Places of a block: their offsets, and where they are. */
struct block {
    __m512i places;
    const char *p;
    uint32_t where;
};

FAST static inline void choose(struct block *b, uint64_t some)
{
    const __m512i all = _mm512_setr_epi64(
        0x0706050403020100, 0x0f0e0d0c0b0a0908, 0x1716151413121110, 0x1f1e1d1c1b1a1918,
        0x2726252423222120, 0x2f2e2d2c2b2a2928, 0x3736353433323130, 0x3f3e3d3c3b3a3938);
    b->places = _mm512_maskz_compress_epi8(some, all);
}

/* 16 of the places from number k on, each in all four bytes of a lane. */
FAST static inline __m512i sixteen(const struct block *b, uint32_t k)
{
    const __m512i four = _mm512_setr_epi32(
        0x00000000, 0x01010101, 0x02020202, 0x03030303, 0x04040404, 0x05050505,
        0x06060606, 0x07070707, 0x08080808, 0x09090909, 0x0a0a0a0a, 0x0b0b0b0b,
        0x0c0c0c0c, 0x0d0d0d0d, 0x0e0e0e0e, 0x0f0f0f0f);
    return _mm512_permutexvar_epi8(_mm512_add_epi8(four, _mm512_set1_epi8((char)k)),
                                   b->places);
}

FAST static inline void store_where(const struct block *b, __m512i at, uint32_t *out)
{
    __m512i where = _mm512_and_si512(at, numbers(0xFF));
    _mm512_storeu_si512(out, _mm512_add_epi32(where, numbers(b->where)));
}

/* Write down n places and their rf_scan_key. */
FAST static inline void list_grams(const struct block *b, uint32_t n, __m128i shift,
                                   struct rf_scan_places *out, uint32_t at)
{
    __m512i text = load(b->p); /* and as much as a gram goes on */
    __m512i rest = _mm512_castsi128_si512(
        _mm_loadu_si128((const __m128i *)(const void *)(b->p + 64)));
    uint32_t k = 0;
    do { /* mostly once */
        __m512i first = sixteen(b, k);
        __m512i four = _mm512_permutex2var_epi8(
            text, _mm512_add_epi8(first, numbers(0x03020100)), rest);
        __m512i behind = _mm512_srli_epi32(
            _mm512_permutex2var_epi8(text, _mm512_add_epi8(first, numbers(0x05040302)),
                                     rest),
            16);
        __m512i gram = _mm512_mullo_epi32(four, numbers(RF_SCAN_FACTOR));
        __m512i wide =
            _mm512_add_epi32(gram, _mm512_mullo_epi32(behind, numbers(RF_SCAN_FACTOR_2)));
        gram = _mm512_mask_mov_epi32(gram, _mm512_test_epi32_mask(four, numbers(0x80)),
                                     wide);
        store_where(b, first, out->grams + at + k);
        /* Of gram, but where 15 has bits of wide. */
        __m512i key = _mm512_ternarylogic_epi32(
            numbers(15), _mm512_srl_epi32(wide, shift), gram, 0xCA);
        _mm512_storeu_si512(out->keys + at + k, key);
        k += 16;
    } while (k < n);
}

FAST static inline void list_shorts(const struct block *b, uint32_t n, uint32_t *out)
{
    for (uint32_t k = 0; k < n; k += 16)
        store_where(b, sixteen(b, k), out + k);
}

FAST void rf_scan_sift_avx512(struct rf_scan_places *places, unsigned sieve)
{
    const struct rf_scan_sieve *s = places->s->sieves[sieve];
    const struct rf_scan_blocks *blocks = &places->blocks[sieve];
    const __m512i grams = _mm512_set1_epi8((char)s->grams);
    const __m512i shorts = _mm512_set1_epi8((char)s->shorts);
    const __m128i shift = _mm_cvtsi32_si128((int)places->s->grams.word_shift - 8);
    struct tables tables;
    uint32_t ngrams = places->ngrams, nshorts = places->nshorts;
#pragma GCC unroll 4
    for (unsigned k = 0; k < RF_SCAN_FOUR; k++) {
        tables.half[k][0] = load(s->ascii[k]);
        tables.half[k][1] = load(s->ascii[k] + 64);
    }
    for (uint32_t i = 0; i < blocks->n; i++) {
        const char *p = blocks->v[i].p;
        struct block b = {.p = p, .where = blocks->v[i].where};
        __mmask64 in =
            UINT64_MAX >> (RF_SCAN_BLOCK - rf_scan_block_places(&blocks->v[i]));
        __mmask64 high = _mm512_movepi8_mask(load(p));
        __m512i groups = ascii(&tables, p);
        if (high & in)
            groups = _mm512_mask_mov_epi8(groups, high, beyond(s, p));
        uint64_t some = _mm512_mask_test_epi8_mask(in, groups, grams);
        uint64_t few = _mm512_mask_test_epi8_mask(in, groups, shorts);
        uint32_t count = (uint32_t)__builtin_popcountll(some);
        choose(&b, some);
        list_grams(&b, count, shift, places, ngrams);
        ngrams += count;
        if (few) {
            count = (uint32_t)__builtin_popcountll(few);
            choose(&b, few);
            list_shorts(&b, count, places->shorts + nshorts);
            nshorts += count;
        }
    }
    places->ngrams = ngrams;
    places->nshorts = nshorts;
}

FAST void rf_scan_ask_avx512(struct rf_scan_places *out)
{
    const struct rf_scan_grams *g = &out->s->grams;
    const __m512i low4 = _mm512_set1_epi32(15), one = _mm512_set1_epi32(1);
    const __m128i shift = _mm_cvtsi32_si128((int)g->word_shift);
    const __m128i low_shift = _mm_cvtsi32_si128((int)g->word_shift - 4);
    const __m128i bucket_shift = _mm_cvtsi32_si128((int)g->bucket_shift);
    uint32_t n = 0;
    for (uint32_t i = 0; i < out->ngrams; i += 16) {
        uint32_t left = out->ngrams - i;
        __mmask16 in = left < 16 ? (__mmask16)((1u << left) - 1) : 0xFFFF;
        __m512i where = load(out->grams + i);
        __m512i key = load(out->keys + i);
        /* As rf_scan_bits. */
        __m512i low = _mm512_and_si512(_mm512_srl_epi32(key, low_shift), low4);
        __m512i high = _mm512_and_si512(key, low4);
        __m512i want =
            _mm512_or_si512(_mm512_sllv_epi32(one, low),
                            _mm512_sllv_epi32(_mm512_slli_epi32(one, 16), high));
        __m512i have = _mm512_i32gather_epi32(_mm512_srl_epi32(key, shift), g->bitmap,
                                              sizeof *g->bitmap);
        __mmask16 held =
            _mm512_mask_cmpeq_epi32_mask(in, _mm512_and_si512(have, want), want);
        _mm512_storeu_si512(out->grams + n, _mm512_maskz_compress_epi32(held, where));
        __m512i bucket = _mm512_srl_epi32(key, bucket_shift);
        _mm512_storeu_si512(out->keys + n, _mm512_maskz_compress_epi32(held, bucket));
        n += (uint32_t)__builtin_popcount(held);
    }
    out->ngrams = n;
}

#endif
