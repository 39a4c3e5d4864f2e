/* Behaviors over time, as ringfence-rules(5) states them. */
#include "tests/unit/engine/judge.h"

#define T0 1767225600000LL

static const char rate[] =
    "rules:\n"
    "  - {id: r, title: R, applies_to: [call], status: stable, action: block,\n"
    "     when: {all: [{event: attempt}, {rate: {key: from, window: 8m, over: 3}}]}}\n";

static const char *call(struct judge *j, long long ts, const char *from, const char *more)
{
    return judge_verdict(judge_fmt(
        j, "{\"kind\":\"call\",\"ts\":%lld,\"from\":\"%s\",\"to\":\"+8613900000001\"%s}",
        ts, from, more));
}

static void over_is_strict_and_the_record_itself_counts(void **state)
{
    (void)state;
    struct judge j = judge_open(rate);
    for (int i = 0; i < 3; i++)
        assert_string_equal(call(&j, T0 + i, "+8613800000001", ""), "allow");
    assert_string_equal(call(&j, T0 + 3, "+8613800000001", ""), "block");
    assert_string_equal(call(&j, T0 + 4, "+8613800000002", ""), "allow");
    judge_close(&j);
}

static void windows_slide_in_eighths(void **state)
{
    (void)state;
    struct judge j = judge_open(rate);
    for (int i = 0; i < 3; i++)
        call(&j, T0 + 59999, "+8613800000001", "");
    /* eight slices on: still inside; nine on: gone */
    assert_string_equal(call(&j, T0 + 8 * 60000, "+8613800000001", ""), "block");
    assert_string_equal(call(&j, T0 + 9 * 60000, "+8613800000001", ""), "allow");
    judge_close(&j);
}

static void resent_and_test_records_are_judged_but_not_counted(void **state)
{
    (void)state;
    struct judge j = judge_open(rate);
    for (int i = 0; i < 20; i++) {
        assert_string_equal(call(&j, T0, "+8613800000001", ",\"resend\":true"), "allow");
        assert_string_equal(call(&j, T0, "+8613800000001", ",\"test\":1"), "allow");
    }
    for (int i = 0; i < 4; i++)
        call(&j, T0, "+8613800000001", "");
    assert_string_equal(call(&j, T0, "+8613800000001", ",\"resend\":true"), "block");
    judge_close(&j);
}

static void a_text_counts_once_for_what_it_names_twice(void **state)
{
    (void)state;
    struct judge j = judge_open(
        "rules:\n"
        "  - {id: r, title: R, applies_to: [sms], status: stable, action: block,\n"
        "     when: {rate: {key: phone, window: 1h, over: 2}}}\n"
        "  - {id: m, title: M, applies_to: [sms], status: stable, action: mark,\n"
        "     when: {phone: {exists: true}}}\n"
        "  - {id: s, title: S, applies_to: [sms], status: stable, action: warn,\n"
        "     when: {after: {rule: m, key: phone, within: 1h, times: 2}}}\n");
    const char *twice =
        "{\"kind\":\"sms\",\"text\":\"13800000001 or +86 138 0000 0001\"}";
    assert_verdict(&j, twice, "allow");
    assert_verdict(&j, twice, "allow"); /* counted 2, marked once before */
    assert_verdict(&j, twice, "block");
    judge_close(&j);
}

static void only_what_qualifies_is_counted(void **state)
{
    (void)state;
    struct judge j = judge_open(rate);
    for (int i = 0; i < 20; i++)
        call(&j, T0, "+8613800000001", ",\"event\":\"release\"");
    assert_string_equal(call(&j, T0, "+8613800000001", ""), "allow");
    judge_close(&j);
}

static void distinct_counts_values_of_a_field(void **state)
{
    (void)state;
    struct judge j = judge_open(
        "rules:\n"
        "  - {id: d, title: D, applies_to: [sms], status: stable, action: warn,\n"
        "     when: {distinct: {of: to, key: from, window: 10m, over: 2}}}\n");
    const char *fmt =
        "{\"kind\":\"sms\",\"from\":\"10690001\",\"to\":\"+861390000000%d\","
        "\"text\":\"x\"}";
    for (int i = 0; i < 10; i++)
        assert_string_equal(judge_verdict(judge_fmt(&j, fmt, i % 2)), "allow");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, 5)), "warn");
    judge_close(&j);
}

static void a_ratio_needs_its_minimum(void **state)
{
    (void)state;
    struct judge j = judge_open(
        "rules:\n"
        "  - {id: s, title: S, applies_to: [call], status: stable, action: warn,\n"
        "     when: {all: [{event: release}, {ratio: {of: {duration: {lt: 10}},\n"
        "       key: from, window: 10m, over: 0.8, min: 5}}]}}\n");
    const char *brief = ",\"event\":\"release\",\"duration\":3";
    for (int i = 0; i < 4; i++)
        assert_string_equal(call(&j, T0, "+8613800000001", brief), "allow");
    assert_string_equal(call(&j, T0, "+8613800000001", brief), "warn");
    call(&j, T0, "+8613800000001", ",\"event\":\"release\",\"duration\":60");
    call(&j, T0, "+8613800000001", ",\"event\":\"release\",\"duration\":60");
    assert_string_equal(call(&j, T0, "+8613800000001", brief), "allow");
    judge_close(&j);
}

static void a_sum_adds_a_numeric_field(void **state)
{
    (void)state;
    struct judge j = judge_open(
        "rules:\n"
        "  - {id: s, title: S, applies_to: [call], status: stable, action: block,\n"
        "     when: {all: [{event: release}, {sum: {of: duration, key: from.country,\n"
        "       window: 1h, over: 100}}]}}\n");
    const char *minute = ",\"event\":\"release\",\"duration\":50";
    assert_string_equal(call(&j, T0, "+2392221234", minute), "allow");
    assert_string_equal(call(&j, T0, "+2392221235", minute), "allow");
    assert_string_equal(call(&j, T0, "+2392221236", minute), "block");
    judge_close(&j);
}

static const char chain[] =
    "rules:\n"
    "  - {id: lure, title: L, applies_to: [sms], action: mark,\n"
    "     when: {text: {words: parcel}}}\n"
    "  - {id: next, title: N, applies_to: [visit], status: stable, action: block,\n"
    "     when: {after: {rule: lure, key: subscriber, within: 10m, at_least: 1s}}}\n"
    "  - {id: same, title: S, applies_to: [sms], status: stable, action: warn,\n"
    "     when: {after: {rule: lure, key: to, within: 10m}}}\n";

static const char *visit(struct judge *j, long long ts, const char *who)
{
    return judge_verdict(judge_fmt(
        j, "{\"kind\":\"visit\",\"ts\":%lld,\"from\":\"%s\",\"host\":\"x.example\"}", ts,
        who));
}

static void after_joins_kinds_by_subscriber(void **state)
{
    (void)state;
    struct judge j = judge_open(chain);
    const char *lure = "{\"kind\":\"sms\",\"ts\":1767225600000,\"to\":\"13900000001\","
                       "\"text\":\"your parcel\"}";
    assert_verdict(&j, lure, "allow"); /* never sees the record itself */
    assert_string_equal(visit(&j, T0 + 500, "+8613900000001"), "allow");
    assert_string_equal(visit(&j, T0 + 2000, "+8613900000002"), "allow");
    assert_string_equal(visit(&j, T0 + 2000, "+8613900000001"), "block");
    assert_string_equal(visit(&j, T0 + 601000, "+8613900000001"), "allow");
    assert_verdict(&j, lure, "warn");
    judge_close(&j);
}

static void each_value_of_a_key_counts(void **state)
{
    (void)state;
    struct judge j = judge_open(
        "rules:\n"
        "  - {id: snow, title: S, applies_to: [sms], status: stable, action: block,\n"
        "     when: {distinct: {of: from, key: domain, window: 1h, over: 2}}}\n");
    const char *fmt =
        "{\"kind\":\"sms\",\"from\":\"1069000%d\",\"text\":\"see http://%s/ now\"}";
    for (int i = 0; i < 2; i++)
        judge_fmt(&j, fmt, i, "a.example.com/ http://b.example.net");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, 7, "c.example.org")), "allow");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, 7, "d.example.net")), "block");
    judge_close(&j);
}

static void min_counts_records_not_their_values(void **state)
{
    (void)state;
    struct judge j = judge_open(
        "rules:\n"
        "  - {id: d, title: D, applies_to: [sms], status: stable, action: block,\n"
        "     when: {distinct: {of: domain, key: from, window: 1h, over: 1, min: 3}}}\n");
    const char *two = "{\"kind\":\"sms\",\"from\":\"10690001\",\"text\":\"see "
                      "http://a.example.com/ http://b.example.net/\"}";
    assert_verdict(&j, two, "allow");
    assert_verdict(&j, two, "allow");
    assert_verdict(&j, two, "block");
    judge_close(&j);
}

static void an_average_is_of_a_numeric_field(void **state)
{
    (void)state;
    struct judge j = judge_open(
        "rules:\n"
        "  - {id: a, title: A, applies_to: [call], status: stable, action: warn,\n"
        "     when: {all: [{event: release}, {average: {of: duration, key: from,\n"
        "       window: 1h, under: 10, min: 3}}]}}\n"
        "  - {id: z, title: Z, applies_to: [call], status: stable, action: block,\n"
        "     when: {all: [{event: release}, {average: {of: ring, key: from,\n"
        "       window: 1h, under: 10}}]}}\n");
    const char *brief = ",\"event\":\"release\",\"duration\":6";
    const char *longer = ",\"event\":\"release\",\"duration\":18";
    const char *none = ",\"event\":\"release\"";
    assert_string_equal(call(&j, T0, "+8613800000001", brief), "allow");
    assert_string_equal(call(&j, T0, "+8613800000001", none), "allow"); /* not counted */
    assert_string_equal(call(&j, T0, "+8613800000001", brief), "allow");
    assert_string_equal(call(&j, T0, "+8613800000001", brief), "warn");  /* 6 */
    assert_string_equal(call(&j, T0, "+8613800000001", longer), "warn"); /* 9 */
    assert_string_equal(call(&j, T0, "+8613800000001", longer), "allow");
    /* of no record at all there is no mean */
    assert_string_equal(call(&j, T0, "+8613800000002",
                             ",\"event\":\"release\",\"ring\":1,\"resend\":true"),
                        "allow");
    judge_close(&j);
}

static void a_key_is_new_for_a_while_after_its_first_record(void **state)
{
    (void)state;
    struct judge j = judge_open(
        "rules:\n"
        "  - {id: n, title: N, applies_to: [call], status: stable, action: warn,\n"
        "     when: {all: [{event: attempt}, {new: {key: from, within: 1h}}]}}\n"
        "  - {id: k, title: K, applies_to: [call], status: stable, action: block,\n"
        "     when: {all: [{event: answer}, {not: {new: {key: from, within: 1m}}}]}}\n");
    const char *one = "+8613800000001", *two = "+8613800000002";
    const char *resend = ",\"resend\":true";
    assert_string_equal(call(&j, T0, one, ""), "warn");
    assert_string_equal(call(&j, T0 + 3600000, one, ""), "warn");
    assert_string_equal(call(&j, T0 + 3600001, one, ""), "allow");
    assert_string_equal(call(&j, T0 + 3600001, two, resend), "warn"); /* never counted */
    assert_string_equal(call(&j, T0 + 8000000, two, ""), "warn");
    assert_string_equal(call(&j, T0 + 9000000, one, resend), "allow");
    /* each behavior counts what qualifies for its own rule */
    const char *answer = ",\"event\":\"answer\"";
    assert_string_equal(call(&j, T0 + 9000000, one, answer), "allow");
    assert_string_equal(call(&j, T0 + 9060001, one, answer), "block");
    /* thirty days without a record: forgotten */
    assert_string_equal(call(&j, T0 + 33LL * 86400000, one, ""), "warn");
    judge_close(&j);
}

/* Calls number `first` to `end` of a minute, two of each caller; the verdict on the last.
 */
static void calls(struct judge *j, long long ts, int first, int end, const char *expected)
{
    const char *verdict = "";
    for (int i = first; i < end; i++)
        verdict = judge_verdict(judge_fmt(j,
                                          "{\"kind\":\"call\",\"ts\":%lld,"
                                          "\"from\":\"+86138%08d\",\"grid\":\"g1\"}",
                                          ts + i * 1000, i / 2));
    assert_string_equal(verdict, expected);
}

static void a_surge_compares_with_the_same_hour_of_other_days(void **state)
{
    (void)state;
    const long long hour = 3600000, day = 24 * hour;
    struct judge j = judge_open(
        "rules:\n"
        "  - {id: s, title: S, applies_to: [call], status: stable, action: block,\n"
        "     when: {all: [{event: attempt}, {surge: {key: grid, window: 10m, times: 3,\n"
        "       than: 2d, min: 20}}]}}\n"
        "  - {id: d, title: D, applies_to: [call], status: stable, action: warn,\n"
        "     when: {all: [{event: attempt}, {surge: {of: from, key: grid, window: 10m,\n"
        "       times: 2, than: 2d}}]}}\n");
    calls(&j, T0 - hour, 0, 50, "allow"); /* nothing to compare with */
    calls(&j, T0, 0, 10, "allow");
    calls(&j, T0 + day - hour, 0, 50, "allow"); /* that hour is not known whole */
    calls(&j, T0 + day, 0, 10, "allow");
    calls(&j, T0 + 2 * day, 0, 20, "allow"); /* 10 callers are not more than 2 * 5 */
    calls(&j, T0 + 2 * day, 20, 22, "warn");
    calls(&j, T0 + 3 * day, 0, 48, "warn"); /* not more than 3 * 16 records */
    calls(&j, T0 + 3 * day, 48, 49, "block");
    calls(&j, T0 + 3 * day + 5 * hour, 0, 19, "warn"); /* an hour without any before */
    calls(&j, T0 + 3 * day + 5 * hour, 19, 20, "block");
    judge_close(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_is_strict_and_the_record_itself_counts),
        cmocka_unit_test(windows_slide_in_eighths),
        cmocka_unit_test(resent_and_test_records_are_judged_but_not_counted),
        cmocka_unit_test(a_text_counts_once_for_what_it_names_twice),
        cmocka_unit_test(only_what_qualifies_is_counted),
        cmocka_unit_test(distinct_counts_values_of_a_field),
        cmocka_unit_test(a_ratio_needs_its_minimum),
        cmocka_unit_test(a_sum_adds_a_numeric_field),
        cmocka_unit_test(after_joins_kinds_by_subscriber),
        cmocka_unit_test(each_value_of_a_key_counts),
        cmocka_unit_test(min_counts_records_not_their_values),
        cmocka_unit_test(an_average_is_of_a_numeric_field),
        cmocka_unit_test(a_key_is_new_for_a_while_after_its_first_record),
        cmocka_unit_test(a_surge_compares_with_the_same_hour_of_other_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
