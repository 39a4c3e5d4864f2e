/* Where events go: the log file (event_log.h), the stream in Redis
 * (daemon/store/events.c), those who follow on the control socket, and the last ones,
 * kept for who asks later. None of them holds up a record: each has its own bounded
 * queue. Any thread. */
#ifndef DAEMON_OPS_EVENTS_H
#define DAEMON_OPS_EVENTS_H

#include "daemon/ops/event_log.h"
#include "daemon/ops/event_queue.h"

#define EVENTS_KEPT_BYTES (256 * 1024) /* of the last ones, at least */
#define EVENTS_REDIS_BYTES (8 * 1024 * 1024)
#define EVENTS_LIVE_BYTES (1024 * 1024)
#define EVENTS_SPARE 100 /* verdicts told a second where nobody listens */

struct events {
    struct problems *problems;
    struct event_log log;
    struct event_queue redis, live;
    _Atomic int64_t
        lost_ms; /* when a loss was last made a problem, monotonic; 0: never */
    _Atomic uint64_t unread; /* lines that one who follows was too slow for */
    void (*wake)(void *arg); /* there are lines for those who follow */
    void *wake_arg;
    pthread_mutex_t lock; /* of all below */
    struct rf_buf kept;
    int64_t second;
    size_t spent; /* verdicts in this second */
};

/* path empty: no log. RF_ERR_IO with *why. */
int events_open(struct events *e, const char *path, struct problems *problems,
                const char **why) RF_MUST_CHECK;
/* Write the log to its end, at most for wait_ms. */
void events_close(struct events *e, int64_t wait_ms);

/* How many of `wanted` events of verdicts to make: all where a sink takes them, else
 * some, so that the last ones can be shown. */
size_t events_wanted(struct events *e, int64_t now_ms, size_t wanted);
/* Hand over n whole lines to all sinks. */
void events_add(struct events *e, struct rf_str lines, size_t n);
/* Lines were dropped (still) by the sink of that name: a problem for a while. */
void events_lost(struct events *e, const char *sink, const char *why);
/* Append the last lines, at most `most` of them; how many. */
size_t events_last(struct events *e, size_t most, struct rf_buf *out);

#endif
