/* The literal database of one view: which of many byte strings stand in a text, found in
 * one pass (Vectorscan, ASCII letters without case). Built cold; then immutable and read
 * by any number of threads, each with a scratch. */
#ifndef RF_MATCH_SCAN_H
#define RF_MATCH_SCAN_H

#include <hs/hs.h>

#include "lib/match/matcher.h"

#define RF_SCAN_LITERAL_BYTES 48 /* of longer literals the beginning is scanned for */

/* A pattern that wants to know of a literal. */
struct rf_scan_use {
    uint32_t pattern;
    uint32_t set : 8; /* of the pattern's, which the literal belongs to */
    uint32_t literal : 24;
};

struct rf_scan {
    hs_database_t *db; /* NULL: there are no literals */
    uint32_t nliterals, nuses;
    uint32_t *first;          /* of literal i: uses[first[i]] to uses[first[i + 1] - 1] */
    struct rf_scan_use *uses; /* by literal, then pattern */
    uint32_t *lengths;        /* of each literal, bytes */
};

struct rf_scan_builder;

struct rf_scan_builder *rf_scan_builder_new(void);
void rf_scan_builder_free(struct rf_scan_builder *b);
/* Pattern wants to know where literal (not empty) stands, on behalf of that set of its
 * literals; once: the first place will do. Bytes are copied. */
void rf_scan_add(struct rf_scan_builder *b, uint32_t pattern, unsigned set,
                 struct rf_str literal, bool once);
/* 0 with *out filled, or RF_ERR_INVALID with Vectorscan's words in err. Arrays live in
 * a. */
int rf_scan_build(struct rf_scan_builder *b, struct rf_scan *out, struct rf_arena *a,
                  struct rf_pattern_error *err);
void rf_scan_fini(struct rf_scan *s);

/* A literal stands at text[begin, begin + its scanned length): who uses it. */
typedef void rf_scan_fn(void *arg, const struct rf_scan_use *uses, uint32_t n,
                        size_t begin);

/* Report every occurrence of the literals that were not all added with `once`, and at
 * least one of the others; the order is not defined. scratch was allocated for s->db. */
void rf_scan_run(const struct rf_scan *s, hs_scratch_t *scratch, struct rf_str text,
                 rf_scan_fn *fn, void *arg);

#endif
