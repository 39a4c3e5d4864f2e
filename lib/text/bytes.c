#include "lib/text/bytes.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* First bytes of UTF-8 (gen_fold.c's tables, Unicode 15): characters that folding drops
 * begin with C2 to E3 or EF to F3; digits and plus signs with D9 to E2, EA, EF or F0. */
enum {
    LEAST_LEAD = 0xc0,
    DROPPED_BEFORE = 0xe4,
    PHONE_BEFORE = 0xe3,
    PHONE_ALONE = 0xea,
    MOST_FROM = 0xef,
    AFTER_DOT_FROM = '0',
    AFTER_DOT_TO = 'z',
};

static bool in_range(unsigned char c, unsigned from, unsigned to)
{
    return c >= from && c <= to;
}

/* c is followed by d. */
static bool url_at(unsigned char c, unsigned char d)
{
    switch (c) {
    case '.':
        return in_range(d, AFTER_DOT_FROM, AFTER_DOT_TO);
    case '[':
    case '(':
        return d == '.';
    case ':':
        return d == '/';
    }
    return (c | 0x20) == 'w' && (d | 0x20) == 'w';
}

static bool phone_at(unsigned char c)
{
    return in_range(c, '0', '9') || c == '+' || c >= MOST_FROM || c == PHONE_ALONE ||
           in_range(c, LEAST_LEAD, PHONE_BEFORE - 1);
}

static bool dropped_at(unsigned char c)
{
    return c < ' ' || c == 0x7f || c >= MOST_FROM ||
           in_range(c, LEAST_LEAD, DROPPED_BEFORE - 1);
}

size_t rf_bytes_next_portable(enum rf_bytes what, struct rf_str s, size_t i)
{
    const unsigned char *p = (const unsigned char *)s.p;
    if (what == RF_BYTES_URL) {
        while (i + 1 < s.n && !url_at(p[i], p[i + 1]))
            i++;
        return i + 1 < s.n ? i : s.n;
    }
    if (what == RF_BYTES_PHONE)
        while (i < s.n && !phone_at(p[i]))
            i++;
    else
        while (i < s.n && !dropped_at(p[i]))
            i++;
    return i < s.n ? i : s.n;
}

#ifdef __SSE2__

enum { WIDE = 16 };

static inline __m128i equal(__m128i v, char c)
{
    return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

static inline __m128i between(__m128i v, unsigned char from, unsigned char to)
{
    __m128i x = _mm_sub_epi8(v, _mm_set1_epi8((char)from));
    return _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8((char)(to - from))), x);
}

static inline __m128i url_mask(__m128i c, __m128i d)
{
    __m128i small = _mm_set1_epi8(0x20);
    __m128i dot = _mm_and_si128(equal(c, '.'), between(d, AFTER_DOT_FROM, AFTER_DOT_TO));
    __m128i bracket =
        _mm_and_si128(_mm_or_si128(equal(c, '['), equal(c, '(')), equal(d, '.'));
    __m128i colon = _mm_and_si128(equal(c, ':'), equal(d, '/'));
    __m128i ww = _mm_and_si128(equal(_mm_or_si128(c, small), 'w'),
                               equal(_mm_or_si128(d, small), 'w'));
    return _mm_or_si128(_mm_or_si128(dot, bracket), _mm_or_si128(colon, ww));
}

static inline __m128i phone_mask(__m128i c)
{
    __m128i ascii = _mm_or_si128(between(c, '0', '9'), equal(c, '+'));
    __m128i other = _mm_or_si128(between(c, LEAST_LEAD, PHONE_BEFORE - 1),
                                 between(c, MOST_FROM, 0xff));
    return _mm_or_si128(_mm_or_si128(ascii, other), equal(c, (char)PHONE_ALONE));
}

static inline __m128i dropped_mask(__m128i c)
{
    __m128i ascii = _mm_or_si128(between(c, 0, ' ' - 1), equal(c, 0x7f));
    __m128i other = _mm_or_si128(between(c, LEAST_LEAD, DROPPED_BEFORE - 1),
                                 between(c, MOST_FROM, 0xff));
    return _mm_or_si128(ascii, other);
}

size_t rf_bytes_next(enum rf_bytes what, struct rf_str s, size_t i)
{
    for (; i + WIDE + 1 <= s.n; i += WIDE) {
        __m128i c = _mm_loadu_si128((const __m128i *)(s.p + i));
        __m128i mask = what == RF_BYTES_URL
                           ? url_mask(c, _mm_loadu_si128((const __m128i *)(s.p + i + 1)))
                       : what == RF_BYTES_PHONE ? phone_mask(c)
                                                : dropped_mask(c);
        unsigned bits = (unsigned)_mm_movemask_epi8(mask);
        if (bits)
            return i + (unsigned)__builtin_ctz(bits);
    }
    return rf_bytes_next_portable(what, s, i);
}

#else

size_t rf_bytes_next(enum rf_bytes what, struct rf_str s, size_t i)
{
    return rf_bytes_next_portable(what, s, i);
}

#endif
