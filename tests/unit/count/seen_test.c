/* When a key was first counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/count/count.h"

#define DAY (86400LL * 1000)
#define T0 1767225600000LL

static const struct rf_hash_key zero_key;
static const struct rf_count_spec spec = {
    .id = {1, 2}, .kind = RF_COUNT_NEW, .window_ms = RF_COUNT_SEEN_MS};
static const struct rf_hash128 key = {3, 4};

static double age(struct rf_counters *c, int64_t ts)
{
    struct rf_count_value v;
    rf_count_add(c, &spec, &key, ts, 0, NULL, &v);
    return v.value;
}

static void the_age_is_that_of_the_first_record(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_count_value v;
    rf_count_read(c, &spec, &key, T0, &v);
    assert_true(v.value == 0 && v.records == 0);
    assert_int_equal(rf_counters_keys(c), 0);
    assert_true(age(c, T0) == 0);
    assert_true(age(c, T0 + 1500) == 1.5);
    assert_true(age(c, T0 + 20 * DAY) == 20 * 86400);
    assert_true(age(c, T0 - 3000) == 0); /* late, and earlier than the first so far */
    assert_true(age(c, T0) == 3);
    assert_true(rf_counters_bytes(c) <= 8192);
    rf_counters_free(c);
}

static void a_key_is_forgotten_thirty_days_after_its_last_record(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    age(c, T0);
    assert_true(age(c, T0 + 30 * DAY) == 30 * 86400); /* still known */
    rf_counters_sweep(c, T0 + 59 * DAY, 256);
    assert_true(age(c, T0 + 60 * DAY) == 60 * 86400);
    assert_true(age(c, T0 + 90 * DAY + 1) == 0);
    rf_counters_sweep(c, T0 + 121 * DAY, 256);
    assert_int_equal(rf_counters_keys(c), 0);
    rf_counters_free(c);
}

static void a_record_much_too_early_makes_no_key_old(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    age(c, T0);
    assert_true(age(c, 0) == 0);
    assert_true(age(c, T0 + 1000) == 1);
    rf_counters_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_age_is_that_of_the_first_record),
        cmocka_unit_test(a_key_is_forgotten_thirty_days_after_its_last_record),
        cmocka_unit_test(a_record_much_too_early_makes_no_key_old),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
