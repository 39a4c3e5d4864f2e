#include "daemon/ops/events.h"

#include <inttypes.h>

#include "daemon/clock.h"
#include "daemon/ops/log.h"

#define PROBLEM_FOR_MS 60000  /* how long a loss is shown as a problem */
#define PROBLEM_EVERY_MS 1000 /* ... and how often it is shown anew */

int events_open(struct events *e, const char *path, struct problems *problems,
                const char **why)
{
    e->problems = problems;
    pthread_mutex_init(&e->lock, NULL);
    rf_buf_init(&e->kept);
    event_queue_init(&e->redis, EVENTS_REDIS_BYTES);
    event_queue_init(&e->live, EVENTS_LIVE_BYTES);
    return event_log_open(&e->log, path, problems, why);
}

void events_close(struct events *e, int64_t wait_ms)
{
    if (!e->problems)
        return; /* never opened */
    event_log_close(&e->log, wait_ms);
    event_queue_fini(&e->redis);
    event_queue_fini(&e->live);
    rf_buf_fini(&e->kept);
    pthread_mutex_destroy(&e->lock);
}

size_t events_wanted(struct events *e, int64_t now_ms, size_t wanted)
{
    if (wanted == 0 || event_log_on(&e->log) || event_queue_on(&e->redis) ||
        event_queue_on(&e->live))
        return wanted;
    pthread_mutex_lock(&e->lock);
    if (e->second != now_ms / 1000)
        e->spent = 0;
    e->second = now_ms / 1000;
    size_t left = EVENTS_SPARE - e->spent;
    wanted = wanted < left ? wanted : left;
    e->spent += wanted;
    pthread_mutex_unlock(&e->lock);
    return wanted;
}

void events_lost(struct events *e, const char *sink, const char *why)
{
    static struct log_limit limit;
    int64_t now_ms = clock_monotonic_ms(), last_ms = atomic_load(&e->lost_ms);
    if (!last_ms || now_ms - last_ms >= PROBLEM_EVERY_MS) {
        atomic_store(&e->lost_ms, now_ms);
        problem_set(e->problems, PROBLEM_EVENTS_LOST, PROBLEM_FOR_MS, "%s: %s", sink,
                    why);
    }
    log_limited(&limit, LOG_WARNING, "events dropped: %s: %s", sink, why);
}

/* Twice as much is held at most; then the older half goes. */
static void keep(struct events *e, struct rf_str lines)
{
    pthread_mutex_lock(&e->lock);
    rf_buf_adds(&e->kept, lines);
    if (e->kept.n > 2 * EVENTS_KEPT_BYTES) {
        size_t from = e->kept.n - EVENTS_KEPT_BYTES;
        const char *end = memchr(e->kept.p + from, '\n', e->kept.n - from);
        from = end ? (size_t)(end - e->kept.p) + 1 : e->kept.n;
        memmove(e->kept.p, e->kept.p + from, e->kept.n - from);
        e->kept.n -= from;
    }
    pthread_mutex_unlock(&e->lock);
}

void events_add(struct events *e, struct rf_str lines, size_t n)
{
    if (n == 0)
        return;
    event_log_add(&e->log, lines, n);
    if (event_queue_on(&e->redis) && !event_queue_add(&e->redis, lines, n))
        events_lost(e, "redis", "it takes them too slowly, or is away");
    if (event_queue_on(&e->live) && event_queue_add(&e->live, lines, n))
        e->wake(e->wake_arg);
    keep(e, lines);
}

size_t events_last(struct events *e, size_t most, struct rf_buf *out)
{
    size_t n = 0;
    pthread_mutex_lock(&e->lock);
    size_t at = e->kept.n;
    while (at > 0 && n < most) {
        const char *before = at > 1 ? memrchr(e->kept.p, '\n', at - 1) : NULL;
        at = before ? (size_t)(before - e->kept.p) + 1 : 0;
        n++;
    }
    if (n)
        rf_buf_add(out, e->kept.p + at, e->kept.n - at);
    pthread_mutex_unlock(&e->lock);
    return n;
}
