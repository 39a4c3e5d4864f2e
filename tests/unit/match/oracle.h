/* Plain PCRE2, against which the matcher is held. */
#ifndef TESTS_MATCH_ORACLE_H
#define TESTS_MATCH_ORACLE_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/base/utf8.h"
#include "lib/match/matcher.h"
#include "lib/text/fold.h"

static inline uint32_t oracle_options(enum rf_match_view view)
{
    uint32_t common = PCRE2_UTF | PCRE2_UCP;
    return view < RF_VIEW_RAW ? common | PCRE2_CASELESS | PCRE2_DOTALL : common;
}

/* The pattern compiled as the contract says, or NULL. */
static inline pcre2_code *oracle_compile(struct rf_str pattern, enum rf_match_view view)
{
    int code;
    size_t at;
    pcre2_compile_context *c = pcre2_compile_context_create(NULL);
    pcre2_set_newline(c, PCRE2_NEWLINE_LF);
    pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, oracle_options(view),
                                   &code, &at, c);
    pcre2_compile_context_free(c);
    if (re)
        pcre2_jit_compile(re, PCRE2_JIT_COMPLETE);
    return re;
}

/* PCRE2's own answer: 1, 0, or negative where it met a limit. By machine code, as the
 * matcher's: 10.42's interpreter finds /k(?R)?K/i elsewhere in "kkkkk", and wrongly. */
static inline int oracle_match(const pcre2_code *re, struct rf_str text, size_t *begin,
                               size_t *end)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *c = pcre2_match_context_create(NULL);
    static pcre2_jit_stack *stack; /* once: mapping it anew costs more than a match */
    if (!stack)
        stack = pcre2_jit_stack_create(32 * 1024, 4096 * 1024, NULL);
    pcre2_set_match_limit(c, 2000000);
    pcre2_jit_stack_assign(c, NULL, stack);
    int rc = pcre2_match(re, (PCRE2_SPTR)(text.n ? text.p : ""), text.n, 0, 0, data, c);
    const PCRE2_SIZE *o = pcre2_get_ovector_pointer(data);
    if (rc >= 0) {
        *begin = o[0] < o[1] ? o[0] : o[1];
        *end = o[0] < o[1] ? o[1] : o[0];
    }
    pcre2_match_context_free(c);
    pcre2_match_data_free(data);
    return rc >= 0 ? 1 : rc == PCRE2_ERROR_NOMATCH ? 0 : rc;
}

/* s, valid UTF-8, as a view of that kind holds it: replaces what is in out. */
static inline struct rf_str oracle_view(struct rf_str s, enum rf_match_view view,
                                        struct rf_buf *out)
{
    struct rf_arena a;
    struct rf_view folded;
    out->n = 0;
    rf_buf_reserve(out, 1);
    rf_arena_init(&a, 0);
    if (view < RF_VIEW_RAW) {
        rf_fold(&a, s, false, &folded);
        s = folded.s;
    }
    rf_buf_adds(out, s);
    rf_arena_fini(&a);
    return rf_buf_str(out);
}

#endif
