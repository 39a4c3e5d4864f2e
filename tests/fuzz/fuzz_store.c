/* What a configuration or a Redis may say about where servers are: addresses, answers to
 * CLUSTER SLOTS, redirections. The first byte chooses. An answer is a tree built from
 * the bytes: hiredis reads the protocol. */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/store/slots.h"
#include "daemon/store/url.h"

#define DEPTH 5
#define ELEMENTS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(int truth)
{
    if (!truth)
        abort();
}

static void check_host(const struct url_host *h)
{
    size_t n = strnlen(h->name, sizeof h->name);
    require(n > 0 && n < sizeof h->name && h->port > 0);
    require(!strpbrk(h->name, " \r\n[]"));
}

static void fuzz_url(struct rf_str s)
{
    struct url u;
    const char *why = NULL;
    if (url_parse(&u, s, &why) != RF_OK) {
        require(why != NULL);
        return;
    }
    require(u.nhosts <= URL_HOSTS && (u.nhosts > 0) != (u.path[0] != 0));
    for (unsigned i = 0; i < u.nhosts; i++)
        check_host(&u.hosts[i]);
    require((u.kind == URL_SENTINEL) == (u.master[0] != 0));
    require(u.db <= 99999);
}

static void fuzz_redirect(struct rf_str s)
{
    const struct url_host asked = {"asked", 1};
    uint16_t slot;
    struct url_host to;
    if (!slots_read_redirect(s.p, s.n, &asked, &slot, &to))
        return;
    require(slot < SLOTS);
    check_host(&to);
}

struct bytes {
    const uint8_t *p;
    size_t n;
};

static unsigned next(struct bytes *b)
{
    if (!b->n)
        return 0;
    b->n--;
    return *b->p++;
}

static redisReply *tree(struct bytes *b, int depth)
{
    redisReply *r = calloc(1, sizeof *r);
    unsigned kind = next(b) % 4;
    if (kind == 0 && depth < DEPTH) {
        r->type = REDIS_REPLY_ARRAY;
        r->elements = next(b) % ELEMENTS;
        r->element = calloc(r->elements + 1, sizeof *r->element);
        for (size_t i = 0; i < r->elements; i++)
            r->element[i] = tree(b, depth + 1);
    } else if (kind == 1) {
        r->type = REDIS_REPLY_INTEGER;
        r->integer = (int)(next(b) << 8 | next(b)) - 100;
    } else if (kind == 2) {
        r->type = REDIS_REPLY_STRING;
        r->len = next(b) % 20;
        r->len = r->len < b->n ? r->len : b->n;
        r->str = calloc(1, r->len + 1);
        memcpy(r->str, b->p, r->len);
        b->p += r->len;
        b->n -= r->len;
    } else {
        r->type = REDIS_REPLY_NIL;
    }
    return r;
}

static void fuzz_slots(struct bytes b)
{
    static struct slots map;
    const struct url_host asked = {"asked", 1};
    redisReply *r = tree(&b, 0);
    int rc = slots_read(&map, r, &asked);
    freeReplyObject(r);
    require(map.nnodes <= SLOTS_NODES && (rc == RF_OK || map.nnodes == 0));
    for (unsigned i = 0; i < map.nnodes; i++)
        check_host(&map.nodes[i]);
    for (unsigned s = 0; s < SLOTS; s++)
        require(map.owner[s] < map.nnodes || map.owner[s] == SLOTS_NOBODY);
    require(slots_gap(&map) <= SLOTS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 1)
        return 0;
    struct rf_str text = rf_str((const char *)data + 1, n - 1);
    require(slot_of(text) < SLOTS);
    if (data[0] % 3 == 0)
        fuzz_url(text);
    else if (data[0] % 3 == 1)
        fuzz_redirect(text);
    else
        fuzz_slots((struct bytes){data + 1, n - 1});
    return 0;
}
