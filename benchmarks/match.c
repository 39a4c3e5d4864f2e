/* match: folding, all views, literals and PCRE2 of all texts, beside the yardsticks. */
#include <stdlib.h>

#include "benchmarks/benches.h"
#include "benchmarks/clock.h"
#include "benchmarks/table.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/engine/facts.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { VIEWS = RF_VIEW_FIELD, AT_ONCE = 32 };

static const enum rf_operand view_operands[VIEWS] = {/* by enum rf_match_view */
                                                     RF_OPERAND_TEXT,
                                                     RF_OPERAND_TEXT_COMPACT,
                                                     RF_OPERAND_TEXT_SHAPE,
                                                     RF_OPERAND_TEXT_RAW};

/* One batch on its way. */
struct batch {
    const struct rf_ruleset *rs;
    struct rf_match_scratch *scratch;
    struct rf_arena arena;
    struct rf_facts facts[RF_LIMIT_BATCH];
    struct rf_hits hits[RF_LIMIT_BATCH];
    bool by_step; /* whether these are measured: */
    uint64_t views_ns, scan_ns, confirm_ns, candidates, confirmed;
};

static bool needed(const struct batch *b, size_t view)
{
    return b->rs->needs.operand[view_operands[view]];
}

static void make_views(struct batch *b, const struct rf_record *records, size_t n)
{
    rf_arena_reset(&b->arena);
    for (size_t i = 0; i < n; i++) {
        rf_facts_init(&b->facts[i], b->rs, b->rs->plan, &records[i], &b->arena, false);
        for (size_t v = 0; v < VIEWS; v++)
            if (needed(b, v))
                rf_facts_get(&b->facts[i], view_operands[v]);
    }
}

/* As the engine does. */
static void scan_some(struct batch *b, size_t first, size_t end)
{
    struct rf_match_text texts[AT_ONCE];
    unsigned views = 0;
    for (size_t v = 0; v < VIEWS; v++) {
        if (!needed(b, v))
            continue;
        views |= 1u << v;
        for (size_t i = first; i < end; i++)
            texts[i - first].views[v] =
                rf_facts_get(&b->facts[i], view_operands[v])->strs[0];
    }
    rf_matcher_scan_all(b->rs->matcher, b->scratch, views, texts, end - first, &b->arena,
                        &b->hits[first]);
}

static void scan(struct batch *b, size_t n)
{
    for (size_t i = 0; i < n; i += AT_ONCE)
        scan_some(b, i, i + AT_ONCE < n ? i + AT_ONCE : n);
}

static void confirm(struct batch *b, size_t n)
{
    const struct rf_matcher *m = b->rs->matcher;
    for (size_t i = 0; i < n; i++) {
        uint64_t budget = RF_MATCH_BUDGET;
        for (size_t k = 0; k < b->hits[i].n; k++) {
            uint32_t id = b->hits[i].ids[k];
            if (rf_matcher_kind(m, id) != RF_PATTERN_REGEX)
                continue;
            enum rf_operand view = view_operands[rf_matcher_view(m, id)];
            struct rf_str text = rf_facts_get(&b->facts[i], view)->strs[0];
            b->candidates++;
            b->confirmed +=
                rf_matcher_confirm(m, b->scratch, id, text, &budget) == RF_MATCH_YES;
        }
    }
}

/* The time since *began, which moves to now; 0 where steps are not timed, as reading the
 * clock takes as long as half a text. */
static uint64_t lap(const struct batch *b, uint64_t *began)
{
    if (!b->by_step)
        return 0;
    uint64_t now = clock_thread_ns(), ns = now - *began;
    *began = now;
    return ns;
}

/* All texts once; processor time in ns. */
static uint64_t run(struct batch *b, const struct work *w, bool by_step)
{
    uint64_t began = clock_thread_ns(), step = began;
    b->by_step = by_step;
    b->views_ns = b->scan_ns = b->confirm_ns = b->candidates = b->confirmed = 0;
    for (size_t at = 0; at < w->ntexts; at += RF_LIMIT_BATCH) {
        size_t n = w->ntexts - at < RF_LIMIT_BATCH ? w->ntexts - at : RF_LIMIT_BATCH;
        make_views(b, &w->texts[at], n);
        b->views_ns += lap(b, &step);
        scan(b, n);
        b->scan_ns += lap(b, &step);
        confirm(b, n);
        b->confirm_ns += lap(b, &step);
    }
    return clock_thread_ns() - began;
}

/* ---- PCRE2, one by one ---- */

struct pcre {
    pcre2_code **codes;
    uint32_t *ids;
    size_t n;
    pcre2_match_data *data;
};

static void pcre_init(struct pcre *p, const struct rf_matcher *m)
{
    uint32_t n = rf_matcher_count(m);
    *p = (struct pcre){.codes = rf_mem_calloc(n, sizeof *p->codes),
                       .ids = rf_mem_calloc(n, sizeof *p->ids),
                       .data = pcre2_match_data_create(64, NULL)};
    for (uint32_t i = 0; i < n; i++) {
        int error;
        PCRE2_SIZE at;
        if (rf_matcher_view(m, i) != RF_VIEW_TEXT ||
            rf_matcher_kind(m, i) != RF_PATTERN_REGEX)
            continue;
        struct rf_str s = rf_matcher_text(m, i);
        pcre2_code *c = pcre2_compile(
            (PCRE2_SPTR)s.p, s.n, PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS | PCRE2_DOTALL,
            &error, &at, NULL);
        if (!c)
            abort(); /* the matcher has taken it */
        pcre2_jit_compile(c, PCRE2_JIT_COMPLETE);
        p->codes[p->n] = c;
        p->ids[p->n++] = i;
    }
}

static void pcre_fini(struct pcre *p)
{
    for (size_t i = 0; i < p->n; i++)
        pcre2_code_free(p->codes[i]);
    pcre2_match_data_free(p->data);
    free(p->codes);
    free(p->ids);
}

/* What the matcher says of regex `id` on text i of the batch at hand. */
static bool says_yes(struct batch *b, size_t i, uint32_t id, struct rf_str text)
{
    uint64_t budget = RF_MATCH_BUDGET;
    const struct rf_hits *h = &b->hits[i];
    for (size_t k = 0; k < h->n; k++)
        if (h->ids[k] == id)
            return rf_matcher_confirm(b->rs->matcher, b->scratch, id, text, &budget) ==
                   RF_MATCH_YES;
    return false;
}

/* The first `n` texts; returns the time of PCRE2 alone, *differ how many answers do. */
static uint64_t compare(struct batch *b, const struct work *w, size_t n, uint64_t *differ)
{
    struct pcre p;
    uint64_t spent = 0;
    bool *yes = NULL;
    pcre_init(&p, w->rs->matcher);
    yes = rf_mem_calloc(p.n + 1, sizeof *yes);
    *differ = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t began = clock_thread_ns();
        for (size_t k = 0; k < p.n; k++)
            yes[k] = pcre2_match(p.codes[k], (PCRE2_SPTR)w->folded[i].p, w->folded[i].n,
                                 0, PCRE2_NO_UTF_CHECK, p.data, NULL) > 0;
        spent += clock_thread_ns() - began;
        make_views(b, &w->texts[i], 1);
        scan(b, 1);
        for (size_t k = 0; k < p.n; k++)
            *differ += yes[k] != says_yes(b, 0, p.ids[k], w->folded[i]);
    }
    free(yes);
    pcre_fini(&p);
    return spent;
}

/* ---- the rows ---- */

static void profile(struct batch *b, const struct work *w)
{
    double n = (double)w->ntexts;
    run(b, w, true);
    table_add("match", w->name, "ns/text: find, fold, views", (double)b->views_ns / n,
              NOTE, 0);
    table_add("match", w->name, "ns/text: scan", (double)b->scan_ns / n, NOTE, 0);
    table_add("match", w->name, "ns/text: confirm", (double)b->confirm_ns / n, NOTE, 0);
    table_add("match", w->name, "regexes tried a text", (double)b->candidates / n, NOTE,
              0);
    table_add("match", w->name, "of those matched", (double)b->confirmed / n, NOTE, 0);
}

void bench_match(struct subject *s, const struct work *w, const struct options *o)
{
    struct batch *b = rf_mem_calloc(1, sizeof *b);
    struct runs own = {0}, lit = {0}, vs = {0};
    double n = (double)w->ntexts;
    uint64_t differ;
    b->rs = w->rs;
    b->scratch = rf_match_scratch_new(w->rs->matcher);
    rf_arena_init(&b->arena, 0);
    for (unsigned i = 0; i <= o->runs; i++) {
        double x = (double)run(b, w, false);
        double y = (double)yardstick_run(&s->lit, w->folded, w->ntexts);
        double z = (double)yardstick_run(&s->vs, w->folded, w->ntexts);
        if (i == 0)
            continue; /* warm-up */
        runs_add(&own, x);
        runs_add(&lit, y);
        runs_add(&vs, z);
    }
    table_add("match", w->name, "x LIT", runs_ratio(&own, &lit), s->real ? NOTE : AT_MOST,
              2);
    table_add("match", w->name, "x VS", runs_ratio(&own, &vs), s->vs.db ? AT_MOST : NOTE,
              s->real ? 0.3 : 1);
    table_add("match", w->name, "ns/text", runs_median(&own) / n, NOTE, 0);
    table_add("match", w->name, "ns/text: LIT", runs_median(&lit) / n, NOTE, 0);
    table_add("match", w->name, "ns/text: VS", runs_median(&vs) / n, NOTE, 0);
    table_add("match", w->name, "matches a text: LIT", (double)s->lit.matches / n, NOTE,
              0);
    profile(b, w);
    size_t sample = o->quick ? 200 : 1000;
    sample = sample < w->ntexts ? sample : w->ntexts;
    double pcre = (double)compare(b, w, sample, &differ) / (double)sample;
    table_add("match", w->name, "ns/text: PCRE2 one by one", pcre, NOTE, 0);
    table_add("match", w->name, "answers unlike PCRE2's", (double)differ, AT_MOST, 0);
    rf_match_scratch_free(b->scratch);
    rf_arena_fini(&b->arena);
    free(b);
}
