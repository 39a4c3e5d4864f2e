#include "lib/count/table.h"

#include "lib/base/mem.h"
#include "lib/count/alert.h"
#include "lib/count/calls.h"
#include "lib/count/distinct.h"
#include "lib/count/history.h"
#include "lib/count/index.h"
#include "lib/count/marks.h"
#include "lib/count/share_state.h"

#include <stdlib.h>

enum {
    NODES_MIN = 64,          /* of a stripe */
    BLOCKS_MIN = 512 * 1024, /* bytes of a stripe */
    HAND_STEPS = 128,        /* before the next best key goes */
    SWEEP_NODES = 1024,      /* looked at under one lock */
    AHEAD_MIN = 100000,      /* nodes that memory is at hand for: 8 MiB ... */
    AHEAD_MAX = 360000,      /* ... 30 MiB */
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

static uint32_t nodes_of_a_stripe(size_t capacity, unsigned stripes)
{
    size_t per = capacity / stripes;
    return per < NODES_MIN ? NODES_MIN : per > TABLE_NIL ? TABLE_NIL : (uint32_t)per;
}

static void init_stripe(struct rf_counters *c, unsigned i)
{
    struct stripe *s = &c->stripe[i];
    pthread_mutex_init(&s->lock, NULL);
    s->cells = c->cells + (size_t)i * c->cells_max;
    index_init(s);
    s->free = TABLE_NIL;
    s->nodes = c->nodes + (size_t)i * TABLE_CHUNK;
    s->chunk_stride = (c->stripes - 1) * (size_t)TABLE_CHUNK;
}

static void set_key(struct rf_counters *c, const struct rf_hash_key *key)
{
    struct table_key *k = rf_mem_alloc(sizeof *k);
    *k = (struct table_key){.key = *key, .older = c->key};
    __atomic_store_n(&c->key, k, __ATOMIC_RELEASE);
}

struct rf_counters *rf_counters_new(size_t capacity, const struct rf_hash_key *key)
{
    struct rf_counters *c = aligned_alloc(128, sizeof *c);
    if (!c)
        rf_mem_die(sizeof *c);
    memset(c, 0, sizeof *c);
    set_key(c, key);
    c->stripes = TABLE_STRIPES;
    while (c->stripes > 1 && capacity / c->stripes < NODES_MIN)
        c->stripes /= 2;
    c->per_stripe = nodes_of_a_stripe(capacity, c->stripes);
    size_t share = c->per_stripe * sizeof(struct node);
    c->blocks_per_stripe = share > BLOCKS_MIN ? share : BLOCKS_MIN;
    size_t chunks = (c->per_stripe + TABLE_CHUNK - 1) / TABLE_CHUNK * c->stripes;
    c->nodes = rf_mem_pages(chunks * TABLE_CHUNK * sizeof *c->nodes);
    c->cells_max = index_cells(c->per_stripe);
    c->cells = rf_mem_pages((size_t)c->cells_max * c->stripes * sizeof *c->cells);
    for (unsigned i = 0; i < c->stripes; i++)
        init_stripe(c, i);
    c->alerts = alerts_new();
    c->calls = calls_new((size_t)c->per_stripe * c->stripes / 4);
    return c;
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
            drop_blocks(s, table_node(s, k));
        pthread_mutex_destroy(&s->lock);
    }
    alerts_free(c->alerts);
    calls_free(c->calls);
    share_free(c);
    for (struct table_key *k = c->key, *older; k; k = older) {
        older = k->older;
        free(k);
    }
    free(c->cells);
    free(c->nodes);
    free(c);
}

void rf_counters_hash(const struct rf_counters *c, const void *p, size_t n,
                      struct rf_hash128 *out)
{
    const struct table_key *key = __atomic_load_n(&c->key, __ATOMIC_ACQUIRE);
    *out = rf_hash_bytes(&key->key, p, n);
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

static void put_free(struct stripe *s, uint32_t i)
{
    struct node *n = table_node(s, i);
    n->type = NODE_FREE;
    n->next = s->free;
    s->free = i;
    s->used--;
}

static void remove_key(struct stripe *s, uint32_t i)
{
    struct node *n = table_node(s, i);
    index_remove(s, i);
    drop_blocks(s, n);
    if (table_has_extension(n->type))
        put_free(s, n->next);
    put_free(s, i);
    s->keys--;
}

static bool has_block(const struct stripe *s, const struct node *n)
{
    return n->type == NODE_MARK ? n->marks.cap > MARK_INLINE
           : n->type == NODE_HISTORY
               ? n->history.hours != NULL
               : n->type == NODE_DISTINCT && table_extension(s, n)->block;
}

/* CLOCK: the hand goes round the nodes; a key used again since it last passed is spared
 * once, an expired one is taken at once. */
static bool evict(struct stripe *s, uint32_t keep, uint32_t now_s, bool with_block)
{
    uint32_t best = TABLE_NIL;
    for (uint32_t k = 0; k < s->fresh && (k < HAND_STEPS || best == TABLE_NIL); k++) {
        uint32_t i = s->hand < s->fresh ? s->hand : 0;
        struct node *n = table_node(s, i);
        s->hand = i + 1;
        if (!node_is_key(n) || i == keep)
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
    s->evicted += table_node(s, best)->expiry_s >= now_s;
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
        s->free = table_node(s, i)->next;
    }
    struct node *n = table_node(s, i);
    memset(n, 0, sizeof *n);
    n->next = TABLE_NIL;
    n->type = NODE_EXTENSION; /* out of the hand's reach until it is indexed */
    s->used++;
    return i;
}

struct node *table_get(struct rf_counters *c, struct stripe *s, struct place p,
                       enum node_type type, uint32_t now_s)
{
    struct node *n = table_find(s, p);
    if (n) {
        n->again = 1;
        return n;
    }
    uint32_t i = take_free(c, s, now_s);
    n = table_node(s, i);
    if (table_has_extension(type))
        n->next = take_free(c, s, now_s);
    n->type = type;
    n->tag = p.tag;
    index_add(s, i, c->cells_max);
    s->keys++;
    return n;
}

static uint32_t number_of(const struct stripe *s, const struct node *n)
{
    size_t at = (size_t)(n - s->nodes), stride = s->chunk_stride + TABLE_CHUNK;
    return (uint32_t)(at / stride * TABLE_CHUNK + at % stride);
}

void table_remove(struct stripe *s, struct node *n)
{
    remove_key(s, number_of(s, n));
}

void table_trim(struct rf_counters *c, struct stripe *s, const struct node *keep,
                uint32_t now_s)
{
    uint32_t at = number_of(s, keep);
    while (s->block_bytes > c->blocks_per_stripe && evict(s, at, now_s, true))
        ;
}

/* ---- upkeep ---- */

/* Free expired keys among the next nodes; true when the stripe's end is reached. */
static bool sweep_some(struct stripe *s, uint32_t now_s, size_t *freed)
{
    pthread_mutex_lock(&s->lock);
    uint32_t end = s->fresh - s->swept > SWEEP_NODES ? s->swept + SWEEP_NODES : s->fresh;
    for (; s->swept < end; s->swept++) {
        struct node *n = table_node(s, s->swept);
        if (!node_is_key(n) || n->expiry_s >= now_s)
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

/* As many again, within bounds. */
static size_t ahead_of(size_t used)
{
    return used < AHEAD_MIN ? AHEAD_MIN : used < AHEAD_MAX ? used : AHEAD_MAX;
}

/* Chunks of all stripes alternate: what all have used lies in front. */
void rf_counters_ready(struct rf_counters *c)
{
    size_t fresh = 0;
    for (unsigned i = 0; i < c->stripes; i++) {
        pthread_mutex_lock(&c->stripe[i].lock);
        fresh = c->stripe[i].fresh > fresh ? c->stripe[i].fresh : fresh;
        pthread_mutex_unlock(&c->stripe[i].lock);
    }
    size_t used = fresh * c->stripes, all = (size_t)c->per_stripe * c->stripes;
    size_t nodes = used + ahead_of(used);
    size_t bytes = (nodes < all ? nodes : all) * sizeof(struct node);
    if (bytes <= c->ready_bytes)
        return;
    rf_mem_ready(c->nodes, c->ready_bytes, bytes);
    c->ready_bytes = bytes;
}

/* A record that is just being counted may leave a key of the old hash behind, which
 * nobody finds again. */
void rf_counters_adopt(struct rf_counters *c, const struct rf_hash_key *key)
{
    if (c->key->key.k0 == key->k0 && c->key->key.k1 == key->k1)
        return;
    set_key(c, key);
    calls_forget(c->calls);
    for (unsigned i = 0; i < c->stripes; i++) {
        struct stripe *s = table_lock(c, (struct place){.stripe = i});
        for (uint32_t k = 0; k < s->fresh; k++)
            if (node_is_key(table_node(s, k)))
                remove_key(s, k);
        table_unlock(s);
    }
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
    size_t n = calls_bytes(c->calls) + share_bytes(c);
    for (unsigned i = 0; i < c->stripes; i++) {
        struct stripe *s = &c->stripe[i];
        pthread_mutex_lock(&s->lock);
        n +=
            s->used * sizeof(struct node) + s->ncells * sizeof *s->cells + s->block_bytes;
        pthread_mutex_unlock(&s->lock);
    }
    return n;
}
