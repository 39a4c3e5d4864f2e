#include "daemon/worker.h"

#include <event2/event.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "daemon/batch.h"
#include "daemon/clock.h"
#include "daemon/connection.h"
#include "lib/base/mem.h"

#define WORKER_POLL_NS 100000 /* looked for input before sleeping */

static void begin_draining(struct worker *w)
{
    struct connection *next;
    w->draining = true;
    for (struct connection *c = w->connections; c; c = next) {
        next = c->next;
        connection_drain(c);
    }
    worker_closed_one(w);
}

void worker_closed_one(struct worker *w)
{
    if (w->draining && !w->connections)
        event_base_loopbreak(w->base);
}

/* Take over what other threads have left. */
static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    struct worker *w = arg;
    (void)fd;
    (void)what;
    pthread_mutex_lock(&w->lock);
    struct worker_new *queue = w->queue;
    size_t n = w->nqueue;
    bool drain = w->drain, stop = w->stop;
    w->queue = NULL;
    w->nqueue = w->queue_cap = 0;
    pthread_mutex_unlock(&w->lock);
    for (size_t i = 0; i < n; i++)
        connection_open(w, queue[i].fd, queue[i].feed);
    free(queue);
    if (stop)
        event_base_loopbreak(w->base);
    else if (drain && !w->draining)
        begin_draining(w);
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Look for input a while before sleeping. True when a batch was judged meanwhile. */
static bool poll_a_while(struct worker *w, int64_t until_ns)
{
    uint64_t batches =
        atomic_load_explicit(&w->stats.batches_total, memory_order_relaxed);
    do {
        event_base_loop(w->base, EVLOOP_NONBLOCK);
        if (event_base_got_break(w->base) ||
            atomic_load_explicit(&w->stats.batches_total, memory_order_relaxed) !=
                batches)
            return true;
        sched_yield();
    } while (now_ns() < until_ns);
    return false;
}

/* Sleeping and being woken takes as long as judging many records. While input comes in
 * such short turns it is looked for without sleeping; where it does not, it is not. */
static void loop(struct worker *w)
{
    bool short_turns = false;
    while (!event_base_got_break(w->base)) {
        int64_t idle_ns = now_ns();
        if (short_turns && poll_a_while(w, idle_ns + WORKER_POLL_NS))
            continue;
        event_base_loop(w->base, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
        short_turns = now_ns() - idle_ns < WORKER_POLL_NS;
    }
}

static void *run(void *arg)
{
    struct worker *w = arg;
    loop(w);
    while (w->connections)
        connection_close(w->connections);
    return NULL;
}

struct worker *worker_start(struct server *s, unsigned index)
{
    sigset_t all, before;
    char name[16];
    struct worker *w = rf_mem_calloc(1, sizeof *w);
    w->server = s;
    w->index = index;
    w->base = event_base_new();
    w->wake = w->base ? event_new(w->base, -1, EV_PERSIST, on_wake, w) : NULL;
    if (!w->wake)
        rf_mem_die(sizeof *w);
    w->batch = batch_new(s->config.settings.max_line);
    w->decoder = rf_decoder_new(&s->config.settings);
    ref_source_init(&w->refs);
    pthread_mutex_init(&w->lock, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    if (pthread_create(&w->thread, NULL, run, w) != 0)
        rf_mem_die(sizeof *w);
    snprintf(name, sizeof name, "worker-%u", index);
    pthread_setname_np(w->thread, name);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return w;
}

void worker_give(struct worker *w, int fd, struct feed *feed)
{
    pthread_mutex_lock(&w->lock);
    if (w->nqueue == w->queue_cap) {
        w->queue_cap = w->queue_cap ? 2 * w->queue_cap : 16;
        w->queue = rf_mem_realloc(w->queue, w->queue_cap, sizeof *w->queue);
    }
    w->queue[w->nqueue++] = (struct worker_new){fd, feed};
    pthread_mutex_unlock(&w->lock);
    event_active(w->wake, 0, 0);
}

void worker_drain(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    w->drain = true;
    pthread_mutex_unlock(&w->lock);
    event_active(w->wake, 0, 0);
}

void worker_stop(struct worker *w)
{
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_mutex_unlock(&w->lock);
    event_active(w->wake, 0, 0);
}

bool worker_join(struct worker *w, int64_t until_ms)
{
    struct timespec t;
    int64_t left = until_ms - clock_monotonic_ms();
    left = left > 0 ? left : 0;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += left / 1000;
    t.tv_nsec += left % 1000 * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return pthread_timedjoin_np(w->thread, NULL, &t) == 0;
}

void worker_free(struct worker *w)
{
    for (size_t i = 0; i < w->nqueue; i++)
        close(w->queue[i].fd);
    free(w->queue);
    event_free(w->wake);
    event_base_free(w->base);
    rf_decoder_free(w->decoder);
    batch_free(w->batch);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
