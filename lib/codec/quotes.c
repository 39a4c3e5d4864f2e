#include "lib/codec/quotes.h"

#ifdef __x86_64__

#include <immintrin.h>

#include "lib/base/cpu.h"
#include "lib/codec/simdjson_in.h"

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))

#define WORD 64 /* bytes */
#define STEP 8  /* places that are noted at once */
_Static_assert(RF_QUOTES_SPARE >= WORD && RF_QUOTES_SPARE >= STEP + RF_QUOTES_BEHIND,
               "what is noted ends in spare places");

struct block {
    uint64_t quotes, odd, high; /* odd: backslashes and control characters */
};

/* For a processor's ways to look and to note, which are compiled into it. */
static inline __attribute__((always_inline)) bool
find(struct rf_str line, struct rf_quotes *q, struct block (*look)(const char *p),
     uint16_t *(*note)(uint16_t *to, uint64_t word, size_t base))
{
    uint16_t *to = q->at;
    uint64_t odd = 0, high = 0;
    size_t whole = line.n / WORD * WORD;
    for (size_t at = 0; at < whole; at += WORD) {
        struct block b = look(line.p + at);
        to = note(to, b.quotes, at);
        odd |= b.odd;
        high |= b.high;
    }
    struct block b = look(line.p + whole); /* the padding, too */
    uint64_t inside = (UINT64_C(1) << line.n % WORD) - 1;
    to = note(to, b.quotes & inside, whole);
    for (int i = 0; i < RF_QUOTES_BEHIND; i++)
        to[i] = (uint16_t)line.n;
    odd |= b.odd & inside;
    high |= b.high & inside;
    return odd == 0 && (high == 0 || rf_simdjson_utf8(line));
}

AVX2 static inline uint64_t bits(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

AVX2 static inline __m256i is_odd(__m256i c)
{
    __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(c, _mm256_set1_epi8(0x1f)), c);
    return _mm256_or_si256(control, _mm256_cmpeq_epi8(c, _mm256_set1_epi8('\\')));
}

AVX2 static inline struct block look(const char *p)
{
    const __m256i quote = _mm256_set1_epi8('"');
    __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));
    return (struct block){
        bits(_mm256_cmpeq_epi8(low, quote), _mm256_cmpeq_epi8(high, quote)),
        bits(is_odd(low), is_odd(high)), bits(low, high)};
}

/* Writes where the set bits of a word are, some at a time whether there are so many or
 * not: what is too much is written over. Returns where the next go. */
AVX2 static inline uint16_t *note(uint16_t *to, uint64_t word, size_t base)
{
    uint16_t *end = to + _mm_popcnt_u64(word);
    do {
        for (int i = 0; i < STEP; i++) {
            to[i] = (uint16_t)(base + _tzcnt_u64(word));
            word = _blsr_u64(word);
        }
        to += STEP;
    } while (to < end);
    return end;
}

AVX2 bool rf_quotes_find_avx2(struct rf_str line, struct rf_quotes *q)
{
    return find(line, q, look, note);
}

/* ---- the same, 64 bytes at once ---- */

#define AVX512                                                                           \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi,bmi2,"   \
                          "popcnt")))

AVX512 static inline struct block look_wide(const char *p)
{
    __m512i c = _mm512_loadu_si512(p);
    __mmask64 control = _mm512_cmple_epu8_mask(c, _mm512_set1_epi8(0x1f));
    return (struct block){_mm512_cmpeq_epi8_mask(c, _mm512_set1_epi8('"')),
                          control | _mm512_cmpeq_epi8_mask(c, _mm512_set1_epi8('\\')),
                          _mm512_movepi8_mask(c)};
}

/* The set bits of a word as numbers side by side, 32 of them and mostly no more. */
AVX512 static inline uint16_t *note_wide(uint16_t *to, uint64_t word, size_t base)
{
    const __m512i all =
        _mm512_set_epi8(63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48,
                        47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32,
                        31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16,
                        15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i from = _mm512_set1_epi16((short)base);
    __m512i at = _mm512_maskz_compress_epi8(word, all);
    __m512i first = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(at));
    _mm512_storeu_si512(to, _mm512_add_epi16(first, from));
    int n = (int)_mm_popcnt_u64(word);
    if (n > 32) {
        __m512i rest = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(at, 1));
        _mm512_storeu_si512(to + 32, _mm512_add_epi16(rest, from));
    }
    return to + n;
}

AVX512 bool rf_quotes_find_avx512(struct rf_str line, struct rf_quotes *q)
{
    return find(line, q, look_wide, note_wide);
}

bool rf_quotes_find(struct rf_str line, struct rf_quotes *q)
{
    if (line.n >= RF_QUOTES_LINE)
        return false;
    if (rf_cpu_has_avx512())
        return rf_quotes_find_avx512(line, q);
    return rf_cpu_has_avx2() && rf_quotes_find_avx2(line, q);
}

#else

bool rf_quotes_find(struct rf_str line, struct rf_quotes *q)
{
    (void)line;
    (void)q;
    return false;
}

#endif
