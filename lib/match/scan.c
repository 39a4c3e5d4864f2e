#include "lib/match/scan.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/error.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"

struct rf_scan_builder {
    struct rf_arena arena;
    struct rf_map index; /* literal to its number */
    struct {
        struct rf_str s;
        bool once;
    } * literals;
    struct rf_scan_use *uses;
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

static uint32_t literal_number(struct rf_scan_builder *b, struct rf_str literal)
{
    char low[RF_SCAN_LITERAL_BYTES];
    size_t n = literal.n < sizeof low ? literal.n : sizeof low;
    for (size_t i = 0; i < n; i++) {
        char c = literal.p[i];
        low[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    uint32_t have = rf_map_get(&b->index, rf_str(low, n));
    if (have != RF_MAP_NONE)
        return have;
    b->literals = grow(b->literals, b->nliterals, &b->literals_cap, sizeof *b->literals);
    b->literals[b->nliterals].s = rf_arena_dup(&b->arena, rf_str(low, n));
    b->literals[b->nliterals].once = true;
    rf_map_put(&b->index, b->literals[b->nliterals].s, (uint32_t)b->nliterals);
    return (uint32_t)b->nliterals++;
}

void rf_scan_add(struct rf_scan_builder *b, uint32_t pattern, unsigned set,
                 struct rf_str literal, bool once)
{
    assert(literal.n > 0);
    uint32_t number = literal_number(b, literal);
    b->literals[number].once &= once;
    b->uses = grow(b->uses, b->nuses, &b->uses_cap, sizeof *b->uses);
    b->uses[b->nuses++] =
        (struct rf_scan_use){.pattern = pattern, .set = set & 0xFF, .literal = number};
}

static int by_literal(const void *x, const void *y)
{
    const struct rf_scan_use *a = x, *b = y;
    if (a->literal != b->literal)
        return a->literal < b->literal ? -1 : 1;
    if (a->pattern != b->pattern)
        return a->pattern < b->pattern ? -1 : 1;
    return (int)a->set - (int)b->set;
}

/* Sort the uses by literal, each once, into the scan's own arrays. */
static void place_uses(struct rf_scan_builder *b, struct rf_scan *out, struct rf_arena *a)
{
    out->nliterals = (uint32_t)b->nliterals;
    out->first = RF_NEW_ARRAY(a, uint32_t, b->nliterals + 1);
    out->lengths = RF_NEW_ARRAY(a, uint32_t, b->nliterals);
    out->uses = RF_NEW_ARRAY(a, struct rf_scan_use, b->nuses);
    qsort(b->uses, b->nuses, sizeof *b->uses, by_literal);
    for (size_t i = 0; i < b->nuses; i++) {
        if (i > 0 && by_literal(&b->uses[i - 1], &b->uses[i]) == 0)
            continue;
        out->uses[out->nuses++] = b->uses[i];
        out->first[b->uses[i].literal + 1] = out->nuses;
    }
    for (size_t i = 0; i < b->nliterals; i++)
        out->lengths[i] = (uint32_t)b->literals[i].s.n;
}

/* Vectorscan wants its arguments in separate arrays. */
static hs_database_t *compile(const struct rf_scan_builder *b, hs_compile_error_t **error)
{
    size_t n = b->nliterals;
    const char **text = rf_mem_calloc(n, sizeof *text);
    size_t *lengths = rf_mem_calloc(n, sizeof *lengths);
    unsigned *flags = rf_mem_calloc(n, sizeof *flags);
    unsigned *ids = rf_mem_calloc(n, sizeof *ids);
    hs_database_t *db = NULL;
    for (size_t i = 0; i < n; i++) {
        text[i] = b->literals[i].s.p;
        lengths[i] = b->literals[i].s.n;
        flags[i] = HS_FLAG_CASELESS | (b->literals[i].once ? HS_FLAG_SINGLEMATCH : 0);
        ids[i] = (unsigned)i;
    }
    hs_compile_lit_multi(text, flags, ids, lengths, (unsigned)n, HS_MODE_BLOCK, NULL, &db,
                         error);
    free(text);
    free(lengths);
    free(flags);
    free(ids);
    return db;
}

int rf_scan_build(struct rf_scan_builder *b, struct rf_scan *out, struct rf_arena *a,
                  struct rf_pattern_error *err)
{
    hs_compile_error_t *error = NULL;
    *out = (struct rf_scan){0};
    if (b->nliterals == 0)
        return 0;
    out->db = compile(b, &error);
    if (!out->db) {
        *err = (struct rf_pattern_error){0};
        snprintf(err->message, sizeof err->message, "literal database: %s",
                 error ? error->message : "no reason given");
        hs_free_compile_error(error);
        return RF_ERR_INVALID;
    }
    place_uses(b, out, a);
    return 0;
}

void rf_scan_fini(struct rf_scan *s)
{
    hs_free_database(s->db);
    s->db = NULL;
}

struct report {
    const struct rf_scan *scan;
    rf_scan_fn *fn;
    void *arg;
};

static int on_literal(unsigned id, unsigned long long from, unsigned long long to,
                      unsigned flags, void *arg)
{
    const struct report *r = arg;
    const struct rf_scan *s = r->scan;
    (void)from;
    (void)flags;
    r->fn(r->arg, s->uses + s->first[id], s->first[id + 1] - s->first[id],
          (size_t)to - s->lengths[id]);
    return 0;
}

void rf_scan_run(const struct rf_scan *s, hs_scratch_t *scratch, struct rf_str text,
                 rf_scan_fn *fn, void *arg)
{
    struct report r = {.scan = s, .fn = fn, .arg = arg};
    if (!s->db || text.n == 0)
        return;
    hs_error_t rc = hs_scan(s->db, text.p, (unsigned)text.n, 0, scratch, on_literal, &r);
    assert(rc == HS_SUCCESS);
    (void)rc;
}
