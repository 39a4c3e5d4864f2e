#include "daemon/tally.h"

#include <string.h>

#define TAIL_MAX 16 /* "visit:allow" */

struct tally {
    struct totals *totals;
    struct totals_row *row;
    const struct live_set *set;
    uint32_t by_kind[RF_KIND_COUNT][3]; /* records of this batch */
};

uint32_t tally_hour(const struct rf_zone *zone, int64_t ms)
{
    struct rf_civil c;
    rf_zone_civil(zone, ms, &c);
    return (uint32_t)(((c.year * 100 + c.month) * 100 + c.day) * 100 + c.hour);
}

static struct rf_str tail_of(char buf[TAIL_MAX], enum rf_kind k, enum rf_verdict v)
{
    const char *kind = rf_kind_name(k), *verdict = rf_verdict_name(v);
    size_t nkind = strlen(kind), nverdict = strlen(verdict);
    memcpy(buf, kind, nkind);
    buf[nkind] = ':';
    memcpy(buf + nkind + 1, verdict, nverdict);
    return rf_str(buf, nkind + 1 + nverdict);
}

static void add(struct tally *t, enum totals_group group, struct rf_str name,
                struct rf_str tail, uint64_t n)
{
    totals_add(t->totals, t->row, totals_slot(t->totals, group, name, tail), n);
}

/* A rule's slot is looked up at its first hit, then kept with the ruleset. */
static void add_rules(struct tally *t, _Atomic uint32_t *slots, const uint32_t *rules,
                      uint32_t n, struct rf_str mode)
{
    for (uint32_t i = 0; i < n; i++) {
        _Atomic uint32_t *at = &slots[rules[i]];
        uint32_t slot = atomic_load_explicit(at, memory_order_relaxed);
        if (slot == LIVE_NO_SLOT) {
            slot =
                totals_slot(t->totals, TOTALS_RULE, t->set->rs->rules[rules[i]].id, mode);
            atomic_store_explicit(at, slot, memory_order_relaxed);
        }
        totals_add(t->totals, t->row, slot, 1);
    }
}

static void add_named(struct tally *t, enum totals_group group, const struct rf_record *r,
                      enum rf_field f, enum rf_verdict v)
{
    char buf[TAIL_MAX];
    if (rf_record_has(r, f) && r->value[f].s.n)
        add(t, group, r->value[f].s, tail_of(buf, r->kind, v), 1);
}

static void add_fraud(struct tally *t, const struct rf_record *r,
                      const struct rf_judgment *j)
{
    char buf[TAIL_MAX];
    const struct rf_ruleset *rs = t->set->rs;
    if (j->verdict == RF_ALLOW || j->rule == RF_NO_RULE)
        return;
    uint32_t type = rs->rules[j->rule].fraud_type;
    if (type != UINT32_MAX)
        add(t, TOTALS_FRAUD, rs->fraud_types[type].id, tail_of(buf, r->kind, j->verdict),
            1);
}

static void add_record(struct tally *t, const struct rf_record *r,
                       const struct rf_judgment *j)
{
    if (rf_record_has(r, RF_FIELD_TEST) && r->value[RF_FIELD_TEST].b)
        return;
    t->by_kind[r->kind][j->verdict]++;
    add_rules(t, t->set->hit_slots, j->hits, j->nhits, RF_STR("enforce"));
    add_rules(t, t->set->shadow_slots, j->shadow, j->nshadow, RF_STR("monitor"));
    add_fraud(t, r, j);
    add_named(t, TOTALS_GRID, r, RF_FIELD_GRID, j->verdict);
    add_named(t, TOTALS_TRUNK, r, RF_FIELD_TRUNK, j->verdict);
}

static void add_kinds(struct tally *t, struct rf_str feed)
{
    char buf[TAIL_MAX];
    for (int k = 0; k < RF_KIND_COUNT; k++) {
        for (int v = 0; v < 3; v++) {
            if (!t->by_kind[k][v])
                continue;
            struct rf_str tail = tail_of(buf, (enum rf_kind)k, (enum rf_verdict)v);
            add(t, TOTALS_KIND, RF_STR(""), tail, t->by_kind[k][v]);
            add(t, TOTALS_FEED, feed, tail, t->by_kind[k][v]);
        }
    }
}

void tally_batch(struct totals *t, const struct live_set *set,
                 const struct rf_record *records, const struct rf_judgment *judgments,
                 size_t n, struct rf_str feed, int64_t now_ms)
{
    struct tally tally = {.totals = t, .set = set};
    tally.row = totals_row(t, tally_hour(&set->rs->zone, now_ms));
    for (size_t i = 0; i < n; i++)
        add_record(&tally, &records[i], &judgments[i]);
    add_kinds(&tally, feed);
}
