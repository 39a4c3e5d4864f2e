#include "daemon/batch.h"

#include <stdlib.h>
#include <time.h>

#include "daemon/clock.h"
#include "daemon/connection.h"
#include "daemon/ops/log.h"
#include "daemon/overrides.h"
#include "daemon/store/store.h"
#include "daemon/tally.h"
#include "daemon/worker.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"

/* A line's place among the answers. */
enum turn { TURN_RECORD, TURN_PING, TURN_BAD_HELLO };

struct batch {
    struct rf_arena arena;
    struct rf_buf events; /* lines for the event log */
    size_t nevents;
    int64_t now_ms;
    size_t n; /* turns */
    enum turn turns[RF_LIMIT_BATCH];
    const char *problem; /* of the bad hello, which is the last turn */
    size_t nrecords;     /* the records among the turns, in order */
    struct rf_str lines[RF_LIMIT_BATCH];
    bool too_long[RF_LIMIT_BATCH];
    struct rf_record records[RF_LIMIT_BATCH];
    struct rf_judgment judgments[RF_LIMIT_BATCH];
    char refs[RF_LIMIT_BATCH][REF_BYTES];
};

struct batch *batch_new(size_t max_line)
{
    struct batch *b = rf_mem_calloc(1, sizeof *b);
    rf_arena_init(&b->arena, max_line > 65536 ? 2 * max_line : 0);
    rf_buf_init(&b->events);
    return b;
}

void batch_free(struct batch *b)
{
    if (!b)
        return;
    rf_arena_fini(&b->arena);
    rf_buf_fini(&b->events);
    free(b);
}

static void begin(struct batch *b)
{
    rf_arena_reset(&b->arena);
    b->events.n = b->nevents = 0;
    b->n = b->nrecords = 0;
    b->now_ms = clock_wall_ms();
}

/* ---- lines ------------------------------------------------------------------------ */

static void add_record(struct batch *b, struct rf_str line, bool too_long)
{
    b->turns[b->n++] = TURN_RECORD;
    b->lines[b->nrecords] = line;
    b->too_long[b->nrecords++] = too_long;
}

static void refuse_hello(struct batch *b, struct connection *c, const char *problem)
{
    static struct log_limit limit;
    b->turns[b->n++] = TURN_BAD_HELLO;
    b->problem = problem;
    c->ended = true;
    stats_add(&c->worker->stats.hellos_refused_total, 1);
    log_limited(&limit, LOG_WARNING, "feed %.*s: hello refused: %s",
                RF_STR_FMT(c->feed->name), problem);
}

/* The first line is a good hello: nothing was answered before it. */
static void greet(struct connection *c, const struct live_set *set,
                  const struct rf_hello *hello)
{
    struct server *s = c->worker->server;
    struct rf_hello_reply reply = {
        .max_line = s->config.settings.max_line,
        .workers = s->nworkers,
        .gen = set->gen,
        .ruleset = rf_str_of(set->rs->hash),
    };
    c->replies = hello->replies;
    if (hello->client.n) {
        atomic_fetch_sub(&c->feed->connections, 1);
        c->feed = feeds_get(&s->feeds, hello->client);
        atomic_fetch_add(&c->feed->connections, 1);
    }
    rf_hello_write(&c->out, &reply);
}

/* Give the line its turn. */
static void take_line(struct batch *b, struct connection *c, const struct live_set *set,
                      struct rf_str line)
{
    struct rf_hello hello = {0};
    bool first = !c->greeted;
    enum rf_control control = rf_control_maybe(line)
                                  ? rf_control_parse(&b->arena, line, &hello)
                                  : RF_CONTROL_NONE;
    c->greeted = true;
    if (control == RF_CONTROL_BAD_HELLO)
        refuse_hello(b, c, hello.problem);
    else if (control == RF_CONTROL_HELLO && !first)
        refuse_hello(b, c, "a hello must be the first line");
    else if (control == RF_CONTROL_HELLO)
        greet(c, set, &hello);
    else if (first && c->worker->server->config.hello == CONFIG_HELLO_REQUIRED)
        refuse_hello(b, c, "a hello is required as the first line");
    else if (control == RF_CONTROL_PING)
        b->turns[b->n++] = TURN_PING;
    else
        add_record(b, line, false);
}

static void close_endless(struct connection *c)
{
    static struct log_limit limit;
    c->ended = true;
    stats_add(&c->worker->stats.connections_endless_total, 1);
    log_limited(&limit, LOG_WARNING, "feed %.*s: closed, a line has no end",
                RF_STR_FMT(c->feed->name));
}

static struct rf_str unread(const struct connection *c)
{
    return rf_str(c->in + c->begin, c->end - c->begin);
}

static void take_last(struct batch *b, struct connection *c, const struct live_set *set)
{
    struct rf_str line;
    enum rf_frame_result got = rf_frame_last(&c->frame, unread(c), &line);
    if (got == RF_FRAME_LINE)
        take_line(b, c, set, line);
    else if (got == RF_FRAME_TOO_LONG)
        add_record(b, rf_str("", 0), true);
    c->begin = c->end;
    c->ended = true;
}

/* Find the lines of this batch. True when it is full and more may follow. */
static bool find_lines(struct batch *b, struct connection *c, const struct live_set *set,
                       size_t most)
{
    while (b->n < most && !c->ended) {
        size_t used;
        struct rf_str line;
        enum rf_frame_result got = rf_frame_next(&c->frame, unread(c), &used, &line);
        c->begin += used;
        if (got == RF_FRAME_LINE)
            take_line(b, c, set, line);
        else if (got == RF_FRAME_TOO_LONG)
            add_record(b, rf_str("", 0), true);
        else if (got == RF_FRAME_CLOSE)
            close_endless(c);
        else if (!c->eof)
            return false;
        else
            take_last(b, c, set);
    }
    return !c->ended;
}

/* ---- records ---------------------------------------------------------------------- */

static void decode(struct batch *b, struct worker *w)
{
    const struct rf_clock clock = {
        .now_ms = b->now_ms, .check_skew = true, .absent_ms = b->now_ms};
    for (size_t i = 0; i < b->nrecords; i++) {
        if (b->too_long[i])
            rf_decode_too_long(&b->records[i], &clock);
        else
            rf_decode_line(w->decoder, &b->arena, b->lines[i], &clock, &b->records[i]);
    }
}

/* How far behind the clock the records of this feed's time are. */
static void note_time(struct batch *b, struct worker *w)
{
    int64_t newest_ms = INT64_MIN;
    for (size_t i = 0; i < b->nrecords; i++) {
        const struct rf_record *r = &b->records[i];
        int64_t ts = rf_record_has(r, RF_FIELD_TS) ? r->value[RF_FIELD_TS].i : b->now_ms;
        newest_ms = ts > newest_ms ? ts : newest_ms;
    }
    atomic_store_explicit(&w->lag_ms, b->now_ms - newest_ms, memory_order_relaxed);
    atomic_store_explicit(&w->seen_ms, b->now_ms, memory_order_relaxed);
}

/* What was judged on this daemon's own counters alone says so. */
static void note_store(struct batch *b, const struct server *s)
{
    if (!s->store || store_is_up(s->store))
        return;
    for (size_t i = 0; i < b->nrecords; i++)
        b->judgments[i].degraded |= RF_DEGRADED_REDIS;
}

/* Everything is counted before a reply can leave. */
static void count(struct batch *b, struct worker *w, struct connection *c,
                  const struct live_set *set)
{
    if (!b->nrecords)
        return;
    for (size_t i = 0; i < b->nrecords; i++)
        stats_record(&w->stats, &b->records[i], &b->judgments[i]);
    tally_batch(w->server->totals, set, b->records, b->judgments, b->nrecords,
                c->feed->name, b->now_ms);
    atomic_fetch_add_explicit(&c->feed->records, b->nrecords, memory_order_relaxed);
    atomic_store_explicit(&c->feed->last_ms, b->now_ms, memory_order_relaxed);
    note_time(b, w);
}

/* Append the reply, or count it towards the next ack. */
static void reply(struct batch *b, struct connection *c, const struct live_set *set,
                  size_t i, struct rf_str ref)
{
    const struct rf_record *r = &b->records[i];
    const struct rf_judgment *j = &b->judgments[i];
    c->answered++;
    if (c->replies == RF_REPLIES_ALL ||
        (c->replies == RF_REPLIES_HITS && !rf_reply_is_plain(r, j)))
        rf_encode_reply(&c->out, set->rs, r, j, ref, set->gen);
    if (c->answered - c->acked >= CONNECTION_ACK_RECORDS)
        connection_ack(c);
}

static struct rf_str reference(struct batch *b, struct worker *w, size_t i)
{
    if (b->judgments[i].verdict == RF_ALLOW)
        return RF_STR("");
    ref_next(&w->refs, b->now_ms, b->refs[i]);
    return rf_str(b->refs[i], REF_BYTES);
}

static void answer(struct batch *b, struct worker *w, struct connection *c,
                   const struct live_set *set)
{
    size_t record = 0;
    for (size_t i = 0; i < b->n; i++) {
        if (b->turns[i] == TURN_PING) {
            rf_pong_write(&c->out);
        } else if (b->turns[i] == TURN_BAD_HELLO) {
            connection_ack(c);
            rf_hello_write_error(&c->out, "bad_hello", b->problem);
        } else {
            reply(b, c, set, record, reference(b, w, record));
            record++;
        }
    }
}

/* ---- events ----------------------------------------------------------------------- */

static void tell_alerts(struct batch *b, struct worker *w, const struct live_set *set,
                        const struct rf_judgment *j)
{
    for (uint32_t i = 0; i < j->nalerts; i++)
        event_add_alert(&b->events, &w->server->source, set->gen, b->now_ms,
                        &j->alerts[i].event);
    b->nevents += j->nalerts;
    stats_add(&w->stats.alerts_total, j->nalerts);
}

static void tell(struct batch *b, struct worker *w, struct connection *c,
                 const struct live_set *set)
{
    struct server *s = w->server;
    size_t hits = 0;
    for (size_t i = 0; i < b->nrecords; i++)
        hits += b->judgments[i].verdict != RF_ALLOW;
    hits = events_wanted(&s->events, b->now_ms, hits);
    for (size_t i = 0; i < b->nrecords; i++) {
        const struct rf_judgment *j = &b->judgments[i];
        const struct event_decision d = {
            .rs = set->rs,
            .gen = set->gen,
            .record = &b->records[i],
            .judgment = j,
            .ref = rf_str(b->refs[i], REF_BYTES),
            .feed = c->feed->name,
            .now_ms = b->now_ms,
        };
        tell_alerts(b, w, set, j);
        if (j->verdict == RF_ALLOW || hits == 0)
            continue;
        hits--;
        event_add_decision(&b->events, &s->source, &b->arena, &d);
        b->nevents++;
    }
    events_add(&s->events, rf_buf_str(&b->events), b->nevents);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

bool batch_serve(struct worker *w, struct connection *c, size_t most)
{
    struct batch *b = w->batch;
    uint64_t began_ns = now_ns();
    begin(b);
    const struct live_set *set = live_enter(&w->server->live, w->index);
    bool more = find_lines(b, c, set, most);
    if (b->n) {
        overrides_apply(w->server->overrides, set->engines[w->index]);
        decode(b, w);
        rf_engine_judge(set->engines[w->index], &b->arena, b->records, b->nrecords,
                        b->now_ms, b->judgments);
        note_store(b, w->server);
        count(b, w, c, set);
        answer(b, w, c, set);
        tell(b, w, c, set);
        stats_add(&w->stats.batches_total, 1);
        stats_add(&w->stats.busy_ns_total, now_ns() - began_ns);
    }
    live_leave(&w->server->live, w->index);
    return more;
}
