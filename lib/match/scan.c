/* Hot: from places to literals. */
#include "lib/match/scan.h"

#include <assert.h>

#define FOUNDS 256

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

static struct rf_str text_of(const struct rf_scan_sweep *w, uint32_t where)
{
    return w->texts[where >> RF_SCAN_AT_BITS].text;
}

static uint32_t at_of(uint32_t where)
{
    return where & ((UINT32_C(1) << RF_SCAN_AT_BITS) - 1);
}

/* A literal that stands in a text. */
struct found {
    const struct rf_scan_literal *literal;
    const struct rf_scan_use *uses;
    uint32_t where;
};

struct founds {
    struct found v[FOUNDS];
    size_t n;
};

static void report(struct rf_scan_sweep *w, struct founds *f)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct rf_scan_literal *l = f->v[i].literal;
        uint32_t owner = w->texts[f->v[i].where >> RF_SCAN_AT_BITS].owner;
        w->fn(w->arg, owner, l->form, f->v[i].uses, l->uses, at_of(f->v[i].where));
    }
    f->n = 0;
}

/* Which literals stand there, of those in a row from number i on whose gram does? */
static void compare(struct rf_scan_sweep *w, const struct rf_scan *s, uint32_t where,
                    uint32_t i, struct founds *f)
{
    uint32_t at = at_of(where), forms = w->texts[where >> RF_SCAN_AT_BITS].forms;
    for (const struct rf_scan_literal *l = &s->literals[i];; l++) {
        if (forms >> l->form & 1 && at >= l->at &&
            stands(s, l, text_of(w, where), at - l->at)) {
            if (f->n == FOUNDS)
                report(w, f);
            __builtin_prefetch(&s->uses[l->first]);
            f->v[f->n++] = (struct found){l, &s->uses[l->first], where - l->at};
        }
        if (!l->more)
            break;
    }
}

static void follow_short(struct rf_scan_sweep *w, const struct rf_scan_place *p,
                         struct founds *f)
{
    const struct rf_scan_places *places = &w->places[p->scan];
    unsigned char c = (unsigned char)*rf_scan_at(places, p->where);
    if (places->s->shorts.first[c])
        compare(w, places->s, p->where, places->s->shorts.first[c] - 1, f);
}

static void follow_gram(struct rf_scan_sweep *w, const struct rf_scan_place *p,
                        struct founds *f)
{
    const struct rf_scan_places *places = &w->places[p->scan];
    const struct rf_scan_grams *g = &places->s->grams;
    uint32_t mask = UINT32_MAX >> g->bucket_shift, i = p->bucket;
    unsigned bits = p->bits;
    for (;;) {
        const struct rf_scan_slot *bucket = g->buckets[i];
        for (; bits; bits &= bits - 1)
            compare(w, places->s, p->where,
                    rf_scan_leads_to(&bucket[__builtin_ctz(bits)]), f);
        if (!rf_scan_goes_on(bucket))
            return;
        i = (i + 1) & mask;
        bits = rf_scan_fitting(g->buckets[i], rf_scan_at(places, p->where));
    }
}

static void ask_shorts(struct rf_scan_places *places)
{
    const struct rf_scan_shorts *s = &places->s->shorts;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < places->nshorts; i++) {
        uint32_t where = places->shorts[i];
        places->shorts[kept] = where;
        kept += rf_scan_short(s, rf_scan_at(places, where));
    }
    places->nshorts = kept;
}

/* All places that are left, by text; returns how many. */
static uint32_t sort(struct rf_scan_sweep *w)
{
    uint32_t next[RF_SCAN_TEXTS + 1] = {0};
    for (uint16_t k = 0; k < w->nscans; k++) {
        const struct rf_scan_places *places = &w->places[k];
        for (uint32_t i = 0; i < places->ngrams; i++)
            next[(places->grams[i] >> RF_SCAN_AT_BITS) + 1]++;
        for (uint32_t i = 0; i < places->nshorts; i++)
            next[(places->shorts[i] >> RF_SCAN_AT_BITS) + 1]++;
    }
    for (uint32_t i = 1; i <= w->ntexts; i++)
        next[i] += next[i - 1];
    uint32_t all = next[w->ntexts];
    for (uint16_t k = 0; k < w->nscans; k++) {
        const struct rf_scan_places *p = &w->places[k];
        for (uint32_t i = 0; i < p->ngrams; i++)
            w->sorted[next[p->grams[i] >> RF_SCAN_AT_BITS]++] = (struct rf_scan_place){
                p->grams[i], p->keys[i], (uint16_t)p->fitting[i], k};
        for (uint32_t i = 0; i < p->nshorts; i++)
            w->sorted[next[p->shorts[i] >> RF_SCAN_AT_BITS]++] =
                (struct rf_scan_place){p->shorts[i], 0, RF_SCAN_IS_SHORT, k};
    }
    return all;
}

static void follow(struct rf_scan_sweep *w, uint32_t n)
{
    struct founds f;
    f.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct rf_scan_place *p = &w->sorted[i];
        if (p->bits == RF_SCAN_IS_SHORT)
            follow_short(w, p, &f);
        else
            follow_gram(w, p, &f);
    }
    report(w, &f);
}

void rf_scan_finish(struct rf_scan_sweep *w)
{
    if (w->ntexts == 0)
        return;
    for (uint32_t i = 0; i < w->nscans; i++) {
        rf_scan_sift(&w->places[i]);
        rf_scan_ask(&w->places[i]);
    }
    for (uint32_t i = 0; i < w->nscans; i++) {
        rf_scan_look_up(&w->places[i]);
        ask_shorts(&w->places[i]);
    }
    follow(w, sort(w));
    w->ntexts = 0;
    w->nbytes = 0;
}

void rf_scan_begin(struct rf_scan_sweep *w, const struct rf_scan *scans, uint32_t n,
                   rf_scan_fn *fn, void *arg)
{
    assert(n <= RF_SCAN_SCANS);
    w->nscans = n;
    for (uint32_t i = 0; i < n; i++)
        w->places[i].s = &scans[i];
    w->fn = fn;
    w->arg = arg;
}

/* Some places of a text. */
static void add(struct rf_scan_sweep *w, uint32_t scan, unsigned sieve, unsigned forms,
                struct rf_str text, uint32_t owner, size_t at, size_t n)
{
    struct rf_scan_places *places = &w->places[scan];
    if (w->ntexts == RF_SCAN_TEXTS || w->nbytes + n > RF_SCAN_PLACES)
        rf_scan_finish(w);
    uint32_t i = w->ntexts++;
    w->nbytes += n;
    w->texts[i].text = text;
    w->texts[i].owner = owner;
    w->texts[i].forms = forms;
    places->texts[i] = text.p;
    rf_scan_add_places(&places->blocks[sieve], text.p + at, n,
                       i << RF_SCAN_AT_BITS | (uint32_t)at);
}

void rf_scan_text(struct rf_scan_sweep *w, uint32_t scan, unsigned sieve, unsigned forms,
                  struct rf_str text, uint32_t owner)
{
    size_t most = RF_SCAN_PLACES / 2;
    if (!w->places[scan].s->sieves[sieve])
        return;
    for (size_t at = 0; at < text.n; at += most)
        add(w, scan, sieve, forms, text, owner, at,
            text.n - at < most ? text.n - at : most);
}
