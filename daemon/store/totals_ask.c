#include "daemon/store/totals_ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/store/redis.h"
#include "lib/base/mem.h"

enum { AT_A_TIME = 16, KEY_MAX = 128, FIELDS_MAX = 1000000 };

static const char away[] = "Redis is away: the totals of all daemons cannot be read";

/* One hash being read. */
struct one {
    struct totals_ask *ask;
    size_t i;
};

struct totals_ask *totals_ask_new(size_t n)
{
    struct totals_ask *a = rf_mem_calloc(1, sizeof *a);
    a->keys = rf_mem_calloc(n + 1, sizeof *a->keys);
    a->totals = rf_mem_calloc(n + 1, sizeof *a->totals);
    a->n = n;
    return a;
}

void totals_ask_free(struct totals_ask *a)
{
    for (size_t i = 0; i < a->n; i++)
        json_decref(a->totals[i]);
    free(a->totals);
    free(a->keys);
    free(a);
}

static json_t *hash_json(struct totals_ask *a, const redisReply *reply)
{
    json_t *o = json_object();
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        const redisReply *field = reply->element[i], *count = reply->element[i + 1];
        if (field->type != REDIS_REPLY_STRING || count->type != REDIS_REPLY_STRING ||
            !a->wants(a, field->str))
            continue;
        json_object_set_new(o, field->str, json_integer(strtoll(count->str, NULL, 10)));
        a->fields++;
    }
    if (a->fields > FIELDS_MAX)
        a->why = "that is more than a million counts: ask for a shorter time, or for one "
                 "group with --by";
    return o;
}

static void send_more(struct totals_ask *a);

static void on_hash(void *arg, const redisReply *reply)
{
    struct one *one = arg;
    struct totals_ask *a = one->ask;
    if (reply && reply->type == REDIS_REPLY_ARRAY)
        a->totals[one->i] = hash_json(a, reply);
    else
        a->why = reply ? "Redis refuses to tell the totals of all daemons" : away;
    free(one);
    a->answered++;
    send_more(a);
}

static bool send_one(struct totals_ask *a)
{
    char key[KEY_MAX];
    struct one *one = rf_mem_alloc(sizeof *one);
    *one = (struct one){a, a->sent};
    snprintf(key, sizeof key, "%.*s{total}:%" PRIu32, RF_STR_FMT(store_prefix(a->store)),
             a->keys[a->sent]);
    const struct rf_str argv[2] = {RF_STR("HGETALL"), rf_str_of(key)};
    if (redis_send(store_redis(a->store), argv[1], on_hash, one, 2, argv))
        return true;
    free(one);
    return false;
}

/* Keep some under way; the end when all are answered, or one failed. */
static void send_more(struct totals_ask *a)
{
    while (!a->why && a->sent < a->n && a->sent - a->answered < AT_A_TIME) {
        if (!send_one(a))
            a->why = away;
        else
            a->sent++;
    }
    if (a->answered == a->sent && (a->why || a->sent == a->n))
        a->done(a);
}

static void begin(void *arg)
{
    struct totals_ask *a = arg;
    if (!store_is_up(a->store))
        a->why = away;
    send_more(a);
}

void totals_ask(struct store *st, struct totals_ask *a)
{
    a->store = st;
    store_post(st, begin, a);
}
