#include "daemon/ops/stats.h"

_Static_assert(sizeof(struct stats) % sizeof(_Atomic uint64_t) == 0,
               "an array of counters");

static void count_fail_open(struct stats *s, const struct rf_record *r,
                            const struct rf_judgment *j)
{
    static const int of_error[RF_RECORD_ERROR_COUNT] = {
        [RF_RECORD_OK] = -1,
        [RF_RECORD_BAD_JSON] = STATS_FAIL_BAD_JSON,
        [RF_RECORD_MISSING_FIELD] = STATS_FAIL_MISSING_FIELD,
        [RF_RECORD_UNKNOWN_KIND] = STATS_FAIL_UNKNOWN_KIND,
        [RF_RECORD_LINE_TOO_LONG] = STATS_FAIL_LINE_TOO_LONG,
        [RF_RECORD_BAD_FIELD] = -1,
    };
    if (of_error[r->error] >= 0)
        stats_add(&s->fail_open[of_error[r->error]], 1);
    if (j->degraded & RF_DEGRADED_DEADLINE)
        stats_add(&s->fail_open[STATS_FAIL_DEADLINE], 1);
    if (j->degraded & RF_DEGRADED_REGEX)
        stats_add(&s->fail_open[STATS_FAIL_REGEX], 1);
}

void stats_record(struct stats *s, const struct rf_record *r, const struct rf_judgment *j)
{
    if (rf_record_has(r, RF_FIELD_TEST) && r->value[RF_FIELD_TEST].b)
        stats_add(&s->test_records_total, 1);
    else
        stats_add(&s->records[r->kind][j->verdict], 1);
    if (j->has_would)
        stats_add(&s->would[r->kind][j->would], 1);
    if (r->error != RF_RECORD_OK)
        stats_add(&s->errors[r->error], 1);
    for (uint64_t left = r->repaired; left; left &= left - 1)
        stats_add(&s->repaired[__builtin_ctzll(left)], 1);
    count_fail_open(s, r, j);
}

void stats_sum(struct stats *sum, const struct stats *one)
{
    _Atomic uint64_t *to = (_Atomic uint64_t *)sum;
    const _Atomic uint64_t *from = (const _Atomic uint64_t *)one;
    for (size_t i = 0; i < sizeof *sum / sizeof *to; i++)
        stats_add(&to[i], atomic_load_explicit(&from[i], memory_order_relaxed));
}

const char *stats_error_name(enum rf_record_error e)
{
    static const char *const names[] = {"ok",           "bad_json",      "missing_field",
                                        "unknown_kind", "line_too_long", "bad_field"};
    return names[e];
}

const char *stats_fail_open_name(enum stats_fail_open f)
{
    static const char *const names[] = {
#define X(NAME, name) name,
        STATS_FAIL_OPEN(X)
#undef X
    };
    return names[f];
}
