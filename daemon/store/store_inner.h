/* Parts of the store: store.c (thread, queue, parts), store_key.c (the key of hashes).
 * Private to them. */
#ifndef STORE_STORE_INNER_H
#define STORE_STORE_INNER_H

#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>

#include "daemon/server.h"
#include "daemon/store/part.h"
#include "daemon/store/redis.h"
#include "daemon/store/store.h"

struct store_posted {
    struct store_posted *next;
    void (*fn)(void *arg);
    void *arg;
};

struct store_key { /* one that was adopted; lives as long as the store */
    struct store_key *next;
    struct rf_hash_key key;
};

struct store {
    struct server *server;
    struct event_base *base;
    struct event *flush, *wake;
    struct redis *redis;
    pthread_t thread;
    _Atomic bool up; /* and the key is agreed on: parts were told */
    _Atomic size_t pending;
    uint64_t refused;                    /* of redis, at the last flush */
    bool asking_key;                     /* the answer is under way */
    int64_t key_again_ms;                /* monotonic: when it is asked again */
    struct store_key *keys;              /* newest first */
    char why[256];                       /* last told */
    void **selves;                       /* of the parts */
    bool stopping, flushed_last;         /* since then */
    int64_t stop_until_ms, stop_wait_ms; /* monotonic */

    pthread_mutex_t lock; /* of what is posted */
    struct store_posted *first, **last;
};

/* Redis has just answered, or the last try failed: agree on the key, then store_ready. */
void store_ask_key(struct store *st);
void store_ready(struct store *st);
/* Parts are told it is away, if they think it is not. */
void store_away(struct store *st);

#endif
