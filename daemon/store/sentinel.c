/* A master found through its Sentinels: one of them is asked before each attempt, and
 * every second whether the master is still the same. The master itself must say so
 * (ROLE): a Sentinel may be behind. */
#include "daemon/store/redis_inner.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"

#define LOOK_S 1
#define DOUBT 3 /* attempts at an address before another Sentinel is asked */

struct sentinel {
    struct redis *r;
    struct link *master, *ask;
    struct link_options options; /* of the Sentinels */
    struct event *timer;
    unsigned at;       /* the Sentinel that is asked */
    unsigned silent;   /* Sentinels in a row that did not help */
    unsigned failures; /* attempts at the master in a row */
    bool wanted;       /* the master's link waits for an address */
    bool asking;
};

/* ---- what a Sentinel says ------------------------------------------------------ */

static bool read_address(const redisReply *reply, struct url_host *out)
{
    struct rf_str text;
    char both[URL_HOST_BYTES + 16];
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[0]->type != REDIS_REPLY_STRING ||
        reply->element[1]->type != REDIS_REPLY_STRING)
        return false;
    text.p = both;
    text.n = (size_t)snprintf(both, sizeof both, "%s:%s", reply->element[0]->str,
                              reply->element[1]->str);
    return text.n < sizeof both && url_host(out, text);
}

static void take(struct sentinel *s, const struct url_host *host)
{
    s->silent = 0;
    if (s->wanted) {
        s->wanted = false;
        link_found(s->master, host);
    } else if (!url_host_same(host, link_host(s->master))) {
        link_cut(s->master, "the Sentinels name another master");
        link_hurry(s->master);
    }
}

static void on_address(struct request *q, struct link *l, const redisReply *reply)
{
    char text[160];
    struct url_host host;
    struct sentinel *s = q->owner;
    s->asking = false;
    request_free(q);
    if (!reply)
        return;
    if (read_address(reply, &host)) {
        take(s, &host);
    } else if (reply->type == REDIS_REPLY_NIL) {
        link_cut(l, "this Sentinel knows no master of that name");
    } else {
        reply_text(reply, text, sizeof text);
        link_cut(l, text);
    }
}

static void ask(struct sentinel *s)
{
    const struct rf_str argv[] = {RF_STR("SENTINEL"), RF_STR("GET-MASTER-ADDR-BY-NAME"),
                                  rf_str_of(s->r->url.master)};
    if (s->asking || !link_up(s->ask))
        return;
    struct request *q = request_new(3, argv, 0, NULL);
    q->done = on_address;
    q->owner = s;
    s->asking = link_send(s->ask, q);
    if (!s->asking)
        request_free(q);
}

/* ---- the Sentinels ------------------------------------------------------------- */

static void on_ask_up(void *arg, struct link *l)
{
    (void)l;
    ask(arg);
}

/* The next one is asked at once; when all were, the master's link waits before it asks
 * again. */
static void on_ask_down(void *arg, struct link *l)
{
    struct sentinel *s = arg;
    s->at = (s->at + 1) % s->r->url.nhosts;
    if (++s->silent % s->r->url.nhosts) {
        link_hurry(l);
    } else if (s->wanted) {
        s->wanted = false;
        char why[LINK_WHY_BYTES];
        snprintf(why, sizeof why, "no Sentinel helps; the last: %.200s", link_why(l));
        link_not_found(s->master, why);
    }
}

static void on_ask_locate(void *arg, struct link *l)
{
    struct sentinel *s = arg;
    link_found(l, &s->r->url.hosts[s->at]);
}

/* ---- the master ---------------------------------------------------------------- */

static void on_up(void *arg, struct link *l)
{
    struct sentinel *s = arg;
    (void)l;
    s->failures = 0;
    redis_is_up(s->r);
}

static void on_down(void *arg, struct link *l)
{
    struct sentinel *s = arg;
    if (++s->failures % DOUBT == 0)
        link_cut(s->ask, "its master cannot be used");
    redis_is_down(s->r, link_why(l));
}

static void on_locate(void *arg, struct link *l)
{
    struct sentinel *s = arg;
    (void)l;
    s->wanted = true;
    ask(s);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    ask(arg);
}

/* ---- the kind ------------------------------------------------------------------ */

static void *open_set(struct redis *r)
{
    const struct timeval every = {.tv_sec = LOOK_S};
    struct sentinel *s = rf_mem_calloc(1, sizeof *s);
    const struct link_watch sentinels = {
        .up = on_ask_up, .down = on_ask_down, .locate = on_ask_locate, .arg = s};
    const struct link_watch master = {
        .up = on_up, .down = on_down, .locate = on_locate, .arg = s};
    s->r = r;
    r->link.master = true;
    s->options = r->link;
    s->options.master = false;
    s->options.lenient = true;
    s->options.db = 0;
    s->ask = link_new(r->base, &s->options, NULL, NULL, &sentinels);
    s->master = link_new(r->base, &r->link, NULL, NULL, &master);
    s->timer = event_new(r->base, -1, EV_PERSIST, on_timer, s);
    if (!s->timer)
        rf_mem_die(sizeof *s);
    event_add(s->timer, &every);
    return s;
}

static void close_set(void *self)
{
    struct sentinel *s = self;
    event_free(s->timer);
    link_free(s->master);
    link_free(s->ask);
    free(s);
}

static struct link *server(void *self, unsigned i)
{
    return i == 0 ? ((struct sentinel *)self)->master : NULL;
}

static bool send_to_master(void *self, struct request *q)
{
    struct sentinel *s = self;
    return link_send(s->master, q);
}

const struct redis_kind redis_sentinel = {
    .open = open_set, .close = close_set, .server = server, .send = send_to_master};
