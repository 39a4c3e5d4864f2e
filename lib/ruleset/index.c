#include "lib/ruleset/index.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/ruleset/cost.h"

#define SMALL_LIST 65536 /* entries up to which a list joins `any` */

/* A pair (group, member) on its way into rf_groups. */
struct pair {
    uint32_t group, member;
};

struct pairs {
    struct pair *v;
    size_t n, cap;
};

/* What building knows of a test. */
struct filed {
    double cost;
    uint32_t term;
    bool wanted; /* some rule is filed under it */
};

struct build {
    struct rf_ruleset *rs;
    struct rf_index *x;
    struct filed *tests;
    struct pairs rules; /* (test, position) */
};

static void add_pair(struct pairs *p, uint32_t group, uint32_t member)
{
    if (p->n == p->cap) {
        p->cap = p->cap ? 2 * p->cap : 256;
        p->v = rf_mem_realloc(p->v, p->cap, sizeof *p->v);
    }
    p->v[p->n++] = (struct pair){group, member};
}

/* Sorts pairs into groups by counting; frees them. */
static struct rf_groups group(struct rf_arena *a, struct pairs *p, uint32_t ngroups)
{
    struct rf_groups g = {.first = RF_NEW_ARRAY(a, uint32_t, (size_t)ngroups + 2),
                          .v = RF_NEW_ARRAY(a, uint32_t, p->n)};
    for (size_t i = 0; i < p->n; i++)
        g.first[p->v[i].group + 2]++;
    for (uint32_t i = 2; i < ngroups + 2; i++)
        g.first[i] += g.first[i - 1];
    for (size_t i = 0; i < p->n; i++)
        g.v[g.first[p->v[i].group + 1]++] = p->v[i].member;
    free(p->v);
    *p = (struct pairs){0};
    return g;
}

/* ---- what a rule is filed under ---- */

/* Cost of the cheapest set of triggers for node n; with `file`, files the rule at
 * `position` under it. */
static double trigger_set(struct build *b, const struct rf_node *n, bool file,
                          uint32_t position)
{
    double best = 1, sum = 0;
    uint32_t pick = 0;
    switch (n->kind) {
    case RF_NODE_TEST:
        if (file) {
            b->tests[n->index].wanted = true;
            add_pair(&b->rules, n->index, position);
        }
        return b->tests[n->index].cost;
    case RF_NODE_ALL:
        for (uint32_t i = 0; i < n->nchildren; i++) {
            double c = trigger_set(b, n->children[i], false, position);
            if (c < best) {
                best = c;
                pick = i;
            }
        }
        return best < 1 && file ? trigger_set(b, n->children[pick], true, position)
                                : best;
    case RF_NODE_ANY:
        for (uint32_t i = 0; i < n->nchildren; i++)
            sum += trigger_set(b, n->children[i], file, position);
        return sum < 1 ? sum : 1;
    default:
        return 1;
    }
}

static void set_bit(uint64_t *set, uint32_t i)
{
    set[i / 64] |= UINT64_C(1) << (i % 64);
}

static void file_rule(struct build *b, uint32_t position)
{
    const struct rf_rule *r = &b->rs->rules[b->rs->order[position]];
    bool filed = !r->uses_hit && !r->counts_calls &&
                 trigger_set(b, r->when, false, position) < RF_COST_ALWAYS;
    if (filed)
        trigger_set(b, r->when, true, position);
    for (int kind = RF_KIND_SMS; kind < RF_KIND_COUNT; kind++) {
        if (!filed && (r->kinds >> kind & 1))
            set_bit(b->x->always[kind], position);
    }
}

/* ---- guards ---- */

/* A test besides `test` that must be possible for `when` to hold, the rarest one found by
 * its patterns (that costs nothing); RF_INDEX_NONE where there is none. */
static uint32_t guard_of(const struct build *b, const struct rf_node *when, uint32_t test)
{
    uint32_t best = RF_INDEX_NONE;
    for (uint32_t i = 0; when->kind == RF_NODE_ALL && i < when->nchildren; i++) {
        const struct rf_node *n = when->children[i];
        if (n->kind != RF_NODE_TEST || n->index == test ||
            b->x->trigger[n->index] != RF_TRIGGER_PATTERN)
            continue;
        if (best == RF_INDEX_NONE || b->tests[n->index].cost < b->tests[best].cost)
            best = n->index;
    }
    return best;
}

static void set_guards(struct build *b)
{
    const struct rf_groups *g = &b->x->test_rules;
    b->x->guards = RF_NEW_ARRAY(&b->rs->arena, uint32_t, g->first[b->rs->ntests]);
    for (uint32_t t = 0; t < b->rs->ntests; t++)
        for (uint32_t i = g->first[t]; i < g->first[t + 1]; i++)
            b->x->guards[i] = guard_of(b, b->rs->rules[b->rs->order[g->v[i]]].when, t);
}

/* Whether the rule is not to be tried where the test does not hold. An answer begins a
 * call whatever the rule says of the event. */
static bool rules_out(const struct rf_ruleset *rs, const struct rf_rule *r,
                      const struct rf_node *n)
{
    return n->kind == RF_NODE_TEST &&
           !(r->counts_calls && rs->tests[n->index].operand == RF_OPERAND_EVENT);
}

/* Tests that stand alone in `when` or in its outermost `all`: close together in memory,
 * they spare the look at the rule itself. */
static void index_needed(struct build *b)
{
    struct pairs p = {0};
    for (uint32_t i = 0; i < b->rs->nrules; i++) {
        const struct rf_rule *r = &b->rs->rules[b->rs->order[i]];
        const struct rf_node *when = r->when;
        if (rules_out(b->rs, r, when))
            add_pair(&p, i, when->index);
        for (uint32_t k = 0; when->kind == RF_NODE_ALL && k < when->nchildren; k++)
            if (rules_out(b->rs, r, when->children[k]))
                add_pair(&p, i, when->children[k]->index);
    }
    b->x->needed = group(&b->rs->arena, &p, b->rs->nrules);
}

/* ---- how tests are found ---- */

static const struct rf_term *filed_term(const struct build *b, uint32_t test)
{
    return &b->rs->tests[test].terms[b->tests[test].term];
}

static void index_patterns(struct build *b)
{
    struct pairs p = {0};
    for (uint32_t t = 0; t < b->rs->ntests; t++) {
        if (b->x->trigger[t] != RF_TRIGGER_PATTERN)
            continue;
        const struct rf_term *term = filed_term(b, t);
        for (uint32_t i = 0; i < term->n; i++)
            add_pair(&p, term->patterns[i], t);
    }
    b->x->pattern_tests = group(&b->rs->arena, &p, rf_matcher_count(b->rs->matcher));
}

/* Whether test t looks at operand o and is found by `trigger`. */
static bool found_by(const struct build *b, uint32_t t, enum rf_operand o,
                     enum rf_trigger trigger)
{
    return b->x->trigger[t] == trigger && b->rs->tests[t].operand == o;
}

static bool any_found_by(const struct build *b, enum rf_operand o,
                         enum rf_trigger trigger)
{
    for (uint32_t t = 0; t < b->rs->ntests; t++)
        if (found_by(b, t, o, trigger))
            return true;
    return false;
}

static uint32_t string_id(struct rf_value_index *v, struct rf_str s, uint32_t *n)
{
    uint32_t id = rf_map_get(&v->ids, s);
    if (id == RF_MAP_NONE) {
        id = (*n)++;
        rf_map_put(&v->ids, s, id);
        v->lengths |= UINT64_C(1) << (s.n < RF_INDEX_LENGTHS ? s.n : RF_INDEX_LENGTHS);
    }
    return id;
}

static void file_countries(struct rf_value_index *v, const struct rf_countries *c,
                           uint32_t test, struct pairs *p, uint32_t *n)
{
    for (uint32_t i = 0; i < c->n; i++)
        add_pair(p, string_id(v, rf_str(c->iso[i], 2), n), test);
    if (c->home)
        add_pair(p, string_id(v, RF_STR("home"), n), test);
    if (c->foreign)
        add_pair(p, string_id(v, RF_STR("foreign"), n), test);
}

static void index_values(struct build *b, enum rf_operand o, enum rf_trigger trigger)
{
    struct rf_value_index *v = &b->x->values[b->x->nvalues++];
    struct pairs p = {0};
    uint32_t n = 0;
    v->operand = o;
    v->trigger = trigger;
    rf_map_init(&v->ids);
    for (uint32_t t = 0; t < b->rs->ntests; t++) {
        if (!found_by(b, t, o, trigger))
            continue;
        const struct rf_term *term = filed_term(b, t);
        if (trigger == RF_TRIGGER_COUNTRY)
            file_countries(v, &term->countries, t, &p, &n);
        for (uint32_t i = 0; trigger != RF_TRIGGER_COUNTRY && i < term->n; i++)
            add_pair(&p, string_id(v, term->strs[i], &n), t);
    }
    v->tests = group(&b->rs->arena, &p, n);
}

static void index_present(struct build *b, enum rf_operand o)
{
    struct rf_present_index *x = &b->x->present[b->x->npresent++];
    x->operand = o;
    x->tests = RF_NEW_ARRAY(&b->rs->arena, uint32_t, b->rs->ntests);
    for (uint32_t t = 0; t < b->rs->ntests; t++)
        if (found_by(b, t, o, RF_TRIGGER_PRESENT))
            x->tests[x->n++] = t;
}

static void index_words(struct build *b, enum rf_operand o)
{
    struct rf_word_index *w = &b->x->words[b->x->nwords++];
    struct pairs p = {0};
    w->operand = o;
    for (uint32_t t = 0; t < b->rs->ntests; t++)
        for (uint32_t i = 0; i < RF_INDEX_WORDS; i++)
            if (found_by(b, t, o, RF_TRIGGER_WORD) && (filed_term(b, t)->mask >> i & 1))
                add_pair(&p, i, t);
    w->tests = group(&b->rs->arena, &p, RF_INDEX_WORDS);
}

static uint64_t list_entries(const struct rf_term *term)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < term->n; i++)
        n += rf_list_size(term->lists[i]);
    return n;
}

static void join_lists(struct rf_list_builder *any, const struct rf_term *term,
                       struct rf_report *ignored)
{
    struct rf_arena a;
    rf_arena_init(&a, 0);
    for (uint32_t i = 0; i < term->n; i++) {
        for (uint32_t k = 0; k < rf_list_size(term->lists[i]); k++) {
            struct rf_list_entry e;
            rf_list_entry(term->lists[i], k, &a, &e);
            rf_list_add(any, e.text, ignored, RF_WARNING, RF_NO_SOURCE, 0, 0);
        }
    }
    rf_arena_fini(&a);
}

/* Remember the term's lists among those joined. */
static void note_lists(struct rf_list_index *l, const struct rf_term *term)
{
    for (uint32_t i = 0; i < term->n; i++) {
        uint32_t k = 0;
        while (k < l->njoined && l->joined[k] != term->lists[i])
            k++;
        if (k == l->njoined)
            l->joined[l->njoined++] = term->lists[i];
    }
}

static void index_lists(struct build *b, enum rf_operand o)
{
    struct rf_list_index *l = &b->x->lists[b->x->nlists++];
    bool address = rf_operand_info(o)->class == RF_CLASS_ADDRESS;
    struct rf_list_builder *any =
        rf_list_begin(address ? RF_LIST_SENDERS : RF_LIST_HOSTS, b->rs->plan);
    struct rf_report *ignored = rf_report_new();
    l->operand = o;
    l->small = RF_NEW_ARRAY(&b->rs->arena, uint32_t, b->rs->ntests);
    l->large = RF_NEW_ARRAY(&b->rs->arena, uint32_t, b->rs->ntests);
    l->joined = RF_NEW_ARRAY(&b->rs->arena, const struct rf_list *, b->rs->nlists);
    for (uint32_t t = 0; t < b->rs->ntests; t++) {
        if (!found_by(b, t, o, RF_TRIGGER_LIST))
            continue;
        if (list_entries(filed_term(b, t)) > SMALL_LIST) {
            l->large[l->nlarge++] = t;
            continue;
        }
        l->small[l->nsmall++] = t;
        note_lists(l, filed_term(b, t));
        join_lists(any, filed_term(b, t), ignored);
    }
    l->any = rf_list_finish(any);
    const struct rf_list_index *before = b->x->nlists > 1 ? l - 1 : NULL;
    l->first_large = before ? before->first_large + before->nlarge : 0;
    rf_report_free(ignored);
}

static void index_operand(struct build *b, enum rf_operand o)
{
    static const enum rf_trigger strings[] = {RF_TRIGGER_VALUE, RF_TRIGGER_PREFIX,
                                              RF_TRIGGER_SUFFIX, RF_TRIGGER_COUNTRY};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        if (any_found_by(b, o, strings[i]))
            index_values(b, o, strings[i]);
    if (any_found_by(b, o, RF_TRIGGER_WORD))
        index_words(b, o);
    if (any_found_by(b, o, RF_TRIGGER_LIST))
        index_lists(b, o);
    if (any_found_by(b, o, RF_TRIGGER_PRESENT))
        index_present(b, o);
}

static void index_tests(struct build *b)
{
    struct rf_arena *a = &b->rs->arena;
    index_patterns(b);
    b->x->values = RF_NEW_ARRAY(a, struct rf_value_index, 4 * RF_OPERAND_COUNT);
    b->x->words = RF_NEW_ARRAY(a, struct rf_word_index, RF_OPERAND_COUNT);
    b->x->lists = RF_NEW_ARRAY(a, struct rf_list_index, RF_OPERAND_COUNT);
    b->x->present = RF_NEW_ARRAY(a, struct rf_present_index, RF_OPERAND_COUNT);
    for (int o = 0; o < RF_OPERAND_COUNT; o++)
        index_operand(b, (enum rf_operand)o);
}

/* Only tests that a rule is filed under are looked for; those of patterns come for
 * nothing. */
static void choose_triggers(struct build *b, const uint8_t *best)
{
    for (uint32_t t = 0; t < b->rs->ntests; t++)
        if (b->tests[t].wanted || best[t] == RF_TRIGGER_PATTERN)
            b->x->trigger[t] = best[t];
}

void rf_index_build(struct rf_ruleset *rs)
{
    struct rf_index *x = RF_NEW(&rs->arena, struct rf_index);
    struct build b = {.rs = rs, .x = x};
    uint8_t *best = rf_mem_calloc(rs->ntests, sizeof *best);
    b.tests = rf_mem_calloc(rs->ntests, sizeof *b.tests);
    x->trigger = RF_NEW_ARRAY(&rs->arena, uint8_t, rs->ntests);
    x->nbits = (rs->nrules + 63) / 64;
    for (int kind = 0; kind < RF_KIND_COUNT; kind++)
        x->always[kind] = RF_NEW_ARRAY(&rs->arena, uint64_t, x->nbits);
    for (uint32_t t = 0; t < rs->ntests; t++)
        best[t] =
            (uint8_t)rf_cost_test(rs, &rs->tests[t], &b.tests[t].cost, &b.tests[t].term);
    for (uint32_t i = 0; i < rs->nrules; i++)
        file_rule(&b, i);
    choose_triggers(&b, best);
    x->test_rules = group(&rs->arena, &b.rules, rs->ntests);
    set_guards(&b);
    index_needed(&b);
    index_tests(&b);
    free(b.tests);
    free(best);
    rs->index = x;
    struct rf_overlay **none = RF_NEW_ARRAY(&rs->arena, struct rf_overlay *, x->nlists);
    rf_index_changed(rs, none); /* nothing was there before */
}

void rf_index_fini(struct rf_index *x)
{
    for (uint32_t i = 0; x && i < x->nvalues; i++)
        rf_map_fini(&x->values[i].ids);
    for (uint32_t i = 0; x && i < x->nlists; i++)
        rf_list_free(x->lists[i].any);
}
