/* Input: pattern, NUL, text. The matcher's answer is plain PCRE2's, on raw text and on
 * folded text. */
#include <assert.h>
#include <stdint.h>

#include "tests/unit/match/oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool candidate(const struct rf_hits *hits, uint32_t id)
{
    for (size_t i = 0; i < hits->n; i++)
        if (hits->ids[i] == id)
            return true;
    return false;
}

static void compare(struct rf_matcher *m, const pcre2_code *re, enum rf_match_view view,
                    struct rf_str text)
{
    struct rf_match_scratch *s = rf_match_scratch_new(m);
    struct rf_arena a;
    struct rf_hits hits;
    size_t begin, end;
    uint64_t budget = RF_MATCH_BUDGET;
    rf_arena_init(&a, 0);
    rf_matcher_scan(m, s, view, text, &a, &hits);
    int want = oracle_match(re, text, &begin, &end);
    enum rf_match_result got = rf_matcher_confirm(m, s, 0, text, &budget);
    if (want >= 0) {
        assert(want == 0 || candidate(&hits, 0));
        assert(got == RF_MATCH_LIMIT || got == (want ? RF_MATCH_YES : RF_MATCH_NO));
    }
    rf_arena_fini(&a);
    rf_match_scratch_free(s);
}

static void judge(struct rf_str pattern, struct rf_str text, enum rf_match_view view)
{
    struct rf_pattern_error err;
    struct rf_buf folded;
    struct rf_matcher_builder *b = rf_matcher_builder_new();
    uint32_t id = rf_matcher_add(b, view, RF_PATTERN_REGEX, pattern, &err);
    pcre2_code *re = id == 0 ? oracle_compile(pattern, view) : NULL;
    assert(id == 0 ? re != NULL : err.message[0] && err.at <= pattern.n);
    struct rf_matcher *m = re ? rf_matcher_build(b, &err) : NULL;
    rf_buf_init(&folded);
    if (m)
        compare(m, re, view, oracle_view(text, view, &folded));
    rf_buf_fini(&folded);
    pcre2_code_free(re);
    rf_matcher_free(m);
    rf_matcher_builder_free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const uint8_t *nul = n ? memchr(data, 0, n) : NULL;
    struct rf_buf text;
    if (!nul || nul - data > 400 || n > 4000)
        return 0;
    struct rf_str pattern = rf_str((const char *)data, (size_t)(nul - data));
    rf_buf_init(&text);
    rf_buf_reserve(&text, 1);
    rf_utf8_repair(rf_str((const char *)nul + 1, n - pattern.n - 1), &text);
    if (rf_utf8_valid(pattern)) {
        judge(pattern, rf_buf_str(&text), RF_VIEW_RAW);
        judge(pattern, rf_buf_str(&text), RF_VIEW_TEXT);
    }
    rf_buf_fini(&text);
    return 0;
}
