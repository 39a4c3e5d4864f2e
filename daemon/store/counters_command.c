#include "daemon/store/counters_command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/store/counters_script.h"

enum { KEYS_MAX = 2 * RF_SHARE_SLICES };

/* One store thread; filled at first use. */
static struct redis_script add_script = {.lua = COUNTERS_ADD};
static struct redis_script join_script = {.lua = COUNTERS_JOIN};
static struct redis_script merge_script = {.lua = COUNTERS_MERGE};
static struct redis_script first_script = {.lua = COUNTERS_FIRST};
static struct redis_script peaks_script = {.lua = COUNTERS_PEAKS};

struct command {
    struct redis *redis;
    const struct rf_share_ask *ask;
    struct rf_arena *arena;
    struct rf_str name; /* of the counter: what all its keys begin with */
    int nkeys, nargs, cap;
    struct rf_str keys[1 + KEYS_MAX]; /* one before: a command's name */
    struct rf_str *args;
    redis_fn fn;
    void *arg;
};

/* ---- names and arguments ---- */

static struct rf_str decimal(struct rf_arena *a, int64_t n)
{
    return rf_arena_printf(a, "%" PRId64, n);
}

static void key(struct command *c, int64_t slice, const char *what)
{
    c->keys[1 + c->nkeys++] =
        rf_arena_printf(c->arena, "%.*s:%" PRId64 "%s", RF_STR_FMT(c->name), slice, what);
}

static void key_of(struct command *c, const char *what)
{
    c->keys[1 + c->nkeys++] =
        rf_arena_printf(c->arena, "%.*s:%s", RF_STR_FMT(c->name), what);
}

static void arg(struct command *c, struct rf_str s)
{
    c->args[c->nargs++] = s;
}

static void number(struct command *c, int64_t n)
{
    arg(c, decimal(c->arena, n));
}

static void room(struct command *c, size_t n)
{
    c->args = rf_arena_alloc(c->arena, n * sizeof *c->args);
}

static bool run(struct command *c, struct redis_script *script)
{
    return redis_run(c->redis, script, c->fn, c->arg, c->nkeys, c->keys + 1, c->nargs,
                     c->args);
}

/* ---- forms ---- */

static bool send_numbers(struct command *c)
{
    const struct rf_share_ask *ask = c->ask;
    room(c, 1 + 2 * KEYS_MAX);
    number(c, ask->ttl_ms);
    for (unsigned i = 0; i < ask->nparts; i++)
        for (unsigned k = 0; k < ask->numbers; k++) {
            key(c, ask->part[i].slice, k ? "a" : "");
            if (ask->part[i].add[k] == 0)
                continue;
            number(c, c->nkeys);
            number(c, ask->part[i].add[k]);
        }
    if (c->nargs > 1)
        return run(c, &add_script);
    c->keys[0] = RF_STR("MGET");
    return redis_send(c->redis, c->keys[1], c->fn, c->arg, 1 + c->nkeys, c->keys);
}

static bool send_members(struct command *c)
{
    const struct rf_share_ask *ask = c->ask;
    size_t n = 2 + 3 * RF_SHARE_SLICES;
    for (unsigned i = 0; i < ask->nparts; i++)
        n += ask->part[i].nmembers;
    room(c, n);
    number(c, ask->ttl_ms);
    number(c, ask->members_max);
    for (unsigned i = 0; i < ask->nparts; i++) {
        const struct rf_share_part *p = &ask->part[i];
        key(c, p->slice, "m");
        key(c, p->slice, "");
        number(c, p->add[0]);
        number(c, p->card);
        number(c, p->nmembers);
        for (uint32_t k = 0; k < p->nmembers; k++)
            number(c, (int64_t)p->members[k]);
    }
    return run(c, &join_script);
}

static bool send_registers(struct command *c)
{
    const struct rf_share_ask *ask = c->ask;
    room(c, 1 + 2 * RF_SHARE_SLICES);
    number(c, ask->ttl_ms);
    for (unsigned i = 0; i < ask->nparts; i++) {
        const struct rf_share_part *p = &ask->part[i];
        key(c, p->slice, "h");
        key(c, p->slice, "");
        number(c, p->add[0]);
        arg(c, p->registers ? rf_str((const char *)p->registers, RF_SHARE_REGISTERS_BYTES)
                            : RF_STR(""));
    }
    return run(c, &merge_script);
}

static bool send_first(struct command *c)
{
    room(c, 2);
    key_of(c, "first");
    number(c, c->ask->ttl_ms);
    number(c, c->ask->first_ms);
    return run(c, &first_script);
}

static bool send_peaks(struct command *c)
{
    room(c, 7);
    key_of(c, "peaks");
    number(c, c->ask->ttl_ms);
    number(c, c->ask->oldest);
    number(c, c->ask->all);
    for (unsigned i = 0; i < 2; i++)
        if (c->ask->peak[i].hour) {
            number(c, c->ask->peak[i].hour);
            number(c, c->ask->peak[i].peak);
        }
    return run(c, &peaks_script);
}

bool counters_send(struct redis *r, struct rf_str prefix, const struct rf_share_ask *ask,
                   struct rf_arena *arena, redis_fn fn, void *fn_arg)
{
    static bool (*const send[])(struct command *) = {
        [RF_SHARE_NUMBERS] = send_numbers,     [RF_SHARE_MEMBERS] = send_members,
        [RF_SHARE_REGISTERS] = send_registers, [RF_SHARE_FIRST] = send_first,
        [RF_SHARE_PEAKS] = send_peaks,
    };
    struct command c = {.redis = r, .ask = ask, .arena = arena, .fn = fn, .arg = fn_arg};
    c.name = rf_arena_printf(
        arena, "%.*s{%.*s:%016" PRIx64 ":%016" PRIx64 "%016" PRIx64 "}",
        RF_STR_FMT(prefix), RF_STR_FMT(ask->rule), ask->cond, ask->key.lo, ask->key.hi);
    return send[ask->form](&c);
}

/* ---- replies ---- */

static int64_t int_of(const redisReply *r)
{
    if (r->type == REDIS_REPLY_INTEGER)
        return r->integer;
    return r->type == REDIS_REPLY_STRING ? strtoll(r->str, NULL, 10) : 0;
}

static bool is_array(const redisReply *r, size_t n)
{
    return r->type == REDIS_REPLY_ARRAY && r->elements == n;
}

static bool read_numbers(const struct rf_share_ask *ask, const redisReply *r,
                         struct rf_share_reply *out)
{
    if (!is_array(r, (size_t)ask->nparts * ask->numbers))
        return false;
    for (size_t i = 0; i < r->elements; i++)
        out->part[i / ask->numbers].total[i % ask->numbers] = int_of(r->element[i]);
    return true;
}

static bool read_members(const struct rf_share_ask *ask, const redisReply *r,
                         struct rf_arena *arena, struct rf_share_reply *out)
{
    if (!is_array(r, 3 * (size_t)ask->nparts))
        return false;
    for (unsigned i = 0; i < ask->nparts; i++) {
        struct rf_share_got *got = &out->part[i];
        const redisReply *set = r->element[3 * i + 2];
        got->total[0] = int_of(r->element[3 * i]);
        got->card = (uint32_t)int_of(r->element[3 * i + 1]);
        got->has_members = set->type == REDIS_REPLY_ARRAY;
        if (!got->has_members)
            continue;
        uint64_t *members = rf_arena_alloc(arena, (set->elements + 1) * sizeof *members);
        for (size_t k = 0; k < set->elements; k++)
            members[k] = (uint64_t)int_of(set->element[k]);
        got->members = members;
        got->nmembers = (uint32_t)set->elements;
    }
    return true;
}

static bool read_registers(const struct rf_share_ask *ask, const redisReply *r,
                           struct rf_share_reply *out)
{
    if (!is_array(r, 2 * (size_t)ask->nparts))
        return false;
    for (unsigned i = 0; i < ask->nparts; i++) {
        const redisReply *h = r->element[2 * i + 1];
        out->part[i].total[0] = int_of(r->element[2 * i]);
        if (h->type == REDIS_REPLY_STRING && h->len == RF_SHARE_REGISTERS_BYTES)
            out->part[i].registers = (const uint8_t *)h->str;
    }
    return true;
}

static bool read_peaks(const redisReply *r, struct rf_arena *arena,
                       struct rf_share_reply *out)
{
    if (r->type != REDIS_REPLY_ARRAY)
        return false;
    struct rf_share_peak *peaks =
        rf_arena_alloc(arena, (r->elements / 2 + 1) * sizeof *peaks);
    for (size_t i = 0; i + 1 < r->elements; i += 2)
        peaks[i / 2] = (struct rf_share_peak){(uint32_t)int_of(r->element[i]),
                                              (uint32_t)int_of(r->element[i + 1])};
    out->peaks = peaks;
    out->npeaks = r->elements / 2;
    return true;
}

bool counters_read(const struct rf_share_ask *ask, const redisReply *reply,
                   struct rf_arena *arena, struct rf_share_reply *out)
{
    *out = (struct rf_share_reply){0};
    switch (ask->form) {
    case RF_SHARE_NUMBERS:
        return read_numbers(ask, reply, out);
    case RF_SHARE_MEMBERS:
        return read_members(ask, reply, arena, out);
    case RF_SHARE_REGISTERS:
        return read_registers(ask, reply, out);
    case RF_SHARE_PEAKS:
        return read_peaks(reply, arena, out);
    case RF_SHARE_FIRST:
        break;
    }
    out->first_ms = int_of(reply);
    return true;
}

/* Redis checks these before a script's first write. */
bool counters_not_done(const redisReply *error)
{
    static const char *const codes[] = {"OOM",        "LOADING",     "READONLY",  "BUSY",
                                        "MASTERDOWN", "CLUSTERDOWN", "MOVED",     "ASK",
                                        "TRYAGAIN",   "NOAUTH",      "NOREPLICAS"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strncmp(error->str, codes[i], strlen(codes[i])) == 0)
            return true;
    return false;
}
