/* Byte string views: pointer and length, never owned, not NUL-terminated.
 * Any thread; the memory belongs to whoever made the bytes. */
#ifndef RF_BASE_STR_H
#define RF_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rf_str {
    const char *p;
    size_t n; /* bytes */
};

/* A view of a string literal. */
#define RF_STR(literal) ((struct rf_str){(literal), sizeof(literal) - 1})
/* Arguments for a "%.*s" conversion. */
#define RF_STR_FMT(s) (int)(s).n, (s).p

static inline struct rf_str rf_str(const char *p, size_t n)
{
    return (struct rf_str){p, n};
}

static inline struct rf_str rf_str_of(const char *cstr)
{
    return (struct rf_str){cstr, cstr ? strlen(cstr) : 0};
}

static inline bool rf_str_eq(struct rf_str a, struct rf_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool rf_str_eqz(struct rf_str a, const char *cstr)
{
    return rf_str_eq(a, rf_str_of(cstr));
}

/* Bytewise order, the shorter of equal prefixes first. */
static inline int rf_str_cmp(struct rf_str a, struct rf_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static inline bool rf_str_starts(struct rf_str s, struct rf_str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static inline bool rf_str_ends(struct rf_str s, struct rf_str suffix)
{
    return s.n >= suffix.n &&
           (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

static inline struct rf_str rf_str_sub(struct rf_str s, size_t from)
{
    return from >= s.n ? rf_str(s.p + s.n, 0) : rf_str(s.p + from, s.n - from);
}

#endif
