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

static void by_list(struct rf_engine *e, const struct rf_list_index *x, uint64_t found)
{
    const struct rf_values *v = rf_facts_get(e->facts, x->operand);
    bool any = false;
    for (uint32_t i = 0; i < v->n && !any && x->nsmall; i++)
        any = (v->addrs ? rf_list_find_addr(x->any, &v->addrs[i], 0)
                        : rf_list_find_host(x->any, v->hosts ? v->hosts[i] : v->strs[i],
                                            0)) != RF_LIST_NONE;
    for (uint32_t i = 0; any && i < x->nsmall; i++)
        fire(e, x->small[i]);
    for (uint32_t i = 0; v->n && i < x->nlarge; i++)
        if (x->first_large + i >= 64 || (found >> (x->first_large + i) & 1))
            fire(e, x->large[i]);
}

#define ADDRESSES_MAX                                                                    \
    8 /* of one record that are looked up together; more: one by one                     \
       */

/* One test's list against the addresses of all records. */
static void look_up_addresses(const struct rf_list *list, struct rf_facts *const *facts,
                              enum rf_operand o, uint64_t bit, uint64_t *found, size_t n)
{
    struct rf_list_query q[RF_TOGETHER * ADDRESSES_MAX];
    uint16_t of[RF_TOGETHER * ADDRESSES_MAX];
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        const struct rf_values *v = rf_facts_get(facts[i], o);
        if (v->n > ADDRESSES_MAX)
            found[i] |= bit;
        for (uint32_t k = 0; k < v->n && v->n <= ADDRESSES_MAX; k++) {
            of[m] = (uint16_t)i;
            q[m++] = (struct rf_list_query){
                .addr = &v->addrs[k], .now_ms = facts[i]->record->value[RF_FIELD_TS].i};
        }
    }
    rf_list_find_addr_batch(list, q, m);
    for (size_t i = 0; i < m; i++)
        if (q[i].found != RF_LIST_NONE)
            found[of[i]] |= bit;
}

static void look_up_test(struct rf_engine *e, uint32_t test,
                         struct rf_facts *const *facts, uint64_t bit, uint64_t *found,
                         size_t n)
{
    const struct rf_test *t = &e->rs->tests[test];
    bool address = rf_operand_info(t->operand)->class == RF_CLASS_ADDRESS;
    for (uint32_t k = 0; k < t->nterms; k++) {
        const struct rf_term *term = &t->terms[k];
        if (!address || term->op != RF_OP_IN || term->negate)
            continue;
        for (uint32_t i = 0; i < term->n; i++)
            look_up_addresses(term->lists[i], facts, t->operand, bit, found, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        found[i] |= bit;
}

void rf_engine_look_up(struct rf_engine *e, struct rf_facts *const *facts,
                       uint64_t *found, size_t n)
{
    const struct rf_index *x = e->rs->index;
    memset(found, 0, n * sizeof *found);
    for (uint32_t i = 0; i < x->nlists; i++)
        for (uint32_t k = 0; k < x->lists[i].nlarge && x->lists[i].first_large + k < 64;
             k++)
            look_up_test(e, x->lists[i].large[k], facts,
                         UINT64_C(1) << (x->lists[i].first_large + k), found, n);
}

void rf_engine_find_candidates(struct rf_engine *e, const struct rf_hits *hits,
                               uint64_t found)
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
        by_list(e, &x->lists[i], found);
    for (uint32_t i = 0; i < e->nfired; i++)
        choose(e, e->fired_tests[i]);
}
