#include "daemon/store/slots.h"

#include <stdio.h>

void slots_clear(struct slots *map)
{
    map->nnodes = 0;
    memset(map->owner, 0xff, sizeof map->owner);
}

static uint16_t node_of(struct slots *map, const struct url_host *host)
{
    for (unsigned i = 0; i < map->nnodes; i++)
        if (url_host_same(&map->nodes[i], host))
            return (uint16_t)i;
    if (map->nnodes == SLOTS_NODES)
        return SLOTS_NOBODY;
    map->nodes[map->nnodes] = *host;
    return (uint16_t)map->nnodes++;
}

/* [name, port, ...]; no name, or an empty one: the node that was asked. */
static bool read_node(const redisReply *r, const struct url_host *asked,
                      struct url_host *out)
{
    char text[URL_HOST_BYTES + 8];
    if (r->type != REDIS_REPLY_ARRAY || r->elements < 2 ||
        r->element[1]->type != REDIS_REPLY_INTEGER)
        return false;
    const redisReply *name = r->element[0];
    bool known = name->type == REDIS_REPLY_STRING && name->len;
    if (!known && name->type != REDIS_REPLY_NIL && name->type != REDIS_REPLY_STRING)
        return false;
    int n = snprintf(text, sizeof text, "%s:%lld", known ? name->str : asked->name,
                     r->element[1]->integer);
    return n < (int)sizeof text && url_host(out, rf_str(text, (size_t)n));
}

static bool read_range(struct slots *map, const redisReply *r,
                       const struct url_host *asked, bool *full)
{
    struct url_host host;
    if (r->type != REDIS_REPLY_ARRAY || r->elements < 3 ||
        r->element[0]->type != REDIS_REPLY_INTEGER ||
        r->element[1]->type != REDIS_REPLY_INTEGER ||
        !read_node(r->element[2], asked, &host))
        return false;
    long long from = r->element[0]->integer, to = r->element[1]->integer;
    if (from < 0 || to < from || to >= SLOTS)
        return false;
    uint16_t node = node_of(map, &host);
    *full |= node == SLOTS_NOBODY;
    for (long long s = from; s <= to; s++)
        map->owner[s] = node;
    return true;
}

int slots_read(struct slots *map, const redisReply *reply, const struct url_host *asked)
{
    bool full = false, ok = reply && reply->type == REDIS_REPLY_ARRAY;
    slots_clear(map);
    for (size_t i = 0; ok && i < reply->elements; i++)
        ok = read_range(map, reply->element[i], asked, &full);
    if (!ok)
        slots_clear(map);
    return !ok ? RF_ERR_INVALID : full ? RF_ERR_LIMIT : RF_OK;
}

bool slots_read_redirect(const char *text, size_t n, const struct url_host *asked,
                         uint16_t *slot, struct url_host *to)
{
    struct rf_str s = rf_str(text, n);
    const char *space = memchr(s.p, ' ', s.n);
    unsigned number = 0;
    s = space ? rf_str_sub(s, (size_t)(space - s.p) + 1) : RF_STR("");
    size_t i = 0;
    for (; i < s.n && i < 5 && s.p[i] >= '0' && s.p[i] <= '9'; i++)
        number = number * 10 + (unsigned)(s.p[i] - '0');
    if (i == 0 || i >= s.n || s.p[i] != ' ' || number >= SLOTS)
        return false;
    *slot = (uint16_t)number;
    s = rf_str_sub(s, i + 1);
    if (s.n == 0 || s.p[0] != ':')
        return url_host(to, s);
    char both[URL_HOST_BYTES + 8];
    int len = snprintf(both, sizeof both, "%s%.*s", asked->name, RF_STR_FMT(s));
    return len < (int)sizeof both && url_host(to, rf_str(both, (size_t)len));
}

void slots_move(struct slots *map, uint16_t slot, const struct url_host *to)
{
    uint16_t node = node_of(map, to);
    if (node != SLOTS_NOBODY)
        map->owner[slot] = node;
}

unsigned slots_gap(const struct slots *map)
{
    unsigned s = 0;
    while (s < SLOTS && map->owner[s] != SLOTS_NOBODY)
        s++;
    return s;
}
