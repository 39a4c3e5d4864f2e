#include "daemon/store/store_inner.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/clock.h"
#include "daemon/ops/log.h"
#include "lib/base/mem.h"

#define CONNECT_MS 2000
#define REPLY_MS 2000
#define MAX_PENDING 65536
#define MAX_PENDING_BYTES (64u << 20)
#define STOP_LOOK_MS 10
#define FULL_FOR_MS 10000    /* since the last command refused for want of memory */
#define REFUSED_FOR_MS 60000 /* since the last one refused for another reason */
#define BACKLOG_FOR_MS 10000

/* ---- parts --------------------------------------------------------------------- */

static void make_parts(struct store *st)
{
    st->selves = rf_mem_calloc(store_nparts, sizeof *st->selves);
    for (unsigned i = 0; i < store_nparts; i++)
        if (store_parts[i]->make)
            st->selves[i] = store_parts[i]->make(st);
}

static void free_parts(struct store *st)
{
    for (unsigned i = 0; i < store_nparts; i++)
        if (store_parts[i]->free)
            store_parts[i]->free(st->selves[i]);
    free(st->selves);
}

static void flush_parts(struct store *st)
{
    int64_t now_ms = clock_wall_ms();
    for (unsigned i = 0; i < store_nparts; i++)
        if (store_parts[i]->flush)
            store_parts[i]->flush(st->selves[i], now_ms);
}

static bool parts_idle(struct store *st)
{
    for (unsigned i = 0; i < store_nparts; i++)
        if (store_parts[i]->idle && !store_parts[i]->idle(st->selves[i]))
            return false;
    return true;
}

/* ---- up and down --------------------------------------------------------------- */

void store_ready(struct store *st)
{
    if (atomic_exchange(&st->up, true))
        return;
    problem_clear(&st->server->problems, PROBLEM_REDIS_DOWN);
    st->why[0] = 0;
    log_line(LOG_INFO, "Redis answers");
    for (unsigned i = 0; i < store_nparts; i++)
        if (store_parts[i]->up)
            store_parts[i]->up(st->selves[i]);
}

void store_away(struct store *st)
{
    if (!atomic_exchange(&st->up, false))
        return;
    for (unsigned i = 0; i < store_nparts; i++)
        if (store_parts[i]->down)
            store_parts[i]->down(st->selves[i]);
}

static void on_up(void *arg)
{
    store_ask_key(arg);
}

static void on_down(void *arg, const char *why)
{
    struct store *st = arg;
    problem_set(&st->server->problems, PROBLEM_REDIS_DOWN, 0, "%s", why);
    if (strcmp(st->why, why) != 0)
        log_line(LOG_WARNING, "Redis is away: %s", why);
    snprintf(st->why, sizeof st->why, "%s", why);
    store_away(st);
}

static void on_refused(void *arg, const char *error)
{
    static struct log_limit limit;
    struct store *st = arg;
    bool full = strncmp(error, "OOM", 3) == 0 || strstr(error, "-OOM ");
    problem_set(&st->server->problems, full ? PROBLEM_REDIS_FULL : PROBLEM_REDIS_REFUSES,
                full ? FULL_FOR_MS : REFUSED_FOR_MS, "%s", error);
    log_limited(&limit, LOG_WARNING, "Redis refuses a command: %s", error);
}

/* ---- flush and end ------------------------------------------------------------- */

static void look_at_backlog(struct store *st)
{
    uint64_t refused = redis_refused(st->redis);
    if (refused != st->refused)
        problem_set(&st->server->problems, PROBLEM_REDIS_BACKLOG, BACKLOG_FOR_MS,
                    "%zu commands wait for an answer", redis_pending(st->redis));
    st->refused = refused;
    atomic_store_explicit(&st->pending, redis_pending(st->redis), memory_order_relaxed);
}

static void look_at_end(struct store *st)
{
    bool done = !store_is_up(st) || (parts_idle(st) && redis_pending(st->redis) == 0);
    if (done || clock_monotonic_ms() >= st->stop_until_ms)
        event_base_loopbreak(st->base);
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
    struct store *st = arg;
    (void)fd;
    (void)what;
    if (redis_up(st->redis) && !st->asking_key &&
        clock_monotonic_ms() >= st->key_again_ms)
        store_ask_key(st);
    if (st->flushed_last)
        look_at_end(st); /* first: each flush asks anew for what others did */
    flush_parts(st);
    look_at_backlog(st);
    st->flushed_last = st->stopping;
}

static void start_flush(struct store *st, int64_t every_ms)
{
    const struct timeval t = {.tv_sec = every_ms / 1000,
                              .tv_usec = every_ms % 1000 * 1000};
    event_add(st->flush, &t);
}

static void stop(void *arg)
{
    struct store *st = arg;
    st->stopping = true;
    st->stop_until_ms = clock_monotonic_ms() + st->stop_wait_ms;
    event_del(st->flush);
    start_flush(st, STOP_LOOK_MS);
    on_flush(-1, 0, st);
}

/* ---- the thread ---------------------------------------------------------------- */

static void run_posted(struct store *st)
{
    pthread_mutex_lock(&st->lock);
    struct store_posted *p = st->first, *next;
    st->first = NULL;
    st->last = &st->first;
    pthread_mutex_unlock(&st->lock);
    for (; p; p = next) {
        next = p->next;
        p->fn(p->arg);
        free(p);
    }
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    run_posted(arg);
}

void store_post(struct store *st, void (*fn)(void *arg), void *arg)
{
    struct store_posted *p = rf_mem_alloc(sizeof *p);
    *p = (struct store_posted){.fn = fn, .arg = arg};
    pthread_mutex_lock(&st->lock);
    *st->last = p;
    st->last = &p->next;
    pthread_mutex_unlock(&st->lock);
    event_active(st->wake, 0, 0);
}

static void *run(void *arg)
{
    struct store *st = arg;
    pthread_setname_np(pthread_self(), "store");
    event_base_dispatch(st->base);
    return NULL;
}

static void start_thread(struct store *st)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    if (pthread_create(&st->thread, NULL, run, st) != 0)
        rf_mem_die(sizeof *st);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void open_redis(struct store *st)
{
    const struct config_redis *c = &st->server->config.redis;
    char name[64];
    int n = snprintf(name, sizeof name, "ringfence-%s", st->server->state.daemon);
    const struct redis_options options = {
        .address = c->address,
        .password_file = c->password_file,
        .name = rf_str(name, (size_t)n),
        .connect_ms = CONNECT_MS,
        .reply_ms = REPLY_MS,
        .max_pending = MAX_PENDING,
        .max_pending_bytes = MAX_PENDING_BYTES,
    };
    const struct redis_watch watch = {
        .up = on_up, .down = on_down, .refused = on_refused, .arg = st};
    st->redis = redis_new(st->base, &options, &watch);
    if (!st->redis)
        abort(); /* the configuration was checked */
}

struct store *store_start(struct server *s)
{
    if (s->config.redis.address.n == 0)
        return NULL;
    struct store *st = rf_mem_calloc(1, sizeof *st);
    st->server = s;
    st->last = &st->first;
    st->base = event_base_new();
    st->flush = st->base ? event_new(st->base, -1, EV_PERSIST, on_flush, st) : NULL;
    st->wake = st->base ? event_new(st->base, -1, EV_PERSIST, on_wake, st) : NULL;
    if (!st->flush || !st->wake)
        rf_mem_die(sizeof *st);
    pthread_mutex_init(&st->lock, NULL);
    problem_set(&s->problems, PROBLEM_REDIS_DOWN, 0, "%.*s: not connected yet",
                RF_STR_FMT(s->config.redis.address));
    open_redis(st);
    make_parts(st);
    start_flush(st, s->config.redis.flush_ms);
    start_thread(st);
    return st;
}

/* The key stays that of the process for whoever still asks. */
static void free_keys(struct store *st)
{
    struct store_key *next, *k = st->keys;
    if (k)
        st->server->state.key = k->key;
    atomic_store(&st->server->source.key, &st->server->state.key);
    for (; k; k = next) {
        next = k->next;
        free(k);
    }
}

void store_stop(struct store *st, int64_t wait_ms)
{
    if (!st)
        return;
    st->stop_wait_ms = wait_ms;
    store_post(st, stop, st);
    pthread_join(st->thread, NULL);
    atomic_store(&st->up, false); /* what is posted yet must not ask */
    redis_free(st->redis);
    run_posted(st);
    free_parts(st);
    free_keys(st);
    event_free(st->flush);
    event_free(st->wake);
    event_base_free(st->base);
    pthread_mutex_destroy(&st->lock);
    free(st);
}

/* ---- what others ask ----------------------------------------------------------- */

bool store_is_up(const struct store *st)
{
    return atomic_load_explicit(&st->up, memory_order_relaxed);
}

size_t store_pending(const struct store *st)
{
    return atomic_load_explicit(&st->pending, memory_order_relaxed);
}

struct server *store_server(struct store *st)
{
    return st->server;
}

struct redis *store_redis(struct store *st)
{
    return st->redis;
}

struct rf_str store_prefix(const struct store *st)
{
    return st->server->config.redis.prefix;
}
