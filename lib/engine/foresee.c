/* What judging the records of a group will need is asked for before it is needed, so that
 * cache misses overlap. Here rules are dropped that nothing seen makes possible; all else
 * only saves time. Hot. */
#include "lib/base/limits.h"
#include "lib/engine/state.h"

/* Rules that the batch will try, and counters that it will meet under a key; of more than
 * these nothing is asked. */
enum { AHEAD = 8 * RF_LIMIT_BATCH };

struct ahead {
    struct {
        const struct rf_brief *brief;
        struct rf_item *item;
    } rules[AHEAD];
    struct {
        const struct rf_count_spec *spec;
        const struct rf_hash128 *key;
    } counters[AHEAD];
    size_t nrules, ncounters;
};

/* Whether nothing seen speaks against the rule: what it needs is possible. */
static bool may_hold(const struct rf_engine *e, const struct rf_item *item,
                     const struct rf_brief *brief)
{
    for (unsigned left = brief->triggered; left; left &= left - 1)
        if (!rf_engine_possible(e, item, brief->needed[__builtin_ctz(left)]))
            return false;
    return true;
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

static void drop_impossible(struct rf_engine *e, struct rf_item *item,
                            struct ahead *ahead)
{
    struct rf_numbers *p = &item->positions;
    uint32_t n = 0;
    rf_engine_recall_many(e, item);
    for (uint32_t i = 0; i < p->n; i++) {
        const struct rf_brief *brief = &e->rs->index->briefs[p->v[i]];
        if (!may_hold(e, item, brief))
            continue;
        p->v[n++] = p->v[i];
        if (ahead->nrules == AHEAD)
            continue;
        ahead->rules[ahead->nrules].brief = brief;
        ahead->rules[ahead->nrules++].item = item;
        ask_rule(e, brief);
    }
    p->n = n;
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

/* Where the counters lie, the tests that must be evaluated. */
static void ask_first(struct rf_engine *e, const struct rf_brief *brief,
                      struct ahead *ahead)
{
    const struct rf_ruleset *rs = e->rs;
    for (uint32_t i = 0; i < brief->counters.n; i++) {
        const struct rf_counter *c = &rs->counters[brief->counters.first + i];
        const struct rf_keyed *keys = rf_engine_keys(e, &c->key, c->rule);
        for (uint32_t k = 0; k < keys->n && ahead->ncounters < AHEAD; k++) {
            rf_count_prefetch(e->counters, &c->spec, &keys->v[k]);
            ahead->counters[ahead->ncounters].spec = &c->spec;
            ahead->counters[ahead->ncounters++].key = &keys->v[k];
        }
    }
    if (!brief->whole)
        __builtin_prefetch(rs->rules[brief->rule].when);
    for (uint32_t i = brief->nsure; i < brief->nneeded; i++)
        ask_test(e, brief->needed[i]);
}

/* A test's terms. */
static void ask_second(struct rf_engine *e, const struct rf_brief *brief)
{
    const struct rf_ruleset *rs = e->rs;
    if (!brief->whole)
        __builtin_prefetch(rs->rules[brief->rule].when->children);
    for (uint32_t i = brief->nsure; i < brief->nneeded; i++)
        if (rs->index->tests[brief->needed[i]].regex == RF_INDEX_NONE)
            __builtin_prefetch(rs->tests[brief->needed[i]].terms);
}

void rf_engine_foresee(struct rf_engine *e, struct rf_item *items, size_t n)
{
    struct ahead ahead; /* large: not cleared */
    ahead.nrules = ahead.ncounters = 0;
    if (e->explained)
        return;
    for (size_t i = 0; i < n; i++)
        drop_impossible(e, &items[i], &ahead);
    if (n == 1)
        return; /* nothing to overlap with */
    for (size_t i = 0; i < ahead.nrules; i++) {
        rf_engine_take(e, ahead.rules[i].item);
        ask_first(e, ahead.rules[i].brief, &ahead);
    }
    for (size_t i = 0; i < ahead.ncounters; i++)
        rf_count_prefetch_index(e->counters, ahead.counters[i].spec,
                                ahead.counters[i].key);
    for (size_t i = 0; i < ahead.nrules; i++)
        ask_second(e, ahead.rules[i].brief);
    for (size_t i = 0; i < ahead.ncounters; i++)
        rf_count_prefetch_node(e->counters, ahead.counters[i].spec,
                               ahead.counters[i].key);
}
