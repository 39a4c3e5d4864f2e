/* The folded views of a text, in which rules look for words: one spelling for what reads
 * alike. All tables are made at build time (gen_fold.c, from ICU); nothing here calls
 * ICU. Pure functions, any thread; results live in the caller's arena. Hot.
 *
 * A fold of a fold is the same text, but for one thing in the definition itself: where
 * step 5 turns a look-alike (Armenian, Hebrew, ...) with a mark on it into an ASCII
 * letter, the mark stays, and a second fold would drop it.
 */
#ifndef RF_TEXT_FOLD_H
#define RF_TEXT_FOLD_H

#include "lib/base/arena.h"

enum rf_fold_kind {
    RF_FOLD_TEXT,    /* the folded view */
    RF_FOLD_COMPACT, /* its letters, marks and numbers only */
    RF_FOLD_SHAPE,   /* its letters and marks only, URLs and phones left out */
    RF_FOLD_KINDS,
};

#define RF_FOLD_CHAR_BYTES 80 /* the longest fold of one code point */

struct rf_finds;
struct rf_sift;

/* Bytes that can be read around a view, whatever they are. */
#define RF_VIEW_AHEAD 8
#define RF_VIEW_PADDING 80

/* Room for a view of n bytes. */
static inline char *rf_view_room(struct rf_arena *a, size_t n)
{
    return (char *)rf_arena_alloc(a, RF_VIEW_AHEAD + n + RF_VIEW_PADDING) + RF_VIEW_AHEAD;
}

/* A view and where it came from. */
struct rf_view {
    struct rf_str s;
    /* For each byte of s the offset in the raw text where its source begins, then one
     * more entry: the length of the raw text. Never decreases. NULL if not wanted. */
    uint32_t *map;
    struct rf_sift *sift; /* of the text view, once another was made from it */
};

/* The `text` view of raw, valid UTF-8 of less than 4 GiB. */
void rf_fold(struct rf_arena *a, struct rf_str raw, bool want_map, struct rf_view *out);
/* The `text.compact` view, from the `text` view; with a map if that has one. */
void rf_fold_compact(struct rf_arena *a, struct rf_view *text, struct rf_view *out);
/* The `text.shape` view, from the `text` view and what was found in the same raw text.
 * Where anything was, or want_map, text must have a map. */
void rf_fold_shape(struct rf_arena *a, struct rf_view *text, const struct rf_finds *finds,
                   bool want_map, struct rf_view *out);
/* At once and without maps what the functions above make, finds being those of raw: the
 * `text` view and of the others at least those with bit 1 << kind of `wanted`. */
void rf_fold_views(struct rf_arena *a, struct rf_str raw, const struct rf_finds *finds,
                   unsigned wanted, struct rf_view out[RF_FOLD_KINDS]);
void rf_fold_views_portable(struct rf_arena *a, struct rf_str raw,
                            const struct rf_finds *finds, unsigned wanted,
                            struct rf_view out[RF_FOLD_KINDS]);
/* A rule's value, folded like the view it is sought in; may come out empty. Cold. */
struct rf_str rf_fold_value(struct rf_arena *a, enum rf_fold_kind kind, struct rf_str s);

/* Whether code point c, compared caselessly, can match any character of such a view. */
bool rf_fold_possible(enum rf_fold_kind kind, uint32_t c);
/* What code point c alone becomes in the `text` view: the bytes written at out (room for
 * RF_FOLD_CHAR_BYTES); 0 if it is dropped. */
size_t rf_fold_char(uint32_t c, char *out);

#endif
