#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/ops/span.h"

/* 2026-03-01T02:30+08:00 */
#define NOW_MS 1772303400000LL

static struct rf_zone_change shanghai = {0, 8 * 3600000};
static const struct rf_zone zone = {&shanghai, 1};

static void expect(const char *since, const char *until, bool hours, bool want_hours,
                   uint32_t want_since, uint32_t want_until)
{
    struct span s;
    const char *why;
    assert_true(
        span_parse(&zone, NOW_MS, rf_str_of(since), rf_str_of(until), hours, &s, &why));
    assert_int_equal(s.hours, want_hours);
    assert_int_equal(s.since, want_since);
    assert_int_equal(s.until, want_until);
}

static void refuse(const char *since, const char *until, const char *part)
{
    struct span s;
    const char *why;
    if (span_parse(&zone, NOW_MS, rf_str_of(since), rf_str_of(until), false, &s, &why))
        fail_msg("%s to %s is taken", since, until);
    assert_non_null(strstr(why, part));
}

static void test_days(void **state)
{
    (void)state;
    expect("", "", false, false, 20260301, 20260301);
    expect("2026-01-31", "", false, false, 20260131, 20260301);
    expect("2026-01-31", "2026-02-01", false, false, 20260131, 20260201);
    expect("", "2026-02-01", false, false, 20260201, 20260201);
    expect("-1d", "", false, false, 20260228, 20260301);
    expect("-1w", "-2d", false, false, 20260222, 20260227);
    expect("2024-02-29", "2024-02-29", false, false, 20240229, 20240229);
}

static void test_hours(void **state)
{
    (void)state;
    expect("", "", true, true, 2026030100, 2026030123);
    expect("2026-02-28T22", "2026-03-01T01", false, true, 2026022822, 2026030101);
    expect("-3h", "", false, true, 2026022823, 2026030123);
    expect("-150m", "-30m", false, true, 2026030100, 2026030102);
}

static void test_a_time_is_its_hour_in_the_zone(void **state)
{
    (void)state;
    expect("2026-02-28T16:59:59Z", "2026-03-01T01:00:00+08:00", false, true, 2026030100,
           2026030101);
}

static void test_refused(void **state)
{
    (void)state;
    refuse("2026-02-29", "", "2026-01-31");
    refuse("2026-13-01", "", "2026-01-31");
    refuse("2026-01-31T24", "", "2026-01-31");
    refuse("2026-1-31", "", "2026-01-31");
    refuse("yesterday", "", "2026-01-31");
    refuse("-d", "", "2026-01-31");
    refuse("-5y", "", "2026-01-31");
    refuse("-99999999d", "", "2026-01-31");
    refuse("2026-02-02", "2026-02-01", "later");
}

static void test_next(void **state)
{
    char text[SPAN_TEXT];
    (void)state;
    assert_int_equal(span_next(20260131, false), 20260201);
    assert_int_equal(span_next(20261231, false), 20270101);
    assert_int_equal(span_next(20240228, false), 20240229);
    assert_int_equal(span_next(2026013122, true), 2026013123);
    assert_int_equal(span_next(2026123123, true), 2027010100);
    span_text(2026013107, true, text);
    assert_string_equal(text, "2026-01-31T07");
    span_text(20260131, false, text);
    assert_string_equal(text, "2026-01-31");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_hours),
        cmocka_unit_test(test_a_time_is_its_hour_in_the_zone),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
