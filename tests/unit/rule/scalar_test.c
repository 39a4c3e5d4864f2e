#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/rule/scalar.h"

static struct rf_yaml_node plain(const char *s)
{
    return (struct rf_yaml_node){.kind = RF_YAML_SCALAR, .s = rf_str_of(s)};
}

static bool quotes(const char *s)
{
    struct rf_yaml_node n = plain(s);
    return rf_scalar_needs_quotes(&n);
}

static void yaml_1_2_words_need_quotes(void **state)
{
    (void)state;
    static const char *const yes[] = {"",    "~",     "null", "true", "False", "1",
                                      "010", "+4912", "-1",   "1.5",  ".5",    "5.",
                                      "1e3", "0x1F",  "0o17", ".inf", "-.INF", ".nan"};
    static const char *const no[] = {"no",   "yes", "on",         "10m",  "1.2.3",  "0x",
                                     "0xg",  "1e",  "+",          ".",    "22:00",  "a1",
                                     "106*", "1_0", "2026-01-31", "TrUe", "+86 138"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (!quotes(yes[i]))
            fail_msg("'%s' should need quotes", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (quotes(no[i]))
            fail_msg("'%s' should need no quotes", no[i]);
    struct rf_yaml_node quoted = plain("010");
    quoted.style = RF_YAML_SINGLE;
    assert_false(rf_scalar_needs_quotes(&quoted));
}

static void durations_have_units(void **state)
{
    (void)state;
    int64_t ms;
    assert_true(rf_scalar_parse_duration(RF_STR("100ms"), &ms) && ms == 100);
    assert_true(rf_scalar_parse_duration(RF_STR("10m"), &ms) && ms == 600000);
    assert_true(rf_scalar_parse_duration(RF_STR("30d"), &ms) && ms == 30 * 86400000LL);
    assert_true(rf_scalar_parse_duration(RF_STR("5y"), &ms) &&
                ms == 5 * 365 * 86400000LL);
    assert_true(rf_scalar_parse_duration(RF_STR("0"), &ms) && ms == 0);
    assert_false(rf_scalar_parse_duration(RF_STR("10"), &ms));
    assert_false(rf_scalar_parse_duration(RF_STR("-1s"), &ms));
    assert_false(rf_scalar_parse_duration(RF_STR("1.5h"), &ms));
    assert_false(rf_scalar_parse_duration(RF_STR("10 m"), &ms));
    assert_false(rf_scalar_parse_duration(RF_STR("999999999999999999y"), &ms));
}

static void sizes_and_shares(void **state)
{
    (void)state;
    int64_t bytes;
    double share;
    struct rf_yaml_node n = plain("64KiB");
    assert_true(rf_scalar_size(&n, &bytes) && bytes == 65536);
    n = plain("16");
    assert_true(rf_scalar_size(&n, &bytes) && bytes == 16);
    n = plain("1KB");
    assert_false(rf_scalar_size(&n, &bytes));
    n = plain("5%");
    assert_true(rf_scalar_share(&n, &share) && share == 0.05);
    n = plain("0.25");
    assert_true(rf_scalar_share(&n, &share) && share == 0.25);
    n = plain("150%");
    assert_false(rf_scalar_share(&n, &share));
}

static void numbers_are_decimal(void **state)
{
    (void)state;
    double d;
    int64_t i;
    struct rf_yaml_node n = plain("-12.25");
    assert_true(rf_scalar_number(&n, &d) && d == -12.25);
    assert_false(rf_scalar_int(&n, &i));
    assert_true(rf_scalar_milli(&n, &i) && i == -12250);
    n = plain("4.5e1");
    assert_true(rf_scalar_number(&n, &d) && d == 45);
    n = plain("1.2345");
    assert_false(rf_scalar_milli(&n, &i));
    n = plain("1e999");
    assert_false(rf_scalar_number(&n, &d));
    n = plain("99999999999999999999");
    assert_false(rf_scalar_int(&n, &i));
    n = plain("7");
    n.style = RF_YAML_DOUBLE;
    assert_false(rf_scalar_int(&n, &i));
}

static void times_have_zones(void **state)
{
    (void)state;
    int64_t ms;
    bool date;
    assert_true(rf_scalar_parse_time(RF_STR("2026-01-01"), &ms, &date) && date &&
                ms == 1767225600000);
    assert_true(rf_scalar_parse_time(RF_STR("2026-01-01T08:00:00+08:00"), &ms, &date) &&
                !date && ms == 1767225600000);
    assert_true(rf_scalar_parse_time(RF_STR("2026-01-01T00:00:00.250Z"), &ms, &date) &&
                ms == 1767225600250);
    assert_true(rf_scalar_parse_time(RF_STR("2024-02-29"), &ms, &date));
    assert_false(rf_scalar_parse_time(RF_STR("2026-02-29"), &ms, &date));
    assert_false(rf_scalar_parse_time(RF_STR("2026-01-01T00:00:00"), &ms, &date));
    assert_false(rf_scalar_parse_time(RF_STR("2026-01-01T24:00:00Z"), &ms, &date));
    assert_false(rf_scalar_parse_time(RF_STR("2026-1-1"), &ms, &date));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yaml_1_2_words_need_quotes),
        cmocka_unit_test(durations_have_units),
        cmocka_unit_test(sizes_and_shares),
        cmocka_unit_test(numbers_are_decimal),
        cmocka_unit_test(times_have_zones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
