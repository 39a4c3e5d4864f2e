#include "daemon/store/ledger_inner.h"

#include <stdlib.h>

#include "lib/base/hash.h"
#include "lib/base/mem.h"

#define HEADS_FIRST 64
#define DEAD_MAX 65536 /* beyond, ids stay in the stream until it is read anew */

void ledger_map_init(struct ledger *l, size_t max)
{
    l->max = max;
    l->nheads = HEADS_FIRST;
    l->heads = rf_mem_calloc(l->nheads, sizeof *l->heads);
    l->due_ms = LEDGER_NEVER;
    TAILQ_INIT(&l->all);
    TAILQ_INIT(&l->unsent);
}

void ledger_map_fini(struct ledger *l)
{
    while (!TAILQ_EMPTY(&l->all))
        ledger_drop(l, TAILQ_FIRST(&l->all));
    free(l->heads);
    free(l->dead);
}

static struct ledger_chain *head_of(struct ledger *l, struct rf_str key)
{
    return &l->heads[rf_hash_fnv(key.p, key.n) & (l->nheads - 1)];
}

struct ledger_item *ledger_find(struct ledger *l, struct rf_str key)
{
    struct ledger_item *i;
    for (i = LIST_FIRST(head_of(l, key)); i; i = LIST_NEXT(i, chain))
        if (rf_str_eq(i->e.key, key))
            return i;
    return NULL;
}

static void grow(struct ledger *l)
{
    struct ledger_item *i;
    free(l->heads);
    l->nheads *= 2;
    l->heads = rf_mem_calloc(l->nheads, sizeof *l->heads);
    for (i = TAILQ_FIRST(&l->all); i; i = TAILQ_NEXT(i, all))
        LIST_INSERT_HEAD(head_of(l, i->e.key), i, chain);
}

int ledger_cmp(const struct ledger_entry *a, const struct ledger_entry *b)
{
    if (a->time_ms != b->time_ms)
        return a->time_ms > b->time_ms ? 1 : -1;
    int c = strcmp(a->origin, b->origin);
    if (c == 0)
        c = a->deleted - b->deleted;
    return c ? c : rf_str_cmp(a->value, b->value);
}

static struct rf_str lay(char **at, struct rf_str s)
{
    char *p = *at;
    if (s.n)
        memcpy(p, s.p, s.n);
    *at += s.n;
    return rf_str(p, s.n);
}

static struct ledger_item *copy_of(const struct ledger_entry *e)
{
    size_t bytes = e->key.n + e->value.n + e->who.n + e->why.n;
    struct ledger_item *i = rf_mem_calloc(1, sizeof *i + bytes);
    char *at = (char *)(i + 1);
    i->e = *e;
    i->e.key = lay(&at, e->key);
    i->e.value = lay(&at, e->value);
    i->e.who = lay(&at, e->who);
    i->e.why = lay(&at, e->why);
    return i;
}

int64_t ledger_forget_ms(const struct ledger_entry *e)
{
    int64_t over_ms = e->deleted ? e->time_ms : e->expires_ms;
    return over_ms > LEDGER_NEVER - LEDGER_KEEP_MS ? LEDGER_NEVER
                                                   : over_ms + LEDGER_KEEP_MS;
}

/* Full: the older half of what is deleted or expired gives way. */
static bool make_room(struct ledger *l)
{
    struct ledger_item *i, *next;
    size_t over = l->n - l->live;
    double sum = 0;
    if (over == 0)
        return false;
    for (i = TAILQ_FIRST(&l->all); i; i = TAILQ_NEXT(i, all))
        sum += ledger_is_live(i) ? 0 : (double)ledger_forget_ms(&i->e) / (double)over;
    for (i = TAILQ_FIRST(&l->all); i; i = next) {
        next = TAILQ_NEXT(i, all);
        if (ledger_is_live(i) || (double)ledger_forget_ms(&i->e) > sum + 1)
            continue;
        ledger_bury(l, i->id);
        ledger_drop(l, i);
    }
    return l->n < l->max;
}

static void due(struct ledger *l, int64_t ms)
{
    l->due_ms = ms < l->due_ms ? ms : l->due_ms;
}

struct ledger_item *ledger_put(struct ledger *l, const struct ledger_entry *e)
{
    struct ledger_item *old = ledger_find(l, e->key);
    if (!old && l->n >= l->max && !make_room(l))
        return NULL;
    struct ledger_item *i = copy_of(e);
    if (old) {
        i->id = old->id;
        ledger_drop(l, old);
    }
    if (l->n >= 2 * l->nheads)
        grow(l);
    LIST_INSERT_HEAD(head_of(l, i->e.key), i, chain);
    TAILQ_INSERT_TAIL(&l->all, i, all);
    TAILQ_INSERT_TAIL(&l->unsent, i, unsent);
    i->share = LEDGER_UNSENT;
    l->nunsent++;
    l->n++;
    l->live += ledger_is_live(i);
    due(l, i->e.deleted ? ledger_forget_ms(&i->e) : i->e.expires_ms);
    return i;
}

void ledger_drop(struct ledger *l, struct ledger_item *i)
{
    ledger_set_share(l, i, LEDGER_SENT);
    LIST_REMOVE(i, chain);
    TAILQ_REMOVE(&l->all, i, all);
    l->n--;
    l->live -= ledger_is_live(i);
    free(i);
}

void ledger_set_share(struct ledger *l, struct ledger_item *i, enum ledger_share share)
{
    if (i->share == share)
        return;
    if (i->share == LEDGER_UNSENT) {
        TAILQ_REMOVE(&l->unsent, i, unsent);
        l->nunsent--;
    }
    if (share == LEDGER_UNSENT) {
        TAILQ_INSERT_TAIL(&l->unsent, i, unsent);
        l->nunsent++;
    }
    l->nshared -= i->share == LEDGER_SHARED;
    l->nshared += share == LEDGER_SHARED;
    i->share = share;
}

void ledger_bury(struct ledger *l, struct ledger_id id)
{
    if ((id.ms == 0 && id.seq == 0) || l->ndead >= DEAD_MAX)
        return;
    if (l->ndead == l->dead_cap) {
        l->dead_cap = l->dead_cap ? 2 * l->dead_cap : 64;
        l->dead = rf_mem_realloc(l->dead, l->dead_cap, sizeof *l->dead);
    }
    l->dead[l->ndead++] = id;
}

void ledger_tell(struct ledger *l, const struct ledger_item *i)
{
    struct ledger_entry e = i->e;
    e.deleted |= i->expired;
    if (l->fn)
        l->fn(l->arg, &e);
}

static void age(struct ledger *l, struct ledger_item *i, int64_t now_ms)
{
    if (ledger_is_live(i) && i->e.expires_ms <= now_ms) {
        i->expired = true;
        l->live--;
        ledger_tell(l, i);
    }
    int64_t forget_ms = ledger_forget_ms(&i->e);
    if (!ledger_is_live(i) && forget_ms <= now_ms) {
        ledger_bury(l, i->id);
        ledger_drop(l, i);
        return;
    }
    due(l, ledger_is_live(i) ? i->e.expires_ms : forget_ms);
}

void ledger_age(struct ledger *l, int64_t now_ms)
{
    struct ledger_item *i, *next;
    if (now_ms < l->due_ms)
        return;
    l->due_ms = LEDGER_NEVER;
    for (i = TAILQ_FIRST(&l->all); i; i = next) {
        next = TAILQ_NEXT(i, all);
        age(l, i, now_ms);
    }
}
