/* Every kind of behavior over two tables that share it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "model.h"
#include "tests/unit/count/fake_store.h"

#define T0 1767225600000LL
#define HOUR 3600000LL
#define DAY (24 * HOUR)

static struct store store;
static struct rf_counters *a, *b;

static struct rf_counters *table_new(double slack)
{
    struct rf_counters *c = rf_counters_new(100000, &zero_key);
    struct rf_share_options o = {.slack = slack, .keys_max = 10000};
    rf_counters_share(c, &o);
    return c;
}

static void begin(double slack)
{
    memset(&store, 0, sizeof store);
    a = table_new(slack);
    b = table_new(slack);
}

static void end(void)
{
    rf_counters_free(a);
    rf_counters_free(b);
    store_clear(&store);
}

/* News of calls as the daemon's store carries them: to everybody else. */
static void flush(int64_t ts)
{
    struct rf_share_call news[64];
    size_t n = rf_share_calls_take(a, news, 64);
    for (size_t i = 0; i < n; i++)
        rf_share_call_apply(b, &news[i]);
    n = rf_share_calls_take(b, news, 64);
    for (size_t i = 0; i < n; i++)
        rf_share_call_apply(a, &news[i]);
    for (int i = 0; i < 2; i++) {
        store_flush(&store, a, ts);
        store_flush(&store, b, ts);
    }
}

static struct rf_count_value count(struct rf_counters *c,
                                   const struct rf_count_spec *spec, int64_t ts,
                                   double amount, uint64_t member)
{
    struct rf_hash128 key = hash_of(a, 1), m = hash_of(a, member);
    struct rf_count_value v;
    rf_count_add(c, spec, &key, ts, amount, rf_count_has_members(spec) ? &m : NULL, &v);
    return v;
}

static struct rf_count_value value(struct rf_counters *c,
                                   const struct rf_count_spec *spec, int64_t ts)
{
    struct rf_hash128 key = hash_of(a, 1);
    struct rf_count_value v;
    rf_count_read(c, spec, &key, ts, &v);
    return v;
}

static void sums_averages_and_ratios_add_up(void **state)
{
    static const enum rf_count_kind kinds[] = {RF_COUNT_SUM, RF_COUNT_AVERAGE,
                                               RF_COUNT_RATIO};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct rf_count_spec spec = {
            .id = {7, (uint64_t)i}, .kind = kinds[i], .window_ms = HOUR, .over = 3};
        begin(0);
        double sum = 0;
        for (int k = 0; k < 20; k++) {
            double amount = kinds[i] == RF_COUNT_RATIO ? k % 4 == 0 : k * 0.125;
            sum += amount;
            count(k % 2 ? b : a, &spec, T0 + k * 60000, amount, 0);
            flush(T0 + k * 60000);
        }
        double want = kinds[i] == RF_COUNT_SUM ? sum : sum / 20;
        assert_true(fabs(value(a, &spec, T0 + 20 * 60000).value - want) < 0.001);
        assert_true(fabs(value(b, &spec, T0 + 20 * 60000).value - want) < 0.001);
        assert_int_equal(value(b, &spec, T0 + 20 * 60000).records, 20);
        end();
    }
}

static void different_values_are_joined(void **state)
{
    static const struct rf_count_spec spec = {.id = {8, 1},
                                              .kind = RF_COUNT_DISTINCT,
                                              .window_ms = HOUR,
                                              .distinct_cap = 50,
                                              .over = 50};
    (void)state;
    begin(0);
    for (uint64_t k = 0; k < 60; k++) { /* each value on both: once */
        int64_t ts = T0 + (int64_t)k * 1000;
        count(k % 2 ? b : a, &spec, ts, 0, k);
        flush(ts);
        struct rf_count_value v = count(k % 2 ? a : b, &spec, ts, 0, k);
        flush(ts);
        if (k >= 26)
            assert_int_equal(v.value > 50, k + 1 > 50);
        if (k >= 26 && k <= 50)
            assert_int_equal(v.value, k + 1);
    }
    assert_int_equal(value(a, &spec, T0 + 60000).records, 120);
    end();
}

static void one_value_again_and_again_is_not_news(void **state)
{
    static const struct rf_count_spec spec = {.id = {8, 2},
                                              .kind = RF_COUNT_DISTINCT,
                                              .window_ms = HOUR,
                                              .distinct_cap = 100,
                                              .over = 100};
    (void)state;
    begin(0.05);
    for (int k = 0; k < 1000; k++) {
        count(a, &spec, T0, 0, 1);
        store_flush(&store, a, T0);
    }
    assert_in_range(store.adding, 0, 60); /* the number of records, ever more rarely */
    end();
}

static void values_lost_by_the_store_are_sent_again(void **state)
{
    static const struct rf_count_spec spec = {.id = {8, 3},
                                              .kind = RF_COUNT_DISTINCT,
                                              .window_ms = HOUR,
                                              .distinct_cap = 10,
                                              .over = 10};
    (void)state;
    begin(0);
    for (uint64_t k = 0; k < 8; k++)
        count(a, &spec, T0, 0, k);
    flush(T0);
    store_clear(&store);
    count(a, &spec, T0, 0, 8);
    flush(T0);
    flush(T0); /* a has noticed */
    count(a, &spec, T0, 0, 9);
    flush(T0);
    count(b, &spec, T0, 0, 10);
    flush(T0);
    assert_int_equal(value(b, &spec, T0).value, 11);
    end();
}

static void many_values_travel_as_registers(void **state)
{
    static const struct rf_count_spec spec = {.id = {8, 4},
                                              .kind = RF_COUNT_DISTINCT,
                                              .window_ms = HOUR,
                                              .distinct_cap = 5000,
                                              .over = 5000};
    (void)state;
    begin(0.05);
    for (uint64_t k = 0; k < 20000; k++) {
        int64_t ts = T0 + (int64_t)k * 60;
        count(k % 2 ? b : a, &spec, ts, 0, k);
        if (k % 50 == 0)
            flush(ts);
    }
    flush(T0 + 20000 * 60);
    double va = value(a, &spec, T0 + 20000 * 60).value;
    double vb = value(b, &spec, T0 + 20000 * 60).value;
    assert_true(va > 18500 && va < 21500); /* 1.6 % standard error, and a step each */
    assert_true(vb > 18500 && vb < 21500);
    end();
}

static void the_earliest_first_time_wins(void **state)
{
    static const struct rf_count_spec spec = {
        .id = {9, 1}, .kind = RF_COUNT_NEW, .window_ms = RF_COUNT_SEEN_MS};
    (void)state;
    begin(0);
    count(a, &spec, T0, 0, 0);
    flush(T0);
    count(b, &spec, T0 + 5 * DAY, 0, 0);
    flush(T0 + 5 * DAY);
    assert_int_equal(count(b, &spec, T0 + 6 * DAY, 0, 0).value, 6 * 86400);
    rf_counters_free(a); /* begun anew, it reads back */
    a = table_new(0);
    count(a, &spec, T0 + 7 * DAY, 0, 0);
    flush(T0 + 7 * DAY);
    assert_int_equal(value(a, &spec, T0 + 7 * DAY).value, 7 * 86400);
    end();
}

static void a_key_seen_once_is_new_elsewhere(void **state)
{
    static const struct rf_count_spec spec = {
        .id = {9, 2}, .kind = RF_COUNT_NEW, .window_ms = RF_COUNT_SEEN_MS};
    (void)state;
    begin(0.05);
    count(a, &spec, T0, 0, 0);
    flush(T0);
    assert_int_equal(store.asks, 0); /* one record never leaves */
    count(a, &spec, T0 + 1, 0, 0);
    flush(T0);
    assert_int_equal(store.adding, 1);
    end();
}

static void what_is_usual_is_known_to_all(void **state)
{
    static const struct rf_count_spec spec = {.id = {9, 3},
                                              .kind = RF_COUNT_SURGE,
                                              .window_ms = HOUR / 6,
                                              .than_ms = 2 * DAY,
                                              .over = 5};
    (void)state;
    begin(0);
    for (int h = 0; h < 72; h++) /* 8 records an hour, half here, half there */
        for (int k = 0; k < 8; k++) {
            count(k % 2 ? b : a, &spec, T0 + h * HOUR + k * 1000, 0, 0);
            flush(T0 + h * HOUR + k * 1000);
        }
    int64_t ts = T0 + 72 * HOUR + 1000;
    rf_counters_free(b);
    b = table_new(0);
    for (int k = 0; k < 24; k++) {
        count(k % 2 ? b : a, &spec, ts, 0, 0);
        flush(ts);
    }
    assert_true(fabs(value(a, &spec, ts).value - 3) < 0.5);
    assert_true(fabs(value(b, &spec, ts).value - 3) < 0.5); /* after a restart, too */
    end();
}

/* ---- calls ---- */

static const struct rf_count_spec calls = {.id = {10, 1},
                                           .kind = RF_COUNT_CONCURRENT,
                                           .window_ms = RF_COUNT_CALL_MS,
                                           .over = 50};

static void answer(struct rf_counters *c, uint64_t id, int64_t ts)
{
    struct rf_hash128 key = hash_of(a, 1), call = hash_of(a, id);
    rf_call_answer(c, &calls, &key, &call, ts);
}

static void release(struct rf_counters *c, uint64_t id, int64_t ts)
{
    struct rf_hash128 call = hash_of(a, id);
    rf_call_release(c, &call, ts);
}

static void calls_answered_here_and_released_there(void **state)
{
    (void)state;
    begin(0);
    for (uint64_t i = 0; i < 20; i++)
        answer(i % 2 ? b : a, i, T0);
    flush(T0);
    assert_int_equal(value(a, &calls, T0).value, 20);
    assert_int_equal(value(b, &calls, T0).value, 20);
    for (uint64_t i = 0; i < 20; i++) /* where they were not answered */
        release(i % 2 ? a : b, i, T0 + 1000);
    flush(T0 + 1000);
    assert_int_equal(value(a, &calls, T0 + 1000).value, 0);
    assert_int_equal(value(b, &calls, T0 + 1000).value, 0);
    end();
}

static void a_call_of_few_stays_here_but_its_release_is_told(void **state)
{
    (void)state;
    begin(0.05); /* a step of 3 */
    answer(a, 1, T0);
    answer(a, 2, T0);
    flush(T0);
    assert_int_equal(value(b, &calls, T0).value, 0);
    answer(a, 3, T0);
    flush(T0);
    assert_int_equal(value(b, &calls, T0).value, 1);
    release(b, 1, T0 + 1);
    release(b, 3, T0 + 1);
    flush(T0 + 1);
    assert_int_equal(value(a, &calls, T0 + 1).value, 1);
    assert_int_equal(value(b, &calls, T0 + 1).value, 0);
    struct rf_share_call news[4];
    assert_int_equal(rf_share_calls_take(a, news, 4), 0); /* both ends came from b */
    end();
}

static void news_twice_or_late_change_nothing(void **state)
{
    struct rf_share_call news[4];
    (void)state;
    begin(0);
    answer(a, 1, T0);
    release(a, 1, T0 + 5);
    size_t n = rf_share_calls_take(a, news, 4);
    assert_int_equal(n, 2);
    for (int round = 0; round < 3; round++)
        for (size_t i = 0; i < n; i++)
            rf_share_call_apply(b, &news[round ? n - 1 - i : i]);
    assert_int_equal(value(b, &calls, T0 + 10).value, 0);
    assert_int_equal(rf_calls_up(b), 0);
    end();
}

static void missed_news_leave_no_call_up(void **state)
{
    static struct rf_share_call news[70000];
    (void)state;
    begin(0.05); /* a step of 3 */
    for (uint64_t i = 0; i < 4; i++)
        answer(a, i, T0);
    flush(T0);
    assert_int_equal(value(b, &calls, T0).value, 2);
    for (uint64_t i = 100; i < 66000; i++) /* more than can wait */
        release(a, i, T0 + 1);
    release(a, 3, T0 + 1);
    size_t n = rf_share_calls_take(a, news, 70000);
    assert_int_equal(news[n - 1].what, RF_SHARE_MISSED);
    for (size_t i = 0; i < n; i++)
        rf_share_call_apply(b, &news[i]);
    assert_int_equal(value(b, &calls, T0 + 1).value, 0);
    assert_int_equal(value(a, &calls, T0 + 1).value, 3); /* knows its own */
    end();
}

static void an_update_elsewhere_keeps_a_call_up(void **state)
{
    (void)state;
    begin(0);
    struct rf_hash128 call = hash_of(a, 1);
    answer(a, 1, T0);
    flush(T0);
    rf_call_alive(b, &call, T0 + HOUR);
    flush(T0 + HOUR);
    assert_int_equal(value(a, &calls, T0 + 2 * HOUR + HOUR / 2).value, 1);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_averages_and_ratios_add_up),
        cmocka_unit_test(different_values_are_joined),
        cmocka_unit_test(one_value_again_and_again_is_not_news),
        cmocka_unit_test(values_lost_by_the_store_are_sent_again),
        cmocka_unit_test(many_values_travel_as_registers),
        cmocka_unit_test(the_earliest_first_time_wins),
        cmocka_unit_test(a_key_seen_once_is_new_elsewhere),
        cmocka_unit_test(what_is_usual_is_known_to_all),
        cmocka_unit_test(calls_answered_here_and_released_there),
        cmocka_unit_test(a_call_of_few_stays_here_but_its_release_is_told),
        cmocka_unit_test(news_twice_or_late_change_nothing),
        cmocka_unit_test(missed_news_leave_no_call_up),
        cmocka_unit_test(an_update_elsewhere_keeps_a_call_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
