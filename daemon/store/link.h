/* One connection to one Redis, made again whenever it breaks: finds the address, signs
 * in, keeps deadlines, waits with jittered exponential back-off between attempts. While
 * nobody answers no command is let in, and only one attempt at a time is under way (the
 * circuit breaker); the waits shrink again only after the connection has held for a
 * while or given some answers, so one that breaks at once is tried ever less often.
 * Store thread; watch functions are called from the event loop, never from a call. */
#ifndef STORE_LINK_H
#define STORE_LINK_H

#include "daemon/store/request.h"
#include "daemon/store/url.h"

#define LINK_WHY_BYTES 256

/* Shared by all links of one redis; outlives them. */
struct link_options {
    struct rf_str user, password_file, name; /* each with a NUL behind, or empty */
    unsigned db;
    bool master;  /* the server must say ROLE master */
    bool lenient; /* it may know neither user nor password, as long as it answers */
    int64_t connect_ms, reply_ms;
};

struct link_watch {
    void (*up)(void *arg, struct link *l);
    /* It broke, or an attempt failed; all in flight has been told. */
    void (*down)(void *arg, struct link *l);
    /* An attempt needs the address: link_found or link_not_found answers, now or later.
     * NULL: it stays as it was given. */
    void (*locate)(void *arg, struct link *l);
    void *arg;
};

/* Begins to connect. Either path (a Unix socket) or host, or neither where locate. */
struct link *link_new(struct event_base *base, const struct link_options *options,
                      const char *path, const struct url_host *host,
                      const struct link_watch *watch);
/* All in flight is told it is lost; the watch is told nothing. Not from a reply. */
void link_free(struct link *l);

bool link_up(const struct link *l);
/* Why it is down, for people: with the server's name. */
const char *link_why(const struct link *l);
const struct url_host *link_host(const struct link *l);

void link_found(struct link *l, const struct url_host *host);
void link_not_found(struct link *l, const char *why);

/* Send it; false: the link is down, and the request is still the caller's. */
bool link_send(struct link *l, struct request *q);
/* End the connection; what is in flight is told it is lost soon. Also from a reply. */
void link_cut(struct link *l, const char *why);
/* The next attempt need not wait: something is new. */
void link_hurry(struct link *l);
/* The server no longer has what SCRIPT LOAD gave it. */
void link_forget_scripts(struct link *l);

#endif
