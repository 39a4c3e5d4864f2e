#include "lib/engine/override.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/engine/state.h"

void rf_engine_switch(struct rf_engine *e)
{
    const struct rf_ruleset *rs = e->rs;
    for (int kind = RF_KIND_SMS; kind < RF_KIND_COUNT; kind++) {
        memset(e->on[kind], 0, rs->index->nbits * sizeof *e->on[kind]);
        for (uint32_t i = 0; i < rs->nrules; i++) {
            uint32_t rule = rs->order[i];
            if ((rs->rules[rule].kinds >> kind & 1) && e->mode[rule] != RF_MODE_OFF)
                e->on[kind][i / 64] |= UINT64_C(1) << (i % 64);
        }
    }
}

void rf_engine_modes(struct rf_engine *e)
{
    for (uint32_t i = 0; i < e->rs->nrules; i++)
        e->mode[i] = (uint8_t)(e->all_enforced ? RF_MODE_ENFORCE : e->rs->rules[i].mode);
    for (int kind = 0; kind < RF_KIND_COUNT; kind++)
        e->kind_mode[kind] = e->all_enforced ? RF_MODE_ENFORCE : e->rs->settings.mode;
}

static int by_value(const void *pa, const void *pb)
{
    const struct rf_hash128 *a = &((const struct rf_forgotten_value *)pa)->value;
    const struct rf_hash128 *b = &((const struct rf_forgotten_value *)pb)->value;
    if (a->hi != b->hi)
        return a->hi > b->hi ? 1 : -1;
    return (a->lo > b->lo) - (a->lo < b->lo);
}

static size_t count_afters(const struct rf_node *n)
{
    size_t sum = n->kind == RF_NODE_AFTER;
    for (uint32_t i = 0; i < n->nchildren; i++)
        sum += count_afters(n->children[i]);
    return sum;
}

static void add(struct rf_engine *e, const struct rf_forgotten *f, uint32_t rule)
{
    e->forgotten[e->nforgotten++] = (struct rf_forgotten_value){f->value, rule, f->salt};
}

/* A rule that looks at the marks of others is cleared with those. */
static void add_marking(struct rf_engine *e, const struct rf_forgotten *f,
                        const struct rf_node *n)
{
    if (n->kind == RF_NODE_AFTER)
        add(e, f, e->rs->marks[e->rs->afters[n->index].mark].rule);
    for (uint32_t i = 0; i < n->nchildren; i++)
        add_marking(e, f, n->children[i]);
}

static size_t room_for(const struct rf_engine *e, const struct rf_overrides *o)
{
    size_t room = o->nforgotten;
    for (size_t i = 0; i < o->nforgotten; i++) {
        uint32_t rule = rf_ruleset_find_rule(e->rs, o->forgotten[i].rule);
        room += rule == UINT32_MAX ? 0 : count_afters(e->rs->rules[rule].when);
    }
    return room;
}

static void take_forgotten(struct rf_engine *e, const struct rf_overrides *o)
{
    free(e->forgotten);
    e->forgotten = rf_mem_calloc(room_for(e, o), sizeof *e->forgotten);
    e->nforgotten = 0;
    for (size_t i = 0; i < o->nforgotten; i++) {
        const struct rf_forgotten *f = &o->forgotten[i];
        uint32_t rule = rf_ruleset_find_rule(e->rs, f->rule);
        if (f->rule.n == 0) {
            add(e, f, RF_EVERY_RULE);
        } else if (rule != UINT32_MAX) {
            add(e, f, rule);
            add_marking(e, f, e->rs->rules[rule].when);
        }
    }
    qsort(e->forgotten, e->nforgotten, sizeof *e->forgotten, by_value);
}

void rf_engine_override(struct rf_engine *e, const struct rf_overrides *o)
{
    rf_engine_modes(e);
    for (size_t i = 0; i < o->nrules && !e->all_enforced; i++) {
        uint32_t rule = rf_ruleset_find_rule(e->rs, o->rules[i].rule);
        if (rule != UINT32_MAX)
            e->mode[rule] = (uint8_t)o->rules[i].mode;
    }
    for (int kind = 0; kind < RF_KIND_COUNT && !e->all_enforced; kind++)
        if (o->has_mode[kind])
            e->kind_mode[kind] = o->mode[kind];
    take_forgotten(e, o);
    rf_engine_switch(e);
    e->overridden = o->version;
}

uint64_t rf_engine_overridden(const struct rf_engine *e)
{
    return e->overridden;
}

/* The first of the value's entries, or NULL. */
static const struct rf_forgotten_value *first_of(const struct rf_engine *e,
                                                 struct rf_str value)
{
    struct rf_forgotten_value want = {0};
    rf_counters_hash(e->counters, value.p, value.n, &want.value);
    size_t lo = 0, hi = e->nforgotten;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (by_value(&e->forgotten[mid], &want) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    bool found = lo < e->nforgotten && by_value(&e->forgotten[lo], &want) == 0;
    return found ? &e->forgotten[lo] : NULL;
}

int64_t rf_engine_salt(const struct rf_engine *e, uint32_t rule, struct rf_str value)
{
    int64_t salt = 0;
    const struct rf_forgotten_value *f = first_of(e, value), *first = f;
    for (; f && f < e->forgotten + e->nforgotten && by_value(f, first) == 0; f++)
        if ((f->rule == RF_EVERY_RULE || f->rule == rule) && f->salt > salt)
            salt = f->salt;
    return salt;
}
