/* The order of decision (ringfence-rules(5)): protected numbers, allow, block, scores,
 * warn. Hot. */
#include "lib/engine/state.h"

static bool excused(const struct rf_ruleset *rs, const uint32_t *hits, uint32_t n,
                    uint32_t rule, uint32_t *by)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct rf_rule *r = &rs->rules[hits[i]];
        if (r->action != RF_ACTION_ALLOW || !r->excuses_only)
            continue;
        for (uint32_t k = 0; k < r->nexcuses; k++) {
            if (r->excuses[k] == rule) {
                *by = hits[i];
                return true;
            }
        }
    }
    return false;
}

/* Whether rule a goes before b: higher score (of scores), higher level, lower id. */
static bool before(const struct rf_ruleset *rs, uint32_t a, uint32_t b)
{
    const struct rf_rule *ra = &rs->rules[a], *rb = &rs->rules[b];
    if (b == RF_NO_RULE)
        return true;
    if (ra->action == RF_ACTION_SCORE && ra->score != rb->score)
        return ra->score > rb->score;
    if (ra->level != rb->level)
        return ra->level > rb->level;
    return a < b;
}

/* What the hit rules come to. */
struct outcome {
    enum rf_verdict verdict;
    uint32_t rule;
    uint32_t excused_by;
    bool has_score;
    int64_t score;
};

static void gather(const struct rf_ruleset *rs, const uint32_t *hits, uint32_t n,
                   uint32_t best[RF_ACTION_SCORE + 1], struct outcome *o)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct rf_rule *r = &rs->rules[hits[i]];
        if (r->action == RF_ACTION_ALLOW && r->excuses_only)
            continue;
        if (excused(rs, hits, n, hits[i], &o->excused_by))
            continue;
        if (r->action == RF_ACTION_SCORE) {
            o->has_score = true;
            o->score += r->score;
        }
        if (before(rs, hits[i], best[r->action]))
            best[r->action] = hits[i];
    }
}

static struct outcome outcome_of(const struct rf_ruleset *rs, const uint32_t *hits,
                                 uint32_t n)
{
    uint32_t best[RF_ACTION_SCORE + 1];
    for (int a = 0; a <= RF_ACTION_SCORE; a++)
        best[a] = RF_NO_RULE;
    struct outcome o = {RF_ALLOW, RF_NO_RULE, RF_NO_RULE, false, 0};
    gather(rs, hits, n, best, &o);
    if (best[RF_ACTION_ALLOW] != RF_NO_RULE) {
        o.rule = best[RF_ACTION_ALLOW];
    } else if (best[RF_ACTION_BLOCK] != RF_NO_RULE) {
        o.verdict = RF_BLOCK;
        o.rule = best[RF_ACTION_BLOCK];
    } else if (o.has_score && o.score >= rs->settings.block_score) {
        o.verdict = RF_BLOCK;
        o.rule = best[RF_ACTION_SCORE];
    } else if (best[RF_ACTION_WARN] != RF_NO_RULE) {
        o.verdict = RF_WARN;
        o.rule = best[RF_ACTION_WARN];
    } else if (o.has_score && o.score >= rs->settings.warn_score) {
        o.verdict = RF_WARN;
        o.rule = best[RF_ACTION_SCORE];
    }
    return o;
}

static bool trunk_allowed(const struct rf_settings *s, struct rf_str number,
                          const struct rf_record *r)
{
    bool named = false;
    for (size_t i = 0; i < s->nprotected_trunks; i++) {
        if (!rf_str_eq(s->protected_trunks[i].key, number))
            continue;
        named = true;
        if (rf_record_has(r, RF_FIELD_TRUNK) &&
            rf_str_eq(s->protected_trunks[i].value, r->value[RF_FIELD_TRUNK].s))
            return true;
    }
    return !named;
}

/* Most numbers need not be read to know that they are none. */
static bool is_protected_callee(struct rf_engine *e, const struct rf_record *r)
{
    if (!rf_record_has(r, RF_FIELD_TO) ||
        !rf_protected_may_mean(e->protected, r->value[RF_FIELD_TO].s))
        return false;
    const struct rf_values *to = rf_facts_get(e->facts, RF_OPERAND_TO);
    return to->n && rf_protected_find(e->protected, to->addrs).n;
}

bool rf_engine_protected(struct rf_engine *e, const struct rf_record *r)
{
    if (is_protected_callee(e, r))
        return true;
    const struct rf_settings *s = &e->rs->settings;
    if (!rf_record_has(r, RF_FIELD_INGRESS) ||
        !(s->protected_from >> r->value[RF_FIELD_INGRESS].i & 1))
        return false;
    const struct rf_values *from = rf_facts_get(e->facts, RF_OPERAND_FROM);
    if (from->n == 0)
        return false;
    struct rf_str number = rf_protected_find(e->protected, from->addrs);
    return number.n && trunk_allowed(s, number, r);
}

void rf_engine_decide(struct rf_engine *e, const struct rf_record *r,
                      struct rf_judgment *j, uint32_t limited_rule)
{
    const struct rf_ruleset *rs = e->rs;
    bool held_back = e->kind_mode[r->kind] == RF_MODE_MONITOR;
    struct outcome o = outcome_of(rs, j->hits, j->nhits);
    if (o.verdict == RF_ALLOW && o.rule == RF_NO_RULE && limited_rule != RF_NO_RULE) {
        o.verdict = RF_WARN;
        o.rule = limited_rule;
    }
    j->has_score = o.has_score && !held_back; /* a monitored rule adds no score */
    j->score = o.score;
    j->excused_by = o.excused_by;
    j->protected = rf_engine_protected(e, r);
    if (j->protected) {
        o.verdict = RF_ALLOW;
        o.rule = RF_NO_RULE;
    }
    j->verdict = held_back ? RF_ALLOW : o.verdict;
    j->rule = held_back && o.verdict != RF_ALLOW ? RF_NO_RULE : o.rule;
    if (held_back && o.verdict != RF_ALLOW) {
        j->has_would = true;
        j->would = o.verdict;
    }
}
