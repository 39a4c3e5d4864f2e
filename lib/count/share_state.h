/* The inside of sharing, internal to lib/count.
 *
 * A worker writes wishes into its stripe's queue, under the stripe's lock, which it holds
 * anyway. All else belongs to the sharer's thread: blocks, one for each shared key, found
 * by the node's tag. A block never points to its node, it looks it up: the node may give
 * way at any time. A node's bit `shared` says that a block knows which of the node's
 * records are its own; a node without it (new, or made again) has own records only. */
#ifndef RF_COUNT_SHARE_STATE_H
#define RF_COUNT_SHARE_STATE_H

#include <sys/queue.h>

#include "lib/count/share.h"
#include "lib/count/table.h"

enum {
    SHARE_QUEUE = 128,     /* wishes of a stripe between two collections */
    SHARE_SPECS = 1 << 16, /* places for specs ever shared: half may be taken */
    SHARE_NEWS = 1 << 16,  /* news of calls between two collections */
};

/* A spec as it was when a key of it was counted: rulesets come and go. */
struct share_spec {
    struct rf_count_spec spec; /* its rule points to: */
    char rule[RF_SHARE_RULE_MAX + 1];
};

struct share_wish {
    uint64_t tag;
    struct rf_hash128 key;
    uint32_t spec; /* place in specs */
    uint32_t type; /* enum node_type */
};
_Static_assert(sizeof(struct share_wish) == 32, "two in a cache line");

struct share_queue { /* of a stripe, which counts them */
    struct share_wish wish[SHARE_QUEUE];
};

/* What is known of one number of one slice.
 *   own records = number in the node - imported; of these `sent` were sent.
 *   A total less `off` is what the others sent: `off` is what this process sent, and what
 *   was there before the store lost data. */
struct share_cell {
    int64_t sent, lost, off, last, imported;
};

/* Members known to be in the store. */
struct share_ids {
    uint64_t *id; /* open addressing; 0: free */
    uint32_t n, cap;
    bool zero; /* 0 is one of them */
};

struct share_slot {
    int64_t slice; /* -1: none yet */
    uint32_t card; /* members in the store */
    uint32_t seen; /* members in the node when last looked at */
};

TAILQ_HEAD(share_list, share_block);

struct share_block {
    struct share_block *chain;
    TAILQ_ENTRY(share_block) used, turn; /* longest unused first; due or watched */
    struct share_list *in;               /* the list it has a turn in, or NULL */
    const struct share_spec *spec;
    struct rf_hash128 key;
    struct place at;
    enum node_type type;
    bool stale;    /* to be read at its next turn */
    bool asked;    /* an ask is under way */
    bool watched;  /* read at every collection */
    int64_t end;   /* newest slice, hour or time last asked for */
    uint32_t peak; /* last sent, of hour `end` */
    unsigned numbers;
    struct share_slot *slot; /* [9], of windows */
    struct share_ids *ids;   /* [9], of windows with members */
    struct share_cell *cell; /* [9 * numbers] */
};

struct share {
    /* What workers read, apart from what the sharer writes. */
    double slack;
    size_t keys_max;
    struct share_queue *queue; /* [stripes] */
    struct share_spec **specs; /* [SHARE_SPECS], by id; set once, atomically */
    struct share_block **map;
    size_t map_mask;
    char apart[64];

    size_t keys;
    int64_t now_ms;
    struct share_list used, due, watched;
    unsigned round;
    bool last;          /* nothing is read any more, all is sent */
    size_t ndue, swept; /* blocks of due; chains of the map */

    pthread_mutex_t specs_lock; /* of writers of specs */
    uint32_t nspecs;

    pthread_mutex_t news_lock;
    struct rf_share_call *news; /* [SHARE_NEWS], a ring */
    uint32_t news_at, nnews;
    uint64_t news_dropped;
    bool news_missed; /* since the last were taken */

    uint64_t waiting, lost, evicted, crowded, shown_keys; /* atomic */
};

/* An ask and the block it is for. */
struct share_ask {
    struct rf_share_ask ask;
    struct share_block *block;
};

/* How a kind of block exchanges; node and stripe are locked, n is never NULL. */
struct share_form {
    /* Fill the ask; false: there is nothing to exchange. */
    bool (*prepare)(struct rf_counters *c, struct stripe *s, struct node *n,
                    struct share_block *b, struct rf_share_ask *ask);
    void (*answer)(struct rf_counters *c, struct stripe *s, struct node *n,
                   struct share_block *b, const struct rf_share_ask *ask,
                   const struct rf_share_reply *reply);
};

extern const struct share_form share_window, share_first, share_peaks;

/* ---- workers ---- */

/* Whether that many own records, measured as `over` measures, are to be pushed. */
static inline bool share_step(const struct share *sh, double over, double measure,
                              double records)
{
    return measure >= sh->slack * over && records >= (sh->slack > 0 ? 2 : 1);
}

/* Wish that the node be looked at; the stripe is locked, its queue not full. */
void share_wish(struct rf_counters *c, struct place p, struct node *n,
                const struct rf_count_spec *spec, const struct rf_hash128 *key);

/* A record was counted in n, which now holds so much in its window; the stripe is
 * locked, and c shares. */
static inline void share_note(struct rf_counters *c, struct place p, struct node *n,
                              const struct rf_count_spec *spec,
                              const struct rf_hash128 *key, double measure,
                              double records)
{
    struct stripe *s = &c->stripe[p.stripe];
    if (n->wished || !(n->shared || share_step(c->share, spec->over, measure, records)))
        return;
    if (s->wishes == SHARE_QUEUE)
        s->refused++;
    else
        share_wish(c, p, n, spec, key);
}

/* News for the others; any thread. */
void share_tell(struct rf_counters *c, const struct rf_share_call *news);

/* ---- sharer ---- */

void share_free(struct rf_counters *c);
/* Bytes of the blocks, without what they know of members. Any thread. */
size_t share_bytes(const struct rf_counters *c);

/* lib/count/share_ids.c */
void share_ids_add(struct share_ids *t, uint64_t id);
bool share_ids_has(const struct share_ids *t, uint64_t id);
void share_ids_clear(struct share_ids *t);

/* lib/count/share_members.c: members of one slice. Fill: how many are new to the store.
 */
uint32_t share_members_new(struct share_block *b, struct node *ext, unsigned i);
void share_members_fill(struct share_block *b, struct node *ext, unsigned i,
                        struct rf_share_part *part);
void share_members_take(struct stripe *s, struct share_block *b, struct node *ext,
                        unsigned i, const struct rf_share_part *part,
                        const struct rf_share_got *got);

#endif
