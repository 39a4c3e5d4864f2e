/* Hot: from places to literals. */
#include "lib/match/scan.h"

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

static const struct rf_scan *scan_of(const struct rf_scan_sweep *w, uint32_t where)
{
    return w->texts[where >> RF_SCAN_AT_BITS].s;
}

static uint32_t at_of(uint32_t where)
{
    return where & ((UINT32_C(1) << RF_SCAN_AT_BITS) - 1);
}

/* A literal that stands in a text. */
struct found {
    const struct rf_scan_literal *literal;
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
        uint32_t text = f->v[i].where >> RF_SCAN_AT_BITS;
        w->fn(w->arg, w->texts[text].owner, w->texts[text].s->uses + l->first, l->uses,
              at_of(f->v[i].where));
    }
    f->n = 0;
}

/* Which literals stand there, of those in a row from l on whose gram does? */
static void compare(struct rf_scan_sweep *w, uint32_t where,
                    const struct rf_scan_literal *l, struct founds *f)
{
    uint32_t at = at_of(where);
    for (;; l++) {
        if (at >= l->at && stands(scan_of(w, where), l, text_of(w, where), at - l->at)) {
            if (f->n == FOUNDS)
                report(w, f);
            __builtin_prefetch(&scan_of(w, where)->uses[l->first]);
            f->v[f->n++] = (struct found){l, where - l->at};
        }
        if (!l->more)
            break;
    }
}

static void follow_short(struct rf_scan_sweep *w, uint32_t where, struct founds *f)
{
    const struct rf_scan *s = scan_of(w, where);
    uint32_t first = s->shorts.first[(unsigned char)text_of(w, where).p[at_of(where)]];
    if (first)
        compare(w, where, &s->literals[first - 1], f);
}

static void follow_gram(struct rf_scan_sweep *w, const struct rf_scan_places *places,
                        uint32_t k, struct founds *f)
{
    uint32_t where = places->grams[k];
    const struct rf_scan *s = places->s;
    const struct rf_scan_grams *g = &s->grams;
    uint32_t mask = UINT32_MAX >> g->bucket_shift, i = places->gram_hash[k];
    unsigned bits = places->wide_hash[k];
    for (;;) {
        const struct rf_scan_slot *bucket = g->buckets[i];
        for (; bits; bits &= bits - 1)
            compare(w, where,
                    &s->literals[rf_scan_leads_to(&bucket[__builtin_ctz(bits)])], f);
        if (!rf_scan_goes_on(bucket))
            return;
        i = (i + 1) & mask;
        bits = rf_scan_fitting(g->buckets[i], rf_scan_at(places, where));
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

/* Report what stands at the places of two scans, or with short literals, text by text. */
static void merge(struct rf_scan_sweep *w, uint32_t n, struct founds *f)
{
    uint32_t gram[2] = {0}, few[2] = {0};
    for (uint64_t t = 1; t <= w->ntexts; t++)
        for (uint32_t i = 0; i < n; i++) {
            const struct rf_scan_places *places = &w->places[i];
            uint64_t end = t << RF_SCAN_AT_BITS;
            for (; gram[i] < places->ngrams && places->grams[gram[i]] < end; gram[i]++)
                follow_gram(w, places, gram[i], f);
            for (; few[i] < places->nshorts && places->shorts[few[i]] < end; few[i]++)
                follow_short(w, places->shorts[few[i]], f);
        }
}

void rf_scan_finish(struct rf_scan_sweep *w)
{
    struct founds f;
    uint32_t n = !w->places[0].s ? 0 : !w->places[1].s ? 1 : 2;
    f.n = 0;
    for (uint32_t i = 0; i < n; i++) {
        rf_scan_sift(&w->places[i]);
        rf_scan_ask(&w->places[i]);
    }
    for (uint32_t i = 0; i < n; i++) {
        rf_scan_look_up(&w->places[i]);
        ask_shorts(&w->places[i]);
    }
    if (n == 1 && w->places[0].nshorts == 0)
        for (uint32_t i = 0; i < w->places[0].ngrams; i++)
            follow_gram(w, &w->places[0], i, &f);
    else
        merge(w, n, &f);
    report(w, &f);
    w->ntexts = w->nbytes = 0;
    w->places[0].s = w->places[1].s = NULL;
}

/* Where the places of that scan are gathered. */
static struct rf_scan_places *places_of(struct rf_scan_sweep *w, const struct rf_scan *s)
{
    struct rf_scan_places *places = w->places;
    if (places[0].s == s)
        return places;
    if (places[0].s && places[1].s == s)
        return places + 1;
    if (places[0].s && places[1].s)
        rf_scan_finish(w);
    places += places[0].s != NULL;
    places->s = s;
    places->nblocks = 0;
    return places;
}

void rf_scan_text(struct rf_scan_sweep *w, const struct rf_scan *s, struct rf_str text,
                  uint32_t owner)
{
    size_t n;
    for (size_t at = 0; at < text.n && s->sieve; at += n) {
        n = text.n - at < RF_SCAN_PLACES / 2 ? text.n - at : RF_SCAN_PLACES / 2;
        if (w->ntexts == RF_SCAN_TEXTS || w->nbytes + n > RF_SCAN_PLACES)
            rf_scan_finish(w);
        struct rf_scan_places *places = places_of(w, s);
        uint32_t i = (uint32_t)w->ntexts++;
        w->nbytes += n;
        w->texts[i].s = s;
        w->texts[i].text = text;
        w->texts[i].owner = owner;
        places->texts[i] = text.p;
        rf_scan_add_places(places, text.p + at, n, i << RF_SCAN_AT_BITS | (uint32_t)at);
    }
}
