/* What the Redis itself is asked about: whether it throws keys away when it is full. */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/ops/problem.h"
#include "daemon/server.h"
#include "daemon/store/part.h"
#include "daemon/store/redis.h"
#include "daemon/store/store.h"
#include "lib/base/mem.h"

#define EVERY_MS 3000
#define POLICY RF_STR("maxmemory_policy:")

struct health {
    struct store *store;
    int64_t asked_ms; /* wall; 0: not since it came up */
    bool up;
    unsigned waiting; /* answers that are to come */
    char worst[32];   /* policy that evicts, of those asked together */
};

/* The value behind a name in the lines of INFO. */
static struct rf_str value_of(struct rf_str info, struct rf_str name)
{
    while (info.n) {
        const char *end = memchr(info.p, '\r', info.n);
        struct rf_str line = rf_str(info.p, end ? (size_t)(end - info.p) : info.n);
        if (rf_str_starts(line, name))
            return rf_str_sub(line, name.n);
        info = rf_str_sub(info, line.n + 2);
    }
    return RF_STR("");
}

static void conclude(struct health *h)
{
    struct problems *problems = &store_server(h->store)->problems;
    if (h->worst[0])
        problem_set(problems, PROBLEM_REDIS_EVICTS, 0, "its maxmemory-policy is %s",
                    h->worst);
    else
        problem_clear(problems, PROBLEM_REDIS_EVICTS);
}

/* A user who may not ask has an administrator who knows. */
static void on_info(void *arg, const redisReply *reply)
{
    struct health *h = arg;
    struct rf_str policy = RF_STR("");
    if (reply && reply->type == REDIS_REPLY_STRING)
        policy = value_of(rf_str(reply->str, reply->len), POLICY);
    if (policy.n && policy.n < sizeof h->worst && !rf_str_eqz(policy, "noeviction"))
        snprintf(h->worst, sizeof h->worst, "%.*s", RF_STR_FMT(policy));
    if (--h->waiting == 0)
        conclude(h);
}

static void flush(void *self, int64_t now_ms)
{
    struct health *h = self;
    const struct rf_str info[] = {RF_STR("INFO"), RF_STR("memory")};
    if (!h->up || h->waiting || llabs(now_ms - h->asked_ms) < EVERY_MS)
        return;
    h->asked_ms = now_ms;
    h->worst[0] = 0;
    h->waiting = redis_send_each(store_redis(h->store), on_info, h, 2, info);
}

static void up(void *self)
{
    struct health *h = self;
    h->up = true;
    h->asked_ms = 0;
}

static void down(void *self)
{
    ((struct health *)self)->up = false;
}

static void *make(struct store *st)
{
    struct health *h = rf_mem_calloc(1, sizeof *h);
    h->store = st;
    return h;
}

extern const struct store_part store_health;
const struct store_part store_health = {
    .name = "health",
    .make = make,
    .up = up,
    .down = down,
    .flush = flush,
    .free = free,
};
