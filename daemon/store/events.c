/* The part of the store that adds events to the stream PREFIXevents, one entry each,
 * field `event`; trimmed. An event whose command is lost is not sent again. */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/server.h"
#include "daemon/store/part.h"
#include "daemon/store/redis.h"
#include "daemon/store/store.h"
#include "lib/base/mem.h"

#define KEPT "100000"      /* entries in the stream, about */
#define FLYING_MAX 5000    /* on their way */
#define STOP_ADDING 0x1000 /* lines a flush */

struct event_stream {
    struct store *store;
    struct events *events;
    struct rf_buf key, lines;
    size_t at; /* lines before it are sent */
    unsigned flying;
};

static void on_added(void *arg, const redisReply *reply)
{
    struct event_stream *s = arg;
    s->flying--;
    if (reply && reply->type != REDIS_REPLY_ERROR)
        return;
    atomic_fetch_add(&s->events->redis.dropped, 1);
    events_lost(s->events, "redis", reply ? reply->str : "it went away");
}

static bool send_line(struct event_stream *s, struct rf_str line)
{
    struct rf_str key = rf_buf_str(&s->key);
    const struct rf_str argv[] = {
        RF_STR("XADD"), key,         RF_STR("MAXLEN"), RF_STR("~"),
        RF_STR(KEPT),   RF_STR("*"), RF_STR("event"),  line,
    };
    if (!redis_send(store_redis(s->store), key, on_added, s, 8, argv))
        return false;
    s->flying++;
    return true;
}

static void *make(struct store *st)
{
    struct event_stream *s = rf_mem_calloc(1, sizeof *s);
    s->store = st;
    s->events = &store_server(st)->events;
    rf_buf_init(&s->lines);
    rf_buf_init(&s->key);
    rf_buf_adds(&s->key, store_prefix(st));
    rf_buf_addz(&s->key, "events");
    atomic_store(&s->events->redis.readers, 1);
    return s;
}

static void flush(void *self, int64_t now_ms)
{
    struct event_stream *s = self;
    (void)now_ms;
    if (!store_is_up(s->store))
        return;
    for (int i = 0; i < STOP_ADDING && s->flying < FLYING_MAX; i++) {
        if (s->at == s->lines.n) {
            event_queue_take(&s->events->redis, &s->lines);
            s->at = 0;
        }
        const char *end = s->at < s->lines.n
                              ? memchr(s->lines.p + s->at, '\n', s->lines.n - s->at)
                              : NULL;
        if (!end)
            return;
        size_t n = (size_t)(end - s->lines.p) - s->at;
        if (!send_line(s, rf_str(s->lines.p + s->at, n)))
            return;
        s->at += n + 1;
    }
}

static bool idle(void *self)
{
    struct event_stream *s = self;
    pthread_mutex_lock(&s->events->redis.lock);
    bool none = s->events->redis.lines.n == 0;
    pthread_mutex_unlock(&s->events->redis.lock);
    return none && s->at == s->lines.n && s->flying == 0;
}

static void part_free(void *self)
{
    struct event_stream *s = self;
    atomic_store(&s->events->redis.readers, 0);
    rf_buf_fini(&s->lines);
    rf_buf_fini(&s->key);
    free(s);
}

const struct store_part store_events = {
    .name = "events",
    .make = make,
    .flush = flush,
    .idle = idle,
    .free = part_free,
};
