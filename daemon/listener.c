#include "daemon/listener.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/address.h"
#include "daemon/ops/log.h"
#include "daemon/worker.h"
#include "lib/base/mem.h"

#define BACKLOG 512
#define PAUSE_MS 100         /* when no socket can be had */
#define PROBLEM_FOR_MS 60000 /* how long refused connections are a problem */

struct listener {
    struct server *server;
    struct rf_str address;
    struct feed *feed;
    struct evconnlistener *events;
    struct event *resume;
    struct socket_file file;
    unsigned next; /* worker */
};

/* A socket file that nobody listens on is left of a daemon that was killed. */
static bool is_stale(const struct address *a)
{
    struct stat st;
    if (lstat(a->sa.un.sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool refused = connect(fd, &a->sa.any, a->len) != 0 && errno == ECONNREFUSED;
    close(fd);
    return refused;
}

/* Owner and group may connect. */
static int bind_unix(int fd, const struct address *a)
{
    mode_t before = umask(0117);
    int rc = bind(fd, &a->sa.any, a->len);
    if (rc != 0 && errno == EADDRINUSE) {
        if (is_stale(a) && unlink(a->sa.un.sun_path) == 0)
            rc = bind(fd, &a->sa.any, a->len);
        else
            errno = EADDRINUSE;
    }
    umask(before);
    return rc;
}

static int bind_tcp(int fd, const struct address *a)
{
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return bind(fd, &a->sa.any, a->len);
}

static void note_file(struct socket_file *file, const struct address *a)
{
    struct stat st;
    file->path[0] = 0;
    if (a->sa.any.sa_family != AF_UNIX || stat(a->sa.un.sun_path, &st) != 0)
        return;
    memcpy(file->path, a->sa.un.sun_path, sizeof file->path);
    file->dev = st.st_dev;
    file->ino = st.st_ino;
}

int listener_socket(struct rf_str address, struct socket_file *file, const char **why)
{
    struct address a;
    if (address_parse(&a, address, why) != RF_OK)
        return -1;
    int family = a.sa.any.sa_family;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && (family == AF_UNIX ? bind_unix(fd, &a) : bind_tcp(fd, &a)) == 0 &&
        listen(fd, BACKLOG) == 0) {
        note_file(file, &a);
        return fd;
    }
    *why = strerror(errno);
    if (fd >= 0)
        close(fd);
    return -1;
}

void socket_file_remove(const struct socket_file *file)
{
    struct stat st;
    if (file->path[0] && lstat(file->path, &st) == 0 && st.st_dev == file->dev &&
        st.st_ino == file->ino)
        unlink(file->path);
}

static void refuse(struct server *s, int fd)
{
    static struct log_limit limit;
    close(fd);
    stats_add(&s->stats.connections_refused_total, 1);
    problem_set(&s->problems, PROBLEM_CONNECTIONS_REFUSED, PROBLEM_FOR_MS,
                "feed.max_connections is %llu",
                (unsigned long long)s->config.max_connections);
    log_limited(&limit, LOG_WARNING,
                "connection refused: feed.max_connections (%llu) are open",
                (unsigned long long)s->config.max_connections);
}

static void on_accept(struct evconnlistener *events, evutil_socket_t fd,
                      struct sockaddr *peer, int len, void *arg)
{
    struct listener *l = arg;
    struct server *s = l->server;
    int on = 1;
    (void)events;
    (void)len;
    if (atomic_load(&s->connections) >= s->config.max_connections) {
        refuse(s, fd);
        return;
    }
    if (peer->sa_family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    atomic_fetch_add(&s->connections, 1);
    stats_add(&s->stats.connections_total, 1);
    worker_give(s->workers[l->next++ % s->nworkers], fd, l->feed);
}

/* No descriptor is to be had: rest a little instead of trying in a circle. */
static void on_error(struct evconnlistener *events, void *arg)
{
    static struct log_limit limit;
    struct listener *l = arg;
    struct timeval pause = {.tv_usec = PAUSE_MS * 1000};
    log_limited(&limit, LOG_ERROR, "%.*s: cannot accept: %s", RF_STR_FMT(l->address),
                strerror(errno));
    evconnlistener_disable(events);
    event_add(l->resume, &pause);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
    struct listener *l = arg;
    (void)fd;
    (void)what;
    evconnlistener_enable(l->events);
}

struct listener *listener_open(struct server *s, struct rf_str address, const char **why)
{
    struct socket_file file;
    int fd = listener_socket(address, &file, why);
    if (fd < 0)
        return NULL;
    struct listener *l = rf_mem_calloc(1, sizeof *l);
    l->server = s;
    l->address = address;
    l->file = file;
    l->feed = feeds_get(&s->feeds, address);
    l->resume = event_new(s->base, -1, 0, on_resume, l);
    l->events = evconnlistener_new(s->base, on_accept, l,
                                   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    if (!l->resume || !l->events)
        rf_mem_die(sizeof *l);
    evconnlistener_set_error_cb(l->events, on_error);
    return l;
}

void listener_close(struct listener *l)
{
    if (!l)
        return;
    socket_file_remove(&l->file);
    evconnlistener_free(l->events);
    event_free(l->resume);
    free(l);
}
