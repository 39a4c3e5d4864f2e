/* Hot: from places to literals. */
#include "lib/match/scan.h"

#define FOUNDS 256

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

/* The places' hashes have made way for buckets. */
static void follow_gram(struct rf_scan_sweep *w, const struct rf_scan_places *places,
                        uint32_t k, struct founds *f)
{
    uint32_t where = places->grams[k];
    const struct rf_scan *s = places->s;
    const struct rf_scan_grams *g = &s->grams;
    const char *p = text_of(w, where).p + at_of(where);
    uint32_t mask = UINT32_MAX >> g->bucket_shift, i = places->gram_hash[k];
    for (unsigned bits = places->wide_hash[k];; bits = fitting(g->buckets[i], p)) {
        const struct rf_scan_slot *bucket = g->buckets[i];
        for (; bits; bits &= bits - 1)
            compare(w, where, &s->literals[bucket[__builtin_ctz(bits)].literal - 1], f);
        if (!bucket[RF_SCAN_BUCKET - 1].literal)
            return;
        i = (i + 1) & mask;
    }
}

/* Ask for the buckets of places whose gram the bitmap may hold. */
static void ask(struct rf_scan_places *places)
{
    const struct rf_scan_grams *g = &places->s->grams;
    rf_scan_ask(places);
    for (uint32_t i = 0; i < places->ngrams; i++) {
        places->gram_hash[i] >>= g->bucket_shift;
        __builtin_prefetch(&g->buckets[places->gram_hash[i]]);
    }
}

static void ask_shorts(struct rf_scan_sweep *w, struct rf_scan_places *places)
{
    const struct rf_scan_shorts *s = &places->s->shorts;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < places->nshorts; i++) {
        uint32_t where = places->shorts[i];
        places->shorts[kept] = where;
        kept += rf_scan_short(s, text_of(w, where).p + at_of(where));
    }
    places->nshorts = kept;
}

/* Keep the places whose bucket, asked for before, has something that fits, or is full;
 * ask for its literals. */
static void look_up(struct rf_scan_sweep *w, struct rf_scan_places *places)
{
    const struct rf_scan *s = places->s;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < places->ngrams; i++) {
        uint32_t where = places->grams[i];
        const struct rf_scan_slot *bucket = s->grams.buckets[places->gram_hash[i]];
        unsigned bits = fitting(bucket, text_of(w, where).p + at_of(where));
        places->grams[kept] = where;
        places->gram_hash[kept] = places->gram_hash[i];
        places->wide_hash[kept] = bits;
        /* Without one that fits any will do. */
        uint32_t literal =
            bucket[__builtin_ctz(bits | 1u << RF_SCAN_BUCKET) % RF_SCAN_BUCKET].literal;
        __builtin_prefetch(&s->literals[literal - (literal > 0)]);
        kept += (bits | bucket[RF_SCAN_BUCKET - 1].literal) != 0;
    }
    places->ngrams = kept;
}

/* Report what stands at the places sifted, text by text. */
static void follow(struct rf_scan_sweep *w)
{
    struct founds f;
    uint32_t nplaces = !w->places[0].s ? 0 : !w->places[1].s ? 1 : 2;
    uint32_t gram[2] = {0}, few[2] = {0};
    f.n = 0;
    for (uint32_t i = 0; i < nplaces; i++)
        ask(&w->places[i]);
    for (uint32_t i = 0; i < nplaces; i++) {
        look_up(w, &w->places[i]);
        ask_shorts(w, &w->places[i]);
    }
    for (uint64_t t = 1; t <= w->ntexts; t++)
        for (uint32_t i = 0; i < nplaces; i++) {
            const struct rf_scan_places *places = &w->places[i];
            uint64_t end = t << RF_SCAN_AT_BITS;
            for (; gram[i] < places->ngrams && places->grams[gram[i]] < end; gram[i]++)
                follow_gram(w, places, gram[i], &f);
            for (; few[i] < places->nshorts && places->shorts[few[i]] < end; few[i]++)
                follow_short(w, places->shorts[few[i]], &f);
        }
    report(w, &f);
    for (uint32_t i = 0; i < nplaces; i++)
        w->places[i].ngrams = w->places[i].nshorts = 0;
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
    places->ngrams = places->nshorts = 0;
    return places;
}

void rf_scan_text(struct rf_scan_sweep *w, const struct rf_scan *s, struct rf_str text,
                  uint32_t owner)
{
    if (!s->sieve)
        return;
    if (w->ntexts == RF_SCAN_TEXTS)
        rf_scan_finish(w);
    struct rf_scan_places *places = places_of(w, s);
    uint32_t i = (uint32_t)w->ntexts++;
    w->texts[i].s = s;
    w->texts[i].text = text;
    w->texts[i].owner = owner;
    for (size_t begin = 0; begin < text.n; begin += RF_SCAN_BLOCK) {
        size_t n = text.n - begin < RF_SCAN_BLOCK ? text.n - begin : RF_SCAN_BLOCK;
        if (places->ngrams + n > RF_SCAN_PLACES || places->nshorts + n > RF_SCAN_PLACES)
            follow(w);
        rf_scan_sift(text.p + begin, n, i << RF_SCAN_AT_BITS | (uint32_t)begin, places);
    }
}

void rf_scan_finish(struct rf_scan_sweep *w)
{
    follow(w);
    w->ntexts = 0;
    w->places[0].s = w->places[1].s = NULL;
}
