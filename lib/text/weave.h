/* The three views of a text made in one pass over it, where the processor can (AVX-512):
 * what fold.c, sift.c and view.c do one after the other. For weave.c and
 * weave_avx512.c. One thread; memory of the arena. Hot. */
#ifndef RF_TEXT_WEAVE_H
#define RF_TEXT_WEAVE_H

#include "lib/text/fold.h"

/* How far a view may run ahead of the text read, what a step writes apart; and the bytes
 * of room for that behind the text's length. */
enum { RF_WEAVE_AHEAD = 64, RF_WEAVE_SLACK = 128 };

/* raw is read from the left; the first n[k] bytes at room + k * stride are what view k
 * has of raw[0, at). */
struct rf_weaver {
    struct rf_arena *arena;
    struct rf_str raw;
    size_t at;
    const uint64_t *cut; /* bit i % 64 of word i / 64: byte i of raw is left out of the
                            shape; a word of zeros behind; NULL: none is */
    char *room;
    size_t stride;
    size_t n[RF_FOLD_KINDS];
    size_t looks;     /* no look-alike stands in the text view before this offset */
    bool after_space; /* the text view ends in a space */
};

enum rf_weave_stop {
    RF_WEAVE_END,  /* nothing is left */
    RF_WEAVE_LONG, /* at w->at stands what interacts with its neighbors */
    RF_WEAVE_ROOM, /* a view runs ahead too far */
};

/* Read w->raw as far as every character becomes one, whatever its neighbors: from the
 * begin, which sets what tells of progress; from where it was left. raw is w->raw, in
 * registers. Need AVX-512 with VBMI2. */
enum rf_weave_stop rf_weave_begin(struct rf_weaver *w, struct rf_str raw);
enum rf_weave_stop rf_weave_on(struct rf_weaver *w, struct rf_str raw);

/* Whether step 5 of folding would change something in s, finished but for that, where no
 * look-alike stands before offset from (fold.c). */
bool rf_fold_looks_act(struct rf_str s, size_t from);

#endif
