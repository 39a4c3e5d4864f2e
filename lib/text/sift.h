/* Which bytes of a folded text its other views keep, and packing those together: 32 and 8
 * bytes at a time where the processor can (AVX2), else byte by byte; both do the same.
 * The text is followed by RF_VIEW_PADDING readable bytes. Pure, any thread. Hot. */
#ifndef RF_TEXT_SIFT_H
#define RF_TEXT_SIFT_H

#include "lib/base/arena.h"
#include "lib/text/fold.h"

/* Whether a view of that kind keeps a character with that property (prop.h). */
bool rf_sift_keeps(enum rf_fold_kind kind, uint32_t prop);

/* The bytes of a folded text that its views keep: bit i % 64 of word i / 64 tells of byte
 * i; bits behind the text are clear. */
struct rf_sift {
    const uint64_t *shape, *compact;
};

/* Words of one such set of n bytes. */
static inline size_t rf_sift_words(size_t n)
{
    return n / 64 + 1;
}

/* What is kept of s, a folded text. */
void rf_sift_text(struct rf_arena *a, struct rf_str s, struct rf_sift *out);
void rf_sift_text_portable(struct rf_arena *a, struct rf_str s, struct rf_sift *out);

/* Write the bytes of s that kept has to out (room for s.n + RF_VIEW_PADDING); returns how
 * many. */
size_t rf_sift_pack(struct rf_str s, const uint64_t *kept, char *out);
size_t rf_sift_pack_portable(struct rf_str s, const uint64_t *kept, char *out);

/* For sift.c only, with AVX2. text_wide keeps all that is not ASCII in both sets, and
 * tells where characters begin that are neither ASCII nor sure to be Han: the caller
 * looks at those. Each has rf_sift_words(s.n). */
void rf_sift_text_wide(struct rf_str s, uint64_t *shape, uint64_t *compact,
                       uint64_t *others);
size_t rf_sift_pack_wide(struct rf_str s, const uint64_t *kept, char *out);

#endif
