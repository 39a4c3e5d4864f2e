/* Goal: scanning and confirming take no memory once warm, long texts and texts that meet
 * a limit included. */
#include <stdio.h>

#include "lib/match/budget.h"
#include "lib/match/matcher.h"
#include "tests/unit/allocations.h"

enum { WARM = 10000, RECORDS = 100000, PATTERNS = 400 };

struct bench {
    struct rf_matcher *m;
    struct rf_match_scratch *s;
    struct rf_arena arena;
    uint64_t tried, matched, long_ones, limits;
};

/* Each word in a keyword and in regexes of several shapes. */
static void build(struct bench *x)
{
    struct rf_matcher_builder *b = rf_matcher_builder_new();
    struct rf_pattern_error err;
    for (int i = 0; i < PATTERNS; i++) {
        static const char *const shapes[] = {"prize%d", "prize%d\\s+(?:now|today)",
                                             "(\\w+) \\1.*prize%d",
                                             "(?<!no )prize%d\\b.{0,40}(?:a|aa)+[!?]"};
        char text[80];
        int n = snprintf(text, sizeof text, shapes[i % 4], i / 4);
        enum rf_pattern_kind kind = i % 4 ? RF_PATTERN_REGEX : RF_PATTERN_WORD;
        enum rf_match_view view = i % 3 ? RF_VIEW_TEXT : RF_VIEW_RAW;
        assert_true(rf_matcher_add(b, view, kind, rf_str(text, (size_t)n), &err) !=
                    RF_PATTERN_NONE);
    }
    x->m = rf_matcher_build(b, &err);
    x->s = rf_match_scratch_new(x->m);
    rf_arena_init(&x->arena, 0);
    rf_matcher_builder_free(b);
}

/* Record i: some word, now and then behind a text too long to run uncounted, now and
 * then before letters that take a limit's worth of steps. */
static struct rf_str record(int i, char *out, size_t size)
{
    int n = snprintf(out, size, "win win the Prize%d today, prize%d now", i % 100,
                     i * 7 % 100);
    int filler = i % 50 == 3 ? 2 * RF_BUDGET_FIRST : i % 50 == 4 ? 60 : 0;
    memset(out + n, 'a', (size_t)filler);
    return rf_str(out, (size_t)(n + filler));
}

static void run(struct bench *x, int i)
{
    static const enum rf_match_view views[] = {RF_VIEW_TEXT, RF_VIEW_RAW};
    static char bytes[4 * RF_BUDGET_FIRST];
    struct rf_str text = record(i, bytes, sizeof bytes);
    uint64_t budget = RF_MATCH_BUDGET / 100;
    rf_arena_reset(&x->arena);
    for (size_t v = 0; v < 2; v++) {
        struct rf_hits hits;
        rf_matcher_scan(x->m, x->s, views[v], text, &x->arena, &hits);
        for (size_t k = 0; k < hits.n; k++) {
            enum rf_match_result r =
                rf_matcher_confirm(x->m, x->s, hits.ids[k], text, &budget);
            x->tried++;
            x->matched += r == RF_MATCH_YES;
            x->limits += r == RF_MATCH_LIMIT;
            x->long_ones += text.n > RF_BUDGET_FIRST;
        }
    }
}

static void a_warm_matcher_takes_no_memory(void **state)
{
    (void)state;
    static struct bench x;
    uint64_t cold = allocations;
    build(&x);
    assert_allocations_are_counted(cold);
    for (int i = 0; i < WARM; i++)
        run(&x, i);
    uint64_t warm = allocations;
    for (int i = WARM; i < WARM + RECORDS; i++)
        run(&x, i);
    assert_no_allocations(warm);
    assert_true(x.tried > x.matched && x.matched > 0);
    assert_true(x.long_ones > 0 && x.limits > 0);
    rf_match_scratch_free(x.s);
    rf_matcher_free(x.m);
    rf_arena_fini(&x.arena);
}

/* What no record of the warm-up has met is no reason to take memory, either. */
static void a_regex_first_met_takes_no_memory(void **state)
{
    (void)state;
    static struct bench x;
    build(&x);
    for (int i = 0; i < 3; i++) /* neither a long text nor a limit */
        run(&x, i);
    uint64_t warm = allocations;
    for (int i = 0; i < 200; i++)
        run(&x, i);
    assert_no_allocations(warm);
    assert_true(x.long_ones > 0);
    rf_match_scratch_free(x.s);
    rf_matcher_free(x.m);
    rf_arena_fini(&x.arena);
}

/* The part so many times, then what is never there; on letters only. */
static enum rf_match_result try_repeated(const char *part, int times)
{
    struct rf_matcher_builder *b = rf_matcher_builder_new();
    struct rf_pattern_error err;
    static char pattern[4096], text[2 * RF_BUDGET_FIRST];
    size_t n = 0;
    for (int i = 0; i < times; i++)
        n += (size_t)snprintf(pattern + n, sizeof pattern - n, "%s", part);
    n += (size_t)snprintf(pattern + n, sizeof pattern - n, "\\W");
    assert_int_equal(
        rf_matcher_add(b, RF_VIEW_TEXT, RF_PATTERN_REGEX, rf_str(pattern, n), &err), 0);
    struct rf_matcher *m = rf_matcher_build(b, &err);
    struct rf_match_scratch *s = rf_match_scratch_new(m);
    memset(text, 'a', sizeof text);
    uint64_t budget = RF_MATCH_BUDGET / 10, warm = allocations;
    enum rf_match_result r =
        rf_matcher_confirm(m, s, 0, rf_str(text, sizeof text), &budget);
    assert_no_allocations(warm);
    rf_match_scratch_free(s);
    rf_matcher_free(m);
    rf_matcher_builder_free(b);
    return r;
}

/* However much a regex leaves to be tried later. */
static void long_texts_take_no_memory_in_either_form(void **state)
{
    (void)state;
    static const char *const parts[] = {"a?",      "(a|aa)", "(?:a|(aa))?", "\\w{0,9}",
                                        "a(?=a*)", "(?>a?)", "(?:a|aa){2}"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (int times = 1; times < 300; times += times < 20 ? 1 : 20)
            assert_int_not_equal(try_repeated(parts[i], times), RF_MATCH_YES);
    assert_int_equal(try_repeated("a", 20), RF_MATCH_NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_warm_matcher_takes_no_memory),
        cmocka_unit_test(a_regex_first_met_takes_no_memory),
        cmocka_unit_test(long_texts_take_no_memory_in_either_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
