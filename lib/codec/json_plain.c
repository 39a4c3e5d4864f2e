/* Hot: a line whose strings hold neither escapes nor control characters, as nearly all
 * do. Where its quotes are is found 32 bytes at a time; then nothing in a string is
 * looked at again. */
#include "lib/codec/json.h"

#ifdef __x86_64__

#include <immintrin.h>

#include "lib/codec/simdjson_in.h"

#define AVX2 __attribute__((target("avx2,bmi")))

enum { WORD = 64, WORDS = 128 }; /* longer lines go the other way */

/* A cursor, in registers. Where quotes stand: bit i of a word tells of block[i], and a
 * word of ones is behind the last; those before p are consumed. */
struct plain {
    const char *p, *end;
    const char *block;
    const uint64_t *word; /* of the block */
    uint64_t left;        /* of it */
};

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

/* Note the quotes; false where something in the line asks for a closer look. */
AVX2 static bool mark(struct rf_str line, uint64_t quotes[])
{
    uint64_t odd = 0, high = 0;
    size_t whole = line.n / WORD;
    for (size_t w = 0; w < whole; w++) {
        struct block b = look(line.p + WORD * w);
        quotes[w] = b.quotes;
        odd |= b.odd;
        high |= b.high;
    }
    struct block b = look(line.p + WORD * whole); /* the padding, too */
    uint64_t inside = (UINT64_C(1) << line.n % WORD) - 1;
    quotes[whole] = b.quotes & inside;
    quotes[whole + 1] = UINT64_MAX;
    odd |= b.odd & inside;
    high |= b.high & inside;
    return odd == 0 && (high == 0 || rf_simdjson_utf8(line));
}

static inline void skip_space(struct plain *w)
{
    while (w->p < w->end && *w->p == ' ')
        w->p++;
}

static inline bool take_char(struct plain *w, char c)
{
    if (w->p >= w->end || *w->p != c)
        return false;
    w->p++;
    skip_space(w);
    return true;
}

/* The next quote, at the line's end or behind if there is none. */
AVX2 static inline const char *next_quote(struct plain *w)
{
    while (w->left == 0) {
        w->left = *++w->word;
        w->block += WORD;
    }
    const char *at = w->block + (unsigned)__builtin_ctzll(w->left);
    w->left &= w->left - 1;
    return at;
}

/* A string at its opening quote, and the space behind it. */
AVX2 static inline bool take_string(struct plain *w, struct rf_json_token *t)
{
    const char *begin = next_quote(w) + 1, *end = next_quote(w);
    if (end >= w->end)
        return false;
    *t = (struct rf_json_token){.type = RF_JSON_STRING,
                                .raw = rf_str(begin, (size_t)(end - begin))};
    w->p = end + 1;
    skip_space(w);
    return true;
}

/* Another value; those quotes within it are consumed. */
static inline bool take_other(struct plain *w, struct rf_json_token *t)
{
    struct rf_str rest = rf_str(w->p, (size_t)(w->end - w->p));
    size_t n = rf_json_number(rest);
    if (n)
        *t = (struct rf_json_token){.type = RF_JSON_NUMBER, .raw = rf_str(rest.p, n)};
    else
        n = rf_json_value(rest, t);
    w->p += n;
    if (t->type == RF_JSON_OBJECT || t->type == RF_JSON_ARRAY) {
        size_t words = (size_t)(w->p - w->block) / WORD;
        w->word += words;
        w->block += WORD * words;
        w->left = *w->word & UINT64_MAX << (w->p - w->block);
    }
    skip_space(w);
    return n > 0;
}

static inline bool at_quote(const struct plain *w)
{
    return w->p < w->end && *w->p == '"';
}

AVX2 static bool walk(struct rf_str line, const uint64_t *quotes,
                      const struct rf_json_visitor *v)
{
    struct plain w = {line.p, line.p + line.n, line.p, quotes, quotes[0]};
    struct rf_json_token key, value;
    skip_space(&w);
    if (!take_char(&w, '{'))
        return false;
    do {
        if (!at_quote(&w) || !take_string(&w, &key) || !take_char(&w, ':') ||
            !(at_quote(&w) ? take_string(&w, &value) : take_other(&w, &value)))
            return false;
        v->member(v->ctx, &key, &value);
    } while (take_char(&w, ','));
    return take_char(&w, '}') && w.p == w.end;
}

bool rf_json_walk_plain(struct rf_str line, const struct rf_json_visitor *v)
{
    uint64_t quotes[WORDS + 1]; /* large: not cleared */
    return line.n < WORD * WORDS && __builtin_cpu_supports("avx2") &&
           mark(line, quotes) && walk(line, quotes, v);
}

#else

bool rf_json_walk_plain(struct rf_str line, const struct rf_json_visitor *v)
{
    (void)line;
    (void)v;
    return false;
}

#endif
