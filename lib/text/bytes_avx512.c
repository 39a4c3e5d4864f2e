/* Hot: 64 bytes at once. */
#include "lib/text/bytes_table.h"

#ifdef __x86_64__

#include <immintrin.h>

#define FAST __attribute__((target("avx512f,avx512bw,bmi2,popcnt")))
#define INLINE static inline __attribute__((always_inline))

/* 64 bytes and those behind each, zeros behind the text. */
struct place {
    __m512i bytes, next, third;
};

FAST INLINE __m512i load(struct rf_str s, size_t i)
{
    size_t n = i < s.n ? s.n - i : 0;
    return _mm512_maskz_loadu_epi8(_bzhi_u64(UINT64_MAX, n < 64 ? (unsigned)n : 64),
                                   s.p + (n ? i : 0));
}

FAST INLINE __m512i all(unsigned char c)
{
    return _mm512_set1_epi8((char)c);
}

FAST INLINE uint64_t equal(__m512i v, unsigned char c)
{
    return _mm512_cmpeq_epi8_mask(v, all(c));
}

FAST INLINE uint64_t between(__m512i v, unsigned char from, unsigned char to)
{
    return _mm512_cmple_epu8_mask(_mm512_sub_epi8(v, all(from)),
                                  all((unsigned char)(to - from)));
}

FAST INLINE __m512i look_up(const unsigned char table[16], __m512i nibbles)
{
    __m128i t = _mm_load_si128((const __m128i *)(const void *)table);
    return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(t), nibbles);
}

FAST INLINE uint64_t marked(enum rf_bytes_class class, const __m512i n[RF_NIBBLES])
{
    const struct rf_bytes_table *t = &rf_bytes_tables[class];
    __m512i rules = look_up(t->nibble[0], n[0]);
#pragma GCC unroll 8
    for (int k = 1; k < RF_NIBBLES - 1; k++)
        rules = _mm512_and_si512(rules, look_up(t->nibble[k], n[k]));
    return _mm512_test_epi8_mask(rules,
                                 look_up(t->nibble[RF_NIBBLES - 1], n[RF_NIBBLES - 1]));
}

FAST INLINE __m512i low4(__m512i v)
{
    return _mm512_and_si512(v, all(15));
}

FAST INLINE __m512i high4(__m512i v)
{
    return low4(_mm512_srli_epi16(v, 4));
}

/* What the tables say of ASCII, and faster. */
FAST INLINE uint64_t url(struct place p)
{
    const __m512i small = all(0x20);
    uint64_t dot =
        equal(p.bytes, '.') & _mm512_cmpgt_epi8_mask(p.next, _mm512_set1_epi8('/'));
    uint64_t held = (equal(p.bytes, '[') | equal(p.bytes, '(')) & equal(p.next, '.');
    uint64_t scheme = equal(p.bytes, ':') & equal(p.next, '/');
    uint64_t www = equal(_mm512_or_si512(p.bytes, small), 'w') &
                   equal(_mm512_or_si512(p.next, small), 'w');
    return dot | held | scheme | www;
}

FAST INLINE uint64_t control(__m512i v)
{
    return between(v, 0, 8) | between(v, 14, 31) | equal(v, 127);
}

FAST void rf_bytes_mark_wider(struct rf_str s, uint64_t *const sets[RF_BYTES_CLASSES],
                              struct rf_bytes *out)
{
    uint64_t urls = 0, digits = 0, signs = 0, drops = 0;
    size_t ndigits = 0;
    for (size_t i = 0; i < s.n; i += 64) {
        struct place p = {load(s, i), load(s, i + 1), _mm512_setzero_si512()};
        uint64_t inside = _bzhi_u64(UINT64_MAX, s.n - i < 64 ? (unsigned)(s.n - i) : 64);
        uint64_t sign, dropped;
        if (_mm512_movepi8_mask(p.bytes)) {
            p.third = load(s, i + 2);
            const __m512i n[RF_NIBBLES] = {low4(p.bytes), high4(p.bytes), low4(p.next),
                                           high4(p.next), low4(p.third),  high4(p.third)};
            sign = marked(RF_BYTES_SIGN, n);
            dropped = marked(RF_BYTES_DROPPED, n) |
                      (equal(p.bytes, RF_DROPPED_LEAD) & equal(p.next, RF_DROPPED_NEXT));
        } else {
            sign = equal(p.bytes, '+');
            dropped = control(p.bytes);
        }
        uint64_t digit = between(p.bytes, '0', '9');
        urls |= sets[RF_BYTES_URL][i / 64] = url(p);
        digits |= sets[RF_BYTES_DIGIT][i / 64] = digit;
        signs |= sets[RF_BYTES_SIGN][i / 64] = sign;
        drops |= sets[RF_BYTES_DROPPED][i / 64] = dropped & inside;
        ndigits += (size_t)__builtin_popcountll(digit);
    }
    out->any[RF_BYTES_URL] = urls != 0;
    out->any[RF_BYTES_DIGIT] = digits != 0;
    out->any[RF_BYTES_SIGN] = signs != 0;
    out->any[RF_BYTES_DROPPED] = drops != 0;
    out->digits = ndigits;
}

#endif
