#include "daemon/cli/bench.h"

#include <stdlib.h>
#include <time.h>

#include "lib/base/mem.h"
#include "lib/codec/codec.h"
#include "lib/engine/facts.h"
#include "lib/engine/session.h"

#define COUNTERS 1000000
#define ROUNDS 3                         /* of each cost the least counts, */
#define MOST_REPEATED ((size_t)16 << 20) /* where there are no more bytes than that */

static const struct rf_hash_key zero; /* so that hits repeat */

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* What taking the time itself takes: the least of many. */
static double clock_ns(void)
{
    double least = 1e9;
    for (int i = 0; i < 1000; i++) {
        double began = now_ns(), took = now_ns() - began;
        least = took < least ? took : least;
    }
    return least;
}

static struct rf_str next_line(struct rf_str *rest)
{
    const char *lf = memchr(rest->p, '\n', rest->n);
    struct rf_str line = rf_str(rest->p, lf ? (size_t)(lf - rest->p) : rest->n);
    *rest = rf_str_sub(*rest, line.n + 1);
    return line;
}

/* ---- as eval does ---- */

static void note_hits(struct bench *b, const struct rf_outcome *o)
{
    for (uint32_t i = 0; i < o->judgment->nhits; i++)
        b->rules[o->judgment->hits[i]].held++;
    for (uint32_t i = 0; i < o->judgment->nshadow; i++)
        b->rules[o->judgment->shadow[i]].held++;
    b->bad += !rf_record_judged(o->record);
}

static void measure_whole(struct bench *b, struct rf_str lines)
{
    struct rf_counters *c = rf_counters_new(COUNTERS, &zero);
    struct rf_session *s = rf_session_new(b->rs, c, false);
    struct rf_buf reply;
    rf_buf_init(&reply);
    double began = now_ns();
    while (lines.n) {
        reply.n = 0;
        struct rf_outcome o = rf_session_line(s, next_line(&lines), &reply);
        note_hits(b, &o);
        b->records++;
    }
    b->whole_ns = now_ns() - began;
    rf_buf_fini(&reply);
    rf_session_free(s);
    rf_counters_free(c);
}

/* ---- piece by piece ---- */

struct pass {
    struct bench *b;
    struct rf_match_scratch *scratch;
    struct rf_arena arena;
    struct rf_facts facts;
    int64_t ts_ms;
    double clock_ns; /* taken off each time */
};

static void add(struct pass *p, struct bench_cost *c, bool held, double began,
                double *sum)
{
    double ns = now_ns() - began - p->clock_ns;
    ns = ns > 0 ? ns : 0;
    c->tried++;
    c->held += held;
    c->ns += ns;
    *sum += ns;
}

static void confirm(struct pass *p, uint32_t id, struct rf_str text)
{
    const struct rf_matcher *m = p->b->rs->matcher;
    uint64_t budget = RF_MATCH_BUDGET;
    double began = now_ns();
    bool held = rf_matcher_confirm(m, p->scratch, id, text, &budget) == RF_MATCH_YES;
    add(p, &p->b->patterns[id], held, began, &p->b->confirm_ns);
}

/* Scan a view and try the regexes that the scan names. */
static void try_view(struct pass *p, enum rf_operand o)
{
    struct rf_hits hits = {0};
    double began = now_ns();
    const struct rf_values *v = rf_facts_get(&p->facts, o);
    double made = now_ns();
    p->b->views_ns += made - began - p->clock_ns;
    if (v->n == 0)
        return;
    rf_matcher_scan(p->b->rs->matcher, p->scratch, rf_operand_view(o), v->strs[0],
                    &p->arena, &hits);
    p->b->scan_ns += now_ns() - made - p->clock_ns;
    for (size_t i = 0; i < hits.n; i++) {
        if (rf_matcher_kind(p->b->rs->matcher, hits.ids[i]) == RF_PATTERN_REGEX)
            confirm(p, hits.ids[i], v->strs[0]);
    }
}

static struct bench_cost *cost_of(struct bench *b, const struct rf_list *list)
{
    for (uint32_t i = 0; i < b->rs->nlists; i++)
        if (b->rs->lists[i].list == list)
            return &b->lists[i];
    return NULL; /* a list of values in the rule itself */
}

/* Look up value i of the operand in the list, as its types ask for. */
static bool in_list(struct pass *p, enum rf_operand o, const struct rf_values *v,
                    uint32_t i, const struct rf_list *list)
{
    enum rf_operand_class class = rf_operand_info(o)->class;
    enum rf_list_type type = rf_list_get_type(list);
    if (type == RF_LIST_NUMBERS || type == RF_LIST_SENDERS)
        return class == RF_CLASS_ADDRESS &&
               rf_list_find_addr(list, &v->addrs[i], p->ts_ms) != RF_LIST_NONE;
    struct rf_str s =
        class == RF_CLASS_URL ? v->hosts[i] : rf_facts_bytes(&p->facts, o, i);
    if (type == RF_LIST_HOSTS)
        return rf_list_find_host(list, s, p->ts_ms) != RF_LIST_NONE;
    return (class == RF_CLASS_VIEW ? rf_list_find_folded(list, s, p->ts_ms)
                                   : rf_list_find_str(list, s, p->ts_ms)) != RF_LIST_NONE;
}

static void try_lists(struct pass *p, const struct rf_test *t, const struct rf_term *term,
                      const struct rf_values *v)
{
    for (uint32_t k = 0; k < term->n; k++) {
        struct bench_cost *c = cost_of(p->b, term->lists[k]);
        for (uint32_t i = 0; c && i < v->n; i++) {
            double began = now_ns();
            bool held = in_list(p, t->operand, v, i, term->lists[k]);
            add(p, c, held, began, &p->b->lists_ns);
        }
    }
}

static bool of_patterns(const struct rf_term *t)
{
    return t->op == RF_OP_REGEX || t->op == RF_OP_CONTAINS || t->op == RF_OP_WORDS;
}

/* Patterns of fields that are not scanned, and lists. */
static void try_test(struct pass *p, const struct rf_test *t)
{
    if (!(rf_operand_kinds(t->operand) >> p->facts.record->kind & 1))
        return;
    const struct rf_values *v = rf_facts_get(&p->facts, t->operand);
    for (uint32_t k = 0; k < t->nterms; k++) {
        const struct rf_term *term = &t->terms[k];
        if (term->op == RF_OP_IN)
            try_lists(p, t, term, v);
        if (!of_patterns(term) || rf_operand_view(t->operand) != RF_VIEW_FIELD)
            continue;
        for (uint32_t i = 0; i < v->n; i++)
            for (uint32_t x = 0; x < term->n; x++)
                confirm(p, term->patterns[x], rf_facts_bytes(&p->facts, t->operand, i));
    }
}

static void try_record(struct pass *p, const struct rf_record *r)
{
    static const enum rf_operand views[] = {RF_OPERAND_TEXT, RF_OPERAND_TEXT_COMPACT,
                                            RF_OPERAND_TEXT_SHAPE, RF_OPERAND_TEXT_RAW};
    const struct rf_ruleset *rs = p->b->rs;
    p->ts_ms = r->value[RF_FIELD_TS].i;
    rf_facts_init(&p->facts, rs, rs->plan, r, &p->arena, false);
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        if (rs->needs.operand[views[i]] && rf_operand_kinds(views[i]) >> r->kind & 1)
            try_view(p, views[i]);
    for (uint32_t i = 0; i < rs->ntests; i++)
        try_test(p, &rs->tests[i]);
}

static void measure_pieces(struct bench *b, struct rf_str lines)
{
    const struct rf_clock clock = {.now_ms = RF_SESSION_START_MS,
                                   .absent_ms = RF_SESSION_START_MS};
    struct pass p = {.b = b, .clock_ns = clock_ns()};
    struct rf_decoder *d = rf_decoder_new(&b->rs->settings);
    p.scratch = rf_match_scratch_new(b->rs->matcher);
    rf_arena_init(&p.arena, 0);
    while (lines.n) {
        struct rf_record r;
        struct rf_str line = next_line(&lines);
        rf_arena_reset(&p.arena);
        double began = now_ns();
        if (line.n > b->rs->settings.max_line)
            rf_decode_too_long(&r, &clock);
        else
            rf_decode_line(d, &p.arena, line, &clock, &r);
        b->decode_ns += now_ns() - began - p.clock_ns;
        if (rf_record_judged(&r))
            try_record(&p, &r);
    }
    rf_arena_fini(&p.arena);
    rf_match_scratch_free(p.scratch);
    rf_decoder_free(d);
}

/* ---- rules ---- */

/* Add what the pattern or list took to the rule, once. */
static void charge(struct bench_cost *rule, const struct bench_cost *part, uint32_t *seen,
                   uint32_t stamp)
{
    if (*seen == stamp)
        return;
    *seen = stamp;
    rule->tried += part->tried;
    rule->ns += part->ns;
}

struct charging {
    struct bench *b;
    struct bench_cost *rule;
    uint32_t *patterns, *lists; /* stamps: charged to this rule already */
    uint32_t stamp;
};

static void charge_list(struct charging *c, const struct rf_list *list)
{
    struct bench_cost *part = cost_of(c->b, list);
    if (part)
        charge(c->rule, part, &c->lists[part - c->b->lists], c->stamp);
}

static void charge_test(struct charging *c, const struct rf_test *t)
{
    for (uint32_t k = 0; k < t->nterms; k++) {
        const struct rf_term *term = &t->terms[k];
        for (uint32_t i = 0; i < term->n; i++) {
            if (term->op == RF_OP_IN)
                charge_list(c, term->lists[i]);
            else if (of_patterns(term))
                charge(c->rule, &c->b->patterns[term->patterns[i]],
                       &c->patterns[term->patterns[i]], c->stamp);
        }
    }
}

static void charge_node(struct charging *c, const struct rf_node *n)
{
    for (uint32_t i = 0; i < n->nchildren; i++)
        charge_node(c, n->children[i]);
    if (n->kind == RF_NODE_TEST)
        charge_test(c, &c->b->rs->tests[n->index]);
}

static void charge_rules(struct bench *b)
{
    struct charging c = {.b = b};
    c.patterns = rf_mem_calloc(rf_matcher_count(b->rs->matcher) + 1, sizeof *c.patterns);
    c.lists = rf_mem_calloc(b->rs->nlists + 1, sizeof *c.lists);
    for (uint32_t i = 0; i < b->rs->nrules; i++) {
        const struct rf_rule *r = &b->rs->rules[i];
        c.rule = &b->rules[i];
        c.stamp = i + 1;
        charge_node(&c, r->when);
        for (uint32_t k = 0; k < r->counters.n; k++) {
            const struct rf_node *of = b->rs->counters[r->counters.first + k].of_cond;
            if (of)
                charge_node(&c, of);
        }
    }
    free(c.patterns);
    free(c.lists);
}

/* ---- rounds: what else runs on the machine makes some too dear ---- */

static void begin(struct bench *b, const struct rf_ruleset *rs)
{
    *b = (struct bench){.rs = rs};
    b->patterns = rf_mem_calloc(rf_matcher_count(rs->matcher) + 1, sizeof *b->patterns);
    b->lists = rf_mem_calloc(rs->nlists + 1, sizeof *b->lists);
    b->rules = rf_mem_calloc(rs->nrules + 1, sizeof *b->rules);
}

static void take_less(double *to, double from)
{
    *to = from < *to ? from : *to;
}

/* Takes over what was cheaper again; the sum of all of it. */
static double take_cheaper(struct bench_cost *to, const struct bench_cost *again,
                           uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        take_less(&to[i].ns, again[i].ns);
        sum += to[i].ns;
    }
    return sum;
}

static void measure_again(struct bench *b, struct rf_str lines)
{
    struct bench again;
    begin(&again, b->rs);
    measure_whole(&again, lines);
    measure_pieces(&again, lines);
    take_less(&b->whole_ns, again.whole_ns);
    take_less(&b->decode_ns, again.decode_ns);
    take_less(&b->views_ns, again.views_ns);
    take_less(&b->scan_ns, again.scan_ns);
    b->confirm_ns =
        take_cheaper(b->patterns, again.patterns, rf_matcher_count(b->rs->matcher));
    b->lists_ns = take_cheaper(b->lists, again.lists, b->rs->nlists);
    bench_fini(&again);
}

void bench_measure(struct bench *b, const struct rf_ruleset *rs, struct rf_str lines)
{
    begin(b, rs);
    measure_whole(b, lines);
    measure_pieces(b, lines);
    for (int round = 1; round < ROUNDS && lines.n <= MOST_REPEATED; round++)
        measure_again(b, lines);
    charge_rules(b);
}

void bench_fini(struct bench *b)
{
    free(b->patterns);
    free(b->lists);
    free(b->rules);
}
