/* Lookups in lists of hosts. Hot: nothing is allocated. */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "lib/base/limits.h"
#include "lib/match/list_internal.h"

#define MAX_LABELS (RF_LIMIT_HOST_BYTES / 2 + 1)
#define BEFORE 8       /* readable before a name's first byte */
#define BLOCK 16       /* bytes searched for dots at once */
#define NAME_BYTES 256 /* whole blocks */
#define FEW 6

_Static_assert(NAME_BYTES >= RF_LIMIT_HOST_BYTES && NAME_BYTES % 64 == 0, "whole blocks");

/* A part of a host name that begins with a label. */
struct suffix {
    uint64_t hash;
    uint32_t begin;
};

/* Those that the list may have, the shortest first, of at most `max`; n counts all. */
struct suffixes {
    const struct rf_list *l;
    struct suffix *v;
    unsigned n, max, labels;
};

static void add_suffix(struct suffixes *s, uint64_t h, size_t begin)
{
    unsigned labels = s->labels++;
    bool has_depth = s->l->head->depths >> (labels < 63 ? labels : 63) & 1;
    if (s->n < s->max)
        s->v[s->n] = (struct suffix){rf_keys_hash_end(h), (uint32_t)begin};
    s->n += has_depth;
}

/* Bit i: byte i of the 64 at p, of which n are the name's, is a dot. */
static uint64_t dots_of(const char *p, size_t n)
{
    uint64_t dots = 0;
    for (size_t i = 0; i < n; i += BLOCK) {
#ifdef __SSE2__
        __m128i bytes = _mm_loadu_si128((const __m128i *)(p + i));
        dots |= (uint64_t)(unsigned)_mm_movemask_epi8(
                    _mm_cmpeq_epi8(bytes, _mm_set1_epi8('.')))
                << i;
#else
        for (size_t k = i; k < i + BLOCK; k++)
            dots |= (uint64_t)(p[k] == '.') << k;
#endif
    }
    return n < 64 ? dots & ((UINT64_C(1) << n) - 1) : dots;
}

/* Hash from the last label to the first, noting the hash of each suffix. Returns the
 * whole name's. */
static uint64_t hash_suffixes(struct rf_str host, struct suffixes *s)
{
    char room[BEFORE + NAME_BYTES], *name = room + BEFORE;
    uint64_t h = RF_KEYS_SEED;
    size_t end = host.n;
    memcpy(name, host.p, host.n);
    for (size_t block = (host.n - 1) / 64 + 1; block-- > 0;) {
        size_t at = block * 64;
        uint64_t dots = dots_of(name + at, host.n - at < 64 ? host.n - at : 64);
        for (; dots; end = at) {
            unsigned last = 63 - (unsigned)__builtin_clzll(dots);
            dots ^= UINT64_C(1) << last;
            at = block * 64 + last;
            h = rf_keys_label(h, name + at + 1, end - at - 1);
            if (at + 1 < end)
                add_suffix(s, h, at + 1);
        }
    }
    h = rf_keys_label(h, name, end);
    add_suffix(s, h, 0);
    return rf_keys_hash_end(h);
}

static bool is_name(struct rf_str host)
{
    return host.n > 0 && host.n <= RF_LIMIT_HOST_BYTES;
}

/* A text that a suffix of the name probably is. */
struct candidate {
    uint32_t slot, begin;
};

/* A host on its way through the steps of a batch. Where there are more suffixes or
 * candidates than have room, it is looked up anew. */
struct way {
    uint64_t whole;
    struct suffix v[FEW];
    struct candidate candidates[FEW];
    unsigned n, n_candidates;
    bool many;
};

/* Hash the suffixes of the host, and have their buckets fetched. */
static void begin_host(const struct rf_list *l, struct rf_str host, struct way *w)
{
    struct suffixes s = {.l = l, .v = w->v, .max = FEW};
    w->n = w->n_candidates = 0;
    w->many = false;
    if (!is_name(host))
        return;
    w->whole = hash_suffixes(host, &s);
    w->many = s.n > FEW;
    w->n = w->many ? 0 : s.n;
    for (unsigned i = 0; i < w->n; i++)
        rf_keys_prefetch(&l->tables[RF_TABLE_KEYS], w->v[i].hash);
    rf_keys_prefetch(&l->tables[RF_TABLE_EXACT], w->whole);
}

/* Read the buckets, those of the longest suffix first. */
static void find_candidates(const struct rf_list *l, struct way *w)
{
    uint32_t slots[FEW];
    for (unsigned i = w->n; i-- > 0;) {
        unsigned left = FEW - w->n_candidates;
        unsigned n = rf_keys_some(&l->tables[RF_TABLE_KEYS], w->v[i].hash, slots, left);
        for (unsigned k = 0; k < n; k++)
            w->candidates[w->n_candidates++] =
                (struct candidate){slots[k], w->v[i].begin};
        w->many |= n == left;
    }
    if (w->n_candidates)
        rf_pool_prefetch_offset(&l->texts, w->candidates[0].slot);
}

static void fetch_candidate(const struct rf_list *l, const struct way *w)
{
    if (w->n_candidates)
        rf_pool_prefetch(&l->texts, w->candidates[0].slot);
}

static uint32_t find_exact(const struct rf_list *l, struct rf_str host, uint64_t whole,
                           int64_t now_ms)
{
    return l->tables[RF_TABLE_EXACT].n_buckets
               ? rf_list_find_hashed(l, RF_TABLE_EXACT, host, whole, now_ms)
               : RF_LIST_NONE;
}

/* All steps at once. */
static uint32_t find_anew(const struct rf_list *l, struct rf_str host, int64_t now_ms)
{
    struct suffix v[MAX_LABELS];
    struct suffixes s = {.l = l, .v = v, .max = MAX_LABELS};
    uint64_t whole = hash_suffixes(host, &s);
    uint32_t found = find_exact(l, host, whole, now_ms);
    for (unsigned i = s.n; i-- > 0 && found == RF_LIST_NONE;)
        found = rf_list_find_hashed(l, RF_TABLE_KEYS, rf_str_sub(host, v[i].begin),
                                    v[i].hash, now_ms);
    return found;
}

static uint32_t end_host(const struct rf_list *l, struct rf_str host, const struct way *w,
                         int64_t now_ms)
{
    if (!is_name(host))
        return RF_LIST_NONE;
    if (w->many)
        return find_anew(l, host, now_ms);
    uint32_t found = find_exact(l, host, w->whole, now_ms);
    for (unsigned i = 0; i < w->n_candidates && found == RF_LIST_NONE; i++)
        found = rf_list_check(l, RF_TABLE_KEYS, w->candidates[i].slot,
                              rf_str_sub(host, w->candidates[i].begin), now_ms);
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
    const struct rf_overlay *o = rf_list_overlay(l);
    uint32_t found = is_name(host) ? find_anew(l, host, now_ms) : RF_LIST_NONE;
    return o ? find_changed_host(o, l, host, now_ms, found) : found;
}

/* A host's name, buckets, offset and text follow from one another: each is asked for so
 * many hosts ahead of the step that reads it. */
enum { LAG = 6, STEPS = 3, RING = 32 };

_Static_assert(RING > STEPS * LAG, "a host stays until its last step");

static void prefetch_name(const struct rf_list_host_query *q, size_t n, size_t i)
{
    if (i < n) {
        rf_prefetch(q[i].host.p);
        rf_prefetch(q[i].host.p + q[i].host.n);
    }
}

static void find_hosts(const struct rf_list *l, struct rf_list_host_query *q, size_t n)
{
    struct way ring[RING];
    for (size_t i = 0; i < LAG; i++)
        prefetch_name(q, n, i);
    for (size_t i = 0; i < n + STEPS * LAG; i++) {
        prefetch_name(q, n, i + LAG);
        if (i < n)
            begin_host(l, q[i].host, &ring[i % RING]);
        if (i >= LAG && i - LAG < n)
            find_candidates(l, &ring[(i - LAG) % RING]);
        if (i >= 2 * LAG && i - 2 * LAG < n)
            fetch_candidate(l, &ring[(i - 2 * LAG) % RING]);
        if (i >= STEPS * LAG) {
            struct rf_list_host_query *done = &q[i - STEPS * LAG];
            done->found =
                end_host(l, done->host, &ring[(i - STEPS * LAG) % RING], done->now_ms);
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
