/* One command on its way, with a copy of its arguments, since it may have to go another
 * way than the first (NOSCRIPT, MOVED). Store thread. */
#ifndef STORE_REQUEST_H
#define STORE_REQUEST_H

#include "daemon/store/redis.h"

struct link;

struct request;
typedef void (*redis_done)(struct request *q, struct link *l, const redisReply *reply);

struct request {
    struct request *next;
    /* Told once, with the reply or NULL; then the request is its owner's again. */
    redis_done done;
    void *owner;
    const char *what; /* asked by a link itself, for people */
    redis_fn fn;      /* what the owner's caller wants called */
    void *arg;
    struct redis_script *script;       /* NULL: argv is the whole command */
    int nkeys;                         /* of a script: the first of argv */
    uint16_t slot;                     /* of the key; SLOTS: any server */
    bool asking;                       /* a Cluster: ASKING goes before it */
    size_t bytes;                      /* of the arguments */
    unsigned tries;                    /* ways it was sent again */
    int64_t sent_ms, due_ms, until_ms; /* monotonic */
    int argc;
    struct rf_str argv[]; /* the bytes stand behind */
};

/* Copies a, then b, as the arguments. */
struct request *request_new(int na, const struct rf_str *a, int nb,
                            const struct rf_str *b);
void request_free(struct request *q);

/* Whether the reply is an error whose text begins with this word. */
bool reply_is_error(const redisReply *reply, const char *word);
/* Printable text of an error or other reply, for people. */
void reply_text(const redisReply *reply, char *out, size_t cap);

#endif
