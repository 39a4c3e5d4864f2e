/* Hot: scanning. */
#include "lib/match/scan.h"

#define PLACES 256 /* looked at before any is followed up */
#define LOADED 16  /* bytes, at each place */

/* One scan under way. */
struct run {
    const struct rf_scan *s;
    struct rf_str text;
    rf_scan_fn *fn;
    void *arg;
};

/* Whether the literal stands where its gram was found. */
static bool stands(const struct rf_scan_literal *l, const char *bytes, struct rf_str text,
                   size_t gram)
{
    size_t begin = gram - l->at;
    if (gram < l->at || begin + l->n > text.n)
        return false;
    if (begin + RF_SCAN_HEAD > text.n)
        return memcmp(text.p + begin, bytes + l->bytes, l->n) == 0;
    unsigned n = l->n < RF_SCAN_HEAD ? l->n : RF_SCAN_HEAD;
    return rf_scan_head(text.p + begin, n) == l->head &&
           (l->n <= RF_SCAN_HEAD ||
            memcmp(text.p + begin + RF_SCAN_HEAD, bytes + l->bytes + RF_SCAN_HEAD,
                   l->n - RF_SCAN_HEAD) == 0);
}

/* The first literal with a gram of that hash, or NULL. */
static const struct rf_scan_literal *
first_of(const struct rf_scan *s, const struct rf_scan_grams *g, uint32_t hash)
{
    uint32_t mask = UINT32_MAX >> g->slot_shift, i = hash >> g->slot_shift;
    while (g->slots[i].literal && g->slots[i].hash != hash)
        i = (i + 1) & mask;
    return g->slots[i].literal ? &s->literals[g->slots[i].literal - 1] : NULL;
}

/* The bitmap knows the grams at these places of p, which is the text from begin on: which
 * literals stand there? Memory is asked for ahead of its use. */
static void follow(const struct run *r, const struct rf_scan_grams *g, unsigned width,
                   const char *p, size_t begin, const uint16_t *found, size_t n)
{
    uint32_t hashes[PLACES];
    const struct rf_scan_literal *literals[PLACES];
    for (size_t i = 0; i < n; i++) {
        hashes[i] = rf_scan_hash(p + found[i], width);
        __builtin_prefetch(&g->slots[hashes[i] >> g->slot_shift]);
    }
    for (size_t i = 0; i < n; i++) {
        literals[i] = first_of(r->s, g, hashes[i]);
        __builtin_prefetch(literals[i]);
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = begin + found[i];
        for (const struct rf_scan_literal *l = literals[i]; l; l = l->more ? l + 1 : NULL)
            if (stands(l, r->s->bytes, r->text, at))
                r->fn(r->arg, r->s->uses + l->first, l->uses, at - l->at);
    }
}

size_t rf_scan_find_plain(const struct rf_scan_grams *g, unsigned width, const char *p,
                          size_t n, uint16_t *found)
{
    size_t nfound = 0;
    for (size_t i = 0; i < n; i++) { /* no branch: what is found is a guess */
        uint32_t hash = rf_scan_hash(p + i, width);
        uint32_t bits = rf_scan_bits(hash, g->word_shift);
        found[nfound] = (uint16_t)i;
        nfound += (g->bitmap[hash >> g->word_shift] & bits) == bits;
    }
    return nfound;
}

static inline size_t find(const struct rf_scan_grams *g, unsigned width, const char *p,
                          size_t n, uint16_t *found)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2"))
        return rf_scan_find_avx2(g, width, p, n, found);
#endif
    return rf_scan_find_plain(g, width, p, n, found);
}

/* n places of the text from `begin` on, at which p points, too. */
static void scan_places(const struct run *r, const struct rf_scan_grams *g,
                        unsigned width, const char *p, size_t begin, size_t n)
{
    for (size_t some; n; n -= some, begin += some, p += some) {
        uint16_t found[PLACES];
        some = n < PLACES ? n : PLACES;
        size_t nfound = find(g, width, p, some, found);
        follow(r, g, width, p, begin, found, nfound);
    }
}

void rf_scan_run(const struct rf_scan *s, struct rf_str text, rf_scan_fn *fn, void *arg)
{
    struct run r = {.s = s, .text = text, .fn = fn, .arg = arg};
    char tail[2 * LOADED] = {0}; /* of the text, and room to load behind it */
    size_t whole = text.n < LOADED ? 0 : text.n - LOADED + 1;
    if (s->nliterals == 0 || text.n == 0)
        return;
    memcpy(tail, text.p + whole, text.n - whole);
    for (unsigned k = 0; k < RF_SCAN_WIDTHS; k++) {
        unsigned width = rf_scan_width[k];
        if (!s->grams[k].bitmap || text.n < width)
            continue;
        scan_places(&r, &s->grams[k], width, text.p, 0, whole);
        scan_places(&r, &s->grams[k], width, tail, whole, text.n - width + 1 - whole);
    }
}
