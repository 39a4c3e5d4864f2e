#include "daemon/store/resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"

struct resolve {
    pthread_mutex_t lock; /* of told, refs */
    struct event *told;   /* NULL once canceled */
    unsigned refs;        /* owner and thread */
    char *host;
    unsigned turn;
    resolve_fn fn;
    void *arg;
    char ip[RESOLVE_IP_BYTES]; /* written by the thread before it activates told */
    const char *why;
};

int resolve_is_ip(const char *s)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, s, bytes) == 1 || inet_pton(AF_INET6, s, bytes) == 1;
}

static void drop(struct resolve *x)
{
    pthread_mutex_lock(&x->lock);
    bool last = --x->refs == 0;
    pthread_mutex_unlock(&x->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&x->lock);
    free(x->host);
    free(x);
}

static void take(struct resolve *x, const struct addrinfo *all)
{
    unsigned n = 0, at;
    for (const struct addrinfo *a = all; a; a = a->ai_next)
        n++;
    at = n ? x->turn % n : 0;
    while (all && at--)
        all = all->ai_next;
    if (!all || getnameinfo(all->ai_addr, all->ai_addrlen, x->ip, sizeof x->ip, NULL, 0,
                            NI_NUMERICHOST) != 0)
        x->why = "it has no address";
}

static void *run(void *arg)
{
    struct resolve *x = arg;
    struct addrinfo *all = NULL;
    const struct addrinfo want = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    int rc = getaddrinfo(x->host, NULL, &want, &all);
    if (rc == 0)
        take(x, all);
    else
        x->why = gai_strerror(rc);
    if (all)
        freeaddrinfo(all);
    pthread_mutex_lock(&x->lock);
    if (x->told)
        event_active(x->told, 0, 0);
    pthread_mutex_unlock(&x->lock);
    drop(x);
    return NULL;
}

static void on_told(evutil_socket_t fd, short what, void *arg)
{
    struct resolve *x = arg;
    (void)fd;
    (void)what;
    x->fn(x->arg, x->why ? NULL : x->ip, x->why);
    resolve_cancel(x);
}

static bool start_thread(struct resolve *x)
{
    pthread_t thread;
    pthread_attr_t attr;
    sigset_t all, before;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int rc = pthread_create(&thread, &attr, run, x);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return rc == 0;
}

struct resolve *resolve_start(struct event_base *base, const char *host, unsigned turn,
                              resolve_fn fn, void *arg)
{
    struct resolve *x = rf_mem_calloc(1, sizeof *x);
    pthread_mutex_init(&x->lock, NULL);
    x->turn = turn;
    x->fn = fn;
    x->arg = arg;
    x->refs = 2;
    x->host = strdup(host);
    x->told = event_new(base, -1, 0, on_told, x);
    if (!x->told || !x->host)
        rf_mem_die(sizeof *x);
    if (!start_thread(x)) {
        x->refs = 1;
        x->why = "no thread to ask for its address";
        event_active(x->told, 0, 0);
    }
    return x;
}

void resolve_cancel(struct resolve *x)
{
    pthread_mutex_lock(&x->lock);
    event_free(x->told);
    x->told = NULL;
    pthread_mutex_unlock(&x->lock);
    drop(x);
}
