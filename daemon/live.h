/* The ruleset in force, reached by one atomic pointer and kept alive by epochs.
 *
 *   reader: mine = epoch; set = pointer; ... ; mine = 0
 *   writer: pointer = new; epoch++; wait until each reader's is 0 or newer; free the old
 *
 * All accesses are sequentially consistent. A reader is one thread (each worker, and the
 * main thread); the writer is the loader alone. */
#ifndef DAEMON_LIVE_H
#define DAEMON_LIVE_H

#include <stdatomic.h>

#include "lib/engine/engine.h"
#include "lib/ruleset/ruleset.h"

#define LIVE_NO_SLOT UINT32_MAX

/* A ruleset with its generation and each worker's scratch memory. */
struct live_set {
    struct rf_ruleset *rs; /* owned */
    uint64_t gen;
    int64_t since_ms; /* in force since */
    unsigned nengines;
    struct rf_engine **engines; /* by worker */
    /* By rule: slots of the totals, LIVE_NO_SLOT until the first hit. */
    _Atomic uint32_t *hit_slots, *shadow_slots;
};

struct live_reader {
    _Alignas(64) _Atomic uint64_t epoch; /* 0: outside */
};

struct live {
    _Atomic(struct live_set *) set;
    _Atomic uint64_t epoch; /* begins at 1 */
    /* Of the set, for threads that are no reader: */
    _Atomic uint64_t gen;
    _Atomic int64_t longest_mark_ms; /* the longest `within` of an `after` */
    unsigned nreaders;
    struct live_reader *readers;
};

/* Takes rs over; engines are made for nworkers workers. */
struct live_set *live_set_new(struct rf_ruleset *rs, struct rf_counters *counters,
                              unsigned nworkers, uint64_t gen);
void live_set_free(struct live_set *s);

/* first is taken over. */
void live_init(struct live *l, struct live_set *first, unsigned nreaders);
void live_fini(struct live *l);
/* The set in force, valid until live_leave. Wait-free; not nested. */
const struct live_set *live_enter(struct live *l, unsigned reader);
void live_leave(struct live *l, unsigned reader);
/* Writer: return once no reader is in what it could see before the call. */
void live_settle(struct live *l);
/* Writer: put `next` in force and free the one before, once no reader is in it. */
void live_swap(struct live *l, struct live_set *next);

#endif
