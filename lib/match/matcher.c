/* Hot: scanning and confirming. */
#include "lib/match/matcher_inner.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/text/edge.h"

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
static bool stands_at(const struct rf_pattern *p, struct rf_str text, size_t begin)
{
    if (!rf_str_starts(rf_str_sub(text, begin), p->text))
        return false;
    return p->kind == RF_PATTERN_CONTAINS ||
           rf_text_word_edges(text, begin, begin + p->text.n);
}

static void literal_seen(void *arg, uint32_t id, size_t begin)
{
    struct scanning *s = arg;
    const struct rf_pattern *p = &s->m->patterns[id];
    uint64_t bit = UINT64_C(1) << (id % 64);
    if (s->seen[id / 64] & bit)
        return;
    if (p->kind != RF_PATTERN_REGEX && !stands_at(p, s->text, begin))
        return;
    s->seen[id / 64] |= bit;
    add_hit(s, id);
}

/* The first place where a keyword stands, or false. */
static bool find_keyword(const struct rf_pattern *p, struct rf_str text, size_t *begin)
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
        const struct rf_pattern *p = &m->patterns[m->always[view][i]];
        size_t begin;
        if (p->kind == RF_PATTERN_REGEX || find_keyword(p, text, &begin))
            add_hit(&s, m->always[view][i]);
    }
    if (hits->n > 1)
        qsort(hits->ids, hits->n, sizeof *hits->ids, by_id);
}

static enum rf_match_result find(const struct rf_pattern *p, struct rf_match_scratch *s,
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
