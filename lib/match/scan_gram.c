/* Cold: how literals are found. */
#include "lib/match/scan_gram.h"

#include <math.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/match/scan_rarity.h"
#include "lib/match/scan_sieve.h"

enum {
    GRAMS_PER_WORD = 4, /* of the bitmap */
    WORD_BITS_MAX = 22, /* log2 of words: ten more bits of the hash are left */
    LOOKED_UP = 60, /* a place that is takes so long as that many the sieve lets pass */
    COUNTED = 1 << 16, /* grams are counted by so many hashes */
};

static bool fits(const struct rf_scan_draft *l, size_t at)
{
    return at + rf_scan_width(l->s.p[at]) <= l->s.n;
}

/* Count every gram of the literal that it might be found by. */
static void count_grams(const struct rf_scan_draft *l, uint32_t *counts)
{
    for (size_t at = 0; at < l->s.n; at++)
        if (fits(l, at))
            counts[rf_scan_hash(l->s.p + at).gram >> 16]++;
}

/* About the share of places of a text with the gram at s.p, times what it takes to look
 * them up: the more the more literals have it. */
static double commonness(struct rf_str s, const uint32_t *counts)
{
    double bits = rf_scan_rarity(s.p, s.n < RF_SCAN_WIDE ? s.n : RF_SCAN_WIDE) / 4.0;
    double n = counts[rf_scan_hash(s.p).gram >> 16];
    return n * sqrt(n) * exp2(-bits);
}

static bool inside_character(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

static void choose_gram(struct rf_scan_draft *l, const uint32_t *counts,
                        const struct rf_sieving *sieving, unsigned groups)
{
    double least = HUGE_VAL, cost;
    for (size_t at = 0; at < l->s.n; at++) {
        struct rf_str rest = rf_str_sub(l->s, at);
        if (!fits(l, at) || (inside_character(rest.p[0]) && !l->is_short))
            continue;
        double looked_up = LOOKED_UP * commonness(rest, counts);
        if (looked_up >= least)
            continue;
        rf_sieving_best(sieving, rest, groups, &cost);
        if (cost + looked_up < least) {
            least = cost + looked_up;
            l->is_short = false;
            l->at = (uint8_t)at;
        }
    }
}

/* As much of the literal around its gram as fits. */
static void choose_window(struct rf_scan_draft *l)
{
    unsigned n = l->s.n < RF_SCAN_HEAD ? (unsigned)l->s.n : RF_SCAN_HEAD;
    size_t last = l->s.n - n, begin = l->at < last ? l->at : last;
    l->slot.before = (uint8_t)(l->at - begin);
    l->slot.shift = (uint8_t)(8 * (RF_SCAN_HEAD - n));
    l->slot.tag = rf_scan_tag(l->s.p + begin, l->slot.shift);
}

/* What the literal is found by: its gram, or all of it. */
static void choose(struct rf_scan_draft *l, const uint32_t *counts,
                   const struct rf_sieving *sieving, unsigned groups)
{
    l->is_short = l->chosen = true;
    choose_gram(l, counts, sieving, groups);
    l->hash = (unsigned char)l->s.p[0];
    if (!l->is_short) {
        l->hash = rf_scan_hash(l->s.p + l->at).gram;
        choose_window(l);
    }
}

/* Short ones first: they have no choice, those after them heed it. */
static int by_length(const void *x, const void *y)
{
    const struct rf_scan_draft *a = x, *b = y;
    if (a->s.n != b->s.n)
        return a->s.n < b->s.n ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

/* The groups of short literals, of the n whose form is among `forms`: as many as are
 * worth it. */
static unsigned groups_of_shorts(const struct rf_scan_draft *v, size_t n, unsigned forms)
{
    size_t shorts = 0;
    for (size_t i = 0; i < n; i++) {
        bool has = !(forms >> v[i].form & 1);
        for (size_t at = 0; at < v[i].s.n && !has; at++)
            has = fits(&v[i], at);
        shorts += !has;
    }
    return shorts == 0 ? 0 : shorts < 10 ? 1 : shorts < 30 ? 3 : 7;
}

/* Fill the sieve, empty before, for literals of `forms`. */
static void make_sieve(struct rf_scan_draft *v, size_t n, unsigned forms,
                       const uint32_t *counts, struct rf_scan_sieve *sieve)
{
    struct rf_sieving *sieving = rf_mem_calloc(1, sizeof *sieving);
    unsigned of_shorts = groups_of_shorts(v, n, forms), of_grams = 0xFF & ~of_shorts;
    double cost;
    rf_sieving_init(sieving, sieve);
    for (size_t i = 0; i < n; i++) {
        struct rf_scan_draft *l = &v[i];
        if (!(forms >> l->form & 1))
            continue;
        if (!l->chosen)
            choose(l, counts, sieving, of_grams);
        struct rf_str found_by = rf_str_sub(l->s, l->at);
        unsigned group =
            rf_sieving_best(sieving, found_by, l->is_short ? of_shorts : of_grams, &cost);
        rf_sieving_join(sieving, found_by, group);
        *(l->is_short ? &sieve->shorts : &sieve->grams) |= (uint8_t)(1u << group);
    }
    rf_sieving_finish(sieving);
    free(sieving);
}

void rf_scan_choose_grams(struct rf_scan_draft *v, size_t n,
                          const uint8_t forms[RF_SCAN_SIEVES],
                          struct rf_scan_sieve *const sieves[RF_SCAN_SIEVES])
{
    uint32_t *counts = rf_mem_calloc(COUNTED, sizeof *counts);
    qsort(v, n, sizeof *v, by_length);
    for (size_t i = 0; i < n; i++)
        count_grams(&v[i], counts);
    for (unsigned k = 0; k < RF_SCAN_SIEVES; k++)
        if (sieves[k])
            make_sieve(v, n, forms[k], counts, sieves[k]);
    free(counts);
}

bool rf_scan_same_slot(const struct rf_scan_draft *x, const struct rf_scan_draft *y)
{
    return x->is_short == y->is_short && x->hash == y->hash &&
           memcmp(&x->slot, &y->slot, sizeof x->slot) == 0;
}

static uint32_t log2_at_least(size_t n)
{
    uint32_t bits = 0;
    while ((UINT64_C(1) << bits) < n)
        bits++;
    return bits;
}

static void make_tables(struct rf_scan_grams *g, size_t nslots, struct rf_arena *a)
{
    uint32_t word_bits = 1 + log2_at_least(nslots / GRAMS_PER_WORD);
    uint32_t bucket_bits = 1 + log2_at_least(nslots / RF_SCAN_BUCKET + 1);
    word_bits = word_bits < WORD_BITS_MAX ? word_bits : WORD_BITS_MAX;
    g->word_shift = 32 - word_bits;
    g->bucket_shift = 32 - bucket_bits;
    g->bitmap = rf_arena_calloc_lines(a, (size_t)1 << word_bits, sizeof *g->bitmap);
    g->buckets = rf_arena_calloc_lines(a, (size_t)1 << bucket_bits, sizeof *g->buckets);
}

static void add_gram(struct rf_scan_grams *g, const struct rf_scan_draft *l,
                     uint32_t literal)
{
    uint32_t i = l->hash >> g->bucket_shift, mask = UINT32_MAX >> g->bucket_shift;
    unsigned k = 0;
    uint32_t bits = rf_scan_bits(rf_scan_key(rf_scan_hash(l->s.p + l->at), g->word_shift),
                                 g->word_shift);
    if (l->s.n - l->at < RF_SCAN_WIDE)
        bits |= RF_SCAN_NARROW;
    g->bitmap[l->hash >> g->word_shift] |= bits;
    for (; g->buckets[i][RF_SCAN_BUCKET - 1].literal; i = (i + 1) & mask)
        g->buckets[i][RF_SCAN_BUCKET - 1].literal |= RF_SCAN_GOES_ON;
    while (g->buckets[i][k].literal)
        k++;
    g->buckets[i][k] = l->slot;
    g->buckets[i][k].literal = literal + 1;
}

static void add_short(struct rf_scan_shorts *s, const struct rf_scan_draft *l)
{
    unsigned char first = (unsigned char)l->s.p[0];
    uint32_t triple = rf_scan_triple(l->s.p);
    if (l->s.n >= 3)
        s->triples[triple / 8] |= (uint8_t)(1u << triple % 8);
    for (unsigned c = 0; c < 256 && l->s.n < 3; c++)
        if (l->s.n == 1 || c == (unsigned char)l->s.p[1])
            s->pairs[(first | c << 8) / 8] |= (uint8_t)(1u << first % 8);
}

void rf_scan_place_grams(const struct rf_scan_draft *v, size_t n, struct rf_scan *out,
                         struct rf_arena *a)
{
    size_t nslots = 0, at = 0;
    for (size_t i = 0; i < n && !v[i].is_short; i++)
        nslots += !out->literals[i].more;
    out->grams.word_shift = out->grams.bucket_shift = 31;
    if (nslots)
        make_tables(&out->grams, nslots, a);
    for (; at < n && !v[at].is_short; at++)
        if (at == 0 || !out->literals[at - 1].more)
            add_gram(&out->grams, &v[at], (uint32_t)at);
    if (at < n) {
        out->shorts.first = RF_NEW_ARRAY(a, uint32_t, 256);
        out->shorts.pairs = RF_NEW_ARRAY(a, uint8_t, 256 * 256 / 8);
        out->shorts.triples = RF_NEW_ARRAY(a, uint8_t, RF_SCAN_TRIPLES / 8);
    }
    for (; at < n; at++) {
        add_short(&out->shorts, &v[at]);
        if (!out->shorts.first[v[at].hash])
            out->shorts.first[v[at].hash] = (uint32_t)at + 1;
    }
}
