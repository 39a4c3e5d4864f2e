/* What redis.c, standalone.c, sentinel.c and cluster.c share. Private to them. */
#ifndef STORE_REDIS_INNER_H
#define STORE_REDIS_INNER_H

#include "daemon/store/link.h"
#include "daemon/store/redis.h"

/* One of the three kinds of address. */
struct redis_kind {
    void *(*open)(struct redis *r);
    void (*close)(void *self);
    /* The links to servers that hold data, from the i-th on; NULL: no more. Those that
     * are down, too. */
    struct link *(*server)(void *self, unsigned i);
    /* Send q where its slot belongs; false: nobody to send it to, q is the caller's. */
    bool (*send)(void *self, struct request *q);
    /* The server said no for a reason of the kind's own (MOVED, ...): true when q is on
     * its way again. */
    bool (*again)(void *self, struct request *q, struct link *l, const redisReply *error);
};

extern const struct redis_kind redis_standalone, redis_sentinel, redis_cluster;

struct redis {
    struct event_base *base;
    struct redis_watch watch;
    struct url url;
    struct link_options link; /* of servers that hold data */
    char *password_file, *name;
    size_t max_pending, pending, max_bytes, bytes;
    uint64_t refused;
    bool up;
    const struct redis_kind *kind;
    void *self; /* the kind's */
};

/* The kind says how it stands; why for people, when down. From the event loop. */
void redis_is_up(struct redis *r);
void redis_is_down(struct redis *r, const char *why);
/* The end of a request: its owner is told. */
void redis_finish(struct redis *r, struct request *q, const redisReply *reply);

#endif
