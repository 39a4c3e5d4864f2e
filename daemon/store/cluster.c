/* A Cluster: one link to each master, the map of slots, and requests that wait a moment
 * because their slot is on its way. The map is asked for at the start, whenever MOVED is
 * answered and while something is away; each time another node is asked, as one may be
 * behind. */
#include "daemon/store/redis_inner.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/clock.h"
#include "daemon/store/slots.h"
#include "lib/base/mem.h"

#define TICK_MS 20
#define ASK_EVERY_MS 300 /* the map, while it is wrong */
#define UNUSED_MS 10000  /* a link that no slot needs is closed after so long */
#define TIDY_MS 1000
#define TRIES 32       /* ways of one request */
#define ANY_SLOT SLOTS /* of a request without a key */
#define MAX_LINKS (2 * SLOTS_NODES)

struct cluster {
    struct redis *r;
    struct slots map;
    bool known, wrong; /* the map was read; it must be asked for again */
    bool asking;
    int64_t ask_ms;                    /* monotonic: not before */
    unsigned turn;                     /* of the links, for questions */
    struct link *links[MAX_LINKS];     /* gaps are NULL */
    int64_t used_ms[MAX_LINKS];        /* monotonic: when it was last needed */
    struct link *masters[SLOTS_NODES]; /* of map.nodes; NULL: not looked for yet */
    struct request *parked, **last;
    struct event *tick;
    int64_t tidy_ms; /* monotonic: links are looked through */
};

/* ---- links --------------------------------------------------------------------- */

static void on_up(void *arg, struct link *l);
static void on_down(void *arg, struct link *l);

static struct link *find_link(struct cluster *c, const struct url_host *host)
{
    for (unsigned i = 0; i < MAX_LINKS; i++)
        if (c->links[i] && url_host_same(link_host(c->links[i]), host)) {
            c->used_ms[i] = clock_monotonic_ms();
            return c->links[i];
        }
    return NULL;
}

/* The link to that node, made where it is new; NULL where there are too many. */
static struct link *link_to(struct cluster *c, const struct url_host *host)
{
    const struct link_watch watch = {.up = on_up, .down = on_down, .arg = c};
    struct link *l = find_link(c, host);
    for (unsigned i = 0; !l && i < MAX_LINKS; i++)
        if (!c->links[i]) {
            c->used_ms[i] = clock_monotonic_ms();
            return c->links[i] = link_new(c->r->base, &c->r->link, NULL, host, &watch);
        }
    return l;
}

/* The link to a node of the map. */
static struct link *master_link(struct cluster *c, unsigned node)
{
    if (!c->masters[node])
        c->masters[node] = link_to(c, &c->map.nodes[node]);
    return c->masters[node];
}

/* Those in use stay so, those of a new map are made. */
static void link_masters(struct cluster *c)
{
    memset(c->masters, 0, sizeof c->masters);
    for (unsigned i = 0; i < c->map.nnodes; i++)
        master_link(c, i);
}

static void link_seeds(struct cluster *c)
{
    for (unsigned i = 0; i < c->r->url.nhosts; i++)
        link_to(c, &c->r->url.hosts[i]);
}

/* Whoever is told of what it carried must not find it any more. */
static void drop(struct cluster *c, unsigned i)
{
    struct link *l = c->links[i];
    c->links[i] = NULL;
    for (unsigned m = 0; m < SLOTS_NODES; m++)
        c->masters[m] = c->masters[m] == l ? NULL : c->masters[m];
    link_free(l);
}

static void drop_unused(struct cluster *c, int64_t now_ms)
{
    for (unsigned i = 0; i < MAX_LINKS; i++)
        if (c->links[i] && now_ms - c->used_ms[i] >= UNUSED_MS)
            drop(c, i);
}

static struct link *any_link(struct cluster *c)
{
    for (unsigned i = 0; i < MAX_LINKS; i++) {
        struct link *l = c->links[c->turn++ % MAX_LINKS];
        if (l && link_up(l))
            return l;
    }
    return NULL;
}

/* ---- how it stands ------------------------------------------------------------- */

/* The first master that cannot be asked, or map.nnodes. */
static unsigned first_away(struct cluster *c)
{
    unsigned i = 0;
    while (i < c->map.nnodes && master_link(c, i) && link_up(master_link(c, i)))
        i++;
    return i;
}

static void tell(struct cluster *c, const struct link *broken)
{
    char why[LINK_WHY_BYTES];
    unsigned gap = c->known ? slots_gap(&c->map) : SLOTS;
    unsigned node = c->known ? first_away(c) : 0;
    if (c->known && gap == SLOTS && node == c->map.nnodes) {
        redis_is_up(c->r);
        return;
    }
    const struct link *away = node < c->map.nnodes ? master_link(c, node) : broken;
    c->wrong = true;
    if (c->known && gap < SLOTS)
        snprintf(why, sizeof why, "slot %u of the Cluster is served by nobody", gap);
    else
        snprintf(why, sizeof why, "%s",
                 away ? link_why(away) : "the Cluster's slots are not known yet");
    if (c->r->up || broken)
        redis_is_down(c->r, why);
}

static void on_up(void *arg, struct link *l)
{
    struct cluster *c = arg;
    (void)l;
    c->ask_ms = c->known ? c->ask_ms : 0;
    tell(c, NULL);
}

static void on_down(void *arg, struct link *l)
{
    tell(arg, l);
}

/* ---- the map ------------------------------------------------------------------- */

static void on_slots(struct request *q, struct link *l, const redisReply *reply)
{
    struct cluster *c = q->owner;
    struct slots *map = rf_mem_alloc(sizeof *map);
    char text[160];
    c->asking = false;
    request_free(q);
    if (reply && slots_read(map, reply, link_host(l)) != RF_ERR_INVALID) {
        c->map = *map;
        c->known = true;
        c->wrong = false;
        link_masters(c);
        tell(c, NULL);
    } else if (reply) {
        reply_text(reply, text, sizeof text);
        link_cut(l, text);
    }
    free(map);
}

static void ask_map(struct cluster *c, int64_t now_ms)
{
    const struct rf_str argv[] = {RF_STR("CLUSTER"), RF_STR("SLOTS")};
    struct link *l;
    if (c->asking || now_ms < c->ask_ms)
        return;
    c->ask_ms = now_ms + ASK_EVERY_MS;
    l = any_link(c);
    if (!l) {
        link_seeds(c);
        return;
    }
    struct request *q = request_new(2, argv, 0, NULL);
    q->done = on_slots;
    q->owner = c;
    c->asking = link_send(l, q);
    if (!c->asking)
        request_free(q);
}

/* ---- requests ------------------------------------------------------------------ */

static struct link *route(struct cluster *c, const struct request *q)
{
    if (q->slot == ANY_SLOT)
        return any_link(c);
    uint16_t node = c->known ? c->map.owner[q->slot] : SLOTS_NOBODY;
    return node == SLOTS_NOBODY ? NULL : master_link(c, node);
}

static bool send_to_owner(void *self, struct request *q)
{
    struct cluster *c = self;
    struct link *l = route(c, q);
    if (l && link_send(l, q))
        return true;
    c->wrong = true;
    return false;
}

/* It waits, and goes to whoever serves its slot then. */
static void park(struct cluster *c, struct request *q, int64_t for_ms)
{
    q->due_ms = clock_monotonic_ms() + for_ms;
    q->asking = false;
    q->next = NULL;
    *c->last = q;
    c->last = &q->next;
}

static void send_parked(struct cluster *c, int64_t now_ms)
{
    struct request *q = c->parked, *next;
    c->parked = NULL;
    c->last = &c->parked;
    for (; q; q = next) {
        next = q->next;
        if (now_ms >= q->until_ms)
            redis_finish(c->r, q, NULL);
        else if (now_ms < q->due_ms || !send_to_owner(c, q))
            park(c, q, now_ms < q->due_ms ? q->due_ms - now_ms : TICK_MS);
    }
}

static void redirect(struct cluster *c, struct request *q, struct link *from,
                     const redisReply *error, bool ask)
{
    uint16_t slot;
    struct url_host to;
    struct link *l = NULL;
    if (slots_read_redirect(error->str, error->len, link_host(from), &slot, &to)) {
        if (!ask)
            slots_move(&c->map, slot, &to);
        l = link_to(c, &to);
    }
    c->wrong |= !ask;
    q->asking = ask;
    if (!l || !link_send(l, q))
        park(c, q, TICK_MS);
}

static bool again(void *self, struct request *q, struct link *l, const redisReply *error)
{
    struct cluster *c = self;
    bool moved = reply_is_error(error, "MOVED"), ask = reply_is_error(error, "ASK");
    bool later =
        reply_is_error(error, "TRYAGAIN") || reply_is_error(error, "CLUSTERDOWN");
    int64_t now_ms = clock_monotonic_ms();
    if (!moved && !ask && !later)
        return false;
    if (q->tries == 0)
        q->until_ms = now_ms + c->r->link.reply_ms;
    if (q->slot == ANY_SLOT || ++q->tries > TRIES || now_ms >= q->until_ms)
        return false;
    if (later) {
        c->wrong |= reply_is_error(error, "CLUSTERDOWN"); /* or it alone is cut off */
        park(c, q, TICK_MS * (int64_t)q->tries);
    } else {
        redirect(c, q, l, error, ask);
    }
    return true;
}

/* ---- the kind ------------------------------------------------------------------ */

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct cluster *c = arg;
    int64_t now_ms = clock_monotonic_ms();
    (void)fd;
    (void)what;
    send_parked(c, now_ms);
    if (c->wrong || !c->known)
        ask_map(c, now_ms);
    if (now_ms < c->tidy_ms)
        return;
    c->tidy_ms = now_ms + TIDY_MS;
    link_masters(c);
    drop_unused(c, now_ms);
}

static void *open_cluster(struct redis *r)
{
    const struct timeval every = {.tv_usec = TICK_MS * 1000};
    struct cluster *c = rf_mem_calloc(1, sizeof *c);
    c->r = r;
    c->last = &c->parked;
    slots_clear(&c->map);
    link_seeds(c);
    c->tick = event_new(r->base, -1, EV_PERSIST, on_tick, c);
    if (!c->tick)
        rf_mem_die(sizeof *c);
    event_add(c->tick, &every);
    return c;
}

static void close_cluster(void *self)
{
    struct cluster *c = self;
    event_free(c->tick);
    c->known = false; /* what is told of a loss now may not be sent again */
    for (unsigned i = 0; i < MAX_LINKS; i++)
        drop(c, i);
    for (struct request *q = c->parked, *next; q; q = next) {
        next = q->next;
        redis_finish(c->r, q, NULL);
    }
    free(c);
}

static struct link *server(void *self, unsigned i)
{
    struct cluster *c = self;
    return i < c->map.nnodes ? master_link(c, i) : NULL;
}

const struct redis_kind redis_cluster = {
    .open = open_cluster,
    .close = close_cluster,
    .server = server,
    .send = send_to_owner,
    .again = again,
};
