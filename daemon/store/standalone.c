/* One server, always the same. */
#include "daemon/store/redis_inner.h"

static void on_up(void *arg, struct link *l)
{
    (void)l;
    redis_is_up(arg);
}

static void on_down(void *arg, struct link *l)
{
    redis_is_down(arg, link_why(l));
}

static void *open_one(struct redis *r)
{
    const struct link_watch watch = {.up = on_up, .down = on_down, .arg = r};
    bool path = r->url.path[0] != 0;
    r->link.master = true;
    return link_new(r->base, &r->link, path ? r->url.path : NULL,
                    path ? NULL : &r->url.hosts[0], &watch);
}

static void close_one(void *self)
{
    link_free(self);
}

static struct link *server(void *self, unsigned i)
{
    return i == 0 ? self : NULL;
}

static bool send_one(void *self, struct request *q)
{
    return link_send(self, q);
}

const struct redis_kind redis_standalone = {
    .open = open_one, .close = close_one, .server = server, .send = send_one};
