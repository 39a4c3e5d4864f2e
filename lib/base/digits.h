/* Runs of ASCII digits, eight at a time. Pure, any thread; nothing outside the bytes
 * given is read. */
#ifndef RF_BASE_DIGITS_H
#define RF_BASE_DIGITS_H

#include <endian.h>

#include "lib/base/str.h"

/* Eight bytes, the first lowest; digits as their values. */
static inline uint64_t rf_digits_eight(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return le64toh(v) ^ UINT64_C(0x3030303030303030);
}

/* How many digits s begins with. */
static inline size_t rf_digits_run(struct rf_str s)
{
    size_t i = 0;
    while (i < s.n && s.n >= 8) {
        i = i < s.n - 8 ? i : s.n - 8;
        uint64_t v = rf_digits_eight(s.p + i);
        /* what is added to a byte that is none carries into later ones only */
        v = ((v + UINT64_C(0x7676767676767676)) | v) & UINT64_C(0x8080808080808080);
        if (v)
            return i + (size_t)__builtin_ctzll(v) / 8;
        i += 8;
    }
    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
        i++;
    return i;
}

/* Joins digits to pairs, those to fours, those to all eight. */
static inline uint64_t rf_digits_join(uint64_t v)
{
    v = v * 10 + (v >> 8);
    v = (v & UINT64_C(0x00ff00ff00ff00ff)) * (1 + (UINT64_C(100) << 16)) >> 16;
    return (v & UINT64_C(0x0000ffff0000ffff)) * (1 + (UINT64_C(10000) << 32)) >> 32;
}

/* The number that n digits are, modulo 2^64; 0 of none. */
static inline uint64_t rf_digits_value(const char *p, size_t n)
{
    uint64_t value = 0;
    size_t lead = n % 8;
    if (n > 8 && lead) {
        value = rf_digits_join(rf_digits_eight(p) << (64 - 8 * lead));
        p += lead;
        n -= lead;
    }
    for (; n % 8; p++, n--)
        value = value * 10 + (uint64_t)(*p - '0');
    for (; n; p += 8, n -= 8)
        value = value * 100000000 + rf_digits_join(rf_digits_eight(p));
    return value;
}

#endif
