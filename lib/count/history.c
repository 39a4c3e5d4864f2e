#include "lib/count/history.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/count/share_state.h"

enum { HOUR_MS = 3600 * 1000, DAY_HOURS = 24 };

struct hour {
    uint32_t number; /* 1 + hours since 1970; 0: none */
    uint32_t peak;   /* highest value of the window seen in it */
};

static uint32_t days_of(const struct rf_count_spec *spec)
{
    int64_t ms = spec->than_ms < RF_COUNT_THAN_MIN_MS   ? RF_COUNT_THAN_MIN_MS
                 : spec->than_ms > RF_COUNT_THAN_MAX_MS ? RF_COUNT_THAN_MAX_MS
                                                        : spec->than_ms;
    return (uint32_t)(ms / RF_COUNT_THAN_MIN_MS);
}

static uint32_t hour_of(int64_t ts)
{
    return (uint32_t)(ts / HOUR_MS);
}

uint32_t history_peak(const struct node *n, uint32_t hour)
{
    const struct hour *h = &n->history.hours[hour % n->history.ring];
    return h->number == hour + 1 ? h->peak : 0;
}

/* No record for longer than the ring: what was before does not count. */
static bool is_forgotten(const struct node *n, uint32_t hour)
{
    return hour > n->history.newest + n->history.ring;
}

static void evaluate(const struct node *n, uint32_t days, uint32_t hour,
                     struct rf_count_value *out)
{
    double sum = 0, value = out->value;
    uint32_t known = 0;
    out->value = 0;
    if (!n || is_forgotten(n, hour))
        return;
    for (uint32_t d = 1; d <= days && hour > n->history.first + DAY_HOURS * d; d++) {
        sum += history_peak(n, hour - DAY_HOURS * d);
        known++;
    }
    if (known == 0 || value <= 0)
        return;
    out->value = sum > 0 ? value * known / sum : RF_COUNT_SURGE_MAX;
    if (out->value > RF_COUNT_SURGE_MAX)
        out->value = RF_COUNT_SURGE_MAX;
}

static void make(struct node *n, uint32_t days, uint32_t hour, size_t *bytes)
{
    n->history.ring = DAY_HOURS * (days + 1);
    n->history.hours = rf_mem_calloc(n->history.ring, sizeof *n->history.hours);
    n->history.first = n->history.newest = hour;
    *bytes += n->history.ring * sizeof *n->history.hours;
}

static void note(struct node *n, uint32_t hour, double value)
{
    if (is_forgotten(n, hour))
        n->history.first = n->history.newest = hour;
    if (hour > n->history.newest)
        n->history.newest = hour;
    if (hour < n->history.first && n->history.first - hour <= n->history.ring)
        n->history.first = hour;
    struct hour *h = &n->history.hours[hour % n->history.ring];
    if (h->number > hour + 1)
        return;
    if (h->number < hour + 1)
        *h = (struct hour){.number = hour + 1};
    uint32_t peak = value < UINT32_MAX ? (uint32_t)(value + 0.5) : UINT32_MAX;
    if (peak > h->peak)
        h->peak = peak;
}

void history_add(struct rf_counters *c, const struct rf_count_spec *spec,
                 const struct rf_hash128 *key, int64_t ts, struct rf_count_value *out)
{
    uint32_t hour = hour_of(ts), days = days_of(spec), now_s = (uint32_t)(ts / 1000);
    double window = out->value;
    struct place p = table_place(c, &spec->id, key, NODE_HISTORY);
    struct stripe *s = table_lock(c, p);
    struct node *n = table_get(c, s, p, NODE_HISTORY, now_s);
    if (!n->history.hours)
        make(n, days, hour, &s->block_bytes);
    note(n, hour, out->value);
    if (c->share)
        share_note(c, p, n, spec, key, window, window);
    table_keep(n, ts, (int64_t)(n->history.ring + 1) * HOUR_MS);
    evaluate(n, days, hour, out);
    if (s->block_bytes > c->blocks_per_stripe)
        table_trim(c, s, n, now_s);
    table_unlock(s);
}

void history_read(struct rf_counters *c, const struct rf_count_spec *spec,
                  const struct rf_hash128 *key, int64_t ts, struct rf_count_value *out)
{
    struct place p = table_place(c, &spec->id, key, NODE_HISTORY);
    struct stripe *s = table_lock(c, p);
    evaluate(table_find(s, p), days_of(spec), hour_of(ts), out);
    table_unlock(s);
}

/* Hours ahead of the own, and those already given to newer ones, are left out. */
void history_merge(struct node *n, uint32_t hour, uint32_t peak)
{
    if (!n->history.hours || hour > n->history.newest ||
        n->history.newest - hour >= n->history.ring)
        return;
    note(n, hour, peak);
}

void history_drop(struct node *n, size_t *bytes)
{
    if (n->history.hours)
        *bytes -= n->history.ring * sizeof *n->history.hours;
    free(n->history.hours);
    n->history.hours = NULL;
}
