#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/count/count.h"

#define T0 1767225600000LL

static const struct rf_hash_key zero_key;
static const struct rf_alert_spec over_10 = {
    .id = {9, 9},
    .over = 10,
    .clear_under = 5,
    .clear_for_ms = 60000,
    .count = {{1, 2}, RF_COUNT_RATE, 60000, 0},
};
static const struct rf_hash128 key = {5, 6};

/* Count a record and report it, as the engine does. */
static int record(struct rf_counters *c, int64_t ts, struct rf_alert_event out[2])
{
    struct rf_count_value v;
    rf_count_add(c, &over_10.count, &key, ts, 0, NULL, &v);
    return rf_alert_report(c, &over_10, &key, ts, v.value, v.value > over_10.over,
                           RF_STR("+86*12"), out);
}

static void collect(void *arg, const struct rf_alert_event *event)
{
    *(struct rf_alert_event *)arg = *event;
}

static void a_burst_is_one_alert(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_alert_event e[2];
    int begun = 0, updated = 0;
    for (int i = 0; i < 100; i++) {
        int n = record(c, T0 + i * 100, e);
        for (int k = 0; k < n; k++) {
            if (e[k].change == RF_ALERT_BEGIN) {
                assert_int_equal(i, 10);
                assert_int_equal(e[k].since_ms, T0 + 1000);
                assert_true(e[k].value == 11 && e[k].over == 10);
                begun++;
            } else {
                assert_int_equal(e[k].change, RF_ALERT_UPDATE);
                assert_true(e[k].value == 22 || e[k].value == 44 || e[k].value == 88);
                updated++;
            }
        }
    }
    assert_int_equal(begun, 1);
    assert_int_equal(updated, 3);
    assert_int_equal(rf_alerts_running(c), 1);
    rf_counters_free(c);
}

static void it_ends_when_low_for_a_window_at_a_record(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_alert_event e[2];
    for (int i = 0; i < 20; i++)
        record(c, T0 + i * 100, e);
    /* One record a half minute: low from the moment the burst has left the window. */
    int64_t ended = 0;
    for (int64_t ts = T0 + 30000; ts < T0 + 300000 && !ended; ts += 30000)
        if (record(c, ts, e) == 1 && e[0].change == RF_ALERT_END)
            ended = ts;
    assert_int_equal(ended, T0 + 150000);
    assert_int_equal(e[0].since_ms, T0 + 1000);
    assert_true(e[0].peak == 22);
    assert_int_equal(e[0].hits, 12);
    assert_int_equal(e[0].note_bytes, 6);
    assert_memory_equal(e[0].note, "+86*12", 6);
    assert_int_equal(rf_alerts_running(c), 0);
    rf_counters_free(c);
}

static void it_ends_by_time_alone(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_alert_event e[2], end = {0};
    for (int i = 0; i < 20; i++)
        record(c, T0 + i * 100, e);
    int64_t now = T0 + 2000;
    while (!rf_alert_tick(c, now, collect, &end) && now < T0 + 600000)
        now += 1000;
    assert_int_equal(end.change, RF_ALERT_END);
    /* The burst is in the window for 60 to 67.5 s, then it is low for 60 s. */
    assert_true(now >= T0 + 120000 && now <= T0 + 131000);
    assert_int_equal(rf_alerts_running(c), 0);
    rf_counters_free(c);
}

static void a_second_burst_is_a_second_alert_even_without_ticks(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_alert_event e[2];
    struct rf_alert_spec any = over_10;
    any.over = any.clear_under = 0;
    assert_int_equal(rf_alert_report(c, &any, &key, T0, 1, true, RF_STR(""), e), 1);
    assert_int_equal(rf_alert_report(c, &any, &key, T0 + 90000, 1, true, RF_STR(""), e),
                     0);
    assert_int_equal(rf_alert_report(c, &any, &key, T0 + 300000, 1, true, RF_STR(""), e),
                     2);
    assert_int_equal(e[0].change, RF_ALERT_END);
    assert_int_equal(e[0].since_ms, T0);
    assert_int_equal(e[1].change, RF_ALERT_BEGIN);
    assert_int_equal(e[1].since_ms, T0 + 300000);
    rf_counters_free(c);
}

static void a_late_hit_keeps_it_running(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_alert_event e[2], end;
    for (int i = 0; i < 20; i++)
        record(c, T0 + i * 100, e);
    /* A feed two minutes behind the clock goes on hitting. */
    for (int i = 0; i < 300; i++) {
        assert_int_equal(rf_alert_tick(c, T0 + 120000 + i * 1000, collect, &end), 0);
        rf_alert_report(c, &over_10, &key, T0 + 2000 + i * 1000, 11, true, RF_STR(""), e);
    }
    assert_int_equal(rf_alerts_running(c), 1);
    rf_counters_free(c);
}

static void keys_without_an_alert_report_nothing(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_alert_event e[2];
    struct rf_hash128 other = {1, 1};
    for (int i = 0; i < 20; i++)
        record(c, T0 + i * 100, e);
    assert_int_equal(rf_alert_report(c, &over_10, &other, T0, 3, false, RF_STR(""), e),
                     0);
    assert_int_equal(rf_alert_report(c, &over_10, &other, T0, 11, true, RF_STR(""), e),
                     1);
    assert_int_equal(e[0].change, RF_ALERT_BEGIN);
    assert_int_equal(rf_alerts_running(c), 2);
    rf_counters_free(c);
}

static void running_alerts_are_bounded(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_alert_event e[2];
    for (uint64_t i = 0; i < RF_ALERT_MAX + 8000; i++) {
        struct rf_hash128 k = {i, ~i};
        assert_int_equal(
            rf_alert_report(c, &over_10, &k, T0 + (int64_t)i, 11, true, RF_STR("x"), e),
            1);
    }
    assert_true(rf_alerts_running(c) <= RF_ALERT_MAX);
    assert_int_equal(rf_alerts_running(c) + rf_counters_evicted(c), RF_ALERT_MAX + 8000);
    rf_counters_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_one_alert),
        cmocka_unit_test(it_ends_when_low_for_a_window_at_a_record),
        cmocka_unit_test(it_ends_by_time_alone),
        cmocka_unit_test(a_second_burst_is_a_second_alert_even_without_ticks),
        cmocka_unit_test(a_late_hit_keeps_it_running),
        cmocka_unit_test(keys_without_an_alert_report_nothing),
        cmocka_unit_test(running_alerts_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
