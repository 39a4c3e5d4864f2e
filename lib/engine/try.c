/* The rules worth trying, one by one: qualify, count, test. Hot. */
#include <stdlib.h>

#include "lib/engine/state.h"

#define FEW 16 /* rules that are sorted without a call for each comparison */

/* Counts what the record qualifies for, then tests the rule with the values. */
static bool rule_hits(struct rf_engine *e, const struct rf_rule *r)
{
    if (e->facts->record->value[RF_FIELD_TS].i >= r->expires_ms)
        return false;
    if (r->counts_calls)
        rf_engine_answer(e, r);
    if (r->counters.n) {
        e->qualifying = true;
        enum rf_answer q = rf_engine_node(e, r->when);
        e->qualifying = false;
        if (q == RF_NO)
            return false;
        rf_engine_count(e, r);
    }
    return rf_engine_node(e, r->when) == RF_YES;
}

/* The same of a rule whose tests are known to hold, and whose brief says the rest. */
static bool brief_hits(struct rf_engine *e, const struct rf_brief *brief)
{
    const struct rf_rule *r = &e->rs->rules[brief->rule];
    if (e->facts->record->value[RF_FIELD_TS].i >= r->expires_ms)
        return false;
    if (brief->counters.n)
        rf_engine_count(e, r);
    return brief->behavior == RF_INDEX_NONE ||
           rf_engine_behavior(e, &e->rs->behaviors[brief->behavior]) == RF_YES;
}

/* Whether a rule that did not hit would have, had the regex at its limit matched. */
static bool would_block(struct rf_engine *e, uint32_t rule)
{
    const struct rf_rule *r = &e->rs->rules[rule];
    if (r->action != RF_ACTION_BLOCK || e->mode[rule] != RF_MODE_ENFORCE)
        return false;
    e->limit_as_match = true;
    bool hit = rf_engine_node(e, r->when) == RF_YES;
    e->limit_as_match = false;
    return hit;
}

static int ascending(const void *pa, const void *pb)
{
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;
    return (a > b) - (a < b);
}

void rf_engine_sort(uint32_t *rules, uint32_t n)
{
    if (n > FEW) {
        qsort(rules, n, sizeof *rules, ascending);
        return;
    }
    for (uint32_t i = 1; i < n; i++) {
        uint32_t rule = rules[i], k = i;
        for (; k > 0 && rules[k - 1] > rule; k--)
            rules[k] = rules[k - 1];
        rules[k] = rule;
    }
}

static void take_hit(struct rf_engine *e, uint32_t rule, struct rf_judgment *j)
{
    const struct rf_rule *r = &e->rs->rules[rule];
    e->rule_hit[rule] = e->serial;
    if (e->mode[rule] == RF_MODE_ENFORCE)
        j->hits[j->nhits++] = rule;
    else
        j->shadow[j->nshadow++] = rule;
    rf_engine_mark(e, r);
}

/* Whether a test that the rule needs does not hold, be a regex at its limit or not; those
 * that are sure hold, the rule being possible. */
static bool ruled_out(struct rf_engine *e, const struct rf_brief *brief)
{
    e->limited = false;
    for (uint32_t i = brief->nsure; i < brief->nneeded; i++)
        if (rf_engine_test(e, brief->needed[i]) == RF_NO && !e->limited)
            return true;
    return false;
}

/* One rule, whose tests may be known to hold; returns whether it did not hit for a regex
 * at its limit alone. */
static bool try_rule(struct rf_engine *e, const struct rf_brief *brief, bool known,
                     struct rf_judgment *j)
{
    uint32_t rule = brief->rule;
    const struct rf_rule *r = &e->rs->rules[rule];
    e->limited = false;
    bool hit = known && brief->whole ? brief_hits(e, brief) : rule_hits(e, r);
    bool limited = !hit && e->limited && would_block(e, rule);
    if (hit)
        take_hit(e, rule, j);
    if (r->alert && e->counting && e->mode[rule] == RF_MODE_ENFORCE)
        rf_engine_alert(e, rule, hit, j);
    if (e->explained)
        rf_engine_explain_rule(e, rule, hit);
    return limited;
}

uint32_t rf_engine_try(struct rf_engine *e, const struct rf_numbers *positions,
                       struct rf_judgment *j)
{
    uint32_t limited_rule = RF_NO_RULE;
    j->hits = e->hit_room;
    j->shadow = e->hit_room + e->rs->nrules;
    for (uint32_t i = 0; i < positions->n; i++) {
        const struct rf_brief *brief = &e->rs->index->briefs[positions->v[i]];
        if (!e->explained && ruled_out(e, brief))
            continue;
        bool known = !e->explained && !e->limited;
        if (try_rule(e, brief, known, j) && limited_rule == RF_NO_RULE)
            limited_rule = brief->rule;
    }
    rf_engine_sort(j->hits, j->nhits);
    rf_engine_sort(j->shadow, j->nshadow);
    return limited_rule;
}
