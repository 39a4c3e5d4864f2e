#include "lib/count/seen.h"

#include "lib/count/share_state.h"

/* Too long without a record at ts: what was before does not count. */
static bool is_forgotten(const struct node *n, int64_t ts)
{
    return ts - n->seen.last_ms > RF_COUNT_SEEN_MS;
}

static void evaluate(const struct node *n, int64_t ts, struct rf_count_value *out)
{
    *out = (struct rf_count_value){0};
    if (!n || is_forgotten(n, ts))
        return;
    out->records = 1;
    if (ts > n->seen.first_ms)
        out->value = (double)(ts - n->seen.first_ms) / 1000;
}

/* Records may come in any order: the earliest is the first, unless it is so much earlier
 * that the key had been forgotten in between. */
static void see(struct node *n, int64_t ts)
{
    if (n->expiry_s == 0 || is_forgotten(n, ts)) {
        n->seen.first_ms = n->seen.last_ms = ts;
        return;
    }
    if (ts > n->seen.last_ms)
        n->seen.last_ms = ts;
    if (ts < n->seen.first_ms && n->seen.first_ms - ts <= RF_COUNT_SEEN_MS)
        n->seen.first_ms = ts;
}

void seen_merge(struct node *n, int64_t first_ms)
{
    if (first_ms < n->seen.first_ms)
        n->seen.first_ms = first_ms;
}

void seen_add(struct rf_counters *c, const struct rf_count_spec *spec,
              const struct rf_hash128 *key, int64_t ts, struct rf_count_value *out)
{
    struct place p = table_place(c, &spec->id, key, NODE_NEW);
    struct stripe *s = table_lock(c, p);
    struct node *n = table_get(c, s, p, NODE_NEW, (uint32_t)(ts / 1000));
    bool first = n->expiry_s == 0;
    see(n, ts);
    table_keep(n, ts, RF_COUNT_SEEN_MS);
    evaluate(n, ts, out);
    if (c->share)
        share_note(c, p, n, spec, key, 0, first ? 1 : 2);
    table_unlock(s);
}

void seen_read(struct rf_counters *c, const struct rf_count_spec *spec,
               const struct rf_hash128 *key, int64_t ts, struct rf_count_value *out)
{
    struct place p = table_place(c, &spec->id, key, NODE_NEW);
    struct stripe *s = table_lock(c, p);
    evaluate(table_find(s, p), ts, out);
    table_unlock(s);
}
