#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <unicode/uchar.h>

#include "lib/base/buf.h"
#include "lib/base/utf8.h"
#include "lib/match/literal.h"
#include "lib/match/regex.h"
#include "lib/match/regex_ask.h"
#include "lib/match/squeeze.h"
#include "lib/text/fold.h"

enum how { RAW, CASELESS, FOLDED };

struct want {
    const char *pattern;
    enum how how;
    const char *literals; /* joined by |, in the order found; "" for none */
};

static void check(const struct want *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct rf_arena a;
        struct rf_buf got;
        rf_arena_init(&a, 0);
        rf_buf_init(&got);
        struct rf_literals l = rf_literal_extract(
            rf_str_of(w[i].pattern), w[i].how != RAW, w[i].how == FOLDED, &a);
        for (size_t k = 0; k < l.n; k++)
            rf_buf_printf(&got, "%s%.*s", k ? "|" : "", RF_STR_FMT(l.v[k]));
        rf_buf_addc(&got, '\0');
        if (strcmp(got.p, w[i].literals))
            fail_msg("/%s/: wanted \"%s\", got \"%s\"", w[i].pattern, w[i].literals,
                     got.p);
        rf_buf_fini(&got);
        rf_arena_fini(&a);
    }
}
#define CHECK(table) check(table, sizeof(table) / sizeof *(table))

static void the_longest_necessary_part_is_found(void **state)
{
    (void)state;
    static const struct want table[] = {
        {"parcel", RAW, "parcel"},           {"Parcel", RAW, "parcel"},
        {"\\bparcel\\s+fee", RAW, "parcel"}, {"ab\\d+cdef", RAW, "cdef"},
        {"foo|barb", RAW, "foo|barb"},       {"x(?:foo|bar)y", RAW, "xfooy|xbary"},
        {"colou?r", RAW, "color|colour"},    {"a(?=.*needle)", RAW, "needle"},
        {"foo(?!bar)baz", RAW, "foobaz"},    {"ab+c", RAW, "bc"},
        {"[sS5]afe", RAW, "safe|5afe"},      {"f(?#remark)oo", RAW, "foo"},
        {"\\Qa.b+\\E", RAW, "a.b+"},         {"(?x) f o o # no\n bar", RAW, "foobar"},
        {"\\x{5feb}\\x{9012}", RAW, "快递"}, {"(?:ha){3}", RAW, "hahaha"},
        {"(?<=prefix)x", RAW, "prefix"},     {"快递|包裹", RAW, "快递|包裹"},
    };
    CHECK(table);
}

static void what_may_be_left_out_is_no_literal(void **state)
{
    (void)state;
    static const struct want table[] = {
        {"(?:parcel)?", RAW, ""},
        {"(?:parcel)*x?", RAW, ""},
        {"parcel|", RAW, ""},
        {"parcel|.", RAW, ""},
        {"(parcel){0}", RAW, ""},
        {"parcel{0,5}", RAW, "parce"},
        {"parcel(*ACCEPT)?fee", RAW, ""},
        {"(?(DEFINE)(?<n>parcel))x?", RAW, ""},
        {"(?(?=parcel)fee|x)", RAW, ""},
        {"[^p]arce", RAW, "arce"},
        {"(?!parcel).", RAW, ""},
        {"parcel{,5}", RAW, "parce"}, /* literal braces or a repeat, by version */
        {"\\w+\\s*", RAW, ""},
        {"(?1)?(parcel)?", RAW, ""},
        {"(?xx)[a b]parcel", RAW, ""},
        {"\\0parcel", RAW, "parcel"},
    };
    CHECK(table);
}

static void case_variants_are_spelled_out(void **state)
{
    (void)state;
    static const struct want table[] = {
        {"task", CASELESS, "task|tas\xe2\x84\xaa|taſk|taſ\xe2\x84\xaa"},
        {"task", FOLDED, "task"},
        {"[\\141\\142]cd", RAW, "acd|bcd"},
        {"(?i)Kid", RAW, "kid|\xe2\x84\xaaid"},
        {"(?i:K)id", RAW, "kid|\xe2\x84\xaaid"},
        {"(?-i)Kid", CASELESS, "kid"},
        {"é1", CASELESS, "é1|É1"},
        {"É1", FOLDED, "É1"}, /* likewise: folded texts have e */
        {"Привет", FOLDED, "привет"},
        {"Σ1", FOLDED, "σ1"},
        {"ß12", FOLDED, "ß12"}, /* no folded text has it: matches nothing anyway */
        {"快x", CASELESS, "快x"},
    };
    CHECK(table);
}

/* Of a letter's case variants, literals of folded views leave out those that NFKC case
 * folding changes: no folded text may hold one. */
static void folded_texts_hold_no_variant_left_out(void **state)
{
    (void)state;
    static const uint32_t marks[] = {0, 0x301, 0x308, 0x30A, 0x327, 0x345, 0x5BC, 0x3099};
    uint32_t v[RF_CASE_VARIANTS];
    size_t cased = 0;
    for (size_t k = 0; k < sizeof marks / sizeof *marks; k++) {
        struct rf_arena a;
        struct rf_buf raw;
        struct rf_view view;
        char c[RF_UTF8_MAX];
        rf_arena_init(&a, 0);
        rf_buf_init(&raw);
        for (uint32_t cp = 1; cp < 0x20000; cp++) {
            if (cp >= 0xD800 && cp < 0xE000)
                continue;
            rf_buf_add(&raw, c, rf_utf8_encode(cp, c));
            if (marks[k])
                rf_buf_add(&raw, c, rf_utf8_encode(marks[k], c));
            rf_buf_addc(&raw, ' ');
        }
        rf_fold(&a, rf_buf_str(&raw), false, &view);
        for (size_t i = 0, len; i < view.s.n; i += len) {
            uint32_t got = rf_utf8_decode(view.s.p + i, view.s.n - i, &len);
            if (got < 0x80 || !u_hasBinaryProperty((UChar32)got, UCHAR_CASED) ||
                rf_regex_case_variants(got, v) == 1)
                continue;
            cased++;
            if (u_hasBinaryProperty((UChar32)got, UCHAR_CHANGES_WHEN_NFKC_CASEFOLDED))
                fail_msg("U+%04X stands in a folded text", got);
        }
        rf_buf_fini(&raw);
        rf_arena_fini(&a);
    }
    assert_true(cased > 1000);
}

/* Sets joined by " & ", with ~ before those of the squeezed text, then the length of the
 * chain. */
static void check_needs(const char *pattern, const char *want)
{
    struct rf_arena a;
    struct rf_buf got;
    struct rf_needs n;
    struct rf_regex_ask *ask = rf_regex_ask_new();
    rf_arena_init(&a, 0);
    rf_buf_init(&got);
    rf_needs_extract(rf_str_of(pattern), true, true, ask, &a, &n);
    for (size_t k = 0; k < n.n; k++) {
        rf_buf_addz(&got, k ? " & " : n.squeezed ? "~" : "");
        for (size_t i = 0; i < n.sets[k].n; i++)
            rf_buf_printf(&got, "%s%.*s", i ? "|" : "", RF_STR_FMT(n.sets[k].v[i]));
    }
    if (n.chain.n)
        rf_buf_printf(&got, " chain %u", n.chain.n);
    rf_buf_addc(&got, '\0');
    if (strcmp(got.p, want))
        fail_msg("/%s/: wanted \"%s\", got \"%s\"", pattern, want, got.p);
    rf_buf_fini(&got);
    rf_arena_fini(&a);
    rf_regex_ask_free(ask);
}

static void every_necessary_part_is_asked_for(void **state)
{
    (void)state;
    check_needs("account.*now", "account & now chain 10");
    check_needs("快递.*(?:parcel|box.*held)", "parcel|box & 快递 & parcel|held");
    check_needs("v[_\\W]?[i1!]\\W{0,3}a\\s*gra", "~v1agra|viagra|vagra chain 6");
    check_needs("\\d[-\\s]x\\W{3}yz", "~xyz chain 8");
    check_needs("[a-f0-9]{20,}", " chain 20");
    check_needs("(?:[a-z]{5,}[\\s.]+){10}", " chain 60");
    check_needs("(?:[a-z]{9}|[0-9]{7,8}z?)", " chain 7");
    check_needs("(?:(?!a)[a-z]){16}", " chain 16");
    check_needs("(?:[a-z]{9})?x*", "");
    check_needs("\\b[_\\W]{0,3}[ae]\\d", " chain 2");
    check_needs("v\\W{0,3}[i1].?[ae]\\1", "~v1|vi chain 3");
    check_needs("[a-z]{4}(?1)?([ao])", " chain 5");
}

static void the_squeezed_text_is_letters_and_digits(void **state)
{
    (void)state;
    static const char text[] = "V-i_A 快递 g\xc3\xa9r4\n";
    char out[sizeof text + RF_SQUEEZE_ROOM];
    size_t n = rf_squeeze(RF_STR(text), out);
    assert_int_equal(n, 6);
    assert_memory_equal(out, "viagr4", 6);
    assert_int_equal(rf_squeeze(RF_STR(""), out), 0);
}

static void both_ways_squeeze_alike(void **state)
{
    (void)state;
    char text[100], one[100 + RF_SQUEEZE_ROOM], two[100 + RF_SQUEEZE_ROOM];
    uint32_t seed = 3;
    for (int round = 0; round < 5000; round++) {
        size_t n = (size_t)round % sizeof text;
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            text[i] = (char)(seed >> 24);
        }
        size_t got = rf_squeeze(rf_str(text, n), one);
        assert_int_equal(rf_squeeze_plain(rf_str(text, n), two), got);
        assert_memory_equal(one, two, got);
    }
}

/* Which sets begin each match; '|' ends one. */
static void check_leads(const char *pattern, const char *want)
{
    struct rf_arena a;
    struct rf_needs n;
    struct rf_regex_ask *ask = rf_regex_ask_new();
    char got[RF_NEED_SETS + 1] = "";
    rf_arena_init(&a, 0);
    rf_needs_extract(rf_str_of(pattern), true, true, ask, &a, &n);
    for (size_t k = 0; k < n.n; k++)
        got[k] = n.leads[k] ? '1' : '0';
    if (strcmp(got, want))
        fail_msg("/%s/: wanted \"%s\", got \"%s\"", pattern, want, got);
    rf_arena_fini(&a);
    rf_regex_ask_free(ask);
}

static void what_a_match_begins_with_is_known(void **state)
{
    (void)state;
    check_leads("\\bparcel", "1");
    check_leads("(?:parcel|letter) .{0,9}customs", "01"); /* the rarer first */
    check_leads(".parcel", "0");
    check_leads("[a-z]?parcel", "0");
    check_leads("(?<=parcel)\\d", "0");
    check_leads("x*parcel", "0");
    check_leads("(?:parcel|letter\\d|a{0}fees)", "1");
    check_leads("(?:parcel|\\dletter)", "0");
    check_leads("of.*u.*20", "10");     /* no better ones: the first and the rarest */
    check_leads("(?:fee|coffee)", "1"); /* of which none is left out, though a part */
    check_needs("(?:fee|coffee)", "fee|coffee chain 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_necessary_part_is_found),
        cmocka_unit_test(what_may_be_left_out_is_no_literal),
        cmocka_unit_test(case_variants_are_spelled_out),
        cmocka_unit_test(folded_texts_hold_no_variant_left_out),
        cmocka_unit_test(every_necessary_part_is_asked_for),
        cmocka_unit_test(the_squeezed_text_is_letters_and_digits),
        cmocka_unit_test(both_ways_squeeze_alike),
        cmocka_unit_test(what_a_match_begins_with_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
