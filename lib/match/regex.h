/* The grammar of PCRE2 patterns, as far as literals need it: a reader that hands out one
 * token after the other. It reads patterns that PCRE2 has already accepted (PCRE2 10.42
 * and later; where versions differ, a token that promises nothing comes out). Pure, any
 * thread; tokens are views of nothing. */
#ifndef RF_MATCH_REGEX_H
#define RF_MATCH_REGEX_H

#include "lib/base/str.h"

/* Where a literal character stands. */
enum rf_regex_place {
    RF_REGEX_CHAR,          /* outside classes */
    RF_REGEX_CLASS,         /* a single member of a class, not an end of a range */
    RF_REGEX_NEGATED_CLASS, /* the same, of a class with ^ */
};

/* cp is read at byte offset `at` of the pattern; caseless: (?i) is in force there. */
typedef void rf_regex_char_fn(void *arg, uint32_t cp, bool caseless, size_t at,
                              enum rf_regex_place place);

/* Hand every literal character of a pattern to fn, in order, those of escapes (\x{e9})
 * included. `caseless`: as the pattern begins. The pattern is one that
 * rf_matcher_add took. False when a part was not understood; fn has then seen the part
 * before it only. */
bool rf_regex_literal_chars(struct rf_str pattern, bool caseless, rf_regex_char_fn *fn,
                            void *arg);

/* At how many levels at once a regex of that kind may have something left to try, where
 * it repeats no group and refers to no other part of it; SIZE_MAX where it does, or is
 * not understood. */
size_t rf_regex_levels(struct rf_str pattern);

#define RF_CASE_VARIANTS 8

/* The code points that equal cp when case is ignored as PCRE2 does (Unicode simple case
 * folding; a few that only later versions equate may be among them), cp itself first;
 * returns how many (at most RF_CASE_VARIANTS). Cold. */
size_t rf_regex_case_variants(uint32_t cp, uint32_t out[RF_CASE_VARIANTS]);

#endif
