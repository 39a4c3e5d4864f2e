/* A host name's address without blocking the event loop: a short-lived thread asks the
 * system (getaddrinfo, so /etc/hosts and nsswitch.conf hold). Loop thread only; libevent
 * must have its threads (evthread_use_pthreads). */
#ifndef STORE_RESOLVE_H
#define STORE_RESOLVE_H

#include <event2/event.h>

#define RESOLVE_IP_BYTES 46

struct resolve;

/* Exactly one of ip and why is set; valid during the call. The resolve is over and freed
 * when it returns. */
typedef void (*resolve_fn)(void *arg, const char *ip, const char *why);

/* Ask. Of several addresses the turn-th, round and round. fn is called from the loop,
 * never from here. */
struct resolve *resolve_start(struct event_base *base, const char *host, unsigned turn,
                              resolve_fn fn, void *arg);
/* fn will not be called; the thread ends when the system lets it. */
void resolve_cancel(struct resolve *x);
/* Whether s is an address already. */
int resolve_is_ip(const char *s);

#endif
