/* Sets of bytes, as which pattern sets know characters: each ASCII character for itself,
 * those beyond ASCII by their first byte. */
#ifndef RF_MATCH_SET_H
#define RF_MATCH_SET_H

#include "lib/base/str.h"
#include "lib/base/utf8.h"

struct rf_set {
    uint64_t bits[4]; /* by byte */
};

static inline bool rf_set_has(const struct rf_set *s, unsigned char c)
{
    return s->bits[c / 64] >> (c % 64) & 1;
}

static inline void rf_set_add(struct rf_set *s, unsigned char c)
{
    s->bits[c / 64] |= UINT64_C(1) << (c % 64);
}

/* The same with every byte of `with`. */
static inline void rf_set_join(struct rf_set *s, const struct rf_set *with)
{
    for (int i = 0; i < 4; i++)
        s->bits[i] |= with->bits[i];
}

static inline struct rf_set rf_set_all(void)
{
    return (struct rf_set){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
}

/* Some characters beyond ASCII are members. */
static inline bool rf_set_beyond(const struct rf_set *s)
{
    return s->bits[3];
}

/* All of them. */
static inline void rf_set_add_beyond(struct rf_set *s)
{
    s->bits[2] = s->bits[3] = UINT64_MAX;
}

/* The character and others that begin with the same byte. */
static inline void rf_set_add_char(struct rf_set *s, uint32_t cp)
{
    char bytes[RF_UTF8_MAX];
    rf_utf8_encode(cp, bytes);
    rf_set_add(s, (unsigned char)bytes[0]);
}

static inline bool rf_set_none(const struct rf_set *s)
{
    return !(s->bits[0] | s->bits[1] | s->bits[2] | s->bits[3]);
}

#endif
