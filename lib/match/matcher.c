/* Hot: scanning and confirming. */
#include "lib/match/matcher_inner.h"

#include <assert.h>

#include "lib/base/mem.h"
#include "lib/match/alike.h"
#include "lib/match/squeeze.h"
#include "lib/text/edge.h"
#include "lib/text/fold.h"

#define CHAIN_TEXT_MAX 2048 /* bytes */

/* The scan of some texts under way: literals are reported text after text. */
struct scanning {
    const struct rf_matcher *m;
    struct rf_match_scratch *scratch;
    unsigned views, always;            /* bits; those with patterns without literals */
    unsigned sought[RF_MATCHER_SCANS]; /* forms with literals, as bits */
    const struct rf_match_text *texts;
    struct rf_arena *arena;
    struct rf_hits *hits; /* by text */
    uint32_t now;         /* the text at hand */
    size_t cap, ntouched; /* of it */
    size_t used;          /* bytes of the scratch's changed texts */
    bool as_it_is;        /* what is around folded views can be read */
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
static bool further_holds(const struct scanning *s, uint32_t id, struct rf_str text)
{
    const struct rf_chain_table *chain = s->m->patterns[id].chain;
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
                        struct rf_str text, size_t begin)
{
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

static void literal_seen(struct scanning *s, const struct rf_scan_use *use,
                         struct rf_str text, size_t begin)
{
    uint8_t *seen = &s->scratch->seen[use->pattern];
    struct rf_beside beside = {use->before, use->behind};
    if ((beside.before & beside.behind) != RF_BESIDE_ANY &&
        !rf_automaton_stands(beside, text, begin, begin + use->n))
        return;
    if ((*seen & use->set) || !holds_there(s, use, text, begin))
        return;
    if (*seen == 0)
        s->scratch->touched[s->ntouched++] = use->pattern;
    *seen |= (uint8_t)use->set;
    if (*seen == use->sets &&
        (!(use->check & RF_CHECK_FURTHER) || further_holds(s, use->pattern, text)))
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

/* The patterns of a view without literals: those whose chain stands in the text, and the
 * rest. */
static void add_always(struct scanning *s, unsigned view)
{
    const struct rf_always *always = &s->m->always[view];
    struct rf_str text = s->texts[s->now].views[view];
    uint32_t i = 0;
    if (always->chains) {
        uint32_t *found = s->scratch->chains;
        rf_chains_find(always->chains, text, found);
        for (; i < always->chains->n; i++)
            if (found[i] && further_holds(s, always->ids[i], text))
                add_hit(s, always->ids[i]);
    }
    for (; i < always->n; i++)
        if (!always->gates[i] || rf_automaton_in(always->gates[i], text))
            add_hit(s, always->ids[i]);
}

/* Nothing more comes of the text at hand: on to the next. */
static void end_text(struct scanning *s)
{
    struct rf_match_scratch *scratch = s->scratch;
    struct rf_hits *h = &s->hits[s->now];
    for (size_t i = 0; i < s->ntouched; i++)
        scratch->seen[scratch->touched[i]] = 0;
    for (unsigned left = s->always; left; left &= left - 1)
        add_always(s, (unsigned)__builtin_ctz(left));
    if (h->n > 48)
        sort_many(h, scratch->order, s->m->n);
    else
        sort_few(h);
    s->ntouched = s->cap = 0;
    s->now++;
}

static void literals_seen(void *arg, uint32_t text, unsigned form,
                          const struct rf_scan_use *uses, uint32_t n, size_t begin)
{
    struct scanning *s = arg;
    while (s->now < text)
        end_text(s);
    for (uint32_t i = 0; i < n; i++)
        literal_seen(s, &uses[i], s->texts[text].views[form % RF_FORM_SQUEEZED], begin);
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

static bool sought(const struct scanning *s, uint32_t scan, unsigned form)
{
    return s->sought[scan] >> form & 1;
}

/* Scan a view of a text, in lower case and with room around. */
static void scan_view(struct scanning *s, uint32_t i, uint32_t scan, unsigned sieve,
                      unsigned view)
{
    struct rf_str text = s->texts[i].views[view];
    if (!s->as_it_is || !rf_view_folded(view)) {
        char *out = changed(s, text.n);
        rf_lower(text, out);
        text.p = out;
    }
    rf_scan_text(&s->scratch->sweep, scan, sieve, 1u << view, text, i);
}

/* Two views of a text, which share a scan: if they are alike as one. */
static void scan_two(struct scanning *s, uint32_t i, uint32_t scan, unsigned one,
                     unsigned other, bool alike)
{
    bool has_one = sought(s, scan, one), has_other = sought(s, scan, other);
    if (has_one && has_other && alike) {
        rf_scan_text(&s->scratch->sweep, scan, RF_SIEVE_BOTH, 1u << one | 1u << other,
                     s->texts[i].views[one], i);
        return;
    }
    if (has_one)
        scan_view(s, i, scan, RF_SIEVE_ONE, one);
    if (has_other)
        scan_view(s, i, scan, RF_SIEVE_OTHER, other);
}

static void scan_squeezed(struct scanning *s, uint32_t i, unsigned view)
{
    struct rf_str text = s->texts[i].views[view];
    char *out = changed(s, text.n);
    size_t n = rf_squeeze(text, out);
    rf_scan_text(&s->scratch->sweep, RF_SCAN_SQUEEZED, view,
                 1u << (RF_FORM_SQUEEZED + view), rf_str(out, n), i);
}

static void scan_text(struct scanning *s, uint32_t i)
{
    const struct rf_str *views = s->texts[i].views;
    bool two = sought(s, RF_SCAN_SENT, RF_VIEW_RAW);
    scan_two(s, i, RF_SCAN_SENT, RF_VIEW_TEXT, RF_VIEW_RAW,
             two && rf_alike_lowered(views[RF_VIEW_RAW], views[RF_VIEW_TEXT]));
    /* The shape is what is left of the compact view. */
    scan_two(s, i, RF_SCAN_LETTERS, RF_VIEW_COMPACT, RF_VIEW_SHAPE,
             views[RF_VIEW_COMPACT].n == views[RF_VIEW_SHAPE].n);
    unsigned left = s->sought[RF_SCAN_SQUEEZED] >> RF_FORM_SQUEEZED;
    for (; left; left &= left - 1)
        scan_squeezed(s, i, (unsigned)__builtin_ctz(left));
}

/* Which forms of texts are to be scanned, and which views looked at even so. */
static void find_sought(struct scanning *s)
{
    const struct rf_matcher *m = s->m;
    for (unsigned view = 0; view < RF_VIEW_FIELD; view++) {
        if (!(s->views >> view & 1))
            continue;
        s->always |= (unsigned)(m->always[view].n > 0) << view;
        for (uint32_t k = 0; k < RF_MATCHER_SCANS; k++)
            for (unsigned form = view; form < RF_SCAN_FORMS; form += RF_FORM_SQUEEZED)
                s->sought[k] |= (unsigned)(m->scans[k].nliterals[form] > 0) << form;
    }
}

static void scan(struct scanning *s, size_t n)
{
    struct rf_scan_sweep *sweep = &s->scratch->sweep;
    for (size_t i = 0; i < n; i++)
        s->hits[i] = (struct rf_hits){0};
    find_sought(s);
    rf_scan_begin(sweep, s->m->scans, RF_MATCHER_SCANS, literals_seen, s);
    for (uint32_t i = 0; i < n; i++)
        scan_text(s, i);
    rf_scan_finish(sweep);
    while (s->now < n)
        end_text(s);
}

void rf_matcher_scan_all(const struct rf_matcher *m, struct rf_match_scratch *scratch,
                         unsigned views, const struct rf_match_text *texts, size_t n,
                         struct rf_arena *a, struct rf_hits *hits)
{
    struct scanning s = {.m = m,
                         .scratch = scratch,
                         .views = views,
                         .texts = texts,
                         .arena = a,
                         .hits = hits,
                         .as_it_is = true};
    scan(&s, n);
}

void rf_matcher_scan(const struct rf_matcher *m, struct rf_match_scratch *scratch,
                     enum rf_match_view view, struct rf_str text, struct rf_arena *a,
                     struct rf_hits *hits)
{
    struct rf_match_text only = {0};
    struct scanning s = {.m = m,
                         .scratch = scratch,
                         .views = 1u << view,
                         .texts = &only,
                         .arena = a,
                         .hits = hits};
    assert(view < RF_VIEW_FIELD);
    only.views[view] = text;
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
