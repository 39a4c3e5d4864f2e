/* Lookups in lists of hosts. Hot: nothing is allocated. */
#include "lib/base/limits.h"
#include "lib/match/list_internal.h"

#define MAX_LABELS (RF_LIMIT_HOST_BYTES / 2 + 1)

/* A part of a host name that begins with a label. */
struct suffix {
    uint64_t hash;
    uint32_t begin;
};

/* Those that the list may have, the shortest first, and the whole name's hash; of n
 * only the first lie in memory that is touched. */
struct suffixes {
    uint64_t whole;
    unsigned n;
    uint32_t guess; /* the text that will probably be compared first, or RF_KEYS_NONE */
    struct suffix v[MAX_LABELS];
};

/* Whether the list has entries of so many labels. */
static bool has_depth(const struct rf_list *l, unsigned labels)
{
    return l->head->depths >> (labels < 64 ? labels - 1 : 63) & 1;
}

static void add_suffix(const struct rf_list *l, struct suffixes *s, unsigned labels,
                       uint64_t h, size_t begin)
{
    s->v[s->n] = (struct suffix){rf_keys_hash_end(h), (uint32_t)begin};
    s->n += has_depth(l, labels);
}

/* Hash from the last byte to the first, noting the hash of each suffix. */
static void hash_suffixes(const struct rf_list *l, struct rf_str host, struct suffixes *s)
{
    uint64_t h = RF_KEYS_SEED;
    unsigned labels = 0;
    for (size_t i = host.n; i > 0; i--) {
        char c = host.p[i - 1];
        if (c == '.' && i < host.n && host.p[i] != '.')
            add_suffix(l, s, ++labels, h, i);
        h = rf_keys_step(h, c);
    }
    add_suffix(l, s, ++labels, h, 0);
    s->whole = rf_keys_hash_end(h);
}

static bool is_name(struct rf_str host)
{
    return host.n > 0 && host.n <= RF_LIMIT_HOST_BYTES;
}

/* Hash all suffixes of the host, and have their buckets fetched. */
static void begin_host(const struct rf_list *l, struct rf_str host, struct suffixes *s)
{
    s->n = 0;
    if (!is_name(host))
        return;
    hash_suffixes(l, host, s);
    for (unsigned i = 0; i < s->n; i++)
        rf_keys_prefetch(&l->tables[RF_TABLE_KEYS], s->v[i].hash);
    rf_keys_prefetch(&l->tables[RF_TABLE_EXACT], s->whole);
}

static uint32_t guess_host(const struct rf_list *l, const struct suffixes *s)
{
    uint32_t slot = RF_KEYS_NONE;
    for (unsigned i = s->n; i > 0 && slot == RF_KEYS_NONE; i--) {
        uint64_t cursor = 0;
        slot = rf_keys_next(&l->tables[RF_TABLE_KEYS], s->v[i - 1].hash, &cursor);
    }
    return slot;
}

static uint32_t end_host(const struct rf_list *l, struct rf_str host,
                         const struct suffixes *s, int64_t now_ms)
{
    uint32_t found = RF_LIST_NONE;
    if (is_name(host) && l->tables[RF_TABLE_EXACT].n_buckets)
        found = rf_list_find_hashed(l, RF_TABLE_EXACT, host, s->whole, now_ms);
    for (unsigned i = s->n; i > 0 && found == RF_LIST_NONE; i--)
        found = rf_list_find_hashed(l, RF_TABLE_KEYS, rf_str_sub(host, s->v[i - 1].begin),
                                    s->v[i - 1].hash, now_ms);
    return found;
}

/* In the overlay, too, of which the list found `base`. */
static uint32_t find_changed_host(const struct rf_overlay *o, const struct rf_list *l,
                                  struct rf_str host, int64_t now_ms, uint32_t base)
{
    uint32_t add = o->adds->n ? rf_list_find_host(o->adds, host, now_ms) : RF_LIST_NONE;
    uint32_t del = o->dels->n ? rf_list_find_host(o->dels, host, now_ms) : RF_LIST_NONE;
    return add == RF_LIST_NONE && del == RF_LIST_NONE
               ? base
               : rf_overlay_pick(o, l, base, add, del);
}

uint32_t rf_list_find_host(const struct rf_list *l, struct rf_str host, int64_t now_ms)
{
    struct suffixes s;
    const struct rf_overlay *o = rf_list_overlay(l);
    begin_host(l, host, &s);
    uint32_t found = end_host(l, host, &s, now_ms);
    return o ? find_changed_host(o, l, host, now_ms, found) : found;
}

/* A host's name, buckets, offset and text follow from one another: each is asked for so
 * many hosts ahead of the step that reads it. */
enum { LAG = 8, STEPS = 3, RING = 32 };

_Static_assert(RING > STEPS * LAG, "a host's suffixes last until its last step");

static void prefetch_name(const struct rf_list_host_query *q, size_t n, size_t i)
{
    if (i < n) {
        rf_prefetch(q[i].host.p);
        rf_prefetch(q[i].host.p + q[i].host.n);
    }
}

static void find_hosts(const struct rf_list *l, struct rf_list_host_query *q, size_t n)
{
    struct suffixes ring[RING];
    for (size_t i = 0; i < LAG; i++)
        prefetch_name(q, n, i);
    for (size_t i = 0; i < n + STEPS * LAG; i++) {
        struct suffixes *s = &ring[i % RING];
        prefetch_name(q, n, i + LAG);
        if (i < n)
            begin_host(l, q[i].host, s);
        if (i >= LAG && i - LAG < n) {
            s = &ring[(i - LAG) % RING];
            s->guess = guess_host(l, s);
            rf_pool_prefetch_offset(&l->texts, s->guess);
        }
        if (i >= 2 * LAG && i - 2 * LAG < n)
            rf_pool_prefetch(&l->texts, ring[(i - 2 * LAG) % RING].guess);
        if (i >= STEPS * LAG) {
            struct rf_list_host_query *done = &q[i - STEPS * LAG];
            s = &ring[(i - STEPS * LAG) % RING];
            done->found = end_host(l, done->host, s, done->now_ms);
        }
    }
}

void rf_list_find_host_batch(const struct rf_list *l, struct rf_list_host_query *q,
                             size_t n)
{
    const struct rf_overlay *o = rf_list_overlay(l);
    find_hosts(l, q, n);
    for (size_t i = 0; o && i < n; i++)
        q[i].found = find_changed_host(o, l, q[i].host, q[i].now_ms, q[i].found);
}
