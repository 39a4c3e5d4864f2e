/* Interception totals shared through Redis, exactly: each field is pushed as the absolute
 * this daemon counted, and a script adds what is new of it to the shared sum. So a push
 * that is repeated, late, out of order or whose reply was lost does no harm, and pushing
 * all again repairs any loss. When that is needed a chain of marks tells (chain.h).
 *
 *   rf:{total}:<yyyymmdd>, rf:{total}:<yyyymmddhh>     sums over all daemons
 *   rf:{total}:<day or hour>:<daemon>                  this daemon's part of them
 *   rf:{total}:at:<daemon>                             the mark of its last push
 *
 * Store thread. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "daemon/clock.h"
#include "daemon/server.h"
#include "daemon/store/chain.h"
#include "daemon/store/part.h"
#include "daemon/store/redis.h"
#include "daemon/store/store.h"
#include "daemon/store/totals_push.h"
#include "daemon/tally.h"
#include "lib/base/arena.h"
#include "lib/base/mem.h"

#define HOUR_MS 3600000LL
#define HOUR_S 3600
#define AGAIN_MS 1000 /* after Redis refused */
#define LOOK_MS 3000  /* with nothing to push: whether all is still there */
#define KEY_MAX 256

/* KEYS: sum, own, mark. ARGV: lifetime in seconds, of the mark, mark expected, mark new,
 * then field and absolute in turn. The own part is written first: were the sum's field no
 * number (someone wrote into it), it would else grow with each try. */
static struct redis_script push_script = {
    .lua = "local f = {}\n"
           "for i = 5, #ARGV, 2 do f[#f + 1] = ARGV[i] end\n"
           "local had = redis.call('HMGET', KEYS[2], unpack(f))\n"
           "local own, more = {}, {}\n"
           "for i = 1, #f do\n"
           "  local d = tonumber(ARGV[2 * i + 4]) - tonumber(had[i] or 0)\n"
           "  if d > 0 then\n"
           "    own[#own + 1] = f[i]\n"
           "    own[#own + 1] = ARGV[2 * i + 4]\n"
           "    more[#more + 1] = {f[i], string.format('%.0f', d)}\n"
           "  end\n"
           "end\n"
           "if #own > 0 then redis.call('HSET', KEYS[2], unpack(own)) end\n"
           "for _, m in ipairs(more) do redis.call('HINCRBY', KEYS[1], m[1], m[2]) end\n"
           "redis.call('EXPIRE', KEYS[1], ARGV[1])\n"
           "redis.call('EXPIRE', KEYS[2], ARGV[1])\n"
           "if (redis.call('GET', KEYS[3]) or '') ~= ARGV[3] then return 0 end\n"
           "redis.call('SET', KEYS[3], ARGV[4], 'EX', ARGV[2])\n"
           "return 1\n",
};

enum totals_state { ASK, ASKING, PUSH };

struct push_command { /* being written */
    char key[2][KEY_MAX];
    char before[CHAIN_MARK_MAX], after[CHAIN_MARK_MAX];
    char life[2][24], number[TOTALS_BATCH][24];
    struct rf_str keys[3], args[4 + 2 * TOTALS_BATCH];
    int nargs;
};

struct shared_totals {
    struct store *store;
    struct totals *totals;
    struct totals_push *push;
    struct chain chain;
    struct rf_arena arena;
    struct rf_zone zone;
    unsigned keep_days;
    enum totals_state state;
    unsigned flying;       /* batches without their reply */
    bool quiet;            /* the last round found nothing to send */
    int64_t not_before_ms; /* monotonic */
    int64_t look_ms;       /* monotonic */
    char mark_key[KEY_MAX];
    struct push_command command;
};

struct flight {
    struct shared_totals *s;
    uint64_t number; /* in the chain */
    struct totals_batch batch;
};

static void *make(struct store *st)
{
    struct server *server = store_server(st);
    struct shared_totals *s = rf_mem_calloc(1, sizeof *s);
    uint64_t nonce = 0;
    if (getrandom(&nonce, sizeof nonce, 0) != sizeof nonce)
        abort();
    s->store = st;
    s->totals = server->totals;
    s->keep_days = (unsigned)(server->config.keep_ms / (24 * HOUR_MS));
    s->push = totals_push_new(s->totals, s->keep_days);
    chain_init(&s->chain, nonce);
    rf_arena_init(&s->arena, 0);
    if (rf_zone_init(&s->zone, &s->arena, server->config.settings.timezone) != RF_OK)
        abort(); /* the rules were loaded with it */
    snprintf(s->mark_key, sizeof s->mark_key, "%.*s{total}:at:%.*s",
             RF_STR_FMT(store_prefix(st)), RF_STR_FMT(totals_id(s->totals)));
    return s;
}

static void done(void *self)
{
    struct shared_totals *s = self;
    totals_push_free(s->push);
    rf_arena_fini(&s->arena);
    free(s);
}

/* ---- pushing ---------------------------------------------------------------------- */

static void pushed(void *arg, const redisReply *reply)
{
    struct flight *f = arg;
    struct shared_totals *s = f->s;
    s->flying--;
    if (reply && reply->type == REDIS_REPLY_INTEGER && reply->integer == 1) {
        totals_push_confirm(s->push, &f->batch);
        chain_confirm(&s->chain, f->number);
    } else {
        s->state = ASK;
        if (reply && reply->type == REDIS_REPLY_ERROR)
            s->not_before_ms = clock_monotonic_ms() + AGAIN_MS;
    }
    free(f);
}

/* How long its keys live, in seconds: longer than they could be pushed again. */
static int64_t life_s(const struct shared_totals *s, const struct totals_batch *b)
{
    int64_t whole_h = b->day ? (int64_t)(s->keep_days + 2) * 24 : TOTALS_HOURS_KEPT + 1;
    return (whole_h - b->age_h) * HOUR_S;
}

static void write_keys(const struct shared_totals *s, const struct totals_batch *b,
                       struct push_command *c)
{
    struct rf_str prefix = store_prefix(s->store), id = totals_id(s->totals);
    snprintf(c->key[0], KEY_MAX, "%.*s{total}:%" PRIu32, RF_STR_FMT(prefix), b->key);
    snprintf(c->key[1], KEY_MAX, "%.*s{total}:%" PRIu32 ":%.*s", RF_STR_FMT(prefix),
             b->key, RF_STR_FMT(id));
    c->keys[0] = rf_str_of(c->key[0]);
    c->keys[1] = rf_str_of(c->key[1]);
    c->keys[2] = rf_str_of(s->mark_key);
}

static void write_command(struct shared_totals *s, struct flight *f,
                          struct push_command *c)
{
    const struct totals_batch *b = &f->batch;
    write_keys(s, b, c);
    chain_next(&s->chain, c->before, c->after, &f->number);
    snprintf(c->life[0], sizeof c->life[0], "%" PRId64, life_s(s, b));
    snprintf(c->life[1], sizeof c->life[1], "%" PRId64,
             (int64_t)(s->keep_days + 2) * 24 * HOUR_S);
    c->args[0] = rf_str_of(c->life[0]);
    c->args[1] = rf_str_of(c->life[1]);
    c->args[2] = rf_str_of(c->before);
    c->args[3] = rf_str_of(c->after);
    c->nargs = 4;
    for (unsigned i = 0; i < b->n; i++) {
        struct rf_str field = totals_field(s->totals, b->slot[i]);
        snprintf(c->number[i], sizeof c->number[i], "%" PRIu64, b->value[i]);
        c->args[c->nargs++] = field;
        c->args[c->nargs++] = rf_str_of(c->number[i]);
    }
}

static bool push_batch(struct shared_totals *s, struct flight *f)
{
    struct push_command *c = &s->command;
    write_command(s, f, c);
    if (!redis_run(store_redis(s->store), &push_script, pushed, f, 3, c->keys, c->nargs,
                   c->args)) {
        s->state = ASK; /* its mark is missing in the chain */
        return false;
    }
    s->flying++;
    return true;
}

static void push_round(struct shared_totals *s, int64_t now_ms)
{
    totals_push_round(s->push, tally_hour(&s->zone, now_ms),
                      tally_hour(&s->zone, now_ms - HOUR_MS));
    s->quiet = true;
    for (int i = 0; i < TOTALS_ROUND && s->state == PUSH; i++) {
        struct flight *f = rf_mem_alloc(sizeof *f);
        f->s = s;
        if (!totals_push_next(s->push, &f->batch)) {
            free(f);
            return;
        }
        s->quiet = false;
        if (!push_batch(s, f))
            free(f);
    }
}

/* ---- is all still there? ---------------------------------------------------------- */

static void asked(void *arg, const redisReply *reply)
{
    struct shared_totals *s = arg;
    s->state = ASK;
    if (!reply || reply->type == REDIS_REPLY_ERROR) {
        s->not_before_ms = reply ? clock_monotonic_ms() + AGAIN_MS : 0;
        return;
    }
    struct rf_str mark = reply->type == REDIS_REPLY_STRING
                             ? rf_str(reply->str, (size_t)reply->len)
                             : RF_STR("");
    if (!chain_seen(&s->chain, mark))
        totals_push_all(s->push);
    s->look_ms = clock_monotonic_ms() + LOOK_MS;
    s->state = PUSH;
}

static void ask(struct shared_totals *s)
{
    const struct rf_str argv[2] = {RF_STR("GET"), rf_str_of(s->mark_key)};
    if (redis_send(store_redis(s->store), argv[1], asked, s, 2, argv))
        s->state = ASKING;
}

/* ---- the part --------------------------------------------------------------------- */

static void up(void *self)
{
    struct shared_totals *s = self;
    s->not_before_ms = 0;
    if (s->state == PUSH)
        s->state = ASK;
}

/* A daemon without traffic notices an emptied server, too. One round at a time: what a
 * round confirms, the next need not compare. */
static void flush(void *self, int64_t now_ms)
{
    struct shared_totals *s = self;
    if (!store_is_up(s->store) || s->flying || s->state == ASKING ||
        clock_monotonic_ms() < s->not_before_ms)
        return;
    if (s->state == PUSH && s->quiet && clock_monotonic_ms() >= s->look_ms)
        s->state = ASK;
    if (s->state == ASK)
        ask(s);
    else
        push_round(s, now_ms);
}

static bool idle(void *self)
{
    const struct shared_totals *s = self;
    return !s->flying && s->state == PUSH && s->quiet && !totals_push_due(s->push);
}

const struct store_part store_totals = {
    .name = "totals",
    .make = make,
    .up = up,
    .flush = flush,
    .idle = idle,
    .free = done,
};
