/* Calls that are up, against a naive model of calls and counters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>

#include "model.h"

#define T0 1767225600000LL
#define MINUTE 60000LL
#define SLICE (RF_COUNT_CALL_MS / 8)

static const struct rf_count_spec spec = {
    .id = {1, 2}, .kind = RF_COUNT_CONCURRENT, .window_ms = RF_COUNT_CALL_MS};

static unsigned up(struct rf_counters *c, uint64_t k, int64_t ts)
{
    struct rf_hash128 key = hash_of(c, k);
    struct rf_count_value v;
    rf_count_read(c, &spec, &key, ts, &v);
    return (unsigned)v.value;
}

static void answer(struct rf_counters *c, uint64_t k, uint64_t id, int64_t ts)
{
    struct rf_hash128 key = hash_of(c, k), call = hash_of(c, id);
    rf_call_answer(c, &spec, &key, &call, ts);
}

static void alive(struct rf_counters *c, uint64_t id, int64_t ts)
{
    struct rf_hash128 call = hash_of(c, id);
    rf_call_alive(c, &call, ts);
}

static void release_at(struct rf_counters *c, uint64_t id, int64_t ts)
{
    struct rf_hash128 call = hash_of(c, id);
    rf_call_release(c, &call, ts);
}

/* One that an answer of any time may follow. */
static void release(struct rf_counters *c, uint64_t id)
{
    release_at(c, id, 0);
}

static void a_call_is_up_once_from_answer_to_release(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(10000, &zero_key);
    answer(c, 1, 100, T0);
    answer(c, 1, 100, T0 + 5); /* the other leg tells of it too */
    answer(c, 1, 101, T0 + 10);
    answer(c, 2, 101, T0 + 10);
    assert_int_equal(up(c, 1, T0 + 20), 2);
    assert_int_equal(up(c, 2, T0 + 20), 1);
    release(c, 101);
    assert_int_equal(up(c, 1, T0 + 20), 1);
    assert_int_equal(up(c, 2, T0 + 20), 0);
    release(c, 101);
    release(c, 999);
    assert_int_equal(up(c, 1, T0 + 20), 1);
    release(c, 100);
    assert_int_equal(up(c, 1, T0 + 20), 0);
    assert_int_equal(rf_calls_up(c), 0);
    rf_counters_free(c);
}

static void an_answer_that_crossed_its_release_begins_nothing(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(10000, &zero_key);
    release_at(c, 100, T0 + 10);
    answer(c, 1, 100, T0);
    assert_int_equal(up(c, 1, T0 + 20), 0);
    answer(c, 1, 101, T0);
    release_at(c, 101, T0 + 10);
    answer(c, 1, 101, T0 + 1); /* as the other leg saw it */
    assert_int_equal(up(c, 1, T0 + 20), 0);
    answer(c, 1, 101, T0 + 11); /* the id is used again */
    assert_int_equal(up(c, 1, T0 + 20), 1);
    rf_counters_free(c);
}

static void a_call_is_forgotten_two_hours_after_its_last_record(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(10000, &zero_key);
    answer(c, 1, 100, T0);
    answer(c, 1, 101, T0);
    for (int64_t t = 0; t < 600; t += 10)
        alive(c, 100, T0 + t * MINUTE);
    assert_int_equal(up(c, 1, T0 + 119 * MINUTE), 1); /* the other's newest is late */
    assert_int_equal(up(c, 1, T0 + 600 * MINUTE), 1);
    alive(c, 101, T0 + 600 * MINUTE); /* too late: it stays forgotten */
    assert_int_equal(up(c, 1, T0 + 600 * MINUTE), 1);
    assert_int_equal(up(c, 1, T0 + 710 * MINUTE), 1);
    assert_int_equal(up(c, 1, T0 + 726 * MINUTE), 0);
    rf_counters_free(c);
}

static void a_record_slightly_late_sees_the_calls_that_are_up(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(10000, &zero_key);
    answer(c, 1, 100, T0);
    assert_int_equal(up(c, 1, T0 - 1), 1); /* in the slice before */
    rf_counters_free(c);
}

static void beyond_its_room_the_quietest_call_gives_way(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(65536, &zero_key); /* room for 16,384 */
    for (uint64_t i = 0; i < 50000; i++)
        answer(c, 1, i, T0 + (int64_t)i);
    size_t held = rf_calls_up(c);
    assert_true(held <= 16384 && held > 14000);
    assert_int_equal(up(c, 1, T0 + 50000), held); /* those gone are not counted */
    assert_int_equal(rf_counters_evicted(c), 50000 - held);
    assert_true(rf_counters_bytes(c) < 16384 * 200 + 100000);
    for (uint64_t i = 0; i < 50000; i++)
        release(c, i);
    assert_int_equal(up(c, 1, T0 + 50000), 0);
    rf_counters_free(c);
}

static void sweeping_frees_what_is_forgotten(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(10000, &zero_key);
    for (uint64_t i = 0; i < 100; i++)
        answer(c, i, i, T0 + (int64_t)i * MINUTE);
    rf_counters_sweep(c, T0 + 120 * MINUTE, 256);
    assert_int_equal(rf_calls_up(c), 100);
    rf_counters_sweep(c, T0 + 400 * MINUTE, 256);
    assert_int_equal(rf_calls_up(c), 0);
    assert_int_equal(rf_counters_keys(c), 0);
    rf_counters_free(c);
}

/* ---- the model ---- */

enum { CALLS = 40, KEYS = 4 };

struct model {
    bool is_up[CALLS], in[CALLS][KEYS];
    int64_t last[CALLS];
    int64_t slice[CALLS][KEYS]; /* where the key counts it; -1: not */
    int64_t newest[KEYS][9];    /* slice by residue */
};

static void model_move(struct model *m, int call, int key, int64_t slice)
{
    bool fits = slice >= m->newest[key][slice % 9];
    m->slice[call][key] = fits ? slice : -1;
    if (fits)
        m->newest[key][slice % 9] = slice;
}

static void model_record(struct model *m, int call, int64_t ts)
{
    if (m->is_up[call] && ts / SLICE - m->last[call] / SLICE > 8)
        m->is_up[call] = false;
    if (!m->is_up[call] || ts <= m->last[call])
        return;
    for (int k = 0; k < KEYS && ts / SLICE != m->last[call] / SLICE; k++)
        if (m->in[call][k])
            model_move(m, call, k, ts / SLICE);
    m->last[call] = ts;
}

static void model_answer(struct model *m, int call, int key, int64_t ts)
{
    model_record(m, call, ts);
    if (!m->is_up[call]) {
        m->is_up[call] = true;
        m->last[call] = ts;
        for (int k = 0; k < KEYS; k++)
            m->in[call][k] = false;
    }
    if (m->in[call][key])
        return;
    m->in[call][key] = true;
    model_move(m, call, key, m->last[call] / SLICE);
}

static unsigned model_up(const struct model *m, int key, int64_t ts)
{
    unsigned n = 0;
    for (int i = 0; i < CALLS; i++) {
        int64_t s = m->is_up[i] && m->in[i][key] ? m->slice[i][key] : -1;
        n += s >= 0 && s >= ts / SLICE - 8 && m->newest[key][s % 9] == s;
    }
    return n;
}

static void calls_equal_the_model_in_any_order(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(10000, &zero_key);
    static struct model m;
    int64_t clock = T0;
    for (int k = 0; k < KEYS; k++)
        for (int i = 0; i < 9; i++)
            m.newest[k][i] = -1;
    for (int i = 0; i < 30000; i++) {
        int call = (int)random_below(CALLS), key = (int)random_below(KEYS);
        clock += (int64_t)random_below(random_below(20) ? 2 * MINUTE : 60 * MINUTE);
        int64_t ts = clock - (int64_t)random_below(random_below(5) ? 1000 : 200 * MINUTE);
        uint64_t what = random_below(10);
        if (what < 4) {
            answer(c, (uint64_t)key, (uint64_t)call, ts);
            model_answer(&m, call, key, ts);
        } else if (what < 8) {
            alive(c, (uint64_t)call, ts);
            model_record(&m, call, ts);
        } else {
            release(c, (uint64_t)call);
            m.is_up[call] = false;
        }
        assert_int_equal(up(c, (uint64_t)key, ts), model_up(&m, key, ts));
    }
    rf_counters_free(c);
}

/* ---- threads ---- */

static void *come_and_go(void *arg)
{
    struct rf_counters *c = arg;
    for (uint64_t round = 0; round < 40; round++) {
        for (uint64_t i = 0; i < 50; i++) {
            answer(c, i % 3, i, T0 + (int64_t)round * 20 * MINUTE);
            alive(c, (i + 7) % 50, T0 + (int64_t)round * 20 * MINUTE);
        }
        for (uint64_t i = 0; i < 50; i++)
            release(c, i);
    }
    return NULL;
}

static void threads_leave_no_call_behind(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(10000, &zero_key);
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, come_and_go, c);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    for (uint64_t i = 0; i < 50; i++)
        release(c, i);
    for (uint64_t k = 0; k < 3; k++)
        assert_int_equal(up(c, k, T0 + 40 * 20 * MINUTE), 0);
    rf_counters_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_up_once_from_answer_to_release),
        cmocka_unit_test(an_answer_that_crossed_its_release_begins_nothing),
        cmocka_unit_test(a_call_is_forgotten_two_hours_after_its_last_record),
        cmocka_unit_test(a_record_slightly_late_sees_the_calls_that_are_up),
        cmocka_unit_test(beyond_its_room_the_quietest_call_gives_way),
        cmocka_unit_test(sweeping_frees_what_is_forgotten),
        cmocka_unit_test(calls_equal_the_model_in_any_order),
        cmocka_unit_test(threads_leave_no_call_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
