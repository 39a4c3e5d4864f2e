/* Growable byte buffer for output. One thread at a time; freed by its owner. */
#ifndef RF_BASE_BUF_H
#define RF_BASE_BUF_H

#include "lib/base/str.h"

struct rf_buf {
    char *p;
    size_t n, cap; /* bytes used, bytes held; n <= cap */
};

void rf_buf_init(struct rf_buf *b);
void rf_buf_fini(struct rf_buf *b);
/* Room for n more bytes at p + n of the buffer; returns where they go. */
char *rf_buf_reserve(struct rf_buf *b, size_t n);
static inline void rf_buf_add(struct rf_buf *b, const void *p, size_t n);
static inline void rf_buf_adds(struct rf_buf *b, struct rf_str s);
static inline void rf_buf_addz(struct rf_buf *b, const char *cstr);
static inline void rf_buf_addc(struct rf_buf *b, char c);
/* In decimal; the lowest `digits` of its hexadecimal digits, at most 16. */
void rf_buf_add_uint(struct rf_buf *b, uint64_t v);
void rf_buf_add_hex(struct rf_buf *b, uint64_t v, unsigned digits);
void rf_buf_printf(struct rf_buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* s as a JSON string with quotes (RFC 8259: ", \, and control characters escaped;
 * s must be valid UTF-8). */
void rf_buf_add_json(struct rf_buf *b, struct rf_str s);

static inline void rf_buf_add(struct rf_buf *b, const void *p, size_t n)
{
    if (n == 0)
        return;
    memcpy(b->cap - b->n >= n ? b->p + b->n : rf_buf_reserve(b, n), p, n);
    b->n += n;
}

static inline void rf_buf_adds(struct rf_buf *b, struct rf_str s)
{
    rf_buf_add(b, s.p, s.n);
}

static inline void rf_buf_addz(struct rf_buf *b, const char *cstr)
{
    rf_buf_add(b, cstr, strlen(cstr));
}

static inline void rf_buf_addc(struct rf_buf *b, char c)
{
    *(b->cap > b->n ? b->p + b->n : rf_buf_reserve(b, 1)) = c;
    b->n++;
}

static inline struct rf_str rf_buf_str(const struct rf_buf *b)
{
    return rf_str(b->p, b->n);
}

#endif
