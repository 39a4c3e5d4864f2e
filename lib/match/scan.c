/* Hot: from places to literals. */
#include "lib/match/scan.h"

#define BLOCK 256        /* places of a text looked at at once */
#define SHORT UINT32_MAX /* in the place of a bucket */

/* ---- from a gram to its literals ---- */

/* The slots of a bucket whose window may stand around the gram at p, as bits. No branch:
 * what is there is a guess. */
static inline unsigned fitting(const struct rf_scan_slot bucket[RF_SCAN_BUCKET],
                               const char *p)
{
    unsigned bits = 0;
#pragma GCC unroll 4
    for (unsigned k = 0; k < RF_SCAN_BUCKET; k++) {
        const struct rf_scan_slot *slot = &bucket[k];
        bool fits = rf_scan_tag(p - slot->before, slot->shift) == slot->tag;
        bits |= (unsigned)(fits & (slot->literal != 0)) << k;
    }
    return bits;
}

/* Whether the literal stands at text[begin...). */
static bool stands(const struct rf_scan *s, const struct rf_scan_literal *l,
                   struct rf_str text, size_t begin)
{
    const char *there = text.p + begin;
    if (begin + l->n > text.n)
        return false;
    if (l->n <= RF_SCAN_HEAD)
        return rf_scan_head(there, l->n) == l->head[0];
    unsigned rest = l->n < 2 * RF_SCAN_HEAD ? l->n - RF_SCAN_HEAD : RF_SCAN_HEAD;
    return rf_scan_head(there, RF_SCAN_HEAD) == l->head[0] &&
           rf_scan_head(there + RF_SCAN_HEAD, rest) == l->head[1] &&
           (l->n <= 2 * RF_SCAN_HEAD || memcmp(there, s->bytes + l->bytes, l->n) == 0);
}

/* A literal that stands in a text. */
struct found {
    const struct rf_scan_literal *literal;
    uint32_t text, begin;
};

struct founds {
    struct found v[RF_SCAN_PLACES];
    size_t n;
};

static void report(struct rf_scan_sweep *w, struct founds *f)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct rf_scan_literal *l = f->v[i].literal;
        uint32_t text = f->v[i].text;
        w->fn(w->arg, w->texts[text].owner, w->texts[text].s->uses + l->first, l->uses,
              f->v[i].begin);
    }
    f->n = 0;
}

/* Which literals stand there, of those in a row from l on whose gram does? */
static void compare(struct rf_scan_sweep *w, const struct rf_scan_place *at,
                    const struct rf_scan_literal *l, struct founds *f)
{
    const struct rf_scan *s = w->texts[at->text].s;
    for (;; l++) {
        if (at->at >= l->at && stands(s, l, w->texts[at->text].text, at->at - l->at)) {
            if (f->n == RF_SCAN_PLACES)
                report(w, f);
            __builtin_prefetch(&s->uses[l->first]);
            f->v[f->n++] = (struct found){l, at->text, at->at - l->at};
        }
        if (!l->more)
            break;
    }
}

static void follow_short(struct rf_scan_sweep *w, const struct rf_scan_place *at,
                         struct founds *f)
{
    const struct rf_scan *s = w->texts[at->text].s;
    uint32_t first = s->shorts.first[(unsigned char)w->texts[at->text].text.p[at->at]];
    if (first)
        compare(w, at, &s->literals[first - 1], f);
}

static void follow_gram(struct rf_scan_sweep *w, const struct rf_scan_place *at,
                        struct founds *f)
{
    const struct rf_scan *s = w->texts[at->text].s;
    const struct rf_scan_grams *g = &s->grams;
    const char *p = w->texts[at->text].text.p + at->at;
    uint32_t mask = UINT32_MAX >> g->bucket_shift, i = at->bucket;
    for (unsigned bits = at->fits;; bits = fitting(g->buckets[i], p)) {
        const struct rf_scan_slot *bucket = g->buckets[i];
        for (; bits; bits &= bits - 1)
            compare(w, at, &s->literals[bucket[__builtin_ctz(bits)].literal - 1], f);
        if (!bucket[RF_SCAN_BUCKET - 1].literal)
            return;
        i = (i + 1) & mask;
    }
}

/* Keep the places whose bucket, asked for when they were found, has something that fits,
 * or is full; ask for its literals. */
static void look_up(struct rf_scan_sweep *w)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->nplaces; i++) {
        struct rf_scan_place at = w->places[i];
        w->places[kept] = at;
        if (at.bucket == SHORT) {
            kept++;
            continue;
        }
        const struct rf_scan *s = w->texts[at.text].s;
        const struct rf_scan_slot *bucket = s->grams.buckets[at.bucket];
        unsigned bits = fitting(bucket, w->texts[at.text].text.p + at.at);
        w->places[kept].fits = bits;
        /* Without one that fits any will do. */
        uint32_t literal =
            bucket[__builtin_ctz(bits | 1u << RF_SCAN_BUCKET) % RF_SCAN_BUCKET].literal;
        __builtin_prefetch(&s->literals[literal - (literal > 0)]);
        kept += (bits | bucket[RF_SCAN_BUCKET - 1].literal) != 0;
    }
    w->nplaces = kept;
}

static void follow(struct rf_scan_sweep *w)
{
    struct founds f;
    f.n = 0;
    look_up(w);
    for (size_t i = 0; i < w->nplaces; i++) {
        if (w->places[i].bucket == SHORT)
            follow_short(w, &w->places[i], &f);
        else
            follow_gram(w, &w->places[i], &f);
    }
    report(w, &f);
    w->nplaces = 0;
}

/* ---- texts ---- */

static void add_grams(struct rf_scan_sweep *w, uint32_t text, size_t begin, size_t n)
{
    const struct rf_scan_grams *g = &w->texts[text].s->grams;
    const char *p = w->texts[text].text.p + begin;
    uint16_t found[BLOCK + RF_SCAN_MORE];
    size_t nfound = rf_scan_find_grams(g, p, n, found);
    for (size_t i = 0; i < nfound; i++) {
        uint32_t bucket = rf_scan_hash(p + found[i]).gram >> g->bucket_shift;
        __builtin_prefetch(&g->buckets[bucket]);
        w->places[w->nplaces++] =
            (struct rf_scan_place){text, (uint32_t)begin + found[i], bucket, 0};
    }
}

static void add_shorts(struct rf_scan_sweep *w, uint32_t text, size_t begin, size_t n)
{
    const struct rf_scan_shorts *s = &w->texts[text].s->shorts;
    const char *p = w->texts[text].text.p + begin;
    uint16_t found[BLOCK + RF_SCAN_MORE];
    size_t nfound = rf_scan_find_shorts(s, p, n, found);
    for (size_t i = 0; i < nfound; i++) {
        w->places[w->nplaces] =
            (struct rf_scan_place){text, (uint32_t)begin + found[i], SHORT, 0};
        w->nplaces += rf_scan_short(s, p + found[i]);
    }
}

void rf_scan_text(struct rf_scan_sweep *w, const struct rf_scan *s, struct rf_str text,
                  uint32_t owner)
{
    if (w->ntexts == RF_SCAN_TEXTS)
        rf_scan_finish(w);
    uint32_t i = (uint32_t)w->ntexts++;
    w->texts[i].s = s;
    w->texts[i].text = text;
    w->texts[i].owner = owner;
    for (size_t begin = 0; begin < text.n; begin += BLOCK) {
        size_t n = text.n - begin < BLOCK ? text.n - begin : BLOCK;
        if (w->nplaces + 2 * BLOCK > RF_SCAN_PLACES)
            follow(w);
        if (s->grams.bitmap)
            add_grams(w, i, begin, n);
        if (s->shorts.first)
            add_shorts(w, i, begin, n);
    }
}

void rf_scan_finish(struct rf_scan_sweep *w)
{
    follow(w);
    w->ntexts = 0;
}
