#include "daemon/ops/control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int dial(const char *path, const char **why)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if ((size_t)snprintf(a.sun_path, sizeof a.sun_path, "%s", path) >=
        sizeof a.sun_path) {
        *why = "path too long for a socket";
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
        return fd;
    *why = strerror(errno);
    if (fd >= 0)
        close(fd);
    return -1;
}

static int send_all(int fd, struct rf_str s, const char **why)
{
    while (s.n) {
        ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            *why = strerror(errno);
            return RF_ERR_IO;
        }
        s = rf_str_sub(s, (size_t)n);
    }
    return RF_OK;
}

/* A connection on which the request was sent; or an error. */
static int send_request(const char *path, struct rf_str json, const char **why)
{
    int fd = dial(path, why);
    if (fd < 0)
        return RF_ERR_NOENT;
    int rc = send_all(fd, json, why);
    if (rc == RF_OK)
        rc = send_all(fd, RF_STR("\n"), why);
    if (rc == RF_OK)
        return fd;
    close(fd);
    return rc;
}

/* Read up to the first line end; what is behind it is not expected. */
static int receive_line(int fd, int64_t until_ms, struct rf_buf *reply, const char **why)
{
    size_t begin = reply->n;
    while (reply->n - begin < CONTROL_MAX_REPLY) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = until_ms - now_ms();
        int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0) {
            *why = ready == 0 ? "no answer in time" : strerror(errno);
            return RF_ERR_IO;
        }
        char *at = rf_buf_reserve(reply, 65536);
        ssize_t n = recv(fd, at, 65536, 0);
        if (n <= 0) {
            *why = n == 0 ? "closed without an answer" : strerror(errno);
            return RF_ERR_IO;
        }
        const char *end = memchr(at, '\n', (size_t)n);
        reply->n += (size_t)(end ? end - at : n);
        if (end)
            return RF_OK;
    }
    *why = "answer too long";
    return RF_ERR_LIMIT;
}

int control_request(const char *path, struct rf_str json, int timeout_ms,
                    struct rf_buf *reply, const char **why)
{
    int64_t until_ms = now_ms() + timeout_ms;
    int fd = send_request(path, json, why);
    if (fd < 0)
        return fd;
    int rc = receive_line(fd, until_ms, reply, why);
    close(fd);
    return rc;
}

/* Tell of the whole lines in b; what is left stays. False: enough. */
static bool tell_lines(struct rf_buf *b, control_line_fn fn, void *arg)
{
    size_t at = 0;
    bool more = true;
    for (const char *end; more && (end = memchr(b->p + at, '\n', b->n - at));) {
        size_t n = (size_t)(end - b->p) - at;
        more = fn(arg, rf_str(b->p + at, n));
        at += n + 1;
    }
    memmove(b->p, b->p + at, b->n - at);
    b->n -= at;
    return more;
}

static int receive_lines(int fd, control_line_fn fn, void *arg, const char **why)
{
    struct rf_buf b;
    ssize_t n;
    int rc = RF_OK;
    rf_buf_init(&b);
    for (;;) {
        n = recv(fd, rf_buf_reserve(&b, 65536), 65536, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        b.n += (size_t)n;
        if (!tell_lines(&b, fn, arg))
            break;
    }
    if (n < 0) {
        *why = strerror(errno);
        rc = RF_ERR_IO;
    }
    rf_buf_fini(&b);
    return rc;
}

int control_stream(const char *path, struct rf_str json, control_line_fn fn, void *arg,
                   const char **why)
{
    int fd = send_request(path, json, why);
    if (fd < 0)
        return fd;
    int rc = receive_lines(fd, fn, arg, why);
    close(fd);
    return rc;
}
