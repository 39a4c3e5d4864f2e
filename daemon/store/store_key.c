/* The key of hashes that leave the process. The first daemon at a Redis sets its own, the
 * others take it over, so that all name a sender alike; each keeps it in state_dir. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/clock.h"
#include "daemon/ops/log.h"
#include "daemon/store/store_inner.h"
#include "lib/base/mem.h"

#define AGAIN_MS 1000 /* after an answer that did not help */
#define LOOK_MS 3000  /* whether it is still there: someone may empty the Redis */
#define KEY_DIGITS 32

static bool read_digits(const char *p, uint64_t *out)
{
    *out = 0;
    for (int i = 0; i < 16; i++) {
        const char *hex = "0123456789abcdef", *at = p[i] ? strchr(hex, p[i]) : NULL;
        if (!at)
            return false;
        *out = *out << 4 | (uint64_t)(at - hex);
    }
    return true;
}

static void adopt(struct store *st, const struct rf_hash_key *key)
{
    struct store_key *k = rf_mem_calloc(1, sizeof *k);
    k->key = *key;
    k->next = st->keys;
    st->keys = k;
    if (state_keep_key(&st->server->state, key) != RF_OK)
        problem_set(&st->server->problems, PROBLEM_STATE_UNWRITTEN, 0,
                    "the key of hashes");
    store_away(st);
    atomic_store(&st->server->source.key, &k->key);
    for (unsigned i = 0; i < store_nparts; i++)
        if (store_parts[i]->rekey)
            store_parts[i]->rekey(st->selves[i], &k->key);
    log_line(LOG_INFO, "the key of hashes is now that of the Redis");
}

static bool take(struct store *st, const redisReply *reply)
{
    struct rf_hash_key key;
    const struct rf_hash_key *mine = atomic_load(&st->server->source.key);
    if (reply->type != REDIS_REPLY_STRING || reply->len != KEY_DIGITS ||
        !read_digits(reply->str, &key.k0) || !read_digits(reply->str + 16, &key.k1))
        return false;
    if (key.k0 != mine->k0 || key.k1 != mine->k1)
        adopt(st, &key);
    return true;
}

static void on_key(void *arg, const redisReply *reply)
{
    static struct log_limit limit;
    struct store *st = arg;
    st->asking_key = false;
    st->key_again_ms = clock_monotonic_ms() + AGAIN_MS;
    if (!reply || reply->type == REDIS_REPLY_ERROR)
        return; /* told by whoever lost or refused it */
    if (take(st, reply)) {
        st->key_again_ms = clock_monotonic_ms() + LOOK_MS;
        if (redis_up(st->redis))
            store_ready(st);
        return;
    }
    store_away(st);
    problem_set(&st->server->problems, PROBLEM_REDIS_DOWN, 0,
                "the Redis holds no usable key of hashes in %skey",
                st->server->config.redis.prefix.p);
    log_limited(&limit, LOG_ERROR, "the Redis holds no usable key of hashes in %skey",
                st->server->config.redis.prefix.p);
}

void store_ask_key(struct store *st)
{
    char name[128], digits[KEY_DIGITS + 1];
    const struct rf_hash_key *mine = atomic_load(&st->server->source.key);
    int n = snprintf(name, sizeof name, "%skey", st->server->config.redis.prefix.p);
    const struct rf_str key = rf_str(name, (size_t)n);
    snprintf(digits, sizeof digits, "%016" PRIx64 "%016" PRIx64, mine->k0, mine->k1);
    const struct rf_str set[] = {RF_STR("SET"), key, rf_str(digits, KEY_DIGITS),
                                 RF_STR("NX")};
    const struct rf_str get[] = {RF_STR("GET"), key};
    if (redis_send(st->redis, key, NULL, NULL, 4, set))
        st->asking_key = redis_send(st->redis, key, on_key, st, 2, get);
}
