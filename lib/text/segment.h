/* A base character and what may join it, on the way through step 4 of folding:
 * decomposed, bared of marks, put in canonical order, composed (Unicode 15, 3.11). Used
 * by fold.c for the few places of a text that need it. One thread; memory of the arena.
 * Hot. */
#ifndef RF_TEXT_SEGMENT_H
#define RF_TEXT_SEGMENT_H

#include "lib/base/arena.h"

enum { RF_SEGMENT_SHORT = 32 };

struct rf_segment_item {
    uint32_t c;
    uint32_t at; /* raw offset where its source begins */
};

struct rf_segment {
    struct rf_arena *arena;
    struct rf_segment_item *v;
    size_t n, cap;
    bool bare; /* the last base is a letter that loses its marks */
    struct rf_segment_item few[RF_SEGMENT_SHORT];
};

/* Empty s; more than RF_SEGMENT_SHORT items go to the arena. */
void rf_segment_init(struct rf_segment *s, struct rf_arena *a);
/* Append c, decomposed; a mark that its base loses is left out. */
void rf_segment_add(struct rf_segment *s, uint32_t c, uint32_t at);
/* Append what c, whose fold word is that (not RF_TO_NONE), becomes. */
void rf_segment_add_fold(struct rf_segment *s, uint32_t c, uint32_t word, uint32_t at);
/* Order and compose what was added; v[0, n) is the result. O(n). */
void rf_segment_finish(struct rf_segment *s);

#endif
