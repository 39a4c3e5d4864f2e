#include "lib/engine/sieve.h"

#define RUN 3
#define SEARCHES 4 /* that cost about as much as making the bits */

static uint32_t bit_of(const struct rf_sieve *s, const char *p)
{
    uint32_t run =
        (uint8_t)p[0] | (uint32_t)(uint8_t)p[1] << 8 | (uint32_t)(uint8_t)p[2] << 16;
    return (run * 0x9e3779b1u) >> 8 & (s->nbits - 1);
}

static void make_bits(struct rf_sieve *s, struct rf_arena *a, struct rf_str text)
{
    s->nbits = 64;
    while (s->nbits < 8 * text.n)
        s->nbits *= 2;
    s->bits = RF_NEW_ARRAY(a, uint64_t, s->nbits / 64);
    for (size_t i = 0; i + RUN <= text.n; i++) {
        uint32_t bit = bit_of(s, text.p + i);
        s->bits[bit / 64] |= UINT64_C(1) << (bit % 64);
    }
}

/* That of the value, which is new to the record or known; NULL: there is no room. */
static struct rf_sieve *sieve_of(struct rf_sieve *sieves, uint32_t serial,
                                 struct rf_str text)
{
    size_t at = (uintptr_t)text.p / 16;
    for (size_t i = 0; i < RF_SIEVES; i++) {
        struct rf_sieve *s = &sieves[(at + i) % RF_SIEVES];
        if (s->serial != serial) {
            *s = (struct rf_sieve){.text = text, .serial = serial};
            return s;
        }
        if (s->text.p == text.p && s->text.n == text.n)
            return s;
    }
    return NULL;
}

bool rf_sieve_may_hold(struct rf_sieve sieves[RF_SIEVES], uint32_t serial,
                       struct rf_arena *a, struct rf_str text, struct rf_str keyword)
{
    if (text.n < RF_SIEVE_BYTES || keyword.n > text.n)
        return keyword.n <= text.n;
    struct rf_sieve *s = sieve_of(sieves, serial, text);
    if (!s || s->asked++ < SEARCHES)
        return true;
    if (!s->bits)
        make_bits(s, a, text);
    for (size_t i = 0; i + RUN <= keyword.n; i++) {
        uint32_t bit = bit_of(s, keyword.p + i);
        if (!(s->bits[bit / 64] >> (bit % 64) & 1))
            return false;
    }
    return true;
}
