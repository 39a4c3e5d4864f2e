#include "lib/count/calls.h"

#include "lib/base/mem.h"
#include "lib/count/share_state.h"
#include "lib/count/calls_count.h"

#include <stdlib.h>
#include <sys/queue.h>

enum { PARTS = 64, HEADS_MIN = 16, CALL_COUNTERS_MIN = 2, RELEASED = 256 };

struct call {
    LIST_ENTRY(call) chain;
    TAILQ_ENTRY(call) order; /* longest without a record first */
    struct rf_hash128 id;
    int64_t last_ms;   /* newest record */
    bool shared, told; /* other processes know it, too; from this one */
    uint32_t n, cap;
    struct place *counters;
};

/* A call released of late, so that an answer that crossed its release begins nothing. */
struct released {
    struct rf_hash128 id;
    int64_t ts; /* of the release */
};

LIST_HEAD(call_chain, call);

struct part {
    pthread_mutex_t lock;
    size_t up; /* written under the lock, read without: most records meet no call */
    size_t bytes;
    uint64_t dropped;
    TAILQ_HEAD(call_order, call) order;
    struct call_chain *head;
    struct released *released; /* [RELEASED] by hash, each the last of its place */
} __attribute__((aligned(128)));

struct calls {
    size_t part_max;
    uint64_t heads; /* of a part; power of two */
    struct call_chain *head;
    struct released *released;
    struct part part[PARTS];
};

struct calls *calls_new(size_t max)
{
    struct calls *c = aligned_alloc(128, sizeof *c);
    if (!c)
        rf_mem_die(sizeof *c);
    memset(c, 0, sizeof *c);
    c->part_max = max / PARTS ? max / PARTS : 1;
    c->heads = HEADS_MIN;
    while (c->heads < c->part_max)
        c->heads *= 2;
    c->head = rf_mem_calloc(PARTS * c->heads, sizeof *c->head); /* all empty */
    c->released = rf_mem_calloc(PARTS * RELEASED, sizeof *c->released);
    for (unsigned i = 0; i < PARTS; i++) {
        pthread_mutex_init(&c->part[i].lock, NULL);
        TAILQ_INIT(&c->part[i].order);
        c->part[i].head = c->head + i * c->heads;
        c->part[i].released = c->released + (size_t)i * RELEASED;
    }
    return c;
}

static size_t size_of(const struct call *call)
{
    return sizeof *call + call->cap * sizeof *call->counters;
}

static void forget(struct part *p, struct call *call)
{
    LIST_REMOVE(call, chain);
    TAILQ_REMOVE(&p->order, call, order);
    p->bytes -= size_of(call);
    __atomic_store_n(&p->up, p->up - 1, __ATOMIC_RELAXED);
    free(call->counters);
    free(call);
}

void calls_forget(struct calls *c)
{
    for (unsigned i = 0; i < PARTS; i++) {
        pthread_mutex_lock(&c->part[i].lock);
        while (!TAILQ_EMPTY(&c->part[i].order))
            forget(&c->part[i], TAILQ_FIRST(&c->part[i].order));
        pthread_mutex_unlock(&c->part[i].lock);
    }
}

void calls_free(struct calls *c)
{
    calls_forget(c);
    for (unsigned i = 0; i < PARTS; i++)
        pthread_mutex_destroy(&c->part[i].lock);
    free(c->released);
    free(c->head);
    free(c);
}

static struct part *part_of(struct calls *c, const struct rf_hash128 *id)
{
    return &c->part[id->hi % PARTS];
}

static struct call_chain *chain_of(struct calls *c, struct part *p,
                                   const struct rf_hash128 *id)
{
    return &p->head[id->lo & (c->heads - 1)];
}

static struct call *find(struct calls *c, struct part *p, const struct rf_hash128 *id)
{
    struct call *call;
    LIST_FOREACH(call, chain_of(c, p, id), chain)
    if (call->id.lo == id->lo && call->id.hi == id->hi)
        return call;
    return NULL;
}

static void tell(struct rf_counters *c, enum rf_share_call_what what,
                 const struct rf_hash128 *id, int64_t ts)
{
    struct rf_share_call news = {.what = what, .call = *id, .ts_ms = ts};
    if (c->share)
        share_tell(c, &news);
}

/* ---- one call; under its part's lock ---- */

static bool is_forgotten(const struct call *call, int64_t ts)
{
    return slice_number(calls_slice(ts)) - slice_number(calls_slice(call->last_ms)) > 8;
}

/* Not up any more: out of every counter. */
static void end(struct rf_counters *c, struct part *p, struct call *call)
{
    for (uint32_t i = 0; i < call->n; i++)
        calls_count_out(c, call->counters[i], call->last_ms);
    forget(p, call);
}

/* A further record at ts: the call moves to its slice. */
static void touch(struct rf_counters *c, struct part *p, struct call *call, int64_t ts)
{
    TAILQ_REMOVE(&p->order, call, order);
    TAILQ_INSERT_TAIL(&p->order, call, order);
    if (ts <= call->last_ms)
        return;
    bool same = slice_number(calls_slice(ts)) == slice_number(calls_slice(call->last_ms));
    for (uint32_t i = 0; i < call->n && !same; i++) {
        calls_count_out(c, call->counters[i], call->last_ms);
        calls_count_in(c, call->counters[i], ts);
    }
    call->last_ms = ts;
    if (!same && call->shared)
        tell(c, RF_SHARE_ALIVE, &call->id, ts);
}

/* The call, if it is up at ts. */
static struct call *find_up(struct rf_counters *c, struct part *p,
                            const struct rf_hash128 *id, int64_t ts)
{
    struct call *call = find(c->calls, p, id);
    if (!call || !is_forgotten(call, ts))
        return call;
    end(c, p, call);
    return NULL;
}

static struct call *begin(struct rf_counters *c, struct part *p,
                          const struct rf_hash128 *id, int64_t ts)
{
    if (p->up >= c->calls->part_max) {
        end(c, p, TAILQ_FIRST(&p->order));
        __atomic_store_n(&p->dropped, p->dropped + 1, __ATOMIC_RELAXED);
    }
    struct call *call = rf_mem_calloc(1, sizeof *call);
    call->id = *id;
    call->last_ms = ts;
    LIST_INSERT_HEAD(chain_of(c->calls, p, id), call, chain);
    TAILQ_INSERT_TAIL(&p->order, call, order);
    p->bytes += size_of(call);
    __atomic_store_n(&p->up, p->up + 1, __ATOMIC_RELAXED);
    return call;
}

static bool is_in(const struct call *call, struct place at)
{
    for (uint32_t i = 0; i < call->n; i++)
        if (call->counters[i].tag == at.tag && call->counters[i].stripe == at.stripe)
            return true;
    return false;
}

/* The call is in that counter now: gives the calls up there, 0 where it was before. */
static double join(struct rf_counters *c, struct part *p, struct call *call,
                   struct place at)
{
    if (is_in(call, at) || call->n == RF_CALL_COUNTERS_MAX)
        return 0;
    if (call->n == call->cap) {
        p->bytes -= size_of(call);
        call->cap = call->cap ? 2 * call->cap : CALL_COUNTERS_MIN;
        call->counters =
            rf_mem_realloc(call->counters, call->cap, sizeof *call->counters);
        p->bytes += size_of(call);
    }
    call->counters[call->n++] = at;
    return calls_count_in(c, at, call->last_ms);
}

static struct released *released_at(struct part *p, const struct rf_hash128 *id)
{
    return &p->released[id->hi / PARTS % RELEASED];
}

static bool is_released(struct part *p, const struct rf_hash128 *id, int64_t ts)
{
    const struct released *r = released_at(p, id);
    return r->id.lo == id->lo && r->id.hi == id->hi && ts <= r->ts;
}

/* ---- all calls ---- */

/* The call is up in that counter. over: of whose rule, so that it is told to the others
 * from the step on; negative: they told it. */
static void answer(struct rf_counters *c, struct place at, const struct rf_share_call *a,
                   double over)
{
    struct part *p = part_of(c->calls, &a->call);
    pthread_mutex_lock(&p->lock);
    struct call *call = find_up(c, p, &a->call, a->ts_ms);
    if (call)
        touch(c, p, call, a->ts_ms);
    else if (!is_released(p, &a->call, a->ts_ms))
        call = begin(c, p, &a->call, a->ts_ms);
    double up = call ? join(c, p, call, at) : 0;
    bool told = up > 0 && over >= 0 && c->share && share_step(c->share, over, up, up);
    if (told)
        share_tell(c, a);
    if (call) {
        call->shared |= told || over < 0;
        call->told |= told;
    }
    pthread_mutex_unlock(&p->lock);
}

void rf_call_answer(struct rf_counters *c, const struct rf_count_spec *spec,
                    const struct rf_hash128 *key, const struct rf_hash128 *id,
                    int64_t ts_ms)
{
    struct rf_share_call a = {.what = RF_SHARE_ANSWER,
                              .call = *id,
                              .ts_ms = table_clamp_ts(ts_ms),
                              .spec = spec->id,
                              .key = *key};
    answer(c, table_place(c, &spec->id, key, NODE_CONCURRENT), &a,
           spec->over > 0 ? spec->over : 0);
}

void rf_call_alive(struct rf_counters *c, const struct rf_hash128 *id, int64_t ts_ms)
{
    int64_t ts = table_clamp_ts(ts_ms);
    struct part *p = part_of(c->calls, id);
    if (!__atomic_load_n(&p->up, __ATOMIC_RELAXED))
        return;
    pthread_mutex_lock(&p->lock);
    struct call *call = find_up(c, p, id, ts);
    if (call)
        touch(c, p, call, ts);
    pthread_mutex_unlock(&p->lock);
}

/* End the call, which was (all false: not known here): */
struct known {
    bool up, shared, told;
};

static struct known release(struct rf_counters *c, const struct rf_hash128 *id,
                            int64_t ts)
{
    struct part *p = part_of(c->calls, id);
    pthread_mutex_lock(&p->lock);
    struct call *call = find(c->calls, p, id);
    struct known known = {0};
    if (call) {
        known = (struct known){true, call->shared, call->told};
        end(c, p, call);
    }
    *released_at(p, id) = (struct released){*id, ts};
    pthread_mutex_unlock(&p->lock);
    return known;
}

void rf_call_release(struct rf_counters *c, const struct rf_hash128 *id, int64_t ts_ms)
{
    int64_t ts = table_clamp_ts(ts_ms);
    struct known known = release(c, id, ts);
    if (!known.up || known.shared)
        tell(c, known.up ? RF_SHARE_RELEASE : RF_SHARE_STRAY, id, ts);
}

/* Calls that others know: their release may have been missed. */
static void forget_shared(struct rf_counters *c)
{
    for (unsigned i = 0; i < PARTS; i++) {
        struct part *p = &c->calls->part[i];
        pthread_mutex_lock(&p->lock);
        for (struct call *call = TAILQ_FIRST(&p->order), *next; call; call = next) {
            next = TAILQ_NEXT(call, order);
            if (call->shared)
                end(c, p, call);
        }
        pthread_mutex_unlock(&p->lock);
    }
}

/* A stray release of a call that was told from here: those who only read what is kept
 * longest are to see its end, too. */
void rf_share_call_apply(struct rf_counters *c, const struct rf_share_call *news)
{
    struct rf_share_call a = *news;
    a.ts_ms = table_clamp_ts(a.ts_ms);
    if (a.what == RF_SHARE_ANSWER)
        answer(c, table_place(c, &a.spec, &a.key, NODE_CONCURRENT), &a, -1);
    else if (a.what == RF_SHARE_ALIVE)
        rf_call_alive(c, &a.call, a.ts_ms);
    else if (a.what == RF_SHARE_MISSED)
        forget_shared(c);
    else if (release(c, &a.call, a.ts_ms).told && a.what == RF_SHARE_STRAY)
        tell(c, RF_SHARE_RELEASE, &a.call, a.ts_ms);
}

size_t rf_calls_up(const struct rf_counters *c)
{
    size_t n = 0;
    for (unsigned i = 0; i < PARTS; i++)
        n += __atomic_load_n(&c->calls->part[i].up, __ATOMIC_RELAXED);
    return n;
}

size_t calls_sweep(struct calls *c, int64_t now_ms)
{
    size_t freed = 0;
    for (unsigned i = 0; i < PARTS; i++) {
        struct part *p = &c->part[i];
        struct call *call;
        if (!__atomic_load_n(&p->up, __ATOMIC_RELAXED))
            continue;
        pthread_mutex_lock(&p->lock);
        while ((call = TAILQ_FIRST(&p->order)) && is_forgotten(call, now_ms)) {
            forget(p, call); /* its slices are out of every window */
            freed++;
        }
        pthread_mutex_unlock(&p->lock);
    }
    return freed;
}

uint64_t calls_dropped(const struct calls *c)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < PARTS; i++)
        n += __atomic_load_n(&c->part[i].dropped, __ATOMIC_RELAXED);
    return n;
}

size_t calls_bytes(struct calls *c)
{
    size_t n = 0;
    for (unsigned i = 0; i < PARTS; i++) {
        pthread_mutex_lock(&c->part[i].lock);
        n += c->part[i].bytes;
        pthread_mutex_unlock(&c->part[i].lock);
    }
    return n;
}
