/* Several tables that share their counters: numbers, the step, what is promised, and what
 * lost answers and lost data may do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model.h"
#include "tests/unit/count/fake_store.h"

#define T0 1767225600000LL
#define WINDOW 600000LL
#define TABLES 3

static const struct rf_count_spec rate = {.id = {1, 2},
                                          .kind = RF_COUNT_RATE,
                                          .window_ms = WINDOW,
                                          .rule = {"many", 4},
                                          .over = 50};
static struct store store;
static struct rf_counters *table[TABLES];

static struct rf_counters *table_new(double slack, size_t keys_max)
{
    struct rf_counters *c = rf_counters_new(100000, &zero_key);
    struct rf_share_options o = {.slack = slack, .keys_max = keys_max};
    rf_counters_share(c, &o);
    return c;
}

static void begin(double slack)
{
    memset(&store, 0, sizeof store);
    for (int i = 0; i < TABLES; i++)
        table[i] = table_new(slack, 10000);
}

static void end(void)
{
    for (int i = 0; i < TABLES; i++)
        rf_counters_free(table[i]);
    store_clear(&store);
}

static double add(struct rf_counters *c, const struct rf_count_spec *spec, uint64_t k,
                  int64_t ts, double amount)
{
    struct rf_hash128 key = hash_of(table[0], k);
    struct rf_count_value v;
    rf_count_add(c, spec, &key, ts, amount, NULL, &v);
    return v.value;
}

static double value(struct rf_counters *c, const struct rf_count_spec *spec, uint64_t k,
                    int64_t ts)
{
    struct rf_hash128 key = hash_of(table[0], k);
    struct rf_count_value v;
    rf_count_read(c, spec, &key, ts, &v);
    return v.value;
}

static void flush_all(int64_t ts)
{
    for (int i = 0; i < TABLES; i++)
        store_flush(&store, table[i], ts);
}

static void without_slack_each_record_counts_everywhere(void **state)
{
    (void)state;
    begin(0);
    for (int i = 0; i < 60; i++) { /* over slices' borders */
        int64_t ts = T0 + i * 7000;
        double v = add(table[i % TABLES], &rate, 1, ts, 1);
        if (i >= 28) /* from half on every table reads at each flush */
            assert_int_equal(v, i + 1);
        flush_all(ts + 100);
        flush_all(ts + 200);
        flush_all(ts + 300);
    }
    end();
}

static void with_slack_within_the_promise(void **state)
{
    (void)state;
    begin(0.05); /* a step of 3: each of the other two may hold 2 back */
    for (int i = 0; i < 200; i++) {
        int64_t ts = T0 + i * 1000;
        double v = add(table[i % TABLES], &rate, 1, ts, 1);
        assert_true(v <= i + 1);
        assert_true(i < 40 || v >= i + 1 - 4);
        flush_all(ts + 100);
        flush_all(ts + 200);
    }
    end();
}

static void one_off_keys_never_leave(void **state)
{
    (void)state;
    begin(0.05);
    for (uint64_t k = 0; k < 2000; k++)
        add(table[0], &rate, k, T0, 1);
    flush_all(T0);
    assert_int_equal(store.asks, 0);
    add(table[0], &rate, 7, T0, 1); /* its second: under the step of 3 */
    flush_all(T0);
    assert_int_equal(store.asks, 0);
    add(table[0], &rate, 7, T0, 1);
    flush_all(T0);
    assert_int_equal(store.asks, 1);
    end();
}

static void a_key_at_half_is_read_without_own_records(void **state)
{
    (void)state;
    begin(0);
    add(table[1], &rate, 1, T0, 1);
    flush_all(T0);
    for (int i = 0; i < 24; i++)
        add(table[0], &rate, 1, T0, 1);
    flush_all(T0 + 100);
    assert_int_equal(value(table[1], &rate, 1, T0), 1); /* nobody asked */
    add(table[1], &rate, 1, T0, 1);                     /* ... now it learns of 26 */
    flush_all(T0 + 200);
    add(table[0], &rate, 1, T0, 1);
    flush_all(T0 + 300);
    flush_all(T0 + 400);
    assert_int_equal(value(table[1], &rate, 1, T0), 27);
    unsigned asks = store.asks;
    flush_all(T0 + 500);
    assert_int_equal(store.asks, asks + 2);
    flush_all(T0 + 2 * WINDOW); /* both keys are out of use */
    asks = store.asks;
    flush_all(T0 + 2 * WINDOW + 100);
    assert_int_equal(store.asks, asks);
    end();
}

static void a_restart_reads_back(void **state)
{
    (void)state;
    begin(0);
    for (int i = 0; i < 40; i++) {
        add(table[0], &rate, 1, T0 + i * 10000, 1);
        flush_all(T0 + i * 10000);
    }
    rf_counters_free(table[0]);
    table[0] = table_new(0, 10000);
    assert_int_equal(add(table[0], &rate, 1, T0 + 400000, 1), 1);
    store_flush(&store, table[0], T0 + 400000);
    assert_int_equal(value(table[0], &rate, 1, T0 + 400000), 41);
    end();
}

static void at_the_end_the_rest_is_sent(void **state)
{
    (void)state;
    begin(0.05); /* a step of 3 */
    for (int i = 0; i < 5; i++) {
        add(table[0], &rate, 1, T0, 1);
        if (i == 2)
            store_flush(&store, table[0], T0);
    }
    add(table[0], &rate, 2, T0, 1); /* a key seen once stays even now */
    rf_share_last(table[0]);
    store_flush(&store, table[0], T0);
    assert_int_equal(store.adding, 2);
    assert_int_equal(store_flush(&store, table[0], T0), 0);
    assert_int_equal(store.asks, 2);
    for (int i = 0; i < 3; i++)
        add(table[1], &rate, 1, T0, 1);
    store_flush(&store, table[1], T0);
    assert_int_equal(value(table[1], &rate, 1, T0), 8);
    end();
}

static void older_slices_leave_the_window_together(void **state)
{
    (void)state;
    begin(0);
    for (int i = 0; i < 30; i++)
        add(table[0], &rate, 1, T0, 1);
    flush_all(T0);
    add(table[1], &rate, 1, T0 + 300000, 1);
    flush_all(T0 + 300000);
    assert_int_equal(value(table[1], &rate, 1, T0 + 300000), 31);
    assert_int_equal(value(table[1], &rate, 1, T0 + WINDOW + WINDOW / 8), 1);
    end();
}

static void own_records_between_ask_and_answer_stay(void **state)
{
    (void)state;
    begin(0);
    add(table[1], &rate, 1, T0, 1);
    flush_all(T0);
    add(table[0], &rate, 1, T0, 1);
    store.refuse_after = store.asks; /* prepared, then taken back */
    store_flush(&store, table[0], T0);
    add(table[0], &rate, 1, T0, 1);
    store.refuse_after = 0;
    store_flush(&store, table[0], T0);
    assert_int_equal(value(table[0], &rate, 1, T0), 3);
    store_flush(&store, table[0], T0);
    add(table[1], &rate, 1, T0, 1);
    flush_all(T0);
    assert_int_equal(value(table[1], &rate, 1, T0), 4);
    end();
}

static enum fate next;

static enum fate next_fate(void)
{
    return next;
}

static void a_lost_answer_is_never_counted_twice(void **state)
{
    (void)state;
    for (next = LOST_DONE; next <= REFUSED; next++) {
        begin(0);
        add(table[0], &rate, 1, T0, 1);
        flush_all(T0);
        for (int i = 0; i < 5; i++)
            add(table[0], &rate, 1, T0, 1);
        store.fate = next_fate;
        flush_all(T0);
        store.fate = NULL;
        for (int i = 0; i < 4; i++) {
            add(table[1], &rate, 1, T0, 1);
            flush_all(T0);
            add(table[0], &rate, 1, T0, 1);
            flush_all(T0);
            store_run_late(&store);
            assert_true(value(table[0], &rate, 1, T0) <= 6 + 2 * (i + 1));
            assert_true(value(table[1], &rate, 1, T0) <= 6 + 2 * (i + 1));
        }
        assert_int_equal(value(table[1], &rate, 1, T0), next == LOST_NOT ? 8 : 13);
        if (next == LOST_DONE || next == REFUSED)
            assert_int_equal(value(table[0], &rate, 1, T0), 14);
        end();
    }
}

static enum fate any_fate(void)
{
    static const enum fate fates[] = {DONE,      DONE,     DONE,      DONE,
                                      LOST_DONE, LOST_NOT, LOST_LATE, REFUSED};
    return fates[random_below(8)];
}

/* Against all that can go wrong in any order: no table ever says more than the truth. */
static void chaos_never_over_counts(void **state)
{
    (void)state;
    for (int round = 0; round < 40; round++) {
        begin(round % 2 ? 0.05 : 0);
        int truth[4] = {0};
        store.fate = any_fate;
        for (int i = 0; i < 800; i++) {
            int64_t ts = T0 + i * 20; /* in one slice or two: the truth is the sum */
            uint64_t k = random_below(4);
            double v = add(table[random_below(TABLES)], &rate, k, ts, 1);
            truth[k]++;
            assert_true(v <= truth[k]);
            if (random_below(3) == 0)
                store_flush(&store, table[random_below(TABLES)], ts);
            if (random_below(50) == 0)
                store_run_late(&store);
            if (random_below(200) == 0)
                store_clear(&store); /* the store lost all its data */
            if (random_below(100) == 0)
                rf_share_again(table[random_below(TABLES)]);
        }
        for (int i = 0; i < 4; i++)
            for (int t = 0; t < TABLES; t++)
                assert_true(value(table[t], &rate, (uint64_t)i, T0 + 16000) <= truth[i]);
        end();
    }
}

static void the_store_loses_its_data(void **state)
{
    (void)state;
    begin(0);
    for (int i = 0; i < 18; i++)
        add(table[i % 2], &rate, 1, T0, 1);
    flush_all(T0);
    for (int i = 0; i < 2; i++)
        add(table[i], &rate, 1, T0, 1);
    flush_all(T0);
    flush_all(T0);
    store_clear(&store);
    for (int i = 0; i < 20; i++) {
        add(table[i % 2], &rate, 1, T0, 1);
        flush_all(T0);
        flush_all(T0);
    }
    /* what was known is kept; what the other sent before the loss was seen may be missed
     */
    assert_in_range((unsigned)value(table[0], &rate, 1, T0), 36, 40);
    assert_in_range((unsigned)value(table[1], &rate, 1, T0), 36, 40);
    end();
}

static void keys_shared_are_bounded(void **state)
{
    struct rf_share_figures f;
    (void)state;
    begin(0);
    rf_counters_free(table[0]);
    table[0] = table_new(0, 100);
    for (uint64_t k = 0; k < 1000; k++) {
        add(table[0], &rate, k, T0, 1);
        store_flush(&store, table[0], T0);
    }
    rf_share_figures(table[0], &f);
    assert_int_equal(f.keys, 100);
    assert_int_equal(f.evicted, 900);
    add(table[0], &rate, 5, T0, 1); /* gave way: comes back with what it had */
    store_flush(&store, table[0], T0);
    assert_int_equal(value(table[0], &rate, 5, T0), 2);
    end();
}

static void a_full_queue_makes_keys_wait(void **state)
{
    struct rf_share_figures f;
    (void)state;
    begin(0);
    for (uint64_t k = 0; k < 90000; k++)
        add(table[0], &rate, k, T0, 1);
    rf_share_figures(table[0], &f);
    assert_true(f.full > 0);
    store.refuse_after = 1;
    store.asks = 1;
    assert_int_equal(store_flush(&store, table[0], T0), 10000); /* all that may wait */
    end();
}

static void another_hash_key_begins_anew(void **state)
{
    static const struct rf_hash_key other = {5, 6};
    (void)state;
    begin(0);
    add(table[0], &rate, 1, T0, 1);
    flush_all(T0);
    rf_counters_adopt(table[0], &zero_key); /* the same: nothing happens */
    assert_int_equal(rf_counters_keys(table[0]), 1);
    struct rf_hash128 before = hash_of(table[0], 1), after;
    rf_counters_adopt(table[0], &other);
    after = hash_of(table[0], 1);
    assert_true(before.lo != after.lo);
    assert_int_equal(rf_counters_keys(table[0]), 0);
    assert_int_equal(add(table[0], &rate, 1, T0, 1), 1);
    flush_all(T0);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_slack_each_record_counts_everywhere),
        cmocka_unit_test(with_slack_within_the_promise),
        cmocka_unit_test(one_off_keys_never_leave),
        cmocka_unit_test(a_key_at_half_is_read_without_own_records),
        cmocka_unit_test(a_restart_reads_back),
        cmocka_unit_test(at_the_end_the_rest_is_sent),
        cmocka_unit_test(older_slices_leave_the_window_together),
        cmocka_unit_test(own_records_between_ask_and_answer_stay),
        cmocka_unit_test(a_lost_answer_is_never_counted_twice),
        cmocka_unit_test(chaos_never_over_counts),
        cmocka_unit_test(the_store_loses_its_data),
        cmocka_unit_test(keys_shared_are_bounded),
        cmocka_unit_test(a_full_queue_makes_keys_wait),
        cmocka_unit_test(another_hash_key_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
