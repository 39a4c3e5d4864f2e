#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/match/list.h"

#define NOW INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

static struct rf_arena arena;
static struct rf_report *report;

static int begin(void **state)
{
    (void)state;
    rf_arena_init(&arena, 0);
    report = rf_report_new();
    return 0;
}

static int end(void **state)
{
    (void)state;
    rf_arena_fini(&arena);
    rf_report_free(report);
    return 0;
}

static const struct rf_plan *china(void)
{
    return rf_plan_find(RF_STR("CN"));
}

static struct rf_list *load(enum rf_list_type type, struct rf_str text, size_t bad)
{
    struct rf_list_builder *b = rf_list_begin(type, china());
    assert_int_equal(rf_list_add_file(b, RF_STR("l.txt"), text, report, RF_WARNING), bad);
    return rf_list_finish(b);
}

static struct rf_list *load_z(enum rf_list_type type, const char *text)
{
    return load(type, rf_str_of(text), 0);
}

/* The text of the entry that a raw address meets at `now`, or "". */
static const char *met_at(const struct rf_list *l, const char *raw, int64_t now)
{
    struct rf_addr addr;
    struct rf_list_entry e;
    rf_addr_normalize(&arena, china(), rf_str_of(raw), -1, &addr);
    uint32_t i = rf_list_find_addr(l, &addr, now);
    if (i == RF_LIST_NONE)
        return "";
    assert_true(i < rf_list_size(l));
    rf_list_entry(l, i, &arena, &e);
    return rf_arena_dup(&arena, e.text).p;
}

static const char *met(const struct rf_list *l, const char *raw)
{
    return met_at(l, raw, NOW);
}

static void numbers_match_in_any_spelling(void **state)
{
    (void)state;
    struct rf_list *l = load_z(RF_LIST_NUMBERS, "\xef\xbb\xbf# callers\r\n"
                                                "138-0013-8000\r\n"
                                                "\n"
                                                "+442079460000\n"
                                                "+86139*\n"
                                                "+861391*\n"
                                                "106*\n"
                                                "+8613700000000-+8613709999999\n"
                                                "95580-95589\n"
                                                "123456789012345678901");
    assert_int_equal(rf_list_size(l), 8);
    assert_string_equal(met(l, "+86 138 0013 8000"), "+8613800138000");
    assert_string_equal(met(l, "008613800138000"), "+8613800138000");
    assert_string_equal(met(l, "13800138001"), "");
    assert_string_equal(met(l, "0044 20 7946 0000"), "+442079460000");
    assert_string_equal(met(l, "13912345678"), "+861391*");
    assert_string_equal(met(l, "13922345678"), "+86139*");
    assert_string_equal(met(l, "106901234567890123456"), "106*");
    assert_string_equal(met(l, "10"), "");
    assert_string_equal(met(l, "+106901234567"), "");
    assert_string_equal(met(l, "13700000000"), "+8613700000000-+8613709999999");
    assert_string_equal(met(l, "13709999999"), "+8613700000000-+8613709999999");
    assert_string_equal(met(l, "13710000000"), "");
    assert_string_equal(met(l, "95588"), "95580-95589");
    assert_string_equal(met(l, "955881"), "");
    assert_string_equal(met(l, "123456789012345678901"), "123456789012345678901");
    assert_string_equal(met(l, "usps"), "");
    rf_list_free(l);
}

static void ranges_that_overlap_are_all_seen(void **state)
{
    (void)state;
    struct rf_list *l =
        load_z(RF_LIST_NUMBERS, "10000-99999\n20000-20010\n30000-30001\n"
                                "20005-20007\t\t\t2020-01-01T00:00:00Z\n");
    assert_string_equal(met(l, "20006"), "20000-20010");
    assert_string_equal(met(l, "20011"), "10000-99999");
    assert_string_equal(met(l, "99999"), "10000-99999");
    assert_string_equal(met_at(l, "20006", 0), "20005-20007");
    assert_string_equal(met(l, "100000"), "");
    rf_list_free(l);
}

static void columns_tell_why_and_until_when(void **state)
{
    (void)state;
    struct rf_list_entry e;
    struct rf_addr addr;
    struct rf_list *l = load_z(
        RF_LIST_NUMBERS, "+8613800138000\tfake police\tcase 7\t2026-01-01T00:00:00Z\n"
                         "+8613800138000\tparcel\n"
                         "+8613800138001\tparcel\t\t2026-01-01T08:00:01+08:00\n");
    rf_addr_normalize(&arena, china(), RF_STR("13800138000"), -1, &addr);
    rf_list_entry(l, rf_list_find_addr(l, &addr, NOW - 1), &arena, &e);
    assert_true(rf_str_eqz(e.reason, "fake police"));
    assert_true(rf_str_eqz(e.source, "case 7"));
    assert_int_equal(e.expires_ms, NOW);
    assert_int_equal(e.line, 1);
    rf_list_entry(l, rf_list_find_addr(l, &addr, NOW), &arena, &e);
    assert_true(rf_str_eqz(e.reason, "parcel"));
    assert_int_equal(e.source.n, 0);
    assert_int_equal(e.expires_ms, RF_LIST_NEVER);
    assert_int_equal(e.line, 2);
    assert_string_equal(met_at(l, "13800138001", NOW + 999), "+8613800138001");
    assert_string_equal(met_at(l, "13800138001", NOW + 1000), "");
    rf_list_free(l);
}

static void senders_mix_numbers_and_names(void **state)
{
    (void)state;
    struct rf_list *l =
        load_z(RF_LIST_SENDERS, "USPS\n招商銀行\n95588\nApple-Pay\n+86138*\n");
    assert_string_equal(met(l, "usps"), "usps");
    assert_string_equal(met(l, "U\xd0\x85PS"), "usps"); /* Cyrillic */
    assert_string_equal(met(l, "招商银行"), "招商银行");
    assert_string_equal(met(l, "95588"), "95588");
    assert_string_equal(met(l, "APPLE PAY"), "applepay");
    assert_string_equal(met(l, "13812345678"), "+86138*");
    assert_string_equal(met(l, "usp"), "");
    rf_list_free(l);
}

static const char *host_met(const struct rf_list *l, const char *host)
{
    struct rf_list_entry e;
    uint32_t i = rf_list_find_host(l, rf_str_of(host), NOW);
    if (i == RF_LIST_NONE)
        return "";
    rf_list_entry(l, i, &arena, &e);
    return rf_arena_dup(&arena, e.text).p;
}

static void hosts_match_on_label_borders(void **state)
{
    (void)state;
    struct rf_list *l = load_z(RF_LIST_HOSTS, "Example.com.\n=only.net\nBÜCHER.example\n"
                                              "deep.example.com\n1.2.3.4\n");
    assert_string_equal(host_met(l, "example.com"), "example.com");
    assert_string_equal(host_met(l, "a.b.example.com"), "example.com");
    assert_string_equal(host_met(l, "x.deep.example.com"), "deep.example.com");
    assert_string_equal(host_met(l, "notexample.com"), "");
    assert_string_equal(host_met(l, "com"), "");
    assert_string_equal(host_met(l, "only.net"), "=only.net");
    assert_string_equal(host_met(l, "www.only.net"), "");
    assert_string_equal(host_met(l, "www.xn--bcher-kva.example"),
                        "xn--bcher-kva.example");
    assert_string_equal(host_met(l, "1.2.3.4"), "1.2.3.4");
    assert_string_equal(host_met(l, ""), "");
    rf_list_free(l);
}

static void words_and_strings_are_found_as_written_and_folded(void **state)
{
    (void)state;
    struct rf_list *l = load_z(RF_LIST_STRINGS, "Trunk-7\n  快遞  \nCafé\n");
    assert_int_equal(rf_list_find_str(l, RF_STR("Trunk-7"), NOW), 0);
    assert_int_equal(rf_list_find_str(l, RF_STR("trunk-7"), NOW), RF_LIST_NONE);
    assert_int_equal(rf_list_find_folded(l, RF_STR("trunk-7"), NOW), 0);
    assert_int_equal(rf_list_find_folded(l, RF_STR("快递"), NOW), 1);
    assert_int_equal(rf_list_find_folded(l, RF_STR("cafe"), NOW), 2);
    rf_list_free(l);
}

static void pairs_ask_for_both_or_the_first(void **state)
{
    (void)state;
    struct rf_list *l = load_z(RF_LIST_PAIRS, "95588 smpp-1\n95588 smpp-2\n"
                                              "13800138000 t1\nUSPS t2\n"
                                              "old t3\t\t\t2025-01-01T00:00:00Z\n");
    assert_int_equal(rf_list_find_pair(l, RF_STR("95588"), RF_STR("smpp-2"), NOW), 1);
    assert_int_equal(rf_list_find_pair(l, RF_STR("95588"), RF_STR("smpp-3"), NOW),
                     RF_LIST_NONE);
    assert_int_equal(rf_list_find_first(l, RF_STR("95588"), NOW), 0);
    assert_int_equal(rf_list_find_first(l, RF_STR("95599"), NOW), RF_LIST_NONE);
    assert_int_equal(rf_list_find_pair(l, RF_STR("+8613800138000"), RF_STR("t1"), NOW),
                     2);
    assert_int_equal(rf_list_find_pair(l, RF_STR("usps"), RF_STR("t2"), NOW), 3);
    assert_int_equal(rf_list_find_first(l, RF_STR("old"), NOW), RF_LIST_NONE);
    rf_list_free(l);
}

static void bad_lines_are_left_out_and_shown(void **state)
{
    (void)state;
    struct rf_list *l = load(RF_LIST_NUMBERS,
                             RF_STR("+8613800138000\n"
                                    "parcel\n"
                                    "+86139-+86138\n"
                                    "+8613900000000-+861380\n"
                                    "95588\t\t\ttomorrow\n"
                                    "95588\ta\tb\t\tc\n"
                                    "*\n"
                                    "\xff\xfe\n"
                                    "95599\n"),
                             7);
    assert_int_equal(rf_list_size(l), 2);
    struct rf_buf b;
    rf_buf_init(&b);
    rf_report_render(report, &b, false);
    rf_buf_addc(&b, '\0');
    static const char *const shown[] = {
        "l.txt:2:1: warning[RF301]: not a number\n    2 | parcel\n      | ^~~~~~ ",
        "l.txt:3:1: warning[RF302]: the range ends before it begins",
        "l.txt:4:1: warning[RF302]: the ends of a range must have the same length",
        "l.txt:5:9: warning[RF305]: not a time of RFC 3339",
        "l.txt:6:1: warning[RF306]: more than four columns",
        "l.txt:7:1: warning[RF301]: not the beginning of a number",
        "l.txt:8:1: warning[RF307]: not UTF-8",
    };
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        if (!strstr(b.p, shown[i]))
            fail_msg("missing: %s\nin: %s", shown[i], b.p);
    rf_buf_fini(&b);
    rf_list_free(l);
}

static void other_types_have_bad_lines_too(void **state)
{
    (void)state;
    rf_list_free(load(RF_LIST_HOSTS,
                      RF_STR("*.example.com\nhttp://example.com/x\nu@h.example\n"
                             "example.com:80\n=\nok.example\n"),
                      5));
    rf_list_free(load(RF_LIST_PAIRS, RF_STR("one\na b c\n a  b\na b\n"), 3));
    rf_list_free(load(RF_LIST_WORDS, RF_STR("\xe2\x80\x8b\nok\n"), 1));
    rf_list_free(load(RF_LIST_SENDERS, RF_STR("USPS*\n-\n"), 2));
    assert_int_equal(rf_report_count(report, RF_WARNING), 11);
}

static void of_many_bad_lines_a_hundred_are_shown(void **state)
{
    (void)state;
    struct rf_buf b;
    rf_buf_init(&b);
    for (int i = 0; i < 150; i++)
        rf_buf_addz(&b, "bad\n");
    rf_list_free(load(RF_LIST_NUMBERS, rf_buf_str(&b), 150));
    assert_int_equal(rf_report_size(report), 101);
    rf_buf_fini(&b);
}

static void a_list_with_a_bad_line_in_a_hundred_loads(void **state)
{
    (void)state;
    enum { N = 100000 };
    struct rf_buf b, shown;
    rf_buf_init(&b);
    rf_buf_init(&shown);
    for (unsigned i = 0; i < N; i++)
        rf_buf_printf(&b, i % 100 == 99 ? "+86138x%08u\n" : "+86138%08u\n", i);
    struct rf_list *l = load(RF_LIST_NUMBERS, rf_buf_str(&b), N / 100);
    assert_int_equal(rf_list_size(l), N - N / 100);
    rf_report_render(report, &shown, false);
    rf_buf_addc(&shown, '\0');
    assert_non_null(strstr(shown.p, "l.txt:100:1: warning[RF301]: not a number\n"
                                    "  100 | +86138x00000099\n"));
    assert_non_null(strstr(shown.p, "l.txt:10000:1: warning[RF301]: not a number\n"));
    assert_null(strstr(shown.p, "l.txt:10100:"));
    assert_non_null(strstr(shown.p, "l.txt: 900 more bad lines not shown"));
    rf_buf_fini(&shown);
    rf_buf_fini(&b);
    rf_list_free(l);
}

static void an_inline_value_is_shown_where_it_stands(void **state)
{
    (void)state;
    struct rf_list_builder *b = rf_list_begin(RF_LIST_NUMBERS, china());
    uint32_t s = rf_report_source(report, RF_STR("r.yaml"), RF_STR("values: [12x]"));
    assert_true(rf_list_add(b, RF_STR("95588"), report, RF_ERROR, s, 0, 1));
    assert_false(rf_list_add(b, RF_STR("12x"), report, RF_ERROR, s, 9, 12));
    assert_int_equal(rf_report_at(report, 0)->begin, 9);
    assert_int_equal(rf_report_count(report, RF_ERROR), 1);
    struct rf_list *l = rf_list_finish(b);
    assert_int_equal(rf_list_size(l), 1);
    rf_list_free(l);
}

static void the_hash_follows_content_not_order(void **state)
{
    (void)state;
    struct rf_list *a = load_z(RF_LIST_SENDERS, "95588\nusps\n");
    struct rf_list *b = load_z(RF_LIST_SENDERS, "# comment\nUSPS\n95588\n");
    struct rf_list *c = load_z(RF_LIST_SENDERS, "95588\tbank\nusps\n");
    assert_true(rf_list_hash(a) == rf_list_hash(b));
    assert_true(rf_list_hash(a) != rf_list_hash(c));
    rf_list_free(a);
    rf_list_free(b);
    rf_list_free(c);
}

static void a_number_with_columns_costs_at_most_16_bytes(void **state)
{
    (void)state;
    enum { N = 100000 };
    struct rf_buf b;
    rf_buf_init(&b);
    for (unsigned i = 0; i < N; i++)
        rf_buf_printf(&b, "+86138%08u\tfraud\tregulator\t2027-01-01T00:00:00Z\n",
                      i * 997 % 100000000);
    struct rf_list *l = load(RF_LIST_NUMBERS, rf_buf_str(&b), 0);
    rf_buf_fini(&b);
    assert_int_equal(rf_list_size(l), N);
    assert_true(rf_list_bytes(l) <= (size_t)N * 16 + 16384);
    char raw[20];
    for (unsigned i = 0; i < N; i += 97) {
        snprintf(raw, sizeof raw, "138%08u", i * 997 % 100000000);
        assert_string_not_equal(met(l, raw), "");
    }
    rf_list_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_match_in_any_spelling, begin, end),
        cmocka_unit_test_setup_teardown(ranges_that_overlap_are_all_seen, begin, end),
        cmocka_unit_test_setup_teardown(columns_tell_why_and_until_when, begin, end),
        cmocka_unit_test_setup_teardown(senders_mix_numbers_and_names, begin, end),
        cmocka_unit_test_setup_teardown(hosts_match_on_label_borders, begin, end),
        cmocka_unit_test_setup_teardown(words_and_strings_are_found_as_written_and_folded,
                                        begin, end),
        cmocka_unit_test_setup_teardown(pairs_ask_for_both_or_the_first, begin, end),
        cmocka_unit_test_setup_teardown(bad_lines_are_left_out_and_shown, begin, end),
        cmocka_unit_test_setup_teardown(other_types_have_bad_lines_too, begin, end),
        cmocka_unit_test_setup_teardown(of_many_bad_lines_a_hundred_are_shown, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_list_with_a_bad_line_in_a_hundred_loads, begin,
                                        end),
        cmocka_unit_test_setup_teardown(an_inline_value_is_shown_where_it_stands, begin,
                                        end),
        cmocka_unit_test_setup_teardown(the_hash_follows_content_not_order, begin, end),
        cmocka_unit_test_setup_teardown(a_number_with_columns_costs_at_most_16_bytes,
                                        begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
