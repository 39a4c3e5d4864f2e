/* Plain PCRE2, against which the matcher is held, and a stand-in for folding: NFKC case
 * folding of each code point alone, the part of it that literals rely on. */
#ifndef TESTS_MATCH_ORACLE_H
#define TESTS_MATCH_ORACLE_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <unicode/unorm2.h>

#include "lib/base/buf.h"
#include "lib/base/utf8.h"
#include "lib/match/matcher.h"

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

static inline void oracle_fold_char(uint32_t cp, struct rf_buf *out)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *n = unorm2_getNFKCCasefoldInstance(&status);
    UChar in[2], to[64];
    int32_t len = 0;
    U16_APPEND_UNSAFE(in, len, cp);
    int32_t got = unorm2_normalize(n, in, len, to, 64, &status);
    for (int32_t i = 0; U_SUCCESS(status) && i < got;) {
        UChar32 c;
        char bytes[RF_UTF8_MAX];
        U16_NEXT(to, i, got, c);
        rf_buf_add(out, bytes, rf_utf8_encode((uint32_t)c, bytes));
    }
}

/* s, valid UTF-8, as a view of that kind may hold it: appended to out. */
static inline struct rf_str oracle_view(struct rf_str s, enum rf_match_view view,
                                        struct rf_buf *out)
{
    out->n = 0;
    rf_buf_reserve(out, 1);
    if (view >= RF_VIEW_RAW)
        rf_buf_adds(out, s);
    for (size_t i = 0, len; i < s.n && view < RF_VIEW_RAW; i += len)
        oracle_fold_char(rf_utf8_decode(s.p + i, s.n - i, &len), out);
    return rf_buf_str(out);
}

#endif
