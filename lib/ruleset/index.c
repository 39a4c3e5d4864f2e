/* Which tests a rule is filed under, what guards it, what rules it out. Cold. */
#include "lib/ruleset/index.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/ruleset/cost.h"
#include "lib/ruleset/index_build.h"

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
            pairs_add(&b->rules, n->index, position);
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

static void file_rule(struct build *b, uint32_t position)
{
    const struct rf_rule *r = &b->rs->rules[b->rs->order[position]];
    bool filed = !r->uses_hit && !r->counts_calls &&
                 trigger_set(b, r->when, false, position) < RF_COST_ALWAYS;
    if (filed)
        trigger_set(b, r->when, true, position);
    for (int kind = RF_KIND_SMS; kind < RF_KIND_COUNT; kind++)
        if (!filed && (r->kinds >> kind & 1))
            b->x->always[kind][b->x->nalways[kind]++] = position;
}

/* ---- what rules it out ---- */

/* Whether the rule is not to be tried where the test does not hold. An answer begins a
 * call whatever the rule says of the event. */
static bool rules_out(const struct rf_ruleset *rs, const struct rf_rule *r,
                      const struct rf_node *n)
{
    return n->kind == RF_NODE_TEST &&
           !(r->counts_calls && rs->tests[n->index].operand == RF_OPERAND_EVENT);
}

/* One condition of those that must all hold. */
static void add_condition(const struct rf_ruleset *rs, const struct rf_rule *r,
                          const struct rf_node *n, struct rf_brief *brief)
{
    if (n->kind == RF_NODE_BEHAVIOR && brief->behavior == RF_INDEX_NONE)
        brief->behavior = n->index;
    else if (rules_out(rs, r, n) && brief->nneeded < RF_NEEDED_MAX)
        brief->needed[brief->nneeded++] = n->index;
    else
        brief->whole = false;
}

/* `when` alone, or what stands in its outermost `all`. */
static void brief_rule(const struct rf_ruleset *rs, uint32_t rule, struct rf_brief *out)
{
    const struct rf_rule *r = &rs->rules[rule];
    const struct rf_node *when = r->when;
    *out = (struct rf_brief){.rule = rule,
                             .counters = r->counters,
                             .behavior = RF_INDEX_NONE,
                             .whole = !r->counts_calls};
    if (when->kind != RF_NODE_ALL)
        add_condition(rs, r, when, out);
    for (uint32_t k = 0; when->kind == RF_NODE_ALL && k < when->nchildren; k++)
        add_condition(rs, r, when->children[k], out);
}

/* Sure tests first, the others in their order: they are evaluated in it. */
static void sort_needed(const struct rf_index *x, struct rf_brief *brief)
{
    uint32_t others[RF_NEEDED_MAX] = {0}, n = 0;
    for (uint32_t i = 0; i < brief->nneeded; i++) {
        uint32_t t = brief->needed[i];
        if (x->tests[t].sure)
            brief->needed[brief->nsure++] = t;
        else
            others[n++] = t;
    }
    memcpy(&brief->needed[brief->nsure], others, n * sizeof *others);
    for (uint32_t i = 0; i < brief->nneeded; i++)
        if (x->tests[brief->needed[i]].trigger != RF_TRIGGER_NONE)
            brief->triggered |= (uint16_t)(1u << i);
}

static void brief_rules(struct build *b)
{
    const struct rf_ruleset *rs = b->rs;
    b->x->briefs = rf_mem_pages((rs->nrules + 1) * sizeof *b->x->briefs);
    for (uint32_t i = 0; i < rs->nrules; i++) {
        brief_rule(rs, rs->order[i], &b->x->briefs[i]);
        sort_needed(b->x, &b->x->briefs[i]);
    }
}

/* The rarest needed test besides `test` whose trigger is looked for anyway. */
static uint32_t guard_of(const struct build *b, const struct rf_brief *brief,
                         uint32_t test)
{
    uint32_t best = RF_INDEX_NONE;
    for (uint32_t i = 0; i < brief->nneeded; i++) {
        uint32_t t = brief->needed[i];
        if (t == test || b->x->tests[t].trigger == RF_TRIGGER_NONE)
            continue;
        if (best == RF_INDEX_NONE || b->tests[t].cost < b->tests[best].cost)
            best = t;
    }
    return best;
}

static struct rf_filed filed_rule(const struct build *b, uint32_t position, uint32_t test)
{
    const struct rf_rule *r = &b->rs->rules[b->rs->order[position]];
    return (struct rf_filed){.position = position,
                             .kinds = r->kinds & RF_IN_ALL,
                             .guard = guard_of(b, &b->x->briefs[position], test)};
}

static void file_rules(struct build *b)
{
    const struct rf_groups g = pairs_group(&b->rs->arena, &b->rules, b->rs->ntests);
    struct rf_index *x = b->x;
    x->nfiled = g.first[b->rs->ntests];
    x->filed = RF_NEW_ARRAY(&b->rs->arena, struct rf_filed, x->nfiled);
    x->only = RF_NEW_ARRAY(&b->rs->arena, struct rf_filed, b->rs->ntests);
    for (uint32_t t = 0; t < b->rs->ntests; t++) {
        uint32_t first = g.first[t], filed = g.first[t + 1] - first;
        for (uint32_t i = first; i < first + filed; i++)
            x->filed[i] = filed_rule(b, g.v[i], t);
        x->only[t] = (struct rf_filed){.position = filed, .guard = first};
        if (filed == 1)
            x->only[t] = x->filed[first];
    }
}

/* ---- tests ---- */

/* Tests that a rule is filed under are looked for, and those that cost little: what the
 * scan names, words of enumerations, small lists (all joined in one). */
static bool looked_for(const struct build *b, uint32_t test, enum rf_trigger trigger)
{
    return b->tests[test].wanted || trigger == RF_TRIGGER_PATTERN ||
           trigger == RF_TRIGGER_WORD ||
           (trigger == RF_TRIGGER_LIST && index_is_small(filed_term(b, test)));
}

/* Whether the test holds when its trigger is seen. */
static bool is_sure(const struct rf_ruleset *rs, const struct rf_test *t,
                    enum rf_trigger trigger)
{
    const struct rf_term *term = t->terms;
    if (t->nterms != 1 || term->expires_ms)
        return false;
    switch (trigger) {
    case RF_TRIGGER_NONE:
    case RF_TRIGGER_LIST:
        return false;
    case RF_TRIGGER_PRESENT:
        return term->op == RF_OP_EXISTS && term->flag && !term->negate;
    case RF_TRIGGER_PATTERN:
        if (term->at_least > 1)
            return false;
        for (uint32_t i = 0; i < term->n; i++)
            if (rf_matcher_kind(rs->matcher, term->patterns[i]) == RF_PATTERN_REGEX)
                return false;
        return true;
    default:
        return true;
    }
}

/* The pattern of a test that is one regex on a view, no more, and never runs out. */
static uint32_t only_regex(const struct rf_test *t)
{
    const struct rf_term *term = t->terms;
    return rf_operand_view(t->operand) != RF_VIEW_FIELD && t->nterms == 1 &&
                   term->op == RF_OP_REGEX && term->n == 1 && term->at_least <= 1 &&
                   !term->negate && !term->expires_ms
               ? term->patterns[0]
               : RF_INDEX_NONE;
}

static void choose_triggers(struct build *b, const uint8_t *best)
{
    for (uint32_t t = 0; t < b->rs->ntests; t++) {
        struct rf_test_info *info = &b->x->tests[t];
        info->view = (uint8_t)b->rs->tests[t].operand;
        info->regex = only_regex(&b->rs->tests[t]);
        if (!looked_for(b, t, best[t]))
            continue;
        info->trigger = best[t];
        info->sure = is_sure(b->rs, &b->rs->tests[t], best[t]);
    }
}

void rf_index_build(struct rf_ruleset *rs)
{
    struct rf_index *x = RF_NEW(&rs->arena, struct rf_index);
    struct build b = {.rs = rs, .x = x};
    uint8_t *best = rf_mem_calloc(rs->ntests, sizeof *best);
    b.tests = rf_mem_calloc(rs->ntests, sizeof *b.tests);
    x->tests = RF_NEW_ARRAY(&rs->arena, struct rf_test_info, rs->ntests);
    x->nbits = (rs->nrules + 63) / 64;
    for (int kind = 0; kind < RF_KIND_COUNT; kind++)
        x->always[kind] = RF_NEW_ARRAY(&rs->arena, uint32_t, rs->nrules);
    for (uint32_t t = 0; t < rs->ntests; t++)
        best[t] =
            (uint8_t)rf_cost_test(rs, &rs->tests[t], &b.tests[t].cost, &b.tests[t].term);
    for (uint32_t i = 0; i < rs->nrules; i++)
        file_rule(&b, i);
    choose_triggers(&b, best);
    brief_rules(&b);
    file_rules(&b);
    index_tests(&b);
    free(b.tests);
    free(best);
    rs->index = x;
    struct rf_overlay **none = RF_NEW_ARRAY(&rs->arena, struct rf_overlay *, x->nlists);
    rf_index_changed(rs, none); /* nothing was there before */
}

void rf_index_fini(struct rf_index *x)
{
    for (uint32_t i = 0; x && i < x->nlists; i++)
        rf_list_free(x->lists[i].joined);
    if (x)
        free(x->briefs);
}
