/* Cold: building the literals of a view. */
#include "lib/match/scan.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/base/map.h"
#include "lib/base/mem.h"

enum {
    GRAMS_PER_WORD = 2, /* of the bitmap: one place in fifty is followed in vain */
    WORD_BITS_MAX = 22, /* log2 of words: ten more bits of the hash are left */
    FEW = 200,
    FIRST_JOINED = 2, /* grams of one and two bytes stand in every text */
    HEAD_PADDING = RF_SCAN_HEAD,
    COUNTED = 1 << 16, /* grams are counted by so many hashes */
};

struct literal {
    struct rf_str s; /* with HEAD_PADDING behind it */
    uint32_t hash;   /* of the gram */
    uint32_t number;
    uint8_t width, at; /* width: number of it */
};

struct use {
    struct rf_scan_use use;
    uint32_t literal;
};

struct rf_scan_builder {
    struct rf_arena arena;
    struct rf_map index; /* literal to its number */
    struct literal *literals;
    struct use *uses;
    size_t nliterals, nuses, literals_cap, uses_cap, bytes;
};

struct rf_scan_builder *rf_scan_builder_new(void)
{
    struct rf_scan_builder *b = rf_mem_calloc(1, sizeof *b);
    rf_arena_init(&b->arena, 0);
    rf_map_init(&b->index);
    return b;
}

void rf_scan_builder_free(struct rf_scan_builder *b)
{
    if (!b)
        return;
    rf_map_fini(&b->index);
    rf_arena_fini(&b->arena);
    free(b->literals);
    free(b->uses);
    free(b);
}

/* Room for one more of `size` bytes. */
static void *grow(void *p, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return p;
    *cap = *cap ? 2 * *cap : 64;
    return rf_mem_realloc(p, *cap, size);
}

/* How often the byte stands in texts, on a scale of no unit. */
static unsigned commonness(unsigned char c)
{
    if (c >= 'a' && c <= 'z')
        return strchr("etaoinsr", c) ? 16 : strchr("jkqvxz", c) ? 2 : 7;
    if (c >= 0xC0)
        return 40; /* of most Chinese characters */
    return c >= 0x80 ? 5 : c == ' ' ? 32 : 5;
}

/* Count every gram of the literal that it might be found by. */
static void count_grams(const struct literal *l, uint32_t *counts)
{
    unsigned width = rf_scan_width[l->width];
    for (size_t at = 0; at + width <= l->s.n; at++)
        counts[rf_scan_hash(l->s.p + at, width) >> 16]++;
}

/* Find it by the gram that stands in the fewest texts and literals. */
static void choose_gram(struct literal *l, const uint32_t *counts)
{
    unsigned width = rf_scan_width[l->width];
    uint64_t least = UINT64_MAX;
    for (size_t at = 0; at + width <= l->s.n; at++) {
        uint32_t hash = rf_scan_hash(l->s.p + at, width);
        uint64_t common = counts[hash >> 16];
        for (unsigned i = 0; i < width; i++)
            common *= commonness((unsigned char)l->s.p[at + i]);
        if (common < least) {
            least = common;
            l->at = (uint8_t)at;
            l->hash = hash;
        }
    }
}

static uint32_t literal_number(struct rf_scan_builder *b, struct rf_str s)
{
    s.n = s.n < RF_SCAN_LITERAL_BYTES ? s.n : RF_SCAN_LITERAL_BYTES;
    uint32_t have = rf_map_get(&b->index, s);
    if (have != RF_MAP_NONE)
        return have;
    b->literals = grow(b->literals, b->nliterals, &b->literals_cap, sizeof *b->literals);
    struct literal *l = &b->literals[b->nliterals];
    char *copy = rf_arena_calloc(&b->arena, 1, s.n + HEAD_PADDING);
    memcpy(copy, s.p, s.n);
    *l = (struct literal){.s = rf_str(copy, s.n), .number = (uint32_t)b->nliterals++};
    while (l->width + 1 < RF_SCAN_WIDTHS && rf_scan_width[l->width + 1] <= s.n)
        l->width++;
    rf_map_put(&b->index, l->s, l->number);
    b->bytes += s.n;
    return l->number;
}

void rf_scan_add(struct rf_scan_builder *b, struct rf_scan_use use, struct rf_str literal)
{
    assert(literal.n > 0 && b->nliterals < RF_SCAN_LITERALS_MAX);
    uint32_t number = literal_number(b, literal);
    use.n = (uint8_t)b->literals[number].s.n;
    b->uses = grow(b->uses, b->nuses, &b->uses_cap, sizeof *b->uses);
    b->uses[b->nuses++] = (struct use){use, number};
}

static int by_literal(const void *x, const void *y)
{
    const struct use *a = x, *b = y;
    if (a->literal != b->literal)
        return a->literal < b->literal ? -1 : 1;
    if (a->use.pattern != b->use.pattern)
        return a->use.pattern < b->use.pattern ? -1 : 1;
    return (a->use.set > b->use.set) - (a->use.set < b->use.set);
}

/* By length and hash of the gram. */
static int by_gram(const void *x, const void *y)
{
    const struct literal *a = x, *b = y;
    if (a->width != b->width)
        return a->width < b->width ? -1 : 1;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return rf_str_cmp(a->s, b->s);
}

static bool same_gram(const struct literal *a, const struct literal *b)
{
    return a->width == b->width && a->hash == b->hash;
}

static void choose_grams(struct rf_scan_builder *b)
{
    uint32_t *counts = rf_mem_calloc(COUNTED, sizeof *counts);
    for (size_t i = 0; i < b->nliterals; i++)
        count_grams(&b->literals[i], counts);
    for (size_t i = 0; i < b->nliterals; i++)
        choose_gram(&b->literals[i], counts);
    free(counts);
}

/* Where few literals have grams of one length, they are found by the next shorter: that
 * saves a pass over each text. */
static void join_widths(struct rf_scan_builder *b)
{
    size_t of_width[RF_SCAN_WIDTHS] = {0};
    uint8_t use[RF_SCAN_WIDTHS];
    for (size_t i = 0; i < b->nliterals; i++)
        of_width[b->literals[i].width]++;
    for (uint8_t w = 0, last = 0; w < RF_SCAN_WIDTHS; w++) {
        bool few = of_width[w] <= FEW && w > FIRST_JOINED && of_width[last];
        if (!few && of_width[w])
            last = w;
        use[w] = few ? last : w;
    }
    for (size_t i = 0; i < b->nliterals; i++)
        b->literals[i].width = use[b->literals[i].width];
}

/* Lay out the literals in the order of their grams; place leads from a literal's old
 * number to its new one. */
static void place_literals(struct rf_scan_builder *b, struct rf_scan *out,
                           struct rf_arena *a, uint32_t *place)
{
    size_t n = b->nliterals, at = 0;
    out->nliterals = (uint32_t)n;
    out->literals = RF_NEW_ARRAY(a, struct rf_scan_literal, n);
    out->bytes = rf_arena_alloc(a, b->bytes);
    join_widths(b);
    choose_grams(b);
    qsort(b->literals, n, sizeof *b->literals, by_gram);
    for (size_t i = 0; i < n; i++) {
        const struct literal *l = &b->literals[i];
        memcpy(out->bytes + at, l->s.p, l->s.n);
        unsigned head = l->s.n < RF_SCAN_HEAD ? (unsigned)l->s.n : RF_SCAN_HEAD;
        out->literals[i] = (struct rf_scan_literal){
            .head = rf_scan_head(l->s.p, head),
            .bytes = (uint32_t)at,
            .n = (uint8_t)l->s.n,
            .at = l->at,
            .more = i + 1 < n && same_gram(l, &b->literals[i + 1])};
        place[l->number] = (uint32_t)i;
        at += l->s.n;
    }
}

/* Each use once, those of a literal side by side. */
static void place_uses(struct rf_scan_builder *b, struct rf_scan *out, struct rf_arena *a,
                       const uint32_t *place)
{
    uint32_t n = 0;
    out->uses = RF_NEW_ARRAY(a, struct rf_scan_use, b->nuses);
    for (size_t i = 0; i < b->nuses; i++)
        b->uses[i].literal = place[b->uses[i].literal];
    qsort(b->uses, b->nuses, sizeof *b->uses, by_literal);
    for (size_t i = 0; i < b->nuses; i++) {
        struct rf_scan_literal *l = &out->literals[b->uses[i].literal];
        if (i > 0 && by_literal(&b->uses[i - 1], &b->uses[i]) == 0)
            continue;
        if (l->uses++ == 0)
            l->first = n;
        out->uses[n++] = b->uses[i].use;
    }
}

static uint32_t log2_at_least(size_t n)
{
    uint32_t bits = 0;
    while ((UINT64_C(1) << bits) < n)
        bits++;
    return bits;
}

static void make_tables(struct rf_scan_grams *g, size_t ngrams, struct rf_arena *a)
{
    uint32_t word_bits = 1 + log2_at_least(ngrams / GRAMS_PER_WORD);
    uint32_t slot_bits = 1 + log2_at_least(ngrams);
    word_bits = word_bits < WORD_BITS_MAX ? word_bits : WORD_BITS_MAX;
    g->word_shift = 32 - word_bits;
    g->slot_shift = 32 - slot_bits;
    g->bitmap = RF_NEW_ARRAY(a, uint32_t, (size_t)1 << word_bits);
    g->slots = RF_NEW_ARRAY(a, uint32_t, (size_t)1 << slot_bits);
}

static void add_gram(struct rf_scan_grams *g, uint32_t hash, uint32_t literal)
{
    uint32_t i = hash >> g->slot_shift, mask = UINT32_MAX >> g->slot_shift;
    g->bitmap[hash >> g->word_shift] |= rf_scan_bits(hash, g->word_shift);
    while (g->slots[i])
        i = (i + 1) & mask;
    g->slots[i] = (literal + 1) << RF_SCAN_TAG_BITS | (hash & RF_SCAN_TAG);
}

static void add_short(struct rf_scan_grams *g, const struct literal *l)
{
    for (unsigned i = 0; i < rf_scan_width[l->width] && i < 2; i++) {
        unsigned char c = (unsigned char)l->s.p[l->at + i];
        uint8_t group = (uint8_t)(1u << ((unsigned char)l->s.p[l->at] % 8));
        g->low[i][c & 15] |= group;
        g->high[i][c >> 4] |= group;
    }
}

/* One gram for each row of literals that have it; the literals are in that order. */
static void place_grams(struct rf_scan_builder *b, struct rf_scan *out,
                        struct rf_arena *a)
{
    size_t ngrams[RF_SCAN_WIDTHS] = {0};
    for (size_t i = 0; i < b->nliterals; i++)
        ngrams[b->literals[i].width] += !out->literals[i].more;
    for (unsigned w = 0; w < RF_SCAN_WIDTHS; w++)
        if (ngrams[w])
            make_tables(&out->grams[w], ngrams[w], a);
    for (size_t i = 0; i < b->nliterals; i++)
        add_short(&out->grams[b->literals[i].width], &b->literals[i]);
    for (size_t i = 0; i < b->nliterals; i++)
        if (i == 0 || !out->literals[i - 1].more)
            add_gram(&out->grams[b->literals[i].width], b->literals[i].hash, (uint32_t)i);
}

void rf_scan_build(struct rf_scan_builder *b, struct rf_scan *out, struct rf_arena *a)
{
    *out = (struct rf_scan){0};
    if (b->nliterals == 0)
        return;
    uint32_t *place = rf_mem_calloc(b->nliterals, sizeof *place);
    place_literals(b, out, a, place);
    place_uses(b, out, a, place);
    place_grams(b, out, a);
    free(place);
}
