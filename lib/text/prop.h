/* What the generated tables (gen_fold.c) know of every code point. Constant data, any
 * thread. For lib/text and the host module; two loads a look-up. */
#ifndef RF_TEXT_PROP_H
#define RF_TEXT_PROP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/utf8.h"

enum rf_class {
    RF_CLASS_OTHER,
    RF_CLASS_LETTER, /* L* */
    RF_CLASS_MARK,   /* M* */
    RF_CLASS_DIGIT,  /* Nd */
    RF_CLASS_NUMBER, /* Nl, No */
    RF_CLASS_SPACE,  /* White_Space */
};

enum rf_script {
    RF_SCRIPT_COMMON, /* unknown ones too */
    RF_SCRIPT_INHERITED,
    RF_SCRIPT_LATIN,
    RF_SCRIPT_GREEK,
    RF_SCRIPT_CYRILLIC,
    RF_SCRIPT_HAN,
    RF_SCRIPT_HIRAGANA,
    RF_SCRIPT_KATAKANA,
    RF_SCRIPT_BOPOMOFO,
    RF_SCRIPT_HANGUL,
    RF_SCRIPT_OTHER /* this and more: one number for each further script */
};

/* A property word: class in bits 0-2, script in 3-10, canonical combining class in 11-18,
 * in 19-23 the ASCII letter it looks like (1 = a, 0 none), then flags. */
enum {
    RF_PROP_SCRIPT_SHIFT = 3,
    RF_PROP_CCC_SHIFT = 11,
    RF_PROP_LOOKS_SHIFT = 19,
    RF_PROP_NO_EDGE = 1 << 24, /* of a script written without spaces */
    RF_PROP_MN = 1 << 25,      /* nonspacing mark */
    RF_PROP_BARE = 1 << 26,    /* Latin, Greek or Cyrillic letter: loses its marks */
    RF_PROP_HELD = 1 << 27,    /* a folded text can hold it, or a case variant of it */
};

/* A fold word: kind in bits 30-31, flags in 21-29, payload below. */
enum {
    RF_TO_ONE = 0,    /* payload: the code point it becomes; 0: itself */
    RF_TO_NONE = 1,   /* dropped */
    RF_TO_SEVERAL = 2 /* payload: where in rf_text_several: a count, then code points */
};
enum { RF_FOLD_KIND_SHIFT = 30, RF_FOLD_PAYLOAD = (1 << 21) - 1 };
/* May join, or be reordered with, or be dropped for, what stands before it. */
#define RF_FOLD_BACK (UINT32_C(1) << 29)
/* Gives a letter that looks like an ASCII one. */
#define RF_FOLD_LOOKS (UINT32_C(1) << 28)
/* Of RF_TO_ONE: the `text.compact` and `text.shape` views keep what it becomes. */
#define RF_FOLD_IN_COMPACT (UINT32_C(1) << 27)
#define RF_FOLD_IN_SHAPE (UINT32_C(1) << 26)
/* Of RF_FOLD_BACK: a mark that joins nothing and stays where it stands behind a letter
 * that keeps its marks, or behind another such mark of no higher rank; any rank is no
 * higher than 0. */
#define RF_FOLD_QUIET (UINT32_C(1) << 25)
#define RF_FOLD_RANK (UINT32_C(3) << 21)
/* Of RF_TO_ONE: becomes a letter that loses its marks. */
#define RF_FOLD_BARE (UINT32_C(1) << 24)

#define RF_TABLE_BITS 7 /* code points of a block */

/* UTF-8 with these first bytes is U+5000 to U+9FFF: letters all, each folding to one
 * letter that joins nothing. */
enum { RF_HAN_LEAD_FIRST = 0xe5, RF_HAN_LEAD_LAST = 0xe9 };

/* The same from here on, and what they begin with; below U+4E00 some are symbols. */
enum { RF_HAN_FIRST = 0x4000, RF_HAN_END = 0xa000, RF_HAN_LEAD_ANY = 0xe4 };

/* Where 64 code points begin that have the most usual symbols, and bits for each. */
enum { RF_PLAIN_FIRST = 0x2000, RF_PLAIN_SECOND = 0x3000 };

/* A canonical composition a b -> c. */
struct rf_text_pair {
    uint32_t a, b, c;
};

extern const uint16_t rf_text_prop_index[], rf_text_fold_index[];
extern const uint32_t rf_text_prop_block[], rf_text_fold_block[], rf_text_several[];
extern const uint32_t rf_text_han_same[]; /* bit c - RF_HAN_FIRST: c folds to itself */
/* What a character of ASCII becomes, and what of that the views keep. */
enum {
    RF_ASCII_IN_TEXT = 128, /* else it is dropped */
    RF_ASCII_IN_COMPACT = 64,
    RF_ASCII_IN_SHAPE = 32,
    RF_ASCII_SPACE = 16,
};
extern const unsigned char rf_text_ascii_to[128], rf_text_ascii_kept[128];
/* By the low six bits of their bytes, what characters of three bytes are where all three
 * say so. */
enum {
    RF_WIDE_HAN = 128,        /* an ideograph, from U+5000 on, */
    RF_WIDE_HAN_FIRST = 64,   /* and before */
    RF_WIDE_PLAIN_FIRST = 32, /* its own fold, in which nothing acts on others, and no
part of the smaller views */
    RF_WIDE_PLAIN_SECOND = 16,
    RF_WIDE_NARROW = 8,      /* a fullwidth form of ASCII, */
    RF_WIDE_NARROW_HIGH = 4, /* from U+FF40 on */
    RF_WIDE_DOTS = 2,        /* becomes three dots */
};
extern const unsigned char rf_text_wide_first[64], rf_text_wide_second[64],
    rf_text_wide_third[64];
/* What U+00C0 + i becomes where it is one of ASCII and nothing acts: accented letters;
 * else 0. Their first bytes are 0xc3 and those behind it. */
extern const unsigned char rf_text_latin[192];
extern const struct rf_text_pair rf_text_join[];  /* by a, then b */
extern const struct rf_text_pair rf_text_split[]; /* by c */
extern const uint32_t rf_text_n_join, rf_text_n_split;

/* c must be at most U+10FFFF. */
static inline uint32_t rf_text_prop(uint32_t c)
{
    uint32_t block = rf_text_prop_index[c >> RF_TABLE_BITS];
    return rf_text_prop_block[(block << RF_TABLE_BITS) |
                              (c & ((1 << RF_TABLE_BITS) - 1))];
}

static inline uint32_t rf_text_fold_word(uint32_t c)
{
    uint32_t block = rf_text_fold_index[c >> RF_TABLE_BITS];
    return rf_text_fold_block[(block << RF_TABLE_BITS) |
                              (c & ((1 << RF_TABLE_BITS) - 1))];
}

static inline enum rf_class rf_prop_class(uint32_t prop)
{
    return (enum rf_class)(prop & 7);
}

static inline uint32_t rf_prop_script(uint32_t prop)
{
    return prop >> RF_PROP_SCRIPT_SHIFT & 0xff;
}

static inline uint32_t rf_prop_ccc(uint32_t prop)
{
    return prop >> RF_PROP_CCC_SHIFT & 0xff;
}

/* Decode one code point of well-formed UTF-8, left > 0 bytes at p; *len gets its bytes.
 */
static inline uint32_t rf_text_next(const char *p, size_t left, size_t *len)
{
    const unsigned char *b = (const unsigned char *)p;
    if (b[0] < 0x80) {
        *len = 1;
        return b[0];
    }
    if (left >= 3 && (b[0] & 0xf0) == 0xe0) {
        *len = 3;
        return (b[0] & 0x0fu) << 12 | (b[1] & 0x3fu) << 6 | (b[2] & 0x3fu);
    }
    return rf_utf8_decode(p, left, len);
}

/* Where the code point before p[end], end > 0, begins. */
static inline size_t rf_text_back(const char *p, size_t end)
{
    size_t i = end - 1;
    while (i > 0 && end - i < RF_UTF8_MAX && ((unsigned char)p[i] & 0xc0) == 0x80)
        i--;
    return i;
}

/* The lower-case ASCII letter that is the code point's UTS #39 skeleton, or 0. */
static inline char rf_prop_looks(uint32_t prop)
{
    uint32_t n = prop >> RF_PROP_LOOKS_SHIFT & 31;
    return n ? (char)('a' + n - 1) : 0;
}

#endif
