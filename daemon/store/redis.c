#include "daemon/store/redis_inner.h"

#include <stdlib.h>

#include "daemon/store/slot.h"
#include "lib/base/mem.h"

#define ERROR_BYTES 200

int redis_check_address(struct rf_str address, const char **why)
{
    struct url u;
    return url_parse(&u, address, why);
}

/* ---- answers ------------------------------------------------------------------- */

void redis_finish(struct redis *r, struct request *q, const redisReply *reply)
{
    r->pending--;
    r->bytes -= q->bytes;
    if (q->fn)
        q->fn(q->arg, reply);
    request_free(q);
}

/* The server will say so to every command: another connection may lead to another. */
static bool ends_connection(const redisReply *reply)
{
    static const char *const words[] = {"READONLY", "LOADING", "MASTERDOWN", "NOAUTH"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (reply_is_error(reply, words[i]))
            return true;
    return false;
}

static void on_error(struct redis *r, struct link *l, const redisReply *reply)
{
    char text[ERROR_BYTES];
    reply_text(reply, text, sizeof text);
    if (ends_connection(reply))
        link_cut(l, text);
    else if (r->watch.refused)
        r->watch.refused(r->watch.arg, text);
}

static void on_done(struct request *q, struct link *l, const redisReply *reply)
{
    struct redis *r = q->owner;
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        if (q->script && reply_is_error(reply, "NOSCRIPT")) {
            link_forget_scripts(l);
            if (link_send(l, q))
                return;
        }
        if (r->kind->again && r->kind->again(r->self, q, l, reply))
            return;
        on_error(r, l, reply);
    }
    redis_finish(r, q, reply);
}

/* ---- commands ------------------------------------------------------------------ */

static void address(struct redis *r, struct request *q, redis_fn fn, void *arg)
{
    q->done = on_done;
    q->owner = r;
    q->fn = fn;
    q->arg = arg;
    q->slot = SLOTS;
}

static void take(struct redis *r, size_t bytes)
{
    r->pending++;
    r->bytes += bytes;
}

static bool send_request(struct redis *r, struct request *q, struct rf_str key,
                         redis_fn fn, void *arg)
{
    address(r, q, fn, arg);
    q->slot = key.n ? slot_of(key) : SLOTS;
    size_t bytes = q->bytes;
    bool sent = r->kind->send(r->self, q);
    if (sent)
        take(r, bytes);
    else
        request_free(q);
    return sent;
}

/* The limit counts as a refusal only where the servers could have been asked. */
static bool has_room(struct redis *r)
{
    if (r->pending < r->max_pending && r->bytes < r->max_bytes)
        return true;
    r->refused++;
    return false;
}

bool redis_send(struct redis *r, struct rf_str key, redis_fn fn, void *arg, int argc,
                const struct rf_str *argv)
{
    return has_room(r) && send_request(r, request_new(argc, argv, 0, NULL), key, fn, arg);
}

unsigned redis_send_each(struct redis *r, redis_fn fn, void *arg, int argc,
                         const struct rf_str *argv)
{
    struct link *l;
    unsigned n = 0;
    for (unsigned i = 0; (l = r->kind->server(r->self, i)); i++) {
        struct request *q = request_new(argc, argv, 0, NULL);
        address(r, q, fn, arg);
        size_t bytes = q->bytes;
        bool sent = link_send(l, q);
        if (sent)
            take(r, bytes);
        else
            request_free(q);
        n += sent;
    }
    return n;
}

bool redis_run(struct redis *r, struct redis_script *script, redis_fn fn, void *arg,
               int nkeys, const struct rf_str *keys, int nargs, const struct rf_str *args)
{
    if (!has_room(r))
        return false;
    struct request *q = request_new(nkeys, keys, nargs, args);
    q->script = script;
    q->nkeys = nkeys;
    return send_request(r, q, nkeys ? keys[0] : RF_STR(""), fn, arg);
}

/* ---- the whole ----------------------------------------------------------------- */

void redis_is_up(struct redis *r)
{
    if (r->up)
        return;
    r->up = true;
    if (r->watch.up)
        r->watch.up(r->watch.arg);
}

void redis_is_down(struct redis *r, const char *why)
{
    r->up = false;
    if (r->watch.down)
        r->watch.down(r->watch.arg, why);
}

bool redis_up(const struct redis *r)
{
    return r->up;
}

size_t redis_pending(const struct redis *r)
{
    return r->pending;
}

uint64_t redis_refused(const struct redis *r)
{
    return r->refused;
}

static struct rf_str copy(char **owned, struct rf_str s)
{
    *owned = rf_mem_alloc(s.n + 1);
    if (s.n)
        memcpy(*owned, s.p, s.n);
    (*owned)[s.n] = 0;
    return rf_str(*owned, s.n);
}

struct redis *redis_new(struct event_base *base, const struct redis_options *options,
                        const struct redis_watch *watch)
{
    static const struct redis_kind *const kinds[] = {
        [URL_ONE] = &redis_standalone,
        [URL_SENTINEL] = &redis_sentinel,
        [URL_CLUSTER] = &redis_cluster,
    };
    const char *why;
    struct redis *r = rf_mem_calloc(1, sizeof *r);
    if (url_parse(&r->url, options->address, &why) != RF_OK) {
        free(r);
        return NULL;
    }
    r->base = base;
    r->watch = *watch;
    r->max_pending = options->max_pending;
    r->max_bytes = options->max_pending_bytes;
    r->link = (struct link_options){
        .user = rf_str_of(r->url.user),
        .password_file = copy(&r->password_file, options->password_file),
        .name = copy(&r->name, options->name),
        .db = r->url.db,
        .connect_ms = options->connect_ms,
        .reply_ms = options->reply_ms,
    };
    r->kind = kinds[r->url.kind];
    r->self = r->kind->open(r);
    return r;
}

void redis_free(struct redis *r)
{
    if (!r)
        return;
    r->up = false;
    r->watch = (struct redis_watch){0};
    r->kind->close(r->self);
    free(r->password_file);
    free(r->name);
    free(r);
}
