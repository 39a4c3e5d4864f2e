/* What judging the records of a group will need is asked for before it is needed, so that
 * cache misses overlap. Here rules are dropped that nothing seen makes possible; all else
 * only saves time. Hot. */
#include "lib/engine/state.h"

/* Whether nothing seen speaks against the rule: what it needs is possible. */
static bool may_hold(const struct rf_engine *e, const struct rf_brief *brief)
{
    for (unsigned left = brief->triggered; left; left &= left - 1)
        if (!rf_set_has(&e->fired, brief->needed[__builtin_ctz(left)]))
            return false;
    return true;
}

static void drop_impossible(struct rf_engine *e, struct rf_item *item)
{
    struct rf_numbers *p = &item->positions;
    uint32_t n = 0;
    rf_engine_recall(e, item);
    for (uint32_t i = 0; i < p->n; i++)
        if (may_hold(e, &e->rs->index->briefs[p->v[i]]))
            p->v[n++] = p->v[i];
    p->n = n;
}

/* The rule, its counters, what the index knows of its tests. */
static void ask_rule(struct rf_engine *e, const struct rf_brief *brief)
{
    const struct rf_ruleset *rs = e->rs;
    __builtin_prefetch(&rs->rules[brief->rule]);
    if (brief->behavior != RF_INDEX_NONE)
        __builtin_prefetch(&rs->behaviors[brief->behavior]);
    for (uint32_t i = 0; i < brief->counters.n; i++) {
        const char *c = (const char *)&rs->counters[brief->counters.first + i];
        __builtin_prefetch(c);
        __builtin_prefetch(c + 64);
        __builtin_prefetch(&e->counted[brief->counters.first + i], 1);
    }
    for (uint32_t i = brief->nsure; i < brief->nneeded; i++)
        __builtin_prefetch(&rs->index->tests[brief->needed[i]]);
}

static void each_key(struct rf_engine *e, const struct rf_brief *brief,
                     void (*ask)(const struct rf_counters *, const struct rf_count_spec *,
                                 const struct rf_hash128 *))
{
    for (uint32_t i = 0; i < brief->counters.n; i++) {
        const struct rf_counter *c = &e->rs->counters[brief->counters.first + i];
        const struct rf_keyed *keys = rf_engine_keys(e, &c->key, c->rule);
        for (uint32_t k = 0; k < keys->n; k++)
            ask(e->counters, &c->spec, &keys->v[k]);
    }
}

/* The answer of a test that is one regex, or where its terms stand. */
static void ask_test(struct rf_engine *e, uint32_t test)
{
    uint32_t regex = e->rs->index->tests[test].regex;
    if (regex != RF_INDEX_NONE) {
        __builtin_prefetch(&e->patterns[regex]);
        return;
    }
    __builtin_prefetch(&e->rs->tests[test]);
    __builtin_prefetch(&e->tests[test]);
}

/* Where the counters are found, the tests that must be evaluated. */
static void ask_first(struct rf_engine *e, const struct rf_brief *brief)
{
    const struct rf_ruleset *rs = e->rs;
    each_key(e, brief, rf_count_prefetch);
    if (!brief->whole)
        __builtin_prefetch(rs->rules[brief->rule].when);
    for (uint32_t i = brief->nsure; i < brief->nneeded; i++)
        ask_test(e, brief->needed[i]);
}

/* The counters, and a test's terms. */
static void ask_second(struct rf_engine *e, const struct rf_brief *brief)
{
    const struct rf_ruleset *rs = e->rs;
    each_key(e, brief, rf_count_prefetch_node);
    if (!brief->whole)
        __builtin_prefetch(rs->rules[brief->rule].when->children);
    for (uint32_t i = brief->nsure; i < brief->nneeded; i++)
        if (rs->index->tests[brief->needed[i]].regex == RF_INDEX_NONE)
            __builtin_prefetch(rs->tests[brief->needed[i]].terms);
}

static void each_rule(struct rf_engine *e, struct rf_item *items, size_t n,
                      void (*ask)(struct rf_engine *, const struct rf_brief *))
{
    for (size_t i = 0; i < n; i++) {
        rf_engine_take(e, &items[i]);
        for (uint32_t k = 0; k < items[i].positions.n; k++)
            ask(e, &e->rs->index->briefs[items[i].positions.v[k]]);
    }
}

void rf_engine_foresee(struct rf_engine *e, struct rf_item *items, size_t n)
{
    for (size_t i = 0; i < n && !e->explained; i++)
        drop_impossible(e, &items[i]);
    if (n == 1)
        return; /* nothing to overlap with */
    each_rule(e, items, n, ask_rule);
    each_rule(e, items, n, ask_first);
    each_rule(e, items, n, ask_second);
}
