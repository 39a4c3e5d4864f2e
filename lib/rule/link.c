/* What could only be settled when all rules are known: marks, hits, excuses, order. */
#include <stdlib.h>

#include "lib/rule/compile.h"

/* ---- marks ---- */

struct entry {
    uint32_t after; /* index */
    const struct rf_after_draft *draft;
};

static int by_mark(const void *pa, const void *pb)
{
    const struct rf_after_draft *a = ((const struct entry *)pa)->draft;
    const struct rf_after_draft *b = ((const struct entry *)pb)->draft;
    const struct rf_hash128 *x = &a->mark.spec.id, *y = &b->mark.spec.id;
    if (a->target != b->target)
        return a->target < b->target ? -1 : 1;
    if (x->hi != y->hi)
        return x->hi < y->hi ? -1 : 1;
    return (x->lo > y->lo) - (x->lo < y->lo);
}

/* The rule that is to leave the mark must have the fields of it. */
static void check_was(struct rf_load *ld, const struct rf_after_draft *d)
{
    const struct rf_rule *target = &ld->rs->rules[d->target];
    for (uint32_t i = 0; i < d->mark.was.n; i++) {
        enum rf_operand o = d->mark.was.operand[i];
        if (target->kinds && !(rf_operand_kinds(o) & target->kinds))
            rf_rule_error(ld, RF_CODE_KIND, d->node,
                          "no record that '%.*s' hits has the field '%s'",
                          RF_STR_FMT(target->id), rf_operand_info(o)->name);
    }
}

static void link_marks(struct rf_load *ld)
{
    struct rf_ruleset *rs = ld->rs;
    uint32_t n = ld->after_drafts.n;
    struct entry *e = RF_NEW_ARRAY(&ld->tmp, struct entry, n);
    for (uint32_t i = 0; i < n; i++) {
        e[i] = (struct entry){i, RF_VEC_AT(ld->after_drafts, struct rf_after_draft, i)};
        check_was(ld, e[i].draft);
    }
    if (n)
        qsort(e, n, sizeof *e, by_mark);
    rs->marks = RF_NEW_ARRAY(ld->arena, struct rf_mark, n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t target = e[i].draft->target;
        if (i == 0 || by_mark(&e[i - 1], &e[i]) != 0) {
            rs->marks[rs->nmarks] = e[i].draft->mark;
            rs->marks[rs->nmarks].rule = target;
            if (rs->rules[target].marks.n++ == 0)
                rs->rules[target].marks.first = rs->nmarks;
            rs->nmarks++;
        }
        rs->afters[e[i].after].mark = rs->nmarks - 1;
    }
}

/* ---- hit ---- */

/* Item i of a list, or the one value. */
static const struct rf_yaml_node *item(const struct rf_yaml_node *value, uint32_t i)
{
    return value->kind == RF_YAML_LIST ? value->items[i] : value;
}

static bool among(const struct rf_yaml_node *value, struct rf_str s)
{
    uint32_t n = value->kind == RF_YAML_LIST ? value->n : 1;
    for (uint32_t i = 0; i < n; i++)
        if (item(value, i)->kind == RF_YAML_SCALAR && rf_str_eq(item(value, i)->s, s))
            return true;
    return false;
}

/* The rule that a node names, or RF_MAP_NONE. */
static uint32_t index_of(const struct rf_load *ld, const struct rf_yaml_node *n)
{
    return n->kind == RF_YAML_SCALAR && n->s.n ? rf_map_get(&ld->rule_ids, n->s)
                                               : RF_MAP_NONE;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool has_tag(const struct rf_rule *r, const struct rf_yaml_node *tags)
{
    for (uint32_t i = 0; i < r->ntags; i++)
        if (among(tags, r->tags[i]))
            return true;
    return false;
}

static bool asked_for(const struct rf_load *ld, const struct rf_yaml_node *hit,
                      const struct rf_rule *r)
{
    const struct rf_yaml_node *n;
    int verdict = rf_rule_verdict_of(r->action);
    if ((n = rf_yaml_get(hit, "rule")) && !among(n, r->id))
        return false;
    if ((n = rf_yaml_get(hit, "tag")) && !has_tag(r, n))
        return false;
    if ((n = rf_yaml_get(hit, "fraud_type")) &&
        (r->fraud_type == UINT32_MAX || !among(n, ld->rs->fraud_types[r->fraud_type].id)))
        return false;
    if ((n = rf_yaml_get(hit, "level")) && !among(n, rf_str_of(rf_level_words[r->level])))
        return false;
    if ((n = rf_yaml_get(hit, "verdict")) &&
        (verdict < 0 || !among(n, rf_str_of(rf_verdict_words[verdict]))))
        return false;
    return true;
}

/* Whether any `hit` may see the rule. */
static bool is_visible(const struct rf_rule *r)
{
    return !r->uses_hit && r->action != RF_ACTION_NONE && r->action != RF_ACTION_MARK;
}

/* A rule named that can never be seen: say so. */
static void check_named(struct rf_load *ld, const struct rf_yaml_node *value,
                        uint32_t asker)
{
    uint32_t n = value->kind == RF_YAML_LIST ? value->n : 1;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t index = index_of(ld, item(value, i));
        if (index == RF_MAP_NONE || index == asker || is_visible(&ld->rs->rules[index]))
            continue;
        const struct rf_rule *r = &ld->rs->rules[index];
        if (r->uses_hit)
            rf_rule_error(ld, RF_CODE_HIT, item(value, i),
                          "'%.*s' uses 'hit' itself: such rules do not see each other",
                          RF_STR_FMT(r->id));
        else if (r->action == RF_ACTION_MARK || r->alert)
            rf_rule_error(ld, RF_CODE_HIT, item(value, i),
                          "'%.*s' is of action %s, which 'hit' does not see",
                          RF_STR_FMT(r->id),
                          r->action == RF_ACTION_MARK ? "mark" : "alert");
    }
}

/* The visible rules that `rule:` names; at most as many as it has items. */
static uint32_t *named(struct rf_load *ld, const struct rf_yaml_node *value, uint32_t *n)
{
    uint32_t items = value->kind == RF_YAML_LIST ? value->n : 1;
    uint32_t *v = RF_NEW_ARRAY(&ld->tmp, uint32_t, items);
    *n = 0;
    for (uint32_t i = 0; i < items; i++) {
        uint32_t r = index_of(ld, item(value, i));
        if (r != RF_MAP_NONE && is_visible(&ld->rs->rules[r]))
            v[(*n)++] = r;
    }
    if (*n)
        qsort(v, *n, sizeof *v, by_number);
    return v;
}

/* Of the n ascending candidates those asked for. */
static void resolve_hit(struct rf_load *ld, const struct rf_hit_draft *d,
                        const uint32_t *rules, uint32_t n, struct rf_hit_test *out)
{
    const struct rf_yaml_node *by_rule = rf_yaml_get(d->node, "rule");
    uint32_t *kept, found = 0;
    if (by_rule) {
        check_named(ld, by_rule, d->rule);
        rules = named(ld, by_rule, &n);
    }
    for (uint32_t i = 0; i < n; i++)
        found += asked_for(ld, d->node, &ld->rs->rules[rules[i]]);
    kept = RF_NEW_ARRAY(ld->arena, uint32_t, found);
    for (uint32_t i = 0; i < n; i++)
        if (asked_for(ld, d->node, &ld->rs->rules[rules[i]]) &&
            (out->n == 0 || kept[out->n - 1] != rules[i]))
            kept[out->n++] = rules[i];
    out->rules = kept;
    out->by_rule = by_rule != NULL;
    if (found == 0 && rf_report_count(ld->report, RF_ERROR) == 0)
        rf_rule_warn(ld, RF_CODE_HIT, d->node, "no rule is like this: it never holds");
}

static void link_hits(struct rf_load *ld)
{
    uint32_t n = 0, *rules = RF_NEW_ARRAY(&ld->tmp, uint32_t, ld->rs->nrules);
    for (uint32_t i = 0; i < ld->rs->nrules; i++)
        if (is_visible(&ld->rs->rules[i]))
            rules[n++] = i;
    ld->rs->nhits = ld->hit_drafts.n;
    ld->rs->hits = RF_NEW_ARRAY(ld->arena, struct rf_hit_test, ld->rs->nhits);
    for (uint32_t i = 0; i < ld->rs->nhits; i++)
        resolve_hit(ld, RF_VEC_AT(ld->hit_drafts, struct rf_hit_draft, i), rules, n,
                    &ld->rs->hits[i]);
}

/* ---- excuses ---- */

static bool excused(const struct rf_rule *r, struct rf_str what)
{
    if (rf_str_eq(r->id, what))
        return true;
    for (uint32_t i = 0; i < r->ntags; i++)
        if (rf_str_eq(r->tags[i], what))
            return true;
    return false;
}

static void resolve_excuses(struct rf_load *ld, const struct rf_excuse_draft *d)
{
    struct rf_ruleset *rs = ld->rs;
    uint32_t n;
    const struct rf_str *what = rf_want_strings(ld, d->node, "excuses", &n);
    bool *is = RF_NEW_ARRAY(&ld->tmp, bool, rs->nrules);
    uint32_t total = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool any = false;
        for (uint32_t r = 0; r < rs->nrules; r++) {
            if (!excused(&rs->rules[r], what[i]))
                continue;
            any = true;
            total += !is[r];
            is[r] = true;
        }
        if (!any)
            rf_rule_warn(ld, RF_CODE_EXCUSES, d->node,
                         "no rule has the tag or the id '%.*s'", RF_STR_FMT(what[i]));
    }
    uint32_t *rules = RF_NEW_ARRAY(ld->arena, uint32_t, total), k = 0;
    for (uint32_t r = 0; r < rs->nrules; r++)
        if (is[r])
            rules[k++] = r;
    rs->rules[d->rule].excuses = rules;
    rs->rules[d->rule].nexcuses = total;
}

/* ---- order ---- */

static void set_order(struct rf_load *ld)
{
    struct rf_ruleset *rs = ld->rs;
    uint32_t n = 0;
    rs->order = RF_NEW_ARRAY(ld->arena, uint32_t, rs->nrules);
    for (int last = 0; last < 2; last++)
        for (uint32_t i = 0; i < rs->nrules; i++)
            if (rs->rules[i].uses_hit == (last == 1))
                rs->order[n++] = i;
}

void rf_rule_link(struct rf_load *ld)
{
    struct rf_ruleset *rs = ld->rs;
    rs->ntests = ld->tests.n;
    rs->tests = rf_vec_keep(ld, &ld->tests, sizeof(struct rf_test));
    rs->npairs = ld->pairs.n;
    rs->pairs = rf_vec_keep(ld, &ld->pairs, sizeof(struct rf_pair_test));
    rs->ncounters = ld->counters.n;
    rs->counters = rf_vec_keep(ld, &ld->counters, sizeof(struct rf_counter));
    rs->nbehaviors = ld->behaviors.n;
    rs->behaviors = rf_vec_keep(ld, &ld->behaviors, sizeof(struct rf_behavior));
    rs->nafters = ld->afters.n;
    rs->afters = rf_vec_keep(ld, &ld->afters, sizeof(struct rf_after));
    link_marks(ld);
    link_hits(ld);
    for (uint32_t i = 0; i < ld->excuse_drafts.n; i++)
        resolve_excuses(ld, RF_VEC_AT(ld->excuse_drafts, struct rf_excuse_draft, i));
    set_order(ld);
}
