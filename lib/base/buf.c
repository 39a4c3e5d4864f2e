#include "lib/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"

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

void rf_buf_add(struct rf_buf *b, const void *p, size_t n)
{
    if (n == 0)
        return;
    memcpy(rf_buf_reserve(b, n), p, n);
    b->n += n;
}

void rf_buf_adds(struct rf_buf *b, struct rf_str s)
{
    rf_buf_add(b, s.p, s.n);
}

void rf_buf_addz(struct rf_buf *b, const char *cstr)
{
    rf_buf_add(b, cstr, strlen(cstr));
}

void rf_buf_addc(struct rf_buf *b, char c)
{
    *rf_buf_reserve(b, 1) = c;
    b->n++;
}

void rf_buf_printf(struct rf_buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    char *p = rf_buf_reserve(b, (size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->n += (size_t)n;
}

void rf_buf_add_json(struct rf_buf *b, struct rf_str s)
{
    static const char hex[] = "0123456789abcdef";
    rf_buf_addc(b, '"');
    size_t start = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
            continue;
        rf_buf_add(b, s.p + start, i - start);
        start = i + 1;
        switch (c) {
        case '"':
            rf_buf_addz(b, "\\\"");
            break;
        case '\\':
            rf_buf_addz(b, "\\\\");
            break;
        case '\n':
            rf_buf_addz(b, "\\n");
            break;
        case '\r':
            rf_buf_addz(b, "\\r");
            break;
        case '\t':
            rf_buf_addz(b, "\\t");
            break;
        default: {
            char u[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
            rf_buf_add(b, u, sizeof u);
        }
        }
    }
    rf_buf_add(b, s.p + start, s.n - start);
    rf_buf_addc(b, '"');
}
