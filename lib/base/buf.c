#include "lib/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"

#define PRINTF_ROOM 64 /* enough for most */
#define UINT_DIGITS 20 /* of the largest */

void rf_buf_init(struct rf_buf *b)
{
    *b = (struct rf_buf){0};
}

void rf_buf_fini(struct rf_buf *b)
{
    free(b->p);
    rf_buf_init(b);
}

char *rf_buf_reserve(struct rf_buf *b, size_t n)
{
    if (n > SIZE_MAX / 4 || b->n > SIZE_MAX / 4)
        rf_mem_die(n);
    if (b->cap - b->n < n) {
        size_t cap = b->cap ? b->cap * 2 : 256;
        while (cap - b->n < n)
            cap *= 2;
        b->p = rf_mem_realloc(b->p, cap, 1);
        b->cap = cap;
    }
    return b->p + b->n;
}

static char *put_uint(char *p, uint64_t v)
{
    if (v >= 10)
        p = put_uint(p, v / 10);
    *p = (char)('0' + v % 10);
    return p + 1;
}

void rf_buf_add_uint(struct rf_buf *b, uint64_t v)
{
    b->n = (size_t)(put_uint(rf_buf_reserve(b, UINT_DIGITS), v) - b->p);
}

void rf_buf_add_hex(struct rf_buf *b, uint64_t v, unsigned digits)
{
    char *p = rf_buf_reserve(b, digits);
    for (unsigned i = digits; i--; v >>= 4)
        p[i] = "0123456789abcdef"[v & 15];
    b->n += digits;
}

void rf_buf_printf(struct rf_buf *b, const char *fmt, ...)
{
    va_list ap;
    size_t room = PRINTF_ROOM;
    for (int tries = 0; tries < 2; tries++) {
        char *p = rf_buf_reserve(b, room);
        va_start(ap, fmt);
        int n = vsnprintf(p, b->cap - b->n, fmt, ap);
        va_end(ap);
        if (n < 0)
            return;
        room = (size_t)n + 1;
        if (room <= b->cap - b->n) {
            b->n += (size_t)n;
            return;
        }
    }
}

/* Whether none of these 8 bytes needs an escape; may say no of bytes that need none. */
static bool plain8(const char *p)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t w;
    memcpy(&w, p, sizeof w);
    uint64_t quote = w ^ '"' * ones, backslash = w ^ '\\' * ones, del = w ^ 0x7f * ones;
    uint64_t found = ((w - 0x20 * ones) & ~w) | ((quote - ones) & ~quote) |
                     ((backslash - ones) & ~backslash) | ((del - ones) & ~del);
    return (found & ones << 7) == 0;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
}

static void add_escape(struct rf_buf *b, unsigned char c)
{
    static const char hex[] = "0123456789abcdef", named[] = "\"\\\n\r\t",
                      names[] = "\"\\nrt";
    const char *at = c ? strchr(named, c) : NULL;
    char u[6] = {'\\', at ? names[at - named] : 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    rf_buf_add(b, u, at ? 2 : sizeof u);
}

void rf_buf_add_json(struct rf_buf *b, struct rf_str s)
{
    rf_buf_addc(b, '"');
    for (size_t i = 0; i < s.n;) {
        size_t start = i;
        while (i + 8 <= s.n && plain8(s.p + i))
            i += 8;
        while (i < s.n && is_plain((unsigned char)s.p[i]))
            i++;
        rf_buf_add(b, s.p + start, i - start);
        if (i < s.n)
            add_escape(b, (unsigned char)s.p[i++]);
    }
    rf_buf_addc(b, '"');
}
