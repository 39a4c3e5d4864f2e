#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/match/regex.h"
#include "tests/unit/match/oracle.h"

static void note(void *arg, uint32_t cp, bool caseless, size_t at,
                 enum rf_regex_place place)
{
    char c[RF_UTF8_MAX];
    size_t n = rf_utf8_encode(cp, c);
    rf_buf_printf(arg, "%.*s%s%s@%zu ", (int)n, c, caseless ? "i" : "",
                  place == RF_REGEX_CHAR    ? ""
                  : place == RF_REGEX_CLASS ? "[]"
                                            : "[^]",
                  at);
}

static void literal_characters_are_told_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *chars;
        bool caseless, whole;
    } table[] = {
        {"caé", "c@0 a@1 é@2 ", false, true},
        {"\\x{e9}\\d+\\(", "é@0 (@9 ", false, true},
        {"a(?i)b|c(?-i:d)e", "a@0 bi@5 ci@7 d@13 ei@15 ", false, true},
        {"[é號a-z][^x]", "é[]@1 號[]@3 x[^]@12 ", false, true},
        {"\\Q號.\\E（", "號@2 .@5 （@8 ", false, true},
        {"(?#é)(?x) # é\n(?<né>z)", "z@23 ", false, true},
        {"(?!é)\\p{L}{2}", "éi@3 ", true, true},
        {"a(*ACCEPT)é", "a@0 ", false, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct rf_buf got;
        rf_buf_init(&got);
        bool whole = rf_regex_literal_chars(rf_str_of(table[i].pattern),
                                            table[i].caseless, note, &got);
        rf_buf_addc(&got, '\0');
        assert_string_equal(got.p, table[i].chars);
        assert_int_equal(whole, table[i].whole);
        rf_buf_fini(&got);
    }
}

static void regexes_are_told_by_how_much_they_leave_to_try(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        size_t levels;
    } table[] = {
        {"abc", 1},
        {"a|b|c", 1},
        {"a+(?:b|c)?.{0,9}?", 5},
        {"(?=a*)[b-d]*+", 4},
        {"(?:ab){3}", SIZE_MAX},
        {"(?:ab){3}?", SIZE_MAX},
        {"a{2}{3}", SIZE_MAX},
        {"(a)\\1", SIZE_MAX},
        {"(a|(?R))", SIZE_MAX},
        {"(*COMMIT)a", SIZE_MAX},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(rf_regex_levels(rf_str_of(table[i].pattern)), table[i].levels);
}

/* All letters that have any case variant, as one text. */
static void cased_letters(struct rf_buf *text)
{
    uint32_t v[RF_CASE_VARIANTS];
    for (uint32_t cp = 1; cp < 0x20000; cp++) {
        char c[RF_UTF8_MAX];
        if (cp >= 0xD800 && cp < 0xE000)
            continue;
        if (rf_regex_case_variants(cp, v) > 1)
            rf_buf_add(text, c, rf_utf8_encode(cp, c));
    }
}

/* Unicode 15.1 gave these pairs simple foldings; PCRE2 10.42 knows 14. */
static bool only_later_versions_equate(uint32_t cp)
{
    return cp == 0x390 || cp == 0x3B0 || cp == 0x1FD3 || cp == 0x1FE3 || cp == 0xFB05 ||
           cp == 0xFB06;
}

/* Whatever PCRE2 takes for equal is among the variants, and nothing else. */
static void case_variants_are_pcre2s(void **state)
{
    (void)state;
    struct rf_buf all;
    uint32_t v[RF_CASE_VARIANTS];
    rf_buf_init(&all);
    cased_letters(&all);
    assert_true(all.n > 5000);
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    for (size_t i = 0, len; i < all.n; i += len) {
        uint32_t cp = rf_utf8_decode(all.p + i, all.n - i, &len);
        size_t n = rf_regex_case_variants(cp, v), found = 0;
        char pattern[16];
        snprintf(pattern, sizeof pattern, "\\x{%x}", cp);
        pcre2_code *re = oracle_compile(rf_str_of(pattern), RF_VIEW_TEXT);
        pcre2_jit_compile(re, PCRE2_JIT_COMPLETE);
        for (size_t at = 0; pcre2_match(re, (PCRE2_SPTR)all.p, all.n, at,
                                        PCRE2_NO_UTF_CHECK, data, NULL) >= 0;) {
            size_t got = pcre2_get_ovector_pointer(data)[0], width, k = 0;
            uint32_t c = rf_utf8_decode(all.p + got, all.n - got, &width);
            while (k < n && v[k] != c)
                k++;
            assert_true(k < n);
            found++;
            at = got + width;
        }
        assert_true(found == n || only_later_versions_equate(cp));
        pcre2_code_free(re);
    }
    pcre2_match_data_free(data);
    rf_buf_fini(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literal_characters_are_told_with_their_place),
        cmocka_unit_test(regexes_are_told_by_how_much_they_leave_to_try),
        cmocka_unit_test(case_variants_are_pcre2s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
