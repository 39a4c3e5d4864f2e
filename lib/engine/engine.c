/* The hot steps of judging, in order: fold and scan a whole batch, then count and decide
 * record by record. */
#include "lib/engine/engine.h"

#include <fnmatch.h>
#include <stdlib.h>

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/engine/state.h"

/* ---- making ---- */

static void plan_trunks(struct rf_engine *e)
{
    const struct rf_settings *s = &e->rs->settings;
    e->trunk_plans = RF_NEW_ARRAY(&e->cold, struct rf_trunk_plan, s->ntrunks);
    for (size_t i = 0; i < s->ntrunks; i++)
        e->trunk_plans[i] =
            (struct rf_trunk_plan){.glob = rf_arena_dup(&e->cold, s->trunks[i].key).p,
                                   .plan = rf_plan_find(s->trunks[i].value)};
}

/* Rules of each kind that are on, and views that are scanned. */
static void switch_on(struct rf_engine *e)
{
    const struct rf_ruleset *rs = e->rs;
    e->mode = RF_NEW_ARRAY(&e->cold, uint8_t, rs->nrules);
    for (int kind = RF_KIND_SMS; kind < RF_KIND_COUNT; kind++)
        e->on[kind] = RF_NEW_ARRAY(&e->cold, uint64_t, rs->index->nbits);
    rf_engine_modes(e);
    rf_engine_switch(e);
    for (uint32_t id = 0; id < rf_matcher_count(rs->matcher); id++)
        if (rf_matcher_view(rs->matcher, id) != RF_VIEW_FIELD)
            e->scanned[rf_matcher_view(rs->matcher, id)] = true;
}

struct rf_engine *rf_engine_new(const struct rf_ruleset *rs, struct rf_counters *counters,
                                bool all_enforced)
{
    struct rf_engine *e = rf_mem_calloc(1, sizeof *e);
    e->rs = rs;
    e->counters = counters;
    e->all_enforced = all_enforced;
    rf_arena_init(&e->cold, 0);
    e->scratch = rf_match_scratch_new(rs->matcher);
    e->protected = rf_protected_new(&e->cold, rs->plan, rs->settings.protected_numbers,
                                    rs->settings.nprotected);
    e->protected_list = rf_ruleset_find_list(rs, RF_STR(RF_PROTECTED_LIST))->list;
    uint32_t npatterns = rf_matcher_count(rs->matcher);
    e->tests = RF_NEW_ARRAY(&e->cold, struct rf_memo, rs->ntests);
    e->fired = RF_NEW_ARRAY(&e->cold, uint32_t, rs->ntests);
    e->fired_tests = RF_NEW_ARRAY(&e->cold, uint32_t, rs->ntests);
    e->candidates = RF_NEW_ARRAY(&e->cold, uint64_t, rs->index->nbits);
    e->pattern_seen = RF_NEW_ARRAY(&e->cold, uint32_t, npatterns);
    e->patterns = RF_NEW_ARRAY(&e->cold, struct rf_memo, npatterns);
    e->rule_hit = RF_NEW_ARRAY(&e->cold, uint32_t, rs->nrules);
    e->hit_room = RF_NEW_ARRAY(&e->cold, uint32_t, 3 * (size_t)rs->nrules);
    e->counted = RF_NEW_ARRAY(&e->cold, struct rf_counted *, rs->ncounters);
    plan_trunks(e);
    switch_on(e);
    rf_engine_alerts_init(e);
    return e;
}

void rf_engine_free(struct rf_engine *e)
{
    if (!e)
        return;
    rf_match_scratch_free(e->scratch);
    free(e->pending);
    free(e->forgotten);
    rf_arena_fini(&e->cold);
    free(e);
}

/* ---- one batch ---- */

/* A record on its way through a batch. */
struct item {
    struct rf_facts facts;
    struct rf_hits hits[RF_VIEW_FIELD]; /* by view */
    uint64_t found;                     /* large list tests that may hold */
    bool judged;
};

static const struct rf_plan *plan_of(const struct rf_engine *e, const struct rf_record *r)
{
    if (e->rs->settings.ntrunks && rf_record_has(r, RF_FIELD_TRUNK)) {
        struct rf_str trunk = rf_arena_dup(e->arena, r->value[RF_FIELD_TRUNK].s);
        for (size_t i = 0; i < e->rs->settings.ntrunks; i++)
            if (fnmatch(e->trunk_plans[i].glob, trunk.p, 0) == 0)
                return e->trunk_plans[i].plan;
    }
    return e->rs->plan;
}

static void scan_view(struct rf_engine *e, struct item *items, size_t n,
                      enum rf_operand operand)
{
    enum rf_match_view view = rf_operand_view(operand);
    struct rf_str texts[RF_TOGETHER];
    struct rf_hits hits[RF_TOGETHER], *of[RF_TOGETHER];
    size_t ntexts = 0;
    for (size_t i = 0; i < n; i++) {
        items[i].hits[view] = (struct rf_hits){0};
        if (!items[i].judged || !e->scanned[view])
            continue;
        const struct rf_values *v = rf_facts_get(&items[i].facts, operand);
        if (v->n) {
            texts[ntexts] = v->strs[0];
            of[ntexts++] = &items[i].hits[view];
        }
    }
    rf_matcher_scan_all(e->rs->matcher, e->scratch, view, texts, ntexts, e->arena, hits);
    for (size_t i = 0; i < ntexts; i++)
        *of[i] = hits[i];
}

/* Scans one view of all records, then the next: what a view is scanned with stays near.
 */
static void scan(struct rf_engine *e, struct item *items, size_t n)
{
    static const enum rf_operand views[] = {RF_OPERAND_TEXT, RF_OPERAND_TEXT_COMPACT,
                                            RF_OPERAND_TEXT_SHAPE, RF_OPERAND_TEXT_RAW};
    for (size_t k = 0; k < sizeof views / sizeof *views; k++)
        scan_view(e, items, n, views[k]);
}

static void next_serial(struct rf_engine *e)
{
    if (++e->serial != 0)
        return;
    /* once in 2^32 records: stamps of long ago must not seem new */
    memset(e->tests, 0, e->rs->ntests * sizeof *e->tests);
    memset(e->fired, 0, e->rs->ntests * sizeof *e->fired);
    uint32_t npatterns = rf_matcher_count(e->rs->matcher);
    memset(e->pattern_seen, 0, npatterns * sizeof *e->pattern_seen);
    memset(e->patterns, 0, npatterns * sizeof *e->patterns);
    memset(e->rule_hit, 0, e->rs->nrules * sizeof *e->rule_hit);
    for (uint32_t i = 0; i < e->rs->ncounters; i++)
        if (e->counted[i])
            e->counted[i]->serial = 0;
    e->serial = 1;
}

static void begin_record(struct rf_engine *e, struct item *item)
{
    const struct rf_record *r = item->facts.record;
    next_serial(e);
    e->facts = &item->facts;
    e->budget = RF_MATCH_BUDGET;
    e->degraded = 0;
    bool test = rf_record_has(r, RF_FIELD_TEST) && r->value[RF_FIELD_TEST].b;
    bool resend = rf_record_has(r, RF_FIELD_RESEND) && r->value[RF_FIELD_RESEND].b;
    e->counting = !test && !resend;
    for (int view = 0; view < RF_VIEW_FIELD; view++)
        for (size_t i = 0; i < item->hits[view].n; i++)
            e->pattern_seen[item->hits[view].ids[i]] = e->serial;
}

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

/* Whether a test that the rule needs does not hold, be a regex at its limit or not. */
static bool ruled_out(struct rf_engine *e, uint32_t position)
{
    const struct rf_groups *needed = &e->rs->index->needed;
    uint32_t first = needed->first[position], end = needed->first[position + 1];
    for (uint32_t i = first; i < end; i++)
        if (!rf_engine_possible(e, needed->v[i]))
            return true;
    e->limited = false;
    for (uint32_t i = first; i < end; i++)
        if (rf_engine_test(e, needed->v[i]) == RF_NO && !e->limited)
            return true;
    return false;
}

/* One rule; returns whether it did not hit for a regex at its limit alone. */
static bool try_rule(struct rf_engine *e, uint32_t rule, struct rf_judgment *j)
{
    const struct rf_rule *r = &e->rs->rules[rule];
    e->limited = false;
    bool hit = rule_hits(e, r);
    bool limited = !hit && e->limited && would_block(e, rule);
    if (hit)
        take_hit(e, rule, j);
    if (r->alert && e->counting && e->mode[rule] == RF_MODE_ENFORCE)
        rf_engine_alert(e, rule, hit, j);
    if (e->explained)
        rf_engine_explain_rule(e, rule, hit);
    return limited;
}

/* All rules that can hit, whatever decides. Returns the first that would have blocked
 * but for a regex at its limit. */
static uint32_t try_rules(struct rf_engine *e, const struct rf_record *record,
                          struct rf_judgment *j)
{
    const uint64_t *on = e->on[record->kind];
    uint32_t limited_rule = RF_NO_RULE;
    j->hits = e->hit_room;
    j->shadow = e->hit_room + e->rs->nrules;
    for (uint32_t w = 0; w < e->rs->index->nbits; w++) {
        uint64_t bits = e->explained ? on[w] : e->candidates[w] & on[w];
        for (; bits; bits &= bits - 1) {
            uint32_t position = 64 * w + (uint32_t)__builtin_ctzll(bits);
            if (!e->explained && ruled_out(e, position))
                continue;
            uint32_t rule = e->rs->order[position];
            if (try_rule(e, rule, j) && limited_rule == RF_NO_RULE)
                limited_rule = rule;
        }
    }
    qsort(j->hits, j->nhits, sizeof *j->hits, ascending);
    qsort(j->shadow, j->nshadow, sizeof *j->shadow, ascending);
    return limited_rule;
}

/* In global monitor mode every hit is a shadow. */
static void shade(struct rf_engine *e, enum rf_kind kind, struct rf_judgment *j)
{
    if (e->kind_mode[kind] != RF_MODE_MONITOR || j->nhits == 0)
        return;
    memcpy(j->shadow + j->nshadow, j->hits, j->nhits * sizeof *j->hits);
    j->nshadow += j->nhits;
    j->nhits = 0;
    qsort(j->shadow, j->nshadow, sizeof *j->shadow, ascending);
}

/* Hits move from the engine's room to the batch's arena. */
static uint32_t *keep(struct rf_engine *e, const uint32_t *rules, uint32_t n)
{
    uint32_t *p = rf_arena_alloc(e->arena, n * sizeof *p);
    if (n)
        memcpy(p, rules, n * sizeof *p);
    return p;
}

static void judge(struct rf_engine *e, struct item *item, struct rf_judgment *j)
{
    begin_record(e, item);
    rf_engine_call(e);
    rf_engine_find_candidates(e, item->hits, item->found);
    uint32_t limited_rule = try_rules(e, item->facts.record, j);
    rf_engine_leave_marks(e);
    rf_engine_decide(e, item->facts.record, j, limited_rule);
    shade(e, item->facts.record->kind, j);
    j->hits = keep(e, j->hits, j->nhits);
    j->shadow = keep(e, j->shadow, j->nshadow);
    j->degraded |= e->degraded;
}

/* The answer of a record that is not judged: the configured default, but nothing comes
 * above a call for help. */
static void default_answer(struct rf_engine *e, struct item *item, struct rf_judgment *j)
{
    const struct rf_record *r = item->facts.record;
    e->facts = &item->facts;
    j->verdict = rf_record_judged(r) ? e->rs->settings.on_late : e->rs->settings.on_error;
    if (rf_engine_protected(e, r)) {
        j->verdict = RF_ALLOW;
        j->protected = true;
    }
}

static bool is_late(const struct rf_record *r, int64_t now_ms)
{
    return rf_record_has(r, RF_FIELD_DEADLINE) && r->value[RF_FIELD_DEADLINE].i < now_ms;
}

static void prepare(struct rf_engine *e, const struct rf_record *r, int64_t now_ms,
                    struct item *item, struct rf_judgment *out)
{
    *out = (struct rf_judgment){
        .rule = RF_NO_RULE, .excused_by = RF_NO_RULE, .degraded = r->degraded};
    rf_facts_init(&item->facts, e->rs, plan_of(e, r), r, e->arena, e->explained != NULL);
    item->judged = rf_record_judged(r) && !is_late(r, now_ms);
    if (!item->judged && rf_record_judged(r))
        out->degraded |= RF_DEGRADED_DEADLINE;
}

static void look_up(struct rf_engine *e, struct item *items, size_t n)
{
    struct rf_facts *facts[RF_TOGETHER] = {NULL};
    struct item *of[RF_TOGETHER];
    uint64_t found[RF_TOGETHER];
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        if (!items[i].judged)
            continue;
        of[m] = &items[i];
        facts[m++] = &items[i].facts;
    }
    rf_engine_look_up(e, facts, found, m);
    for (size_t i = 0; i < m; i++)
        of[i]->found = found[i];
}

void rf_engine_judge(struct rf_engine *e, struct rf_arena *arena,
                     const struct rf_record *records, size_t n, int64_t now_ms,
                     struct rf_judgment *out)
{
    e->arena = arena;
    struct item *items =
        rf_arena_alloc(arena, (n < RF_TOGETHER ? n : RF_TOGETHER) * sizeof *items);
    for (size_t first = 0; first < n; first += RF_TOGETHER) {
        size_t m = n - first < RF_TOGETHER ? n - first : RF_TOGETHER;
        for (size_t i = 0; i < m; i++)
            prepare(e, &records[first + i], now_ms, &items[i], &out[first + i]);
        scan(e, items, m);
        look_up(e, items, m);
        for (size_t i = 0; i < m; i++) {
            if (items[i].judged)
                judge(e, &items[i], &out[first + i]);
            else
                default_answer(e, &items[i], &out[first + i]);
        }
    }
}
