/* Hot: scanning. */
#include "lib/match/scan.h"

#define PLACES 256 /* looked at before any is followed up */

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
    if (rf_scan_head(text.p + begin, n) != l->head)
        return false;
    const char *there = text.p + begin + l->n, *end = bytes + l->bytes + l->n;
    if (l->n > 2 * RF_SCAN_HEAD)
        return memcmp(there - l->n, end - l->n, l->n) == 0;
    return l->n <= RF_SCAN_HEAD ||
           memcmp(there - RF_SCAN_HEAD, end - RF_SCAN_HEAD, RF_SCAN_HEAD) == 0;
}

/* A place that the bitmap knows. */
struct place {
    const struct rf_scan_grams *g;
    uint32_t hash, at; /* in the text */
};

/* The first slot from `slot` on that may lead to the gram of that hash, or an empty one.
 */
static uint32_t next_slot(const struct rf_scan_grams *g, uint32_t slot, uint32_t hash)
{
    uint32_t mask = UINT32_MAX >> g->slot_shift, tag = hash & RF_SCAN_TAG;
    slot &= mask;
    while (g->slots[slot] && (g->slots[slot] & RF_SCAN_TAG) != tag)
        slot = (slot + 1) & mask;
    return slot;
}

static const struct rf_scan_literal *literal_of(const struct rf_scan *s, uint32_t slot)
{
    return &s->literals[(slot >> RF_SCAN_TAG_BITS) - 1];
}

/* Which literals stand at the place, of those from `slot` on? */
static void follow_one(const struct run *r, const struct place *at, uint32_t slot)
{
    const struct rf_scan_grams *g = at->g;
    for (; g->slots[slot]; slot = next_slot(g, slot + 1, at->hash)) {
        const struct rf_scan_literal *l = literal_of(r->s, g->slots[slot]);
        for (;; l++) {
            if (stands(l, r->s->bytes, r->text, at->at))
                r->fn(r->arg, r->s->uses + l->first, l->uses, at->at - l->at);
            if (!l->more)
                break;
        }
    }
}

/* Memory is asked for ahead of its use: the slots are on their way already. */
static void follow(const struct run *r, const struct place *places, size_t n)
{
    uint32_t slots[PLACES * RF_SCAN_WIDTHS];
    for (size_t i = 0; i < n; i++) {
        const struct rf_scan_grams *g = places[i].g;
        slots[i] = next_slot(g, places[i].hash >> g->slot_shift, places[i].hash);
        if (g->slots[slots[i]])
            __builtin_prefetch(literal_of(r->s, g->slots[slots[i]]));
    }
    for (size_t i = 0; i < n; i++)
        follow_one(r, &places[i], slots[i]);
}

size_t rf_scan_find_plain(const struct rf_scan_grams *g, unsigned width, const char *p,
                          size_t n, uint16_t *found)
{
    size_t nfound = 0;
    for (size_t i = 0; i < n; i++) { /* no branch: what is found is a guess */
        uint32_t hash = rf_scan_hash(p + i, width);
        uint32_t bits = rf_scan_bits(hash, g->word_shift);
        found[nfound] = (uint16_t)i;
        nfound += (g->bitmap[hash >> g->word_shift] & bits) == bits &&
                  (width > 2 || rf_scan_short(g, width, p + i));
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

/* The places that the bitmap of that width knows, of those of the text from begin on that
 * a copy of it, with room behind, has at p. Returns how many. */
static size_t find_places(const struct run *r, unsigned k, const char *p, size_t begin,
                          size_t n, struct place *places)
{
    const struct rf_scan_grams *g = &r->s->grams[k];
    unsigned width = rf_scan_width[k];
    uint16_t found[PLACES];
    if (!g->bitmap || begin + width > r->text.n)
        return 0;
    size_t last = r->text.n - begin - width;
    size_t nfound = find(g, width, p, last < n ? last + 1 : n, found);
    for (size_t i = 0; i < nfound; i++) {
        uint32_t hash = rf_scan_hash(p + found[i], width);
        __builtin_prefetch(&g->slots[hash >> g->slot_shift]);
        places[i] = (struct place){g, hash, (uint32_t)begin + found[i]};
    }
    return nfound;
}

/* At most PLACES + RF_SCAN_ROOM bytes, and room behind. In blocks: compilers make of a
 * bounded memcpy an instruction that takes longer to begin than all of it should. */
static void copy_from(char *out, struct rf_str s)
{
    size_t n = s.n < PLACES + RF_SCAN_ROOM ? s.n : PLACES + RF_SCAN_ROOM, i = 0;
    for (; i + 32 <= n; i += 32)
        memcpy(out + i, s.p + i, 32);
    for (; i < n; i++)
        out[i] = s.p[i];
    memset(out + n, 0, RF_SCAN_ROOM);
}

void rf_scan_run(const struct rf_scan *s, struct rf_str text, rf_scan_fn *fn, void *arg)
{
    struct run r = {.s = s, .text = text, .fn = fn, .arg = arg};
    if (s->nliterals == 0)
        return;
    for (size_t begin = 0; begin < text.n; begin += PLACES) {
        char copy[PLACES + 2 * RF_SCAN_ROOM];
        struct place places[PLACES * RF_SCAN_WIDTHS];
        size_t nplaces = 0;
        size_t left = text.n - begin;
        copy_from(copy, rf_str_sub(text, begin));
        left = left < PLACES ? left : PLACES;
        for (unsigned k = RF_SCAN_WIDTHS; k-- > 0;) /* the largest tables first */
            nplaces += find_places(&r, k, copy, begin, left, places + nplaces);
        follow(&r, places, nplaces);
    }
}
