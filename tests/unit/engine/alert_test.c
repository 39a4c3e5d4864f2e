/* When alerts begin and end, as ringfence-rules(5) states it. */
#include "tests/unit/engine/judge.h"

#define T0 1767225600000LL
#define MINUTE 60000LL

/* "begin", "end" and so on: the changes that the record brought, in order. */
static const char *changes(struct judge *j, long long ts, const char *more)
{
    static const char *const names[] = {"begin ", "update ", "end "};
    static char out[64];
    char line[512];
    struct rf_outcome o;
    snprintf(line, sizeof line,
             "{\"kind\":\"call\",\"ts\":%lld,\"from\":\"+8613800000001\","
             "\"to\":\"+8613900000001\"%s}",
             ts, more);
    o = rf_session_line(j->session, rf_str_of(line), &j->reply);
    out[0] = '\0';
    for (uint32_t i = 0; i < o.judgment->nalerts; i++)
        strcat(out, names[o.judgment->alerts[i].event.change]);
    return out;
}

#define RATE                                                                             \
    "rules:\n"                                                                           \
    "  - {id: r, title: R, applies_to: [call], status: stable, action: alert,\n"         \
    "     when: {all: [{event: attempt}, {rate: {key: from, window: 8m, over: 6}}]}"

static void by_default_under_half_for_one_window(void **state)
{
    (void)state;
    struct judge j = judge_open(RATE "}\n");
    for (int i = 0; i < 6; i++)
        assert_string_equal(changes(&j, T0, ""), "");
    assert_string_equal(changes(&j, T0, ""), "begin ");
    assert_string_equal(changes(&j, T0 + 10 * MINUTE, ""), ""); /* low since 9 */
    assert_string_equal(changes(&j, T0 + 17 * MINUTE - 1, ""), "");
    assert_string_equal(changes(&j, T0 + 17 * MINUTE, ""), "end ");
    judge_close(&j);
}

static void clear_says_when_it_ends(void **state)
{
    (void)state;
    struct judge j = judge_open(RATE ", clear: {under: 4, for: 1m}}\n");
    for (int i = 0; i < 6; i++)
        changes(&j, T0, "");
    assert_string_equal(changes(&j, T0, ""), "begin ");
    for (int i = 0; i < 3; i++)
        changes(&j, T0 + 5 * MINUTE, "");
    assert_string_equal(changes(&j, T0 + 9 * MINUTE, ""), ""); /* 4: not under 4 */
    assert_string_equal(changes(&j, T0 + 14 * MINUTE + 1000, ""), ""); /* 2: since now */
    assert_string_equal(changes(&j, T0 + 15 * MINUTE, ""), "");
    assert_string_equal(changes(&j, T0 + 15 * MINUTE + 1000, ""), "end ");
    judge_close(&j);
}

static void without_a_value_it_is_quiet_for_so_long(void **state)
{
    (void)state;
    struct judge j = judge_open(
        "rules:\n"
        "  - {id: n, title: N, applies_to: [call], status: stable, action: alert,\n"
        "     clear: {for: 2m}, when: {trunk: t1}}\n");
    const char *trunk = ",\"trunk\":\"t1\"";
    assert_string_equal(changes(&j, T0, trunk), "begin ");
    assert_string_equal(changes(&j, T0 + MINUTE, trunk), "");
    assert_string_equal(changes(&j, T0 + 2 * MINUTE + 59000, trunk), "");
    assert_string_equal(changes(&j, T0 + 5 * MINUTE, trunk), "end begin ");
    judge_close(&j);
}

static void calls_that_end_end_it(void **state)
{
    (void)state;
    struct judge j = judge_open(
        "rules:\n"
        "  - {id: c, title: C, applies_to: [call], status: stable, action: alert,\n"
        "     clear: {under: 2, for: 1m}, when: {all: [{event: [attempt, answer]},\n"
        "       {concurrent: {key: from, over: 2}}]}}\n");
    assert_string_equal(changes(&j, T0, ",\"call\":\"1\",\"event\":\"answer\""), "");
    assert_string_equal(changes(&j, T0, ",\"call\":\"2\",\"event\":\"answer\""), "");
    assert_string_equal(changes(&j, T0, ",\"call\":\"3\",\"event\":\"answer\""),
                        "begin ");
    changes(&j, T0, ",\"call\":\"3\",\"event\":\"release\"");
    assert_string_equal(changes(&j, T0 + MINUTE, ",\"call\":\"4\""), "");
    changes(&j, T0 + MINUTE, ",\"call\":\"2\",\"event\":\"release\"");
    assert_string_equal(changes(&j, T0 + 2 * MINUTE, ",\"call\":\"4\""), "");
    assert_string_equal(changes(&j, T0 + 3 * MINUTE, ",\"call\":\"4\""), "end ");
    judge_close(&j);
}

static void a_surge_is_an_alert_of_its_key(void **state)
{
    (void)state;
    const long long day = 86400000;
    struct judge j = judge_open(
        "rules:\n"
        "  - {id: s, title: S, applies_to: [call], status: stable, action: alert,\n"
        "     when: {all: [{event: attempt},\n"
        "       {surge: {key: from, window: 10m, times: 3, than: 1d}}]}}\n");
    changes(&j, T0 - 3600000, "");
    changes(&j, T0, "");
    for (int i = 0; i < 3; i++)
        assert_string_equal(changes(&j, T0 + day, ""), "");
    assert_string_equal(changes(&j, T0 + day, ""), "begin ");
    assert_string_equal(changes(&j, T0 + day, ""), "");
    judge_close(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_default_under_half_for_one_window),
        cmocka_unit_test(clear_says_when_it_ends),
        cmocka_unit_test(without_a_value_it_is_quiet_for_so_long),
        cmocka_unit_test(calls_that_end_end_it),
        cmocka_unit_test(a_surge_is_an_alert_of_its_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
