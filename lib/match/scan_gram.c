/* Cold: building the literals of a view. */
#include "lib/match/scan_gram.h"

#include <math.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/match/scan_rarity.h"

enum {
    GRAMS_PER_WORD = 1, /* of the bitmap */
    WORD_BITS_MAX = 22, /* log2 of words: ten more bits of the hash are left */
    GROUPS = 8,         /* of short literals */
    COUNTED = 1 << 16,  /* grams are counted by so many hashes */
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

static void choose_gram(struct rf_scan_draft *l, const uint32_t *counts)
{
    double least = HUGE_VAL;
    l->is_short = true;
    l->hash = (unsigned char)l->s.p[0];
    for (size_t at = 0; at < l->s.n; at++) {
        if (!fits(l, at))
            continue;
        uint32_t hash = rf_scan_hash(l->s.p + at).gram;
        size_t left = l->s.n - at;
        double common =
            4 * log2(counts[hash >> 16]) -
            rf_scan_rarity(l->s.p + at, left < RF_SCAN_WIDE ? left : RF_SCAN_WIDE);
        if (common < least) {
            least = common;
            l->is_short = false;
            l->at = (uint8_t)at;
            l->hash = hash;
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

void rf_scan_choose_grams(struct rf_scan_draft *v, size_t n)
{
    uint32_t *counts = rf_mem_calloc(COUNTED, sizeof *counts);
    for (size_t i = 0; i < n; i++)
        count_grams(&v[i], counts);
    for (size_t i = 0; i < n; i++) {
        choose_gram(&v[i], counts);
        if (!v[i].is_short)
            choose_window(&v[i]);
    }
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
    uint32_t bits = rf_scan_bits(rf_scan_hash(l->s.p + l->at), g->word_shift);
    if (l->s.n - l->at < RF_SCAN_WIDE)
        bits |= RF_SCAN_NARROW;
    g->bitmap[l->hash >> g->word_shift] |= bits;
    while (g->buckets[i][RF_SCAN_BUCKET - 1].literal)
        i = (i + 1) & mask;
    while (g->buckets[i][k].literal)
        k++;
    g->buckets[i][k] = l->slot;
    g->buckets[i][k].literal = literal + 1;
}

static void add_short(struct rf_scan_shorts *s, const struct rf_scan_draft *l)
{
    uint8_t group = (uint8_t)(1u << ((unsigned char)l->s.p[0] % GROUPS));
    unsigned char first = (unsigned char)l->s.p[0];
    uint32_t triple = rf_scan_triple(l->s.p);
    if (l->s.n >= RF_SCAN_SHORT_BYTES)
        s->triples[triple / 8] |= (uint8_t)(1u << triple % 8);
    for (unsigned c = 0; c < 256 && l->s.n < RF_SCAN_SHORT_BYTES; c++)
        if (l->s.n == 1 || c == (unsigned char)l->s.p[1])
            s->pairs[(first | c << 8) / 8] |= (uint8_t)(1u << first % 8);
    for (unsigned k = 0; k < RF_SCAN_SHORT_BYTES; k++) {
        for (unsigned half = 0; half < 16 && k >= l->s.n; half++) {
            s->low[k][half] |= group;
            s->high[k][half] |= group;
        }
        if (k < l->s.n) {
            s->low[k][l->s.p[k] & 15] |= group;
            s->high[k][(unsigned char)l->s.p[k] >> 4] |= group;
        }
    }
}

void rf_scan_place_grams(const struct rf_scan_draft *v, size_t n, struct rf_scan *out,
                         struct rf_arena *a)
{
    size_t nslots = 0, at = 0;
    for (size_t i = 0; i < n && !v[i].is_short; i++)
        nslots += !out->literals[i].more;
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
