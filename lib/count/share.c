/* The sharer's round: wishes taken in, blocks whose turn it is, asks ended. */
#include "lib/count/share.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/count/share_state.h"

enum {
    MAP_MIN = 1024,
    SWEEP_CHAINS = 1024, /* looked at in one collection */
    VICTIMS = 64,        /* looked at for one that may give way */
};

/* ---- blocks ---- */

static struct share_block **chain_of(struct share *sh, uint64_t tag)
{
    return &sh->map[tag & sh->map_mask];
}

static struct share_block *find(struct share *sh, struct place at)
{
    struct share_block *b = *chain_of(sh, at.tag);
    while (b && (b->at.tag != at.tag || b->at.stripe != at.stripe))
        b = b->chain;
    return b;
}

static void set_turn(struct share *sh, struct share_block *b, struct share_list *list)
{
    if (b->in == list)
        return;
    sh->ndue += (list == &sh->due) - (size_t)(b->in == &sh->due);
    if (b->in)
        TAILQ_REMOVE(b->in, b, turn);
    b->in = list;
    if (list)
        TAILQ_INSERT_TAIL(list, b, turn);
}

static void block_free(struct share_block *b)
{
    for (unsigned i = 0; b->ids && i < COUNT_SLOTS; i++)
        free(b->ids[i].id);
    free(b->ids);
    free(b->slot);
    free(b->cell);
    free(b);
}

static void drop(struct share *sh, struct share_block *b)
{
    struct share_block **at = chain_of(sh, b->at.tag);
    while (*at != b)
        at = &(*at)->chain;
    *at = b->chain;
    set_turn(sh, b, NULL);
    TAILQ_REMOVE(&sh->used, b, used);
    sh->keys--;
    block_free(b);
}

/* The block and its key: what of the node is whose cannot be told without it. */
static void give_up(struct rf_counters *c, struct share_block *b)
{
    struct stripe *s = table_lock(c, b->at);
    struct node *n = table_find(s, b->at);
    if (n && n->shared)
        table_remove(s, n);
    table_unlock(s);
    drop(c->share, b);
    __atomic_fetch_add(&c->share->evicted, 1, __ATOMIC_RELAXED);
}

/* The longest unused that has nothing to say gives way; where all have, the new one has
 * to wait. */
static bool make_room(struct rf_counters *c)
{
    struct share *sh = c->share;
    struct share_block *b = TAILQ_FIRST(&sh->used);
    if (sh->keys < sh->keys_max)
        return true;
    for (unsigned i = 0; b && i < VICTIMS; i++, b = TAILQ_NEXT(b, used))
        if (!b->asked && !b->in) {
            give_up(c, b);
            return true;
        }
    __atomic_fetch_add(&sh->crowded, 1, __ATOMIC_RELAXED);
    return false;
}

static bool is_window(enum node_type type)
{
    return type != NODE_NEW && type != NODE_HISTORY;
}

static struct share_block *block_new(struct share *sh, const struct share_wish *w,
                                     struct place at)
{
    struct share_block *b = rf_mem_calloc(1, sizeof *b);
    b->at = at;
    b->type = (enum node_type)w->type;
    b->key = w->key;
    if (is_window(w->type)) {
        b->numbers = w->type == NODE_SUM || w->type == NODE_RATIO ? 2 : 1;
        b->slot = rf_mem_calloc(COUNT_SLOTS, sizeof *b->slot);
        b->ids =
            w->type == NODE_DISTINCT ? rf_mem_calloc(COUNT_SLOTS, sizeof *b->ids) : NULL;
        b->cell = rf_mem_calloc(COUNT_SLOTS * b->numbers, sizeof *b->cell);
    }
    b->chain = *chain_of(sh, at.tag);
    *chain_of(sh, at.tag) = b;
    TAILQ_INSERT_TAIL(&sh->used, b, used);
    sh->keys++;
    return b;
}

static const struct share_form *form_of(const struct share_block *b)
{
    return b->type == NODE_NEW       ? &share_first
           : b->type == NODE_HISTORY ? &share_peaks
                                     : &share_window;
}

/* ---- wishes ---- */

static void take_wish(struct rf_counters *c, const struct share_wish *w, unsigned stripe)
{
    struct share *sh = c->share;
    struct place at = {.tag = w->tag, .stripe = stripe};
    struct share_block *b = find(sh, at);
    if (!b && make_room(c))
        b = block_new(sh, w, at);
    if (!b)
        return;
    b->spec = __atomic_load_n(&sh->specs[w->spec], __ATOMIC_ACQUIRE);
    TAILQ_REMOVE(&sh->used, b, used);
    TAILQ_INSERT_TAIL(&sh->used, b, used);
    set_turn(sh, b, &sh->due);
}

static void take_wishes(struct rf_counters *c, unsigned stripe)
{
    struct share_wish wish[SHARE_QUEUE];
    struct share_queue *q = &c->share->queue[stripe];
    struct stripe *s = table_lock(c, (struct place){.stripe = stripe});
    uint32_t n = s->wishes;
    memcpy(wish, q->wish, n * sizeof *wish);
    __atomic_store_n(&s->wishes, 0, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < n; i++) {
        struct node *node =
            table_find(s, (struct place){.tag = wish[i].tag, .stripe = stripe});
        if (node)
            node->wished = 0;
    }
    table_unlock(s);
    for (uint32_t i = 0; i < n; i++)
        take_wish(c, &wish[i], stripe);
}

/* Blocks whose node has gone. */
static void sweep(struct rf_counters *c)
{
    struct share *sh = c->share;
    for (unsigned i = 0; i < SWEEP_CHAINS; i++) {
        struct share_block *b = sh->map[sh->swept++ & sh->map_mask], *next;
        for (; b; b = next) {
            next = b->chain;
            struct stripe *s = table_lock(c, b->at);
            struct node *n = table_find(s, b->at);
            bool gone = !n || !n->shared;
            table_unlock(s);
            if (gone && !b->asked && b->in != &sh->due)
                drop(sh, b);
        }
    }
}

/* ---- asks ---- */

static void ask_free(struct share_ask *a)
{
    for (unsigned i = 0; i < RF_SHARE_SLICES; i++) {
        free(a->ask.part[i].members);
        free(a->ask.part[i].registers);
    }
    free(a);
}

/* What the block has to exchange, or NULL; *gone: its node has. */
static struct share_ask *prepare(struct rf_counters *c, struct share_block *b, bool *gone)
{
    struct share_ask *a = rf_mem_calloc(1, sizeof *a);
    struct stripe *s = table_lock(c, b->at);
    struct node *n = table_find(s, b->at);
    *gone = !n;
    a->block = b;
    a->ask.rule = rf_str_of(b->spec->rule);
    a->ask.cond = b->spec->spec.id.lo ^ b->spec->spec.id.hi;
    a->ask.key = b->key;
    bool any = n && form_of(b)->prepare(c, s, n, b, &a->ask);
    table_unlock(s);
    if (any)
        return a;
    ask_free(a);
    return NULL;
}

static void after_turn(struct share *sh, struct share_block *b)
{
    set_turn(sh, b, b->watched ? &sh->watched : NULL);
}

/* False: fn takes no more. */
static bool take_turn(struct rf_counters *c, struct share_block *b, rf_share_fn fn,
                      void *arg)
{
    struct share *sh = c->share;
    bool gone;
    struct share_ask *a = prepare(c, b, &gone);
    if (!a) {
        if (gone)
            drop(sh, b);
        else
            after_turn(sh, b);
        return true;
    }
    b->asked = true;
    after_turn(sh, b);
    if (fn(arg, &a->ask))
        return true;
    rf_share_refused(c, &a->ask);
    b->stale = true;
    set_turn(sh, b, &sh->due);
    return false;
}

/* Each block of the list has its turn once; those under way keep theirs. */
static bool take_turns(struct rf_counters *c, struct share_list *list, rf_share_fn fn,
                       void *arg)
{
    struct share_block *last = TAILQ_LAST(list, share_list), *b;
    while ((b = TAILQ_FIRST(list)) != NULL) {
        bool end = b == last;
        TAILQ_REMOVE(list, b, turn);
        TAILQ_INSERT_TAIL(list, b, turn);
        if (!b->asked && !take_turn(c, b, fn, arg))
            return false;
        if (end)
            break;
    }
    return true;
}

size_t rf_share_collect(struct rf_counters *c, int64_t now_ms, rf_share_fn fn, void *arg)
{
    struct share *sh = c->share;
    sh->now_ms = table_clamp_ts(now_ms);
    for (unsigned i = 0; i < c->stripes; i++)
        take_wishes(c, i);
    struct share_list *first = sh->round++ % 2 ? &sh->watched : &sh->due;
    if (take_turns(c, first, fn, arg)) /* neither starves the other */
        take_turns(c, first == &sh->due ? &sh->watched : &sh->due, fn, arg);
    sweep(c);
    __atomic_store_n(&sh->waiting, sh->ndue, __ATOMIC_RELAXED);
    __atomic_store_n(&sh->shown_keys, sh->keys, __ATOMIC_RELAXED);
    return sh->ndue;
}

size_t rf_share_more(struct rf_counters *c, rf_share_fn fn, void *arg)
{
    take_turns(c, &c->share->due, fn, arg);
    return c->share->ndue;
}

static struct share_block *end_ask(struct share_ask *a)
{
    a->block->asked = false;
    return a->block;
}

void rf_share_answer(struct rf_counters *c, struct rf_share_ask *ask,
                     const struct rf_share_reply *reply)
{
    struct share_ask *a = (struct share_ask *)ask;
    struct share_block *b = end_ask(a);
    struct stripe *s = table_lock(c, b->at);
    struct node *n = table_find(s, b->at);
    if (n && n->shared)
        form_of(b)->answer(c, s, n, b, ask, reply);
    table_unlock(s);
    if (b->in != &c->share->due)
        after_turn(c->share, b);
    ask_free(a);
}

static struct share_slot *slot_of(struct share_block *b, int64_t slice)
{
    struct share_slot *slot = b->slot ? &b->slot[slice % COUNT_SLOTS] : NULL;
    return slot && slot->slice == slice ? slot : NULL;
}

void rf_share_lost(struct rf_counters *c, struct rf_share_ask *ask)
{
    struct share_ask *a = (struct share_ask *)ask;
    struct share_block *b = end_ask(a);
    for (unsigned i = 0; i < ask->nparts; i++) {
        const struct rf_share_part *p = &ask->part[i];
        __atomic_fetch_add(&c->share->lost, (uint64_t)p->add[0], __ATOMIC_RELAXED);
        for (unsigned k = 0; k < b->numbers && slot_of(b, p->slice); k++)
            b->cell[p->slice % COUNT_SLOTS * b->numbers + k].lost += p->add[k];
    }
    b->stale = true;
    set_turn(c->share, b, &c->share->due);
    ask_free(a);
}

void rf_share_refused(struct rf_counters *c, struct rf_share_ask *ask)
{
    struct share_ask *a = (struct share_ask *)ask;
    struct share_block *b = end_ask(a);
    (void)c;
    for (unsigned i = 0; i < ask->nparts; i++) {
        const struct rf_share_part *p = &ask->part[i];
        for (unsigned k = 0; k < b->numbers && slot_of(b, p->slice); k++) {
            struct share_cell *cell = &b->cell[p->slice % COUNT_SLOTS * b->numbers + k];
            cell->sent -= p->add[k];
            cell->off -= p->add[k];
        }
    }
    b->stale = true;
    ask_free(a);
}

void rf_share_again(struct rf_counters *c)
{
    struct share *sh = c->share;
    for (struct share_block *b = TAILQ_FIRST(&sh->used); b; b = TAILQ_NEXT(b, used))
        b->stale = true;
}

void rf_share_last(struct rf_counters *c)
{
    struct share *sh = c->share;
    sh->last = true;
    for (struct share_block *b = TAILQ_FIRST(&sh->used); b; b = TAILQ_NEXT(b, used))
        set_turn(sh, b, &sh->due);
}

/* ---- start and end ---- */

void rf_counters_share(struct rf_counters *c, const struct rf_share_options *options)
{
    struct share *sh = rf_mem_calloc(1, sizeof *sh);
    sh->slack = options->slack;
    sh->keys_max = options->keys_max;
    sh->map_mask = MAP_MIN - 1;
    while (sh->map_mask < sh->keys_max)
        sh->map_mask = sh->map_mask * 2 + 1;
    sh->map = rf_mem_calloc(sh->map_mask + 1, sizeof(struct share_block *));
    sh->queue = rf_mem_calloc(c->stripes, sizeof *sh->queue);
    sh->specs = rf_mem_calloc(SHARE_SPECS, sizeof(struct share_spec *));
    sh->news = rf_mem_calloc(SHARE_NEWS, sizeof *sh->news);
    TAILQ_INIT(&sh->used);
    TAILQ_INIT(&sh->due);
    TAILQ_INIT(&sh->watched);
    pthread_mutex_init(&sh->specs_lock, NULL);
    pthread_mutex_init(&sh->news_lock, NULL);
    c->share = sh;
}

void share_free(struct rf_counters *c)
{
    struct share *sh = c->share;
    if (!sh)
        return;
    while (!TAILQ_EMPTY(&sh->used))
        drop(sh, TAILQ_FIRST(&sh->used));
    for (unsigned i = 0; i < SHARE_SPECS; i++)
        free(sh->specs[i]);
    pthread_mutex_destroy(&sh->specs_lock);
    pthread_mutex_destroy(&sh->news_lock);
    free(sh->news);
    free(sh->specs);
    free(sh->queue);
    free(sh->map);
    free(sh);
}
