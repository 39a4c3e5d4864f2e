/* Capacity, eviction, time to live, memory, threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "lib/count/table.h"
#include "model.h"

#define T0 1767225600000LL

static double count(struct rf_counters *c, enum rf_count_kind kind, uint64_t key,
                    int64_t ts, uint64_t member)
{
    struct rf_count_spec spec = {
        .id = {1, 2}, .kind = kind, .window_ms = 60000, .distinct_cap = 100};
    struct rf_hash128 k = hash_of(c, key), m = hash_of(c, member);
    struct rf_count_value v;
    rf_count_add(c, &spec, &k, ts, 1, &m, &v);
    return v.value;
}

static void a_rate_key_costs_at_most_96_bytes(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(200000, &zero_key);
    for (uint64_t i = 0; i < 100000; i++)
        count(c, RF_COUNT_RATE, i, T0, 0);
    assert_int_equal(rf_counters_keys(c), 100000);
    assert_int_equal(rf_counters_evicted(c), 0);
    assert_true(rf_counters_bytes(c) <= 96 * 100000);
    rf_counters_free(c);
}

static void memory_is_flat_however_many_keys_come(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(10000, &zero_key);
    for (uint64_t i = 0; i < 10000; i++)
        count(c, RF_COUNT_DISTINCT, i, T0, i);
    size_t full = rf_counters_bytes(c);
    for (uint64_t i = 10000; i < 300000; i++)
        count(c, (enum rf_count_kind)(i % 4), i, T0 + (int64_t)i / 100, i);
    assert_true(rf_counters_bytes(c) <= full + full / 50);
    assert_true(rf_counters_keys(c) <= 10000);
    assert_true(rf_counters_evicted(c) > 280000);
    rf_counters_free(c);
}

static void a_key_in_use_outlives_a_flood_of_others(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(4096, &zero_key);
    double value = 0;
    for (uint64_t i = 0; i < 100000; i++) {
        if (i % 10 == 0)
            value = count(c, RF_COUNT_RATE, 1, T0 + (int64_t)i / 10, 0);
        count(c, RF_COUNT_RATE, 1000 + i, T0 + (int64_t)i / 10, 0);
    }
    assert_true(value == 10000);
    rf_counters_free(c);
}

static void expired_keys_go_first_and_are_no_loss(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1024, &zero_key);
    for (uint64_t i = 0; i < 500; i++)
        count(c, RF_COUNT_RATE, i, T0, 0);
    for (uint64_t i = 1000; i < 1900; i++)
        count(c, RF_COUNT_RATE, i, T0 + 100000, 0);
    uint64_t lost = rf_counters_evicted(c);
    assert_true(lost < 90); /* stripes fill unevenly */
    rf_counters_free(c);
}

static void sweeping_frees_what_time_has_ended(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(100000, &zero_key);
    for (uint64_t i = 0; i < 20000; i++)
        count(c, i % 2 ? RF_COUNT_RATE : RF_COUNT_DISTINCT, i,
              T0 + (i < 5000 ? 90000 : 0), i);
    struct rf_mark_spec spec = {{3, 3}, 60000, 0, 1};
    struct rf_hash128 key = {1, 1};
    rf_mark_add(c, &spec, &key, T0);
    assert_int_equal(rf_counters_sweep(c, T0 + 60000, 256), 0);
    assert_int_equal(rf_counters_keys(c), 20001);
    assert_int_equal(rf_counters_sweep(c, T0 + 70000, 256), 15001);
    assert_int_equal(rf_counters_keys(c), 5000);
    assert_int_equal(rf_counters_evicted(c), 0);
    assert_true(count(c, RF_COUNT_RATE, 1, T0 + 90000, 0) == 2);
    rf_counters_free(c);
}

/* Keys come, and two of three go again: the third is still found with its count. */
static void keys_that_go_take_no_other_along(void **state)
{
    (void)state;
    enum { KEYS = 30000, ROUNDS = 4 };
    struct rf_counters *c = rf_counters_new(2 * KEYS, &zero_key);
    for (unsigned round = 0; round < ROUNDS; round++) {
        int64_t now = T0 + round * 75000;
        for (uint64_t i = 0; i < KEYS; i++)
            if (i % 3 == 0 || round % 2 == 0)
                assert_int_equal(count(c, RF_COUNT_RATE, i, now, 0),
                                 i % 3 == 0 && round ? 2 : 1);
        for (uint64_t i = 0; i < KEYS; i += 3)
            count(c, RF_COUNT_RATE, i, now + 40000, 0);
        rf_counters_sweep(c, now + 70000, 256);
        assert_int_equal(rf_counters_keys(c), KEYS / 3);
    }
    assert_int_equal(rf_counters_evicted(c), 0);
    rf_counters_free(c);
}

static void large_sets_give_way_by_bytes(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(64, &zero_key); /* one stripe */
    for (uint64_t key = 0; key < 30; key++)
        for (uint64_t i = 0; i < 3000; i++) {
            struct rf_count_spec spec = {.id = {1, 2},
                                         .kind = RF_COUNT_DISTINCT,
                                         .window_ms = 60000,
                                         .distinct_cap = 1024};
            struct rf_hash128 k = hash_of(c, key), m = hash_of(c, i);
            struct rf_count_value v;
            rf_count_add(c, &spec, &k, T0 + (int64_t)i, 1, &m, &v);
        }
    assert_true(rf_counters_bytes(c) < 560 * 1024);
    assert_true(rf_counters_evicted(c) > 0);
    rf_counters_free(c);
}

/* ---- threads ---- */

enum { THREADS = 4, ROUNDS = 20000, SHARED = 32 };

static void *hammer(void *arg)
{
    struct rf_counters *c = arg;
    struct rf_mark_spec marks = {{3, 3}, 60000, 0, 5};
    struct rf_alert_spec alert = {
        .id = {4, 4},
        .over = 50,
        .clear_under = 25,
        .clear_for_ms = 60000,
        .count = {.id = {1, 2}, .kind = RF_COUNT_RATE, .window_ms = 60000}};
    struct rf_alert_event event[2];
    for (uint64_t i = 0; i < ROUNDS; i++) {
        struct rf_hash128 key = hash_of(c, i % SHARED);
        rf_count_prefetch(c, &alert.count, &key);
        rf_count_prefetch_index(c, &alert.count, &key);
        rf_count_prefetch_node(c, &alert.count, &key);
        double v = count(c, RF_COUNT_RATE, i % SHARED, T0 + (int64_t)(i % 1000), 0);
        count(c, RF_COUNT_SUM, i % SHARED, T0, 0);
        count(c, RF_COUNT_DISTINCT, i % SHARED, T0, i % 97);
        count(c, RF_COUNT_RATE, 1000 + i, T0, 0); /* makes the index grow */
        rf_mark_add(c, &marks, &key, T0 + (int64_t)i);
        rf_alert_report(c, &alert, &key, T0, v, v > 50, RF_STR("n"), event);
        if (i % 1000 == 0)
            rf_counters_sweep(c, T0 - 100000, 16);
    }
    return NULL;
}

static void totals_of_threads_are_exact(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(100000, &zero_key);
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, hammer, c), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    for (uint64_t k = 0; k < SHARED; k++) {
        double want = (double)THREADS * ROUNDS / SHARED;
        assert_true(count(c, RF_COUNT_RATE, k, T0 + 5000, 0) == want + 1);
        assert_true(count(c, RF_COUNT_SUM, k, T0, 0) == want + 1);
        assert_true(count(c, RF_COUNT_DISTINCT, k, T0, 1000) == 98);
    }
    assert_int_equal(rf_alerts_running(c), SHARED);
    assert_int_equal(rf_counters_keys(c), 4 * SHARED + ROUNDS);
    rf_counters_free(c);
}

#define HUGE ((size_t)2 << 20)
#define NODES(n) ((size_t)(n) * sizeof(struct node))

/* Pages of the first bytes that are in memory, in percent. */
static size_t resident(void *p, size_t bytes)
{
    static unsigned char in[((size_t)64 << 20) / 4096 + 1];
    size_t n = 0, pages = bytes / (size_t)sysconf(_SC_PAGESIZE);
    assert_true(pages < sizeof in);
    assert_int_equal(mincore(p, bytes, in), 0);
    for (size_t i = 0; i < pages; i++)
        n += in[i] & 1;
    return 100 * n / pages;
}

static bool kernel_gives_memory_early(void)
{
    char *p = rf_mem_pages(4 * HUGE);
    rf_mem_ready(p, 0, 4 * HUGE);
    bool yes = resident(p, 4 * HUGE) == 100;
    free(p);
    return yes;
}

static void memory_is_at_hand_before_it_is_needed(void **state)
{
    (void)state;
    if (!kernel_gives_memory_early()) {
        print_message("SKIP: the kernel gives memory only when it is touched\n");
        return;
    }
    struct rf_counters *c = rf_counters_new(1000000, &zero_key);
    rf_counters_ready(c);
    assert_int_equal(resident(c->nodes, NODES(90000)), 100);
    for (uint64_t i = 0; i < 100000; i++)
        count(c, RF_COUNT_RATE, i, T0, 0);
    rf_counters_ready(c);
    assert_int_equal(resident(c->nodes, NODES(190000)), 100);
    for (uint64_t i = 0; i < 100000; i++)
        assert_true(count(c, RF_COUNT_RATE, i, T0, 0) == 2);
    rf_counters_free(c);
}

static void a_small_table_is_at_hand_as_far_as_it_goes(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    for (uint64_t i = 0; i < 5000; i++) {
        rf_counters_ready(c);
        assert_true(count(c, RF_COUNT_RATE, i, T0, 0) == 1);
    }
    rf_counters_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_key_costs_at_most_96_bytes),
        cmocka_unit_test(memory_is_flat_however_many_keys_come),
        cmocka_unit_test(a_key_in_use_outlives_a_flood_of_others),
        cmocka_unit_test(expired_keys_go_first_and_are_no_loss),
        cmocka_unit_test(sweeping_frees_what_time_has_ended),
        cmocka_unit_test(keys_that_go_take_no_other_along),
        cmocka_unit_test(large_sets_give_way_by_bytes),
        cmocka_unit_test(totals_of_threads_are_exact),
        cmocka_unit_test(memory_is_at_hand_before_it_is_needed),
        cmocka_unit_test(a_small_table_is_at_hand_as_far_as_it_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
