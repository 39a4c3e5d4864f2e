/* Counters behind behaviors, marks behind `after`, running alerts: the in-process form.
 *
 * Any thread, any call: the table is lock-striped, locks are inside and held for one call
 * only. Everything is bounded: by `capacity` nodes (a rate key takes one, other kinds up
 * to two) and by bytes for what does not fit a node; beyond that the least used keys give
 * way, counted. No call reads a clock: time comes with the records, in ms since 1970
 * (clamped to the years 1970 to 2103).
 *
 * Windows slide in eighths (contract, section 3): a slice is floor(ts * 8 / window), the
 * value at ts is that of its slice and the eight before it. A counter has nine slots;
 * slice s lives in slot s % 9. A newer slice replaces the old occupant of its own slot
 * only, so a record far in the future spoils one slot, never the counter; a record whose
 * slot holds a newer slice is not counted. */
#ifndef RF_COUNT_COUNT_H
#define RF_COUNT_COUNT_H

#include "lib/base/hash.h"

struct rf_counters;

/* Room for `capacity` nodes (at most 2^32), of which memory is touched as it is needed.
 * Hashes are keyed by *key: random in a daemon, zero where answers must repeat. */
struct rf_counters *rf_counters_new(size_t capacity, const struct rf_hash_key *key);
void rf_counters_free(struct rf_counters *c);

/* The keyed hash of n bytes: what a counter key or a distinct member must go through. */
void rf_counters_hash(const struct rf_counters *c, const void *p, size_t n,
                      struct rf_hash128 *out);

/* ---- windows ---------------------------------------------------------------------- */

enum rf_count_kind {
    RF_COUNT_RATE,       /* records */
    RF_COUNT_DISTINCT,   /* different members */
    RF_COUNT_SUM,        /* sum of amounts */
    RF_COUNT_RATIO,      /* share of records whose amount is not 0 */
    RF_COUNT_AVERAGE,    /* mean of amounts */
    RF_COUNT_CONCURRENT, /* calls that are up: counted by rf_call_*, here only read */
    RF_COUNT_NEW,        /* seconds since the key was first counted */
    RF_COUNT_SURGE,      /* the window's value as a multiple of the usual */
};

#define RF_COUNT_WINDOW_MIN_MS 1000
#define RF_COUNT_WINDOW_MAX_MS (30LL * 86400 * 1000)
#define RF_COUNT_CALL_MS (2LL * 3600 * 1000)    /* window_ms of CONCURRENT */
#define RF_COUNT_SEEN_MS RF_COUNT_WINDOW_MAX_MS /* window_ms of NEW */
#define RF_COUNT_THAN_MIN_MS (86400LL * 1000)
#define RF_COUNT_THAN_MAX_MS RF_COUNT_WINDOW_MAX_MS

/* What is counted; made by the rule compiler. The counters of a spec live on as long as
 * its id is used, over any reload: nothing has to be declared or removed. */
struct rf_count_spec {
    struct rf_hash128 id; /* of rule, condition, `of`, `key` and window */
    enum rf_count_kind kind;
    int64_t window_ms;     /* clamped to RF_COUNT_WINDOW_MIN_MS .. MAX_MS */
    uint32_t distinct_cap; /* highest threshold asked of it: up to
                              RF_LIMIT_DISTINCT_EXACT every decision `value > over` with
                              over <= distinct_cap is exact, in any order of records;
                              above, HyperLogLog (standard error 1.6 %) */
    bool members;          /* SURGE: counts different members, else records */
    int64_t than_ms;       /* SURGE: whole days that tell what is usual */
    struct rf_str rule;    /* id, for those it is shared with */
    double over; /* lowest threshold asked of it; of RATIO, AVERAGE and SURGE the
                    lowest `min`; 0: none. How often it is shared */
};

struct rf_count_value {
    double value;     /* distinct up to the exact limit: exact while <= distinct_cap + 1,
                         then possibly less than the truth, never under distinct_cap + 1 */
    uint64_t records; /* counted records in the window, for `min` */
};

/* Whether records of the spec are counted by their members. */
static inline bool rf_count_has_members(const struct rf_count_spec *spec)
{
    return spec->kind == RF_COUNT_DISTINCT || spec->members;
}

/* NEW: the value is the time since the key was first counted, 0 for a key not known. A
 * key is forgotten when no record of it came for RF_COUNT_SEEN_MS: the next one is its
 * first again.
 *
 * SURGE: of each hour since 1970 the highest value of the window in it is kept. Usual is
 * the mean of these over the hours n * 24 h before ts_ms, n from 1 to the days of
 * than_ms, without those up to the hour in which the key was first counted, of which not
 * all is known; the value is the window's divided by that, at most RF_COUNT_SURGE_MAX
 * (also where usual is 0), and 0 while nothing is usual yet. A key not counted for a day
 * longer than than_ms is forgotten. */
#define RF_COUNT_SURGE_MAX 1e6

/* Count one record of that key at ts_ms and give the window's value at ts_ms, the record
 * included. amount: for SUM and
 * AVERAGE (not finite: 0) and RATIO (0 or 1); member: for DISTINCT, a
 * rf_counters_hash, else NULL; its amount not 0: a further member of the record counted
 * just before. O(1) amortized. */
void rf_count_add(struct rf_counters *c, const struct rf_count_spec *spec,
                  const struct rf_hash128 *key, int64_t ts_ms, double amount,
                  const struct rf_hash128 *member, struct rf_count_value *out);

/* The value at ts_ms, nothing counted: for `resend` and `test` records and `explain`. */
void rf_count_read(struct rf_counters *c, const struct rf_count_spec *spec,
                   const struct rf_hash128 *key, int64_t ts_ms,
                   struct rf_count_value *out);

/* ---- calls ------------------------------------------------------------------------ */

/* Calls that were answered and not released, each in the CONCURRENT counters it was begun
 * in; known by the hash of their id. One is forgotten RF_COUNT_CALL_MS after its last
 * record, in slices as windows are; beyond a quarter of the capacity the one longest
 * without a record gives way, counted as evicted. An answer not later than its
 * call's release begins nothing, while that is among the last (up to 16,384) releases. */
#define RF_CALL_COUNTERS_MAX 256 /* that one call can be in; no more are begun */

/* The call was answered at ts_ms: it is up for that key, once however often it is told.
 */
void rf_call_answer(struct rf_counters *c, const struct rf_count_spec *spec,
                    const struct rf_hash128 *key, const struct rf_hash128 *call,
                    int64_t ts_ms);
/* Some record of the call that is not its release: if it is up, it still is. */
void rf_call_alive(struct rf_counters *c, const struct rf_hash128 *call, int64_t ts_ms);
void rf_call_release(struct rf_counters *c, const struct rf_hash128 *call, int64_t ts_ms);
/* Calls held. */
size_t rf_calls_up(const struct rf_counters *c);

/* ---- marks of `after` ------------------------------------------------------------- */

#define RF_MARK_TIMES_MAX 1024

/* One `after` condition: alike in rule, `was`, within, at_least and times share one id.
 */
struct rf_mark_spec {
    struct rf_hash128 id;
    int64_t within_ms, at_least_ms; /* 0 <= at_least <= within */
    uint32_t times;                 /* 1 .. RF_MARK_TIMES_MAX */
};

/* The rule that `after` names hit a record of that key at ts_ms. */
void rf_mark_add(struct rf_counters *c, const struct rf_mark_spec *spec,
                 const struct rf_hash128 *key, int64_t ts_ms);

/* Whoever shares marks is told of each that rf_mark_add makes, by its thread. Before
 * other threads use the counters; fn NULL: nobody. */
typedef void (*rf_mark_fn)(void *arg, const struct rf_mark_spec *spec,
                           const struct rf_hash128 *key, int64_t ts_ms);
void rf_mark_watch(struct rf_counters *c, rf_mark_fn fn, void *arg);
/* A mark that was made elsewhere: as rf_mark_add, but nobody is told. */
void rf_mark_take(struct rf_counters *c, const struct rf_mark_spec *spec,
                  const struct rf_hash128 *key, int64_t ts_ms);

/* True when at least `times` marks t have ts - within <= t <= ts - at_least. Exact while
 * a key has at most 64 marks (at_least 0: for any number of marks, for records in order
 * and for those up to 8 marks late); above that, marks of one 64th of `within` are kept
 * together by number, first and last, and may be under-counted where the interval ends
 * among them, never over-counted. */
bool rf_mark_test(struct rf_counters *c, const struct rf_mark_spec *spec,
                  const struct rf_hash128 *key, int64_t ts_ms);

/* ---- alerts ----------------------------------------------------------------------- */

#define RF_ALERT_MAX                                                                     \
    65536 /* running at once; beyond: the one longest quiet is dropped                   \
           */
#define RF_ALERT_NOTE_MAX 192 /* bytes of a note */

struct rf_alert_spec {
    struct rf_hash128 id;       /* of the rule */
    double over;                /* threshold, for the event */
    double clear_under;         /* ends when the value was under this (or 0) ... */
    int64_t clear_for_ms;       /* ... for so long; defaults: over / 2 for one window */
    struct rf_count_spec count; /* the counter it watches; window_ms 0: none, the value
                                   is then taken as 0 from the last hit on */
};

enum rf_alert_change { RF_ALERT_BEGIN, RF_ALERT_UPDATE, RF_ALERT_END };

struct rf_alert_event {
    enum rf_alert_change change;
    struct rf_hash128 id, key;
    int64_t since_ms, at_ms; /* begun; of this change */
    double value, peak;      /* now; highest so far */
    double over;
    uint64_t hits;                /* since it began */
    uint32_t note_bytes;          /* the note of the hit that began it */
    char note[RF_ALERT_NOTE_MAX]; /* caller's: what an END event has to say */
};

/* Tell of a record of that key: the counter's value after it and whether the rule hit. Of
 * a key without a running alert a hit begins one; further hits raise none, but an UPDATE
 * when the value has doubled. Writes at most two events (END, then BEGIN) to out and
 * returns how many. note is cut to RF_ALERT_NOTE_MAX. */
int rf_alert_report(struct rf_counters *c, const struct rf_alert_spec *spec,
                    const struct rf_hash128 *key, int64_t ts_ms, double value, bool hit,
                    struct rf_str note, struct rf_alert_event out[2]);

typedef void (*rf_alert_fn)(void *arg, const struct rf_alert_event *event);

/* End alerts that time has cleared by now_ms; fn is told of each and must not call
 * rf_alert_*. Returns how many ended. Cost: the alerts running. */
size_t rf_alert_tick(struct rf_counters *c, int64_t now_ms, rf_alert_fn fn, void *arg);

/* End every alert of that key, or only that rule's (id as in its spec; NULL: all), at
 * now_ms; fn as above. Cost: the alerts running. */
size_t rf_alert_end(struct rf_counters *c, const struct rf_hash128 *key,
                    const struct rf_hash128 *id, int64_t now_ms, rf_alert_fn fn,
                    void *arg);

/* The alert of that rule and key that runs, as an UPDATE with the value at now_ms; false
 * where none does. */
bool rf_alert_find(struct rf_counters *c, const struct rf_alert_spec *spec,
                   const struct rf_hash128 *key, int64_t now_ms,
                   struct rf_alert_event *out);

/* Alerts running now. */
size_t rf_alerts_running(const struct rf_counters *c);

/* ---- upkeep ----------------------------------------------------------------------- */

/* Ask the processor for the memory that the next rf_count_add or _read of that key needs:
 * over a batch first the stripe of each key, then, that having come, its place in the
 * index, then its node. */
void rf_count_prefetch(const struct rf_counters *c, const struct rf_count_spec *spec,
                       const struct rf_hash128 *key);
void rf_count_prefetch_index(const struct rf_counters *c,
                             const struct rf_count_spec *spec,
                             const struct rf_hash128 *key);
void rf_count_prefetch_node(const struct rf_counters *c, const struct rf_count_spec *spec,
                            const struct rf_hash128 *key);

/* Free calls forgotten by now_ms, and keys whose window is over, in the next `stripes`
 * (of at most 256) stripes; call it every second or so. Returns how many were freed. */
size_t rf_counters_sweep(struct rf_counters *c, int64_t now_ms, unsigned stripes);
/* Have memory at hand for as many nodes again as were ever in use, 100,000 to 360,000, so
 * that those who count do not wait for the kernel to clear it: milliseconds, now and
 * then, until the table is full. Call it before they begin, and every second or so; by
 * one thread at a time. */
void rf_counters_ready(struct rf_counters *c);

size_t rf_counters_keys(struct rf_counters *c); /* counters and marks held */
/* Keys, still within their time, that gave way to others, and alerts dropped. */
uint64_t rf_counters_evicted(struct rf_counters *c);
/* Bytes in use: nodes handed out, their index, and blocks. */
size_t rf_counters_bytes(struct rf_counters *c);

#endif
