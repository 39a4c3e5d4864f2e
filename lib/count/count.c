/* Windows over nine slots. Hot: one lock, one node (and its extension) per call. */
#include "lib/count/count.h"

#include "lib/count/distinct.h"
#include "lib/count/history.h"
#include "lib/count/seen.h"
#include "lib/count/share_state.h"
#include "lib/count/window.h"

#include <math.h>

/* The slots that hold a slice of the window ending with `at`: of nine slices in a row
 * each is in another slot, those up to at.slot of its turn, the others of the turn
 * before. */
static uint16_t window_mask(const struct node *n, struct slice at)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < COUNT_SLOTS; i++)
        mask |= (unsigned)(n->slots.turn[i] == at.turn - (i > at.slot)) << i;
    if (at.turn == 1) /* a turn of 0 is an empty slot */
        mask &= (2u << at.slot) - 1;
    return (uint16_t)mask;
}

/* Calls that are up now: a record that is a little late must not miss those whose last
 * record lies in a newer slice. */
static uint16_t since_mask(const struct node *n, struct slice at)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < COUNT_SLOTS; i++) {
        struct slice s = {.turn = n->slots.turn[i], .slot = i};
        mask |= (unsigned)(s.turn && slice_number(s) + 8 >= slice_number(at)) << i;
    }
    return (uint16_t)mask;
}

static uint64_t window_records(const struct node *n, uint16_t mask)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < COUNT_SLOTS; i++)
        sum += mask >> i & 1 ? n->slots.count[i] : 0;
    return sum;
}

void window_evaluate(const struct rf_count_spec *spec, struct node *n, struct node *ext,
                     struct slice at, struct rf_count_value *out)
{
    uint16_t mask = n->type == NODE_CONCURRENT ? since_mask(n, at) : window_mask(n, at);
    out->records = window_records(n, mask);
    out->value = (double)out->records;
    if (n->type == NODE_DISTINCT) {
        out->value = distinct_count(ext, mask);
    } else if (n->type == NODE_SUM) {
        out->value = 0;
        for (unsigned i = 0; i < COUNT_SLOTS; i++)
            out->value += mask >> i & 1 ? ext->sums[i] : 0;
        if (spec->kind == RF_COUNT_AVERAGE && out->records)
            out->value /= (double)out->records;
    } else if (n->type == NODE_RATIO) {
        uint64_t hits = 0;
        for (unsigned i = 0; i < COUNT_SLOTS; i++)
            hits += mask >> i & 1 ? ext->hits[i] : 0;
        out->value = out->records ? (double)hits / (double)out->records : 0;
    }
}

void window_begin_slice(struct stripe *s, struct node *n, struct node *ext,
                        struct slice at)
{
    n->slots.turn[at.slot] = at.turn;
    n->slots.count[at.slot] = 0;
    if (n->type == NODE_DISTINCT)
        distinct_clear(ext, at.slot, &s->block_bytes);
    else if (n->type == NODE_SUM)
        ext->sums[at.slot] = 0;
    else if (n->type == NODE_RATIO)
        ext->hits[at.slot] = 0;
}

static void count_one(struct stripe *s, struct node *n, struct node *ext,
                      const struct rf_count_spec *spec, struct slice at, double amount,
                      const struct rf_hash128 *member)
{
    if (n->slots.turn[at.slot] > at.turn)
        return;
    if (n->slots.turn[at.slot] < at.turn)
        window_begin_slice(s, n, ext, at);
    uint32_t *count = &n->slots.count[at.slot];
    if (*count == UINT32_MAX)
        return;
    bool further = n->type == NODE_DISTINCT && amount != 0;
    *count += !further;
    if (n->type == NODE_DISTINCT && member)
        distinct_add(ext, at.slot, member->lo ^ member->hi, spec->distinct_cap,
                     &s->block_bytes);
    else if (n->type == NODE_SUM)
        ext->sums[at.slot] += isfinite(amount) ? amount : 0;
    else if (n->type == NODE_RATIO)
        ext->hits[at.slot] += amount != 0;
}

/* The window now says v: is it worth telling others? */
static void note(struct rf_counters *c, struct place p, struct node *n,
                 const struct rf_count_spec *spec, const struct rf_hash128 *key,
                 const struct rf_count_value *v)
{
    double measure = window_measure(spec, v);
    share_note(c, p, n, spec, key, measure,
               spec->kind == RF_COUNT_SUM ? (double)v->records : measure);
}

static void window_add(struct rf_counters *c, const struct rf_count_spec *spec,
                       const struct rf_hash128 *key, int64_t ts, double amount,
                       const struct rf_hash128 *member, struct rf_count_value *out)
{
    int64_t window = window_clamp(spec->window_ms);
    struct slice at = slice_of(ts, window);
    uint32_t now_s = (uint32_t)(ts / 1000);
    enum node_type type = table_type(spec);
    struct place p = table_place(c, &spec->id, key, type);
    struct stripe *s = table_lock(c, p);
    struct node *n = table_get(c, s, p, type, now_s);
    struct node *ext = window_extension(s, n);
    table_keep(n, ts, window + window / 8);
    count_one(s, n, ext, spec, at, amount, member);
    window_evaluate(spec, n, ext, at, out);
    if (c->share)
        note(c, p, n, spec, key, out);
    if (s->block_bytes > c->blocks_per_stripe)
        table_trim(c, s, n, now_s);
    table_unlock(s);
}

static void window_read(struct rf_counters *c, const struct rf_count_spec *spec,
                        const struct rf_hash128 *key, int64_t ts,
                        struct rf_count_value *out)
{
    struct slice at = slice_of(ts, window_clamp(spec->window_ms));
    struct place p = table_place(c, &spec->id, key, table_type(spec));
    struct stripe *s = table_lock(c, p);
    struct node *n = table_find(s, p);
    *out = (struct rf_count_value){0};
    if (n)
        window_evaluate(spec, n, window_extension(s, n), at, out);
    table_unlock(s);
}

void rf_count_add(struct rf_counters *c, const struct rf_count_spec *spec,
                  const struct rf_hash128 *key, int64_t ts_ms, double amount,
                  const struct rf_hash128 *member, struct rf_count_value *out)
{
    int64_t ts = table_clamp_ts(ts_ms);
    if (spec->kind == RF_COUNT_NEW) {
        seen_add(c, spec, key, ts, out);
        return;
    }
    window_add(c, spec, key, ts, amount, member, out);
    if (spec->kind == RF_COUNT_SURGE)
        history_add(c, spec, key, ts, out);
}

void rf_count_read(struct rf_counters *c, const struct rf_count_spec *spec,
                   const struct rf_hash128 *key, int64_t ts_ms,
                   struct rf_count_value *out)
{
    int64_t ts = table_clamp_ts(ts_ms);
    if (spec->kind == RF_COUNT_NEW) {
        seen_read(c, spec, key, ts, out);
        return;
    }
    window_read(c, spec, key, ts, out);
    if (spec->kind == RF_COUNT_SURGE)
        history_read(c, spec, key, ts, out);
}
