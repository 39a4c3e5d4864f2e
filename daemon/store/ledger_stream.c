#include "daemon/store/ledger_stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/clock.h"
#include "daemon/ops/log.h"
#include "daemon/store/ledger_inner.h"
#include "daemon/store/store.h"
#include "daemon/store/stream.h"
#include "lib/base/mem.h"

#define PIECE 1000                /* entries read at once */
#define SEND_MAX 2000             /* changes sent a flush */
#define DEAD_AT_ONCE 100          /* ids of one XDEL */
#define FLYING_MAX 4000           /* changes on their way */
#define CHECK_MS 1000             /* between looks at the stream's length */
#define PAUSE_MS 1000             /* after Redis refused */
#define LATEST_MS 253402300799999 /* the end of the year 9999 */

struct ledger_stream {
    struct store *store;
    struct ledger *ledger;
    struct rf_arena arena;
    struct rf_buf key;
    struct stream_reader reader;
    bool whole; /* all that was there has been read since Redis came */
    bool up;    /* a reading has begun */
    int64_t now_ms, checked_ms, pause_until_ms;
    unsigned flying, short_looks;
};

/* A change on its way. */
struct flight {
    struct ledger_stream *s;
    int64_t time_ms;
    size_t key_bytes;
    char key[];
};

/* ---- reading ----------------------------------------------------------------------- */

static int64_t number(struct rf_str s, int64_t fallback)
{
    char text[24];
    if (s.n == 0 || s.n >= sizeof text)
        return fallback;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    return strtoll(text, NULL, 10);
}

static bool is_plain(struct rf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 127)
            return false;
    return true;
}

/* Nothing that a daemon writes: it would stand in logs and on terminals, or be later than
 * all that is to come. */
static bool is_odd(const struct ledger_entry *e)
{
    return !is_plain(e->key) || !is_plain(e->value) || !is_plain(e->who) ||
           !is_plain(e->why) || e->time_ms <= 0 || e->time_ms > LATEST_MS;
}

static void on_entry(void *arg, const struct stream_entry *in)
{
    static struct log_limit limit;
    struct ledger_stream *s = arg;
    struct rf_str origin = stream_field(in, "origin");
    int64_t expires_ms = number(stream_field(in, "expires"), 0);
    struct ledger_entry e = {
        .key = stream_field(in, "key"),
        .value = stream_field(in, "value"),
        .who = stream_field(in, "who"),
        .why = stream_field(in, "why"),
        .time_ms = number(stream_field(in, "time"), 0),
        .expires_ms = expires_ms > 0 ? expires_ms : LEDGER_NEVER,
        .deleted = rf_str_eq(stream_field(in, "deleted"), RF_STR("1")),
    };
    if (is_odd(&e)) {
        log_limited(&limit, LOG_WARNING,
                    "redis: %.*s: entry %" PRIu64 "-%" PRIu64
                    " is no daemon's and is left out",
                    RF_STR_FMT(s->reader.key), in->id.ms, in->id.seq);
        return;
    }
    memcpy(e.origin, origin.p, origin.n < LEDGER_ORIGIN ? origin.n : LEDGER_ORIGIN);
    ledger_apply(s->ledger, &e, (struct ledger_id){in->id.ms, in->id.seq}, s->now_ms);
}

static void refused(struct ledger_stream *s, const char *error)
{
    static struct log_limit limit;
    s->pause_until_ms = s->now_ms + PAUSE_MS;
    log_limited(&limit, LOG_WARNING, "redis: %.*s: %s", RF_STR_FMT(s->reader.key), error);
}

static void on_piece(void *arg, bool ok, bool end, const char *error)
{
    struct ledger_stream *s = arg;
    if (!ok) {
        if (error)
            refused(s, error);
        return;
    }
    s->whole |= end;
    ledger_applied(s->ledger);
    if (!end)
        stream_read(&s->reader);
}

static void read_anew(struct ledger_stream *s)
{
    ledger_forget_stream(s->ledger);
    stream_restart(&s->reader);
    s->whole = false;
    s->short_looks = 0;
}

/* ---- sending ----------------------------------------------------------------------- */

static void on_added(void *arg, const redisReply *reply)
{
    struct flight *f = arg;
    struct ledger_stream *s = f->s;
    s->flying--;
    if (!reply || reply->type == REDIS_REPLY_ERROR) {
        /* Sent again though it may have arrived: a double is harmless. */
        ledger_not_sent(s->ledger, rf_str(f->key, f->key_bytes), f->time_ms);
        if (reply)
            refused(s, reply->str);
    }
    free(f);
}

static struct flight *flight_of(struct ledger_stream *s, const struct ledger_entry *e)
{
    struct flight *f = rf_mem_calloc(1, sizeof *f + e->key.n);
    f->s = s;
    f->time_ms = e->time_ms;
    f->key_bytes = e->key.n;
    memcpy(f->key, e->key.p, e->key.n);
    return f;
}

static struct rf_str decimal(char out[24], int64_t n)
{
    return rf_str(out, (size_t)snprintf(out, 24, "%" PRId64, n));
}

static bool send_one(struct ledger_stream *s, const struct ledger_entry *e)
{
    char time[24], expires[24];
    int64_t expires_ms = e->expires_ms == LEDGER_NEVER ? 0 : e->expires_ms;
    const struct rf_str argv[] = {
        RF_STR("XADD"),
        s->reader.key,
        RF_STR("*"),
        RF_STR("key"),
        e->key,
        RF_STR("value"),
        e->value,
        RF_STR("time"),
        decimal(time, e->time_ms),
        RF_STR("expires"),
        decimal(expires, expires_ms),
        RF_STR("origin"),
        rf_str_of(e->origin),
        RF_STR("deleted"),
        e->deleted ? RF_STR("1") : RF_STR("0"),
        RF_STR("who"),
        e->who,
        RF_STR("why"),
        e->why,
    };
    struct flight *f = flight_of(s, e);
    if (redis_send(store_redis(s->store), s->reader.key, on_added, f,
                   (int)(sizeof argv / sizeof *argv), argv)) {
        s->flying++;
        return true;
    }
    free(f);
    return false;
}

static void send_changes(struct ledger_stream *s)
{
    struct ledger_entry e;
    for (unsigned i = 0; i < SEND_MAX && s->flying < FLYING_MAX; i++) {
        rf_arena_reset(&s->arena);
        if (!ledger_next_unsent(s->ledger, &s->arena, &e))
            return;
        if (!send_one(s, &e)) {
            ledger_not_sent(s->ledger, e.key, e.time_ms);
            return;
        }
    }
}

/* Take out what is of no more use. A lost command leaves it there until the stream is
 * read anew. */
static void bury(struct ledger_stream *s)
{
    struct ledger_id dead[DEAD_AT_ONCE];
    char text[DEAD_AT_ONCE][STREAM_ID_TEXT];
    struct rf_str argv[DEAD_AT_ONCE + 2] = {RF_STR("XDEL"), s->reader.key};
    size_t n;
    for (int turn = 0; turn < 10; turn++) {
        n = ledger_take_dead(s->ledger, dead, DEAD_AT_ONCE);
        for (size_t i = 0; i < n; i++)
            argv[i + 2] =
                stream_id_text((struct stream_id){dead[i].ms, dead[i].seq}, text[i]);
        if (n == 0 || !redis_send(store_redis(s->store), s->reader.key, NULL, NULL,
                                  (int)n + 2, argv))
            return;
    }
}

/* ---- lost data --------------------------------------------------------------------- */

static void on_length(void *arg, const redisReply *reply)
{
    struct ledger_stream *s = arg;
    if (!reply || reply->type != REDIS_REPLY_INTEGER || !s->whole)
        return;
    bool is_short = (size_t)reply->integer < ledger_shared(s->ledger);
    s->short_looks = is_short ? s->short_looks + 1 : 0;
    /* Once may be another daemon that has just taken out what we do not know yet. */
    if (s->short_looks < 2)
        return;
    log_line(LOG_WARNING, "redis: %.*s has lost entries: they are added again",
             RF_STR_FMT(s->reader.key));
    read_anew(s);
}

static void check_length(struct ledger_stream *s)
{
    const struct rf_str argv[] = {RF_STR("XLEN"), s->reader.key};
    if (s->now_ms - s->checked_ms < CHECK_MS)
        return;
    if (redis_send(store_redis(s->store), s->reader.key, on_length, s, 2, argv))
        s->checked_ms = s->now_ms;
}

/* ---- the part ---------------------------------------------------------------------- */

struct ledger_stream *ledger_stream_new(struct store *st, struct ledger *l,
                                        const char *name)
{
    struct ledger_stream *s = rf_mem_calloc(1, sizeof *s);
    s->store = st;
    s->ledger = l;
    rf_arena_init(&s->arena, 0);
    rf_buf_init(&s->key);
    rf_buf_adds(&s->key, store_prefix(st));
    rf_buf_addz(&s->key, name);
    s->reader = (struct stream_reader){
        .key = rf_buf_str(&s->key),
        .count = PIECE,
        .entry = on_entry,
        .piece = on_piece,
        .arg = s,
    };
    s->now_ms = clock_wall_ms();
    ledger_bind(l);
    return s;
}

void ledger_stream_up(void *self)
{
    struct ledger_stream *s = self;
    s->up = true;
    s->pause_until_ms = 0;
    read_anew(s);
}

void ledger_stream_flush(void *self, int64_t now_ms)
{
    struct ledger_stream *s = self;
    s->now_ms = now_ms;
    s->reader.redis = store_redis(s->store);
    if (!s->up || !redis_up(s->reader.redis) || now_ms < s->pause_until_ms)
        return;
    stream_read(&s->reader);
    if (!s->whole)
        return;
    send_changes(s);
    bury(s);
    check_length(s);
}

bool ledger_stream_idle(void *self)
{
    struct ledger_stream *s = self;
    return s->flying == 0 && (!s->whole || ledger_unsent(s->ledger) == 0);
}

void ledger_stream_free(void *self)
{
    struct ledger_stream *s = self;
    rf_arena_fini(&s->arena);
    rf_buf_fini(&s->key);
    free(s);
}
