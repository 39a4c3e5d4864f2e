/* The literals of one view: which of many byte strings stand in a text. Each literal is
 * found by one gram of it, its rarest six bytes (four, if it is shorter; all of it, if it
 * is shorter still): a bitmap rules most places of a text out, a table leads from a gram
 * to its literals, which are then compared. Built cold; then immutable and read by any
 * number of threads. */
#ifndef RF_MATCH_SCAN_H
#define RF_MATCH_SCAN_H

#include "lib/base/arena.h"
#include "lib/base/str.h"

#define RF_SCAN_LITERAL_BYTES 48 /* of longer literals the beginning is looked for */
#define RF_SCAN_WIDTHS 5
#define RF_SCAN_HEAD 8 /* bytes loaded at once */
#define RF_SCAN_ROOM                                                                     \
    80 /* read behind a text, at most: 64 places, and what is loaded there */

/* A pattern that wants to know of a literal. */
struct rf_scan_use {
    uint32_t pattern;
    uint8_t set;   /* bit of the pattern's set that the literal belongs to */
    uint8_t sets;  /* bits of all its sets */
    uint8_t check; /* what else must hold there: the caller's */
    uint8_t n;     /* bytes of the literal that are looked for: filled in by the scan */
};

struct rf_scan_literal {
    uint64_t head;  /* its first bytes, as rf_scan_head gives them */
    uint32_t bytes; /* offset in the scan's bytes */
    uint32_t first, uses;
    uint8_t n, at; /* length; where its gram stands in it */
    bool more;     /* the next literal has the same gram */
};

/* A slot: in its low bits those of its gram's hash, above them the number of the gram's
 * first literal, plus one; 0 is empty. A gram has at most one, grams may share a tag. */
#define RF_SCAN_TAG_BITS 8
#define RF_SCAN_TAG ((UINT32_C(1) << RF_SCAN_TAG_BITS) - 1)
#define RF_SCAN_LITERALS_MAX ((UINT32_C(1) << (32 - RF_SCAN_TAG_BITS)) - 2)

/* Literals with grams of one length. */
struct rf_scan_grams {
    uint32_t *bitmap; /* a word by hash, two bits in it by more of the hash */
    uint32_t *slots;  /* by hash, then the next free one; never all taken */
    uint32_t word_shift, slot_shift; /* of the hash; no bitmap: no literals */
    /* Of the grams of one and two bytes, by half a byte: a bit of those eight groups of
     * grams that have such a half there. Both halves of all bytes of a gram share one. */
    uint8_t low[2][16], high[2][16];
};

struct rf_scan {
    struct rf_scan_grams grams[RF_SCAN_WIDTHS];
    struct rf_scan_literal *literals;
    struct rf_scan_use *uses;
    char *bytes;
    uint32_t nliterals;
};

struct rf_scan_builder;

struct rf_scan_builder *rf_scan_builder_new(void);
void rf_scan_builder_free(struct rf_scan_builder *b);
/* The use's pattern wants to know where literal (not empty, without ASCII capitals)
 * stands. Bytes are copied. */
void rf_scan_add(struct rf_scan_builder *b, struct rf_scan_use use,
                 struct rf_str literal);
/* All that was added; arrays live in a. */
void rf_scan_build(struct rf_scan_builder *b, struct rf_scan *out, struct rf_arena *a);

/* A literal stands at text[begin, begin + its scanned length): who uses it. */
typedef void rf_scan_fn(void *arg, const struct rf_scan_use *uses, uint32_t n,
                        size_t begin);

/* Report every occurrence of every literal; the order is not defined. */
void rf_scan_run(const struct rf_scan *s, struct rf_str text, rf_scan_fn *fn, void *arg);

/* Bytes of the grams, ascending. */
static const unsigned rf_scan_width[RF_SCAN_WIDTHS] = {1, 2, 3, 4, 6};

/* The first n bytes (1 to RF_SCAN_HEAD) of the RF_SCAN_HEAD at p, as one number. */
static inline uint64_t rf_scan_head(const char *p, unsigned n)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v << (64 - 8 * n);
}

#define RF_SCAN_FACTOR UINT32_C(0x9E3779B1)
#define RF_SCAN_FACTOR_2 UINT32_C(0x85EBCA77)

/* The hash of the gram of that width at p; loads RF_SCAN_HEAD bytes. */
static inline uint32_t rf_scan_hash(const char *p, unsigned width)
{
    uint64_t v = rf_scan_head(p, RF_SCAN_HEAD);
    uint32_t first = (uint32_t)v;
    if (width < 4)
        first &= (UINT32_C(1) << (8 * width)) - 1;
    if (width <= 4)
        return first * RF_SCAN_FACTOR;
    return first * RF_SCAN_FACTOR + (uint32_t)(v >> 16) * RF_SCAN_FACTOR_2;
}

/* The two bits of a word of the bitmap that stand for a gram: by what the shift that
 * chose the word left over. */
static inline uint32_t rf_scan_bits(uint32_t hash, uint32_t word_shift)
{
    uint32_t low = hash >> (word_shift - 10);
    return UINT32_C(1) << (low & 31) | UINT32_C(1) << (low >> 5 & 31);
}

/* Whether a gram of one or two bytes may stand at p: the quick question. */
static inline bool rf_scan_short(const struct rf_scan_grams *g, unsigned width,
                                 const char *p)
{
    unsigned groups = 0xFF;
    for (unsigned i = 0; i < width; i++)
        groups &= g->low[i][p[i] & 15] & g->high[i][(unsigned char)p[i] >> 4];
    return groups != 0;
}

/* Which of n places from p on may begin a gram, ascending, in found; returns how many.
 * RF_SCAN_ROOM bytes behind the last place can be read. The first is written for AVX2,
 * the second runs everywhere; they find the same. */
size_t rf_scan_find_avx2(const struct rf_scan_grams *g, unsigned width, const char *p,
                         size_t n, uint16_t *found);
size_t rf_scan_find_plain(const struct rf_scan_grams *g, unsigned width, const char *p,
                          size_t n, uint16_t *found);

#endif
