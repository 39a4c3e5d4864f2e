#include "lib/count/alert.h"

#include "lib/base/mem.h"
#include "lib/count/count.h"
#include "lib/count/table.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

enum {
    PARTS = 16,
    PART_MAX = RF_ALERT_MAX / PARTS,
    PART_HEADS = 1024,
};

struct alert {
    LIST_ENTRY(alert) chain;
    TAILQ_ENTRY(alert) order; /* longest quiet first */
    struct rf_alert_spec spec;
    struct rf_hash128 key;
    int64_t since_ms;
    int64_t last_ms; /* newest record of the key */
    bool low;        /* the value is under clear_under since low_since_ms */
    int64_t low_since_ms;
    double value, peak;
    double told; /* value of the last BEGIN or UPDATE */
    uint64_t hits;
    uint32_t note_bytes;
    char note[RF_ALERT_NOTE_MAX];
};

LIST_HEAD(alert_chain, alert);

struct part {
    pthread_mutex_t lock;
    size_t running; /* written under the lock, read without: most keys have no alert */
    uint64_t dropped;
    TAILQ_HEAD(alert_order, alert) order;
    struct alert_chain head[PART_HEADS];
};

struct alerts {
    struct part part[PARTS];
};

struct alerts *alerts_new(void)
{
    struct alerts *a = rf_mem_calloc(1, sizeof *a);
    for (unsigned i = 0; i < PARTS; i++) {
        pthread_mutex_init(&a->part[i].lock, NULL);
        TAILQ_INIT(&a->part[i].order);
    }
    return a;
}

static void forget(struct part *p, struct alert *a)
{
    LIST_REMOVE(a, chain);
    TAILQ_REMOVE(&p->order, a, order);
    __atomic_store_n(&p->running, p->running - 1, __ATOMIC_RELAXED);
    free(a);
}

void alerts_free(struct alerts *a)
{
    for (unsigned i = 0; i < PARTS; i++) {
        while (!TAILQ_EMPTY(&a->part[i].order))
            forget(&a->part[i], TAILQ_FIRST(&a->part[i].order));
        pthread_mutex_destroy(&a->part[i].lock);
    }
    free(a);
}

uint64_t alerts_dropped(const struct alerts *a)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < PARTS; i++)
        n += __atomic_load_n(&a->part[i].dropped, __ATOMIC_RELAXED);
    return n;
}

size_t rf_alerts_running(const struct rf_counters *c)
{
    size_t n = 0;
    for (unsigned i = 0; i < PARTS; i++)
        n += __atomic_load_n(&c->alerts->part[i].running, __ATOMIC_RELAXED);
    return n;
}

static void tell(const struct alert *a, enum rf_alert_change change, int64_t at_ms,
                 struct rf_alert_event *out)
{
    *out = (struct rf_alert_event){
        .change = change,
        .id = a->spec.id,
        .key = a->key,
        .since_ms = a->since_ms,
        .at_ms = at_ms,
        .value = a->value,
        .peak = a->peak,
        .over = a->spec.over,
        .hits = a->hits,
        .note_bytes = a->note_bytes,
    };
    memcpy(out->note, a->note, a->note_bytes);
}

static bool is_low(const struct alert *a, double value)
{
    return value < a->spec.clear_under || value <= 0;
}

static void set_low(struct alert *a, bool low, int64_t since_ms)
{
    if (low && !a->low)
        a->low_since_ms = since_ms;
    a->low = low;
}

static bool is_cleared(const struct alert *a, int64_t ts)
{
    return a->low && ts - a->low_since_ms >= a->spec.clear_for_ms;
}

/* Was the alert over before the key's record at ts? A late record does not tell. */
static bool cleared_before(struct alert *a, int64_t ts)
{
    int64_t window = a->spec.count.window_ms;
    int64_t empty_from = a->last_ms + window + window / 8; /* no record since: value 0 */
    if (!a->low && ts > empty_from)
        set_low(a, true, empty_from);
    return ts >= a->last_ms && is_cleared(a, ts);
}

/* The record at ts brought this value; true when that clears the alert. */
static bool cleared_with(struct alert *a, int64_t ts, double value, bool hit)
{
    if (ts >= a->last_ms) {
        a->last_ms = ts;
        a->value = value;
        set_low(a, is_low(a, value), ts);
    }
    if (hit)
        a->low = false;
    return ts >= a->last_ms && is_cleared(a, ts);
}

/* Further hit of a running alert: an event when the value doubled since the last one. */
static int hit_again(struct part *p, struct alert *a, int64_t ts, double value,
                     struct rf_alert_event *out)
{
    a->hits++;
    a->peak = value > a->peak ? value : a->peak;
    TAILQ_REMOVE(&p->order, a, order);
    TAILQ_INSERT_TAIL(&p->order, a, order);
    if (value <= a->told || value < 2 * a->told) /* 0: it has no value */
        return 0;
    a->told = value;
    tell(a, RF_ALERT_UPDATE, ts, out);
    return 1;
}

static void begin(struct part *p, struct alert_chain *chain,
                  const struct rf_alert_spec *spec, const struct rf_hash128 *key,
                  int64_t ts, double value, struct rf_str note,
                  struct rf_alert_event *out)
{
    if (p->running >= PART_MAX) {
        forget(p, TAILQ_FIRST(&p->order));
        __atomic_store_n(&p->dropped, p->dropped + 1, __ATOMIC_RELAXED);
    }
    struct alert *a = rf_mem_calloc(1, sizeof *a);
    a->spec = *spec;
    a->key = *key;
    a->since_ms = a->last_ms = ts;
    a->value = a->peak = a->told = value;
    a->hits = 1;
    a->note_bytes = note.n < RF_ALERT_NOTE_MAX ? (uint32_t)note.n : RF_ALERT_NOTE_MAX;
    memcpy(a->note, note.p ? note.p : "", a->note_bytes);
    LIST_INSERT_HEAD(chain, a, chain);
    TAILQ_INSERT_TAIL(&p->order, a, order);
    __atomic_store_n(&p->running, p->running + 1, __ATOMIC_RELAXED);
    tell(a, RF_ALERT_BEGIN, ts, out);
}

static bool same(struct rf_hash128 a, struct rf_hash128 b)
{
    return a.lo == b.lo && a.hi == b.hi;
}

static struct alert *find(struct alert_chain *chain, const struct rf_alert_spec *spec,
                          const struct rf_hash128 *key)
{
    struct alert *a;
    LIST_FOREACH(a, chain, chain)
    if (same(a->key, *key) && same(a->spec.id, spec->id))
        return a;
    return NULL;
}

int rf_alert_report(struct rf_counters *c, const struct rf_alert_spec *spec,
                    const struct rf_hash128 *key, int64_t ts_ms, double value, bool hit,
                    struct rf_str note, struct rf_alert_event out[2])
{
    struct place at = table_place(c, &spec->id, key, NODE_FREE);
    struct part *p = &c->alerts->part[at.tag % PARTS];
    if (!hit && !__atomic_load_n(&p->running, __ATOMIC_RELAXED))
        return 0;
    struct alert_chain *chain = &p->head[at.tag / PARTS % PART_HEADS];
    int64_t ts = table_clamp_ts(ts_ms);
    int n = 0;
    pthread_mutex_lock(&p->lock);
    struct alert *a = find(chain, spec, key);
    if (a && (cleared_before(a, ts) || cleared_with(a, ts, value, hit))) {
        tell(a, RF_ALERT_END, ts, &out[n++]);
        forget(p, a);
        a = NULL;
    }
    if (hit && a)
        n += hit_again(p, a, ts, value, &out[n]);
    else if (hit)
        begin(p, chain, spec, key, ts, value, note, &out[n++]);
    pthread_mutex_unlock(&p->lock);
    return n;
}

/* The counter's value as time alone left it. */
static double value_now(struct rf_counters *c, const struct alert *a, int64_t now_ms)
{
    if (!a->spec.count.window_ms)
        return 0;
    struct rf_count_value v;
    rf_count_read(c, &a->spec.count, &a->key, now_ms, &v);
    return v.value;
}

/* Low since the first tick that found it so: records on their way may still be older. */
static bool cleared_by_time(struct rf_counters *c, struct alert *a, int64_t now_ms)
{
    if (now_ms < a->last_ms)
        return false;
    a->value = value_now(c, a, now_ms);
    set_low(a, is_low(a, a->value), now_ms);
    return is_cleared(a, now_ms);
}

/* Tell that it is over, and forget it. */
static void end(struct part *p, struct alert *a, int64_t now, rf_alert_fn fn, void *arg)
{
    struct rf_alert_event event;
    tell(a, RF_ALERT_END, now, &event);
    fn(arg, &event);
    forget(p, a);
}

size_t rf_alert_end(struct rf_counters *c, const struct rf_hash128 *key,
                    const struct rf_hash128 *id, int64_t now_ms, rf_alert_fn fn,
                    void *arg)
{
    size_t ended = 0;
    for (unsigned i = 0; i < PARTS; i++) {
        struct part *p = &c->alerts->part[i];
        pthread_mutex_lock(&p->lock);
        for (struct alert *a = TAILQ_FIRST(&p->order), *next; a; a = next) {
            next = TAILQ_NEXT(a, order);
            if (!same(a->key, *key) || (id && !same(a->spec.id, *id)))
                continue;
            end(p, a, table_clamp_ts(now_ms), fn, arg);
            ended++;
        }
        pthread_mutex_unlock(&p->lock);
    }
    return ended;
}

size_t rf_alert_tick(struct rf_counters *c, int64_t now_ms, rf_alert_fn fn, void *arg)
{
    int64_t now = table_clamp_ts(now_ms);
    size_t ended = 0;
    for (unsigned i = 0; i < PARTS; i++) {
        struct part *p = &c->alerts->part[i];
        pthread_mutex_lock(&p->lock);
        for (struct alert *a = TAILQ_FIRST(&p->order), *next; a; a = next) {
            next = TAILQ_NEXT(a, order);
            if (!cleared_by_time(c, a, now))
                continue;
            end(p, a, now, fn, arg);
            ended++;
        }
        pthread_mutex_unlock(&p->lock);
    }
    return ended;
}

bool rf_alert_find(struct rf_counters *c, const struct rf_alert_spec *spec,
                   const struct rf_hash128 *key, int64_t now_ms,
                   struct rf_alert_event *out)
{
    struct place at = table_place(c, &spec->id, key, NODE_FREE);
    struct part *p = &c->alerts->part[at.tag % PARTS];
    pthread_mutex_lock(&p->lock);
    struct alert *a = find(&p->head[at.tag / PARTS % PART_HEADS], spec, key);
    if (a) {
        tell(a, RF_ALERT_UPDATE, a->last_ms, out);
        out->value = value_now(c, a, table_clamp_ts(now_ms));
    }
    pthread_mutex_unlock(&p->lock);
    return a != NULL;
}
