#include "daemon/overrides.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"

#define HASH_HEX 32

/* Tables in one arena, replaced whole. */
struct tables {
    struct rf_arena arena;
    struct rf_overrides now;
    int64_t mode_ms[RF_KIND_COUNT]; /* of the change that counts for the kind */
    struct rf_rule_mode *rules;
    struct rf_forgotten *forgotten;
    size_t cap; /* of both arrays */
};

struct overrides {
    struct ledger *ledger;
    ledger_fn fn;
    void *arg;
    _Atomic bool changed;
    _Atomic uint64_t version; /* of `tables` */
    pthread_mutex_t build;    /* one builds at a time */
    pthread_mutex_t lock;     /* of: */
    struct tables *tables;
};

/* ---- the ledger's entries -----------------------------------------------------------
 */

/* False: a word that this version does not know changes nothing. */
static bool mode_of(struct rf_str s, enum rf_mode *out)
{
    for (int m = RF_MODE_ENFORCE; m <= RF_MODE_OFF; m++) {
        *out = (enum rf_mode)m;
        if (rf_str_eqz(s, rf_mode_name(*out)))
            return true;
    }
    return false;
}

/* The later of "*" and the kind counts; control_mode.c sees to it that none are alike. */
static void take_mode(struct tables *t, struct rf_str kind, const struct ledger_entry *e)
{
    enum rf_mode mode;
    if (!mode_of(e->value, &mode) || mode == RF_MODE_OFF)
        return;
    bool all = rf_str_eq(kind, RF_STR("*"));
    for (int k = RF_KIND_SMS; k < RF_KIND_COUNT; k++) {
        if (!all && !rf_str_eqz(kind, rf_kind_name((enum rf_kind)k)))
            continue;
        if (t->now.has_mode[k] && e->time_ms < t->mode_ms[k])
            continue;
        t->now.has_mode[k] = true;
        t->now.mode[k] = mode;
        t->mode_ms[k] = e->time_ms;
    }
}

static void take_rule(struct tables *t, struct rf_str rule, const struct ledger_entry *e)
{
    enum rf_mode mode;
    if (mode_of(e->value, &mode))
        t->rules[t->now.nrules++] =
            (struct rf_rule_mode){.rule = rf_arena_dup(&t->arena, rule), .mode = mode};
}

static void take_forgotten(struct tables *t, struct rf_str rest,
                           const struct ledger_entry *e)
{
    char hex[HASH_HEX + 1];
    struct rf_forgotten f = {.salt = e->time_ms};
    if (rest.n < HASH_HEX + 2 || rest.p[HASH_HEX] != ':')
        return;
    memcpy(hex, rest.p, HASH_HEX);
    hex[HASH_HEX] = 0;
    if (sscanf(hex, "%16" SCNx64 "%16" SCNx64, &f.value.hi, &f.value.lo) != 2)
        return;
    struct rf_str rule = rf_str_sub(rest, HASH_HEX + 1);
    if (!rf_str_eq(rule, RF_STR("*")))
        f.rule = rf_arena_dup(&t->arena, rule);
    t->forgotten[t->now.nforgotten++] = f;
}

static void take(void *arg, const struct ledger_entry *e)
{
    struct tables *t = arg;
    if (t->now.nrules + t->now.nforgotten >= t->cap)
        return; /* has come since it was counted; it is built again */
    if (rf_str_starts(e->key, RF_STR("mode:")))
        take_mode(t, rf_str_sub(e->key, 5), e);
    else if (rf_str_starts(e->key, RF_STR("rule:")))
        take_rule(t, rf_str_sub(e->key, 5), e);
    else if (rf_str_starts(e->key, RF_STR("forget:")))
        take_forgotten(t, rf_str_sub(e->key, 7), e);
}

static struct tables *build(struct overrides *o)
{
    struct tables *t = rf_mem_calloc(1, sizeof *t);
    rf_arena_init(&t->arena, 0);
    t->cap = ledger_size(o->ledger);
    t->rules = RF_NEW_ARRAY(&t->arena, struct rf_rule_mode, t->cap);
    t->forgotten = RF_NEW_ARRAY(&t->arena, struct rf_forgotten, t->cap);
    ledger_each(o->ledger, RF_STR(""), take, t);
    t->now.rules = t->rules;
    t->now.forgotten = t->forgotten;
    return t;
}

static void tables_free(struct tables *t)
{
    if (t)
        rf_arena_fini(&t->arena);
    free(t);
}

/* ---- opening ------------------------------------------------------------------------
 */

static void on_change(void *arg, const struct ledger_entry *e)
{
    struct overrides *o = arg;
    atomic_store(&o->changed, true);
    if (o->fn)
        o->fn(o->arg, e);
}

struct overrides *overrides_open(const char *state_dir, int64_t now_ms, ledger_fn fn,
                                 void *arg, const char **why)
{
    struct ledger *l = ledger_open(state_dir, "control", OVERRIDES_MAX, now_ms, why);
    if (!l)
        return NULL;
    struct overrides *o = rf_mem_calloc(1, sizeof *o);
    o->ledger = l;
    o->fn = fn;
    o->arg = arg;
    pthread_mutex_init(&o->build, NULL);
    pthread_mutex_init(&o->lock, NULL);
    o->tables = rf_mem_calloc(1, sizeof *o->tables);
    rf_arena_init(&o->tables->arena, 0);
    atomic_init(&o->version, 0);
    atomic_init(&o->changed, ledger_size(l) > 0);
    ledger_watch(l, on_change, o);
    overrides_refresh(o);
    return o;
}

void overrides_close(struct overrides *o)
{
    if (!o)
        return;
    ledger_close(o->ledger);
    tables_free(o->tables);
    pthread_mutex_destroy(&o->lock);
    pthread_mutex_destroy(&o->build);
    free(o);
}

struct ledger *overrides_ledger(struct overrides *o)
{
    return o->ledger;
}

/* ---- in force -----------------------------------------------------------------------
 */

void overrides_refresh(struct overrides *o)
{
    if (!atomic_load(&o->changed))
        return;
    pthread_mutex_lock(&o->build);
    if (atomic_exchange(&o->changed, false)) {
        struct tables *next = build(o);
        pthread_mutex_lock(&o->lock);
        struct tables *old = o->tables;
        next->now.version = atomic_load(&o->version) + 1;
        o->tables = next;
        atomic_store(&o->version, next->now.version);
        pthread_mutex_unlock(&o->lock);
        tables_free(old);
    }
    pthread_mutex_unlock(&o->build);
}

int overrides_tick(struct overrides *o, int64_t now_ms)
{
    int rc = ledger_tick(o->ledger, now_ms);
    overrides_refresh(o);
    return rc;
}

void overrides_apply(struct overrides *o, struct rf_engine *e)
{
    uint64_t version = atomic_load_explicit(&o->version, memory_order_acquire);
    if (version == rf_engine_overridden(e))
        return;
    pthread_mutex_lock(&o->lock);
    rf_engine_override(e, &o->tables->now);
    pthread_mutex_unlock(&o->lock);
}

enum rf_mode overrides_kind_mode(struct overrides *o, enum rf_kind kind,
                                 enum rf_mode configured)
{
    pthread_mutex_lock(&o->lock);
    const struct rf_overrides *now = &o->tables->now;
    enum rf_mode mode = now->has_mode[kind] ? now->mode[kind] : configured;
    pthread_mutex_unlock(&o->lock);
    return mode;
}

int64_t overrides_mode_ms(struct overrides *o)
{
    int64_t ms = 0;
    pthread_mutex_lock(&o->lock);
    for (int k = 0; k < RF_KIND_COUNT; k++)
        if (o->tables->mode_ms[k] > ms)
            ms = o->tables->mode_ms[k];
    pthread_mutex_unlock(&o->lock);
    return ms;
}

enum rf_mode overrides_rule_mode(struct overrides *o, struct rf_str rule,
                                 enum rf_mode in_file)
{
    pthread_mutex_lock(&o->lock);
    const struct rf_overrides *now = &o->tables->now;
    for (size_t i = 0; i < now->nrules; i++)
        if (rf_str_eq(now->rules[i].rule, rule))
            in_file = now->rules[i].mode;
    pthread_mutex_unlock(&o->lock);
    return in_file;
}

size_t overrides_salts(struct overrides *o, const struct rf_hash128 *value,
                       int64_t *salts, size_t n)
{
    size_t got = 0;
    pthread_mutex_lock(&o->lock);
    const struct rf_overrides *now = &o->tables->now;
    for (size_t i = 0; i < now->nforgotten && got < n; i++)
        if (now->forgotten[i].value.lo == value->lo &&
            now->forgotten[i].value.hi == value->hi)
            salts[got++] = now->forgotten[i].salt;
    pthread_mutex_unlock(&o->lock);
    return got;
}
