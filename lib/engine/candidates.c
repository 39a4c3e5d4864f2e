/* The rules worth trying on a record: the index's triggers that were seen, and the rules
 * that have none. Cost follows what was seen, not how many rules there are. Hot. */
#include "lib/engine/state.h"

static void fire(struct rf_engine *e, uint32_t test)
{
    rf_set_add(&e->fired, test);
    __builtin_prefetch(&e->rs->index->only[test]); /* of the rule filed under it */
}

static void fire_group(struct rf_engine *e, const struct rf_groups *g, uint32_t id)
{
    for (uint32_t i = g->first[id]; i < g->first[id + 1]; i++)
        fire(e, g->v[i]);
}

static void by_pattern(struct rf_engine *e, uint32_t pattern)
{
    uint32_t test = e->rs->index->pattern_test[pattern];
    if (test != RF_INDEX_NONE)
        fire(e, test);
    else
        fire_group(e, &e->rs->index->pattern_tests, pattern);
}

static void by_string(struct rf_engine *e, const struct rf_value_index *x,
                      struct rf_str s)
{
    uint32_t bit = rf_index_sieve(s) & (x->nsieve - 1);
    if (!(x->sieve[bit / 64] >> (bit % 64) & 1))
        return;
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

static void by_list(struct rf_engine *e, uint32_t list, uint64_t found)
{
    const struct rf_list_index *x = &e->rs->index->lists[list];
    if (list < RF_INDEX_LISTS && !(found >> list & 1))
        return;
    for (uint32_t i = 0; i < x->n; i++)
        fire(e, x->tests[i]);
}

/* A copy of the set, in the arena. */
static inline struct rf_numbers keep(struct rf_arena *a, const struct rf_set *s)
{
    struct rf_numbers kept = {rf_arena_alloc(a, s->n * sizeof *kept.v), s->n};
    for (uint32_t i = 0; i < s->n; i++) /* few: not worth a call */
        kept.v[i] = s->v[i];
    return kept;
}

/* The tests whose triggers were seen in a record. */
static void see(struct rf_engine *e, struct rf_item *item)
{
    const struct rf_index *x = e->rs->index;
    rf_engine_take(e, item);
    rf_set_clear(&e->fired);
    for (uint32_t i = 0; i < item->named.n; i++)
        by_pattern(e, item->named.v[i]);
    for (uint32_t i = 0; i < x->nvalues; i++)
        by_value(e, &x->values[i]);
    for (uint32_t i = 0; i < x->npresent; i++)
        by_presence(e, &x->present[i]);
    for (uint32_t i = 0; i < x->nwords; i++)
        by_word(e, &x->words[i]);
    for (uint32_t i = 0; i < x->nlists; i++)
        by_list(e, i, item->found);
    item->possible = keep(e->arena, &e->fired);
    for (uint32_t i = 0; i < e->fired.n; i++)
        item->possible_bits |= UINT64_C(1) << (e->fired.v[i] % 64);
}

/* Empties the set of chosen rules into a list of those that are on, ascending. */
static struct rf_numbers take_chosen(struct rf_engine *e, const uint64_t *on)
{
    struct rf_numbers kept = keep(e->arena, &e->chosen);
    uint32_t n = 0;
    for (uint32_t i = 0; i < kept.n; i++)
        if (on[kept.v[i] / 64] >> (kept.v[i] % 64) & 1)
            kept.v[n++] = kept.v[i];
    kept.n = n;
    rf_engine_sort(kept.v, n);
    rf_set_clear(&e->chosen);
    return kept;
}

static inline void choose_filed(struct rf_engine *e, const struct rf_item *item,
                                struct rf_filed filed)
{
    if (filed.guard == RF_INDEX_NONE || rf_engine_possible(e, item, filed.guard))
        rf_set_add(&e->chosen, filed.position);
}

/* The rules filed under the tests that were seen, but for those whose guard was not, and
 * the rules filed under none. */
static void find_rules(struct rf_engine *e, struct rf_item *item)
{
    const struct rf_index *x = e->rs->index;
    enum rf_kind kind = item->facts.record->kind;
    rf_engine_recall_many(e, item);
    for (uint32_t i = 0; i < item->possible.n; i++) {
        struct rf_filed f = x->only[item->possible.v[i]];
        if (f.position < RF_FILED_SEVERAL)
            choose_filed(e, item, f);
        else if (f.position != RF_FILED_NONE)
            for (uint32_t k = 0; k < f.position - RF_FILED_SEVERAL; k++)
                choose_filed(e, item, x->filed[f.guard + k]);
    }
    for (uint32_t i = 0; i < x->nalways[kind]; i++)
        rf_set_add(&e->chosen, x->always[kind][i]);
    for (uint32_t i = 0; e->explained && i < e->rs->nrules; i++)
        rf_set_add(&e->chosen, i);
    item->positions = take_chosen(e, e->on[kind]);
}

/* ---- a batch ---- */

void rf_engine_find(struct rf_engine *e, struct rf_item *items, size_t n)
{
    const struct rf_index *x = e->rs->index;
    for (size_t i = 0; i < n; i++) {
        items[i].keyed = NULL;
        items[i].possible_bits = 0;
        items[i].possible = items[i].positions = (struct rf_numbers){0};
        if (items[i].judged)
            see(e, &items[i]);
    }
    for (size_t i = 0; i < n; i++) {
        if (items[i].judged)
            find_rules(e, &items[i]);
        for (uint32_t k = 0; k < items[i].positions.n; k++)
            __builtin_prefetch(&x->briefs[items[i].positions.v[k]]);
    }
}
