/* The event log: lines handed over by any thread, written by a thread of its own. The
 * queue is bounded; what does not fit, and what the disk refuses, is dropped and counted,
 * so that no record ever waits for a disk. The file is appended to; a line is whole or
 * not there. */
#ifndef DAEMON_OPS_EVENT_LOG_H
#define DAEMON_OPS_EVENT_LOG_H

#include <pthread.h>
#include <stdatomic.h>

#include "daemon/ops/problem.h"
#include "lib/base/buf.h"
#include "lib/base/error.h"

#define EVENT_LOG_QUEUE_BYTES (8UL * 1024 * 1024)

struct event_log {
    char path[4096]; /* empty: there is no log, everything below is unused */
    int fd;
    struct problems *problems;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* under lock: queue, stop, reopen, stopped */
    struct rf_buf queue;
    bool stop, reopen, stopped;
    _Atomic uint64_t written, dropped; /* lines */
};

/* Open the file and start the thread; path empty: no log. RF_ERR_IO, *why for people. */
int event_log_open(struct event_log *l, const char *path, struct problems *problems,
                   const char **why) RF_MUST_CHECK;
static inline bool event_log_on(const struct event_log *l)
{
    return l->path[0] != 0;
}
/* Hand over n whole lines. Never waits for the disk. */
void event_log_add(struct event_log *l, struct rf_str lines, size_t n);
/* Open the path anew (after a rotation); the old file is kept where that fails. */
void event_log_reopen(struct event_log *l);
/* Write what is queued, at most for wait_ms, and stop. */
void event_log_close(struct event_log *l, int64_t wait_ms);

#endif
