/* The first and the last eight bytes of a string, as numbers: what tells most short
 * strings apart without a call or a look at memory elsewhere. Pure, any thread. */
#ifndef RF_BASE_TIPS_H
#define RF_BASE_TIPS_H

#include "lib/base/str.h"

/* Strings of one length of at most so many bytes are equal where their tips are. */
#define RF_TIPS_WHOLE 16

struct rf_tips {
    uint64_t head, tail; /* of less than eight bytes: all of them, and 0 */
};

static inline struct rf_tips rf_tips(struct rf_str s)
{
    struct rf_tips t = {0, 0};
    uint32_t low, high;
    if (s.n >= 8) {
        memcpy(&t.head, s.p, 8);
        memcpy(&t.tail, s.p + s.n - 8, 8);
    } else if (s.n >= 4) {
        memcpy(&low, s.p, 4);
        memcpy(&high, s.p + s.n - 4, 4);
        t.head = low | (uint64_t)high << 32;
    } else if (s.n) {
        t.head = (unsigned char)s.p[0] | (unsigned)(unsigned char)s.p[s.n / 2] << 8 |
                 (unsigned)(unsigned char)s.p[s.n - 1] << 16;
    }
    return t;
}

/* Whether a and b are equal, whose tips these are. */
static inline bool rf_tips_same(struct rf_str a, struct rf_tips ta, struct rf_str b,
                                struct rf_tips tb)
{
    return ta.head == tb.head && ta.tail == tb.tail && a.n == b.n &&
           (a.n <= RF_TIPS_WHOLE || memcmp(a.p, b.p, a.n) == 0);
}

#endif
