/* Cold: building a scan. */
#include "lib/match/scan.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/match/scan_gram.h"

struct use {
    struct rf_scan_use use;
    uint32_t literal;
};

struct rf_scan_builder {
    struct rf_arena arena;
    struct rf_map index; /* literal to its number */
    struct rf_scan_draft *literals;
    struct use *uses;
    size_t nliterals, nuses, literals_cap, uses_cap;
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

static uint32_t literal_number(struct rf_scan_builder *b, unsigned form, struct rf_str s)
{
    char key[1 + RF_SCAN_LITERAL_BYTES] = {(char)form};
    s.n = s.n < RF_SCAN_LITERAL_BYTES ? s.n : RF_SCAN_LITERAL_BYTES;
    memcpy(key + 1, s.p, s.n);
    uint32_t have = rf_map_get(&b->index, rf_str(key, s.n + 1));
    if (have != RF_MAP_NONE)
        return have;
    b->literals = grow(b->literals, b->nliterals, &b->literals_cap, sizeof *b->literals);
    struct rf_scan_draft *l = &b->literals[b->nliterals];
    char *copy = rf_arena_calloc(&b->arena, 1, 1 + s.n + RF_SCAN_HEAD);
    memcpy(copy, key, s.n + 1);
    *l = (struct rf_scan_draft){.s = rf_str(copy + 1, s.n),
                                .number = (uint32_t)b->nliterals,
                                .form = (uint8_t)form};
    b->nliterals++;
    rf_map_put(&b->index, rf_str(copy, s.n + 1), l->number);
    return l->number;
}

void rf_scan_add(struct rf_scan_builder *b, unsigned form, struct rf_scan_use use,
                 struct rf_str literal)
{
    assert(literal.n > 0 && b->nliterals < RF_SCAN_LITERALS_MAX);
    uint32_t number = literal_number(b, form, literal);
    use.n = b->literals[number].s.n & 63;
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

/* By gram and slot, short ones last. */
static int by_slot(const void *x, const void *y)
{
    const struct rf_scan_draft *a = x, *b = y;
    if (a->is_short != b->is_short)
        return a->is_short - b->is_short;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    int order = memcmp(&a->slot, &b->slot, sizeof a->slot);
    order = order ? order : rf_str_cmp(a->s, b->s);
    return order ? order : a->form - b->form;
}

static struct rf_scan_literal placed(const struct rf_scan_draft *l, size_t bytes)
{
    unsigned n = (unsigned)l->s.n, rest = n > RF_SCAN_HEAD ? n - RF_SCAN_HEAD : 0;
    struct rf_scan_literal out = {
        .bytes = (uint32_t)bytes, .n = (uint8_t)n, .at = l->at, .form = l->form};
    out.head[0] = rf_scan_head(l->s.p, n < RF_SCAN_HEAD ? n : RF_SCAN_HEAD);
    if (rest)
        out.head[1] = rf_scan_head(l->s.p + RF_SCAN_HEAD,
                                   rest < RF_SCAN_HEAD ? rest : RF_SCAN_HEAD);
    return out;
}

/* Only those literals stay that some sieve stands for. */
static size_t leave_out(struct rf_scan_builder *b, const uint8_t forms[RF_SCAN_SIEVES],
                        struct rf_scan *out)
{
    unsigned wanted = 0;
    size_t n = 0, bytes = 0;
    for (unsigned k = 0; k < RF_SCAN_SIEVES; k++)
        wanted |= forms[k];
    for (size_t i = 0; i < b->nliterals; i++) {
        struct rf_scan_draft *l = &b->literals[i];
        if (!(wanted >> l->form & 1))
            continue;
        bytes += l->s.n;
        out->nliterals[l->form]++;
        b->literals[n++] = *l;
    }
    b->nliterals = n;
    return bytes;
}

static void make_sieves(const struct rf_scan_builder *b,
                        const uint8_t forms[RF_SCAN_SIEVES], struct rf_scan *out,
                        struct rf_arena *a)
{
    for (unsigned k = 0; k < RF_SCAN_SIEVES; k++) {
        bool some = false;
        for (unsigned form = 0; form < RF_SCAN_FORMS; form++)
            some |= (forms[k] >> form & 1) && out->nliterals[form];
        if (some)
            out->sieves[k] = rf_arena_calloc_lines(a, 1, sizeof *out->sieves[k]);
    }
    rf_scan_choose_grams(b->literals, b->nliterals, forms, out->sieves);
}

/* Lay out the literals in the order of their grams; place leads from a literal's old
 * number to its new one. */
static void place_literals(struct rf_scan_builder *b, size_t bytes, struct rf_scan *out,
                           struct rf_arena *a, uint32_t *place)
{
    size_t n = b->nliterals, at = 0;
    out->literals = rf_arena_calloc_lines(a, n, sizeof *out->literals);
    out->bytes = rf_arena_alloc(a, bytes);
    qsort(b->literals, n, sizeof *b->literals, by_slot);
    for (size_t i = 0; i < n; i++) {
        const struct rf_scan_draft *l = &b->literals[i];
        memcpy(out->bytes + at, l->s.p, l->s.n);
        out->literals[i] = placed(l, at);
        out->literals[i].more = i + 1 < n && rf_scan_same_slot(l, l + 1);
        place[l->number] = (uint32_t)i;
        at += l->s.n;
    }
}

/* Each use once, those of a literal side by side; those of literals left out are last. */
static void place_uses(struct rf_scan_builder *b, struct rf_scan *out, struct rf_arena *a,
                       const uint32_t *place)
{
    uint32_t n = 0;
    out->uses = RF_NEW_ARRAY(a, struct rf_scan_use, b->nuses);
    for (size_t i = 0; i < b->nuses; i++)
        b->uses[i].literal = place[b->uses[i].literal];
    qsort(b->uses, b->nuses, sizeof *b->uses, by_literal);
    for (size_t i = 0; i < b->nuses && b->uses[i].literal != RF_MAP_NONE; i++) {
        struct rf_scan_literal *l = &out->literals[b->uses[i].literal];
        if (i > 0 && by_literal(&b->uses[i - 1], &b->uses[i]) == 0)
            continue;
        if (l->uses++ == 0)
            l->first = n;
        out->uses[n++] = b->uses[i].use;
    }
}

void rf_scan_build(struct rf_scan_builder *b, const uint8_t forms[RF_SCAN_SIEVES],
                   struct rf_scan *out, struct rf_arena *a)
{
    size_t all = b->nliterals;
    *out = (struct rf_scan){0};
    size_t bytes = leave_out(b, forms, out);
    if (b->nliterals == 0)
        return;
    uint32_t *place = rf_mem_calloc(all, sizeof *place);
    for (size_t i = 0; i < all; i++)
        place[i] = RF_MAP_NONE;
    make_sieves(b, forms, out, a);
    place_literals(b, bytes, out, a, place);
    place_uses(b, out, a, place);
    rf_scan_place_grams(b->literals, b->nliterals, out, a);
    free(place);
}
