#include "daemon/changes.h"

#include <pthread.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/ruleset/index.h"

#define NAMES_MAX 32 /* lists changed between two looks; beyond, all count as changed */
#define NAME_BYTES 72

struct changes {
    struct ledger *ledger;
    struct changes_tally tally;
    pthread_mutex_t lock; /* of all below; taken under the ledger's, too */
    void (*wake)(void *arg);
    void *wake_arg;
    char names[NAMES_MAX][NAME_BYTES];
    unsigned n;
    bool all;      /* more than these */
    bool applying; /* what was noted is not yet in force */
};

/* ---- what has changed ------------------------------------------------------------- */

static struct rf_str list_of(struct rf_str key)
{
    const char *space = memchr(key.p, ' ', key.n);
    return rf_str(key.p, space ? (size_t)(space - key.p) : 0);
}

static bool noted(const struct changes *c, struct rf_str list)
{
    for (unsigned i = 0; i < c->n; i++)
        if (rf_str_eqz(list, c->names[i]))
            return true;
    return c->all;
}

static void on_change(void *arg, const struct ledger_entry *e)
{
    struct changes *c = arg;
    struct rf_str list = list_of(e->key);
    changes_tally_note(&c->tally, list, e);
    pthread_mutex_lock(&c->lock);
    bool is_new = !noted(c, list);
    if (is_new && (c->n == NAMES_MAX || list.n >= NAME_BYTES))
        c->all = true;
    else if (is_new)
        memcpy(memset(c->names[c->n++], 0, NAME_BYTES), list.p, list.n);
    if (c->wake)
        c->wake(c->wake_arg);
    pthread_mutex_unlock(&c->lock);
}

bool changes_waiting(struct changes *c)
{
    pthread_mutex_lock(&c->lock);
    bool waiting = c->n || c->all || c->applying;
    pthread_mutex_unlock(&c->lock);
    return waiting;
}

/* What has changed since the last time; only the names are copied. */
static void take_noted(struct changes *c, struct changes *out)
{
    pthread_mutex_lock(&c->lock);
    memcpy(out->names, c->names, sizeof out->names);
    out->n = c->n;
    out->all = c->all;
    c->n = 0;
    c->all = false;
    c->applying = true;
    pthread_mutex_unlock(&c->lock);
}

/* ---- life ------------------------------------------------------------------------- */

static struct changes *with_ledger(struct ledger *l)
{
    struct changes *c = rf_mem_calloc(1, sizeof *c);
    c->ledger = l;
    changes_tally_init(&c->tally);
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

struct changes *changes_open(const char *state_dir, int64_t now_ms, const char **why)
{
    struct ledger *l = ledger_open(state_dir, CHANGES_NAME, CHANGES_MAX, now_ms, why);
    if (!l)
        return NULL;
    struct changes *c = with_ledger(l);
    ledger_watch(l, on_change, c);
    return c;
}

struct changes *changes_read(const char *state_dir, const char **why)
{
    struct ledger *l = ledger_read(state_dir, CHANGES_NAME, CHANGES_MAX, why);
    return l ? with_ledger(l) : NULL;
}

void changes_close(struct changes *c)
{
    if (!c)
        return;
    ledger_close(c->ledger);
    pthread_mutex_destroy(&c->lock);
    changes_tally_fini(&c->tally);
    free(c);
}

struct changes_tally *changes_tally(struct changes *c)
{
    return &c->tally;
}

struct ledger *changes_ledger(struct changes *c)
{
    return c->ledger;
}

void changes_watch(struct changes *c, void (*wake)(void *arg), void *arg)
{
    pthread_mutex_lock(&c->lock);
    c->wake_arg = arg;
    c->wake = wake;
    if (wake && (c->n || c->all))
        wake(arg);
    pthread_mutex_unlock(&c->lock);
}

int changes_tick(struct changes *c, int64_t now_ms)
{
    return ledger_tick(c->ledger, now_ms);
}

/* ---- changes by people ------------------------------------------------------------ */

static struct ledger_entry entry_of(struct rf_arena *a, const struct changes_request *r,
                                    const char *value)
{
    return (struct ledger_entry){
        .key = rf_arena_printf(a, "%.*s %.*s", RF_STR_FMT(r->list), RF_STR_FMT(r->entry)),
        .value = rf_str_of(value),
        .who = r->who,
        .why = r->why,
        .expires_ms = r->expires_ms};
}

static int set(struct changes *c, const struct changes_request *r, const char *value,
               int64_t now_ms)
{
    struct rf_arena a;
    rf_arena_init(&a, 4096);
    struct ledger_entry e = entry_of(&a, r, value);
    int rc = ledger_set(c->ledger, &e, now_ms);
    rf_arena_fini(&a);
    return rc;
}

int changes_add(struct changes *c, const struct changes_request *r, int64_t now_ms)
{
    return set(c, r, "+", now_ms);
}

int changes_remove(struct changes *c, const struct changes_request *r, int64_t now_ms)
{
    return set(c, r, "-", now_ms);
}

int changes_take_back(struct changes *c, const struct changes_request *r, int64_t now_ms)
{
    struct rf_arena a;
    rf_arena_init(&a, 4096);
    struct ledger_entry e = entry_of(&a, r, "");
    int rc = ledger_del(c->ledger, &e, now_ms);
    rf_arena_fini(&a);
    return rc;
}

/* ---- putting them in force -------------------------------------------------------- */

static struct rf_list_change change_of(const struct ledger_entry *e)
{
    struct rf_str list = list_of(e->key);
    return (struct rf_list_change){
        .entry = rf_str_sub(e->key, list.n + 1),
        .removed = rf_str_eq(e->value, RF_STR("-")),
        .who = e->who,
        .why = e->why,
        .since_ms = e->time_ms,
        .expires_ms = e->expires_ms == LEDGER_NEVER ? RF_LIST_NEVER : e->expires_ms};
}

bool changes_get(struct changes *c, struct rf_str list, struct rf_str entry,
                 struct rf_arena *a, struct rf_list_change *out)
{
    struct ledger_entry e;
    struct rf_str key =
        rf_arena_printf(a, "%.*s %.*s", RF_STR_FMT(list), RF_STR_FMT(entry));
    if (!ledger_get(c->ledger, key, a, &e))
        return false;
    *out = change_of(&e);
    return true;
}

struct gathered {
    struct rf_arena arena;
    struct rf_list_change *v;
    size_t n, cap;
};

static void gather(void *arg, const struct ledger_entry *e)
{
    struct gathered *g = arg;
    if (g->n == g->cap) {
        g->cap = g->cap ? 2 * g->cap : 64;
        g->v = rf_mem_realloc(g->v, g->cap, sizeof *g->v);
    }
    struct rf_list_change c = change_of(e);
    c.entry = rf_arena_dup(&g->arena, c.entry);
    c.who = rf_arena_dup(&g->arena, c.who);
    c.why = rf_arena_dup(&g->arena, c.why);
    g->v[g->n++] = c;
}

struct rf_overlay *changes_overlay(void *arg, struct rf_str id, const struct rf_list *l,
                                   const struct rf_plan *home)
{
    struct changes *c = arg;
    struct gathered g = {.n = 0};
    struct rf_overlay *o = NULL;
    rf_arena_init(&g.arena, 0);
    struct rf_str prefix = rf_arena_printf(&g.arena, "%.*s ", RF_STR_FMT(id));
    ledger_each(c->ledger, prefix, gather, &g);
    if (g.n)
        o = rf_overlay_new(l, home, g.v, g.n);
    free(g.v);
    rf_arena_fini(&g.arena);
    return o;
}

bool changes_apply(struct changes *c, struct live *live)
{
    struct changes now = {.n = 0};
    struct rf_ruleset *rs = atomic_load(&live->set)->rs;
    struct rf_overlay **old = rf_mem_calloc((size_t)rs->nlists + rs->index->nlists,
                                            sizeof(struct rf_overlay *));
    bool load = false;
    uint32_t n = 0;
    take_noted(c, &now);
    for (uint32_t i = 0; i < rs->nlists; i++) {
        const struct rf_named_list *l = &rs->lists[i];
        if (!noted(&now, l->id) || rf_str_eqz(l->id, RF_PROTECTED_LIST))
            continue;
        old[n++] =
            rf_list_put_overlay(l->list, changes_overlay(c, l->id, l->list, rs->plan));
        load |= l->opened;
    }
    if (n) {
        rf_index_changed(rs, old + n);
        live_settle(live);
        for (uint32_t i = 0; i < n + rs->index->nlists; i++)
            rf_overlay_free(old[i]);
    }
    free(old);
    pthread_mutex_lock(&c->lock);
    c->applying = false;
    pthread_mutex_unlock(&c->lock);
    return load;
}
