#include "benchmarks/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "benchmarks/clock.h"
#include "lib/base/mem.h"

#define IN_BYTES (1 << 18)
#define PENDING_BYTES (1 << 20) /* made and not yet taken */
#define PATIENCE_MS 20000       /* without any progress */
#define IDLE_NS 1000000         /* longest sleep of the open loop */

/* ---- sockets ---- */

static struct sockaddr_un unix_address(const struct server *s)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%s", s->socket);
    return a;
}

static int connect_tcp(const struct server *s)
{
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons(s->port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
        return fd;
    close(fd);
    return -1;
}

int stream_connect(const struct server *s, bool tcp)
{
    if (tcp)
        return connect_tcp(s);
    struct sockaddr_un a = unix_address(s);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
        return fd;
    close(fd);
    return -1;
}

int stream_listen(const struct server *s)
{
    struct sockaddr_un a = unix_address(s);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 8) != 0)
        abort();
    return fd;
}

/* ---- one connection ---- */

struct stream {
    int fd;
    char *in;
    size_t answered, late;
};

static void open_stream(struct stream *st, const struct server *s, bool tcp)
{
    *st = (struct stream){.fd = stream_connect(s, tcp), .in = rf_mem_alloc(IN_BYTES)};
    if (st->fd < 0)
        abort();
    fcntl(st->fd, F_SETFL, O_NONBLOCK);
}

static void close_stream(struct stream *st)
{
    close(st->fd);
    free(st->in);
}

/* Bytes taken of those offered. */
static size_t offer(struct stream *st, const char *p, size_t n)
{
    ssize_t w = n ? send(st->fd, p, n, MSG_NOSIGNAL) : 0;
    return w > 0 ? (size_t)w : 0;
}

/* Read what is there: bytes of whole and cut lines in st->in. */
static size_t take(struct stream *st)
{
    ssize_t n = recv(st->fd, st->in, IN_BYTES, 0);
    return n > 0 ? (size_t)n : 0;
}

static size_t count_lines(const char *p, size_t n)
{
    size_t lines = 0;
    for (const char *end = p + n; (p = memchr(p, '\n', (size_t)(end - p))); p++)
        lines++;
    return lines;
}

size_t stream_all(const struct server *s, bool tcp, struct rf_str lines)
{
    struct stream st;
    size_t at = 0, want = count_lines(lines.p, lines.n);
    open_stream(&st, s, tcp);
    while (st.answered < want) {
        struct pollfd p = {st.fd, (short)(POLLIN | (at < lines.n ? POLLOUT : 0)), 0};
        if (poll(&p, 1, PATIENCE_MS) <= 0)
            break;
        if (p.revents & POLLOUT)
            at +=
                offer(&st, lines.p + at, lines.n - at < 1 << 17 ? lines.n - at : 1 << 17);
        if (p.revents & (POLLIN | POLLHUP)) {
            size_t n = take(&st);
            if (n == 0)
                break;
            st.answered += count_lines(st.in, n);
        }
    }
    close_stream(&st);
    return st.answered;
}

/* ---- open loop ---- */

struct loop {
    const struct stream_load *load;
    struct stream_result *out;
    struct stream stream;
    struct rf_buf pending;
    size_t taken;       /* bytes of pending that are sent */
    struct rf_str rest; /* lines not used in this round */
    uint64_t began_ns;
    int64_t began_ms;   /* wall clock */
    size_t warm, total; /* records; warm: whose latencies are not kept */
    struct rf_buf line; /* of the answer being read, to look for lateness */
};

static double due_ns(const struct loop *l, size_t i)
{
    return (double)i * 1e9 / l->load->rate;
}

static void add_record(struct loop *l)
{
    if (l->rest.n == 0)
        l->rest = rf_buf_str(&l->load->work->traffic.lines);
    size_t n = (size_t)((const char *)memchr(l->rest.p, '\n', l->rest.n) - l->rest.p) + 1;
    if (l->load->deadline_ms) {
        int64_t due_ms = l->began_ms + (int64_t)(due_ns(l, l->out->sent) / 1e6);
        rf_buf_printf(&l->pending, "{\"deadline\":%lld,",
                      (long long)(due_ms + l->load->deadline_ms));
        rf_buf_add(&l->pending, l->rest.p + 1, n - 1);
    } else {
        rf_buf_add(&l->pending, l->rest.p, n);
    }
    l->rest = rf_str_sub(l->rest, n);
    l->out->sent++;
}

/* Make all that is due, and send what is taken. */
static void feed(struct loop *l, double now_ns)
{
    if (l->taken == l->pending.n)
        l->taken = l->pending.n = 0;
    while (l->out->sent < l->total && l->pending.n < PENDING_BYTES &&
           due_ns(l, l->out->sent) <= now_ns)
        add_record(l);
    double lag = (now_ns - due_ns(l, l->out->sent)) / 1e6;
    if (l->out->sent < l->total && lag > l->out->lag_ms)
        l->out->lag_ms = lag;
    l->taken += offer(&l->stream, l->pending.p + l->taken, l->pending.n - l->taken);
}

static void note_answers(struct loop *l, size_t n)
{
    double now = (double)(clock_wall_ns() - l->began_ns);
    const char *p = l->stream.in, *end = p + n;
    while (p < end) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        rf_buf_add(&l->line, p, (size_t)((lf ? lf : end) - p));
        if (!lf)
            break;
        if (l->load->deadline_ms && memmem(l->line.p, l->line.n, "\"deadline\"", 10))
            l->out->late++;
        l->line.n = 0;
        if (l->out->answered >= l->warm && l->out->answered < l->total)
            l->out->ms[l->out->n++] = (now - due_ns(l, l->out->answered)) / 1e6;
        l->out->answered++;
        p = lf + 1;
    }
}

static int ascending(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}

/* Until replies come, or room where lines wait for it, or the next record is due. */
static void wait_for_next(const struct loop *l)
{
    bool full = l->taken < l->pending.n;
    double due = due_ns(l, l->out->sent) - (double)(clock_wall_ns() - l->began_ns);
    bool idle = full || l->out->sent == l->total;
    struct pollfd p = {l->stream.fd, (short)(POLLIN | (full ? POLLOUT : 0)), 0};
    struct timespec wait = {0, idle || due > IDLE_NS ? IDLE_NS : (long)due};
    if (idle || due > 0)
        ppoll(&p, 1, &wait, NULL);
}

static void run_loop(struct loop *l)
{
    uint64_t last = clock_wall_ns();
    while (l->out->answered < l->total) {
        uint64_t now = clock_wall_ns();
        feed(l, (double)(now - l->began_ns));
        size_t n = take(&l->stream);
        note_answers(l, n);
        last = n ? now : last;
        if (now - last > PATIENCE_MS * UINT64_C(1000000))
            break;
        if (n == 0)
            wait_for_next(l);
    }
}

void stream_open_loop(const struct server *s, const struct stream_load *load,
                      struct stream_result *out)
{
    struct timespec wall;
    struct loop l = {.load = load, .out = out};
    l.warm = (size_t)(load->rate * load->warm_s);
    l.total = l.warm + (size_t)(load->rate * load->seconds);
    *out = (struct stream_result){.ms = rf_mem_calloc(l.total + 1, sizeof *out->ms)};
    rf_buf_init(&l.pending);
    rf_buf_init(&l.line);
    open_stream(&l.stream, s, false);
    clock_gettime(CLOCK_REALTIME, &wall);
    l.began_ms = (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000;
    l.began_ns = clock_wall_ns();
    prctl(PR_SET_TIMERSLACK, 1); /* a sleep ends when it is to: not 50 us later */
    run_loop(&l);
    prctl(PR_SET_TIMERSLACK, 0);
    qsort(out->ms, out->n, sizeof *out->ms, ascending);
    close_stream(&l.stream);
    rf_buf_fini(&l.pending);
    rf_buf_fini(&l.line);
}

struct stream_result stream_join(const struct stream_result *r, size_t n)
{
    struct stream_result all = {0};
    for (size_t i = 0; i < n; i++)
        all.n += r[i].n;
    all.ms = rf_mem_calloc(all.n + 1, sizeof *all.ms);
    all.n = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(all.ms + all.n, r[i].ms, r[i].n * sizeof *all.ms);
        all.n += r[i].n;
    }
    qsort(all.ms, all.n, sizeof *all.ms, ascending);
    return all;
}

double stream_quantile(const struct stream_result *r, double share)
{
    size_t i = (size_t)(share * (double)r->n);
    return r->n ? r->ms[i < r->n ? i : r->n - 1] : 0;
}
