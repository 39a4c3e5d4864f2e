#include "lib/match/matcher.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/limits.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/base/utf8.h"
#include "lib/match/budget.h"
#include "lib/match/literal.h"
#include "lib/match/pattern.h"
#include "lib/match/scan.h"
#include "lib/text/edge.h"

struct pattern {
    struct rf_str text;
    uint8_t view, kind;
    bool literals;          /* the scan finds it; else it is tried on every text */
    struct rf_regex *regex; /* of a REGEX */
};

struct rf_matcher {
    struct rf_arena arena; /* texts and arrays */
    struct pattern *patterns;
    uint32_t n;
    bool jit;
    struct rf_scan scans[RF_VIEW_FIELD];
    uint32_t *always[RF_VIEW_FIELD]; /* patterns the scan does not find, ascending */
    uint32_t nalways[RF_VIEW_FIELD];
};

struct rf_matcher_builder {
    struct rf_matcher *m; /* grows; NULL once built */
    size_t cap;
    struct rf_map index; /* view, kind and text to id */
    struct rf_scan_builder *scans[RF_VIEW_FIELD];
};

struct rf_match_scratch {
    struct rf_regex_runner runner;
    hs_scratch_t *hs;
    uint64_t *seen; /* bit per pattern; all clear between scans */
};

/* ---- building: cold --------------------------------------------------------------- */

struct rf_matcher_builder *rf_matcher_builder_new(void)
{
    struct rf_matcher_builder *b = rf_mem_calloc(1, sizeof *b);
    b->m = rf_mem_calloc(1, sizeof *b->m);
    b->m->jit = true;
    rf_arena_init(&b->m->arena, 0);
    rf_map_init(&b->index);
    for (size_t i = 0; i < RF_VIEW_FIELD; i++)
        b->scans[i] = rf_scan_builder_new();
    return b;
}

void rf_matcher_builder_free(struct rf_matcher_builder *b)
{
    if (!b)
        return;
    rf_map_fini(&b->index);
    for (size_t i = 0; i < RF_VIEW_FIELD; i++)
        rf_scan_builder_free(b->scans[i]);
    rf_matcher_free(b->m);
    free(b);
}

static bool refused(struct rf_pattern_error *err, enum rf_pattern_kind kind,
                    struct rf_str text)
{
    const char *why = text.n > RF_LIMIT_PATTERN_BYTES ? "pattern is too long"
                      : !rf_utf8_valid(text)          ? "pattern is not valid UTF-8"
                      : text.n == 0 && kind != RF_PATTERN_REGEX
                          ? "nothing is left to look for in this view"
                          : NULL;
    if (why)
        snprintf(err->message, sizeof err->message, "%s", why);
    return why;
}

/* Tell the scan what to look for on behalf of pattern id. */
static void add_literals(struct rf_matcher_builder *b, uint32_t id, struct pattern *p)
{
    struct rf_scan_builder *scan = b->scans[p->view];
    if (p->kind != RF_PATTERN_REGEX) {
        p->literals =
            p->text.p[0] != '\0'; /* Vectorscan takes that for an empty string */
        if (p->literals)
            rf_scan_add(scan, id, p->text);
        return;
    }
    bool folded = rf_view_folded(p->view);
    struct rf_arena scratch;
    rf_arena_init(&scratch, 0);
    struct rf_literals found = rf_literal_extract(p->text, folded, folded, &scratch);
    for (size_t i = 0; i < found.n; i++)
        rf_scan_add(scan, id, found.v[i]);
    p->literals = found.n > 0;
    rf_arena_fini(&scratch);
}

static struct pattern *new_pattern(struct rf_matcher_builder *b)
{
    struct rf_matcher *m = b->m;
    if (m->n == b->cap) {
        b->cap = b->cap ? 2 * b->cap : 64;
        m->patterns = rf_mem_realloc(m->patterns, b->cap, sizeof *m->patterns);
    }
    m->patterns[m->n] = (struct pattern){0};
    return &m->patterns[m->n];
}

uint32_t rf_matcher_add(struct rf_matcher_builder *b, enum rf_match_view view,
                        enum rf_pattern_kind kind, struct rf_str text,
                        struct rf_pattern_error *err)
{
    struct rf_matcher *m = b->m;
    *err = (struct rf_pattern_error){0};
    if (refused(err, kind, text))
        return RF_PATTERN_NONE;
    struct rf_str key = rf_arena_printf(&m->arena, "%d %d ", (int)view, (int)kind);
    char *copy = rf_arena_alloc(&m->arena, key.n + text.n + 1);
    memcpy(copy, key.p, key.n);
    memcpy(copy + key.n, text.n ? text.p : "", text.n);
    copy[key.n + text.n] = '\0';
    uint32_t id = rf_map_get(&b->index, rf_str(copy, key.n + text.n));
    if (id != RF_MAP_NONE)
        return id;
    struct pattern *p = new_pattern(b);
    p->text = rf_str(copy + key.n, text.n);
    p->view = (uint8_t)view;
    p->kind = (uint8_t)kind;
    if (kind == RF_PATTERN_REGEX) {
        p->regex = RF_NEW(&m->arena, struct rf_regex);
        if (rf_regex_compile(p->regex, view, p->text, err) < 0)
            return RF_PATTERN_NONE;
        m->jit = m->jit && p->regex->jit;
    }
    id = m->n++;
    rf_map_put(&b->index, rf_str(copy, key.n + text.n), id);
    if (view != RF_VIEW_FIELD)
        add_literals(b, id, p);
    return id;
}

/* What every text of a view is tried for. */
static void collect_always(struct rf_matcher *m, enum rf_match_view view)
{
    m->always[view] = RF_NEW_ARRAY(&m->arena, uint32_t, m->n);
    for (uint32_t i = 0; i < m->n; i++)
        if (m->patterns[i].view == view && !m->patterns[i].literals)
            m->always[view][m->nalways[view]++] = i;
}

struct rf_matcher *rf_matcher_build(struct rf_matcher_builder *b,
                                    struct rf_pattern_error *err)
{
    struct rf_matcher *m = b->m;
    *err = (struct rf_pattern_error){0};
    for (int v = 0; v < RF_VIEW_FIELD; v++) {
        if (rf_scan_build(b->scans[v], &m->scans[v], &m->arena, err) < 0)
            return NULL; /* the builder still owns it */
        collect_always(m, (enum rf_match_view)v);
    }
    b->m = NULL;
    return m;
}

void rf_matcher_free(struct rf_matcher *m)
{
    if (!m)
        return;
    for (uint32_t i = 0; i < m->n; i++)
        if (m->patterns[i].regex)
            rf_regex_fini(m->patterns[i].regex);
    for (int v = 0; v < RF_VIEW_FIELD; v++)
        rf_scan_fini(&m->scans[v]);
    rf_arena_fini(&m->arena);
    free(m->patterns);
    free(m);
}

struct rf_match_scratch *rf_match_scratch_new(const struct rf_matcher *m)
{
    struct rf_match_scratch *s = rf_mem_calloc(1, sizeof *s);
    rf_regex_runner_init(&s->runner);
    s->seen = rf_mem_calloc(m->n / 64 + 1, sizeof *s->seen);
    for (int v = 0; v < RF_VIEW_FIELD; v++)
        if (m->scans[v].db && hs_alloc_scratch(m->scans[v].db, &s->hs) != HS_SUCCESS)
            rf_mem_die(0);
    return s;
}

void rf_match_scratch_free(struct rf_match_scratch *s)
{
    if (!s)
        return;
    rf_regex_runner_fini(&s->runner);
    hs_free_scratch(s->hs);
    free(s->seen);
    free(s);
}

/* ---- matching: hot ---------------------------------------------------------------- */

/* One scan under way. */
struct scanning {
    const struct rf_matcher *m;
    uint64_t *seen;
    struct rf_str text;
    struct rf_arena *arena;
    struct rf_hits *hits;
    size_t cap;
};

static void add_hit(struct scanning *s, uint32_t id)
{
    struct rf_hits *h = s->hits;
    if (h->n == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 32;
        uint32_t *ids = rf_arena_alloc(s->arena, s->cap * sizeof *ids);
        if (h->n)
            memcpy(ids, h->ids, h->n * sizeof *ids);
        h->ids = ids;
    }
    h->ids[h->n++] = id;
}

/* Whether a keyword stands at text[begin...), byte for byte and as its kind wants. */
static bool stands_at(const struct pattern *p, struct rf_str text, size_t begin)
{
    if (!rf_str_starts(rf_str_sub(text, begin), p->text))
        return false;
    return p->kind == RF_PATTERN_CONTAINS ||
           rf_text_word_edges(text, begin, begin + p->text.n);
}

static void literal_seen(void *arg, uint32_t id, size_t begin)
{
    struct scanning *s = arg;
    const struct pattern *p = &s->m->patterns[id];
    uint64_t bit = UINT64_C(1) << (id % 64);
    if (s->seen[id / 64] & bit)
        return;
    if (p->kind != RF_PATTERN_REGEX && !stands_at(p, s->text, begin))
        return;
    s->seen[id / 64] |= bit;
    add_hit(s, id);
}

/* The first place where a keyword stands, or false. */
static bool find_keyword(const struct pattern *p, struct rf_str text, size_t *begin)
{
    for (size_t from = 0; from < text.n; from++) {
        const char *at = memmem(text.p + from, text.n - from, p->text.p, p->text.n);
        if (!at)
            return false;
        from = (size_t)(at - text.p);
        if (stands_at(p, text, from)) {
            *begin = from;
            return true;
        }
    }
    return false;
}

static int by_id(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return (a > b) - (a < b);
}

void rf_matcher_scan(const struct rf_matcher *m, struct rf_match_scratch *scratch,
                     enum rf_match_view view, struct rf_str text, struct rf_arena *a,
                     struct rf_hits *hits)
{
    assert(view < RF_VIEW_FIELD);
    struct scanning s = {
        .m = m, .seen = scratch->seen, .text = text, .arena = a, .hits = hits};
    *hits = (struct rf_hits){0};
    rf_scan_run(&m->scans[view], scratch->hs, text, literal_seen, &s);
    for (size_t i = 0; i < hits->n; i++)
        scratch->seen[hits->ids[i] / 64] = 0;
    for (uint32_t i = 0; i < m->nalways[view]; i++) {
        const struct pattern *p = &m->patterns[m->always[view][i]];
        size_t begin;
        if (p->kind == RF_PATTERN_REGEX || find_keyword(p, text, &begin))
            add_hit(&s, m->always[view][i]);
    }
    if (hits->n > 1)
        qsort(hits->ids, hits->n, sizeof *hits->ids, by_id);
}

static enum rf_match_result find(const struct pattern *p, struct rf_match_scratch *s,
                                 struct rf_str text, uint64_t *budget, size_t *begin,
                                 size_t *end)
{
    if (p->kind == RF_PATTERN_REGEX)
        return rf_regex_run(&s->runner, p->regex, text, budget, begin, end);
    if (!find_keyword(p, text, begin))
        return RF_MATCH_NO;
    *end = *begin + p->text.n;
    return RF_MATCH_YES;
}

enum rf_match_result rf_matcher_confirm(const struct rf_matcher *m,
                                        struct rf_match_scratch *s, uint32_t id,
                                        struct rf_str text, uint64_t *budget)
{
    size_t begin, end;
    return find(&m->patterns[id], s, text, budget, &begin, &end);
}

bool rf_matcher_locate(const struct rf_matcher *m, struct rf_match_scratch *s,
                       uint32_t id, struct rf_str text, size_t *begin, size_t *end)
{
    uint64_t budget = RF_MATCH_BUDGET;
    return find(&m->patterns[id], s, text, &budget, begin, end) == RF_MATCH_YES;
}

uint32_t rf_matcher_count(const struct rf_matcher *m)
{
    return m->n;
}

enum rf_match_view rf_matcher_view(const struct rf_matcher *m, uint32_t id)
{
    return m->patterns[id].view;
}

enum rf_pattern_kind rf_matcher_kind(const struct rf_matcher *m, uint32_t id)
{
    return m->patterns[id].kind;
}

struct rf_str rf_matcher_text(const struct rf_matcher *m, uint32_t id)
{
    return m->patterns[id].text;
}

bool rf_matcher_has_literals(const struct rf_matcher *m, uint32_t id)
{
    return m->patterns[id].literals || m->patterns[id].kind != RF_PATTERN_REGEX;
}

bool rf_matcher_jit(const struct rf_matcher *m)
{
    return m->jit;
}
