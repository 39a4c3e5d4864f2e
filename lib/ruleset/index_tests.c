/* From what is seen in a record (a pattern, a value, a list entry) to the tests that it
 * makes possible. Cold. */
#include <stdlib.h>

#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/ruleset/index_build.h"

#define SMALL_LIST 65536 /* entries up to which lists are joined */
#define SIEVE_BITS 16    /* for each string */

void pairs_add(struct pairs *p, uint32_t group, uint32_t member)
{
    if (p->n == p->cap) {
        p->cap = p->cap ? 2 * p->cap : 256;
        p->v = rf_mem_realloc(p->v, p->cap, sizeof *p->v);
    }
    p->v[p->n++] = (struct pair){group, member};
}

struct rf_groups pairs_group(struct rf_arena *a, struct pairs *p, uint32_t ngroups)
{
    struct rf_groups g = {.first = RF_NEW_ARRAY(a, uint32_t, (size_t)ngroups + 2),
                          .v = RF_NEW_ARRAY(a, uint32_t, p->n)};
    for (size_t i = 0; i < p->n; i++)
        g.first[p->v[i].group + 2]++;
    for (uint32_t i = 2; i < ngroups + 2; i++)
        g.first[i] += g.first[i - 1];
    for (size_t i = 0; i < p->n; i++)
        g.v[g.first[p->v[i].group + 1]++] = p->v[i].member;
    free(p->v);
    *p = (struct pairs){0};
    return g;
}

static void index_patterns(struct build *b)
{
    struct pairs p = {0};
    for (uint32_t t = 0; t < b->rs->ntests; t++) {
        if (b->x->tests[t].trigger != RF_TRIGGER_PATTERN)
            continue;
        const struct rf_term *term = filed_term(b, t);
        for (uint32_t i = 0; i < term->n; i++)
            pairs_add(&p, term->patterns[i], t);
    }
    uint32_t n = rf_matcher_count(b->rs->matcher);
    struct rf_groups *g = &b->x->pattern_tests;
    *g = pairs_group(&b->rs->arena, &p, n);
    b->x->pattern_test = RF_NEW_ARRAY(&b->rs->arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++)
        b->x->pattern_test[i] =
            g->first[i + 1] - g->first[i] == 1 ? g->v[g->first[i]] : RF_INDEX_NONE;
}

/* Whether test t looks at operand o and is found by `trigger`. */
static bool found_by(const struct build *b, uint32_t t, enum rf_operand o,
                     enum rf_trigger trigger)
{
    return b->x->tests[t].trigger == trigger && b->rs->tests[t].operand == o;
}

static bool any_found_by(const struct build *b, enum rf_operand o,
                         enum rf_trigger trigger)
{
    for (uint32_t t = 0; t < b->rs->ntests; t++)
        if (found_by(b, t, o, trigger))
            return true;
    return false;
}

/* ---- values ---- */

/* Strings of one operand on their way. */
struct values {
    struct rf_value_index *v;
    struct rf_map ids;
    struct pairs pairs;
    uint32_t n, test;
};

static uint32_t string_id(struct values *f, struct rf_str s)
{
    uint32_t id = rf_map_get(&f->ids, s);
    if (id == RF_MAP_NONE)
        rf_map_put(&f->ids, s, id = f->n++);
    return id;
}

static void file_string(void *ctx, struct rf_str s)
{
    struct values *f = ctx;
    pairs_add(&f->pairs, string_id(f, s), f->test);
}

/* The string, its bit, its slot, its length. */
static void place_string(void *ctx, struct rf_str s)
{
    const struct values *f = ctx;
    struct rf_value_index *v = f->v;
    const struct rf_sought k = rf_index_sought(s);
    uint32_t bit = rf_index_sieve(v, &k), id = rf_map_get(&f->ids, s);
    uint32_t first = v->tests.first[id], n = v->tests.first[id + 1] - first;
    v->sieve[bit / 64] |= UINT64_C(1) << (bit % 64);
    v->lengths |= UINT64_C(1) << (s.n < RF_INDEX_LENGTHS ? s.n : RF_INDEX_LENGTHS);
    *rf_index_find(v, &k) = (struct rf_value_slot){
        k.tips, s.p, (uint32_t)s.n, n == 1 ? v->tests.v[first] : RF_INDEX_SEVERAL + id};
}

/* Calls add for every string under which a term is filed. */
static void each_string(const struct rf_term *t, enum rf_trigger trigger, void *ctx,
                        void (*add)(void *ctx, struct rf_str s))
{
    const struct rf_countries *c = &t->countries;
    if (trigger != RF_TRIGGER_COUNTRY) {
        for (uint32_t i = 0; i < t->n; i++)
            add(ctx, t->strs[i]);
        return;
    }
    for (uint32_t i = 0; i < c->n; i++)
        add(ctx, rf_str(c->iso[i], 2));
    if (c->home)
        add(ctx, RF_STR("home"));
    if (c->foreign)
        add(ctx, RF_STR("foreign"));
}

/* The field whose value is that of the operand, without a look at anything else. */
static enum rf_field plain_field(enum rf_operand o)
{
    const struct rf_operand_info *info = rf_operand_info(o);
    enum rf_field_type type = rf_field_info(info->field)->type;
    bool itself = rf_operand_find(rf_str_of(rf_field_info(info->field)->name)) == o;
    bool plain = info->class == RF_CLASS_STRING ? type == RF_FT_STR
                 : info->class == RF_CLASS_ENUM ? type == RF_FT_ENUM
                                                : false;
    return itself && plain ? info->field : RF_FIELD_NONE;
}

/* A power of two, `least` or more. */
static uint32_t power(uint32_t least, uint64_t wanted)
{
    uint32_t n = least;
    while (n < wanted && n < UINT32_C(1) << 31)
        n *= 2;
    return n;
}

static void make_slots(struct build *b, struct rf_value_index *v, uint32_t nstrings)
{
    struct rf_arena *a = &b->rs->arena;
    v->nsieve = power(64, (uint64_t)SIEVE_BITS * nstrings);
    v->sieve = RF_NEW_ARRAY(a, uint64_t, v->nsieve / 64);
    v->nslots = power(8, 2 * (uint64_t)nstrings);
    v->slots = rf_arena_calloc_lines(a, v->nslots, sizeof *v->slots);
    for (uint32_t i = 0; i < v->nslots; i++)
        v->slots[i].test = RF_INDEX_NONE;
}

static void each_filed(const struct build *b, struct values *f,
                       void (*add)(void *ctx, struct rf_str s))
{
    enum rf_operand o = f->v->operand;
    for (f->test = 0; f->test < b->rs->ntests; f->test++)
        if (found_by(b, f->test, o, f->v->trigger))
            each_string(filed_term(b, f->test), f->v->trigger, f, add);
}

static void index_values(struct build *b, enum rf_operand o, enum rf_trigger trigger)
{
    struct rf_value_index *v = &b->x->values[b->x->nvalues++];
    struct values f = {.v = v};
    *v = (struct rf_value_index){o, trigger, .field = plain_field(o)};
    rf_map_init(&f.ids);
    each_filed(b, &f, file_string);
    v->tests = pairs_group(&b->rs->arena, &f.pairs, f.n);
    make_slots(b, v, f.n);
    each_filed(b, &f, place_string);
    rf_map_fini(&f.ids);
}

/* ---- presence and words ---- */

static void index_present(struct build *b, enum rf_operand o)
{
    struct rf_present_index *x = &b->x->present[b->x->npresent++];
    x->operand = o;
    x->tests = RF_NEW_ARRAY(&b->rs->arena, uint32_t, b->rs->ntests);
    for (uint32_t t = 0; t < b->rs->ntests; t++)
        if (found_by(b, t, o, RF_TRIGGER_PRESENT))
            x->tests[x->n++] = t;
}

static void index_words(struct build *b, enum rf_operand o)
{
    struct rf_word_index *w = &b->x->words[b->x->nwords++];
    struct pairs p = {0};
    w->operand = o;
    w->field = plain_field(o);
    for (uint32_t t = 0; t < b->rs->ntests; t++)
        for (uint32_t i = 0; i < RF_INDEX_WORDS; i++)
            if (found_by(b, t, o, RF_TRIGGER_WORD) && (filed_term(b, t)->mask >> i & 1)) {
                pairs_add(&p, i, t);
                w->filed |= UINT32_C(1) << i;
            }
    w->tests = pairs_group(&b->rs->arena, &p, RF_INDEX_WORDS);
}

/* ---- lists ---- */

bool index_is_small(const struct rf_term *t)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < t->n; i++)
        n += rf_list_size(t->lists[i]);
    return n <= SMALL_LIST;
}

static struct rf_list *join_lists(const struct build *b, const struct rf_list_index *x)
{
    bool address = rf_operand_info(x->operand)->class == RF_CLASS_ADDRESS;
    struct rf_list_builder *joined =
        rf_list_begin(address ? RF_LIST_SENDERS : RF_LIST_HOSTS, b->rs->plan);
    struct rf_report *ignored = rf_report_new();
    struct rf_arena a;
    rf_arena_init(&a, 0);
    for (uint32_t i = 0; i < x->nof; i++) {
        for (uint32_t k = 0; k < rf_list_size(x->of[i]); k++) {
            struct rf_list_entry e;
            rf_list_entry(x->of[i], k, &a, &e);
            rf_list_add(joined, e.text, ignored, RF_WARNING, RF_NO_SOURCE, 0, 0);
        }
    }
    rf_arena_fini(&a);
    rf_report_free(ignored);
    return rf_list_finish(joined);
}

/* Remember the term's lists among those joined. */
static void note_lists(struct rf_list_index *l, const struct rf_term *term)
{
    for (uint32_t i = 0; i < term->n; i++) {
        uint32_t k = 0;
        while (k < l->nof && l->of[k] != term->lists[i])
            k++;
        if (k == l->nof)
            l->of[l->nof++] = term->lists[i];
    }
}

static struct rf_list_index *add_list(struct build *b, enum rf_operand o,
                                      const struct rf_list *list, uint32_t ntests)
{
    struct rf_list_index *l = &b->x->lists[b->x->nlists++];
    l->operand = o;
    l->list = list;
    l->tests = RF_NEW_ARRAY(&b->rs->arena, uint32_t, ntests);
    return l;
}

static void index_small_lists(struct build *b, enum rf_operand o)
{
    struct rf_list_index *l = add_list(b, o, NULL, b->rs->ntests);
    l->of = RF_NEW_ARRAY(&b->rs->arena, const struct rf_list *, b->rs->nlists);
    for (uint32_t t = 0; t < b->rs->ntests; t++) {
        if (!found_by(b, t, o, RF_TRIGGER_LIST) || !index_is_small(filed_term(b, t)))
            continue;
        l->tests[l->n++] = t;
        note_lists(l, filed_term(b, t));
    }
    l->list = l->joined = join_lists(b, l);
    rf_list_sift(l->joined);
}

static void index_large_list(struct build *b, enum rf_operand o, uint32_t test)
{
    const struct rf_term *term = filed_term(b, test);
    for (uint32_t i = 0; i < term->n; i++) {
        struct rf_list_index *l = add_list(b, o, term->lists[i], 1);
        l->tests[l->n++] = test;
    }
}

static void index_lists(struct build *b, enum rf_operand o)
{
    bool small = false;
    for (uint32_t t = 0; t < b->rs->ntests && !small; t++)
        small = found_by(b, t, o, RF_TRIGGER_LIST) && index_is_small(filed_term(b, t));
    if (small)
        index_small_lists(b, o);
    for (uint32_t t = 0; t < b->rs->ntests; t++)
        if (found_by(b, t, o, RF_TRIGGER_LIST) && !index_is_small(filed_term(b, t)))
            index_large_list(b, o, t);
}

/* Room for x->lists: one for each list of a large test, one for each operand. */
static uint32_t count_lists(const struct build *b)
{
    uint32_t n = RF_OPERAND_COUNT;
    for (uint32_t t = 0; t < b->rs->ntests; t++)
        if (b->x->tests[t].trigger == RF_TRIGGER_LIST)
            n += filed_term(b, t)->n;
    return n;
}

/* ---- all ---- */

static void index_operand(struct build *b, enum rf_operand o)
{
    static const enum rf_trigger strings[] = {RF_TRIGGER_VALUE, RF_TRIGGER_PREFIX,
                                              RF_TRIGGER_SUFFIX, RF_TRIGGER_COUNTRY};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        if (any_found_by(b, o, strings[i]))
            index_values(b, o, strings[i]);
    if (any_found_by(b, o, RF_TRIGGER_WORD))
        index_words(b, o);
    if (any_found_by(b, o, RF_TRIGGER_LIST))
        index_lists(b, o);
    if (any_found_by(b, o, RF_TRIGGER_PRESENT))
        index_present(b, o);
}

void index_tests(struct build *b)
{
    struct rf_arena *a = &b->rs->arena;
    index_patterns(b);
    b->x->values = RF_NEW_ARRAY(a, struct rf_value_index, 4 * RF_OPERAND_COUNT);
    b->x->words = RF_NEW_ARRAY(a, struct rf_word_index, RF_OPERAND_COUNT);
    b->x->lists = RF_NEW_ARRAY(a, struct rf_list_index, count_lists(b));
    b->x->present = RF_NEW_ARRAY(a, struct rf_present_index, RF_OPERAND_COUNT);
    for (int o = 0; o < RF_OPERAND_COUNT; o++)
        index_operand(b, (enum rf_operand)o);
}
