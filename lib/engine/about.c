#include "lib/engine/about.h"

#include "lib/engine/state.h"
#include "lib/record/host.h"

struct asked {
    struct rf_engine *e;
    struct rf_str value;
    enum rf_operand_class class;
    int64_t now_ms;
    rf_about_fn fn;
    void *arg;
};

/* Whether the key is one field that can hold the value; its hash then. */
static bool key_of(const struct asked *q, const struct rf_key *key, uint32_t rule,
                   struct rf_hash128 *out)
{
    if (key->n != 1 || rf_operand_info(key->operand[0])->class != q->class)
        return false;
    struct rf_str value =
        key->operand[0] == RF_OPERAND_DOMAIN ? rf_host_domain(q->value) : q->value;
    if (value.n == 0)
        return false;
    rf_engine_hash_key(q->e, &value, 1, rule, out);
    return true;
}

/* Some behavior of this counter has a threshold, and all those of one have theirs met. */
static bool is_met(const struct rf_ruleset *rs, uint32_t counter,
                   const struct rf_count_value *v)
{
    for (uint32_t i = 0; i < rs->nbehaviors; i++)
        if (rs->behaviors[i].counter == counter &&
            rf_behavior_holds(&rs->behaviors[i], v))
            return true;
    return false;
}

static void about_counter(const struct asked *q, uint32_t i)
{
    const struct rf_counter *c = &q->e->rs->counters[i];
    struct rf_about a = {
        .rule = c->rule, .field = c->key.operand[0], .counter = i, .mark = UINT32_MAX};
    struct rf_hash128 key;
    if (!key_of(q, &c->key, c->rule, &key))
        return;
    rf_count_read(q->e->counters, &c->spec, &key, q->now_ms, &a.value);
    if (a.value.records == 0 && a.value.value == 0)
        return;
    a.met = is_met(q->e->rs, i, &a.value);
    q->fn(q->arg, &a);
}

static void about_mark(const struct asked *q, uint32_t i)
{
    const struct rf_mark *m = &q->e->rs->marks[i];
    struct rf_about a = {.rule = m->rule,
                         .field = m->was.operand[0],
                         .counter = UINT32_MAX,
                         .mark = i,
                         .met = true};
    struct rf_hash128 key;
    if (key_of(q, &m->was, m->rule, &key) &&
        rf_mark_test(q->e->counters, &m->spec, &key, q->now_ms))
        q->fn(q->arg, &a);
}

static void about_alert(const struct asked *q, uint32_t rule)
{
    const struct rf_alert_watch *w = &q->e->watches[rule];
    struct rf_alert_event event;
    struct rf_hash128 key;
    if (!q->e->rs->rules[rule].alert || w->counter == UINT32_MAX)
        return;
    const struct rf_key *k = &q->e->rs->counters[w->counter].key;
    struct rf_about a = {.rule = rule,
                         .field = k->operand[0],
                         .counter = UINT32_MAX,
                         .mark = UINT32_MAX,
                         .met = true,
                         .alert = &event};
    if (key_of(q, k, rule, &key) &&
        rf_alert_find(q->e->counters, &w->spec, &key, q->now_ms, &event))
        q->fn(q->arg, &a);
}

void rf_engine_about(struct rf_engine *e, struct rf_str value,
                     enum rf_operand_class class, int64_t now_ms, rf_about_fn fn,
                     void *arg)
{
    struct rf_arena arena;
    struct asked q = {e, value, class, now_ms, fn, arg};
    rf_arena_init(&arena, 4096);
    e->arena = &arena;
    for (uint32_t i = 0; i < e->rs->ncounters; i++)
        about_counter(&q, i);
    for (uint32_t i = 0; i < e->rs->nmarks; i++)
        about_mark(&q, i);
    for (uint32_t i = 0; i < e->rs->nrules; i++)
        about_alert(&q, i);
    e->arena = NULL;
    rf_arena_fini(&arena);
}
