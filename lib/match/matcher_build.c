/* Cold: collecting patterns and building the matcher. */
#include "lib/match/matcher_inner.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/limits.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/base/utf8.h"
#include "lib/match/literal.h"

struct rf_matcher_builder {
    struct rf_matcher *m; /* grows; NULL once built */
    size_t cap;
    struct rf_map index; /* view, kind and text to id */
    struct rf_scan_builder *scans[RF_VIEW_FIELD];
};

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
static void add_literals(struct rf_matcher_builder *b, uint32_t id, struct rf_pattern *p)
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

static struct rf_pattern *new_pattern(struct rf_matcher_builder *b)
{
    struct rf_matcher *m = b->m;
    if (m->n == b->cap) {
        b->cap = b->cap ? 2 * b->cap : 64;
        m->patterns = rf_mem_realloc(m->patterns, b->cap, sizeof *m->patterns);
    }
    m->patterns[m->n] = (struct rf_pattern){0};
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
    struct rf_pattern *p = new_pattern(b);
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
