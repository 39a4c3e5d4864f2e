/* The counter table, internal to lib/count: nodes found by a lock-striped open index,
 * from one pool. Every function here is called with the stripe's lock held, except where
 * said.
 *
 *   counters ── stripe[0..n) ── cells[] ──▶ node ──▶ extension
 *                    │   (linear probing)
 *                    └── its own chunks of one array of nodes, handed out in order, freed
 *                        into a list, and taken from the least used key when it is full
 *
 * A cell tells 8 bits of the tag beside the node, so that a look-up reads one line of the
 * index and the right node: two cache misses, which prefetch can hide. A node is 88 bytes
 * and its part of the index 4.6 to 5.8: what a rate key costs. */
#ifndef RF_COUNT_TABLE_H
#define RF_COUNT_TABLE_H

#include <pthread.h>

#include "lib/count/count.h"

enum {
    TABLE_STRIPES = 256,
    TABLE_NIL = 0xffffff, /* no node; also bounds the nodes of a stripe */
    TABLE_CHUNK = 64,     /* nodes of one stripe that lie together */
    COUNT_SLOTS = 9,
    DISTINCT_INLINE = 7, /* values that fit an extension */
    MARK_INLINE = 4,     /* runs that fit a node */
};

enum node_type {
    NODE_FREE,
    NODE_RATE,
    NODE_RATIO,    /* one extension: hits */
    NODE_SUM,      /* one extension: sums */
    NODE_DISTINCT, /* one extension: values, or block */
    NODE_MARK,
    NODE_EXTENSION,
    NODE_CONCURRENT,
    NODE_NEW,
    NODE_HISTORY, /* of a surge; its window is a node of its own */
};

/* Marks close together: `count` of them, the first at first_ms, the last span_ms later.
 * count == 1 or all equal: span_ms == 0. */
struct mark_run {
    int64_t first_ms;
    uint32_t span_ms;
    uint32_t count;
};

struct node {
    union {
        uint64_t tag; /* 64 of the key's 72 hash bits; the others chose the stripe */
        void *block;  /* of an extension: what does not fit it, or NULL */
    };
    uint32_t next : 24; /* of a key: its extension; of a free node: the next, or NIL */
    uint32_t type : 4;
    uint32_t again : 1;  /* used more than once since the hand last passed */
    uint32_t dense : 1;  /* of an extension: block is a struct hll */
    uint32_t shared : 1; /* some of it may be others' records (share_state.h) */
    uint32_t wished : 1; /* in the stripe's queue of wishes */
    uint32_t expiry_s;   /* since 1970: from then on nothing in it matters */
    union {
        struct {
            uint32_t turn[COUNT_SLOTS];  /* 1 + slice / 9 of the slice held, 0: none */
            uint32_t count[COUNT_SLOTS]; /* its records, stopping at the maximum */
        } slots;
        uint32_t hits[COUNT_SLOTS];
        double sums[COUNT_SLOTS];
        struct {
            uint64_t value[DISTINCT_INLINE];
            uint16_t mask[DISTINCT_INLINE]; /* slots it was seen in; 0: free */
        } values;
        struct {
            uint32_t n, cap; /* runs, by time; cap == MARK_INLINE: in here */
            union {
                struct mark_run run[MARK_INLINE];
                struct mark_run *heap;
            };
        } marks;
        struct {
            int64_t first_ms, last_ms;
        } seen;
        struct {
            struct hour *hours; /* [ring], or NULL */
            uint32_t ring;
            uint32_t first, newest; /* hours since 1970 */
        } history;
    };
};
_Static_assert(sizeof(struct node) == 88, "a rate key must cost at most 96 bytes");

struct stripe {
    pthread_mutex_t lock;
    uint32_t *cells;     /* tag's low 8 bits << 24 | node, or CELL_EMPTY */
    uint32_t ncells;     /* in use of those reserved; at most 7 of 8 are full */
    uint32_t keys, used; /* indexed nodes (no extensions); nodes not free */
    uint32_t fresh;      /* nodes below were handed out at least once */
    uint32_t free;       /* list through next */
    uint32_t hand;       /* where the search for a key to evict goes on */
    uint32_t swept;      /* where rf_counters_sweep goes on */
    uint64_t evicted;
    size_t block_bytes;  /* held by blocks of this stripe */
    struct node *nodes;  /* this stripe's first chunk */
    size_t chunk_stride; /* nodes from one of its chunks to the next, less TABLE_CHUNK */
    uint32_t wishes;     /* in its queue, if anything is shared (share_state.h) */
    uint64_t refused;    /* wishes that found it full */
} __attribute__((aligned(128)));

/* The key of hashes; older ones stay, as some thread may be reading them. */
struct table_key {
    struct rf_hash_key key;
    struct table_key *older;
};

struct alerts;
struct calls;
struct share;

struct rf_counters {
    struct table_key *key;    /* atomic */
    struct share *share;      /* NULL: nothing is */
    unsigned stripes;         /* power of two */
    uint32_t per_stripe;      /* nodes */
    size_t blocks_per_stripe; /* bytes of blocks before keys give way */
    unsigned sweep_at;        /* stripe; atomic */
    size_t ready_bytes;       /* of nodes, of rf_counters_ready */
    struct node *nodes;
    uint32_t *cells;
    uint32_t cells_max; /* of a stripe */
    struct alerts *alerts;
    struct calls *calls;
    rf_mark_fn on_mark; /* set before other threads are there */
    void *on_mark_arg;
    struct stripe stripe[TABLE_STRIPES];
};

/* Which counter: made without a lock. */
struct place {
    uint64_t tag;
    unsigned stripe;
};

/* The type of the node that holds the spec's window (or, of NEW, the key). */
enum node_type table_type(const struct rf_count_spec *spec);

struct place table_place(const struct rf_counters *c, const struct rf_hash128 *id,
                         const struct rf_hash128 *key, enum node_type type);

/* Lock and unlock the stripe of a place; no lock held before. */
struct stripe *table_lock(struct rf_counters *c, struct place p);
void table_unlock(struct stripe *s);

/* The node, or NULL. */
struct node *table_find(struct stripe *s, struct place p);
/* The node, made when it is missing (cleared, expiry 0), with its extension where the
 * type has one. When nothing is free the least used key is evicted; now_s tells what has
 * expired anyway. */
struct node *table_get(struct rf_counters *c, struct stripe *s, struct place p,
                       enum node_type type, uint32_t now_s);
/* Node i of a stripe. Chunks of all stripes alternate, so that huge pages fill up as the
 * table does. */
static inline struct node *table_node(const struct stripe *s, uint32_t i)
{
    return &s->nodes[i + i / TABLE_CHUNK * s->chunk_stride];
}
static inline bool node_is_key(const struct node *n)
{
    return n->type != NODE_FREE && n->type != NODE_EXTENSION;
}
static inline bool table_has_extension(enum node_type type)
{
    return type == NODE_RATIO || type == NODE_SUM || type == NODE_DISTINCT;
}
/* The extension of a key whose type has one. */
static inline struct node *table_extension(const struct stripe *s, const struct node *n)
{
    return table_node(s, n->next);
}
/* Give the key up. */
void table_remove(struct stripe *s, struct node *n);
/* Evict until the stripe's blocks are within bounds, never `keep`. */
void table_trim(struct rf_counters *c, struct stripe *s, const struct node *keep,
                uint32_t now_s);

/* To be written: a line that another thread wrote last (the sharer, another worker) is
 * taken from its processor now, not with the first store. The compiler does so only where
 * the oldest processor it builds for could; on all of x86-64 it is at worst a no-op. */
static inline void table_prefetch_to_write(const void *p)
{
#ifdef __x86_64__
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)p));
#else
    __builtin_prefetch(p, 1);
#endif
}

/* A slice: number 9 * (turn - 1) + slot. */
struct slice {
    uint32_t turn; /* 1 and up */
    unsigned slot;
};

/* ts and window clamped: at most 8 * TS_MAX_MS / 1000 slices, turns fit 32 bits. */
static inline struct slice slice_of(int64_t ts_ms, int64_t window_ms)
{
    uint64_t n = (uint64_t)ts_ms * 8 / (uint64_t)window_ms;
    return (struct slice){.turn = (uint32_t)(n / COUNT_SLOTS) + 1,
                          .slot = (unsigned)(n % COUNT_SLOTS)};
}

static inline int64_t slice_number(struct slice s)
{
    return (int64_t)COUNT_SLOTS * (s.turn - 1) + s.slot;
}

#define TS_MAX_MS 4200000000000LL /* 2103: seconds and turns fit 32 bits */

static inline int64_t table_clamp_ts(int64_t ts_ms)
{
    return ts_ms < 0 ? 0 : ts_ms > TS_MAX_MS ? TS_MAX_MS : ts_ms;
}

/* Keep n at least until ms after ts_ms. */
static inline void table_keep(struct node *n, int64_t ts_ms, int64_t ms)
{
    int64_t s = (ts_ms + ms) / 1000 + 1;
    uint32_t expiry = s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
    if (expiry > n->expiry_s)
        n->expiry_s = expiry;
}

#endif
