/* Alerts: what a rule of action `alert` watches, and the note its events carry. */
#include "lib/engine/state.h"

#include <inttypes.h>

/* What has no window: ends after so long. */
#define QUIET_MS (10 * 60 * 1000)

static void watch(struct rf_engine *e, const struct rf_rule *rule,
                  struct rf_alert_watch *w)
{
    static const struct rf_hash_key zero;
    const struct rf_behavior *b = rf_ruleset_watched(e->rs->behaviors, rule->when);
    w->spec.id = rf_hash_bytes(&zero, rule->id.p, rule->id.n);
    w->counter = UINT32_MAX;
    w->spec.clear_for_ms = rule->clear.for_ms ? rule->clear.for_ms : QUIET_MS;
    if (!b)
        return;
    w->counter = b->counter;
    w->spec.count = e->rs->counters[b->counter].spec;
    w->spec.over = b->over;
    w->spec.clear_under = rule->clear.has_under ? rule->clear.under : b->over / 2;
    if (!rule->clear.for_ms && w->spec.count.kind != RF_COUNT_CONCURRENT)
        w->spec.clear_for_ms = w->spec.count.window_ms;
}

void rf_engine_alerts_init(struct rf_engine *e)
{
    e->watches = RF_NEW_ARRAY(&e->cold, struct rf_alert_watch, e->rs->nrules);
    for (uint32_t i = 0; i < e->rs->nrules; i++)
        if (e->rs->rules[i].alert)
            watch(e, &e->rs->rules[i], &e->watches[i]);
}

/* A key that names a person's number, device or words is told as its hash only. */
static bool personal(enum rf_operand o)
{
    switch (o) {
    case RF_OPERAND_GRID:
    case RF_OPERAND_CELL:
    case RF_OPERAND_TRUNK:
    case RF_OPERAND_PEER:
    case RF_OPERAND_DOMAIN:
    case RF_OPERAND_HOST:
    case RF_OPERAND_FROM_COUNTRY:
    case RF_OPERAND_TO_COUNTRY:
    case RF_OPERAND_INGRESS:
    case RF_OPERAND_KIND:
    case RF_OPERAND_REGISTRY:
    case RF_OPERAND_TEMPLATE:
        return false;
    default:
        return true;
    }
}

/* The hash by which verdicts tell the same value: not the counter's key, which has its
 * length in it and, once it was forgotten, when. */
static struct rf_str hash_text(struct rf_engine *e, struct rf_str value)
{
    struct rf_hash128 h;
    rf_counters_hash(e->counters, value.p, value.n, &h);
    return rf_arena_printf(e->arena, "%016" PRIx64 "%016" PRIx64, h.hi, h.lo);
}

/* "rule level key": of a key that is one field, the hash or, where it names no person,
 * the value. */
static struct rf_str note(struct rf_engine *e, const struct rf_rule *rule,
                          const struct rf_alert_watch *w, uint32_t i)
{
    struct rf_str key = RF_STR("");
    if (w->counter != UINT32_MAX) {
        const struct rf_key *k = &e->rs->counters[w->counter].key;
        if (k->n == 1)
            key = rf_facts_bytes(e->facts, k->operand[0], i);
        if (k->n == 1 && personal(k->operand[0]))
            key = hash_text(e, key);
    }
    return rf_arena_printf(e->arena, "%.*s %s %.*s", RF_STR_FMT(rule->id),
                           rf_level_name(rule->level), RF_STR_FMT(key));
}

static void report(struct rf_engine *e, uint32_t rule, const struct rf_hash128 *key,
                   double value, bool hit, struct rf_str text, struct rf_judgment *j)
{
    struct rf_alert_event events[2];
    int n =
        rf_alert_report(e->counters, &e->watches[rule].spec, key,
                        e->facts->record->value[RF_FIELD_TS].i, value, hit, text, events);
    if (n == 0)
        return;
    struct rf_alert_change_of *all =
        rf_arena_alloc(e->arena, (j->nalerts + (size_t)n) * sizeof *all);
    if (j->nalerts)
        memcpy(all, j->alerts, j->nalerts * sizeof *all);
    for (int i = 0; i < n; i++)
        all[j->nalerts++] = (struct rf_alert_change_of){.rule = rule, .event = events[i]};
    j->alerts = all;
}

void rf_engine_alert(struct rf_engine *e, uint32_t rule, bool hit, struct rf_judgment *j)
{
    const struct rf_rule *r = &e->rs->rules[rule];
    const struct rf_alert_watch *w = &e->watches[rule];
    if (w->counter == UINT32_MAX) {
        static const struct rf_hash128 none;
        if (hit)
            report(e, rule, &none, 0, hit, note(e, r, w, 0), j);
        return;
    }
    const struct rf_counted *got = &e->counted[w->counter];
    if (got->serial != e->serial)
        return;
    for (uint32_t i = 0; i < got->n; i++) {
        bool key_hit = hit && got->values[i].value > w->spec.over;
        report(e, rule, &got->keys[i], got->values[i].value, key_hit, note(e, r, w, i),
               j);
    }
}
