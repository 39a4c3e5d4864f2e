/* One regex compiled by PCRE2, in up to two forms: plain, and one that counts steps by
 * callouts. Both are made at once: hot threads take no memory. The second is seldom run
 * and large as machine code, so it is that only where PCRE2's interpreter might want
 * memory. Compiling is cold; a compiled pattern is read by any number of threads. */
#ifndef RF_MATCH_PATTERN_H
#define RF_MATCH_PATTERN_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "lib/match/matcher.h"

#define RF_REGEX_FRAMES_BYTES 16384 /* that the interpreter has at hand in any runner */

struct rf_regex {
    struct rf_str text; /* the caller's, outlives this */
    uint32_t options;   /* of pcre2_compile */
    bool jit;           /* the plain form is compiled to machine code */
    bool references;    /* has back-references: their cost does not show in positions */
    pcre2_code *plain;
    pcre2_code *counted; /* with callouts; NULL: PCRE2 refuses it (too large a pattern) */
};

/* Compile text as a regex of that view. 0, or RF_ERR_INVALID with *err filled and *out
 * untouched. */
int rf_regex_compile(struct rf_regex *out, enum rf_match_view view, struct rf_str text,
                     struct rf_pattern_error *err);
void rf_regex_fini(struct rf_regex *r);
/* Whether views of that kind hold folded text. */
bool rf_view_folded(enum rf_match_view view);

#endif
