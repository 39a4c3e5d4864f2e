/* The part of the store that shares marks of `after`: what workers leave here goes to the
 * stream PREFIXmarks, what others left there comes into this daemon's table. Read from
 * where the longest `within` begins at the first time Redis answers, from where it was
 * left at any later time, so that no mark is counted twice. A mark whose command is lost
 * is not sent again, for the same reason.
 *
 * Workers add to a bounded queue, under a lock held for a copy. */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "daemon/clock.h"
#include "daemon/ops/log.h"
#include "daemon/server.h"
#include "daemon/store/mark_record.h"
#include "daemon/store/part.h"
#include "daemon/store/store.h"
#include "daemon/store/stream.h"
#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/count/share.h"

#define QUEUE_MAX 65536 /* marks that wait */
#define AT_ONCE 500     /* marks in one entry */
#define ENTRIES_A_FLUSH 64
#define KEPT 500000             /* marks in the stream, about */
#define ENTRIES_MIN 2000        /* entries in the stream */
#define PIECE 64                /* entries read at once */
#define SKEW_MS (5 * 60 * 1000) /* of Redis's clock */

struct marks {
    struct store *store;
    struct server *server;
    struct rf_buf key;
    struct stream_reader reader;
    char nonce[17]; /* of this process: its own marks are there already */
    bool asked;     /* where to read from, once Redis has answered */
    bool asking;    /* for the stream's end */
    struct mark *sending;
    size_t nsending, sent, sending_cap;
    double a_entry; /* marks in an entry, about */
    unsigned flying;

    pthread_mutex_t lock; /* of: */
    struct mark *queue;
    size_t nqueue, cap;
};

/* ---- from the workers ---------------------------------------------------------------
 */

static void lost(struct marks *m, size_t n, const char *why)
{
    static struct log_limit limit;
    atomic_fetch_add(&m->server->marks_lost, n);
    log_limited(&limit, LOG_WARNING, "marks are not shared: %s", why);
}

static void on_mark(void *arg, const struct rf_mark_spec *spec,
                    const struct rf_hash128 *key, int64_t ts_ms)
{
    struct marks *m = arg;
    pthread_mutex_lock(&m->lock);
    bool fits = m->nqueue < QUEUE_MAX;
    if (fits && m->nqueue == m->cap) {
        m->cap = m->cap ? 2 * m->cap : 256;
        m->queue = rf_mem_realloc(m->queue, m->cap, sizeof *m->queue);
    }
    if (fits)
        m->queue[m->nqueue++] = (struct mark){.spec = *spec, .key = *key, .ts_ms = ts_ms};
    pthread_mutex_unlock(&m->lock);
    if (!fits)
        lost(m, 1, "too many wait");
}

/* Take the queue over; *m->sending has been sent. */
static void take_queue(struct marks *m)
{
    pthread_mutex_lock(&m->lock);
    struct mark *room = m->sending;
    size_t cap = m->sending_cap;
    m->sending = m->queue;
    m->sending_cap = m->cap;
    m->nsending = m->nqueue;
    m->queue = room;
    m->cap = cap;
    m->nqueue = 0;
    pthread_mutex_unlock(&m->lock);
    m->sent = 0;
}

/* ---- to Redis -----------------------------------------------------------------------
 */

static void on_added(void *arg, const redisReply *reply)
{
    struct marks *m = arg;
    m->flying--;
    if (!reply || reply->type == REDIS_REPLY_ERROR)
        lost(m, 1, reply ? reply->str : "Redis went away");
}

static struct rf_str decimal(char out[24], uint64_t n)
{
    return rf_str(out, (size_t)snprintf(out, 24, "%" PRIu64, n));
}

/* One entry with the next n marks. */
static bool send_entry(struct marks *m, size_t n)
{
    static char records[AT_ONCE * MARK_RECORD_BYTES];
    char entries[24];
    for (size_t i = 0; i < n; i++)
        mark_record_write(&m->sending[m->sent + i], records + i * MARK_RECORD_BYTES);
    m->a_entry += ((double)n - m->a_entry) / 64;
    double most = KEPT / (m->a_entry > 1 ? m->a_entry : 1);
    const struct rf_str argv[] = {
        RF_STR("XADD"),
        m->reader.key,
        RF_STR("MAXLEN"),
        RF_STR("~"),
        decimal(entries, most > ENTRIES_MIN ? (uint64_t)most : ENTRIES_MIN),
        RF_STR("*"),
        RF_STR("from"),
        rf_str_of(m->nonce),
        RF_STR("marks"),
        rf_str(records, n * MARK_RECORD_BYTES),
    };
    if (!redis_send(store_redis(m->store), m->reader.key, on_added, m, 10, argv))
        return false;
    m->flying++;
    m->sent += n;
    return true;
}

static void send_marks(struct marks *m)
{
    for (int i = 0; i < ENTRIES_A_FLUSH; i++) {
        if (m->sent == m->nsending)
            take_queue(m);
        size_t left = m->nsending - m->sent;
        if (left == 0 || !send_entry(m, left < AT_ONCE ? left : AT_ONCE))
            return;
    }
}

/* ---- from Redis ---------------------------------------------------------------------
 */

static void on_entry(void *arg, const struct stream_entry *e)
{
    struct marks *m = arg;
    struct mark mark;
    struct rf_str records = stream_field(e, "marks");
    if (rf_str_eqz(stream_field(e, "from"), m->nonce))
        return;
    for (; records.n >= MARK_RECORD_BYTES;
         records = rf_str_sub(records, MARK_RECORD_BYTES))
        if (mark_record_read(records.p, &mark))
            rf_mark_take(m->server->counters, &mark.spec, &mark.key, mark.ts_ms);
}

static void on_piece(void *arg, bool ok, bool end, const char *error)
{
    static struct log_limit limit;
    struct marks *m = arg;
    if (ok && !end)
        stream_read(&m->reader);
    else if (error)
        log_limited(&limit, LOG_WARNING, "marks of others cannot be read: %s", error);
}

/* From the longest `within` ago. */
static void read_from_then(struct marks *m)
{
    int64_t from_ms =
        clock_wall_ms() - atomic_load(&m->server->live.longest_mark_ms) - SKEW_MS;
    m->reader.at = (struct stream_id){.ms = from_ms > 0 ? (uint64_t)from_ms : 0};
    m->asked = true;
}

static bool before(struct stream_id a, struct stream_id b)
{
    return a.ms < b.ms || (a.ms == b.ms && a.seq < b.seq);
}

/* A stream that ends before what was read is another one, or an older state of it. */
static void on_last(void *arg, const redisReply *reply)
{
    struct marks *m = arg;
    struct stream_id last;
    m->asking = false;
    if (!reply || reply->type != REDIS_REPLY_ARRAY)
        return;
    m->asked = true;
    if (reply->elements < 1 || reply->element[0]->type != REDIS_REPLY_ARRAY ||
        reply->element[0]->elements < 1)
        return;
    const redisReply *id = reply->element[0]->element[0];
    if (id->type == REDIS_REPLY_STRING &&
        stream_id_parse(rf_str(id->str, id->len), &last) && before(last, m->reader.at))
        m->reader.at = last;
}

static void ask_last(struct marks *m)
{
    const struct rf_str argv[] = {RF_STR("XREVRANGE"), m->reader.key,   RF_STR("+"),
                                  RF_STR("-"),         RF_STR("COUNT"), RF_STR("1")};
    if (!m->asking)
        m->asking = redis_send(store_redis(m->store), m->reader.key, on_last, m, 6, argv);
}

/* ---- the part -----------------------------------------------------------------------
 */

static void *make(struct store *st)
{
    uint64_t random;
    struct marks *m = rf_mem_calloc(1, sizeof *m);
    m->store = st;
    m->server = store_server(st);
    pthread_mutex_init(&m->lock, NULL);
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        abort();
    snprintf(m->nonce, sizeof m->nonce, "%016" PRIx64, random);
    rf_buf_init(&m->key);
    rf_buf_adds(&m->key, store_prefix(st));
    rf_buf_addz(&m->key, "marks");
    m->reader = (struct stream_reader){
        .key = rf_buf_str(&m->key),
        .count = PIECE,
        .entry = on_entry,
        .piece = on_piece,
        .arg = m,
    };
    rf_mark_watch(m->server->counters, on_mark, m);
    return m;
}

/* What was hashed with another key nobody would understand. (Shared counters have taken
 * the key already, where there are any.) */
static void rekey(void *self, const struct rf_hash_key *key)
{
    struct marks *m = self;
    rf_counters_adopt(m->server->counters, key);
    take_queue(m);
    m->sent = m->nsending;
}

static void up(void *self)
{
    struct marks *m = self;
    m->asked = false;
    if (m->reader.at.ms == 0)
        read_from_then(m);
}

static void flush(void *self, int64_t now_ms)
{
    struct marks *m = self;
    (void)now_ms;
    m->reader.redis = store_redis(m->store);
    if (!store_is_up(m->store))
        return;
    if (m->asked)
        stream_read(&m->reader);
    else
        ask_last(m);
    send_marks(m);
}

static bool idle(void *self)
{
    struct marks *m = self;
    pthread_mutex_lock(&m->lock);
    bool none = m->nqueue == 0;
    pthread_mutex_unlock(&m->lock);
    return none && m->sent == m->nsending && m->flying == 0;
}

static void part_free(void *self)
{
    struct marks *m = self;
    rf_mark_watch(m->server->counters, NULL, NULL);
    pthread_mutex_destroy(&m->lock);
    rf_buf_fini(&m->key);
    free(m->queue);
    free(m->sending);
    free(m);
}

const struct store_part store_marks = {
    .name = "marks",
    .make = make,
    .rekey = rekey,
    .up = up,
    .flush = flush,
    .idle = idle,
    .free = part_free,
};
