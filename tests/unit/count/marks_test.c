/* Marks of `after` against a model that keeps every mark. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "model.h"

#define T0 1767225600000LL

static size_t model_count(const int64_t *t, size_t n, int64_t from, int64_t to)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        k += t[i] >= from && t[i] <= to;
    return k;
}

/* n marks of one key, a test before each. exact: every answer must be the model's; else
 * only a "no" may be wrong, and only where few marks are missing. Returns the wrong. */
static size_t against_model(struct rf_mark_spec spec, size_t n, int64_t step_ms,
                            int64_t jitter_ms, bool exact)
{
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_hash128 key = {5, 6};
    int64_t *t = calloc(n, sizeof *t), clock = T0;
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
        clock += (int64_t)random_below((uint64_t)step_ms * 2);
        int64_t ts = clock - (int64_t)random_below((uint64_t)jitter_ms + 1);
        bool want =
            model_count(t, i, ts - spec.within_ms, ts - spec.at_least_ms) >= spec.times;
        bool got = rf_mark_test(c, &spec, &key, ts);
        if (exact)
            assert_int_equal(got, want);
        assert_true(want || !got);
        wrong += want != got;
        rf_mark_add(c, &spec, &key, ts);
        t[i] = ts;
    }
    free(t);
    rf_counters_free(c);
    return wrong;
}

static void newest_marks_decide_exactly(void **state)
{
    (void)state;
    against_model((struct rf_mark_spec){{1, 1}, 10000, 0, 1}, 3000, 8000, 0, true);
    against_model((struct rf_mark_spec){{1, 1}, 10000, 0, 5}, 3000, 2500, 0, true);
    against_model((struct rf_mark_spec){{1, 1}, 100000, 0, 200}, 3000, 500, 0, true);
    against_model((struct rf_mark_spec){{1, 1}, 60000, 0, 1024}, 5000, 60, 0, true);
}

static void late_records_find_their_marks(void **state)
{
    (void)state;
    against_model((struct rf_mark_spec){{1, 1}, 10000, 0, 2}, 3000, 5000, 30000, true);
}

static void few_marks_are_exact_with_at_least(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++)
        against_model((struct rf_mark_spec){{1, 1}, 60000, 20000, 3}, 64, 8000, 20000,
                      true);
}

static void many_marks_are_never_over_counted(void **state)
{
    (void)state;
    size_t wrong = against_model((struct rf_mark_spec){{1, 1}, 60000, 20000, 50}, 5000,
                                 800, 2000, false);
    assert_true(wrong < 500);
    wrong =
        against_model((struct rf_mark_spec){{1, 1}, 60000, 20000, 1}, 5000, 50, 0, false);
    assert_int_equal(wrong, 0); /* once is once: hundreds of marks lie in the interval */
}

static void a_mark_counts_from_at_least_to_within(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_mark_spec spec = {{1, 1}, 10000, 3000, 1};
    struct rf_hash128 key = {5, 6}, other = {6, 5};
    rf_mark_add(c, &spec, &key, T0);
    assert_false(rf_mark_test(c, &spec, &key, T0));
    assert_false(rf_mark_test(c, &spec, &key, T0 + 2999));
    assert_true(rf_mark_test(c, &spec, &key, T0 + 3000));
    assert_true(rf_mark_test(c, &spec, &key, T0 + 10000));
    assert_false(rf_mark_test(c, &spec, &key, T0 + 10001));
    assert_false(rf_mark_test(c, &spec, &key, T0 - 1));
    assert_false(rf_mark_test(c, &spec, &other, T0 + 5000));
    rf_counters_free(c);
}

static void marks_of_impossible_times_are_harmless(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_mark_spec spec = {{1, 1}, INT64_MAX / 2, 1, 1};
    struct rf_hash128 key = {5, 6};
    for (int i = 0; i < 200; i++) {
        rf_mark_add(c, &spec, &key, INT64_MIN + i);
        rf_mark_add(c, &spec, &key, INT64_MAX - i);
        rf_mark_add(c, &spec, &key, T0 + i * 1000);
    }
    assert_true(rf_mark_test(c, &spec, &key, T0 + 300000));
    rf_counters_free(c);
}

static void on_mark(void *arg, const struct rf_mark_spec *spec,
                    const struct rf_hash128 *key, int64_t ts_ms)
{
    int64_t *last = arg;
    assert_int_equal(spec->within_ms, 60000);
    assert_int_equal(key->lo, 5);
    *last = ts_ms;
}

/* Of what is made here others are told; what they tell is not told back to them. */
static void only_marks_made_here_are_told(void **state)
{
    (void)state;
    int64_t last = 0;
    struct rf_hash128 key = {5, 6};
    struct rf_mark_spec spec = {.id = {1, 2}, .within_ms = 60000, .times = 2};
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    rf_mark_watch(c, on_mark, &last);
    rf_mark_add(c, &spec, &key, T0);
    assert_int_equal(last, T0);
    rf_mark_take(c, &spec, &key, T0 + 1000);
    assert_int_equal(last, T0);
    assert_true(rf_mark_test(c, &spec, &key, T0 + 2000));
    rf_counters_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newest_marks_decide_exactly),
        cmocka_unit_test(late_records_find_their_marks),
        cmocka_unit_test(few_marks_are_exact_with_at_least),
        cmocka_unit_test(many_marks_are_never_over_counted),
        cmocka_unit_test(a_mark_counts_from_at_least_to_within),
        cmocka_unit_test(only_marks_made_here_are_told),
        cmocka_unit_test(marks_of_impossible_times_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
