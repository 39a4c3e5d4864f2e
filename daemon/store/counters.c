/* Behaviors counted together with other daemons: what lib/count wants to exchange goes to
 * Redis at every flush, one command a key. */
#include <stdlib.h>

#include "daemon/clock.h"
#include "daemon/server.h"
#include "daemon/store/counters_calls.h"
#include "daemon/store/counters_command.h"
#include "daemon/store/part.h"
#include "daemon/store/store.h"
#include "lib/base/mem.h"

enum {
    ROOM_MIN = 256,
    ROOM_MAX = 8192, /* asks under way */
    KEYS_PER_CAPACITY =
        16, /* of the table's keys one in so many may be shared: 700 bytes */
};

/* A round trip as long: fewer are sent at once, so that none meets the deadline of
 * replies however busy the Redis is; one as short: more. */
#define LONG_MS 300
#define SHORT_MS 150

struct counters {
    struct store *store;
    struct rf_counters *table;
    struct rf_arena arena;
    size_t flying, waiting, room;
    const struct rf_share_ask *probe; /* whose round trip is measured */
    int64_t probe_ms;                 /* monotonic */
    bool last;                        /* the daemon ends */
    struct counters_calls *calls;
};

static bool take(void *arg, struct rf_share_ask *ask);

static void measure(struct counters *self, bool answered)
{
    int64_t ms = clock_monotonic_ms() - self->probe_ms;
    self->probe = NULL;
    if (!answered || ms > LONG_MS)
        self->room = self->room / 2 > ROOM_MIN ? self->room / 2 : ROOM_MIN;
    else if (ms < SHORT_MS && self->room < ROOM_MAX)
        self->room *= 2;
}

static void on_reply(void *arg, const redisReply *reply)
{
    struct rf_share_ask *ask = arg;
    struct counters *self = ask->owner;
    struct rf_share_reply got;
    self->flying--;
    if (ask == self->probe)
        measure(self, reply != NULL);
    rf_arena_reset(&self->arena);
    if (reply && reply->type == REDIS_REPLY_ERROR && counters_not_done(reply))
        rf_share_refused(self->table, ask);
    else if (!reply || reply->type == REDIS_REPLY_ERROR ||
             !counters_read(ask, reply, &self->arena, &got))
        rf_share_lost(self->table, ask);
    else
        rf_share_answer(self->table, ask, &got);
    if (reply && self->waiting && self->flying == self->room / 2)
        self->waiting = rf_share_more(self->table, take, self);
}

static bool take(void *arg, struct rf_share_ask *ask)
{
    struct counters *self = arg;
    if (self->flying >= self->room)
        return false;
    rf_arena_reset(&self->arena);
    ask->owner = self;
    self->flying++;
    if (counters_send(store_redis(self->store), store_prefix(self->store), ask,
                      &self->arena, on_reply, ask)) {
        if (!self->probe) {
            self->probe = ask;
            self->probe_ms = clock_monotonic_ms();
        }
        return true;
    }
    self->flying--;
    return false;
}

static void flush(void *arg, int64_t now_ms)
{
    struct counters *self = arg;
    (void)now_ms;
    if (!store_is_up(self->store))
        return;
    counters_calls_flush(self->calls);
    self->waiting = rf_share_collect(
        self->table, server_event_time_ms(store_server(self->store)), take, self);
}

static void up(void *arg)
{
    struct counters *self = arg;
    rf_share_again(self->table);
    counters_calls_up(self->calls);
}

static void down(void *arg)
{
    struct counters *self = arg;
    counters_calls_down(self->calls);
}

static void rekey(void *arg, const struct rf_hash_key *key)
{
    struct counters *self = arg;
    rf_counters_adopt(self->table, key);
}

/* Asked at the end only: what waits for its step is sent then. */
static bool idle(void *arg)
{
    struct counters *self = arg;
    if (!self->last) {
        self->last = true;
        rf_share_last(self->table);
        return false;
    }
    return self->flying == 0 && self->waiting == 0 && counters_calls_idle(self->calls);
}

static void *make(struct store *st)
{
    struct counters *self = rf_mem_calloc(1, sizeof *self);
    const struct server *s = store_server(st);
    const struct rf_share_options options = {
        .slack = (double)s->config.redis.slack / 1000,
        .keys_max = s->config.capacity / KEYS_PER_CAPACITY};
    self->store = st;
    self->table = s->counters;
    self->room = ROOM_MIN;
    rf_arena_init(&self->arena, 0);
    rf_counters_share(self->table, &options);
    self->calls = counters_calls_new(st, self->table);
    return self;
}

static void free_part(void *arg)
{
    struct counters *self = arg;
    counters_calls_free(self->calls);
    rf_arena_fini(&self->arena);
    free(self);
}

extern const struct store_part store_counters;
const struct store_part store_counters = {
    .name = "counters",
    .make = make,
    .rekey = rekey,
    .up = up,
    .down = down,
    .flush = flush,
    .idle = idle,
    .free = free_part,
};
