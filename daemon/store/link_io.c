/* hiredis on libevent. It takes an answer that nobody asked for as its own mistake and
 * ends the process, so what is read is looked at before it is given to it. */
#include "daemon/store/link_inner.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "daemon/clock.h"
#include "lib/base/mem.h"

#define ARGS_ON_STACK 64

/* The events of one hiredis context, as long as it lives. */
struct io {
    struct link *l;
    redisAsyncContext *ac;
    struct event *read, *write;
};

/* ---- events -------------------------------------------------------------------- */

/* Between answers hiredis must not be given bytes. */
static bool unasked(const struct io *io)
{
    char byte;
    bool connected = io->ac->c.flags & REDIS_CONNECTED;
    return connected && !io->l->first &&
           recv(io->ac->c.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

static void on_read(evutil_socket_t fd, short what, void *arg)
{
    struct io *io = arg;
    (void)fd;
    (void)what;
    if (unasked(io))
        link_end(io->l, "it answers what was not asked");
    else
        redisAsyncHandleRead(io->ac);
}

static void on_write(evutil_socket_t fd, short what, void *arg)
{
    struct io *io = arg;
    (void)fd;
    (void)what;
    redisAsyncHandleWrite(io->ac);
}

static void add_read(void *arg)
{
    event_add(((struct io *)arg)->read, NULL);
}

static void del_read(void *arg)
{
    event_del(((struct io *)arg)->read);
}

static void add_write(void *arg)
{
    event_add(((struct io *)arg)->write, NULL);
}

static void del_write(void *arg)
{
    event_del(((struct io *)arg)->write);
}

static void clean_up(void *arg)
{
    struct io *io = arg;
    event_free(io->read);
    event_free(io->write);
    free(io);
}

static void attach(struct link *l, redisAsyncContext *ac)
{
    struct io *io = rf_mem_calloc(1, sizeof *io);
    io->l = l;
    io->ac = ac;
    io->read = event_new(l->base, ac->c.fd, EV_READ | EV_PERSIST, on_read, io);
    io->write = event_new(l->base, ac->c.fd, EV_WRITE, on_write, io);
    if (!io->read || !io->write)
        rf_mem_die(sizeof *io);
    ac->ev.addRead = add_read;
    ac->ev.delRead = del_read;
    ac->ev.addWrite = add_write;
    ac->ev.delWrite = del_write;
    ac->ev.cleanup = clean_up;
    ac->ev.data = io;
}

/* ---- the connection ------------------------------------------------------------ */

static void on_connect(const redisAsyncContext *ac, int status)
{
    struct link *l = ac->data;
    if (l->ac != ac || status == REDIS_OK)
        return;
    l->ac = NULL; /* hiredis frees it now */
    link_end(l, "%s", ac->c.errstr);
}

/* By then all in flight has been told. */
static void on_disconnect(const redisAsyncContext *ac, int status)
{
    struct link *l = ac->data;
    (void)status;
    if (l->ac != ac)
        return;
    l->ac = NULL;
    link_end(l, "%s", ac->c.errstr[0] ? ac->c.errstr : "the connection ended");
}

bool link_io_open(struct link *l, const char *ip)
{
    redisAsyncContext *ac =
        l->path[0] ? redisAsyncConnectUnix(l->path) : redisAsyncConnect(ip, l->host.port);
    if (!ac)
        rf_mem_die(sizeof *ac);
    if (ac->c.err) {
        link_end(l, "%s", ac->c.errstr);
        redisAsyncFree(ac);
        return false;
    }
    ac->data = l;
    l->ac = ac;
    attach(l, ac);
    redisAsyncSetConnectCallback(ac, on_connect);
    redisAsyncSetDisconnectCallback(ac, on_disconnect);
    return true;
}

void link_io_close(struct link *l)
{
    redisAsyncContext *ac = l->ac;
    l->ac = NULL;
    if (ac)
        redisAsyncFree(ac);
}

bool link_io_readable(const struct link *l)
{
    int n = 0;
    return l->ac && ioctl(l->ac->c.fd, FIONREAD, &n) == 0 && n > 0;
}

/* ---- commands ------------------------------------------------------------------ */

/* The last answer that is due has come, and more bytes stand behind it. */
static bool too_much(const struct link *l, const redisAsyncContext *ac)
{
    return !l->first && ac->c.reader->pos < ac->c.reader->len;
}

static void on_reply(redisAsyncContext *ac, void *reply, void *arg)
{
    struct link *l = ac->data;
    struct request *q = arg;
    l->answers += reply != NULL;
    l->first = q->next;
    if (!l->first)
        l->last = &l->first;
    if (reply && l->ac == ac && too_much(l, ac))
        link_end(l, "it answers what was not asked");
    q->done(q, l, l->ac == ac || !reply ? reply : NULL);
}

static void keep(struct link *l, struct request *q)
{
    q->next = NULL;
    q->sent_ms = clock_monotonic_ms();
    *l->last = q;
    l->last = &q->next;
}

bool link_io_send(struct link *l, struct request *q, int argc, const struct rf_str *argv)
{
    const char *on_stack[ARGS_ON_STACK], **v = on_stack;
    size_t lens_on_stack[ARGS_ON_STACK] = {0}, *n = lens_on_stack;
    if (argc > ARGS_ON_STACK) {
        v = rf_mem_calloc((size_t)argc, sizeof *v);
        n = rf_mem_calloc((size_t)argc, sizeof *n);
    }
    for (int i = 0; i < argc; i++) {
        v[i] = argv[i].p ? argv[i].p : "";
        n[i] = argv[i].n;
    }
    bool sent =
        l->ac && redisAsyncCommandArgv(l->ac, on_reply, q, argc, v, n) == REDIS_OK;
    if (sent)
        keep(l, q);
    if (argc > ARGS_ON_STACK) {
        free(v);
        free(n);
    }
    return sent;
}
