/* The rules worth trying on a record: the index's triggers that were seen, and the rules
 * that have none. Cost follows what was seen, not how many rules there are. Hot. */
#include "lib/base/limits.h"
#include "lib/engine/state.h"

/* More room for tests that are possible. Those of a record that are many may be there
 * twice from now on, until weed_out. */
static __attribute__((noinline)) void make_room(struct rf_engine *e, struct rf_item *item)
{
    uint32_t *v = rf_arena_alloc(e->arena, 2 * item->room * sizeof *v);
    memcpy(v, item->possible.v, item->possible.n * sizeof *v);
    item->possible.v = v;
    item->room *= 2;
}

static inline bool is_known(const struct rf_item *item, uint32_t test)
{
    for (uint32_t i = 0; i < item->possible.n && i < RF_FEW_POSSIBLE; i++)
        if (item->possible.v[i] == test)
            return true;
    return false;
}

static inline void fire(struct rf_engine *e, struct rf_item *item, uint32_t test)
{
    uint64_t bit = UINT64_C(1) << (test % 64);
    __builtin_prefetch(&e->rs->index->only[test]); /* of the rule filed under it */
    if (item->possible_bits & bit && is_known(item, test))
        return;
    if (item->possible.n == item->room)
        make_room(e, item);
    item->possible_bits |= bit;
    item->possible.v[item->possible.n++] = test;
}

static void fire_group(struct rf_engine *e, struct rf_item *item,
                       const struct rf_groups *g, uint32_t id)
{
    for (uint32_t i = g->first[id]; i < g->first[id + 1]; i++)
        fire(e, item, g->v[i]);
}

static void by_patterns(struct rf_engine *e, struct rf_item *item)
{
    const struct rf_index *x = e->rs->index;
    for (uint32_t i = 0; i < item->named.n; i++) {
        uint32_t pattern = item->named.v[i], test = x->pattern_test[pattern];
        if (test != RF_INDEX_NONE)
            fire(e, item, test);
        else
            fire_group(e, item, &x->pattern_tests, pattern);
    }
}

static inline void by_sought(struct rf_engine *e, struct rf_item *item,
                             const struct rf_value_index *x, const struct rf_sought *k)
{
    uint32_t test = rf_index_find(x, k)->test;
    if (test < RF_INDEX_SEVERAL)
        fire(e, item, test);
    else if (test != RF_INDEX_NONE)
        fire_group(e, item, &x->tests, test - RF_INDEX_SEVERAL);
}

static inline void by_string(struct rf_engine *e, struct rf_item *item,
                             const struct rf_value_index *x, struct rf_str s)
{
    const struct rf_sought k = rf_index_sought(s);
    if (rf_index_may_hold(x, &k))
        by_sought(e, item, x, &k);
}

static void by_prefixes(struct rf_engine *e, struct rf_item *item,
                        const struct rf_value_index *x, struct rf_str s)
{
    for (uint64_t bits = x->lengths; bits; bits &= bits - 1) {
        size_t n = (size_t)__builtin_ctzll(bits);
        if (n <= s.n)
            by_string(e, item, x, rf_str(s.p, n));
    }
}

/* The host, and what remains of it behind each dot. */
static void by_suffixes(struct rf_engine *e, struct rf_item *item,
                        const struct rf_value_index *x, struct rf_str host)
{
    for (;;) {
        by_string(e, item, x, host);
        const char *dot = host.n ? memchr(host.p, '.', host.n) : NULL;
        if (!dot)
            return;
        host = rf_str_sub(host, (size_t)(dot - host.p) + 1);
    }
}

static void by_country(struct rf_engine *e, struct rf_item *item,
                       const struct rf_value_index *x, const struct rf_addr *a)
{
    if (a->form != RF_ADDR_E164)
        return;
    by_string(e, item, x,
              rf_addr_foreign(item->facts.plan, a) ? RF_STR("foreign") : RF_STR("home"));
    by_string(e, item, x, rf_str(a->country, 2));
}

static void by_values(struct rf_engine *e, struct rf_item *item,
                      const struct rf_value_index *x)
{
    const struct rf_values *v = rf_facts_get(&item->facts, x->operand);
    for (uint32_t i = 0; i < v->n; i++) {
        struct rf_str s = v->addrs ? v->addrs[i].norm : v->strs[i];
        if (x->trigger == RF_TRIGGER_VALUE)
            by_string(e, item, x, s);
        else if (x->trigger == RF_TRIGGER_PREFIX)
            by_prefixes(e, item, x, s);
        else if (x->trigger == RF_TRIGGER_SUFFIX)
            by_suffixes(e, item, x, v->hosts ? v->hosts[i] : s);
        else
            by_country(e, item, x, &v->addrs[i]);
    }
}

/* The same of an operand that is a field, in all records: mostly such strings are there,
 * so their slots are asked for first. */
static void by_fields(struct rf_engine *e, struct rf_item **items, size_t n,
                      const struct rf_value_index *x)
{
    struct rf_sought sought[RF_LIMIT_BATCH];
    struct rf_item *of[RF_LIMIT_BATCH];
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        const struct rf_record *r = items[i]->facts.record;
        if (!rf_record_has(r, x->field))
            continue;
        sought[found] = rf_index_sought(r->value[x->field].s);
        of[found] = items[i];
        __builtin_prefetch(&x->slots[rf_index_slot(x, &sought[found])]);
        found += rf_index_may_hold(x, &sought[found]);
    }
    for (size_t i = 0; i < found; i++)
        by_sought(e, of[i], x, &sought[i]);
}

static void by_presence(struct rf_engine *e, struct rf_item *item,
                        const struct rf_present_index *x)
{
    if (rf_facts_get(&item->facts, x->operand)->n == 0)
        return;
    for (uint32_t i = 0; i < x->n; i++)
        fire(e, item, x->tests[i]);
}

/* The word of an enumeration or a boolean; -1: there is none. */
static inline int word_of(struct rf_item *item, const struct rf_word_index *x)
{
    const struct rf_record *r = item->facts.record;
    if (x->field != RF_FIELD_NONE)
        return rf_record_has(r, x->field) ? (int)r->value[x->field].i : -1;
    const struct rf_values *v = rf_facts_get(&item->facts, x->operand);
    return v->n ? (int)v->num : -1;
}

static void by_words(struct rf_engine *e, struct rf_item **items, size_t n,
                     const struct rf_word_index *x)
{
    for (size_t i = 0; i < n; i++) {
        int word = word_of(items[i], x);
        if (word >= 0 && x->filed >> word & 1)
            fire_group(e, items[i], &x->tests, (uint32_t)word);
    }
}

static void by_list(struct rf_engine *e, struct rf_item *item, uint32_t list)
{
    const struct rf_list_index *x = &e->rs->index->lists[list];
    if (list < RF_INDEX_LISTS && !(item->found >> list & 1))
        return;
    for (uint32_t i = 0; i < x->n; i++)
        fire(e, item, x->tests[i]);
}

/* The tests whose triggers were seen: of one trigger in all records, then of the next, so
 * that what is read of the index stays near. */
static void see(struct rf_engine *e, struct rf_item **items, size_t n)
{
    const struct rf_index *x = e->rs->index;
    for (size_t k = 0; k < n; k++)
        by_patterns(e, items[k]);
    for (uint32_t i = 0; i < x->nvalues; i++) {
        const struct rf_value_index *v = &x->values[i];
        if (v->field != RF_FIELD_NONE && v->trigger == RF_TRIGGER_VALUE)
            by_fields(e, items, n, v);
        else
            for (size_t k = 0; k < n; k++)
                by_values(e, items[k], v);
    }
    for (uint32_t i = 0; i < x->npresent; i++)
        for (size_t k = 0; k < n; k++)
            by_presence(e, items[k], &x->present[i]);
    for (uint32_t i = 0; i < x->nwords; i++)
        by_words(e, items, n, &x->words[i]);
    for (uint32_t i = 0; i < x->nlists; i++)
        for (size_t k = 0; k < n; k++)
            by_list(e, items[k], i);
}

/* Of many tests that are possible each once. */
static void weed_out(struct rf_engine *e, struct rf_item *item)
{
    struct rf_numbers *p = &item->possible;
    rf_set_clear(&e->fired);
    for (uint32_t i = 0; i < p->n; i++)
        rf_set_add(&e->fired, p->v[i]);
    memcpy(p->v, e->fired.v, e->fired.n * sizeof *p->v);
    p->n = e->fired.n;
}

/* The rules filed under a test. */
static inline const struct rf_filed *filed_under(const struct rf_index *x, uint32_t test,
                                                 uint32_t *n)
{
    const struct rf_filed *f = &x->only[test];
    *n = f->kinds ? 1 : f->position;
    return f->kinds ? f : &x->filed[f->guard];
}

/* Notes those of n rules that are of the kind and whose guard may be possible, mostly
 * few: all are written, then written over. Returns where the next go. */
static inline struct rf_filed *sift_filed(const struct rf_filed *v, uint32_t n,
                                          enum rf_kind kind, uint64_t possible_bits,
                                          struct rf_filed *to)
{
    uint64_t guards = possible_bits | UINT64_C(1) << RF_INDEX_NONE % 64;
    for (uint32_t i = 0; i < n; i++) {
        *to = v[i];
        to += v[i].kinds >> kind & guards >> v[i].guard % 64 & 1;
    }
    return to;
}

/* Puts rules into a list of those that are on, ascending. */
static struct rf_numbers take(struct rf_engine *e, const uint64_t *on)
{
    struct rf_set *s = &e->chosen;
    struct rf_numbers kept = {rf_arena_alloc(e->arena, s->n * sizeof *kept.v), 0};
    for (uint32_t i = 0; i < s->n; i++)
        if (on[s->v[i] / 64] >> (s->v[i] % 64) & 1)
            kept.v[kept.n++] = s->v[i];
    rf_engine_sort(kept.v, kept.n);
    rf_set_clear(s);
    return kept;
}

/* The rules filed under the tests that were seen, but for those whose guard was not, and
 * the rules filed under none. */
static void find_rules(struct rf_engine *e, struct rf_item *item)
{
    const struct rf_index *x = e->rs->index;
    enum rf_kind kind = item->facts.record->kind;
    struct rf_filed *end = e->filed;
    if (item->possible.n > RF_FEW_POSSIBLE)
        weed_out(e, item);
    for (uint32_t i = 0; i < item->possible.n; i++) {
        uint32_t n;
        const struct rf_filed *v = filed_under(x, item->possible.v[i], &n);
        end = sift_filed(v, n, kind, item->possible_bits, end);
    }
    for (const struct rf_filed *f = e->filed; f < end; f++)
        if (f->guard == RF_INDEX_NONE || rf_engine_possible(e, item, f->guard))
            rf_set_add(&e->chosen, f->position);
    for (uint32_t i = 0; i < x->nalways[kind]; i++)
        rf_set_add(&e->chosen, x->always[kind][i]);
    for (uint32_t i = 0; e->explained && i < e->rs->nrules; i++)
        rf_set_add(&e->chosen, i);
    if (e->chosen.n)
        item->positions = take(e, e->on[kind]);
}

/* ---- a batch ---- */

void rf_engine_find(struct rf_engine *e, struct rf_item *items, size_t n)
{
    const struct rf_index *x = e->rs->index;
    struct rf_item *judged[RF_LIMIT_BATCH];
    size_t njudged = 0;
    for (size_t i = 0; i < n; i++) {
        items[i].keyed = NULL;
        items[i].possible_bits = 0;
        items[i].possible = (struct rf_numbers){items[i].few, 0};
        items[i].room = RF_FEW_POSSIBLE;
        items[i].positions = (struct rf_numbers){0};
        if (items[i].judged)
            judged[njudged++] = &items[i];
    }
    see(e, judged, njudged);
    for (size_t i = 0; i < njudged; i++)
        for (uint32_t k = 0; k < judged[i]->possible.n; k++) {
            const struct rf_filed *f = &x->only[judged[i]->possible.v[k]];
            __builtin_prefetch(f->kinds ? f : &x->filed[f->guard]);
        }
    for (size_t i = 0; i < njudged; i++) {
        find_rules(e, judged[i]);
        for (uint32_t k = 0; k < judged[i]->positions.n; k++)
            __builtin_prefetch(&x->briefs[judged[i]->positions.v[k]]);
    }
}
