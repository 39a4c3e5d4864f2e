/* Counters that several processes keep together: the interface behind which a store (the
 * daemon's: Redis) stands. lib knows keys, slices and numbers, the store knows how they
 * travel.
 *
 * Counting never waits: rf_count_add and its kin at most put a wish into a bounded queue.
 * One thread of its own, the sharer, calls everything here but rf_counters_share: it
 * collects from the wishes what there is to exchange (an `ask`: what this process adds,
 * and what it wants to know), and brings back what all processes have together, which
 * from then on lies in the same windows as the own records. Any number of asks may be
 * under way, one for a key.
 *
 * What leaves the process: a key first when it has max(2, ceil(slack * over)) own records
 * (slack 0: one), then at each such step; with it its other slices are read. A key that
 * has own records in the window and stands at half of `over` or more is read at every
 * collection. Keys seen once never leave.
 *
 * Never over-counted: of a total everything that this process ever sent for the slice is
 * taken off before the rest counts as the others', whether its reply came or not. What
 * was sent and not answered is not sent again; a total that has fallen (the store lost
 * data) begins anew. So a lost answer may under-count the others' records, no more. */
#ifndef RF_COUNT_SHARE_H
#define RF_COUNT_SHARE_H

#include "lib/count/count.h"

#define RF_SHARE_SLICES 9
#define RF_SHARE_REGISTERS_BYTES 4096 /* HyperLogLog of one slice */
#define RF_SHARE_RULE_MAX 64          /* bytes of a rule's id */

struct rf_share_options {
    double slack;    /* of `over`: what a process may keep to itself */
    size_t keys_max; /* shared at once; one long unused gives way, counted */
};

/* Before any other thread uses c, once. */
void rf_counters_share(struct rf_counters *c, const struct rf_share_options *options);

/* Hash with *key from now on. Where it differs from the key so far, everything counted is
 * forgotten: no key of old could be found again. */
void rf_counters_adopt(struct rf_counters *c, const struct rf_hash_key *key);

/* ---- asks ------------------------------------------------------------------------- */

enum rf_share_form {
    RF_SHARE_NUMBERS,   /* per slice one or two numbers that only grow */
    RF_SHARE_MEMBERS,   /* per slice the number of records, and a set of members */
    RF_SHARE_REGISTERS, /* per slice the number of records, and HyperLogLog registers */
    RF_SHARE_FIRST,     /* per key the earliest time */
    RF_SHARE_PEAKS,     /* per key and hour the highest value */
};

struct rf_share_part { /* of one slice */
    int64_t slice;
    int64_t add[2];          /* to all processes' totals: records; thousandths of the
                                amount (sum, average), hits (ratio). Never negative */
    uint64_t *members;       /* to be joined, own and not known to be there */
    uint32_t nmembers, card; /* card: members known to be there */
    uint8_t *registers;      /* to be merged, or NULL */
};

struct rf_share_peak {
    uint32_t hour; /* since 1970 */
    uint32_t peak;
};

struct rf_share_ask {
    void *owner; /* the taker's */
    enum rf_share_form form;
    struct rf_str rule;    /* id of the rule */
    uint64_t cond;         /* hash of condition, `of`, key fields and window */
    struct rf_hash128 key; /* keyed hash */
    int64_t ttl_ms;       /* after which nothing of it matters, from the last record on */
    bool adds;            /* else it only reads */
    unsigned numbers;     /* of each slice: 1 or 2 */
    uint32_t members_max; /* a set as large takes no more */
    unsigned nparts;
    struct rf_share_part part[RF_SHARE_SLICES]; /* by slice, oldest first */
    int64_t first_ms;                           /* FIRST: the own one */
    struct rf_share_peak peak[2];               /* PEAKS: own ones; hour 0: none */
    uint32_t oldest;                            /* PEAKS: hours before matter no more */
    bool all;                                   /* PEAKS: all are wanted */
};

struct rf_share_got { /* of one slice */
    int64_t total[2]; /* 0: there is none */
    bool
        has_members; /* the set is not the one that was known (card): this is all of it */
    const uint64_t *members;
    uint32_t nmembers, card;  /* card: after what was joined */
    const uint8_t *registers; /* or NULL: none */
};

struct rf_share_reply {
    struct rf_share_got part[RF_SHARE_SLICES]; /* as asked */
    int64_t first_ms;
    const struct rf_share_peak *peaks;
    size_t npeaks;
};

/* Take the ask over: it must then be ended by one of the three below, in any order, also
 * before this returns. False: not now, the ask is gone, collecting ends. */
typedef bool (*rf_share_fn)(void *arg, struct rf_share_ask *ask);

/* Hand what is to be exchanged to fn; now_ms in the time of the records. Returns the keys
 * that still wait. */
size_t rf_share_collect(struct rf_counters *c, int64_t now_ms, rf_share_fn fn, void *arg);

/* The same between two collections, for keys that had to wait. */
size_t rf_share_more(struct rf_counters *c, rf_share_fn fn, void *arg);

/* End the ask: what was sent is done, and this is what all have. */
void rf_share_answer(struct rf_counters *c, struct rf_share_ask *ask,
                     const struct rf_share_reply *reply);
/* Nobody knows whether it was done, or will yet be. */
void rf_share_lost(struct rf_counters *c, struct rf_share_ask *ask);
/* It was not done, for certain. */
void rf_share_refused(struct rf_counters *c, struct rf_share_ask *ask);

/* The store was away: read each shared key again when its turn comes, of watched ones at
 * the next collection, of others with their next record. */
void rf_share_again(struct rf_counters *c);

/* From now on nothing is read, and what shared keys have not sent yet is sent, however
 * little: the process ends. */
void rf_share_last(struct rf_counters *c);

/* ---- calls of `concurrent` -------------------------------------------------------- */

/* Calls are shared one by one, as news that every process takes in. An answer is told
 * from the step on (of the calls up for its key); then the call is known to all, and so
 * are its later records. The release of a call that is not known here is told as a stray:
 * the process that knows the call ends it. Taking the same news twice, or late, changes
 * nothing; news that are missed would leave calls up, so then all calls that others know
 * are forgotten. */
enum rf_share_call_what {
    RF_SHARE_ANSWER,
    RF_SHARE_ALIVE,
    RF_SHARE_RELEASE,
    RF_SHARE_STRAY,
    RF_SHARE_MISSED, /* news were dropped: names no call */
};

struct rf_share_call {
    enum rf_share_call_what what;
    struct rf_hash128 call;
    int64_t ts_ms;
    struct rf_hash128 spec, key; /* of an ANSWER */
};

/* Take up to max of the news out, oldest first; returns how many. */
size_t rf_share_calls_take(struct rf_counters *c, struct rf_share_call *out, size_t max);
/* News of another process. */
void rf_share_call_apply(struct rf_counters *c, const struct rf_share_call *news);

/* ---- figures (any thread) --------------------------------------------------------- */

struct rf_share_figures {
    uint64_t keys;         /* shared now */
    uint64_t waiting;      /* after the last collection */
    uint64_t full;         /* wishes that found their queue full: the key waits */
    uint64_t lost;         /* records whose reply was lost */
    uint64_t evicted;      /* keys given up for others */
    uint64_t news_dropped; /* of calls, their queue being full */
};

void rf_share_figures(struct rf_counters *c, struct rf_share_figures *out);

#endif
