/* Hot: scanning and confirming. */
#include "lib/match/matcher_inner.h"

#include <assert.h>

#include "lib/base/mem.h"
#include "lib/match/squeeze.h"
#include "lib/text/edge.h"
#include "lib/text/fold.h"

#define CHAIN_TEXT_MAX 2048 /* bytes */

/* The scan of a view of some texts under way: literals are reported text after text. */
struct scanning {
    const struct rf_matcher *m;
    struct rf_match_scratch *scratch;
    enum rf_match_view view;
    const struct rf_str *texts;
    struct rf_arena *arena;
    struct rf_hits *hits; /* by text */
    uint32_t now;         /* the text at hand */
    size_t cap, ntouched; /* of it */
    size_t used;          /* bytes of the scratch's changed texts */
    bool as_it_is;        /* texts are in lower case, what is around them can be read */
};

_Static_assert(RF_VIEW_AHEAD >= RF_SCAN_HEAD && RF_VIEW_PADDING >= RF_SCAN_ROOM,
               "a view is scanned where it lies");

static void add_hit(struct scanning *s, uint32_t id)
{
    struct rf_hits *h = &s->hits[s->now];
    if (h->n == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 32;
        uint32_t *ids = rf_arena_alloc(s->arena, s->cap * sizeof *ids);
        if (h->n)
            memcpy(ids, h->ids, h->n * sizeof *ids);
        h->ids = ids;
    }
    h->ids[h->n++] = id;
}

/* Long texts are left to PCRE2 and its budget. */
static bool further_holds(const struct scanning *s, uint32_t id)
{
    const struct rf_chain_table *chain = s->m->patterns[id].chain;
    struct rf_str text = s->texts[s->now];
    return !chain || text.n > CHAIN_TEXT_MAX || rf_chain_in(chain, text);
}

/* Whether a keyword stands at text[begin...), byte for byte and as its kind wants. */
static bool stands_at(const struct rf_pattern *p, struct rf_str text, size_t begin)
{
    if (!rf_str_starts(rf_str_sub(text, begin), p->text))
        return false;
    return p->kind == RF_PATTERN_CONTAINS ||
           rf_text_word_edges(text, begin, begin + p->text.n);
}

static bool holds_there(const struct scanning *s, const struct rf_scan_use *use,
                        size_t begin)
{
    struct rf_str text = s->texts[s->now];
    switch (use->check & ~RF_CHECK_FURTHER) {
    case RF_CHECK_LEADS:
        return rf_automaton_at(s->m->patterns[use->pattern].automaton, text, begin);
    case RF_CHECK_NOTHING:
        return true;
    case RF_CHECK_EDGES:
        return rf_text_word_edges(text, begin, begin + use->n);
    default:
        return stands_at(&s->m->patterns[use->pattern], text, begin);
    }
}

static void literal_seen(struct scanning *s, const struct rf_scan_use *use, size_t begin)
{
    uint8_t *seen = &s->scratch->seen[use->pattern];
    if ((*seen & use->set) || !holds_there(s, use, begin))
        return;
    if (*seen == 0)
        s->scratch->touched[s->ntouched++] = use->pattern;
    *seen |= use->set;
    if (*seen == use->sets &&
        (!(use->check & RF_CHECK_FURTHER) || further_holds(s, use->pattern)))
        add_hit(s, use->pattern);
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

/* Many: by a bit per pattern. */
static void sort_many(struct rf_hits *h, uint64_t *order, uint32_t npatterns)
{
    for (size_t i = 0; i < h->n; i++)
        order[h->ids[i] / 64] |= UINT64_C(1) << (h->ids[i] % 64);
    size_t n = 0;
    for (uint32_t w = 0; w <= npatterns / 64; w++) {
        for (uint64_t bits = order[w]; bits; bits &= bits - 1)
            h->ids[n++] = w * 64 + (uint32_t)__builtin_ctzll(bits);
        order[w] = 0;
    }
}

static void sort_few(struct rf_hits *h)
{
    for (size_t i = 1; i < h->n; i++) {
        uint32_t id = h->ids[i];
        size_t k = i;
        for (; k > 0 && h->ids[k - 1] > id; k--)
            h->ids[k] = h->ids[k - 1];
        h->ids[k] = id;
    }
}

/* The patterns without literals: those whose chain stands in the text, and the rest. */
static void add_always(struct scanning *s)
{
    const struct rf_always *always = &s->m->always[s->view];
    uint32_t i = 0;
    if (always->chains) {
        uint32_t *found = s->scratch->chains;
        rf_chains_find(always->chains, s->texts[s->now], found);
        for (; i < always->chains->n; i++)
            if (found[i] && further_holds(s, always->ids[i]))
                add_hit(s, always->ids[i]);
    }
    for (; i < always->n; i++)
        if (!always->gates[i] || rf_automaton_in(always->gates[i], s->texts[s->now]))
            add_hit(s, always->ids[i]);
}

/* Nothing more comes of the text at hand: on to the next. */
static void end_text(struct scanning *s)
{
    struct rf_match_scratch *scratch = s->scratch;
    struct rf_hits *h = &s->hits[s->now];
    for (size_t i = 0; i < s->ntouched; i++)
        scratch->seen[scratch->touched[i]] = 0;
    add_always(s);
    if (h->n > 48)
        sort_many(h, scratch->order, s->m->n);
    else
        sort_few(h);
    s->ntouched = s->cap = 0;
    s->now++;
}

static void literals_seen(void *arg, uint32_t text, const struct rf_scan_use *uses,
                          uint32_t n, size_t begin)
{
    struct scanning *s = arg;
    while (s->now < text)
        end_text(s);
    for (uint32_t i = 0; i < n; i++)
        literal_seen(s, &uses[i], begin);
}

/* Room for the text in another form, and for what the scan reads around it. */
static char *changed(struct scanning *s, size_t n)
{
    struct rf_match_scratch *scratch = s->scratch;
    n += RF_SCAN_HEAD + RF_SCAN_ROOM;
    if (scratch->room - s->used < n) {
        rf_scan_finish(&scratch->sweep);
        s->used = 0;
    }
    if (scratch->room < n) { /* folding made it longer than what is judged */
        scratch->room = n;
        scratch->changed = rf_mem_realloc(scratch->changed, n, 1);
    }
    s->used += n;
    return scratch->changed + s->used - n + RF_SCAN_HEAD;
}

/* The text in lower case, with room around. */
static struct rf_str lowered(struct scanning *s, struct rf_str text)
{
    if (s->as_it_is)
        return text;
    char *out = changed(s, text.n);
    rf_lower(text, out);
    return rf_str(out, text.n);
}

static void scan_text(struct scanning *s, uint32_t i)
{
    const struct rf_scan *plain = &s->m->scans[s->view];
    const struct rf_scan *squeezed = &s->m->squeezed[s->view];
    struct rf_str text = s->texts[i];
    if (plain->nliterals && text.n)
        rf_scan_text(&s->scratch->sweep, plain, lowered(s, text), i);
    if (squeezed->nliterals && text.n) {
        char *out = changed(s, text.n);
        size_t n = rf_squeeze(text, out);
        rf_scan_text(&s->scratch->sweep, squeezed, rf_str(out, n), i);
    }
}

static void scan(struct scanning *s, size_t n)
{
    struct rf_scan_sweep *sweep = &s->scratch->sweep;
    assert(s->view < RF_VIEW_FIELD);
    for (size_t i = 0; i < n; i++)
        s->hits[i] = (struct rf_hits){0};
    sweep->fn = literals_seen;
    sweep->arg = s;
    for (uint32_t i = 0; i < n; i++)
        scan_text(s, i);
    rf_scan_finish(sweep);
    while (s->now < n)
        end_text(s);
}

void rf_matcher_scan_all(const struct rf_matcher *m, struct rf_match_scratch *scratch,
                         enum rf_match_view view, const struct rf_str *texts, size_t n,
                         struct rf_arena *a, struct rf_hits *hits)
{
    struct scanning s = {.m = m,
                         .scratch = scratch,
                         .view = view,
                         .texts = texts,
                         .arena = a,
                         .hits = hits,
                         .as_it_is = rf_view_folded(view)};
    scan(&s, n);
}

void rf_matcher_scan(const struct rf_matcher *m, struct rf_match_scratch *scratch,
                     enum rf_match_view view, struct rf_str text, struct rf_arena *a,
                     struct rf_hits *hits)
{
    struct scanning s = {.m = m,
                         .scratch = scratch,
                         .view = view,
                         .texts = &text,
                         .arena = a,
                         .hits = hits};
    scan(&s, 1);
}

/* Automata that are quicker than PCRE2: few of their places are reached at once. */
static bool decides(const struct rf_automaton *x, struct rf_str text)
{
    return x && rf_automaton_quick(x) && text.n <= RF_BUDGET_FIRST &&
           rf_automaton_exact(x, text);
}

enum rf_match_result rf_matcher_confirm(const struct rf_matcher *m,
                                        struct rf_match_scratch *s, uint32_t id,
                                        struct rf_str text, uint64_t *budget)
{
    const struct rf_pattern *p = &m->patterns[id];
    size_t begin, end;
    if (p->kind != RF_PATTERN_REGEX)
        return find_keyword(p, text, &begin) ? RF_MATCH_YES : RF_MATCH_NO;
    if (!decides(p->automaton, text))
        return rf_regex_run(&s->runner, p->regex, text, budget, &begin, &end);
    if (!rf_regex_charge(budget, text.n))
        return RF_MATCH_LIMIT;
    return rf_automaton_in(p->automaton, text) ? RF_MATCH_YES : RF_MATCH_NO;
}

bool rf_matcher_locate(const struct rf_matcher *m, struct rf_match_scratch *s,
                       uint32_t id, struct rf_str text, size_t *begin, size_t *end)
{
    const struct rf_pattern *p = &m->patterns[id];
    uint64_t budget = RF_MATCH_BUDGET;
    if (p->kind == RF_PATTERN_REGEX)
        return rf_regex_run(&s->runner, p->regex, text, &budget, begin, end) ==
               RF_MATCH_YES;
    if (!find_keyword(p, text, begin))
        return false;
    *end = *begin + p->text.n;
    return true;
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
    return m->patterns[id].sets || m->patterns[id].kind != RF_PATTERN_REGEX;
}

bool rf_matcher_jit(const struct rf_matcher *m)
{
    return m->jit;
}
