/* A Redis that does what a test wants: a thread that listens on loopback, reads commands
 * and answers with whatever bytes the test's function gives it. Signing in is answered as
 * a good master would, unless the function does. */
#ifndef TESTS_FAKE_REDIS_H
#define TESTS_FAKE_REDIS_H

#include <arpa/inet.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/buf.h"

#define FAKE_CONNECTIONS 16

struct fake;
/* Append the answer to this command. False: answered as usual. */
typedef bool (*fake_fn)(struct fake *f, const redisReply *command, struct rf_buf *out);

struct fake {
    fake_fn serve;
    const void *arg;
    _Atomic int mark;
    int listener, stop[2], port;
    pthread_t thread;
    _Atomic unsigned connections; /* so far */
    _Atomic unsigned commands;    /* besides signing in and PING */
    bool cut;                     /* serve: end the connection behind the answer */
    int fds[FAKE_CONNECTIONS];
    redisReader *readers[FAKE_CONNECTIONS];
};

static inline bool fake_is(const redisReply *command, size_t i, const char *word)
{
    return i < command->elements && strcmp(command->element[i]->str, word) == 0;
}

static inline bool fake_usual(const redisReply *c, struct rf_buf *out)
{
    if (fake_is(c, 0, "PING"))
        rf_buf_addz(out, "+PONG\r\n");
    else if (fake_is(c, 0, "ROLE"))
        rf_buf_addz(out, "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n");
    else if (fake_is(c, 0, "CLIENT") || fake_is(c, 0, "AUTH") || fake_is(c, 0, "SELECT"))
        rf_buf_addz(out, "+OK\r\n");
    else
        return false;
    return true;
}

static inline void fake_close(struct fake *f, int i)
{
    close(f->fds[i]);
    redisReaderFree(f->readers[i]);
    f->fds[i] = -1;
}

static inline void fake_read(struct fake *f, int i)
{
    char bytes[65536];
    void *command = NULL;
    struct rf_buf out;
    ssize_t n = read(f->fds[i], bytes, sizeof bytes);
    if (n <= 0) {
        fake_close(f, i);
        return;
    }
    rf_buf_init(&out);
    f->cut = false;
    redisReaderFeed(f->readers[i], bytes, (size_t)n);
    while (!f->cut && redisReaderGetReply(f->readers[i], &command) == REDIS_OK &&
           command) {
        bool usual = !f->serve || !f->serve(f, command, &out);
        if (!usual || !fake_usual(command, &out))
            atomic_fetch_add(&f->commands, 1);
        freeReplyObject(command);
    }
    if (out.n)
        send(f->fds[i], out.p, out.n, MSG_NOSIGNAL);
    rf_buf_fini(&out);
    if (f->cut)
        fake_close(f, i);
}

static inline void fake_accept(struct fake *f)
{
    int fd = accept(f->listener, NULL, NULL);
    for (int i = 0; i < FAKE_CONNECTIONS; i++)
        if (f->fds[i] < 0) {
            f->fds[i] = fd;
            f->readers[i] = redisReaderCreate();
            atomic_fetch_add(&f->connections, 1);
            return;
        }
    close(fd);
}

static inline void *fake_run(void *arg)
{
    struct fake *f = arg;
    for (;;) {
        struct pollfd p[2 + FAKE_CONNECTIONS] = {{f->stop[0], POLLIN, 0},
                                                 {f->listener, POLLIN, 0}};
        for (int i = 0; i < FAKE_CONNECTIONS; i++)
            p[2 + i] = (struct pollfd){f->fds[i], POLLIN, 0};
        poll(p, 2 + FAKE_CONNECTIONS, -1);
        if (p[0].revents)
            return NULL;
        for (int i = 0; i < FAKE_CONNECTIONS; i++)
            if (p[2 + i].fd >= 0 && p[2 + i].revents)
                fake_read(f, i);
        if (p[1].revents)
            fake_accept(f);
    }
}

/* port 0: a free one. */
static inline void fake_start(struct fake *f, fake_fn serve, const void *arg)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t n = sizeof a;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *f = (struct fake){.serve = serve, .arg = arg};
    for (int i = 0; i < FAKE_CONNECTIONS; i++)
        f->fds[i] = -1;
    f->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(f->listener, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(f->listener, 16), 0);
    getsockname(f->listener, (struct sockaddr *)&a, &n);
    f->port = ntohs(a.sin_port);
    assert_int_equal(pipe(f->stop), 0);
    assert_int_equal(pthread_create(&f->thread, NULL, fake_run, f), 0);
}

static inline void fake_stop(struct fake *f)
{
    assert_int_equal(write(f->stop[1], "x", 1), 1);
    pthread_join(f->thread, NULL);
    for (int i = 0; i < FAKE_CONNECTIONS; i++)
        if (f->fds[i] >= 0)
            fake_close(f, i);
    close(f->listener);
    close(f->stop[0]);
    close(f->stop[1]);
}

#endif
