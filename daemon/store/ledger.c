#include "daemon/store/ledger_inner.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"

static struct ledger *begin(const char *state_dir, const char *name, size_t max,
                            int (*file)(struct ledger *, const char **), const char **why)
{
    struct ledger *l = rf_mem_calloc(1, sizeof *l);
    pthread_mutex_init(&l->lock, NULL);
    ledger_map_init(l, max);
    l->fd = -1;
    int n = snprintf(l->path, sizeof l->path, "%s/%s.ledger", state_dir, name);
    *why = "path too long";
    if (n < (int)sizeof l->path && file(l, why) == RF_OK)
        return l;
    ledger_close(l);
    return NULL;
}

struct ledger *ledger_open(const char *state_dir, const char *name, size_t max,
                           int64_t now_ms, const char **why)
{
    struct ledger *l = begin(state_dir, name, max, ledger_file_open, why);
    if (l)
        ledger_age(l, now_ms);
    return l;
}

struct ledger *ledger_read(const char *state_dir, const char *name, size_t max,
                           const char **why)
{
    return begin(state_dir, name, max, ledger_file_read, why);
}

void ledger_close(struct ledger *l)
{
    if (!l)
        return;
    ledger_file_close(l);
    ledger_map_fini(l);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

void ledger_watch(struct ledger *l, ledger_fn fn, void *arg)
{
    pthread_mutex_lock(&l->lock);
    l->fn = fn;
    l->arg = arg;
    pthread_mutex_unlock(&l->lock);
}

static bool is_valid(const struct ledger_entry *e)
{
    return e->key.n > 0 && e->key.n <= LEDGER_KEY_MAX && e->value.n <= LEDGER_VALUE_MAX &&
           e->who.n <= LEDGER_VALUE_MAX && e->why.n <= LEDGER_VALUE_MAX;
}

/* ---- changes made here ------------------------------------------------------------- */

/* With the lock. */
static int change(struct ledger *l, const struct ledger_entry *e, bool deleted,
                  int64_t now_ms)
{
    const struct ledger_item *was = ledger_find(l, e->key);
    struct ledger_entry made = *e;
    if (deleted && (!was || !ledger_is_live(was)))
        return RF_ERR_NOENT;
    made.time_ms = was && was->e.time_ms >= now_ms ? was->e.time_ms + 1 : now_ms;
    made.deleted = deleted;
    if (deleted) {
        made.value = RF_STR("");
        made.expires_ms = LEDGER_NEVER;
    }
    memcpy(made.origin, l->origin, sizeof made.origin);
    struct ledger_item *item = ledger_put(l, &made);
    if (!item)
        return RF_ERR_LIMIT;
    ledger_tell(l, item);
    ledger_file_add(l, &item->e);
    return ledger_file_write(l, true);
}

int ledger_set(struct ledger *l, const struct ledger_entry *e, int64_t now_ms)
{
    if (!is_valid(e))
        return RF_ERR_INVALID;
    pthread_mutex_lock(&l->lock);
    int rc = change(l, e, false, now_ms);
    pthread_mutex_unlock(&l->lock);
    return rc;
}

int ledger_del(struct ledger *l, const struct ledger_entry *e, int64_t now_ms)
{
    if (!is_valid(e))
        return RF_ERR_INVALID;
    pthread_mutex_lock(&l->lock);
    int rc = change(l, e, true, now_ms);
    pthread_mutex_unlock(&l->lock);
    return rc;
}

/* ---- reading ----------------------------------------------------------------------- */

static void copy(struct rf_arena *a, const struct ledger_entry *e,
                 struct ledger_entry *out)
{
    *out = *e;
    out->key = rf_arena_dup(a, e->key);
    out->value = rf_arena_dup(a, e->value);
    out->who = rf_arena_dup(a, e->who);
    out->why = rf_arena_dup(a, e->why);
}

bool ledger_get(struct ledger *l, struct rf_str key, struct rf_arena *a,
                struct ledger_entry *out)
{
    pthread_mutex_lock(&l->lock);
    const struct ledger_item *i = ledger_find(l, key);
    bool live = i && ledger_is_live(i);
    if (live)
        copy(a, &i->e, out);
    pthread_mutex_unlock(&l->lock);
    return live;
}

void ledger_each(struct ledger *l, struct rf_str prefix, ledger_fn fn, void *arg)
{
    const struct ledger_item *i;
    pthread_mutex_lock(&l->lock);
    for (i = TAILQ_FIRST(&l->all); i; i = TAILQ_NEXT(i, all))
        if (ledger_is_live(i) && rf_str_starts(i->e.key, prefix))
            fn(arg, &i->e);
    pthread_mutex_unlock(&l->lock);
}

/* ---- upkeep ------------------------------------------------------------------------ */

int ledger_tick(struct ledger *l, int64_t now_ms)
{
    pthread_mutex_lock(&l->lock);
    ledger_age(l, now_ms);
    int rc = ledger_file_tidy(l);
    pthread_mutex_unlock(&l->lock);
    return rc;
}

size_t ledger_size(struct ledger *l)
{
    pthread_mutex_lock(&l->lock);
    size_t n = l->live;
    pthread_mutex_unlock(&l->lock);
    return n;
}

size_t ledger_waiting(struct ledger *l)
{
    pthread_mutex_lock(&l->lock);
    size_t n = l->bound ? l->n - l->nshared : 0;
    pthread_mutex_unlock(&l->lock);
    return n;
}

uint64_t ledger_damaged(struct ledger *l)
{
    pthread_mutex_lock(&l->lock);
    uint64_t n = l->damaged;
    pthread_mutex_unlock(&l->lock);
    return n;
}

uint64_t ledger_refused(struct ledger *l)
{
    pthread_mutex_lock(&l->lock);
    uint64_t n = l->refused;
    pthread_mutex_unlock(&l->lock);
    return n;
}

/* ---- the exchange ------------------------------------------------------------------ */

void ledger_bind(struct ledger *l)
{
    pthread_mutex_lock(&l->lock);
    l->bound = true;
    pthread_mutex_unlock(&l->lock);
}

/* This change stands in the stream at id. */
static void stands(struct ledger *l, struct ledger_item *item, struct ledger_id id)
{
    if (item->id.ms != id.ms || item->id.seq != id.seq)
        ledger_bury(l, item->id);
    item->id = id;
    ledger_set_share(l, item, LEDGER_SHARED);
}

/* An older change than ours: of no use once ours is in the stream. */
static void outdated(struct ledger *l, struct ledger_item *item, struct ledger_id id)
{
    if (item->share == LEDGER_SHARED) {
        ledger_bury(l, id);
        return;
    }
    ledger_bury(l, item->id);
    item->id = id;
}

static void apply(struct ledger *l, const struct ledger_entry *e, struct ledger_id id,
                  int64_t now_ms)
{
    struct ledger_item *was = ledger_find(l, e->key);
    int c = was ? ledger_cmp(e, &was->e) : 1;
    if (c < 0) {
        outdated(l, was, id);
        return;
    }
    if (c == 0) {
        stands(l, was, id);
        return;
    }
    if (!was && ledger_forget_ms(e) <= now_ms) {
        ledger_bury(l, id);
        return;
    }
    struct ledger_item *item = ledger_put(l, e);
    if (!item) {
        l->refused++;
        return;
    }
    stands(l, item, id);
    item->expired = !e->deleted && e->expires_ms <= now_ms;
    l->live -= item->expired;
    ledger_tell(l, item);
    ledger_file_add(l, &item->e);
}

void ledger_apply(struct ledger *l, const struct ledger_entry *e, struct ledger_id id,
                  int64_t now_ms)
{
    pthread_mutex_lock(&l->lock);
    if (is_valid(e))
        apply(l, e, id, now_ms);
    else
        l->refused++;
    pthread_mutex_unlock(&l->lock);
}

void ledger_applied(struct ledger *l)
{
    pthread_mutex_lock(&l->lock);
    if (ledger_file_write(l, false) != RF_OK) {
        /* ledger_tick tells */
    }
    pthread_mutex_unlock(&l->lock);
}

void ledger_forget_stream(struct ledger *l)
{
    struct ledger_item *i;
    pthread_mutex_lock(&l->lock);
    for (i = TAILQ_FIRST(&l->all); i; i = TAILQ_NEXT(i, all)) {
        i->id = (struct ledger_id){0};
        ledger_set_share(l, i, LEDGER_UNSENT);
    }
    l->ndead = 0;
    pthread_mutex_unlock(&l->lock);
}

bool ledger_next_unsent(struct ledger *l, struct rf_arena *a, struct ledger_entry *out)
{
    pthread_mutex_lock(&l->lock);
    struct ledger_item *i = TAILQ_FIRST(&l->unsent);
    if (i) {
        copy(a, &i->e, out);
        ledger_set_share(l, i, LEDGER_SENT);
    }
    pthread_mutex_unlock(&l->lock);
    return i != NULL;
}

void ledger_not_sent(struct ledger *l, struct rf_str key, int64_t time_ms)
{
    pthread_mutex_lock(&l->lock);
    struct ledger_item *i = ledger_find(l, key);
    if (i && i->share == LEDGER_SENT && i->e.time_ms == time_ms)
        ledger_set_share(l, i, LEDGER_UNSENT);
    pthread_mutex_unlock(&l->lock);
}

size_t ledger_take_dead(struct ledger *l, struct ledger_id *out, size_t n)
{
    pthread_mutex_lock(&l->lock);
    if (n > l->ndead)
        n = l->ndead;
    l->ndead -= n;
    if (n)
        memcpy(out, l->dead + l->ndead, n * sizeof *out);
    pthread_mutex_unlock(&l->lock);
    return n;
}

size_t ledger_shared(struct ledger *l)
{
    pthread_mutex_lock(&l->lock);
    size_t n = l->nshared;
    pthread_mutex_unlock(&l->lock);
    return n;
}

size_t ledger_unsent(struct ledger *l)
{
    pthread_mutex_lock(&l->lock);
    size_t n = l->nunsent;
    pthread_mutex_unlock(&l->lock);
    return n;
}
