#include "daemon/ops/control_follow.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"

#define LAST_EVENTS 100              /* shown unless told otherwise */
#define FOLLOW_BYTES (1024UL * 1024) /* that may wait for one who follows */
#define STUCK_S 600                  /* without reading anything: closed */

struct follower {
    struct followers *all;
    struct follower *next, **link;
    struct bufferevent *bev;
    uint64_t dropped; /* events it was too slow for, not yet told */
};

struct followers {
    struct server *server;
    struct event *lines; /* there are events */
    struct rf_buf live;
    uint64_t dropped; /* by the queue before us, told */
    struct follower *first;
};

static size_t count_lines(struct rf_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '\n';
    return n;
}

/* A client that does not read loses events, and is told how many. */
static void send_lines(struct follower *c, struct rf_str lines)
{
    char text[64];
    struct evbuffer *out = bufferevent_get_output(c->bev);
    if (evbuffer_get_length(out) + lines.n > FOLLOW_BYTES) {
        size_t n = count_lines(lines);
        c->dropped += n;
        atomic_fetch_add(&c->all->server->events.unread, n);
        return;
    }
    if (c->dropped) {
        int n = snprintf(text, sizeof text, "{\"dropped\":%" PRIu64 "}\n", c->dropped);
        bufferevent_write(c->bev, text, (size_t)n);
        c->dropped = 0;
    }
    bufferevent_write(c->bev, lines.p, lines.n);
}

static void on_lines(evutil_socket_t fd, short what, void *arg)
{
    struct followers *f = arg;
    struct event_queue *live = &f->server->events.live;
    uint64_t dropped = atomic_load(&live->dropped);
    (void)fd;
    (void)what;
    event_queue_take(live, &f->live);
    for (struct follower *c = f->first; c && f->live.n; c = c->next) {
        c->dropped += dropped - f->dropped;
        send_lines(c, rf_buf_str(&f->live));
    }
    f->dropped = dropped;
}

/* Any thread. */
static void wake(void *arg)
{
    event_active(((struct followers *)arg)->lines, 0, 0);
}

struct followers *followers_open(struct server *s)
{
    struct followers *f = rf_mem_calloc(1, sizeof *f);
    f->server = s;
    f->lines = event_new(s->base, -1, EV_PERSIST, on_lines, f);
    rf_buf_init(&f->live);
    s->events.wake_arg = f;
    s->events.wake = wake;
    return f;
}

void followers_close(struct followers *f)
{
    while (f->first)
        follower_end(f->first);
    event_free(f->lines);
    rf_buf_fini(&f->live);
    free(f);
}

static struct follower *add(struct followers *f, struct bufferevent *bev)
{
    struct timeval stuck = {.tv_sec = STUCK_S};
    struct follower *c = rf_mem_calloc(1, sizeof *c);
    c->all = f;
    c->bev = bev;
    c->next = f->first;
    c->link = &f->first;
    if (c->next)
        c->next->link = &c->next;
    f->first = c;
    bufferevent_set_timeouts(bev, NULL, &stuck);
    atomic_fetch_add(&f->server->events.live.readers, 1);
    return c;
}

struct follower *followers_answer(struct followers *f, struct bufferevent *bev,
                                  const json_t *request)
{
    char head[64];
    struct rf_buf last;
    json_t *most = json_object_get(request, "last");
    json_int_t want = json_is_integer(most) ? json_integer_value(most) : LAST_EVENTS;
    rf_buf_init(&last);
    size_t n = want <= 0 ? 0 : events_last(&f->server->events, (size_t)want, &last);
    int bytes = snprintf(head, sizeof head, "{\"ok\":true,\"lines\":%zu}\n", n);
    bufferevent_write(bev, head, (size_t)bytes);
    bufferevent_write(bev, last.p, last.n);
    rf_buf_fini(&last);
    return json_is_true(json_object_get(request, "follow")) ? add(f, bev) : NULL;
}

void follower_end(struct follower *c)
{
    if (!c)
        return;
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    atomic_fetch_sub(&c->all->server->events.live.readers, 1);
    free(c);
}
