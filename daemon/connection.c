#include "daemon/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/batch.h"
#include "daemon/ops/log.h"
#include "daemon/worker.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/codec/codec.h"

#define KEEP_OUT_BYTES (1024 * 1024) /* a larger empty output buffer is given back */

static size_t waiting(const struct connection *c)
{
    return c->out.n - c->sent;
}

static struct timeval after_ms(int64_t ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

static void count_lost(struct connection *c)
{
    uint64_t lines = 0;
    for (size_t i = c->sent; i < c->out.n; i++)
        lines += c->out.p[i] == '\n';
    stats_add(&c->worker->stats.replies_lost_total, lines);
}

void connection_close(struct connection *c)
{
    struct worker *w = c->worker;
    count_lost(c);
    event_del(&c->readable);
    event_del(&c->writable);
    event_del(&c->again);
    event_del(&c->ack);
    close(c->fd);
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    atomic_fetch_sub(&c->feed->connections, 1);
    atomic_fetch_sub(&w->server->connections, 1);
    rf_buf_fini(&c->out);
    free(c->in);
    free(c);
    worker_closed_one(w);
}

/* Send what waits; false where the peer is gone. */
static bool flush(struct connection *c, bool *progress)
{
    while (waiting(c)) {
        ssize_t n = send(c->fd, c->out.p + c->sent, waiting(c), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        c->sent += (size_t)n;
        *progress = true;
    }
    c->written = c->answered;
    if (c->out.cap > KEEP_OUT_BYTES)
        rf_buf_fini(&c->out);
    c->out.n = c->sent = 0;
    return true;
}

/* All is sent: tell the peer, and give it time to take the last replies. Closing with
 * input unread would reset the connection and could destroy them on their way. False
 * where c is gone. */
static bool linger(struct connection *c)
{
    struct timeval t = after_ms(CONNECTION_LINGER_MS);
    event_del(&c->writable);
    event_del(&c->ack);
    if (c->eof || shutdown(c->fd, SHUT_WR) != 0) {
        connection_close(c);
        return false;
    }
    c->lingering = true;
    event_add(&c->readable, NULL);
    event_add(&c->again, &t);
    return true;
}

static void wait_for_peer(struct connection *c, bool progress)
{
    struct timeval stall = after_ms(c->worker->server->config.stall_ms);
    if (!waiting(c))
        event_del(&c->writable);
    else if (progress || !event_pending(&c->writable, EV_WRITE, NULL))
        event_add(&c->writable, &stall);
}

/* Decide what to wait for next. False where c is gone. */
static bool schedule(struct connection *c, bool progress)
{
    struct timeval at_once = {0, 0}, ack = after_ms(CONNECTION_ACK_MS);
    bool full = waiting(c) >= CONNECTION_OUT_MAX;
    if (c->ended && !waiting(c))
        return linger(c);
    wait_for_peer(c, progress);
    if (c->more && !full && !c->ended)
        event_add(&c->again, &at_once);
    if (c->eof || c->ended || c->more || full)
        event_del(&c->readable);
    else
        event_add(&c->readable, NULL);
    if (c->answered > c->acked && c->replies != RF_REPLIES_ALL &&
        !event_pending(&c->ack, EV_TIMEOUT, NULL))
        event_add(&c->ack, &ack);
    return true;
}

/* Judge the next batch, of at most so many lines. */
static void serve(struct connection *c, size_t most)
{
    c->more = batch_serve(c->worker, c, most);
    if (!c->more && (c->eof || c->worker->draining))
        c->ended = true;
    if (c->ended)
        connection_ack(c);
}

/* Judge a few batches. False where the peer is gone. */
static bool judge(struct connection *c, bool *progress)
{
    bool ok = true;
    c->more = true;
    for (unsigned i = 0; i < CONNECTION_BATCHES && ok && c->more && !c->ended &&
                         waiting(c) < CONNECTION_OUT_MAX;
         i++) {
        serve(c, c->portion < RF_LIMIT_BATCH ? c->portion : RF_LIMIT_BATCH);
        if (c->answered - c->written >= c->portion)
            ok = flush(c, progress);
    }
    return ok;
}

/* The end of a turn: send, schedule. False where c is gone. */
static bool finish(struct connection *c, bool ok, bool progress)
{
    if (ok && flush(c, &progress))
        return schedule(c, progress);
    connection_close(c);
    return false;
}

/* One turn with what was read: send, judge, send, schedule. False where c is gone. */
static bool step(struct connection *c)
{
    bool progress = false, ok = flush(c, &progress) && judge(c, &progress);
    return finish(c, ok, progress);
}

void connection_ack(struct connection *c)
{
    if (c->replies == RF_REPLIES_ALL || c->answered == c->acked)
        return;
    rf_ack_write(&c->out, c->answered);
    c->acked = c->answered;
}

/* Throw input away while lingering. */
static void discard(struct connection *c)
{
    ssize_t n = recv(c->fd, c->in, c->cap, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        connection_close(c);
}

/* Move what is not yet framed to the front, so that a longest line has room. */
static void compact(struct connection *c)
{
    if (c->begin)
        memmove(c->in, c->in + c->begin, c->end - c->begin);
    c->end -= c->begin;
    c->begin = 0;
}

static size_t portion(size_t bytes)
{
    size_t n = bytes / CONNECTION_PORTION_BYTES;
    return n < CONNECTION_PORTION_MIN   ? CONNECTION_PORTION_MIN
           : n > CONNECTION_PORTION_MAX ? CONNECTION_PORTION_MAX
                                        : n;
}

/* Read what has come. 0: nothing; below: the peer is gone. */
static int receive(struct connection *c)
{
    compact(c);
    ssize_t n = recv(c->fd, c->in + c->end, c->cap - c->end, 0);
    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
    c->eof = n == 0;
    c->end += (size_t)n;
    c->portion = portion(c->end);
    return 1;
}

static bool reads(const struct connection *c)
{
    return !c->more && !c->eof && !c->ended && waiting(c) < CONNECTION_OUT_MAX;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct connection *c = arg;
    bool progress = false;
    int got = 1;
    (void)fd;
    (void)what;
    if (c->lingering) {
        discard(c);
        return;
    }
    bool ok = flush(c, &progress);
    for (unsigned i = 0; i < CONNECTION_READS && ok && got > 0 && reads(c); i++) {
        got = receive(c);
        ok = got == 0 || (got > 0 && judge(c, &progress));
    }
    finish(c, ok, progress);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    static struct log_limit limit;
    struct connection *c = arg;
    (void)fd;
    if (what & EV_TIMEOUT) {
        stats_add(&c->worker->stats.connections_stalled_total, 1);
        log_limited(&limit, LOG_WARNING, "feed %.*s: closed, its replies are not taken",
                    RF_STR_FMT(c->feed->name));
        connection_close(c);
        return;
    }
    step(c);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
    struct connection *c = arg;
    (void)fd;
    (void)what;
    if (c->lingering)
        connection_close(c);
    else
        step(c);
}

static void on_ack(evutil_socket_t fd, short what, void *arg)
{
    struct connection *c = arg;
    (void)fd;
    (void)what;
    if (waiting(c) < CONNECTION_OUT_MAX)
        connection_ack(c);
    step(c);
}

void connection_drain(struct connection *c)
{
    if (!c->lingering)
        step(c);
}

static void assign_events(struct connection *c)
{
    struct event_base *base = c->worker->base;
    event_assign(&c->readable, base, c->fd, EV_READ | EV_PERSIST, on_readable, c);
    event_assign(&c->writable, base, c->fd, EV_WRITE | EV_PERSIST, on_writable, c);
    event_assign(&c->again, base, -1, 0, on_again, c);
    event_assign(&c->ack, base, -1, 0, on_ack, c);
}

void connection_open(struct worker *w, int fd, struct feed *feed)
{
    struct connection *c = rf_mem_calloc(1, sizeof *c);
    size_t max_line = w->server->config.settings.max_line;
    c->worker = w;
    c->fd = fd;
    c->feed = feed;
    c->cap = 2 * max_line;
    c->in = rf_mem_alloc(c->cap + RF_CODEC_PADDING); /* touched as lines come */
    rf_buf_init(&c->out);
    rf_frame_init(&c->frame, max_line);
    c->portion = CONNECTION_PORTION_MIN;
    c->next = w->connections;
    c->link = &w->connections;
    if (c->next)
        c->next->link = &c->next;
    w->connections = c;
    atomic_fetch_add(&feed->connections, 1);
    assign_events(c);
    event_add(&c->readable, NULL);
}
