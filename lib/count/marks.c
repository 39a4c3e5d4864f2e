#include "lib/count/marks.h"

#include "lib/base/mem.h"

#include <stdlib.h>

enum {
    MARKS_EXACT = 64,    /* marks a key may have and each is known */
    MARKS_LATE = 8,      /* beyond `times`, so that late records find theirs */
    MARKS_PARTS = 64,    /* of `within`: marks in one part may share a run */
    MARKS_RUNS_MAX = 72, /* with at_least: the parts of a window and some to spare */
};

static struct mark_run *runs_of(struct node *n)
{
    return n->marks.cap > MARK_INLINE ? n->marks.heap : n->marks.run;
}

void marks_drop(struct node *n, size_t *bytes)
{
    if (n->marks.cap <= MARK_INLINE)
        return;
    *bytes -= n->marks.cap * sizeof(struct mark_run);
    free(n->marks.heap);
    n->marks.cap = 0;
}

/* With at_least 0 the newest `times` marks decide; otherwise all of `within` may. */
static uint32_t runs_max(const struct rf_mark_spec *spec)
{
    if (spec->at_least_ms > 0)
        return MARKS_RUNS_MAX;
    uint32_t times = spec->times < RF_MARK_TIMES_MAX ? spec->times : RF_MARK_TIMES_MAX;
    return times + MARKS_LATE > MARKS_EXACT ? times + MARKS_LATE : MARKS_EXACT;
}

static void grow(struct node *n, uint32_t max, size_t *bytes)
{
    uint32_t cap = n->marks.cap * 2 < max ? n->marks.cap * 2 : max;
    struct mark_run *to = rf_mem_alloc(cap * sizeof *to);
    memcpy(to, runs_of(n), n->marks.n * sizeof *to);
    marks_drop(n, bytes);
    n->marks.heap = to;
    n->marks.cap = cap;
    *bytes += cap * sizeof *to;
}

static int64_t last_ms(const struct mark_run *r)
{
    return r->first_ms + r->span_ms;
}

/* May both be kept as one run? a is not later than b. */
static bool same_part(const struct mark_run *a, int64_t b_last_ms, int64_t part_ms)
{
    return a->first_ms / part_ms == b_last_ms / part_ms;
}

static void add_to(struct mark_run *r, int64_t first_ms, int64_t end_ms, uint32_t count)
{
    int64_t first = first_ms < r->first_ms ? first_ms : r->first_ms;
    int64_t last = end_ms > last_ms(r) ? end_ms : last_ms(r);
    r->first_ms = first;
    r->span_ms = (uint32_t)(last - first); /* within one part: 30 d / 64 < 2^32 ms */
    r->count = r->count > UINT32_MAX - count ? UINT32_MAX : r->count + count;
}

/* Put together the runs of each part. */
static void join_parts(struct node *n, int64_t part_ms)
{
    struct mark_run *r = runs_of(n);
    uint32_t k = 0;
    for (uint32_t i = 1; i < n->marks.n; i++) {
        if (same_part(&r[k], last_ms(&r[i]), part_ms))
            add_to(&r[k], r[i].first_ms, last_ms(&r[i]), r[i].count);
        else
            r[++k] = r[i];
    }
    n->marks.n = k + 1;
}

/* First run that begins after ts. */
static uint32_t place_of(const struct mark_run *r, uint32_t n, int64_t ts)
{
    while (n > 0 && r[n - 1].first_ms > ts)
        n--;
    return n;
}

/* No room: join what belongs together, else the oldest goes. False: ts is the oldest, or
 * has been joined to its neighbor. */
static bool make_room(struct node *n, const struct rf_mark_spec *spec, int64_t ts)
{
    struct mark_run *r = runs_of(n);
    if (spec->at_least_ms > 0) {
        int64_t part = spec->within_ms / MARKS_PARTS;
        part = part < 1 ? 1 : part > (int64_t)UINT32_MAX ? (int64_t)UINT32_MAX : part;
        uint32_t i = place_of(r, n->marks.n, ts);
        if (i > 0 && same_part(&r[i - 1], ts, part)) {
            add_to(&r[i - 1], ts, ts, 1);
            return false;
        }
        join_parts(n, part);
    }
    if (n->marks.n < n->marks.cap)
        return true;
    if (ts < r[0].first_ms)
        return false;
    memmove(r, r + 1, --n->marks.n * sizeof *r);
    return true;
}

static void insert(struct node *n, const struct rf_mark_spec *spec, int64_t ts,
                   size_t *bytes)
{
    uint32_t i = place_of(runs_of(n), n->marks.n, ts);
    if (i > 0 && ts <= last_ms(&runs_of(n)[i - 1])) {
        add_to(&runs_of(n)[i - 1], ts, ts, 1); /* known time, or inside a run */
        return;
    }
    if (n->marks.n == n->marks.cap) {
        if (n->marks.cap < runs_max(spec))
            grow(n, runs_max(spec), bytes);
        else if (!make_room(n, spec, ts))
            return;
    }
    struct mark_run *r = runs_of(n);
    i = place_of(r, n->marks.n, ts);
    memmove(r + i + 1, r + i, (n->marks.n - i) * sizeof *r);
    r[i] = (struct mark_run){.first_ms = ts, .count = 1};
    n->marks.n++;
}

void rf_mark_watch(struct rf_counters *c, rf_mark_fn fn, void *arg)
{
    c->on_mark = fn;
    c->on_mark_arg = arg;
}

void rf_mark_add(struct rf_counters *c, const struct rf_mark_spec *spec,
                 const struct rf_hash128 *key, int64_t ts_ms)
{
    rf_mark_take(c, spec, key, ts_ms);
    if (c->on_mark)
        c->on_mark(c->on_mark_arg, spec, key, ts_ms);
}

void rf_mark_take(struct rf_counters *c, const struct rf_mark_spec *spec,
                  const struct rf_hash128 *key, int64_t ts_ms)
{
    int64_t ts = table_clamp_ts(ts_ms);
    uint32_t now_s = (uint32_t)(ts / 1000);
    struct place p = table_place(c, &spec->id, key, NODE_MARK);
    struct stripe *s = table_lock(c, p);
    struct node *n = table_get(c, s, p, NODE_MARK, now_s);
    if (!n->marks.cap)
        n->marks.cap = MARK_INLINE;
    table_keep(n, ts, spec->within_ms);
    insert(n, spec, ts, &s->block_bytes);
    if (s->block_bytes > c->blocks_per_stripe)
        table_trim(c, s, n, now_s);
    table_unlock(s);
}

/* Marks of a run that are known to lie in [from, to]. */
static uint64_t known_in(const struct mark_run *r, int64_t from, int64_t to)
{
    bool first = r->first_ms >= from && r->first_ms <= to;
    bool last = last_ms(r) >= from && last_ms(r) <= to;
    if (first && last)
        return r->count;
    return first + last;
}

bool rf_mark_test(struct rf_counters *c, const struct rf_mark_spec *spec,
                  const struct rf_hash128 *key, int64_t ts_ms)
{
    int64_t ts = table_clamp_ts(ts_ms);
    int64_t from = ts - spec->within_ms, to = ts - spec->at_least_ms;
    uint64_t found = 0;
    struct place p = table_place(c, &spec->id, key, NODE_MARK);
    struct stripe *s = table_lock(c, p);
    struct node *n = table_find(s, p);
    if (n) {
        const struct mark_run *r = runs_of(n);
        for (uint32_t i = n->marks.n; i-- > 0 && found < spec->times;)
            found += known_in(&r[i], from, to);
    }
    table_unlock(s);
    return found >= spec->times;
}
