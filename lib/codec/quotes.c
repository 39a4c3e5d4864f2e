#include "lib/codec/quotes.h"

#ifdef __x86_64__

#include <immintrin.h>

#include "lib/codec/simdjson_in.h"

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))

enum { WORD = 64, STEP = 8 };
_Static_assert(RF_QUOTES_SPARE >= STEP + RF_QUOTES_BEHIND, "notes end in spare places");

struct block {
    uint64_t quotes, odd, high; /* odd: backslashes and control characters */
};

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

AVX2 static bool find(struct rf_str line, uint16_t *to)
{
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

bool rf_quotes_find(struct rf_str line, struct rf_quotes *q)
{
    return line.n < RF_QUOTES_LINE && __builtin_cpu_supports("avx2") &&
           __builtin_cpu_supports("bmi") && find(line, q->at);
}

#else

bool rf_quotes_find(struct rf_str line, struct rf_quotes *q)
{
    (void)line;
    (void)q;
    return false;
}

#endif
