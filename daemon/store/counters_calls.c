#include "daemon/store/counters_calls.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "daemon/clock.h"
#include "daemon/store/redis.h"
#include "daemon/store/stream.h"
#include "lib/base/buf.h"
#include "lib/base/mem.h"

enum {
    TOGETHER = 4096, /* news in one entry of a stream */
    PIECE = 64,      /* entries read at once */
};

#define KEEP_CALLS_MS (RF_COUNT_CALL_MS + RF_COUNT_CALL_MS / 8)
#define KEEP_STRAYS_MS 60000
#define MISSED_MS 30000 /* away for longer, strays may have been missed */

struct stream_out {
    struct counters_calls *cc;
    struct rf_buf name; /* behind: */
    struct rf_str key;
    int64_t keep_ms;
    struct rf_buf now, next; /* being sent (empty: none); sent after it */
    bool flying;
    struct stream_reader reader;
};

struct counters_calls {
    struct store *store;
    struct rf_counters *table;
    uint64_t self; /* this process: what it told is not news to it */
    bool begun;
    int64_t down_ms; /* monotonic; 0: not away */
    struct stream_out calls, strays;
    struct rf_share_call news[TOGETHER];
};

/* ---- news as bytes: what, call, time, and of an answer spec and key ---- */

static void put_u64(struct rf_buf *b, uint64_t n)
{
    n = htole64(n);
    rf_buf_add(b, (const char *)&n, sizeof n);
}

static void put_hash(struct rf_buf *b, const struct rf_hash128 *h)
{
    put_u64(b, h->lo);
    put_u64(b, h->hi);
}

static void encode(struct rf_buf *b, const struct rf_share_call *n)
{
    const char what = (char)n->what;
    rf_buf_add(b, &what, 1);
    put_hash(b, &n->call);
    put_u64(b, (uint64_t)n->ts_ms);
    if (n->what == RF_SHARE_ANSWER) {
        put_hash(b, &n->spec);
        put_hash(b, &n->key);
    }
}

static bool get_u64(struct rf_str *s, uint64_t *out)
{
    if (s->n < sizeof *out)
        return false;
    memcpy(out, s->p, sizeof *out);
    *out = le64toh(*out);
    *s = rf_str_sub(*s, sizeof *out);
    return true;
}

static bool get_hash(struct rf_str *s, struct rf_hash128 *h)
{
    return get_u64(s, &h->lo) && get_u64(s, &h->hi);
}

/* False: the end, or no news of ours. */
static bool decode(struct rf_str *s, struct rf_share_call *n)
{
    uint64_t ts;
    *n = (struct rf_share_call){0};
    if (s->n == 0 || (unsigned char)s->p[0] > RF_SHARE_MISSED)
        return false;
    n->what = (enum rf_share_call_what)s->p[0];
    *s = rf_str_sub(*s, 1);
    if (!get_hash(s, &n->call) || !get_u64(s, &ts))
        return false;
    n->ts_ms = (int64_t)ts;
    return n->what != RF_SHARE_ANSWER || (get_hash(s, &n->spec) && get_hash(s, &n->key));
}

/* ---- in ---- */

static void on_entry(void *arg, const struct stream_entry *e)
{
    struct counters_calls *cc = ((struct stream_out *)arg)->cc;
    struct rf_str from = stream_field(e, "from"), news = stream_field(e, "news");
    struct rf_share_call n;
    uint64_t who = 0;
    if (!get_u64(&from, &who) || who == cc->self)
        return;
    while (decode(&news, &n))
        rf_share_call_apply(cc->table, &n);
}

static void on_piece(void *arg, bool ok, bool end, const char *error)
{
    struct stream_out *o = arg;
    (void)error;
    if (ok && !end)
        (void)stream_read(&o->reader);
}

/* ---- out ---- */

/* What does not fit the next entries waits in lib/count, which is bounded. */
static void collect(struct counters_calls *cc)
{
    if (cc->calls.next.n || cc->strays.next.n)
        return;
    size_t n = rf_share_calls_take(cc->table, cc->news, TOGETHER);
    for (size_t i = 0; i < n; i++)
        encode(cc->news[i].what == RF_SHARE_STRAY ? &cc->strays.next : &cc->calls.next,
               &cc->news[i]);
}

static void send_next(struct stream_out *o);

static void on_added(void *arg, const redisReply *reply)
{
    struct stream_out *o = arg;
    o->flying = false;
    if (!reply || reply->type == REDIS_REPLY_ERROR)
        return; /* told again at the next flush: twice does no harm */
    o->now.n = 0;
    collect(o->cc);
    send_next(o);
}

static void send_next(struct stream_out *o)
{
    uint64_t self = htole64(o->cc->self);
    if (o->flying)
        return;
    if (o->now.n == 0) {
        struct rf_buf empty = o->now;
        o->now = o->next;
        o->next = empty;
    }
    if (o->now.n == 0)
        return;
    char since[24];
    int n = snprintf(since, sizeof since, "%" PRId64, clock_wall_ms() - o->keep_ms);
    const struct rf_str argv[] = {
        RF_STR("XADD"),           o->key,
        RF_STR("MINID"),          RF_STR("~"),
        rf_str(since, (size_t)n), RF_STR("*"),
        RF_STR("from"),           rf_str((const char *)&self, sizeof self),
        RF_STR("news"),           rf_buf_str(&o->now)};
    o->flying = redis_send(store_redis(o->cc->store), o->key, on_added, o,
                           (int)(sizeof argv / sizeof *argv), argv);
}

void counters_calls_flush(struct counters_calls *cc)
{
    collect(cc);
    send_next(&cc->calls);
    send_next(&cc->strays);
    (void)stream_read(&cc->calls.reader);
    (void)stream_read(&cc->strays.reader);
}

bool counters_calls_idle(const struct counters_calls *cc)
{
    return cc->calls.now.n + cc->calls.next.n + cc->strays.now.n + cc->strays.next.n == 0;
}

/* ---- up and down ---- */

void counters_calls_down(struct counters_calls *cc)
{
    if (cc->down_ms == 0)
        cc->down_ms = clock_monotonic_ms();
}

/* Begin from what is kept; strays of before are of no use then. */
void counters_calls_up(struct counters_calls *cc)
{
    static const struct rf_share_call missed = {.what = RF_SHARE_MISSED};
    bool long_away = cc->down_ms && clock_monotonic_ms() - cc->down_ms > MISSED_MS;
    cc->down_ms = 0;
    if (cc->begun && !long_away)
        return;
    if (long_away)
        rf_share_call_apply(cc->table, &missed);
    cc->begun = true;
    stream_restart(&cc->calls.reader);
}

static void stream_init(struct stream_out *o, struct counters_calls *cc, const char *name,
                        int64_t keep_ms)
{
    rf_buf_init(&o->name);
    rf_buf_printf(&o->name, "%.*s%s", RF_STR_FMT(store_prefix(cc->store)), name);
    o->cc = cc;
    o->key = rf_buf_str(&o->name);
    o->keep_ms = keep_ms;
    rf_buf_init(&o->now);
    rf_buf_init(&o->next);
    o->reader = (struct stream_reader){.redis = store_redis(cc->store),
                                       .key = o->key,
                                       .count = PIECE,
                                       .entry = on_entry,
                                       .piece = on_piece,
                                       .arg = o};
}

struct counters_calls *counters_calls_new(struct store *st, struct rf_counters *table)
{
    struct counters_calls *cc = rf_mem_calloc(1, sizeof *cc);
    cc->store = st;
    cc->table = table;
    if (getrandom(&cc->self, sizeof cc->self, 0) != sizeof cc->self)
        abort();
    stream_init(&cc->calls, cc, "calls", KEEP_CALLS_MS);
    stream_init(&cc->strays, cc, "strays", KEEP_STRAYS_MS);
    return cc;
}

static void stream_fini(struct stream_out *o)
{
    rf_buf_fini(&o->name);
    rf_buf_fini(&o->now);
    rf_buf_fini(&o->next);
}

void counters_calls_free(struct counters_calls *cc)
{
    stream_fini(&cc->calls);
    stream_fini(&cc->strays);
    free(cc);
}
