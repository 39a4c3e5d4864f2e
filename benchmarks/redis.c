#include "benchmarks/redis.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "benchmarks/clock.h"
#include "benchmarks/table.h"
#include "lib/base/mem.h"

extern char **environ;

enum { PIECE_BYTES = 1 << 16, WAIT_US = 20000, TRIES = 250 };

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    return a;
}

static int dial(const char *path)
{
    struct sockaddr_un a = address_of(path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

pid_t redis_start(const char *path)
{
    pid_t pid;
    posix_spawn_file_actions_t actions;
    char *const argv[] = {(char *)"redis-server",
                          (char *)"--port",
                          (char *)"0",
                          (char *)"--unixsocket",
                          (char *)path,
                          (char *)"--save",
                          (char *)"",
                          (char *)"--loglevel",
                          (char *)"warning",
                          NULL};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    int rc = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    for (int tries = 0; rc == 0 && tries < TRIES; tries++) {
        int fd = dial(path);
        if (fd >= 0) {
            close(fd);
            return pid;
        }
        usleep(WAIT_US);
    }
    table_say("redis-server did not come up");
    return 0;
}

void redis_stop(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
}

/* ---- the relay ---- */

struct piece { /* of replies, on its way */
    struct piece *next;
    uint64_t due_ns;
    size_t n;
    char bytes[];
};

static bool write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, p, n);
        if (w <= 0)
            return false;
        p += w;
        n -= (size_t)w;
    }
    return true;
}

/* False: the connection has ended. */
static bool hold_reply(int server, struct piece ***last, int ms)
{
    struct piece *p = rf_mem_alloc(sizeof *p + PIECE_BYTES);
    ssize_t n = read(server, p->bytes, PIECE_BYTES);
    p->n = n > 0 ? (size_t)n : 0;
    p->next = NULL;
    p->due_ns = clock_wall_ns() + (uint64_t)ms * 1000000;
    **last = p;
    *last = &p->next;
    return n > 0;
}

static bool pass_replies(int client, struct piece **first, struct piece ***last)
{
    bool good = true;
    for (struct piece *p; good && (p = *first) && p->due_ns <= clock_wall_ns();) {
        good = write_all(client, p->bytes, p->n);
        *first = p->next;
        if (!*first)
            *last = first;
        free(p);
    }
    return good;
}

/* One connection for its life: commands at once, replies late. */
static void relay(int client, int server, int ms)
{
    static char in[PIECE_BYTES];
    struct piece *first = NULL, **last = &first;
    struct pollfd fds[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    for (bool good = true; good;) {
        poll(fds, 2, first ? 1 : 1000);
        if (fds[0].revents) {
            ssize_t n = read(client, in, sizeof in);
            good = n > 0 && write_all(server, in, (size_t)n);
        }
        if (good && fds[1].revents)
            good = hold_reply(server, &last, ms);
        good = good && pass_replies(client, &first, &last);
    }
}

pid_t redis_start_slow(const char *path, const char *server, int ms)
{
    struct sockaddr_un a = address_of(path);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&a, sizeof a) != 0 || listen(listener, 4) != 0)
        abort();
    pid_t pid = fork();
    if (pid != 0) {
        close(listener);
        return pid;
    }
    signal(SIGPIPE, SIG_IGN);
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; close(fd)) {
        int to = dial(server);
        if (to >= 0)
            relay(fd, to, ms);
        close(to);
    }
    _exit(0);
}
