#include "lib/engine/explain.h"

#include "lib/engine/state.h"

#define MATCHES_MAX 64 /* shown of one rule */

/* The first condition below n, in the order written, that keeps it from holding. */
static const struct rf_node *first_failed(struct rf_engine *e, const struct rf_node *n)
{
    for (uint32_t i = 0; n->kind == RF_NODE_ALL && i < n->nchildren; i++)
        if (rf_engine_node(e, n->children[i]) != RF_YES)
            return first_failed(e, n->children[i]);
    if (n->kind == RF_NODE_ANY && n->nchildren == 1)
        return first_failed(e, n->children[0]);
    return n;
}

/* The view of an operand with its map to the raw text. */
static const struct rf_view *mapped_view(struct rf_engine *e, enum rf_operand o)
{
    bool folded = o == RF_OPERAND_TEXT || o == RF_OPERAND_TEXT_COMPACT ||
                  o == RF_OPERAND_TEXT_SHAPE;
    return folded ? &e->facts->views[rf_facts_view(o)] : NULL;
}

static void add_match(struct rf_engine *e, enum rf_operand o, uint32_t pattern,
                      struct rf_explained_rule *out)
{
    const struct rf_values *v = rf_facts_get(e->facts, o);
    struct rf_explained_match m = {.operand = o, .pattern = pattern};
    if (v->n == 0 || out->nmatches == MATCHES_MAX ||
        !rf_matcher_locate(e->rs->matcher, e->scratch, pattern, v->strs[0], &m.begin,
                           &m.end))
        return;
    const struct rf_view *view = mapped_view(e, o);
    m.raw_begin = view && view->map ? view->map[m.begin] : m.begin;
    m.raw_end = view && view->map ? view->map[m.end] : m.end;
    out->matches[out->nmatches++] = m;
}

/* Every pattern of the tree's scanned tests that stands in the text. */
static void find_matches(struct rf_engine *e, const struct rf_node *n,
                         struct rf_explained_rule *out)
{
    for (uint32_t i = 0; i < n->nchildren; i++)
        find_matches(e, n->children[i], out);
    if (n->kind != RF_NODE_TEST)
        return;
    const struct rf_test *test = &e->rs->tests[n->index];
    if (rf_operand_info(test->operand)->class != RF_CLASS_VIEW)
        return;
    for (uint32_t k = 0; k < test->nterms; k++) {
        const struct rf_term *t = &test->terms[k];
        if (t->op != RF_OP_CONTAINS && t->op != RF_OP_WORDS && t->op != RF_OP_REGEX)
            continue;
        for (uint32_t i = 0; i < t->n; i++)
            if (rf_set_has(&e->seen, t->patterns[i]))
                add_match(e, test->operand, t->patterns[i], out);
    }
}

static void read_counters(struct rf_engine *e, const struct rf_rule *r,
                          struct rf_explained_rule *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->counters.n; i++) {
        const struct rf_counted *got = &e->counted[r->counters.first + i];
        n += got->serial == e->serial ? got->n : 0;
    }
    out->counters = rf_arena_alloc(e->arena, n * sizeof *out->counters);
    for (uint32_t i = 0; i < r->counters.n; i++) {
        uint32_t counter = r->counters.first + i;
        const struct rf_counted *got = &e->counted[counter];
        for (uint32_t k = 0; got->serial == e->serial && k < got->n; k++)
            out->counters[out->ncounters++] = (struct rf_explained_counter){
                .counter = counter, .key = got->keys[k], .value = got->values[k]};
    }
}

void rf_engine_explain_rule(struct rf_engine *e, uint32_t rule, bool hit)
{
    const struct rf_rule *r = &e->rs->rules[rule];
    struct rf_explained_rule *out = &e->explained->rules[rule];
    out->state = hit ? RF_EXPLAINED_HIT : RF_EXPLAINED_FAILED;
    if (!hit && e->facts->record->value[RF_FIELD_TS].i >= r->expires_ms) {
        out->state = RF_EXPLAINED_EXPIRED;
        return;
    }
    if (!hit)
        out->failed = first_failed(e, r->when);
    out->matches = rf_arena_alloc(e->arena, MATCHES_MAX * sizeof *out->matches);
    find_matches(e, r->when, out);
    read_counters(e, r, out);
}

void rf_engine_explain(struct rf_engine *e, struct rf_arena *arena,
                       const struct rf_record *record, int64_t now_ms,
                       struct rf_explanation *out)
{
    *out = (struct rf_explanation){
        .rules = RF_NEW_ARRAY(arena, struct rf_explained_rule, e->rs->nrules)};
    for (uint32_t i = 0; i < e->rs->nrules; i++) {
        const struct rf_rule *r = &e->rs->rules[i];
        out->rules[i].rule = i;
        out->rules[i].state =
            record->kind != RF_KIND_NONE && (r->kinds >> record->kind & 1)
                ? RF_EXPLAINED_OFF
                : RF_EXPLAINED_OTHER_KIND;
    }
    e->explained = out;
    rf_engine_judge(e, arena, record, 1, now_ms, &out->judgment);
    e->explained = NULL;
    out->facts = e->facts;
}
