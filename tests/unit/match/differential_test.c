/* The matcher's answers are plain PCRE2's: random patterns over alphabets that are hard
 * on case folding. (Real ones: real_test.c.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <time.h>

#include "tests/unit/match/oracle.h"

enum { BATCH = 24, TEXTS = 40, ROUNDS = 200 };

static uint64_t seed = 20260101;

static uint32_t rnd(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % n;
}

/* Each line is an alphabet; patterns and texts of a round draw from one. */
static const char *const alphabets[][12] = {
    {"a", "b", "c", "A", "B", "C", " ", "1", "."},
    {"k", "K", "\xe2\x84\xaa", "s", "S", "\xc5\xbf", "x"}, /* kelvin, long s */
    {"σ", "ς", "Σ", "µ", "μ", "Μ", "a", " "},
    {"ß", "ẞ", "s", "S", "İ", "ı", "i", "I", "ſ"},
    {"快", "递", "包", "裹", "號", "号", "（", "(", "1", " "},
    {"é", "É", "e", "E", "\xcc\x81", "ǅ", "ǆ", "Ǆ", "ﬁ", "ﬆ"},
    {"п", "П", "р", "Р", "и", "p", "P", "\n", " ", "ѵ"},
    {"Ꭰ", "ꭰ", "ა", "Ა", "Å", "å", "Å", "Ω", "ω", "Ω", "θ", "ϴ"},
    {"v", "i", "1", "_", " ", "-", "!", "4", "a", "é", "V"}, /* spaced out */
    {"x", "-", "]", "^", "[", "\n", "#", "{", "}", ",", "2", "\\"},
};
static const char *const *alphabet;
static uint32_t letters;

static const char *letter(void)
{
    return alphabet[rnd(letters)];
}

/* A letter as it may stand in a pattern. */
static void add_letter(struct rf_buf *p, bool in_class)
{
    const char *c = letter();
    size_t len;
    if (rnd(8) == 0)
        rf_buf_printf(p, "\\x{%x}", rf_utf8_decode(c, strlen(c), &len));
    else if (!(c[0] & 0x80) && strchr(in_class ? "]^-[\\" : "\\^$.[|()?*+{}#", c[0]) &&
             rnd(10))
        rf_buf_printf(p, "\\%s", c);
    else
        rf_buf_addz(p, c);
}

static void add_class(struct rf_buf *p)
{
    static const char *const other[] = {"\\d",      "\\w",         "[:alpha:]", "a-c",
                                        "\\Qab\\E", "\\x41-\\x43", "\\n",       "\\p{Lu}",
                                        "\\W_",     "\\s",         "a-z",       "\\141"};
    rf_buf_addz(p, rnd(4) ? "[" : "[^");
    if (rnd(12) == 0)
        rf_buf_addz(p, "]");
    for (uint32_t i = 1 + rnd(3); i; i--) {
        if (rnd(6) == 0)
            rf_buf_addz(p, other[rnd(sizeof other / sizeof *other)]);
        else
            add_letter(p, true);
    }
    rf_buf_addc(p, ']');
}

static void add_alternation(struct rf_buf *p, int depth);

static void add_group(struct rf_buf *p, int depth)
{
    static const char *const heads[] = {
        "(",      "(?:",         "(?i:",  "(?-i:",   "(?>",        "(?=",
        "(?!",    "(?<=",        "(?<!",  "(?|",     "(?x: ",      "(?^:",
        "(?s:",   "(?<n>",       "(?(1)", "(?(?=a)", "(?(DEFINE)", "(?i-s:",
        "(?P<m>", "(?xi: #c\n ", "(?'q'", "(?*",     "(?J:"};
    rf_buf_addz(p, heads[rnd(rnd(3) ? 4 : 23)]);
    add_alternation(p, depth - 1);
    rf_buf_addc(p, ')');
}

static void add_odd(struct rf_buf *p)
{
    static const char *const odd[] = {
        ".",        "\\d",       "\\w",  "\\s",       "\\b",    "^",        "$",
        "\\K",      "\\1",       "(?i)", "(?-i)",     "(?x)",   "(?^)",     "\\R",
        "\\X",      "(?R)?",     "(?1)", "\\g{-1}",   "(?#c)",  "\\E",      "\\Qa.b\\E",
        "\\Q",      "\\A",       "\\z",  "\\x41",     "\\101",  "\\o{101}", "\\N",
        "\\012",    "\\h",       "\\B",  "\\t",       "\\p{L}", "\\PL",     "\\k<n>",
        "(*F)",     "(*ACCEPT)", "{,3}", "\\N{U+73}", "(?s)",   "\\cA",     "[[:<:]]",
        "(*pla:a)", "\\G",       "\\W",  "[_\\W]?",   "\\s*",   "\\W{0,3}"};
    rf_buf_addz(p, odd[rnd(sizeof odd / sizeof *odd)]);
}

static void add_piece(struct rf_buf *p, int depth)
{
    static const char *const repeats[] = {"?",     "*",     "+",    "{2}", "{1,2}",
                                          "{0,1}", "{2,}+", "??",   "*+",  "{0}",
                                          "{5}",   "{6,}",  "{0,3}"};
    uint32_t kind = rnd(12);
    if (kind < 2 && depth > 0)
        add_group(p, depth);
    else if (kind == 2)
        add_class(p);
    else if (kind == 3)
        add_odd(p);
    else
        add_letter(p, false);
    if (rnd(7) == 0)
        rf_buf_addz(p, repeats[rnd(sizeof repeats / sizeof *repeats)]);
}

static void add_alternation(struct rf_buf *p, int depth)
{
    uint32_t branches = rnd(4) ? 1 : 2 + rnd(2);
    for (uint32_t b = 0; b < branches; b++) {
        if (b)
            rf_buf_addc(p, '|');
        for (uint32_t i = rnd(8) ? 1 + rnd(4) : 0; i; i--)
            add_piece(p, depth);
    }
}

/* Letters, and bits of the patterns themselves: what they ask for. */
static void add_text(struct rf_buf *t, const struct rf_buf *patterns, size_t n)
{
    for (uint32_t i = rnd(10); i; i--) {
        const struct rf_buf *p = &patterns[rnd((uint32_t)n)];
        size_t from = p->n ? rnd((uint32_t)p->n) : 0, len = rnd(8);
        if (rnd(3) || !p->n)
            rf_buf_addz(t, letter());
        else
            rf_buf_add(t, p->p + from, from + len < p->n ? len : p->n - from);
    }
}

struct plain {
    pcre2_code *re[BATCH];
    uint32_t id[BATCH];
};

static bool listed(const struct rf_hits *hits, uint32_t id)
{
    for (size_t i = 0; i < hits->n; i++) {
        assert_true(i == 0 || hits->ids[i - 1] < hits->ids[i]);
        if (hits->ids[i] == id)
            return true;
    }
    return false;
}

static size_t held, compared;

static void compare(const struct rf_matcher *m, struct rf_match_scratch *s,
                    const pcre2_code *re, uint32_t id, const struct rf_hits *hits,
                    struct rf_str text)
{
    size_t begin = 0, end = 0, b = 0, e = 0;
    uint64_t budget = RF_MATCH_BUDGET;
    int want = oracle_match(re, text, &begin, &end);
    enum rf_match_result got = rf_matcher_confirm(m, s, id, text, &budget);
    bool seen = hits ? listed(hits, id) : true;
    if (want < 0)
        return; /* PCRE2 itself does not know */
    compared++;
    held += want == 1;
    if ((want == 1 && !seen) || got != (want ? RF_MATCH_YES : RF_MATCH_NO)) {
        struct rf_str p = rf_matcher_text(m, id);
        fail_msg("/%.*s/ on \"%.*s\" (view %d): PCRE2 %d, candidate %d, confirm %d",
                 RF_STR_FMT(p), RF_STR_FMT(text), (int)rf_matcher_view(m, id), want, seen,
                 (int)got);
    }
    assert_int_equal(rf_matcher_locate(m, s, id, text, &b, &e), want);
    assert_true(!want || (b == begin && e == end));
}

static void one_round(enum rf_match_view view, struct rf_buf *patterns)
{
    struct rf_matcher_builder *b = rf_matcher_builder_new();
    struct rf_pattern_error err;
    struct plain plain;
    size_t n = 0;
    for (int i = 0; i < BATCH; i++) {
        patterns[n].n = 0;
        rf_buf_reserve(&patterns[n], 1);
        add_alternation(&patterns[n], 3);
        struct rf_str p = rf_buf_str(&patterns[n]);
        plain.re[n] = rf_utf8_valid(p) ? oracle_compile(p, view) : NULL;
        if (!plain.re[n])
            continue;
        plain.id[n] = rf_matcher_add(b, view, RF_PATTERN_REGEX, p, &err);
        if (plain.id[n] == RF_PATTERN_NONE)
            fail_msg("/%.*s/ refused: %s", RF_STR_FMT(p), err.message);
        n++;
    }
    struct rf_matcher *m = rf_matcher_build(b, &err);
    assert_non_null(m);
    struct rf_match_scratch *s = rf_match_scratch_new(m);
    struct rf_arena arena;
    struct rf_buf text, seen;
    rf_arena_init(&arena, 0);
    rf_buf_init(&text);
    rf_buf_init(&seen);
    for (int i = 0; i < TEXTS && n; i++) {
        struct rf_hits hits;
        text.n = 0;
        rf_buf_reserve(&text, 1);
        add_text(&text, patterns, n);
        struct rf_buf whole;
        rf_buf_init(&whole);
        rf_utf8_repair(rf_buf_str(&text), &whole);
        struct rf_str v = oracle_view(rf_buf_str(&whole), view, &seen);
        rf_matcher_scan(m, s, view, v, &arena, &hits);
        for (size_t k = 0; k < n; k++)
            compare(m, s, plain.re[k], plain.id[k], &hits, v);
        rf_arena_reset(&arena);
        rf_buf_fini(&whole);
    }
    for (size_t k = 0; k < n; k++)
        pcre2_code_free(plain.re[k]);
    rf_buf_fini(&text);
    rf_buf_fini(&seen);
    rf_arena_fini(&arena);
    rf_match_scratch_free(s);
    rf_matcher_free(m);
    rf_matcher_builder_free(b);
}

static void random_patterns_match_as_plain_pcre2(void **state)
{
    (void)state;
    struct rf_buf patterns[BATCH];
    for (int i = 0; i < BATCH; i++)
        rf_buf_init(&patterns[i]);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        alphabet = alphabets[i % (sizeof alphabets / sizeof *alphabets)];
        for (letters = 0; letters < 12 && alphabet[letters];)
            letters++;
        one_round(rnd(2) ? RF_VIEW_RAW : RF_VIEW_TEXT, patterns);
    }
    for (int i = 0; i < BATCH; i++)
        rf_buf_fini(&patterns[i]);
    printf("%zu comparisons, %zu matches\n", compared, held);
    assert_true(compared > 50000 && held > compared / 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_patterns_match_as_plain_pcre2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
