#include "lib/count/table.h"

#include "lib/base/mem.h"
#include "lib/count/alert.h"
#include "lib/count/calls.h"
#include "lib/count/distinct.h"
#include "lib/count/history.h"
#include "lib/count/marks.h"

#include <stdlib.h>

enum {
    HEADS_MIN = 16,
    NODES_MIN = 64,          /* of a stripe */
    BLOCKS_MIN = 512 * 1024, /* bytes of a stripe */
    HAND_STEPS = 128,        /* before the next best key goes */
    SWEEP_NODES = 1024,      /* looked at under one lock */
};

enum node_type table_type(const struct rf_count_spec *spec)
{
    static const enum node_type types[] = {
        [RF_COUNT_RATE] = NODE_RATE,   [RF_COUNT_DISTINCT] = NODE_DISTINCT,
        [RF_COUNT_SUM] = NODE_SUM,     [RF_COUNT_RATIO] = NODE_RATIO,
        [RF_COUNT_AVERAGE] = NODE_SUM, [RF_COUNT_CONCURRENT] = NODE_CONCURRENT,
        [RF_COUNT_NEW] = NODE_NEW,     [RF_COUNT_SURGE] = NODE_RATE,
    };
    return rf_count_has_members(spec) ? NODE_DISTINCT : types[spec->kind];
}

static void empty_heads(uint32_t *head, uint32_t n)
{
    while (n-- > 0)
        *head++ = TABLE_NIL;
}

struct rf_counters *rf_counters_new(size_t capacity, const struct rf_hash_key *key)
{
    struct rf_counters *c = aligned_alloc(128, sizeof *c);
    if (!c)
        rf_mem_die(sizeof *c);
    memset(c, 0, sizeof *c);
    c->key = *key;
    c->stripes = TABLE_STRIPES;
    while (c->stripes > 1 && capacity / c->stripes < NODES_MIN)
        c->stripes /= 2;
    size_t per = capacity / c->stripes;
    per = per < NODES_MIN ? NODES_MIN : per > TABLE_NIL ? TABLE_NIL : per;
    c->per_stripe = (uint32_t)per;
    size_t share = per * sizeof(struct node);
    c->blocks_per_stripe = share > BLOCKS_MIN ? share : BLOCKS_MIN;
    c->nodes = rf_mem_calloc(per * c->stripes, sizeof *c->nodes);
    c->heads_max = HEADS_MIN;
    while (c->heads_max < per)
        c->heads_max *= 2;
    c->heads = rf_mem_alloc((size_t)c->heads_max * c->stripes * sizeof *c->heads);
    for (unsigned i = 0; i < c->stripes; i++) {
        struct stripe *s = &c->stripe[i];
        pthread_mutex_init(&s->lock, NULL);
        s->heads = c->heads + (size_t)i * c->heads_max;
        empty_heads(s->heads, HEADS_MIN);
        s->mask = HEADS_MIN - 1;
        s->free = TABLE_NIL;
        s->nodes = c->nodes + i * per;
    }
    c->alerts = alerts_new();
    c->calls = calls_new(per * c->stripes / 4);
    return c;
}

static bool has_extension(const struct node *n)
{
    return n->type == NODE_RATIO || n->type == NODE_SUM || n->type == NODE_DISTINCT;
}

/* Give back what a node holds outside the pool. */
static void drop_blocks(struct stripe *s, struct node *n)
{
    if (n->type == NODE_MARK)
        marks_drop(n, &s->block_bytes);
    else if (n->type == NODE_HISTORY)
        history_drop(n, &s->block_bytes);
    else if (n->type == NODE_DISTINCT)
        distinct_drop(table_extension(s, n), &s->block_bytes);
}

void rf_counters_free(struct rf_counters *c)
{
    if (!c)
        return;
    for (unsigned i = 0; i < c->stripes; i++) {
        struct stripe *s = &c->stripe[i];
        for (uint32_t k = 0; k < s->fresh; k++)
            drop_blocks(s, &s->nodes[k]);
        pthread_mutex_destroy(&s->lock);
    }
    alerts_free(c->alerts);
    calls_free(c->calls);
    free(c->heads);
    free(c->nodes);
    free(c);
}

void rf_counters_hash(const struct rf_counters *c, const void *p, size_t n,
                      struct rf_hash128 *out)
{
    *out = rf_hash_bytes(&c->key, p, n);
}

static uint64_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93ULL;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93ULL;
    return x ^ x >> 32;
}

/* key is a keyed hash already, so that a sender cannot choose where it falls. */
struct place table_place(const struct rf_counters *c, const struct rf_hash128 *id,
                         const struct rf_hash128 *key, enum node_type type)
{
    uint64_t a = id->lo * 0x9e3779b97f4a7c15ULL + key->lo * 0xc2b2ae3d27d4eb4fULL +
                 id->hi * 0x165667b19e3779f9ULL + key->hi * 0xff51afd7ed558ccdULL + type;
    uint64_t b = id->hi * 0x9fb21c651e98df25ULL + key->hi * 0xa0761d6478bd642fULL +
                 id->lo * 0xe7037ed1a0b428dbULL + key->lo * 0x8ebc6af09c88c6e3ULL;
    return (struct place){.tag = mix(a), .stripe = mix(b) & (c->stripes - 1)};
}

struct stripe *table_lock(struct rf_counters *c, struct place p)
{
    struct stripe *s = &c->stripe[p.stripe];
    pthread_mutex_lock(&s->lock);
    return s;
}

void table_unlock(struct stripe *s)
{
    pthread_mutex_unlock(&s->lock);
}

static uint32_t *head_of(struct stripe *s, uint64_t tag)
{
    return &s->heads[tag & s->mask];
}

/* Written under the lock, but prefetch reads without. */
static void set_head(uint32_t *head, uint32_t i)
{
    __atomic_store_n(head, i, __ATOMIC_RELAXED);
}

/* The last node of n's key, which leads to the next key of the chain. */
static struct node *last_node(struct stripe *s, struct node *n)
{
    return has_extension(n) ? table_extension(s, n) : n;
}

struct node *table_find(struct stripe *s, struct place p)
{
    uint32_t i = *head_of(s, p.tag);
    while (i != TABLE_NIL) {
        struct node *n = &s->nodes[i];
        if (n->tag == p.tag)
            return n;
        i = last_node(s, n)->next;
    }
    return NULL;
}

static void put_free(struct stripe *s, uint32_t i)
{
    s->nodes[i].type = NODE_FREE;
    s->nodes[i].next = s->free;
    s->free = i;
    s->used--;
}

/* Take the key at i out of its chain and free it. */
static void remove_key(struct stripe *s, uint32_t i)
{
    struct node *n = &s->nodes[i];
    uint32_t *head = head_of(s, n->tag), at = *head;
    struct node *before = NULL; /* last node of the key before */
    while (at != i) {
        before = last_node(s, &s->nodes[at]);
        at = before->next;
    }
    uint32_t next = last_node(s, n)->next;
    if (before)
        before->next = next;
    else
        set_head(head, next);
    drop_blocks(s, n);
    if (has_extension(n))
        put_free(s, n->next);
    put_free(s, i);
    s->keys--;
}

static bool has_block(struct stripe *s, const struct node *n)
{
    return n->type == NODE_MARK ? n->marks.cap > MARK_INLINE
           : n->type == NODE_HISTORY
               ? n->history.hours != NULL
               : n->type == NODE_DISTINCT && s->nodes[n->next].block;
}

/* CLOCK: the hand goes round the nodes; a key used again since it last passed is spared
 * once, an expired one is taken at once. */
static bool evict(struct stripe *s, uint32_t keep, uint32_t now_s, bool with_block)
{
    uint32_t best = TABLE_NIL;
    for (uint32_t k = 0; k < s->fresh && (k < HAND_STEPS || best == TABLE_NIL); k++) {
        uint32_t i = s->hand < s->fresh ? s->hand : 0;
        struct node *n = &s->nodes[i];
        s->hand = i + 1;
        if (n->type == NODE_FREE || n->type == NODE_EXTENSION || i == keep)
            continue;
        if (with_block && !has_block(s, n))
            continue;
        best = i;
        if (n->expiry_s < now_s || !n->again)
            break;
        n->again = 0;
    }
    if (best == TABLE_NIL)
        return false;
    s->evicted += s->nodes[best].expiry_s >= now_s;
    remove_key(s, best);
    return true;
}

static uint32_t take_free(struct rf_counters *c, struct stripe *s, uint32_t now_s)
{
    uint32_t i;
    if (s->free == TABLE_NIL && s->fresh < c->per_stripe) {
        i = s->fresh++;
    } else {
        if (s->free == TABLE_NIL)
            evict(s, TABLE_NIL, now_s,
                  false); /* all nodes used: there is a key to take */
        i = s->free;
        s->free = s->nodes[i].next;
    }
    memset(&s->nodes[i], 0, sizeof s->nodes[i]);
    s->nodes[i].next = TABLE_NIL;
    s->nodes[i].type = NODE_EXTENSION; /* out of the hand's reach until it is chained */
    s->used++;
    return i;
}

/* Twice the heads, where they are: readers without the lock (prefetch) may go on. Each
 * chain h is dealt out to h and h + old heads. */
static void grow(struct stripe *s)
{
    uint32_t heads = s->mask + 1;
    empty_heads(s->heads + heads, heads);
    for (uint32_t h = 0; h < heads; h++) {
        uint32_t i = s->heads[h];
        set_head(&s->heads[h], TABLE_NIL);
        while (i != TABLE_NIL) {
            struct node *n = &s->nodes[i];
            struct node *last = last_node(s, n);
            uint32_t next = last->next, *head = &s->heads[n->tag & (heads * 2 - 1)];
            last->next = *head;
            set_head(head, i);
            i = next;
        }
    }
    __atomic_store_n(&s->mask, heads * 2 - 1, __ATOMIC_RELEASE);
}

struct node *table_get(struct rf_counters *c, struct stripe *s, struct place p,
                       enum node_type type, uint32_t now_s)
{
    struct node *n = table_find(s, p);
    if (n) {
        n->again = 1;
        return n;
    }
    if (s->keys > s->mask && s->mask < c->heads_max - 1)
        grow(s);
    uint32_t i = take_free(c, s, now_s);
    n = &s->nodes[i];
    struct node shape = {.type = type};
    if (has_extension(&shape))
        n->next = take_free(c, s, now_s);
    n->type = type;
    n->tag = p.tag;
    uint32_t *head = head_of(s, p.tag);
    last_node(s, n)->next = *head;
    set_head(head, i);
    s->keys++;
    return n;
}

void table_trim(struct rf_counters *c, struct stripe *s, const struct node *keep,
                uint32_t now_s)
{
    uint32_t at = (uint32_t)(keep - s->nodes);
    while (s->block_bytes > c->blocks_per_stripe && evict(s, at, now_s, true))
        ;
}

/* ---- upkeep ---- */

static const uint32_t *head_unlocked(const struct rf_counters *c,
                                     const struct rf_count_spec *spec,
                                     const struct rf_hash128 *key,
                                     struct stripe const **s)
{
    struct place p = table_place(c, &spec->id, key, table_type(spec));
    *s = &c->stripe[p.stripe];
    return (*s)->heads + (p.tag & __atomic_load_n(&(*s)->mask, __ATOMIC_ACQUIRE));
}

void rf_count_prefetch(const struct rf_counters *c, const struct rf_count_spec *spec,
                       const struct rf_hash128 *key)
{
    const struct stripe *s;
    __builtin_prefetch(head_unlocked(c, spec, key, &s));
    __builtin_prefetch(s, 1);
}

void rf_count_prefetch_node(const struct rf_counters *c, const struct rf_count_spec *spec,
                            const struct rf_hash128 *key)
{
    const struct stripe *s;
    const uint32_t *head = head_unlocked(c, spec, key, &s);
    uint32_t i = __atomic_load_n(head, __ATOMIC_RELAXED);
    if (i >= c->per_stripe)
        return;
    const struct node *n = &s->nodes[i];
    __builtin_prefetch(n, 1);
    __builtin_prefetch((const char *)(n + 1) - 1, 1);
}

/* Free expired keys among the next nodes; true when the stripe's end is reached. */
static bool sweep_some(struct stripe *s, uint32_t now_s, size_t *freed)
{
    pthread_mutex_lock(&s->lock);
    uint32_t end = s->fresh - s->swept > SWEEP_NODES ? s->swept + SWEEP_NODES : s->fresh;
    for (; s->swept < end; s->swept++) {
        struct node *n = &s->nodes[s->swept];
        if (n->type == NODE_FREE || n->type == NODE_EXTENSION || n->expiry_s >= now_s)
            continue;
        remove_key(s, s->swept);
        ++*freed;
    }
    bool done = s->swept == s->fresh;
    if (done)
        s->swept = 0;
    pthread_mutex_unlock(&s->lock);
    return done;
}

size_t rf_counters_sweep(struct rf_counters *c, int64_t now_ms, unsigned stripes)
{
    uint32_t now_s = (uint32_t)(table_clamp_ts(now_ms) / 1000);
    size_t freed = calls_sweep(c->calls, table_clamp_ts(now_ms));
    for (unsigned k = 0; k < stripes && k < c->stripes; k++) {
        unsigned i = __atomic_fetch_add(&c->sweep_at, 1, __ATOMIC_RELAXED);
        struct stripe *s = &c->stripe[i & (c->stripes - 1)];
        while (!sweep_some(s, now_s, &freed))
            ;
    }
    return freed;
}

size_t rf_counters_keys(struct rf_counters *c)
{
    size_t n = 0;
    for (unsigned i = 0; i < c->stripes; i++) {
        pthread_mutex_lock(&c->stripe[i].lock);
        n += c->stripe[i].keys;
        pthread_mutex_unlock(&c->stripe[i].lock);
    }
    return n;
}

uint64_t rf_counters_evicted(struct rf_counters *c)
{
    uint64_t n = alerts_dropped(c->alerts) + calls_dropped(c->calls);
    for (unsigned i = 0; i < c->stripes; i++) {
        pthread_mutex_lock(&c->stripe[i].lock);
        n += c->stripe[i].evicted;
        pthread_mutex_unlock(&c->stripe[i].lock);
    }
    return n;
}

size_t rf_counters_bytes(struct rf_counters *c)
{
    size_t n = calls_bytes(c->calls);
    for (unsigned i = 0; i < c->stripes; i++) {
        struct stripe *s = &c->stripe[i];
        pthread_mutex_lock(&s->lock);
        n += s->used * sizeof(struct node) + ((size_t)s->mask + 1) * sizeof *s->heads +
             s->block_bytes;
        pthread_mutex_unlock(&s->lock);
    }
    return n;
}
