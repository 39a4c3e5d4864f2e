#include "lib/text/bytes_table.h"

#include "lib/base/cpu.h"

enum { WORD = 64, ANY = 0xffff };

/* The values a nibble may have, one bit each. */
#define V(v) (1u << (v))
#define V2(v, w) (V(v) | V(w))
#define V3(v, w, x) (V(v) | V2(w, x))
#define UP_TO_9 0x3ffu

/* One row of a table: which of eight rules take the value v. */
#define ROW(v, a, b, c, d, e, f, g, h)                                                   \
    (((a) >> (v)&1) | ((b) >> (v)&1) << 1 | ((c) >> (v)&1) << 2 | ((d) >> (v)&1) << 3 |  \
     ((e) >> (v)&1) << 4 | ((f) >> (v)&1) << 5 | ((g) >> (v)&1) << 6 |                   \
     ((h) >> (v)&1) << 7)
#define ROWS(...)                                                                        \
    {                                                                                    \
        ROW(0, __VA_ARGS__), ROW(1, __VA_ARGS__), ROW(2, __VA_ARGS__),                   \
            ROW(3, __VA_ARGS__), ROW(4, __VA_ARGS__), ROW(5, __VA_ARGS__),               \
            ROW(6, __VA_ARGS__), ROW(7, __VA_ARGS__), ROW(8, __VA_ARGS__),               \
            ROW(9, __VA_ARGS__), ROW(10, __VA_ARGS__), ROW(11, __VA_ARGS__),             \
            ROW(12, __VA_ARGS__), ROW(13, __VA_ARGS__), ROW(14, __VA_ARGS__),            \
            ROW(15, __VA_ARGS__),                                                        \
    }

/* First and second bytes of UTF-8 after gen_fold.c's tables (Unicode 15). */
const struct rf_bytes_table rf_bytes_tables[RF_BYTES_CLASSES] = {
    /* "." before 30 to 7F, "[." "(." ":/" "ww" */
    [RF_BYTES_URL] = {{
        ROWS(V(14), V(8), V(11), V(10), V(7), 0, 0, 0),
        ROWS(V(2), V(2), V(5), V(3), V2(5, 7), 0, 0, 0),
        ROWS(ANY, V(14), V(14), V(15), V(7), 0, 0, 0),
        ROWS(0xf8u, V(2), V(2), V(2), V2(5, 7), 0, 0, 0),
        ROWS(ANY, ANY, ANY, ANY, ANY, 0, 0, 0),
        ROWS(ANY, ANY, ANY, ANY, ANY, 0, 0, 0),
    }},
    [RF_BYTES_DIGIT] = {{
        ROWS(UP_TO_9, 0, 0, 0, 0, 0, 0, 0),
        ROWS(V(3), 0, 0, 0, 0, 0, 0, 0),
        ROWS(ANY, 0, 0, 0, 0, 0, 0, 0),
        ROWS(ANY, 0, 0, 0, 0, 0, 0, 0),
        ROWS(ANY, 0, 0, 0, 0, 0, 0, 0),
        ROWS(ANY, 0, 0, 0, 0, 0, 0, 0),
    }},
    /* "+"; D9 DB DF; E0 (Indic, Thai, Lao, Tibetan); E1; E2 81 BA; EA F0; EF BC 9; EF BC
     * 8B, EF B9 A2 */
    [RF_BYTES_SIGN] = {{
        ROWS(V(11), V3(9, 11, 15), V(0), V(1), V(2), V2(10, 0), V(15), V(15)),
        ROWS(V(2), V(13), V(14), V(14), V(14), V2(14, 15), V(14), V(14)),
        ROWS(ANY, ANY, 0xbaaau, ANY, V(1), ANY, V(12), V2(9, 12)),
        ROWS(ANY, V3(8, 10, 11), V2(10, 11), ANY, V(8), V2(9, 10), V(11), V(11)),
        ROWS(ANY, ANY, ANY, ANY, V(10), ANY, UP_TO_9, V2(2, 11)),
        ROWS(ANY, ANY, V2(9, 10), ANY, V(11), ANY, V(9), V2(8, 10)),
    }},
    /* 00 to 08, 0E, 0F; 10 to 1F; 7F; C2 CD D8 DB DC; E0 E1 F0 F3 but emoji; E2 80 8A to
     * 8F and AA to AF; E1 E3 85; EF B8 BB BE BF */
    [RF_BYTES_DROPPED] = {{
        ROWS(0xc1ffu, ANY, V(15), V(2) | V2(8, 11) | V2(12, 13), V3(0, 1, 3), V(2),
             V2(1, 3), V(15)),
        ROWS(V(0), V(1), V(7), V2(12, 13), V2(14, 15), V(14), V(14), V(14)),
        ROWS(ANY, ANY, ANY, ANY, 0x680fu, V(0), V(5), V2(8, 11) | V2(14, 15)),
        ROWS(ANY, ANY, ANY, V3(8, 9, 10), V2(9, 10), V(8), V(8), V(11)),
        ROWS(ANY, ANY, ANY, ANY, ANY, 0xfc00u, ANY, ANY),
        ROWS(ANY, ANY, ANY, ANY, ANY, V2(8, 10), ANY, ANY),
    }},
};

static bool holds(enum rf_bytes_class class, unsigned char c, unsigned char next,
                  unsigned char third)
{
    const struct rf_bytes_table *t = &rf_bytes_tables[class];
    if (class == RF_BYTES_DROPPED && c == RF_DROPPED_LEAD && next == RF_DROPPED_NEXT)
        return true;
    return t->nibble[RF_NIBBLE_LOW][c & 15] & t->nibble[RF_NIBBLE_HIGH][c >> 4] &
           t->nibble[RF_NIBBLE_NEXT_LOW][next & 15] &
           t->nibble[RF_NIBBLE_NEXT_HIGH][next >> 4] &
           t->nibble[RF_NIBBLE_THIRD_LOW][third & 15] &
           t->nibble[RF_NIBBLE_THIRD_HIGH][third >> 4];
}

/* Sets for a text of n bytes, not cleared; the words of zeros behind them are. */
static void sets_for(struct rf_arena *a, size_t n, uint64_t *sets[RF_BYTES_CLASSES],
                     struct rf_bytes *out)
{
    size_t words = (n + WORD - 1) / WORD + 1;
    uint64_t *p = rf_arena_alloc(a, RF_BYTES_CLASSES * words * sizeof *p);
    for (size_t k = 0; k < RF_BYTES_CLASSES; k++) {
        out->set[k] = sets[k] = p + k * words;
        sets[k][words - 1] = 0;
    }
    out->n = n;
}

static void sum_up(struct rf_bytes *b)
{
    b->digits = 0;
    for (size_t k = 0; k < RF_BYTES_CLASSES; k++) {
        uint64_t any = 0;
        for (size_t w = 0; w < (b->n + WORD - 1) / WORD; w++)
            any |= b->set[k][w];
        b->any[k] = any != 0;
    }
    for (size_t w = 0; w < (b->n + WORD - 1) / WORD; w++)
        b->digits += (size_t)__builtin_popcountll(b->set[RF_BYTES_DIGIT][w]);
}

void rf_bytes_mark_portable(struct rf_arena *a, struct rf_str s, struct rf_bytes *out)
{
    uint64_t *sets[RF_BYTES_CLASSES];
    sets_for(a, s.n, sets, out);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        unsigned char next = i + 1 < s.n ? (unsigned char)s.p[i + 1] : 0;
        unsigned char third = i + 2 < s.n ? (unsigned char)s.p[i + 2] : 0;
        for (size_t k = 0; k < RF_BYTES_CLASSES; k++) {
            uint64_t bit = (uint64_t)holds(k, c, next, third) << i % WORD;
            sets[k][i / WORD] = i % WORD ? sets[k][i / WORD] | bit : bit;
        }
    }
    sum_up(out);
}

#ifdef __x86_64__

void rf_bytes_mark_avx2(struct rf_arena *a, struct rf_str s, struct rf_bytes *out)
{
    uint64_t *sets[RF_BYTES_CLASSES];
    if (!rf_cpu_has_avx2()) {
        rf_bytes_mark_portable(a, s, out);
        return;
    }
    sets_for(a, s.n, sets, out);
    rf_bytes_mark_wide(s, sets);
    sum_up(out);
}

void rf_bytes_mark(struct rf_arena *a, struct rf_str s, struct rf_bytes *out)
{
    uint64_t *sets[RF_BYTES_CLASSES];
    if (!rf_cpu_has_avx512()) {
        rf_bytes_mark_avx2(a, s, out);
        return;
    }
    sets_for(a, s.n, sets, out);
    rf_bytes_mark_wider(s, sets, out);
}

#else

void rf_bytes_mark_avx2(struct rf_arena *a, struct rf_str s, struct rf_bytes *out)
{
    rf_bytes_mark_portable(a, s, out);
}

void rf_bytes_mark(struct rf_arena *a, struct rf_str s, struct rf_bytes *out)
{
    rf_bytes_mark_portable(a, s, out);
}

#endif
