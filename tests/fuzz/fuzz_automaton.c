/* Input: the choices that make a small regex and a text. An automaton never misses what
 * PCRE2 finds, nor finds more where it calls itself exact. */
#include <assert.h>
#include <stdint.h>

#include "tests/unit/match/regex_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void compare(struct rf_str pattern, const pcre2_code *re, struct rf_str text,
                    enum rf_match_view view)
{
    struct rf_regex_ask *ask = rf_regex_ask_new();
    struct rf_arena arena;
    struct rf_buf held;
    struct tally t = {0};
    bool folded = view < RF_VIEW_RAW;
    rf_arena_init(&arena, 0);
    rf_buf_init(&held);
    struct rf_automaton *x = rf_automaton_new(pattern, folded, folded, ask, &arena);
    text = oracle_view(text, view, &held);
    bool agreed = !x || source_agree(x, re, pattern, text, &t);
    assert(agreed);
    rf_buf_fini(&held);
    rf_arena_fini(&arena);
    rf_regex_ask_free(ask);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct source s = {data, n < 400 ? n : 400};
    enum rf_match_view view = choose(&s, 2) ? RF_VIEW_TEXT : RF_VIEW_RAW;
    struct rf_buf pattern, text;
    rf_buf_init(&pattern);
    rf_buf_init(&text);
    rf_buf_reserve(&text, 1);
    source_regex(&s, &pattern, 3);
    source_text(&s, &text);
    pcre2_code *re = pattern.n ? oracle_compile(rf_buf_str(&pattern), view) : NULL;
    if (re)
        compare(rf_buf_str(&pattern), re, rf_buf_str(&text), view);
    pcre2_code_free(re);
    rf_buf_fini(&pattern);
    rf_buf_fini(&text);
    return 0;
}
