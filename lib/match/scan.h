/* Literals: which of many byte strings stand in a text. A literal is sought in texts of
 * one form, such as a view; a text has several forms where these are alike. Each literal
 * is found by one gram of it, four bytes (six, where they begin beyond ASCII) that are
 * rare and much like those of others: a sieve of sets of bytes rules most places of a
 * text out many at a time, a bitmap most of the others, a table leads from a gram to its
 * literals, which are then compared. The few literals that are shorter pass the same
 * sieve. Built cold; then immutable and read by any number of threads. */
#ifndef RF_MATCH_SCAN_H
#define RF_MATCH_SCAN_H

#include "lib/base/arena.h"
#include "lib/base/str.h"

#define RF_SCAN_LITERAL_BYTES 48 /* of longer literals the beginning is looked for */
#define RF_SCAN_HEAD 8           /* bytes loaded at once */
#define RF_SCAN_ROOM 80          /* can be read behind a text, and RF_SCAN_HEAD before */
#define RF_SCAN_FORMS 8          /* what they are is the caller's */
#define RF_SCAN_SIEVES 4

/* A pattern that wants to know of a literal. */
struct rf_scan_use {
    uint32_t pattern;
    uint16_t set : 3;       /* bit of the pattern's set that the literal belongs to */
    uint16_t sets : 3;      /* bits of all its sets */
    uint16_t check : 4;     /* what else must hold there, and */
    uint16_t n : 6;         /* bytes of the literal that are looked for: by the scan */
    uint8_t before, behind; /* what stand beside it: the caller's */
};
_Static_assert(RF_SCAN_LITERAL_BYTES < 1 << 6, "its length fits");

struct rf_scan_literal {
    uint64_t head[2]; /* its first bytes, as rf_scan_head gives them; 0 where none are */
    uint32_t bytes;   /* offset in the scan's bytes */
    uint32_t first, uses;
    uint8_t n, at; /* length; where its gram stands in it */
    uint8_t form;
    bool more; /* the next literal shares its slot, or its first byte if short */
};

/* Leads from a gram to literals with the same bytes around it, their window: up to
 * RF_SCAN_HEAD bytes with the gram in them. */
struct rf_scan_slot {
    uint32_t literal; /* number of the first one, plus one; 0: empty. In the last slot
                       * of a bucket RF_SCAN_GOES_ON may be added. */
    uint16_t tag;     /* rf_scan_tag of the window */
    uint8_t before;   /* bytes of the window before the gram */
    uint8_t shift;    /* RF_SCAN_HEAD less its length, in bits */
};

#define RF_SCAN_BUCKET 4
#define RF_SCAN_GOES_ON (UINT32_C(1) << 31)
#define RF_SCAN_LITERALS_MAX (UINT32_C(1) << 24)

struct rf_scan_grams {
    /* A word by the hash of a gram, in its low half a bit by the same, in its high half
     * one by the hash of six bytes there: all of those where a literal has fewer. NULL
     * where no literal has a gram. */
    uint32_t *bitmap;
    /* By the hash of the gram. Filled from the first slot on; what has no room in a
     * bucket is in the next, and the bucket says so. */
    struct rf_scan_slot (*buckets)[RF_SCAN_BUCKET];
    uint32_t word_shift, bucket_shift; /* of the hash */
};

/* Literals without a gram. */
struct rf_scan_shorts {
    uint8_t *pairs;   /* a bit for the first two bytes that one of two or less may have */
    uint8_t *triples; /* a bit by hash of the first three of another */
    uint32_t *first;  /* by first byte: number of the first literal, plus one; or NULL */
};

/* Grams and short literals are in eight groups; a group is what its members' bytes may be
 * at each place. Tables have a bit for each group. */
#define RF_SCAN_HALVES 3
#define RF_SCAN_FOUR 4 /* bytes of a gram that begins in ASCII, */
#define RF_SCAN_WIDE 6 /* and of others */
struct rf_scan_sieve {
    /* Of those that begin in ASCII: by the low seven bits of each byte. */
    uint8_t ascii[RF_SCAN_FOUR][128];
    /* Of the others: by those of the first, and by the low six of each behind it. */
    uint8_t first[128], behind[RF_SCAN_WIDE - 1][64];
    /* Of short literals, by half a byte: what the others say of the first bytes, and
     * more. */
    uint8_t low[RF_SCAN_HALVES][16], high[RF_SCAN_HALVES][16];
    uint8_t grams, shorts; /* groups that have such */
};

struct rf_scan {
    struct rf_scan_sieve *sieves[RF_SCAN_SIEVES]; /* NULL where none is made */
    struct rf_scan_grams grams;
    struct rf_scan_shorts shorts;
    struct rf_scan_literal *literals;
    struct rf_scan_use *uses;
    char *bytes;
    uint32_t nliterals[RF_SCAN_FORMS]; /* of each form */
};

struct rf_scan_builder;

struct rf_scan_builder *rf_scan_builder_new(void);
void rf_scan_builder_free(struct rf_scan_builder *b);
/* The use's pattern wants to know where literal (not empty, without ASCII capitals)
 * stands in texts of that form. Bytes are copied. */
void rf_scan_add(struct rf_scan_builder *b, unsigned form, struct rf_scan_use use,
                 struct rf_str literal);
/* All that was added for forms that have a sieve: each sieve stands for those whose bits
 * are in `forms`, a form's first one should be the most used. Arrays live in a. */
void rf_scan_build(struct rf_scan_builder *b, const uint8_t forms[RF_SCAN_SIEVES],
                   struct rf_scan *out, struct rf_arena *a);

/* A literal of that form stands at text[begin, begin + its scanned length) of that owner:
 * who uses it. */
typedef void rf_scan_fn(void *arg, uint32_t owner, unsigned form,
                        const struct rf_scan_use *uses, uint32_t n, size_t begin);

#define RF_SCAN_SCANS 3 /* of a sweep */
#define RF_SCAN_TEXTS 128
#define RF_SCAN_AT_BITS 25   /* of a place of a sweep: where in its text; above, which */
#define RF_SCAN_PLACES 16384 /* of a sweep at most */
#define RF_SCAN_BLOCK 64     /* places of a text that are sifted at once */
#define RF_SCAN_BLOCKS (RF_SCAN_PLACES / RF_SCAN_BLOCK + RF_SCAN_TEXTS)
#define RF_SCAN_MORE 64

/* What is to pass a sieve. */
struct rf_scan_block {
    const char *p;
    uint32_t where; /* its first place */
    uint32_t left;  /* places from there to the end of the text */
};
struct rf_scan_blocks {
    struct rf_scan_block v[RF_SCAN_BLOCKS + RF_SCAN_MORE];
    uint32_t n;
};

/* Places of a sweep's texts where literals may stand: by sieve, then ascending. */
struct rf_scan_places {
    const struct rf_scan *s;
    const char *texts[RF_SCAN_TEXTS];
    struct rf_scan_blocks blocks[RF_SCAN_SIEVES];
    uint32_t ngrams, nshorts;
    uint32_t shorts[RF_SCAN_PLACES + RF_SCAN_MORE]; /* where a short literal may stand */
    /* Where a gram may begin, rf_scan_key of what is there; then its bucket, and the
     * slots of that which fit, as bits. */
    uint32_t grams[RF_SCAN_PLACES + RF_SCAN_MORE];
    uint32_t keys[RF_SCAN_PLACES + RF_SCAN_MORE];
    uint32_t fitting[RF_SCAN_PLACES + RF_SCAN_MORE];
};

/* A place that is followed up. */
struct rf_scan_place {
    uint32_t where, bucket;
    uint16_t bits; /* slots of the bucket that fit, or RF_SCAN_IS_SHORT */
    uint16_t scan; /* by number, of the sweep's */
};
#define RF_SCAN_IS_SHORT 0x8000

/* Many texts on their way through some scans. A random read of memory takes as long
 * as the scan of a text, and a wrong guess of the processor as that of some words: so
 * texts are gathered, and each step is taken for all of them, what it reads being asked
 * for one step before. One thread's. */
struct rf_scan_sweep {
    rf_scan_fn *fn;
    void *arg;
    struct {
        struct rf_str text;
        uint32_t owner, forms;
    } texts[RF_SCAN_TEXTS];
    uint32_t ntexts;
    size_t nbytes;
    uint32_t nscans;
    struct rf_scan_places places[RF_SCAN_SCANS];
    struct rf_scan_place sorted[2 * RF_SCAN_PLACES]; /* by text */
};

/* A sweep of n scans; what they find is reported to fn with arg. */
void rf_scan_begin(struct rf_scan_sweep *w, const struct rf_scan *scans, uint32_t n,
                   rf_scan_fn *fn, void *arg);
/* Report every occurrence of every literal of some forms, as bits, in the text, now or at
 * a later call; those of one owner after those of owners before, else in no order. Of the
 * scan with that number the sieve with that number stands for all of these forms, or
 * more. The text and what is around it (RF_SCAN_ROOM) can be read until the sweep is
 * finished. */
void rf_scan_text(struct rf_scan_sweep *w, uint32_t scan, unsigned sieve, unsigned forms,
                  struct rf_str text, uint32_t owner);
/* Report what is left. */
void rf_scan_finish(struct rf_scan_sweep *w);

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

/* Bytes of a gram that begins with c. */
static inline unsigned rf_scan_width(char c)
{
    return (unsigned char)c < 0x80 ? RF_SCAN_FOUR : RF_SCAN_WIDE;
}

/* The bits of a gram with less than that there. */
#define RF_SCAN_NARROW UINT32_C(0xFFFF0000)
#define RF_SCAN_FACTOR UINT32_C(0x9E3779B1)
#define RF_SCAN_FACTOR_2 UINT32_C(0x85EBCA77)

struct rf_scan_hash {
    uint32_t gram; /* of the gram there */
    uint32_t wide; /* of the RF_SCAN_WIDE bytes there: the same beyond ASCII */
};

/* The bit of three bytes among the RF_SCAN_TRIPLES of short literals. */
#define RF_SCAN_TRIPLES (1 << 16)
static inline uint32_t rf_scan_triple(const char *p)
{
    return (uint32_t)(rf_scan_head(p, RF_SCAN_HEAD) & 0xFFFFFF) * RF_SCAN_FACTOR >> 16;
}

/* Whether a short literal may stand at p. */
static inline bool rf_scan_short(const struct rf_scan_shorts *s, const char *p)
{
    uint32_t pair = (unsigned char)p[0] | (uint32_t)(unsigned char)p[1] << 8;
    uint32_t triple = rf_scan_triple(p);
    return (s->pairs[pair / 8] >> pair % 8 | s->triples[triple / 8] >> triple % 8) & 1;
}

/* Loads RF_SCAN_HEAD bytes. */
static inline struct rf_scan_hash rf_scan_hash(const char *p)
{
    uint64_t v = rf_scan_head(p, RF_SCAN_HEAD);
    struct rf_scan_hash h;
    uint32_t four = (uint32_t)v * RF_SCAN_FACTOR;
    h.wide = four + (uint32_t)(v >> 32 & 0xFFFF) * RF_SCAN_FACTOR_2;
    h.gram = v & 0x80 ? h.wide : four;
    return h;
}

/* The tag of a window at p. */
static inline uint16_t rf_scan_tag(const char *p, unsigned shift)
{
    uint64_t window = rf_scan_head(p, RF_SCAN_HEAD) << shift;
    return (uint16_t)(((window & UINT32_MAX) * RF_SCAN_FACTOR +
                       (window >> 32) * RF_SCAN_FACTOR_2) >>
                      32);
}

/* The slots of a bucket whose window may stand around the gram at p, as bits. No branch:
 * what is there is a guess. */
static inline unsigned rf_scan_fitting(const struct rf_scan_slot bucket[RF_SCAN_BUCKET],
                                       const char *p)
{
    unsigned bits = 0;
#pragma GCC unroll 4
    for (unsigned k = 0; k < RF_SCAN_BUCKET; k++) {
        const struct rf_scan_slot *slot = &bucket[k];
        bool fits = rf_scan_tag(p - slot->before, slot->shift) == slot->tag;
        bits |= (unsigned)(fits & (slot->literal != 0)) << k;
    }
    return bits;
}

static inline bool rf_scan_goes_on(const struct rf_scan_slot bucket[RF_SCAN_BUCKET])
{
    return bucket[RF_SCAN_BUCKET - 1].literal & RF_SCAN_GOES_ON;
}

/* The number of the literal that a slot, not empty, leads to. */
static inline uint32_t rf_scan_leads_to(const struct rf_scan_slot *slot)
{
    return (slot->literal & ~RF_SCAN_GOES_ON) - 1;
}

/* The same of the first slot that fits, or of any if there is none. */
static inline uint32_t rf_scan_first(const struct rf_scan_slot bucket[RF_SCAN_BUCKET],
                                     unsigned bits)
{
    bits |= 1u << RF_SCAN_BUCKET;
    uint32_t literal = bucket[__builtin_ctz(bits) % RF_SCAN_BUCKET].literal;
    return (literal & ~RF_SCAN_GOES_ON) - (literal > 0);
}

/* As much of both hashes as is asked for: that of the gram, but for its last four bits,
 * for which others do of the hash of what is there. */
static inline uint32_t rf_scan_key(struct rf_scan_hash h, uint32_t word_shift)
{
    return (h.gram & ~UINT32_C(15)) | (h.wide >> (word_shift - 8) & 15);
}

/* The two bits of a word of the bitmap that stand for a gram and the bytes behind it. */
static inline uint32_t rf_scan_bits(uint32_t key, uint32_t word_shift)
{
    uint32_t low = key >> (word_shift - 4) & 15, high = key & 15;
    return UINT32_C(1) << low | UINT32_C(1) << (16 + high);
}

/* The groups of which a gram or a short literal may begin at p. */
static inline uint8_t rf_scan_groups(const struct rf_scan_sieve *s, const char *p)
{
    const unsigned char *c = (const unsigned char *)p;
    if (c[0] < 0x80)
        return s->ascii[0][c[0]] & s->ascii[1][c[1] & 127] & s->ascii[2][c[2] & 127] &
               s->ascii[3][c[3] & 127];
    return s->first[c[0] & 127] & s->behind[0][c[1] & 63] & s->behind[1][c[2] & 63] &
           s->behind[2][c[3] & 63] & s->behind[3][c[4] & 63] & s->behind[4][c[5] & 63];
}

static inline const char *rf_scan_at(const struct rf_scan_places *places, uint32_t where)
{
    return places->texts[where >> RF_SCAN_AT_BITS] +
           (where & ((UINT32_C(1) << RF_SCAN_AT_BITS) - 1));
}

/* Another n places, from p on, the first of which is `where`. How many blocks they make
 * is a guess: so the first four are written whether they are there or not. */
static inline void rf_scan_add_places(struct rf_scan_blocks *blocks, const char *p,
                                      size_t n, uint32_t where)
{
    struct rf_scan_block *b = &blocks->v[blocks->n];
    uint32_t nblocks = (uint32_t)((n + RF_SCAN_BLOCK - 1) / RF_SCAN_BLOCK);
    for (uint32_t k = 0; k < 4 || k < nblocks; k++)
        b[k] = (struct rf_scan_block){p + k * RF_SCAN_BLOCK, where + k * RF_SCAN_BLOCK,
                                      (uint32_t)n - k * RF_SCAN_BLOCK};
    blocks->n += nblocks;
}

/* Places of a block, from its first one on. */
static inline uint32_t rf_scan_block_places(const struct rf_scan_block *b)
{
    return b->left < RF_SCAN_BLOCK ? b->left : RF_SCAN_BLOCK;
}

/* Which places of that sieve's blocks may begin a gram, and which a short literal: those
 * whose rf_scan_groups have such. They are added to the others. RF_SCAN_ROOM bytes behind
 * the last place can be read. */
typedef void rf_scan_sift_fn(struct rf_scan_places *places, unsigned sieve);
/* Keep the places whose gram the bitmap may hold; ask for their buckets. */
typedef void rf_scan_ask_fn(struct rf_scan_places *places);
/* Keep the places whose bucket has something that fits, or goes on; ask for what the
 * first slot leads to. */
typedef void rf_scan_look_up_fn(struct rf_scan_places *places);

/* The ways to do it: written for AVX-512 and AVX2, which asks the bitmap sooner, and one
 * that runs everywhere; they find the same. lib/base/cpu.h tells which may be called. */
rf_scan_sift_fn rf_scan_sift_avx512, rf_scan_sift_avx2, rf_scan_sift_plain;
rf_scan_ask_fn rf_scan_ask, rf_scan_ask_avx512, rf_scan_ask_plain;
rf_scan_look_up_fn rf_scan_look_up, rf_scan_look_up_avx2, rf_scan_look_up_plain;
/* All blocks there are, in the best way; none are left. */
void rf_scan_sift(struct rf_scan_places *places);

#endif
