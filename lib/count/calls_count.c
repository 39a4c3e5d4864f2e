#include "lib/count/calls_count.h"

#include "lib/count/window.h"

static void add_one(struct node *n, struct slice at)
{
    if (n->slots.turn[at.slot] > at.turn)
        return;
    if (n->slots.turn[at.slot] < at.turn) {
        n->slots.turn[at.slot] = at.turn;
        n->slots.count[at.slot] = 0;
    }
    n->slots.count[at.slot] += n->slots.count[at.slot] < UINT32_MAX;
}

/* Of a slice that gave way, or a counter that did, nothing is left to take away. */
static void take_one(struct node *n, struct slice at)
{
    if (n->slots.turn[at.slot] == at.turn && n->slots.count[at.slot] > 0)
        n->slots.count[at.slot]--;
}

double calls_count_in(struct rf_counters *c, struct place at, int64_t ts)
{
    static const struct rf_count_spec spec = {.kind = RF_COUNT_CONCURRENT};
    struct rf_count_value v;
    struct stripe *s = table_lock(c, at);
    struct node *n = table_get(c, s, at, NODE_CONCURRENT, (uint32_t)(ts / 1000));
    table_keep(n, ts, RF_COUNT_CALL_MS + RF_COUNT_CALL_MS / 8);
    add_one(n, calls_slice(ts));
    window_evaluate(&spec, n, n, calls_slice(ts), &v);
    table_unlock(s);
    return v.value;
}

void calls_count_out(struct rf_counters *c, struct place at, int64_t ts)
{
    struct stripe *s = table_lock(c, at);
    struct node *n = table_find(s, at);
    if (n)
        take_one(n, calls_slice(ts));
    table_unlock(s);
}
