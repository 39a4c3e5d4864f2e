/* Two tables, each with threads that count and one that shares: what all counted comes
 * out exactly, and no thread trips over another (run under TSan, too). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>

#include "model.h"
#include "tests/unit/count/fake_store.h"

#define T0 1767225600000LL

enum { TABLES = 2, WORKERS = 2, ROUNDS = 4000, KEYS = 16 };

static const struct rf_count_spec specs[] = {
    {.id = {1, 0}, .kind = RF_COUNT_RATE, .window_ms = 600000, .over = 10},
    {.id = {1, 1}, .kind = RF_COUNT_SUM, .window_ms = 600000, .over = 10},
    {.id = {1, 2},
     .kind = RF_COUNT_DISTINCT,
     .window_ms = 600000,
     .over = 500,
     .distinct_cap = 500},
    {.id = {1, 3}, .kind = RF_COUNT_NEW, .window_ms = RF_COUNT_SEEN_MS},
    {.id = {1, 4},
     .kind = RF_COUNT_SURGE,
     .window_ms = 600000,
     .than_ms = 86400000,
     .over = 5},
};
static const struct rf_count_spec calls = {
    .id = {2, 0}, .kind = RF_COUNT_CONCURRENT, .window_ms = RF_COUNT_CALL_MS, .over = 5};

static pthread_mutex_t store_lock = PTHREAD_MUTEX_INITIALIZER;
static struct store store;
static struct rf_counters *table[TABLES];
static int working;

static void *work(void *arg)
{
    struct rf_counters *c = arg;
    struct rf_count_value v;
    for (uint64_t i = 0; i < ROUNDS; i++) {
        struct rf_hash128 key = hash_of(c, i % KEYS), member = hash_of(c, i % 97);
        for (size_t k = 0; k < sizeof specs / sizeof *specs; k++)
            rf_count_add(c, &specs[k], &key, T0 + (int64_t)i, 2,
                         rf_count_has_members(&specs[k]) ? &member : NULL, &v);
        rf_call_answer(c, &calls, &key, &member, T0 + (int64_t)i);
        rf_call_release(c, &member, T0 + (int64_t)i);
        if (i % 500 == 0)
            rf_counters_sweep(c, T0, 16);
    }
    __atomic_fetch_sub(&working, 1, __ATOMIC_RELEASE);
    return NULL;
}

static size_t share_once(struct rf_counters *c)
{
    struct rf_share_call news[256];
    struct rf_share_figures f;
    size_t n = rf_share_calls_take(c, news, 256);
    pthread_mutex_lock(&store_lock);
    store_flush(&store, c, T0 + ROUNDS);
    pthread_mutex_unlock(&store_lock);
    for (size_t i = 0; i < n; i++)
        rf_share_call_apply(c == table[0] ? table[1] : table[0], &news[i]);
    rf_share_figures(c, &f);
    return n;
}

static void *share(void *arg)
{
    while (__atomic_load_n(&working, __ATOMIC_ACQUIRE))
        share_once(arg);
    return NULL;
}

static double value(int t, const struct rf_count_spec *spec, uint64_t k)
{
    struct rf_hash128 key = hash_of(table[t], k);
    struct rf_count_value v;
    rf_count_read(table[t], spec, &key, T0 + ROUNDS, &v);
    return v.value;
}

static void what_all_count_comes_out_exactly(void **state)
{
    pthread_t worker[TABLES][WORKERS], sharer[TABLES];
    (void)state;
    working = TABLES * WORKERS;
    for (int t = 0; t < TABLES; t++) {
        struct rf_share_options o = {.slack = 0, .keys_max = 1000};
        table[t] = rf_counters_new(100000, &zero_key);
        rf_counters_share(table[t], &o);
    }
    for (int t = 0; t < TABLES; t++) {
        for (int w = 0; w < WORKERS; w++)
            pthread_create(&worker[t][w], NULL, work, table[t]);
        pthread_create(&sharer[t], NULL, share, table[t]);
    }
    for (int t = 0; t < TABLES; t++) {
        for (int w = 0; w < WORKERS; w++)
            pthread_join(worker[t][w], NULL);
        pthread_join(sharer[t], NULL);
    }
    for (int i = 0; i < 4; i++)
        for (int t = 0; t < TABLES; t++)
            while (share_once(table[t]) > 0)
                ;
    for (int t = 0; t < TABLES; t++)
        for (uint64_t k = 0; k < KEYS; k++) {
            assert_int_equal(value(t, &specs[0], k), TABLES * WORKERS * ROUNDS / KEYS);
            assert_int_equal(value(t, &specs[1], k),
                             2 * TABLES * WORKERS * ROUNDS / KEYS);
            assert_int_equal(value(t, &specs[2], k), 97);
            assert_int_equal(value(t, &calls, k), 0);
        }
    for (int t = 0; t < TABLES; t++)
        rf_counters_free(table[t]);
    store_clear(&store);
}

static void *hash_on(void *arg)
{
    while (__atomic_load_n(&working, __ATOMIC_ACQUIRE))
        hash_of(arg, 1);
    return NULL;
}

static void another_hash_key_while_records_come(void **state)
{
    pthread_t worker, hasher;
    struct rf_share_options o = {.slack = 0, .keys_max = 1000};
    (void)state;
    working = 1;
    table[0] = rf_counters_new(100000, &zero_key);
    rf_counters_share(table[0], &o);
    pthread_create(&worker, NULL, work, table[0]);
    pthread_create(&hasher, NULL, hash_on, table[0]);
    for (uint64_t i = 1; i < 20; i++)
        rf_counters_adopt(table[0], &(struct rf_hash_key){i, i});
    pthread_join(worker, NULL);
    pthread_join(hasher, NULL);
    rf_counters_free(table[0]);
    store_clear(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_all_count_comes_out_exactly),
        cmocka_unit_test(another_hash_key_while_records_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
