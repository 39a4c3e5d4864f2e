/* Hot: scanning and confirming. */
#include "lib/match/matcher_inner.h"

#include <assert.h>

#include "lib/base/mem.h"
#include "lib/match/squeeze.h"
#include "lib/text/edge.h"

/* One scan under way. */
struct scanning {
    const struct rf_matcher *m;
    struct rf_match_scratch *scratch;
    struct rf_str text;
    struct rf_arena *arena;
    struct rf_hits *hits;
    size_t cap, ntouched;
};

static void add_hit(struct scanning *s, uint32_t id)
{
    struct rf_hits *h = s->hits;
    const struct rf_run *run = s->m->patterns[id].run;
    if (run && !rf_run_in(run, s->text))
        return;
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

static bool holds_there(const struct scanning *s, const struct rf_scan_use *use,
                        size_t begin)
{
    switch ((enum rf_scan_check)use->check) {
    case RF_CHECK_NOTHING:
        return true;
    case RF_CHECK_EDGES:
        return rf_text_word_edges(s->text, begin, begin + use->n);
    case RF_CHECK_ALL:
        break;
    }
    return stands_at(&s->m->patterns[use->pattern], s->text, begin);
}

static void literal_seen(void *arg, const struct rf_scan_use *uses, uint32_t n,
                         size_t begin)
{
    struct scanning *s = arg;
    for (const struct rf_scan_use *use = uses; use < uses + n; use++) {
        uint8_t *seen = &s->scratch->seen[use->pattern];
        if ((*seen & use->set) || !holds_there(s, use, begin))
            continue;
        if (*seen == 0)
            s->scratch->touched[s->ntouched++] = use->pattern;
        *seen |= use->set;
        if (*seen == use->sets)
            add_hit(s, use->pattern);
    }
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

/* Room for the text in another form. */
static char *changed(struct scanning *s)
{
    struct rf_match_scratch *scratch = s->scratch;
    if (scratch->room < s->text.n) { /* folding made it longer than what is judged */
        scratch->room = s->text.n;
        scratch->changed = rf_mem_realloc(scratch->changed, s->text.n + 1, 1);
    }
    return scratch->changed;
}

static void scan(struct scanning *s, enum rf_match_view view)
{
    struct rf_str text = s->text;
    if (s->m->scans[view].nliterals && view == RF_VIEW_RAW) {
        char *low = changed(s);
        rf_lower(text, low);
        text.p = low;
    }
    rf_scan_run(&s->m->scans[view], text, literal_seen, s);
    if (s->m->squeezed[view].nliterals) {
        char *letters = changed(s);
        size_t n = rf_squeeze(s->text, letters);
        rf_scan_run(&s->m->squeezed[view], rf_str(letters, n), literal_seen, s);
    }
}

static void add_always(struct scanning *s, enum rf_match_view view)
{
    for (uint32_t i = 0; i < s->m->nalways[view]; i++)
        add_hit(s, s->m->always[view][i]);
}

void rf_matcher_scan(const struct rf_matcher *m, struct rf_match_scratch *scratch,
                     enum rf_match_view view, struct rf_str text, struct rf_arena *a,
                     struct rf_hits *hits)
{
    assert(view < RF_VIEW_FIELD);
    struct scanning s = {
        .m = m, .scratch = scratch, .text = text, .arena = a, .hits = hits};
    *hits = (struct rf_hits){0};
    scan(&s, view);
    for (size_t i = 0; i < s.ntouched; i++)
        scratch->seen[scratch->touched[i]] = 0;
    add_always(&s, view);
    if (hits->n > 48)
        sort_many(hits, scratch->order, m->n);
    else
        sort_few(hits);
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
    return m->patterns[id].sets || m->patterns[id].kind != RF_PATTERN_REGEX;
}

bool rf_matcher_jit(const struct rf_matcher *m)
{
    return m->jit;
}
