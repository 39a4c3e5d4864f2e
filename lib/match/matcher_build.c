/* Cold: collecting patterns and building the matcher. */
#include "lib/match/matcher_inner.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/limits.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/base/utf8.h"
#include "lib/match/literal.h"
#include "lib/match/literal_cost.h"
#include "lib/match/regex_ask.h"
#include "lib/match/squeeze.h"

#define COMMON 0.01 /* share of texts with literals that are looked at more closely */

/* Regexes for whose sake texts are not squeezed: so many chains cost less. */
#define FEW 8

/* Patterns of a view that chains are looked for on behalf of, as they come. */
struct loose {
    uint32_t *ids;
    struct rf_chain *chains;
    uint32_t n, cap;
};

struct rf_matcher_builder {
    struct rf_arena arena;
    struct rf_matcher *m;        /* grows; NULL once built */
    struct rf_pattern *patterns; /* its, until then */
    size_t cap;
    struct rf_map index; /* view, kind and text to id */
    struct rf_scan_builder *scans[RF_MATCHER_SCANS];
    struct loose loose[RF_VIEW_FIELD];  /* those without literals */
    struct loose spaced[RF_VIEW_FIELD]; /* those with literals in the squeezed text */
    struct rf_regex_ask *ask;
};

struct rf_matcher_builder *rf_matcher_builder_new(void)
{
    struct rf_matcher_builder *b = rf_mem_calloc(1, sizeof *b);
    b->m = rf_mem_calloc(1, sizeof *b->m);
    b->m->jit = true;
    rf_arena_init(&b->arena, 0);
    rf_arena_init(&b->m->arena, 0);
    b->m->arena.large = true;
    rf_map_init(&b->index);
    b->ask = rf_regex_ask_new();
    for (size_t i = 0; i < RF_MATCHER_SCANS; i++)
        b->scans[i] = rf_scan_builder_new();
    return b;
}

void rf_matcher_builder_free(struct rf_matcher_builder *b)
{
    if (!b)
        return;
    rf_map_fini(&b->index);
    rf_regex_ask_free(b->ask);
    for (size_t i = 0; i < RF_MATCHER_SCANS; i++)
        rf_scan_builder_free(b->scans[i]);
    for (size_t i = 0; i < RF_VIEW_FIELD; i++) {
        free(b->loose[i].ids);
        free(b->loose[i].chains);
        free(b->spaced[i].ids);
        free(b->spaced[i].chains);
    }
    rf_arena_fini(&b->arena);
    rf_matcher_free(b->m);
    free(b->patterns);
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

static struct rf_scan_builder *scan_of(struct rf_matcher_builder *b, unsigned form)
{
    return b->scans[form >= RF_FORM_SQUEEZED                           ? RF_SCAN_SQUEEZED
                    : form == RF_VIEW_COMPACT || form == RF_VIEW_SHAPE ? RF_SCAN_LETTERS
                                                                       : RF_SCAN_SENT];
}

/* The scan wants no ASCII capitals. */
static void add_keyword(struct rf_matcher_builder *b, uint32_t id, struct rf_pattern *p)
{
    char low[RF_SCAN_LITERAL_BYTES];
    size_t n = p->text.n < sizeof low ? p->text.n : sizeof low;
    rf_lower(rf_str(p->text.p, n), low);
    p->sets = 1;
    struct rf_scan_use use = {.pattern = id,
                              .set = 1,
                              .sets = 1,
                              .check = RF_CHECK_ALL,
                              .before = RF_BESIDE_ANY,
                              .behind = RF_BESIDE_ANY};
    if (p->text.n == n && memcmp(p->text.p, low, n) == 0 && rf_view_folded(p->view))
        use.check = p->kind == RF_PATTERN_WORD ? RF_CHECK_EDGES : RF_CHECK_NOTHING;
    rf_scan_add(scan_of(b, p->view), p->view, use, rf_str(low, n));
}

static void add_loose(struct rf_matcher_builder *b, struct loose *l, uint32_t id,
                      struct rf_chain chain)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 64;
        l->ids = rf_mem_realloc(l->ids, l->cap, sizeof *l->ids);
        l->chains = rf_mem_realloc(l->chains, l->cap, sizeof *l->chains);
    }
    l->ids[l->n] = id;
    l->chains[l->n] = chain;
    if (chain.n) { /* out of memory that is soon gone */
        struct rf_link *v = RF_NEW_ARRAY(&b->arena, struct rf_link, chain.n);
        memcpy(v, chain.v, chain.n * sizeof *v);
        l->chains[l->n].v = v;
    }
    l->n++;
}

/* Whether a regex without literals is best asked at once. */
static bool answers(const struct rf_automaton *x)
{
    return rf_automaton_quick(x) && x->complete && x->beyond;
}

/* Whether the automaton is asked where a literal of set k stands: a common one, or one
 * that would have PCRE2 asked. */
static bool asked_there(const struct rf_pattern *p, const struct rf_needs *needs,
                        unsigned k)
{
    return p->automaton && needs->leads[k] && !needs->squeezed &&
           (needs->n == 1 || rf_literals_cost(needs->sets[k]) > COMMON);
}

/* Tell the scan of a literal of set k. */
static void add_literal(struct rf_matcher_builder *b, const struct rf_pattern *p,
                        const struct rf_needs *needs, unsigned k, struct rf_scan_use use,
                        struct rf_str literal)
{
    unsigned form = p->view + (needs->squeezed ? RF_FORM_SQUEEZED : 0u);
    struct rf_beside beside = {RF_BESIDE_ANY, RF_BESIDE_ANY};
    if (p->automaton && needs->leads[k] && !needs->squeezed && rf_view_folded(p->view))
        beside = rf_automaton_beside(p->automaton, literal);
    use.before = beside.before;
    use.behind = beside.behind;
    rf_scan_add(scan_of(b, form), form, use, literal);
}

/* Tell the scan what to look for on behalf of regex id. */
static void add_needs(struct rf_matcher_builder *b, uint32_t id, struct rf_pattern *p)
{
    bool folded = rf_view_folded(p->view);
    struct rf_arena scratch;
    struct rf_needs needs;
    rf_arena_init(&scratch, 0);
    rf_needs_extract(p->text, folded, folded, b->ask, &scratch, &needs);
    p->sets = (uint8_t)((1u << needs.n) - 1);
    if (needs.n == 0 || needs.squeezed)
        add_loose(b, &(needs.n ? b->spaced : b->loose)[p->view], id, needs.chain);
    /* Of many chains only so many links are followed: alone all of it is. What an exact
     * automaton lets pass needs no chain. */
    bool told = needs.n == 1 && asked_there(p, &needs, 0) && p->automaton->complete;
    if (needs.chain.n > (needs.n ? 0 : RF_CHAIN_MAX) && !told)
        p->chain = rf_chain_table_new(&needs.chain, &b->m->arena);
    for (unsigned k = 0; k < needs.n; k++) {
        struct rf_scan_use use = {.pattern = id, .set = 1u << k & 7, .sets = p->sets & 7};
        use.check = asked_there(p, &needs, k) ? RF_CHECK_LEADS : RF_CHECK_NOTHING;
        use.check |= p->chain ? RF_CHECK_FURTHER : 0;
        for (size_t i = 0; i < needs.sets[k].n; i++)
            add_literal(b, p, &needs, k, use, needs.sets[k].v[i]);
    }
    rf_arena_fini(&scratch);
}

static struct rf_pattern *new_pattern(struct rf_matcher_builder *b)
{
    struct rf_matcher *m = b->m;
    if (m->n == b->cap) {
        b->cap = b->cap ? 2 * b->cap : 64;
        b->patterns = rf_mem_realloc(b->patterns, b->cap, sizeof *b->patterns);
        m->patterns = b->patterns;
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
        bool folded = rf_view_folded(view);
        p->automaton = rf_automaton_new(p->text, folded, folded, b->ask, &m->arena);
    }
    id = m->n++;
    rf_map_put(&b->index, rf_str(copy, key.n + text.n), id);
    if (view != RF_VIEW_FIELD && kind == RF_PATTERN_REGEX)
        add_needs(b, id, p);
    else if (view != RF_VIEW_FIELD)
        add_keyword(b, id, p);
    return id;
}

/* What every text of a view is tried for: first those with a chain, but for those that
 * an automaton tells sooner. */
static void collect_always(struct rf_matcher *m, struct loose *l, struct rf_always *out)
{
    struct rf_chain *chains = rf_mem_calloc(l->n + 1, sizeof *chains);
    out->ids = RF_NEW_ARRAY(&m->arena, uint32_t, l->n + 1);
    out->gates = RF_NEW_ARRAY(&m->arena, const struct rf_automaton *, l->n + 1);
    for (uint32_t i = 0; i < l->n; i++) {
        const struct rf_automaton *x = m->patterns[l->ids[i]].automaton;
        if (x && (!x->open || answers(x)))
            l->chains[i].n = 0;
    }
    for (uint32_t i = 0; i < l->n; i++)
        if (l->chains[i].n) {
            rf_chain_narrow(&l->chains[i]);
            chains[out->n] = l->chains[i];
            out->ids[out->n++] = l->ids[i];
        }
    if (out->n)
        out->chains = rf_chains_new(chains, out->n, &m->arena);
    for (uint32_t i = 0; i < l->n; i++) {
        const struct rf_automaton *x = m->patterns[l->ids[i]].automaton;
        if (l->chains[i].n)
            continue;
        out->gates[out->n] = x && !x->open && !answers(x) ? x : NULL;
        out->ids[out->n++] = l->ids[i];
    }
    free(chains);
}

/* Whether a view's texts are squeezed. Regexes that would have been looked for there are
 * otherwise among those without literals. */
static bool is_squeezed(struct rf_matcher_builder *b, int view)
{
    const struct loose *l = &b->spaced[view];
    bool many = l->n > FEW;
    for (uint32_t i = 0; i < l->n; i++)
        many |= l->chains[i].n == 0;
    for (uint32_t i = 0; i < l->n && !many; i++) {
        struct rf_pattern *p = &b->m->patterns[l->ids[i]];
        p->sets = 0;
        p->chain = l->chains[i].n > RF_CHAIN_MAX ? p->chain : NULL;
        add_loose(b, &b->loose[view], l->ids[i], l->chains[i]);
    }
    return many;
}

struct rf_matcher *rf_matcher_build(struct rf_matcher_builder *b,
                                    struct rf_pattern_error *err)
{
    struct rf_matcher *m = b->m;
    uint8_t forms[RF_MATCHER_SCANS][RF_SCAN_SIEVES] = {
        [RF_SCAN_SENT] = {1 << RF_VIEW_TEXT | 1 << RF_VIEW_RAW, 1 << RF_VIEW_TEXT,
                          1 << RF_VIEW_RAW},
        [RF_SCAN_LETTERS] = {1 << RF_VIEW_COMPACT | 1 << RF_VIEW_SHAPE,
                             1 << RF_VIEW_COMPACT, 1 << RF_VIEW_SHAPE}};
    *err = (struct rf_pattern_error){0};
    for (int v = 0; v < RF_VIEW_FIELD; v++) {
        if (is_squeezed(b, v))
            forms[RF_SCAN_SQUEEZED][v] = (uint8_t)(1u << (RF_FORM_SQUEEZED + v));
        collect_always(m, &b->loose[v], &m->always[v]);
    }
    for (int i = 0; i < RF_MATCHER_SCANS; i++)
        rf_scan_build(b->scans[i], forms[i], &m->scans[i], &m->arena);
    m->patterns = RF_NEW_ARRAY(&m->arena, struct rf_pattern, m->n);
    if (m->n)
        memcpy(m->patterns, b->patterns, m->n * sizeof *m->patterns);
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
    rf_arena_fini(&m->arena);
    free(m);
}

struct rf_match_scratch *rf_match_scratch_new(const struct rf_matcher *m)
{
    struct rf_match_scratch *s = rf_mem_calloc(1, sizeof *s);
    rf_regex_runner_init(&s->runner);
    s->seen = rf_mem_calloc(m->n + 1, sizeof *s->seen);
    s->touched = rf_mem_calloc(m->n + 1, sizeof *s->touched);
    uint32_t lanes = 0;
    for (int v = 0; v < RF_VIEW_FIELD; v++)
        if (m->always[v].chains && m->always[v].chains->lanes > lanes)
            lanes = m->always[v].chains->lanes;
    s->chains = rf_mem_calloc(lanes + 1, sizeof *s->chains);
    s->order = rf_mem_calloc(m->n / 64 + 1, sizeof *s->order);
    s->room = 4 * RF_LIMIT_TEXT_BYTES;
    s->changed = rf_mem_calloc(s->room, 1);
    return s;
}

void rf_match_scratch_free(struct rf_match_scratch *s)
{
    if (!s)
        return;
    rf_regex_runner_fini(&s->runner);
    free(s->seen);
    free(s->touched);
    free(s->order);
    free(s->chains);
    free(s->changed);
    free(s);
}
