#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "lib/base/buf.h"
#include "lib/match/literal.h"

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
        {"foo(?!bar)baz", RAW, "foobaz"},    {"ab+c", RAW, "ab"},
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
        {"(?i)Kid", RAW, "kid|\xe2\x84\xaaid"},
        {"(?i:K)id", RAW, "kid|\xe2\x84\xaaid"},
        {"(?-i)Kid", CASELESS, "kid"},
        {"é1", CASELESS, "é1|É1"},
        {"É1", FOLDED, "é1"},
        {"Привет", FOLDED, "привет"},
        {"Σ1", FOLDED, "σ1"},
        {"ß12", FOLDED, "ß12"}, /* no folded text has it: matches nothing anyway */
        {"快x", CASELESS, "快x"},
    };
    CHECK(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_necessary_part_is_found),
        cmocka_unit_test(what_may_be_left_out_is_no_literal),
        cmocka_unit_test(case_variants_are_spelled_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
