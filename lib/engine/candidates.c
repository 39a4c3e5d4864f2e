/* The rules worth trying on a record: the index's triggers that were seen, and the rules
 * that have none. Cost follows what was seen, not how many rules there are. Hot. */
#include "lib/engine/state.h"

static void fire(struct rf_engine *e, uint32_t test)
{
    if (e->fired[test] == e->serial)
        return;
    e->fired[test] = e->serial;
    e->fired_tests[e->nfired++] = test;
}

/* The rules filed under a test that was seen, unless their guard was not. */
static void choose(struct rf_engine *e, uint32_t test)
{
    const struct rf_index *x = e->rs->index;
    const struct rf_groups *rules = &x->test_rules;
    for (uint32_t i = rules->first[test]; i < rules->first[test + 1]; i++)
        if (x->guards[i] == RF_INDEX_NONE || e->fired[x->guards[i]] == e->serial)
            e->candidates[rules->v[i] / 64] |= UINT64_C(1) << (rules->v[i] % 64);
}

static void fire_group(struct rf_engine *e, const struct rf_groups *g, uint32_t id)
{
    for (uint32_t i = g->first[id]; i < g->first[id + 1]; i++)
        fire(e, g->v[i]);
}

static void by_string(struct rf_engine *e, const struct rf_value_index *x,
                      struct rf_str s)
{
    uint32_t id = rf_map_get(&x->ids, s);
    if (id != RF_MAP_NONE)
        fire_group(e, &x->tests, id);
}

static void by_prefixes(struct rf_engine *e, const struct rf_value_index *x,
                        struct rf_str s)
{
    for (uint64_t bits = x->lengths; bits; bits &= bits - 1) {
        size_t n = (size_t)__builtin_ctzll(bits);
        if (n <= s.n)
            by_string(e, x, rf_str(s.p, n));
    }
}

/* The host, and what remains of it behind each dot. */
static void by_suffixes(struct rf_engine *e, const struct rf_value_index *x,
                        struct rf_str host)
{
    for (;;) {
        by_string(e, x, host);
        const char *dot = host.n ? memchr(host.p, '.', host.n) : NULL;
        if (!dot)
            return;
        host = rf_str_sub(host, (size_t)(dot - host.p) + 1);
    }
}

static void by_country(struct rf_engine *e, const struct rf_value_index *x,
                       const struct rf_addr *a)
{
    if (a->form != RF_ADDR_E164)
        return;
    by_string(e, x,
              rf_addr_foreign(e->facts->plan, a) ? RF_STR("foreign") : RF_STR("home"));
    by_string(e, x, rf_str(a->country, 2));
}

static void by_value(struct rf_engine *e, const struct rf_value_index *x)
{
    const struct rf_values *v = rf_facts_get(e->facts, x->operand);
    for (uint32_t i = 0; i < v->n; i++) {
        struct rf_str s = v->addrs ? v->addrs[i].norm : v->strs[i];
        if (x->trigger == RF_TRIGGER_VALUE)
            by_string(e, x, s);
        else if (x->trigger == RF_TRIGGER_PREFIX)
            by_prefixes(e, x, s);
        else if (x->trigger == RF_TRIGGER_SUFFIX)
            by_suffixes(e, x, v->hosts ? v->hosts[i] : s);
        else
            by_country(e, x, &v->addrs[i]);
    }
}

static void by_presence(struct rf_engine *e, const struct rf_present_index *x)
{
    if (rf_facts_get(e->facts, x->operand)->n == 0)
        return;
    for (uint32_t i = 0; i < x->n; i++)
        fire(e, x->tests[i]);
}

static void by_word(struct rf_engine *e, const struct rf_word_index *x)
{
    const struct rf_values *v = rf_facts_get(e->facts, x->operand);
    if (v->n)
        fire_group(e, &x->tests, (uint32_t)v->num);
}

static void by_list(struct rf_engine *e, const struct rf_list_index *x)
{
    const struct rf_values *v = rf_facts_get(e->facts, x->operand);
    bool any = false;
    for (uint32_t i = 0; i < v->n && !any; i++)
        any = (v->addrs ? rf_list_find_addr(x->any, &v->addrs[i], 0)
                        : rf_list_find_host(x->any, v->hosts ? v->hosts[i] : v->strs[i],
                                            0)) != RF_LIST_NONE;
    for (uint32_t i = 0; any && i < x->nsmall; i++)
        fire(e, x->small[i]);
    for (uint32_t i = 0; v->n && i < x->nlarge; i++)
        fire(e, x->large[i]);
}

void rf_engine_find_candidates(struct rf_engine *e, const struct rf_hits *hits)
{
    const struct rf_index *x = e->rs->index;
    enum rf_kind kind = e->facts->record->kind;
    memcpy(e->candidates, x->always[kind], x->nbits * sizeof *e->candidates);
    e->nfired = 0;
    for (int view = 0; view < RF_VIEW_FIELD; view++)
        for (size_t i = 0; i < hits[view].n; i++)
            fire_group(e, &x->pattern_tests, hits[view].ids[i]);
    for (uint32_t i = 0; i < x->nvalues; i++)
        by_value(e, &x->values[i]);
    for (uint32_t i = 0; i < x->npresent; i++)
        by_presence(e, &x->present[i]);
    for (uint32_t i = 0; i < x->nwords; i++)
        by_word(e, &x->words[i]);
    for (uint32_t i = 0; i < x->nlists; i++)
        by_list(e, &x->lists[i]);
    for (uint32_t i = 0; i < e->nfired; i++)
        choose(e, e->fired_tests[i]);
}
