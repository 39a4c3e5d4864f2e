#include "daemon/ops/control_server.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/listener.h"
#include "daemon/loader.h"
#include "daemon/ops/control.h"
#include "daemon/ops/control_follow.h"
#include "daemon/ops/log.h"
#include "lib/base/mem.h"

#define IDLE_S 600

struct client {
    struct control *control;
    struct client *next, **link;
    struct bufferevent *bev;
    uint64_t ticket; /* of the load it waits for, 0: none */
    uint64_t later;  /* of the answer it waits for, 0: none */
    bool eof;
    struct follower *follower; /* is sent every event, and asks nothing more */
};

/* An answer made on another thread. */
struct late {
    struct late *next;
    uint64_t number;
    json_t *reply;
};

struct control {
    struct server *server;
    pthread_mutex_t lock; /* of late */
    struct late *late;
    struct event *told; /* there is one */
    uint64_t last_number;
    struct followers *followers;
    struct evconnlistener *events;
    struct socket_file file;
    struct client *clients;
    unsigned n;
};

json_t *control_error(const char *code, const char *message)
{
    return json_pack("{s:b,s:{s:s,s:s}}", "ok", 0, "error", "code", code, "message",
                     message);
}

static void client_close(struct client *c)
{
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    c->control->n--;
    follower_end(c->follower);
    bufferevent_free(c->bev);
    free(c);
}

static void answer(struct client *c, json_t *reply)
{
    char *text = json_dumps(reply, JSON_COMPACT);
    if (text) {
        bufferevent_write(c->bev, text, strlen(text));
        bufferevent_write(c->bev, "\n", 1);
    }
    free(text);
    json_decref(reply);
}

/* ---- reload: answered when it is done --------------------------------------------- */

static json_t *result_json(const struct loader_result *r, struct rf_str diagnostics)
{
    json_t *o = r->refused ? control_error("rules_refused",
                                           "the rules have errors; the old ones are kept")
                           : json_pack("{s:b}", "ok", 1);
    json_object_set_new(o, "gen", json_integer((json_int_t)r->gen));
    json_object_set_new(o, "ruleset", json_string(r->ruleset));
    json_object_set_new(o, "changed", json_boolean(r->changed));
    json_object_set_new(o, "rules", json_integer(r->rules));
    json_object_set_new(o, "errors", json_integer((json_int_t)r->errors));
    json_object_set_new(o, "warnings", json_integer((json_int_t)r->warnings));
    json_t *text = json_stringn(diagnostics.p ? diagnostics.p : "", diagnostics.n);
    json_object_set_new(o, "diagnostics",
                        text ? text : json_string("(not valid UTF-8: see the log)"));
    return o;
}

static void serve(struct client *c);

void control_loaded(struct control *control)
{
    struct rf_buf diagnostics;
    struct client *next;
    rf_buf_init(&diagnostics);
    struct loader_result r = loader_last(control->server->loader, &diagnostics);
    for (struct client *c = control->clients; c; c = next) {
        next = c->next;
        if (!c->ticket || c->ticket > r.ticket)
            continue;
        c->ticket = 0;
        answer(c, result_json(&r, rf_buf_str(&diagnostics)));
        bufferevent_enable(c->bev, EV_READ);
        serve(c);
    }
    rf_buf_fini(&diagnostics);
}

/* ---- other answers that come later ------------------------------------------------- */

void control_answer_later(struct control *c, uint64_t number, json_t *reply)
{
    struct late *l = rf_mem_alloc(sizeof *l);
    pthread_mutex_lock(&c->lock);
    *l = (struct late){c->late, number, reply};
    c->late = l;
    pthread_mutex_unlock(&c->lock);
    event_active(c->told, 0, 0);
}

static struct late *take_late(struct control *control)
{
    pthread_mutex_lock(&control->lock);
    struct late *all = control->late;
    control->late = NULL;
    pthread_mutex_unlock(&control->lock);
    return all;
}

static void give(struct control *control, uint64_t number, json_t *reply)
{
    for (struct client *c = control->clients; c; c = c->next) {
        if (c->later != number)
            continue;
        c->later = 0;
        answer(c, reply);
        bufferevent_enable(c->bev, EV_READ);
        serve(c);
        return;
    }
    json_decref(reply);
}

static void on_late(evutil_socket_t fd, short what, void *arg)
{
    struct control *control = arg;
    struct late *next;
    (void)fd;
    (void)what;
    for (struct late *l = take_late(control); l; l = next) {
        next = l->next;
        give(control, l->number, l->reply);
        free(l);
    }
}

static void drop_late(struct control *control)
{
    struct late *next;
    for (struct late *l = take_late(control); l; l = next) {
        next = l->next;
        json_decref(l->reply);
        free(l);
    }
}

static bool waits(const struct client *c)
{
    return c->ticket || c->later;
}

/* ---- requests --------------------------------------------------------------------- */

/* Who asks, as the kernel tells. */
static void add_uid(struct client *c, json_t *request)
{
    struct ucred peer;
    socklen_t n = sizeof peer;
    json_object_del(request, "uid");
    if (getsockopt(bufferevent_getfd(c->bev), SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0)
        json_object_set_new(request, "uid", json_integer(peer.uid));
}

/* Totals of all daemons: Redis is asked, meanwhile others are served. */
static void ask_all(struct client *c, const json_t *request)
{
    struct control *control = c->control;
    c->later = ++control->last_number;
    json_t *refused = control_stats_all(control->server, request, control, c->later);
    if (!refused) {
        bufferevent_disable(c->bev, EV_READ);
        return;
    }
    c->later = 0;
    answer(c, refused);
}

static void run_line(struct client *c, const char *line, size_t n)
{
    struct server *s = c->control->server;
    json_t *request = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
    const char *command = json_string_value(json_object_get(request, "command"));
    add_uid(c, request);
    if (!command) {
        answer(c,
               control_error("bad_request", "a JSON object with \"command\" expected"));
    } else if (strcmp(command, "reload") == 0) {
        c->ticket =
            loader_ask(s->loader, json_is_true(json_object_get(request, "force")));
        bufferevent_disable(c->bev, EV_READ);
    } else if (strcmp(command, "stats") == 0 &&
               json_is_true(json_object_get(request, "all"))) {
        ask_all(c, request);
    } else if (strcmp(command, "events") == 0) {
        c->follower = followers_answer(c->control->followers, c->bev, request);
    } else {
        answer(c, control_run(s, command, request));
    }
    json_decref(request);
}

/* Requests in order, none while one waits. May free c. */
static void serve(struct client *c)
{
    struct evbuffer *in = bufferevent_get_input(c->bev);
    char *line;
    size_t n;
    while (!waits(c) && !c->follower &&
           (line = evbuffer_readln(in, &n, EVBUFFER_EOL_CRLF))) {
        if (n)
            run_line(c, line, n);
        free(line);
    }
    if (c->follower)
        evbuffer_drain(in, evbuffer_get_length(in));
    bool endless = !waits(c) && evbuffer_get_length(in) > CONTROL_MAX_REQUEST;
    bool done =
        c->eof && !waits(c) && evbuffer_get_length(bufferevent_get_output(c->bev)) == 0;
    if (endless || done)
        client_close(c);
}

static void on_read(struct bufferevent *bev, void *arg)
{
    (void)bev;
    serve(arg);
}

static void on_written(struct bufferevent *bev, void *arg)
{
    struct client *c = arg;
    (void)bev;
    if (c->eof && !waits(c))
        client_close(c);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    struct client *c = arg;
    (void)bev;
    if (!(what & BEV_EVENT_EOF)) {
        client_close(c);
        return;
    }
    c->eof = true;
    serve(c);
}

static void on_accept(struct evconnlistener *events, evutil_socket_t fd,
                      struct sockaddr *peer, int len, void *arg)
{
    struct control *control = arg;
    struct timeval idle = {.tv_sec = IDLE_S};
    (void)events;
    (void)peer;
    (void)len;
    if (control->n >= CONTROL_CLIENTS_MAX) {
        close(fd);
        return;
    }
    struct client *c = rf_mem_calloc(1, sizeof *c);
    c->control = control;
    c->bev = bufferevent_socket_new(control->server->base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (!c->bev)
        rf_mem_die(sizeof *c);
    c->next = control->clients;
    c->link = &control->clients;
    if (c->next)
        c->next->link = &c->next;
    control->clients = c;
    control->n++;
    bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
    bufferevent_set_timeouts(c->bev, &idle, &idle);
    bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

struct control *control_open(struct server *s, const char **why)
{
    struct rf_buf address;
    struct socket_file file;
    rf_buf_init(&address);
    rf_buf_printf(&address, "unix:%.*s", RF_STR_FMT(s->config.control));
    int fd = listener_socket(rf_buf_str(&address), &file, why);
    rf_buf_fini(&address);
    if (fd < 0)
        return NULL;
    struct control *c = rf_mem_calloc(1, sizeof *c);
    c->server = s;
    c->file = file;
    pthread_mutex_init(&c->lock, NULL);
    c->followers = followers_open(s);
    c->told = event_new(s->base, -1, EV_PERSIST, on_late, c);
    c->events = evconnlistener_new(s->base, on_accept, c,
                                   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    if (!c->events)
        rf_mem_die(sizeof *c);
    return c;
}

void control_close(struct control *c)
{
    if (!c)
        return;
    socket_file_remove(&c->file);
    evconnlistener_free(c->events);
    while (c->clients)
        client_close(c->clients);
    followers_close(c->followers);
    drop_late(c);
    event_free(c->told);
    pthread_mutex_destroy(&c->lock);
    free(c);
}
