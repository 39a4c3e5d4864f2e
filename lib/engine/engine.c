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
    rf_set_init(&e->fired, &e->cold, rs->ntests);
    rf_set_init(&e->chosen, &e->cold, rs->nrules);
    e->filed = RF_NEW_ARRAY(&e->cold, struct rf_filed, rs->index->nfiled + 1);
    rf_set_init(&e->seen, &e->cold, npatterns);
    e->patterns = RF_NEW_ARRAY(&e->cold, struct rf_memo, npatterns);
    e->rule_hit = RF_NEW_ARRAY(&e->cold, uint32_t, rs->nrules);
    e->hit_room = RF_NEW_ARRAY(&e->cold, uint32_t, 3 * (size_t)rs->nrules);
    e->counted = RF_NEW_ARRAY(&e->cold, struct rf_counted, rs->ncounters);
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

/* The records of a batch that have a text. */
struct texts {
    struct rf_item *item[RF_LIMIT_BATCH];
    struct rf_match_text text[RF_LIMIT_BATCH];
    size_t n;
};

/* Makes a view of all of them. */
static void make_view(struct texts *of, enum rf_operand operand)
{
    enum rf_match_view view = rf_operand_view(operand);
    for (size_t i = 0; i < of->n; i++)
        of->text[i].views[view] = rf_facts_get(&of->item[i]->facts, operand)->strs[0];
}

/* Scans the views of all records, and asks for the tests of what is named. */
static void scan(struct rf_engine *e, struct rf_item *items, size_t n)
{
    static const enum rf_operand operands[] = {RF_OPERAND_TEXT, RF_OPERAND_TEXT_COMPACT,
                                               RF_OPERAND_TEXT_SHAPE,
                                               RF_OPERAND_TEXT_RAW};
    struct rf_hits hits[RF_LIMIT_BATCH];
    struct texts of;
    unsigned views = 0;
    of.n = 0;
    for (size_t i = 0; i < n; i++) {
        items[i].named = (struct rf_numbers){0};
        if (items[i].judged && rf_record_has(items[i].facts.record, RF_FIELD_TEXT))
            of.item[of.n++] = &items[i];
    }
    for (size_t k = 0; k < sizeof operands / sizeof *operands; k++) {
        enum rf_match_view view = rf_operand_view(operands[k]);
        if (!e->scanned[view])
            continue;
        make_view(&of, operands[k]);
        views |= 1u << view;
    }
    rf_matcher_scan_all(e->rs->matcher, e->scratch, views, of.text, of.n, e->arena, hits);
    for (size_t i = 0; i < of.n; i++) {
        of.item[i]->named = (struct rf_numbers){hits[i].ids, (uint32_t)hits[i].n};
        for (size_t k = 0; k < hits[i].n; k++)
            __builtin_prefetch(&e->rs->index->pattern_test[hits[i].ids[k]]);
    }
}

static void next_serial(struct rf_engine *e)
{
    if (++e->serial != 0)
        return;
    /* once in 2^32 records: stamps of long ago must not seem new */
    memset(e->tests, 0, e->rs->ntests * sizeof *e->tests);
    uint32_t npatterns = rf_matcher_count(e->rs->matcher);
    memset(e->patterns, 0, npatterns * sizeof *e->patterns);
    memset(e->rule_hit, 0, e->rs->nrules * sizeof *e->rule_hit);
    memset(e->counted, 0, e->rs->ncounters * sizeof *e->counted);
    memset(e->sieves, 0, sizeof e->sieves);
    e->serial = 1;
}

static bool says(const struct rf_record *r, enum rf_field f)
{
    return rf_record_has(r, f) && r->value[f].b;
}

static void begin_record(struct rf_engine *e, struct rf_item *item)
{
    const struct rf_record *r = item->facts.record;
    rf_engine_take(e, item);
    e->counting = !says(r, RF_FIELD_TEST) && !says(r, RF_FIELD_RESEND);
}

/* Its rules are tried next. */
static void begin_rules(struct rf_engine *e, struct rf_item *item)
{
    rf_engine_recall(e, item);
    rf_set_take(&e->seen, item->named.v, item->named.n);
    next_serial(e);
    e->budget = RF_MATCH_BUDGET;
    e->degraded = 0;
}

/* In global monitor mode every hit is a shadow. */
static void shade(struct rf_engine *e, enum rf_kind kind, struct rf_judgment *j)
{
    if (e->kind_mode[kind] != RF_MODE_MONITOR || j->nhits == 0)
        return;
    memcpy(j->shadow + j->nshadow, j->hits, j->nhits * sizeof *j->hits);
    j->nshadow += j->nhits;
    j->nhits = 0;
    rf_engine_sort(j->shadow, j->nshadow);
}

/* Hits move from the engine's room to the batch's arena. */
static uint32_t *keep(struct rf_engine *e, const uint32_t *rules, uint32_t n)
{
    uint32_t *p = rf_arena_alloc(e->arena, n * sizeof *p);
    if (n)
        memcpy(p, rules, n * sizeof *p);
    return p;
}

static void judge(struct rf_engine *e, struct rf_item *item, struct rf_judgment *j)
{
    const struct rf_record *r = item->facts.record;
    begin_record(e, item);
    rf_engine_call(e);
    if (item->positions.n == 0) { /* most: there is nothing to try or to decide */
        j->protected = rf_engine_protected(e, r);
        return;
    }
    begin_rules(e, item);
    uint32_t limited_rule = rf_engine_try(e, &item->positions, j);
    rf_engine_leave_marks(e);
    rf_engine_decide(e, r, j, limited_rule);
    shade(e, r->kind, j);
    j->hits = keep(e, j->hits, j->nhits);
    j->shadow = keep(e, j->shadow, j->nshadow);
    j->degraded |= e->degraded;
}

/* The answer of a record that is not judged: the configured default, but nothing comes
 * above a call for help. */
static void default_answer(struct rf_engine *e, struct rf_item *item,
                           struct rf_judgment *j)
{
    const struct rf_record *r = item->facts.record;
    rf_engine_take(e, item);
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
                    struct rf_item *item, struct rf_judgment *out)
{
    *out = (struct rf_judgment){
        .rule = RF_NO_RULE, .excused_by = RF_NO_RULE, .degraded = r->degraded};
    rf_facts_init(&item->facts, e->rs, plan_of(e, r), r, e->arena, e->explained != NULL);
    item->judged = rf_record_judged(r) && !is_late(r, now_ms);
    if (!item->judged && rf_record_judged(r))
        out->degraded |= RF_DEGRADED_DEADLINE;
}

void rf_engine_judge(struct rf_engine *e, struct rf_arena *arena,
                     const struct rf_record *records, size_t n, int64_t now_ms,
                     struct rf_judgment *out)
{
    if (n > RF_LIMIT_BATCH)
        abort(); /* look-ups have room for so many */
    e->arena = arena;
    struct rf_item *items = rf_arena_alloc(arena, n * sizeof *items);
    for (size_t i = 0; i < n; i++)
        prepare(e, &records[i], now_ms, &items[i], &out[i]);
    scan(e, items, n);
    rf_engine_look_up(e, items, n);
    rf_engine_find(e, items, n);
    rf_engine_foresee(e, items, n);
    for (size_t i = 0; i < n; i++) {
        if (items[i].judged)
            judge(e, &items[i], &out[i]);
        else
            default_answer(e, &items[i], &out[i]);
    }
    rf_set_clear(&e->fired); /* they hold memory of the batch */
    rf_set_clear(&e->seen);
}
