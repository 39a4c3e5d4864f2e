/* Commands to Redis from one thread's event loop: a server, a Sentinel set or a Cluster,
 * whichever the address names. Nothing here blocks and nothing is ever sent twice: a
 * command whose reply is lost is told so, and its owner knows whether that matters.
 *
 * One thread: that of the event base. Connections have deadlines of their own, reconnect
 * with jittered back-off, and stop trying for a while after repeated failures. */
#ifndef STORE_REDIS_H
#define STORE_REDIS_H

#include <stdint.h>

#include <event2/event.h>
#include <hiredis/hiredis.h>

#include "lib/base/error.h"
#include "lib/base/str.h"

struct redis;

struct redis_options {
    struct rf_str address;        /* "redis://[USER@]HOST[:PORT][/DB]",
                                     "unix://[USER@]/PATH[?db=N]",
                                     "redis+sentinel://[USER@]H:P,H:P/MASTER[/DB]",
                                     "redis+cluster://[USER@]H:P,H:P" */
    struct rf_str password_file;  /* read at each sign-in; empty: none */
    struct rf_str name;           /* for CLIENT SETNAME; empty: none */
    int64_t connect_ms, reply_ms; /* deadlines; a late reply ends its connection */
    size_t max_pending;           /* commands in flight, over all servers */
    size_t max_pending_bytes;     /* of their arguments */
};

/* What the owner is told, from the event loop; texts are for people, printable. */
struct redis_watch {
    void (*up)(void *arg);
    /* Why; told again by each further attempt that fails. All in flight to the server
     * that is away has been told. */
    void (*down)(void *arg, const char *why);
    /* A command was answered by this error, "OOM ...", besides telling its owner. */
    void (*refused)(void *arg, const char *error);
    void *arg;
};

/* The reply, valid during the call (errors are REDIS_REPLY_ERROR); NULL: lost. Then
 * nobody knows whether the command ran, may yet run, or never will. Called exactly once
 * for each command taken. */
typedef void (*redis_fn)(void *arg, const redisReply *reply);

/* Whether the address can be used; else *why for people. */
int redis_check_address(struct rf_str address, const char **why) RF_MUST_CHECK;

/* Begins to connect. Copies the options. NULL: the address cannot be used. */
struct redis *redis_new(struct event_base *base, const struct redis_options *options,
                        const struct redis_watch *watch);
/* Every command in flight is told it is lost. */
void redis_free(struct redis *r);

/* One server can be asked; of a Cluster: the slots are known and all are served. */
bool redis_up(const struct redis *r);
size_t redis_pending(const struct redis *r);
/* How often max_pending was met. */
uint64_t redis_refused(const struct redis *r);

/* Send a command to the server that holds `key` (empty: to any). False: not taken, since
 * that server is away, or max_pending or its bytes are reached; fn is then not called. A
 * Cluster's MOVED, ASK and TRYAGAIN are followed. fn may be NULL. */
bool redis_send(struct redis *r, struct rf_str key, redis_fn fn, void *arg, int argc,
                const struct rf_str *argv);

/* Send a command to every server that holds data. The number of those that took it: fn is
 * called so often. */
unsigned redis_send_each(struct redis *r, redis_fn fn, void *arg, int argc,
                         const struct rf_str *argv);

/* A Lua script, sent by its hash where the server has it. All keys must be in the slot of
 * the first, and every access by the script must be to its keys. At most 64 of them;
 * static, of one store thread. */
struct redis_script {
    const char *lua;
    char sha[41]; /* filled at first use */
};
bool redis_run(struct redis *r, struct redis_script *script, redis_fn fn, void *arg,
               int nkeys, const struct rf_str *keys, int nargs,
               const struct rf_str *args);

#endif
