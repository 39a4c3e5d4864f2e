#include "daemon/live.h"

#include <stdlib.h>
#include <time.h>

#include "daemon/clock.h"
#include "lib/base/mem.h"

static _Atomic uint32_t *no_slots(uint32_t n)
{
    _Atomic uint32_t *slots = rf_mem_calloc((size_t)n + 1, sizeof *slots);
    for (uint32_t i = 0; i < n; i++)
        atomic_init(&slots[i], LIVE_NO_SLOT);
    return slots;
}

struct live_set *live_set_new(struct rf_ruleset *rs, struct rf_counters *counters,
                              unsigned nworkers, uint64_t gen)
{
    struct live_set *s = rf_mem_calloc(1, sizeof *s);
    s->rs = rs;
    s->gen = gen;
    s->since_ms = clock_wall_ms();
    s->nengines = nworkers;
    s->engines = rf_mem_calloc(nworkers, sizeof *s->engines);
    for (unsigned i = 0; i < nworkers; i++)
        s->engines[i] = rf_engine_new(rs, counters, false);
    s->hit_slots = no_slots(rs->nrules);
    s->shadow_slots = no_slots(rs->nrules);
    return s;
}

void live_set_free(struct live_set *s)
{
    if (!s)
        return;
    for (unsigned i = 0; i < s->nengines; i++)
        rf_engine_free(s->engines[i]);
    free(s->engines);
    free(s->hit_slots);
    free(s->shadow_slots);
    rf_ruleset_free(s->rs);
    free(s);
}

static void tell(struct live *l, const struct live_set *s)
{
    int64_t longest_ms = 0;
    for (uint32_t i = 0; i < s->rs->nmarks; i++)
        if (s->rs->marks[i].spec.within_ms > longest_ms)
            longest_ms = s->rs->marks[i].spec.within_ms;
    atomic_store(&l->gen, s->gen);
    atomic_store(&l->longest_mark_ms, longest_ms);
}

void live_init(struct live *l, struct live_set *first, unsigned nreaders)
{
    l->nreaders = nreaders;
    l->readers = aligned_alloc(64, nreaders * sizeof *l->readers);
    if (!l->readers)
        rf_mem_die(nreaders * sizeof *l->readers);
    for (unsigned i = 0; i < nreaders; i++)
        atomic_init(&l->readers[i].epoch, 0);
    atomic_init(&l->epoch, 1);
    atomic_init(&l->set, first);
    tell(l, first);
}

void live_fini(struct live *l)
{
    live_set_free(atomic_load(&l->set));
    free(l->readers);
}

const struct live_set *live_enter(struct live *l, unsigned reader)
{
    atomic_store(&l->readers[reader].epoch, atomic_load(&l->epoch));
    return atomic_load(&l->set);
}

void live_leave(struct live *l, unsigned reader)
{
    atomic_store(&l->readers[reader].epoch, 0);
}

/* Readers are inside for a batch, that is, for less than some milliseconds. */
static void wait_for(struct live_reader *r, uint64_t epoch)
{
    for (;;) {
        uint64_t seen = atomic_load(&r->epoch);
        if (seen == 0 || seen >= epoch)
            return;
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    }
}

void live_settle(struct live *l)
{
    uint64_t epoch = atomic_fetch_add(&l->epoch, 1) + 1;
    for (unsigned i = 0; i < l->nreaders; i++)
        wait_for(&l->readers[i], epoch);
}

void live_swap(struct live *l, struct live_set *next)
{
    tell(l, next);
    struct live_set *old = atomic_exchange(&l->set, next);
    live_settle(l);
    live_set_free(old);
}
