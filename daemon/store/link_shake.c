/* Signing in, commands of the link's own, and how scripts are sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/files.h"
#include "daemon/store/link_inner.h"
#include "lib/base/mem.h"

#define PASSWORD_BYTES 4096

void link_ask(struct link *l, redis_done done, const char *what, int argc,
              const struct rf_str *argv)
{
    struct request *q = request_new(argc, argv, 0, NULL);
    q->done = done;
    q->what = what;
    if (!link_io_send(l, q, q->argc, q->argv))
        request_free(q);
}

/* ---- signing in ---------------------------------------------------------------- */

/* An answer that ends the attempt. */
static void refuse(struct link *l, const struct request *q, const redisReply *reply)
{
    char text[160];
    reply_text(reply, text, sizeof text);
    if (l->state == LINK_SHAKE)
        link_end(l, "%s: %s", q->what, text);
}

static void on_must(struct request *q, struct link *l, const redisReply *reply)
{
    if (reply && reply->type == REDIS_REPLY_ERROR)
        refuse(l, q, reply);
    request_free(q);
}

/* A user who may not do this is let be. */
static void on_may(struct request *q, struct link *l, const redisReply *reply)
{
    (void)reply;
    (void)l;
    request_free(q);
}

static void on_role(struct request *q, struct link *l, const redisReply *reply)
{
    bool list = reply && reply->type == REDIS_REPLY_ARRAY && reply->elements > 0;
    if (list && reply->element[0]->type == REDIS_REPLY_STRING &&
        strcmp(reply->element[0]->str, "master") != 0) {
        if (l->state == LINK_SHAKE)
            link_end(l, "it is a replica now, not the master");
    } else if (reply && !list && !reply_is_error(reply, "NOPERM")) {
        refuse(l, q, reply);
    }
    request_free(q);
}

static void on_ping(struct request *q, struct link *l, const redisReply *reply)
{
    if (reply && reply->type == REDIS_REPLY_ERROR && !reply_is_error(reply, "NOPERM"))
        refuse(l, q, reply);
    else if (reply && l->state == LINK_SHAKE)
        link_ready(l);
    request_free(q);
}

static void auth(struct link *l, struct rf_str password)
{
    const struct rf_str argv[] = {RF_STR("AUTH"), l->o->user, password};
    redis_done done = l->o->lenient ? on_may : on_must;
    const struct rf_str alone[] = {RF_STR("AUTH"), password};
    if (l->o->user.n)
        link_ask(l, done, "the sign-in is refused", 3, argv);
    else
        link_ask(l, done, "the sign-in is refused", 2, alone);
}

/* The first line of the file, read for each connection: a new one needs no restart. */
static bool send_password(struct link *l)
{
    const char *why = "";
    struct rf_buf b;
    rf_buf_init(&b);
    int rc = l->o->password_file.n
                 ? files_read(l->o->password_file.p, PASSWORD_BYTES, &b, &why)
                 : RF_OK;
    const char *end = b.n ? memchr(b.p, '\n', b.n) : NULL;
    size_t n = end ? (size_t)(end - b.p) : b.n;
    while (n && b.p[n - 1] == '\r')
        n--;
    if (rc == RF_OK && (n || l->o->user.n))
        auth(l, rf_str(b.p, n));
    if (b.cap)
        explicit_bzero(b.p, b.cap);
    rf_buf_fini(&b);
    if (rc != RF_OK)
        link_end(l, "counters.password_file: %s", why);
    return rc == RF_OK;
}

void link_shake(struct link *l)
{
    char db[16];
    int n = snprintf(db, sizeof db, "%u", l->o->db);
    const struct rf_str select[] = {RF_STR("SELECT"), {db, (size_t)n}};
    const struct rf_str name[] = {RF_STR("CLIENT"), RF_STR("SETNAME"), l->o->name};
    const struct rf_str role = RF_STR("ROLE"), ping = RF_STR("PING");
    if (!send_password(l))
        return;
    if (l->o->name.n)
        link_ask(l, on_may, NULL, 3, name);
    if (l->o->db)
        link_ask(l, on_must, "the database is refused", 2, select);
    if (l->o->master)
        link_ask(l, on_role, "its role is not known", 1, &role);
    link_ask(l, on_ping, "it is not ready", 1, &ping);
}

/* ---- scripts ------------------------------------------------------------------- */

static void on_loaded(struct request *q, struct link *l, const redisReply *reply)
{
    struct redis_script *script = q->arg;
    bool ok = reply && reply->type == REDIS_REPLY_STRING &&
              reply->len == sizeof script->sha - 1;
    for (unsigned i = 0; ok && i < l->nscripts; i++)
        if (l->scripts[i].script == script) {
            memcpy(script->sha, reply->str, reply->len + 1);
            l->scripts[i].ready = true;
        }
    request_free(q);
}

/* Whether the server knows the script; it is told at its first use. */
static bool has_script(struct link *l, struct redis_script *script)
{
    const struct rf_str load[] = {RF_STR("SCRIPT"), RF_STR("LOAD"),
                                  rf_str_of(script->lua)};
    for (unsigned i = 0; i < l->nscripts; i++)
        if (l->scripts[i].script == script)
            return l->scripts[i].ready;
    if (l->nscripts < LINK_SCRIPTS) {
        l->scripts[l->nscripts].script = script;
        l->scripts[l->nscripts++].ready = false;
        struct request *q = request_new(3, load, 0, NULL);
        q->done = on_loaded;
        q->arg = script;
        if (!link_io_send(l, q, 3, q->argv))
            request_free(q);
    }
    return false;
}

void link_forget_scripts(struct link *l)
{
    l->nscripts = 0;
}

static bool send_script(struct link *l, struct request *q)
{
    char keys[16];
    bool known = has_script(l, q->script);
    int n = snprintf(keys, sizeof keys, "%d", q->nkeys);
    struct rf_str *argv = rf_mem_calloc((size_t)q->argc + 3, sizeof *argv);
    argv[0] = known ? RF_STR("EVALSHA") : RF_STR("EVAL");
    argv[1] = rf_str_of(known ? q->script->sha : q->script->lua);
    argv[2] = rf_str(keys, (size_t)n);
    memcpy(argv + 3, q->argv, (size_t)q->argc * sizeof *argv);
    bool sent = link_io_send(l, q, q->argc + 3, argv);
    free(argv);
    return sent;
}

bool link_send(struct link *l, struct request *q)
{
    static const struct rf_str asking = RF_STR("ASKING");
    if (l->state != LINK_UP)
        return false;
    if (q->asking && q->script)
        has_script(l, q->script); /* nothing may come between ASKING and its command */
    if (q->asking)
        link_ask(l, on_may, NULL, 1, &asking);
    q->asking = false;
    return q->script ? send_script(l, q) : link_io_send(l, q, q->argc, q->argv);
}
