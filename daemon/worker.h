/* A worker: one thread, one event loop, its connections for life. */
#ifndef DAEMON_WORKER_H
#define DAEMON_WORKER_H

#include <pthread.h>

#include "daemon/ref.h"
#include "daemon/server.h"
#include "lib/codec/codec.h"

struct batch;
struct connection;
struct event;

struct worker_new { /* a connection on its way to the worker */
    int fd;
    struct feed *feed;
};

struct worker {
    struct server *server;
    unsigned index;
    pthread_t thread;
    struct event_base *base;
    struct event *wake;
    struct connection *connections;
    struct batch *batch;
    struct rf_decoder *decoder;
    struct ref_source refs;
    struct stats stats;
    bool draining;           /* this thread's; begun by the flag below */
    _Atomic int64_t lag_ms;  /* clock - newest ts of the last batch */
    _Atomic int64_t seen_ms; /* clock at the last batch, 0: none yet */

    pthread_mutex_t lock; /* of what other threads hand over: */
    struct worker_new *queue;
    size_t nqueue, queue_cap;
    bool drain, stop;
};

/* Make a worker and start its thread. Never NULL. */
struct worker *worker_start(struct server *s, unsigned index);
/* Hand over a socket (any thread). */
void worker_give(struct worker *w, int fd, struct feed *feed);
/* Answer what was read, close all connections, end the thread (any thread). */
void worker_drain(struct worker *w);
/* End the thread now, whatever is unanswered (any thread). */
void worker_stop(struct worker *w);
/* Wait for the thread's end at most until clock_monotonic_ms() is until_ms; false: it
 * runs on. */
bool worker_join(struct worker *w, int64_t until_ms);
void worker_free(struct worker *w);
/* From connection_close: ends the thread when the last one went while draining. */
void worker_closed_one(struct worker *w);

#endif
