#include "daemon/store/link_inner.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "daemon/clock.h"
#include "lib/base/mem.h"

#define WAIT_MIN_MS 100
#define WAIT_MAX_MS 5000
#define STEADY_MS 5000   /* up for so long, or with so many answers: the next break is */
#define STEADY_ANSWERS 8 /* the first again */
#define LOOK_MAX_MS 1000

static void schedule(struct link *l, int64_t ms)
{
    const struct timeval t = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    event_add(l->timer, &t);
}

/* ---- the end of an attempt or of a connection ----------------------------------------
 */

/* Half to all of 100 ms, 200 ms, ... 5 s: daemons that lost the same server come back
 * one by one. */
static int64_t wait_ms(unsigned failures)
{
    uint32_t chance = 0;
    int64_t ms = failures < 6 ? WAIT_MIN_MS << failures : WAIT_MAX_MS;
    if (getrandom(&chance, sizeof chance, GRND_NONBLOCK) < 0)
        chance = (uint32_t)clock_monotonic_ms();
    ms = ms < WAIT_MAX_MS ? ms : WAIT_MAX_MS;
    return ms / 2 + chance % (ms / 2 + 1);
}

static void put_why(struct link *l, const char *fmt, va_list ap)
{
    int n = l->path[0] ? snprintf(l->why, sizeof l->why, "%s: ", l->path)
            : l->host.name[0]
                ? snprintf(l->why, sizeof l->why, "%.128s port %u: ", l->host.name,
                           (unsigned)l->host.port)
                : 0;
    vsnprintf(l->why + n, sizeof l->why - (size_t)n, fmt, ap);
}

void link_end(struct link *l, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    put_why(l, fmt, ap);
    va_end(ap);
    if (l->state == LINK_UP &&
        (l->answers >= STEADY_ANSWERS || clock_monotonic_ms() - l->up_ms >= STEADY_MS))
        l->failures = 0;
    l->state = LINK_WAIT;
    l->nscripts = 0;
    link_io_close(l);
    schedule(l, wait_ms(l->failures++));
    event_active(l->told, 0, 0);
}

void link_cut(struct link *l, const char *why)
{
    if (l->state == LINK_UP || l->state == LINK_SHAKE)
        link_end(l, "%s", why);
}

/* ---- an attempt -----------------------------------------------------------------------
 */

static void open_ip(struct link *l, const char *ip)
{
    l->state = LINK_SHAKE;
    schedule(l, l->o->connect_ms);
    if (link_io_open(l, ip))
        link_shake(l); /* written once the socket is open */
}

static void on_resolved(void *arg, const char *ip, const char *why)
{
    struct link *l = arg;
    l->resolve = NULL;
    if (ip)
        open_ip(l, ip);
    else
        link_end(l, "no address: %s", why);
}

static void find_ip(struct link *l)
{
    if (l->path[0] || resolve_is_ip(l->host.name)) {
        open_ip(l, l->host.name);
        return;
    }
    l->state = LINK_RESOLVE;
    schedule(l, l->o->connect_ms);
    l->resolve = resolve_start(l->base, l->host.name, l->attempts, on_resolved, l);
}

static void attempt(struct link *l)
{
    l->attempts++;
    if (!l->watch.locate) {
        find_ip(l);
        return;
    }
    l->state = LINK_LOCATE;
    l->host.name[0] = 0;
    l->watch.locate(l->watch.arg, l);
}

void link_found(struct link *l, const struct url_host *host)
{
    if (l->state != LINK_LOCATE)
        return;
    l->host = *host;
    find_ip(l);
}

void link_not_found(struct link *l, const char *why)
{
    if (l->state == LINK_LOCATE)
        link_end(l, "%s", why);
}

void link_hurry(struct link *l)
{
    if (l->state == LINK_WAIT)
        schedule(l, 0);
}

void link_ready(struct link *l)
{
    l->state = LINK_UP;
    l->up_ms = clock_monotonic_ms();
    l->answers = 0;
    schedule(l, 0);
    event_active(l->told, 0, 0);
}

/* ---- deadlines ----------------------------------------------------------------- */

static void on_pong(struct request *q, struct link *l, const redisReply *reply)
{
    (void)l;
    (void)reply;
    request_free(q);
}

/* A server is not seen to be gone unless it is asked. */
static void look(struct link *l)
{
    const struct rf_str ping = RF_STR("PING");
    int64_t every_ms = l->o->reply_ms / 4;
    every_ms = every_ms < 10 ? 10 : every_ms > LOOK_MAX_MS ? LOOK_MAX_MS : every_ms;
    bool late = l->first && clock_monotonic_ms() - l->first->sent_ms >= l->o->reply_ms;
    if (late && !link_io_readable(l)) {
        link_end(l, "no answer within %lld ms", (long long)l->o->reply_ms);
        return;
    }
    schedule(l, every_ms);
    if (!l->first)
        link_ask(l, on_pong, NULL, 1, &ping);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct link *l = arg;
    (void)fd;
    (void)what;
    if (l->state == LINK_WAIT) {
        attempt(l);
    } else if (l->state == LINK_UP) {
        look(l);
    } else if (l->state == LINK_SHAKE) {
        link_end(l, "no connection within %lld ms", (long long)l->o->connect_ms);
    } else { /* the thread that asks cannot be stopped, nor is another one started */
        snprintf(l->why, sizeof l->why, "%.128s: its address is not found yet",
                 l->host.name);
        schedule(l, l->o->connect_ms);
        event_active(l->told, 0, 0);
    }
}

/* ---- the watch ----------------------------------------------------------------- */

static void on_told(evutil_socket_t fd, short what, void *arg)
{
    struct link *l = arg;
    bool up = l->state == LINK_UP;
    (void)fd;
    (void)what;
    if (up && l->told_up)
        return;
    l->told_up = up;
    if (up)
        l->watch.up(l->watch.arg, l);
    else
        l->watch.down(l->watch.arg, l);
}

struct link *link_new(struct event_base *base, const struct link_options *options,
                      const char *path, const struct url_host *host,
                      const struct link_watch *watch)
{
    struct link *l = rf_mem_calloc(1, sizeof *l);
    l->base = base;
    l->o = options;
    l->watch = *watch;
    l->last = &l->first;
    if (path)
        snprintf(l->path, sizeof l->path, "%s", path);
    if (host)
        l->host = *host;
    l->timer = evtimer_new(base, on_timer, l);
    l->told = event_new(base, -1, 0, on_told, l);
    if (!l->timer || !l->told)
        rf_mem_die(sizeof *l);
    snprintf(l->why, sizeof l->why, "not connected yet");
    schedule(l, 0);
    return l;
}

void link_free(struct link *l)
{
    if (!l)
        return;
    if (l->resolve)
        resolve_cancel(l->resolve);
    link_io_close(l);
    event_free(l->timer);
    event_free(l->told);
    free(l);
}

bool link_up(const struct link *l)
{
    return l->state == LINK_UP;
}

const char *link_why(const struct link *l)
{
    return l->why;
}

const struct url_host *link_host(const struct link *l)
{
    return &l->host;
}
