/* Calls that are up at once, as ringfence-rules(5) states it. */
#include "tests/unit/engine/judge.h"

#define T0 1767225600000LL
#define MINUTE 60000LL

static const char many[] =
    "rules:\n"
    "  - {id: c, title: C, applies_to: [call], status: stable, action: block,\n"
    "     when: {all: [{event: attempt}, {trunk: t1},\n"
    "       {concurrent: {key: from, over: 2}}]}}\n";

static const char *call(struct judge *j, long long ts, const char *from, const char *id,
                        const char *event)
{
    return judge_verdict(judge_fmt(
        j,
        "{\"kind\":\"call\",\"ts\":%lld,\"from\":\"%s\",\"to\":\"+8613900000001\","
        "\"call\":\"%s\",\"trunk\":\"t1\",%s}",
        ts, from, id, event));
}

#define A "+8613800000001"
#define B "+8613800000002"
#define ATTEMPT "\"event\":\"attempt\""
#define ANSWER "\"event\":\"answer\""
#define UPDATE "\"event\":\"update\""
#define RELEASE "\"event\":\"release\""

static void an_answer_begins_and_a_release_ends(void **state)
{
    (void)state;
    struct judge j = judge_open(many);
    for (int i = 0; i < 10; i++) /* attempts are no calls */
        assert_string_equal(call(&j, T0, A, "x", ATTEMPT), "allow");
    call(&j, T0, A, "1", ANSWER);
    call(&j, T0, A, "2", ANSWER);
    call(&j, T0, A, "2", ANSWER);
    assert_string_equal(call(&j, T0, A, "x", ATTEMPT), "allow");
    call(&j, T0, A, "3", ANSWER);
    assert_string_equal(call(&j, T0 + 1000, A, "x", ATTEMPT), "block");
    assert_string_equal(call(&j, T0 + 1000, B, "x", ATTEMPT), "allow");
    call(&j, T0 + 2000, A, "2", RELEASE);
    assert_string_equal(call(&j, T0 + 2000, A, "x", ATTEMPT), "allow");
    judge_close(&j);
}

static void only_the_event_tests_are_left_out_of_what_begins_one(void **state)
{
    (void)state;
    struct judge j = judge_open(many);
    for (int i = 0; i < 9; i++)
        judge_fmt(&j,
                  "{\"kind\":\"call\",\"from\":\"" A "\",\"to\":\"+8613900000001\","
                  "\"call\":\"o%d\",\"trunk\":\"t2\"," ANSWER "}",
                  i);
    assert_string_equal(call(&j, T0, A, "x", ATTEMPT), "allow");
    judge_close(&j);
}

static void any_release_ends_it(void **state)
{
    (void)state;
    struct judge j = judge_open(many);
    for (int i = 0; i < 3; i++)
        call(&j, T0, A, i == 0 ? "1" : i == 1 ? "2" : "3", ANSWER);
    assert_string_equal(call(&j, T0, A, "x", ATTEMPT), "block");
    assert_verdict(
        &j,
        "{\"kind\":\"call\",\"ts\":1767225601000,\"to\":\"110\",\"call\":\"2\","
        "\"trunk\":\"t9\",\"cause\":16}",
        "allow");
    assert_string_equal(call(&j, T0 + 2000, A, "x", ATTEMPT), "allow");
    judge_close(&j);
}

static void without_a_call_nothing_is_counted(void **state)
{
    (void)state;
    struct judge j = judge_open(many);
    const char *fmt = "{\"kind\":\"call\",\"ts\":%lld,\"from\":\"" A
                      "\",\"to\":\"+8613900000001\",\"trunk\":\"t1\"," ANSWER "}";
    for (int i = 0; i < 9; i++)
        judge_fmt(&j, fmt, T0 + i);
    assert_string_equal(call(&j, T0 + 10, A, "x", ATTEMPT), "allow");
    judge_close(&j);
}

static void two_hours_after_the_last_record_it_is_forgotten(void **state)
{
    (void)state;
    struct judge j = judge_open(many);
    for (int i = 0; i < 4; i++)
        call(&j, T0, A, i == 0 ? "1" : i == 1 ? "2" : i == 2 ? "3" : "4", ANSWER);
    for (int i = 0; i < 3; i++)
        call(&j, T0 + 90 * MINUTE, A, i == 0 ? "1" : i == 1 ? "2" : "3", UPDATE);
    assert_string_equal(call(&j, T0 + 200 * MINUTE, A, "x", ATTEMPT), "block");
    call(&j, T0 + 201 * MINUTE, A, "3", RELEASE);
    assert_string_equal(call(&j, T0 + 202 * MINUTE, A, "x", ATTEMPT), "allow");
    judge_close(&j);
}

static void resent_and_test_records_neither_begin_nor_end(void **state)
{
    (void)state;
    struct judge j = judge_open(many);
    for (int i = 0; i < 3; i++)
        call(&j, T0, A, i == 0 ? "1" : i == 1 ? "2" : "3", ANSWER ",\"resend\":true");
    assert_string_equal(call(&j, T0, A, "x", ATTEMPT), "allow");
    for (int i = 0; i < 3; i++)
        call(&j, T0, A, i == 0 ? "1" : i == 1 ? "2" : "3", ANSWER);
    call(&j, T0, A, "2", RELEASE ",\"test\":true");
    assert_string_equal(call(&j, T0, A, "x", ATTEMPT ",\"resend\":true"), "block");
    judge_close(&j);
}

static void a_rule_in_monitor_mode_counts_one_that_is_off_does_not(void **state)
{
    (void)state;
    struct judge j = judge_open(
        "rules:\n"
        "  - {id: m, title: M, applies_to: [call], mode: monitor, action: block,\n"
        "     when: {all: [{event: attempt}, {concurrent: {key: to, over: 1}}]}}\n"
        "  - {id: o, title: O, applies_to: [call], mode: 'off', action: block,\n"
        "     when: {all: [{event: attempt}, {concurrent: {key: to, over: 1}}]}}\n");
    call(&j, T0, A, "1", ANSWER);
    call(&j, T0, B, "2", ANSWER);
    const char *reply = judge_fmt(
        &j, "{\"kind\":\"call\",\"ts\":%lld,\"to\":\"+8613900000001\"}", T0 + 1);
    assert_non_null(strstr(reply, "\"shadow\":[\"m\"]"));
    judge_close(&j);
}

static void the_answer_itself_is_counted_before_it_is_tested(void **state)
{
    (void)state;
    struct judge j = judge_open(
        "rules:\n"
        "  - {id: a, title: A, applies_to: [call], status: stable, action: block,\n"
        "     when: {all: [{event: [answer, update]}, {concurrent: {over: 1}}]}}\n"
        "  - {id: q, title: Q, applies_to: [call], status: stable, action: warn,\n"
        "     when: {all: [{event: attempt}, {concurrent: {key: from, under: 1}}]}}\n");
    assert_string_equal(call(&j, T0, A, "1", ATTEMPT), "warn"); /* none is up */
    assert_string_equal(call(&j, T0, A, "1", ANSWER), "allow");
    assert_string_equal(call(&j, T0, A, "2", ATTEMPT), "allow");
    assert_string_equal(call(&j, T0, B, "2", ANSWER), "block");
    assert_string_equal(call(&j, T0, A, "1", UPDATE), "block");
    judge_close(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_begins_and_a_release_ends),
        cmocka_unit_test(only_the_event_tests_are_left_out_of_what_begins_one),
        cmocka_unit_test(any_release_ends_it),
        cmocka_unit_test(without_a_call_nothing_is_counted),
        cmocka_unit_test(two_hours_after_the_last_record_it_is_forgotten),
        cmocka_unit_test(resent_and_test_records_neither_begin_nor_end),
        cmocka_unit_test(a_rule_in_monitor_mode_counts_one_that_is_off_does_not),
        cmocka_unit_test(the_answer_itself_is_counted_before_it_is_tested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
