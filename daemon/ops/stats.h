/* Process counters since the start, each declared once. One struct per worker, written by
 * that thread alone, read by any: plain adds, no lock. Sums are told by the control
 * command `counters`. */
#ifndef DAEMON_OPS_STATS_H
#define DAEMON_OPS_STATS_H

#include <stdatomic.h>

#include "lib/record/record.h"
#include "lib/ruleset/judgment.h"

/* Why a record was answered without having been judged in full. */
#define STATS_FAIL_OPEN(X)                                                               \
    X(BAD_JSON, "bad_json")                                                              \
    X(MISSING_FIELD, "missing_field")                                                    \
    X(UNKNOWN_KIND, "unknown_kind")                                                      \
    X(LINE_TOO_LONG, "line_too_long")                                                    \
    X(DEADLINE, "deadline")                                                              \
    X(REGEX, "regex")

enum stats_fail_open {
#define X(NAME, name) STATS_FAIL_##NAME,
    STATS_FAIL_OPEN(X)
#undef X
        STATS_FAIL_COUNT
};

/* X(field, help) */
#define STATS_PLAIN(X)                                                                   \
    X(test_records_total, "records with test: true")                                     \
    X(connections_total, "connections taken")                                            \
    X(connections_refused_total, "connections closed over feed.max_connections")         \
    X(connections_stalled_total, "connections closed after feed.stall")                  \
    X(connections_endless_total, "connections closed for a line without end")            \
    X(hellos_refused_total, "connections closed for their hello")                        \
    X(replies_lost_total, "replies whose connection was gone")                           \
    X(batches_total, "batches judged")                                                   \
    X(busy_ns_total, "time spent on batches")                                            \
    X(alerts_total, "changes of alerts")

struct stats {
    _Atomic uint64_t
        records[RF_KIND_COUNT][3]; /* by kind and verdict, test records apart */
    _Atomic uint64_t would[RF_KIND_COUNT][3];
    _Atomic uint64_t errors[RF_RECORD_ERROR_COUNT];
    _Atomic uint64_t repaired[RF_FIELD_COUNT];
    _Atomic uint64_t fail_open[STATS_FAIL_COUNT];
#define X(field, help) _Atomic uint64_t field;
    STATS_PLAIN(X)
#undef X
};

/* Add by the one thread that writes. */
static inline void stats_add(_Atomic uint64_t *v, uint64_t n)
{
    uint64_t old = atomic_load_explicit(v, memory_order_relaxed);
    atomic_store_explicit(v, old + n, memory_order_relaxed);
}

/* Count one answered record. */
void stats_record(struct stats *s, const struct rf_record *r,
                  const struct rf_judgment *j);
/* Add the values of one to a sum that nobody else uses. */
void stats_sum(struct stats *sum, const struct stats *one);
/* The word of the contract for an error ("bad_json"). */
const char *stats_error_name(enum rf_record_error e);
const char *stats_fail_open_name(enum stats_fail_open f);

#endif
