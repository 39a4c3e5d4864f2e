/* Parts of a link: link.c (states, deadlines), link_io.c (hiredis on libevent),
 * link_shake.c (signing in). Private to them. */
#ifndef STORE_LINK_INNER_H
#define STORE_LINK_INNER_H

#include <hiredis/async.h>

#include "daemon/store/link.h"
#include "daemon/store/resolve.h"

#define LINK_SCRIPTS 64

enum link_state {
    LINK_WAIT,    /* for the next attempt: timer */
    LINK_LOCATE,  /* the watch looks for the address */
    LINK_RESOLVE, /* the system looks for the name's address */
    LINK_SHAKE,   /* connecting and signing in: timer is the deadline */
    LINK_UP,      /* timer looks at deadlines and sends PING */
};

struct link {
    struct event_base *base;
    const struct link_options *o;
    struct link_watch watch;
    char path[URL_PATH_BYTES];
    struct url_host host;
    enum link_state state;
    redisAsyncContext *ac;   /* SHAKE and UP only */
    struct resolve *resolve; /* RESOLVE only */
    struct event *timer, *told;
    bool told_up;
    /* Sent and not answered, oldest first. Of the ac before, while hiredis is about to
     * end it: then ac is NULL. */
    struct request *first, **last;
    int64_t up_ms;
    unsigned answers; /* since then */
    unsigned failures, attempts;
    struct {
        struct redis_script *script;
        bool ready; /* the server has answered SCRIPT LOAD */
    } scripts[LINK_SCRIPTS];
    unsigned nscripts;
    char why[LINK_WHY_BYTES];
};

/* End what is under way and wait; why gets the server's name before it. */
void link_end(struct link *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* link_io.c: open the socket to ip (or path). False: link_end was called. */
bool link_io_open(struct link *l, const char *ip);
void link_io_close(struct link *l);
/* Write the command and put the request behind those in flight. */
bool link_io_send(struct link *l, struct request *q, int argc, const struct rf_str *argv);
/* Bytes lie ready to be read. */
bool link_io_readable(const struct link *l);

/* link_shake.c: sign in on a connection that is being opened. */
void link_shake(struct link *l);
/* A command of the link's own; what is asked, for people: a static text. */
void link_ask(struct link *l, redis_done done, const char *what, int argc,
              const struct rf_str *argv);
/* Everything was answered well. */
void link_ready(struct link *l);

#endif
