/* Windows against a naive model that keeps every record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "model.h"

#define T0 1767225600000LL

/* ---- the model: all records, each with the slices as the contract words them ---- */

enum { MODEL_MAX = 20000 };

struct seen {
    int64_t slice;
    uint64_t member;
    double amount;
};

struct model {
    int64_t window_ms;
    size_t n;
    struct seen seen[MODEL_MAX];
    int64_t newest[9]; /* slice by residue */
};

static struct model *model_new(int64_t window_ms)
{
    struct model *m = calloc(1, sizeof *m);
    m->window_ms = window_ms;
    for (int i = 0; i < 9; i++)
        m->newest[i] = -1;
    return m;
}

static void model_add(struct model *m, int64_t ts, uint64_t member, double amount)
{
    int64_t slice = ts * 8 / m->window_ms;
    if (slice < m->newest[slice % 9])
        return;
    m->newest[slice % 9] = slice;
    m->seen[m->n++] = (struct seen){slice, member, amount};
}

static bool model_has(const struct model *m, const struct seen *s, int64_t slice)
{
    return s->slice <= slice && s->slice >= slice - 8 &&
           m->newest[s->slice % 9] == s->slice;
}

static void model_read(const struct model *m, int64_t ts, enum rf_count_kind kind,
                       struct rf_count_value *out)
{
    static bool member_seen[1 << 16];
    memset(member_seen, 0, sizeof member_seen);
    int64_t slice = ts * 8 / m->window_ms;
    double sum = 0, different = 0, hits = 0;
    out->records = 0;
    for (size_t i = 0; i < m->n; i++) {
        const struct seen *s = &m->seen[i];
        if (!model_has(m, s, slice))
            continue;
        out->records++;
        sum += s->amount;
        hits += s->amount != 0;
        different += !member_seen[s->member];
        member_seen[s->member] = true;
    }
    out->value = kind == RF_COUNT_RATE       ? (double)out->records
                 : kind == RF_COUNT_SUM      ? sum
                 : kind == RF_COUNT_DISTINCT ? different
                 : kind == RF_COUNT_AVERAGE
                     ? (out->records ? sum / (double)out->records : 0)
                 : out->records ? hits / (double)out->records
                                : 0;
}

/* One key, n records of random times around a moving clock, late and early ones too. */
static void against_model(enum rf_count_kind kind, int64_t window_ms, uint32_t cap,
                          uint64_t members, int64_t step_ms, int64_t jitter_ms, size_t n)
{
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct model *m = model_new(window_ms);
    struct rf_count_spec spec = {
        .id = {1, 2}, .kind = kind, .window_ms = window_ms, .distinct_cap = cap};
    struct rf_hash128 key = hash_of(c, 7);
    int64_t clock = T0;
    for (size_t i = 0; i < n; i++) {
        clock += (int64_t)random_below((uint64_t)step_ms + 1);
        if (random_below(200) == 0)
            clock += (int64_t)random_below((uint64_t)window_ms * 3);
        int64_t ts =
            clock - jitter_ms + (int64_t)random_below(2 * (uint64_t)jitter_ms + 1);
        uint64_t member = random_below(members);
        double amount = kind == RF_COUNT_RATIO ? (double)random_below(2)
                        : kind == RF_COUNT_SUM || kind == RF_COUNT_AVERAGE
                            ? (double)random_below(1000)
                            : 0;
        struct rf_hash128 h = hash_of(c, member);
        struct rf_count_value got, want;
        rf_count_add(c, &spec, &key, ts, amount, &h, &got);
        model_add(m, ts, member, amount);
        model_read(m, ts, kind, &want);
        assert_int_equal(got.records, want.records);
        if (kind == RF_COUNT_DISTINCT && want.value > cap)
            assert_true(got.value > cap && got.value <= want.value);
        else
            assert_true(fabs(got.value - want.value) < 1e-9);
        if (i % 7 == 0) {
            ts = clock - (int64_t)random_below((uint64_t)window_ms * 2);
            rf_count_read(c, &spec, &key, ts, &got);
            model_read(m, ts, kind, &want);
            assert_int_equal(got.records, want.records);
            if (kind != RF_COUNT_DISTINCT || want.value <= cap)
                assert_true(fabs(got.value - want.value) < 1e-9);
            else
                assert_true(got.value > cap && got.value <= want.value);
        }
    }
    free(m);
    rf_counters_free(c);
}

static void rate_equals_the_model_in_any_order(void **state)
{
    (void)state;
    against_model(RF_COUNT_RATE, 1000, 0, 1, 50, 0, 3000);
    against_model(RF_COUNT_RATE, 60001, 0, 1, 1000, 30000, 3000);
    against_model(RF_COUNT_RATE, 600000, 0, 1, 5000, 2000000, 3000);
}

static void sum_ratio_and_average_equal_the_model(void **state)
{
    (void)state;
    against_model(RF_COUNT_SUM, 60000, 0, 1, 500, 40000, 3000);
    against_model(RF_COUNT_RATIO, 60000, 0, 1, 500, 40000, 3000);
    against_model(RF_COUNT_AVERAGE, 60000, 0, 1, 500, 40000, 3000);
}

static void distinct_decides_exactly_in_any_order(void **state)
{
    (void)state;
    against_model(RF_COUNT_DISTINCT, 60000, 3, 10, 5000, 0, 3000);
    against_model(RF_COUNT_DISTINCT, 60000, 3, 40, 500, 50000, 3000);
    against_model(RF_COUNT_DISTINCT, 60000, 50, 200, 300, 60000, 3000);
    against_model(RF_COUNT_DISTINCT, 60000, 1024, 30000, 5, 5000, 6000);
    against_model(RF_COUNT_DISTINCT, 3600000, 1024, 1500, 1000, 1000000, 6000);
}

static void the_window_slides_in_eighths(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_count_spec spec = {
        .id = {1, 2}, .kind = RF_COUNT_RATE, .window_ms = 8000, .distinct_cap = 0};
    struct rf_hash128 key = hash_of(c, 7);
    struct rf_count_value v;
    int64_t t = T0 - T0 % 1000;
    rf_count_add(c, &spec, &key, t + 999, 0, NULL, &v); /* last ms of its slice */
    rf_count_read(c, &spec, &key, t + 8999, &v);
    assert_true(v.value == 1); /* the youngest that must be in: 8 s later */
    rf_count_read(c, &spec, &key, t + 9000, &v);
    assert_true(v.value == 0);
    rf_count_read(c, &spec, &key, t - 1, &v);
    assert_true(v.value == 0); /* later records are not in an earlier window */
    rf_counters_free(c);
}

static void a_record_far_in_the_future_spoils_nothing(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_count_spec spec = {
        .id = {1, 2}, .kind = RF_COUNT_RATE, .window_ms = 60000, .distinct_cap = 0};
    struct rf_hash128 key = hash_of(c, 7);
    struct rf_count_value v;
    for (int i = 0; i < 20; i++)
        rf_count_add(c, &spec, &key, T0 + i * 100, 0, NULL, &v);
    assert_true(v.value == 20);
    /* This one falls into another slot than the twenty. */
    rf_count_add(c, &spec, &key, T0 + 50LL * 365 * 86400 * 1000 / 67500 * 67500 + 7500, 0,
                 NULL, &v);
    assert_true(v.value == 1);
    rf_count_add(c, &spec, &key, T0 + 2000, 0, NULL, &v);
    assert_true(v.value == 21);
    rf_counters_free(c);
}

static void impossible_times_are_harmless(void **state)
{
    (void)state;
    static const int64_t times[] = {INT64_MIN,       INT64_MIN + 1, -1,       0, 1,
                                    4200000000000LL, INT64_MAX - 1, INT64_MAX};
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_hash128 key = hash_of(c, 7);
    struct rf_count_value v;
    static const int64_t windows[] = {INT64_MIN, 0, 1, 1000, RF_COUNT_WINDOW_MAX_MS,
                                      INT64_MAX};
    for (size_t w = 0; w < 6; w++) {
        struct rf_count_spec spec = {.id = {w, 2},
                                     .kind = RF_COUNT_RATE,
                                     .window_ms = windows[w],
                                     .distinct_cap = 0};
        for (size_t i = 0; i < 8; i++) {
            rf_count_add(c, &spec, &key, times[i], 0, NULL, &v);
            assert_true(v.value >= 1);
        }
        rf_count_read(c, &spec, &key, 0, &v);
        assert_true(v.value >= 4); /* all before 1970 and at its start */
    }
    rf_counters_free(c);
}

static void a_sum_survives_amounts_that_are_no_numbers(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_count_spec spec = {
        .id = {1, 2}, .kind = RF_COUNT_SUM, .window_ms = 60000, .distinct_cap = 0};
    struct rf_hash128 key = hash_of(c, 7);
    struct rf_count_value v;
    rf_count_add(c, &spec, &key, T0, 1.5, NULL, &v);
    rf_count_add(c, &spec, &key, T0, NAN, NULL, &v);
    rf_count_add(c, &spec, &key, T0, INFINITY, NULL, &v);
    rf_count_add(c, &spec, &key, T0, -0.25, NULL, &v);
    assert_true(v.value == 1.25);
    assert_int_equal(v.records, 4);
    rf_counters_free(c);
}

static void many_different_values_are_estimated_within_5_percent(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_count_spec spec = {.id = {1, 2},
                                 .kind = RF_COUNT_DISTINCT,
                                 .window_ms = 80000,
                                 .distinct_cap = 100000};
    struct rf_hash128 key = hash_of(c, 7);
    struct rf_count_value v;
    for (uint64_t i = 1; i <= 120000; i++) {
        struct rf_hash128 h = hash_of(c, i / 2); /* each value twice */
        rf_count_add(c, &spec, &key, T0 + (int64_t)i / 3, 0, &h, &v);
        double truth = (double)(i / 2 + (i > 0));
        if (truth <= 1000)
            assert_true(v.value == truth);
        else
            assert_true(fabs(v.value / truth - 1) < 0.05);
    }
    assert_int_equal(v.records, 120000);
    /* The first half, 20 s, has left the window. */
    rf_count_read(c, &spec, &key, T0 + 100000, &v);
    assert_true(v.value > 28500 && v.value < 31500);
    assert_true(rf_counters_bytes(c) < 100 * 1024);
    rf_counters_free(c);
}

static void reading_does_not_count(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_count_spec spec = {
        .id = {1, 2}, .kind = RF_COUNT_RATE, .window_ms = 60000, .distinct_cap = 0};
    struct rf_hash128 key = hash_of(c, 7);
    struct rf_count_value v;
    rf_count_read(c, &spec, &key, T0, &v);
    assert_true(v.value == 0 && v.records == 0);
    assert_int_equal(rf_counters_keys(c), 0);
    rf_counters_free(c);
}

static void counters_differ_by_id_key_and_kind(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_count_value v;
    for (uint64_t id = 0; id < 4; id++)
        for (uint64_t k = 0; k < 4; k++)
            for (int kind = RF_COUNT_RATE; kind <= RF_COUNT_RATIO; kind++) {
                struct rf_count_spec spec = {
                    .id = {id, 0}, .kind = kind, .window_ms = 60000, .distinct_cap = 5};
                struct rf_hash128 key = {k, 0}, member = {1, 1};
                rf_count_add(c, &spec, &key, T0, kind != RF_COUNT_DISTINCT, &member, &v);
                assert_int_equal(v.records, 1);
                assert_true(v.value == 1);
            }
    assert_int_equal(rf_counters_keys(c), 64);
    rf_counters_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rate_equals_the_model_in_any_order),
        cmocka_unit_test(sum_ratio_and_average_equal_the_model),
        cmocka_unit_test(distinct_decides_exactly_in_any_order),
        cmocka_unit_test(the_window_slides_in_eighths),
        cmocka_unit_test(a_record_far_in_the_future_spoils_nothing),
        cmocka_unit_test(impossible_times_are_harmless),
        cmocka_unit_test(a_sum_survives_amounts_that_are_no_numbers),
        cmocka_unit_test(many_different_values_are_estimated_within_5_percent),
        cmocka_unit_test(reading_does_not_count),
        cmocka_unit_test(counters_differ_by_id_key_and_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
