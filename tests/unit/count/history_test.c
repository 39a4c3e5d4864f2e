/* What is usual, against a naive model that keeps the peak of every hour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "model.h"

#define HOUR 3600000LL
#define DAY (24 * HOUR)
#define T0 (1767225600000LL)

static const struct rf_hash128 key = {3, 4};

static struct rf_count_spec surge(int64_t window_ms, int days)
{
    return (struct rf_count_spec){.id = {1, 2},
                                  .kind = RF_COUNT_SURGE,
                                  .window_ms = window_ms,
                                  .than_ms = days * DAY};
}

/* n records a second apart from ts on; the value at the last. */
static double burst(struct rf_counters *c, const struct rf_count_spec *s, int64_t ts,
                    int n)
{
    struct rf_count_value v = {0};
    for (int i = 0; i < n; i++)
        rf_count_add(c, s, &key, ts + i * 1000, 0, NULL, &v);
    assert_int_equal(v.records, n);
    return v.value;
}

static void nothing_is_usual_on_the_first_day(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_count_spec s = surge(10 * 60000, 7);
    assert_true(burst(c, &s, T0, 5) == 0);
    assert_true(burst(c, &s, T0 + 12 * HOUR, 500) == 0);
    /* the hour of the first record may have begun before it was looked at */
    assert_true(burst(c, &s, T0 + DAY, 500) == 0);
    rf_counters_free(c);
}

static void the_value_is_the_multiple_of_the_same_hours_mean(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_count_spec s = surge(10 * 60000, 3);
    burst(c, &s, T0 - 2 * HOUR, 1);
    burst(c, &s, T0, 10);
    burst(c, &s, T0 + 12 * HOUR, 400); /* another hour of the day */
    assert_true(burst(c, &s, T0 + DAY, 20) == 2);
    assert_true(burst(c, &s, T0 + 2 * DAY, 30) == 2);               /* than 15 */
    assert_true(burst(c, &s, T0 + 3 * DAY, 60) == 3);               /* than 20 */
    assert_true(fabs(burst(c, &s, T0 + 4 * DAY, 55) - 1.5) < 1e-9); /* (20+30+60) / 3 */
    struct rf_count_value v;
    rf_count_read(c, &s, &key, T0 + 4 * DAY + 60000, &v);
    assert_true(fabs(v.value - 1.5) < 1e-9);
    rf_counters_free(c);
}

static void a_quiet_hour_makes_anything_a_surge(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_count_spec s = surge(10 * 60000, 1);
    burst(c, &s, T0, 10);
    assert_true(burst(c, &s, T0 + DAY + 5 * HOUR, 3) == RF_COUNT_SURGE_MAX);
    rf_counters_free(c);
}

static void a_key_silent_for_too_long_begins_anew(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_count_spec s = surge(10 * 60000, 2);
    burst(c, &s, T0, 10);
    assert_true(burst(c, &s, T0 + 10 * DAY, 500) == 0);
    rf_counters_sweep(c, T0 + 14 * DAY, 256);
    assert_int_equal(rf_counters_keys(c), 0);
    assert_int_equal(rf_counters_bytes(c) < 64 * 1024, 1);
    rf_counters_free(c);
}

static void members_are_counted_once(void **state)
{
    (void)state;
    struct rf_counters *c = rf_counters_new(1000, &zero_key);
    struct rf_count_spec s = surge(10 * 60000, 2);
    struct rf_count_value v;
    s.members = true;
    s.distinct_cap = UINT32_MAX;
    for (int day = 0; day < 3; day++)
        for (uint64_t i = 0; i < 300; i++) {
            struct rf_hash128 m = {i % (day == 2 ? 60 : 20), 0};
            rf_count_add(c, &s, &key, T0 + day * DAY - (day ? 0 : 2 * HOUR), 0, &m, &v);
            if (day < 2)
                rf_count_add(c, &s, &key, T0 + day * DAY, 0, &m, &v);
        }
    assert_true(v.value == 3);
    rf_counters_free(c);
}

/* ---- the model ---- */

enum { RECORDS = 4000, HOURS = 24 * 400 };

struct model {
    int64_t slice[RECORDS];
    size_t n;
    int64_t newest[9];
    double peak[HOURS];
    int64_t first, last; /* hours since T0 */
};

static double model_add(struct model *m, int64_t ts, int64_t window, int days)
{
    int64_t slice = ts * 8 / window, hour = (ts - T0) / HOUR;
    double value = 0, sum = 0;
    int known = 0;
    if (slice >= m->newest[slice % 9]) {
        m->newest[slice % 9] = slice;
        m->slice[m->n++] = slice;
    }
    for (size_t i = 0; i < m->n; i++)
        value += m->slice[i] <= slice && m->slice[i] >= slice - 8 &&
                 m->newest[m->slice[i] % 9] == m->slice[i];
    if (hour - m->last > 24 * (days + 1))
        m->first = hour;
    m->last = hour > m->last ? hour : m->last;
    m->first = hour < m->first ? hour : m->first;
    m->peak[hour] = fmax(m->peak[hour], value);
    for (int d = 1; d <= days && hour - 24 * d > m->first; d++, known++)
        sum += m->peak[hour - 24 * d];
    return known == 0 ? 0 : sum > 0 ? value * known / sum : RF_COUNT_SURGE_MAX;
}

static void surges_equal_the_model(void **state)
{
    (void)state;
    static struct model m;
    for (int days = 1; days <= 7; days += 3) {
        struct rf_counters *c = rf_counters_new(1000, &zero_key);
        struct rf_count_spec s = surge(10 * 60000, days);
        int64_t clock = T0 + DAY;
        m = (struct model){.first = 24, .last = 24};
        for (int i = 0; i < 9; i++)
            m.newest[i] = -1;
        for (int i = 0; i < RECORDS; i++) {
            struct rf_count_value v;
            clock += (int64_t)random_below(random_below(10) ? 60000 : 2 * HOUR);
            if (random_below(1000) == 0)
                clock += (int64_t)random_below(15) * DAY;
            int64_t ts = clock - (int64_t)random_below(10) * 60000;
            ts = ts < T0 + DAY ? T0 + DAY : ts;
            rf_count_add(c, &s, &key, ts, 0, NULL, &v);
            assert_true(fabs(v.value - model_add(&m, ts, s.window_ms, days)) < 1e-6);
        }
        rf_counters_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_usual_on_the_first_day),
        cmocka_unit_test(the_value_is_the_multiple_of_the_same_hours_mean),
        cmocka_unit_test(a_quiet_hour_makes_anything_a_surge),
        cmocka_unit_test(a_key_silent_for_too_long_begins_anew),
        cmocka_unit_test(members_are_counted_once),
        cmocka_unit_test(surges_equal_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
