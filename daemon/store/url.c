#include "daemon/store/url.h"

#define REDIS_PORT 6379
#define SENTINEL_PORT 26379
#define DB_DIGITS 5

static int bad(const char **why, const char *what)
{
    *why = what;
    return RF_ERR_INVALID;
}

/* Copy without what could not be part of a name. */
static bool copy(char *out, size_t cap, struct rf_str s)
{
    if (s.n == 0 || s.n >= cap)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 127)
            return false;
    memcpy(out, s.p, s.n);
    out[s.n] = 0;
    return true;
}

static bool number(struct rf_str s, size_t digits, unsigned *out)
{
    *out = 0;
    if (s.n == 0 || s.n > digits)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        *out = *out * 10 + (unsigned)(s.p[i] - '0');
    }
    return true;
}

static bool port_of(struct rf_str s, uint16_t *out)
{
    unsigned port;
    if (!number(s, 5, &port) || port == 0 || port > 65535)
        return false;
    *out = (uint16_t)port;
    return true;
}

static bool name_of(struct url_host *h, struct rf_str s)
{
    if (s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']')
        s = rf_str(s.p + 1, s.n - 2);
    return copy(h->name, sizeof h->name, s) && !memchr(s.p, '[', s.n) &&
           !memchr(s.p, ']', s.n);
}

bool url_host(struct url_host *h, struct rf_str s)
{
    const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
    if (!colon)
        return false;
    size_t at = (size_t)(colon - s.p);
    return name_of(h, rf_str(s.p, at)) && port_of(rf_str_sub(s, at + 1), &h->port);
}

bool url_host_same(const struct url_host *a, const struct url_host *b)
{
    return a->port == b->port && strcmp(a->name, b->name) == 0;
}

/* HOST, HOST:PORT, [IPV6] or [IPV6]:PORT. */
static bool host(struct url *u, struct rf_str s)
{
    if (u->nhosts == URL_HOSTS || s.n == 0)
        return false;
    struct url_host *h = &u->hosts[u->nhosts++];
    h->port = u->kind == URL_SENTINEL ? SENTINEL_PORT : REDIS_PORT;
    bool bare = !memchr(s.p, ':', s.n) || s.p[s.n - 1] == ']';
    bool ok = bare ? name_of(h, s) : url_host(h, s);
    return ok && (!strchr(h->name, ':') || s.p[0] == '[');
}

static bool hosts(struct url *u, struct rf_str s)
{
    for (bool more = true; more;) {
        const char *comma = s.n ? memchr(s.p, ',', s.n) : NULL;
        more = comma != NULL;
        size_t n = more ? (size_t)(comma - s.p) : s.n;
        if (!host(u, rf_str(s.p, n)))
            return false;
        s = rf_str_sub(s, n + 1);
    }
    return true;
}

/* USER@ before the rest. */
static int user(struct url *u, struct rf_str *s, const char **why)
{
    const char *at = s->n ? memrchr(s->p, '@', s->n) : NULL;
    if (!at)
        return RF_OK;
    struct rf_str name = rf_str(s->p, (size_t)(at - s->p));
    *s = rf_str_sub(*s, name.n + 1);
    if (memchr(name.p, ':', name.n))
        return bad(why,
                   "no password may stand in the address: put it into a file and name "
                   "that as counters.password_file");
    if (!copy(u->user, sizeof u->user, name))
        return bad(why, "the user before @ is empty, too long or has spaces");
    return RF_OK;
}

/* unix://[USER@]/PATH[?db=N] */
static int parse_unix(struct url *u, struct rf_str s, const char **why)
{
    if (s.n && s.p[0] != '/' && user(u, &s, why) != RF_OK)
        return RF_ERR_INVALID;
    const char *query = s.n ? memchr(s.p, '?', s.n) : NULL;
    struct rf_str path = rf_str(s.p, query ? (size_t)(query - s.p) : s.n);
    struct rf_str more = rf_str_sub(s, path.n);
    if (path.n && path.p[0] != '/')
        return bad(why, "unix:// takes an absolute path: unix:///PATH");
    if (path.n < 2 || !copy(u->path, sizeof u->path, path))
        return bad(why, "unix:// takes a path of at most 107 bytes without spaces");
    if (query && (!rf_str_starts(more, RF_STR("?db=")) ||
                  !number(rf_str_sub(more, 4), DB_DIGITS, &u->db)))
        return bad(why, "behind the path of unix:// only ?db=NUMBER is known");
    return RF_OK;
}

static int parse_hosts(struct url *u, struct rf_str s, struct rf_str *path,
                       const char **why)
{
    if (user(u, &s, why) != RF_OK)
        return RF_ERR_INVALID;
    const char *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
    size_t n = slash ? (size_t)(slash - s.p) : s.n;
    *path = rf_str_sub(s, slash ? n + 1 : n);
    if (!hosts(u, rf_str(s.p, n)))
        return bad(why, "HOST:PORT expected (IPv6 in brackets), several with commas, "
                        "at most 32");
    return RF_OK;
}

static int parse_one(struct url *u, struct rf_str s, const char **why)
{
    struct rf_str db;
    if (parse_hosts(u, s, &db, why) != RF_OK)
        return RF_ERR_INVALID;
    if (u->nhosts != 1)
        return bad(why, "redis:// takes one server: several are redis+sentinel:// or "
                        "redis+cluster://");
    if (db.n && !number(db, DB_DIGITS, &u->db))
        return bad(why, "behind the server's / stands the number of a database");
    return RF_OK;
}

static int parse_sentinel(struct url *u, struct rf_str s, const char **why)
{
    struct rf_str name;
    if (parse_hosts(u, s, &name, why) != RF_OK)
        return RF_ERR_INVALID;
    const char *slash = name.n ? memchr(name.p, '/', name.n) : NULL;
    size_t n = slash ? (size_t)(slash - name.p) : name.n;
    if (!copy(u->master, sizeof u->master, rf_str(name.p, n)))
        return bad(why, "redis+sentinel:// takes the name of the master: HOSTS/MASTER");
    if (slash && !number(rf_str_sub(name, n + 1), DB_DIGITS, &u->db))
        return bad(why, "behind the master's / stands the number of a database");
    return RF_OK;
}

static int parse_cluster(struct url *u, struct rf_str s, const char **why)
{
    struct rf_str rest;
    if (parse_hosts(u, s, &rest, why) != RF_OK)
        return RF_ERR_INVALID;
    if (rest.n)
        return bad(why, "a Cluster has no databases: nothing may stand behind its hosts");
    return RF_OK;
}

int url_parse(struct url *u, struct rf_str s, const char **why)
{
    static const struct {
        struct rf_str scheme;
        enum url_kind kind;
        int (*parse)(struct url *, struct rf_str, const char **);
    } table[] = {
        {{"redis://", 8}, URL_ONE, parse_one},
        {{"unix://", 7}, URL_ONE, parse_unix},
        {{"redis+sentinel://", 17}, URL_SENTINEL, parse_sentinel},
        {{"redis+cluster://", 16}, URL_CLUSTER, parse_cluster},
    };
    memset(u, 0, sizeof *u);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (rf_str_starts(s, table[i].scheme)) {
            u->kind = table[i].kind;
            return table[i].parse(u, rf_str_sub(s, table[i].scheme.n), why);
        }
    if (rf_str_starts(s, RF_STR("rediss://")))
        return bad(why, "TLS to Redis is not spoken here: use a tunnel (stunnel) and the "
                        "address of its end");
    return bad(why, "redis://HOST:PORT, unix:///PATH, redis+sentinel://HOSTS/MASTER or "
                    "redis+cluster://HOSTS expected");
}
