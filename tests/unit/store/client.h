/* For tests that ask fake Redises through daemon/store/redis.h: a client on its own loop
 * that counts what it is told of, and what the answers to its commands were. */
#ifndef TESTS_CLIENT_H
#define TESTS_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <event2/thread.h>
#include <stdio.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/store/redis.h"
#include "fake_redis.h"

#define WAIT_MS 10000
#define CONNECT_MS 500
#define REPLY_MS 200

struct client {
    struct event_base *base;
    struct redis *r;
    unsigned ups, downs, refused;
    char why[256], error[256];
};

struct told { /* of commands */
    unsigned answered, errors, lost;
    char last[128];   /* answer or error, where it was a string */
    long long number; /* the last answer, -1 where it was none */
};

static inline void on_up(void *arg)
{
    ((struct client *)arg)->ups++;
}

static inline void on_down(void *arg, const char *why)
{
    struct client *c = arg;
    c->downs++;
    snprintf(c->why, sizeof c->why, "%s", why);
}

static inline void on_refused(void *arg, const char *error)
{
    struct client *c = arg;
    c->refused++;
    snprintf(c->error, sizeof c->error, "%s", error);
}

static inline void on_reply(void *arg, const redisReply *reply)
{
    struct told *t = arg;
    bool error = reply && reply->type == REDIS_REPLY_ERROR;
    t->lost += !reply;
    t->errors += error;
    t->answered += reply && !error;
    t->number = reply && reply->type == REDIS_REPLY_INTEGER ? reply->integer : -1;
    if (reply && reply->str)
        snprintf(t->last, sizeof t->last, "%s", reply->str);
}

/* Let the loop run until the condition holds. */
#define UNTIL(c, condition)                                                              \
    do {                                                                                 \
        int64_t end_ms = clock_monotonic_ms() + WAIT_MS;                                 \
        while (!(condition)) {                                                           \
            const struct timeval tick = {.tv_usec = 10000};                              \
            event_base_loopexit((c)->base, &tick);                                       \
            event_base_loop((c)->base, EVLOOP_ONCE);                                     \
            if (clock_monotonic_ms() > end_ms)                                           \
                fail_msg("waited in vain for " #condition ": %s", (c)->why);             \
        }                                                                                \
    } while (0)

/* What the options leave at 0 is as most tests want it. */
static inline void client_open(struct client *c, struct redis_options options)
{
    *c = (struct client){.base = event_base_new()};
    const struct redis_watch watch = {on_up, on_down, on_refused, c};
    options.connect_ms = CONNECT_MS;
    options.reply_ms = options.reply_ms ? options.reply_ms : REPLY_MS;
    options.max_pending = options.max_pending ? options.max_pending : 1000;
    options.max_pending_bytes = 100000;
    c->r = redis_new(c->base, &options, &watch);
    assert_non_null(c->r);
}

static inline void client_close(struct client *c)
{
    redis_free(c->r);
    event_base_free(c->base);
}

/* A fake that serves so, and a client that goes there. */
static inline void client_begin(struct client *c, struct fake *f, fake_fn serve,
                                const void *arg)
{
    char address[64];
    fake_start(f, serve, arg);
    snprintf(address, sizeof address, "redis://127.0.0.1:%d", f->port);
    client_open(
        c, (struct redis_options){.address = rf_str_of(address), .name = RF_STR("test")});
}

static inline void client_end(struct client *c, struct fake *f)
{
    client_close(c);
    fake_stop(f);
}

static inline bool ask(struct client *c, struct told *t, const char *word)
{
    const struct rf_str argv[] = {rf_str_of(word), RF_STR("x")};
    return redis_send(c->r, RF_STR("x"), on_reply, t, 2, argv);
}

/* For main: names are resolved on threads. */
static inline int use_threads(void **state)
{
    (void)state;
    return evthread_use_pthreads();
}

/* ---- what fakes do ------------------------------------------------------------- */

/* Answer with the command's name. */
static inline bool echo(struct fake *f, const redisReply *c, struct rf_buf *out)
{
    (void)f;
    if (c->elements == 0 || fake_is(c, 0, "PING") || fake_is(c, 0, "ROLE") ||
        fake_is(c, 0, "CLIENT"))
        return false;
    rf_buf_printf(out, "$%zu\r\n%s\r\n", c->element[0]->len, c->element[0]->str);
    return true;
}

/* Leave WAIT unanswered. */
static inline bool silent(struct fake *f, const redisReply *c, struct rf_buf *out)
{
    return fake_is(c, 0, "WAIT") || echo(f, c, out);
}

#endif
