/* Automata against PCRE2: random regexes, and what they are known to answer alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/match/regex_source.h"

enum { REGEXES = 6000, TEXTS = 12, BYTES = 160 };

static uint64_t seed = 11;

static struct source random_source(uint8_t bytes[BYTES])
{
    for (size_t i = 0; i < BYTES; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (uint8_t)(seed >> 40);
    }
    return (struct source){bytes, BYTES};
}

/* Automata of one view. */
struct fixture {
    struct rf_regex_ask *ask;
    struct rf_arena arena;
    enum rf_match_view view;
};

static void begin(struct fixture *f, enum rf_match_view view)
{
    *f = (struct fixture){.ask = rf_regex_ask_new(), .view = view};
    rf_arena_init(&f->arena, 0);
}

static void done(struct fixture *f)
{
    rf_regex_ask_free(f->ask);
    rf_arena_fini(&f->arena);
}

static struct rf_automaton *automaton(struct fixture *f, struct rf_str pattern)
{
    bool folded = f->view < RF_VIEW_RAW;
    return rf_automaton_new(pattern, folded, folded, f->ask, &f->arena);
}

static void compare(struct fixture *f, struct rf_str pattern, const pcre2_code *re,
                    struct tally *t)
{
    struct rf_automaton *x = automaton(f, pattern);
    struct rf_buf text, view;
    uint8_t bytes[BYTES];
    rf_buf_init(&text);
    rf_buf_init(&view);
    for (int i = 0; x && i < TEXTS; i++) {
        struct source s = random_source(bytes);
        text.n = 0;
        rf_buf_reserve(&text, 1);
        source_text(&s, &text);
        struct rf_str v = oracle_view(rf_buf_str(&text), f->view, &view);
        if (!source_agree(x, re, pattern, v, t))
            fail_msg("/%.*s/ on \"%.*s\" (view %d)", RF_STR_FMT(pattern), RF_STR_FMT(v),
                     (int)f->view);
    }
    rf_buf_fini(&text);
    rf_buf_fini(&view);
}

static void automata_agree_with_pcre2(void **state)
{
    (void)state;
    struct tally t = {0};
    struct rf_buf pattern;
    uint8_t bytes[BYTES];
    rf_buf_init(&pattern);
    for (int i = 0; i < REGEXES; i++) {
        struct fixture f;
        struct source s = random_source(bytes);
        pattern.n = 0;
        source_regex(&s, &pattern, 3);
        begin(&f, i % 2 ? RF_VIEW_TEXT : RF_VIEW_RAW);
        pcre2_code *re = pattern.n ? oracle_compile(rf_buf_str(&pattern), f.view) : NULL;
        if (re)
            compare(&f, rf_buf_str(&pattern), re, &t);
        pcre2_code_free(re);
        done(&f);
    }
    rf_buf_fini(&pattern);
    printf("%zu comparisons, %zu exact, of those %zu matches\n", t.asked, t.exact, t.yes);
    assert_true(t.asked > 20000 && t.exact > t.asked / 4 && t.yes > t.exact / 10);
}

/* A regex of whole texts, which are runs of some sets. */
static void whole_regex(struct source *s, struct rf_buf *to)
{
    static const char *const sets[] = {"\\s",   "\\S", "\\w", "[a-c]",    ".",
                                       "[^,a]", "é",   "快",  "(?:ab|快)"};
    static const char *const repeats[] = {"",  "?",     "{2}",    "{1,9}",
                                          "*", "{3,9}", "{1,60}", "+"};
    static const char *const ends[] = {"$", "\\Z", "\\b$", "$|^b+$"};
    rf_buf_addc(to, '^');
    for (unsigned i = 1 + choose(s, 3); i; i--) {
        rf_buf_addz(to, CHOOSE(s, sets));
        rf_buf_addz(to, CHOOSE(s, repeats));
    }
    rf_buf_addz(to, CHOOSE(s, ends));
}

static void runs_of_letters(struct source *s, struct rf_buf *to)
{
    static const char *const letters[] = {"a", "b", " ", ",", "é", "快", "\n", "递"};
    for (unsigned i = choose(s, 4); i; i--) {
        const char *c = CHOOSE(s, letters);
        for (unsigned times = 1 + choose(s, choose(s, 2) ? 70 : 10); times; times--)
            rf_buf_addz(to, times % 16 || choose(s, 4) ? c : CHOOSE(s, letters));
    }
}

static void whole_texts_agree_with_pcre2(void **state)
{
    (void)state;
    struct tally t = {0};
    struct rf_buf pattern, text;
    uint8_t bytes[2 * BYTES];
    rf_buf_init(&pattern);
    rf_buf_init(&text);
    for (int i = 0; i < 4 * REGEXES; i++) {
        struct fixture f;
        random_source(bytes);
        random_source(bytes + BYTES);
        struct source s = {bytes, sizeof bytes};
        pattern.n = text.n = 0;
        rf_buf_reserve(&text, 1);
        begin(&f, RF_VIEW_RAW);
        whole_regex(&s, &pattern);
        runs_of_letters(&s, &text);
        pcre2_code *re = oracle_compile(rf_buf_str(&pattern), f.view);
        struct rf_automaton *x = automaton(&f, rf_buf_str(&pattern));
        if (x && !source_agree(x, re, rf_buf_str(&pattern), rf_buf_str(&text), &t))
            fail_msg("/%.*s/ on \"%.*s\"", RF_STR_FMT(rf_buf_str(&pattern)),
                     RF_STR_FMT(rf_buf_str(&text)));
        pcre2_code_free(re);
        done(&f);
    }
    rf_buf_fini(&pattern);
    rf_buf_fini(&text);
    printf("%zu comparisons, %zu exact, of those %zu matches\n", t.asked, t.exact, t.yes);
    assert_true(t.asked > 10000 && t.exact > t.asked / 8 && t.yes > 300);
}

/* On folded views. */
struct known {
    const char *pattern, *text;
    bool made, exact, in;
};

static void what_automata_answer_alone(void **state)
{
    (void)state;
    static const struct known v[] = {
        {"^\\s?\\S{1,60}\\s?$", "快递包裹号", true, true, true},
        {"^\\s?\\S{1,60}\\s?$", "two words", true, true, false},
        {"^\\s?\\S{1,60}\\s?$", "word \n", true, true, true},
        {"^\\s?\\S{1,60}\\s?$", "word \n\n", true, true, false},
        {"\\bmon(?:day)?\\b", "money on mon", true, true, true},
        {"\\bmon(?:day)?\\b", "money", true, true, false},
        {"\\bmon(?:day)?\\b", "é mon", true, false, true},
        {"a{3,}b|c$", "aab c", true, true, true},
        {"a{3,}b|c$", "aab ca", true, true, false},
        {"[^<]x", "快x", true, true, true},
        {"x(?=y)", "xz", true, false, true}, /* look-arounds are left to PCRE2 */
        {"x++x", "xx", true, false, true},
        {"(?>a|ab)c", "abc", true, false, true},
        {"(?m)^b$", "a\nb", true, false, true},
        {"(a|b)\\1c", "abc", true, false, true},
        {"a(?1)?(b)d", "abd", true, false, true},
        {"a{70}", "aaaa", true, false, false}, /* more places than there are */
        {"a*", "b", false, false, false},      /* tells nothing */
        {"(?R)?x", "x", false, false, false},
    };
    struct fixture f;
    begin(&f, RF_VIEW_TEXT);
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        struct rf_str text = rf_str_of(v[i].text);
        struct rf_automaton *x = automaton(&f, rf_str_of(v[i].pattern));
        if ((x != NULL) != v[i].made)
            fail_msg("/%s/: %smade", v[i].pattern, x ? "" : "not ");
        if (x && (rf_automaton_exact(x, text) != v[i].exact ||
                  rf_automaton_in(x, text) != v[i].in))
            fail_msg("/%s/ on \"%s\": exact %d, in %d", v[i].pattern, v[i].text,
                     rf_automaton_exact(x, text), rf_automaton_in(x, text));
    }
    done(&f);
}

/* Only what begins there counts; what is too far away to be looked at may be. */
static void a_match_is_looked_for_at_its_place(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, RF_VIEW_TEXT);
    struct rf_automaton *x = automaton(&f, RF_STR("\\bus[d ].{0,4}\\d"));
    assert_true(rf_automaton_at(x, RF_STR("pay usd 5"), 4));
    assert_false(rf_automaton_at(x, RF_STR("pay us alles 5"), 4));
    assert_false(rf_automaton_at(x, RF_STR("bonusd 5"), 3));
    assert_false(rf_automaton_at(x, RF_STR("us"), 0));
    x = automaton(&f, RF_STR("\\b包裹\\b"));
    assert_true(rf_automaton_at(x, RF_STR("a 包裹, b"), 2));
    assert_false(rf_automaton_at(x, RF_STR("你包裹"), 3));
    assert_false(rf_automaton_at(x, RF_STR("包裹号"), 0));
    assert_false(rf_automaton_at(x, RF_STR("包裹ж"), 0));
    assert_true(rf_automaton_at(x, RF_STR("包裹\xe3\x80\x82"), 0)); /* not known */
    x = automaton(&f, RF_STR("ab*c"));
    struct rf_buf text;
    rf_buf_init(&text);
    rf_buf_addc(&text, 'a');
    for (int i = 0; i < 300; i++)
        rf_buf_addc(&text, 'b');
    assert_true(rf_automaton_at(x, rf_buf_str(&text), 0));
    assert_false(rf_automaton_at(x, rf_str(text.p, 40), 0));
    rf_buf_fini(&text);
    done(&f);
}

/* Whatever may begin with a part of the text may stand where that part does. */
static void compare_beside(const struct rf_automaton *x, struct rf_str text, size_t *told)
{
    for (size_t begin = 0; begin < text.n; begin++)
        for (size_t end = begin + 1; end <= text.n && end < begin + 9; end++) {
            struct rf_str literal = rf_str(text.p + begin, end - begin);
            if (!rf_utf8_valid(literal))
                continue;
            struct rf_beside b = rf_automaton_beside(x, literal);
            bool stands = rf_automaton_stands(b, text, begin, end);
            bool begins = rf_automaton_at(x, text, begin);
            if (begins && !stands)
                fail_msg("\"%.*s\" at %zu to %zu", RF_STR_FMT(text), begin, end);
            *told += b.before && !stands;
        }
}

static void what_stands_beside_a_literal_is_known(void **state)
{
    (void)state;
    struct rf_buf pattern, text, view;
    uint8_t bytes[BYTES];
    size_t told = 0;
    rf_buf_init(&pattern);
    rf_buf_init(&text);
    rf_buf_init(&view);
    for (int i = 0; i < REGEXES / 4; i++) {
        struct fixture f;
        struct source s = random_source(bytes);
        pattern.n = text.n = 0;
        source_regex(&s, &pattern, 3);
        s = random_source(bytes);
        rf_buf_reserve(&text, 1);
        source_text(&s, &text);
        begin(&f, RF_VIEW_TEXT);
        struct rf_str v = oracle_view(rf_buf_str(&text), f.view, &view);
        pcre2_code *re = pattern.n ? oracle_compile(rf_buf_str(&pattern), f.view) : NULL;
        struct rf_automaton *x = re ? automaton(&f, rf_buf_str(&pattern)) : NULL;
        if (x)
            compare_beside(x, rf_str_sub(v, v.n > 60 ? v.n - 60 : 0), &told);
        pcre2_code_free(re);
        done(&f);
    }
    rf_buf_fini(&pattern);
    rf_buf_fini(&text);
    rf_buf_fini(&view);
    assert_true(told > 1000);
}

static bool stands(const struct rf_automaton *x, const char *before, const char *literal,
                   const char *behind)
{
    char text[100];
    size_t begin = strlen(before), end = begin + strlen(literal);
    int n = snprintf(text, sizeof text, "%s%s%s", before, literal, behind);
    return rf_automaton_stands(rf_automaton_beside(x, rf_str_of(literal)),
                               rf_str(text, (size_t)n), begin, end);
}

static void near_misses_are_told_by_what_is_beside(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, RF_VIEW_TEXT);
    struct rf_automaton *x = automaton(&f, RF_STR("\\b包裹\\b"));
    assert_false(stands(x, "你", "包裹", ""));
    assert_false(stands(x, "", "包裹", "号"));
    assert_true(stands(x, ", ", "包裹", "\n"));
    x = automaton(&f, RF_STR("code[ :#-]*\\d{4}"));
    assert_true(stands(x, "x", "code", ": 4821"));
    assert_true(stands(x, "", "code", "4821"));
    assert_false(stands(x, "", "code", "s"));
    assert_false(stands(x, "", "code", "\n4821"));
    assert_false(stands(x, "", "code", ""));
    x = automaton(&f, RF_STR("^win$"));
    assert_true(stands(x, "", "win", "\n"));
    assert_false(stands(x, " ", "win", ""));
    assert_false(stands(x, "", "win", " "));
    done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(automata_agree_with_pcre2),
        cmocka_unit_test(whole_texts_agree_with_pcre2),
        cmocka_unit_test(what_automata_answer_alone),
        cmocka_unit_test(a_match_is_looked_for_at_its_place),
        cmocka_unit_test(what_stands_beside_a_literal_is_known),
        cmocka_unit_test(near_misses_are_told_by_what_is_beside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
