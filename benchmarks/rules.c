#include "benchmarks/rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "benchmarks/shapes.h"
#include "lib/base/mem.h"
#include "lib/rule/load.h"

#define SEED 2
#define RULES_FILE 5000
#define LISTS 50
#define LIST_ENTRIES 100

struct maker {
    struct rules *rules;
    const struct words *words;
    const struct regexes *regexes;
    size_t nregexes; /* of those given out */
    struct rf_buf out;
    struct random random;
};

/* ---- parts ---- */

struct rf_str rules_host(struct rf_arena *a, const struct words *w, size_t k)
{
    static const char *const ends[] = {"com", "cn",   "net",   "top",
                                       "xyz", "info", "com.cn"};
    struct random r = random_of(SEED + 1, k);
    struct rf_str x = w->v[ENGLISH][random_below(&r, WORDS_EACH)];
    return rf_arena_printf(a, "%.*s%u.%s", RF_STR_FMT(x),
                           (unsigned)random_below(&r, 1000),
                           ends[random_below(&r, sizeof ends / sizeof *ends)]);
}

struct rf_str rules_number(struct rf_arena *a, uint64_t k)
{
    static const char *const mobile[] = {"138", "139", "150", "159", "186", "188", "177"};
    struct random r = random_of(SEED + 2, k);
    if (random_chance(&r, 15))
        return rf_arena_printf(a, "+1415%07u", (unsigned)random_below(&r, 10000000));
    return rf_arena_printf(a, "+86%s%08u",
                           mobile[random_below(&r, sizeof mobile / sizeof *mobile)],
                           (unsigned)random_below(&r, 100000000));
}

static void quoted(struct rf_buf *out, struct rf_str s)
{
    rf_buf_addc(out, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\'')
            rf_buf_addc(out, '\'');
        rf_buf_addc(out, s.p[i]);
    }
    rf_buf_addc(out, '\'');
}

/* {operand: {operator: 'value'}} */
static void test(struct rf_buf *out, const char *operand, const char *op, struct rf_str v)
{
    rf_buf_printf(out, "{%s: {%s: ", operand, op);
    quoted(out, v);
    rf_buf_addz(out, "}}");
}

static void begin(struct maker *m, const char *type, size_t i, const char *kinds)
{
    rf_buf_printf(&m->out,
                  "  - id: %s-%zu\n    title: %s rule %zu\n    status: stable\n"
                  "    applies_to: [%s]\n    when: ",
                  type, i, type, i, kinds);
}

static void end(struct maker *m)
{
    static const char *const actions[] = {"{score: 1.5}", "warn", "block"};
    rf_buf_printf(&m->out, "\n    action: %s\n", actions[random_below(&m->random, 3)]);
}

static void add_target(struct maker *m, struct rf_str hit, struct rf_str near)
{
    struct rules *r = m->rules;
    r->targets[r->ntargets++] =
        (struct target){rf_arena_dup(&r->arena, hit), rf_arena_dup(&r->arena, near)};
}

static struct rf_str word(struct maker *m, enum language l)
{
    return words_of_rule(m->words, l, &m->random);
}

static enum language language(struct maker *m)
{
    return random_chance(&m->random, 50) ? CHINESE : ENGLISH;
}

/* ---- rules ---- */

/* The view a keyword rule looks at: mostly `text`. */
static const char *view(struct maker *m)
{
    unsigned x = (unsigned)random_below(&m->random, 100);
    return x < 94 ? "text" : x < 98 ? "text.compact" : x < 99 ? "text.shape" : "text.raw";
}

/* Two to four words, all of which must be there. */
static void keyword(struct maker *m, size_t i)
{
    struct rf_buf hit, near;
    enum language l = language(m);
    const char *in = view(m);
    const char *op = l == ENGLISH && strcmp(in, "text") == 0 ? "words" : "contains";
    size_t n = 2 + random_below(&m->random, 3);
    rf_buf_init(&hit);
    rf_buf_init(&near);
    begin(m, "keyword", i, "sms");
    rf_buf_addz(&m->out, "{all: [");
    for (size_t k = 0; k < n; k++) {
        struct rf_str w = word(m, l);
        rf_buf_addz(&m->out, k ? ", " : "");
        test(&m->out, in, op, w);
        rf_buf_adds(&hit, w);
        rf_buf_addz(&hit, " ");
        if (k + 1 < n)
            rf_buf_adds(&near, w);
        rf_buf_addz(&near, " ");
    }
    rf_buf_addz(&m->out, "]}");
    end(m);
    add_target(m, rf_buf_str(&hit), rf_buf_str(&near));
    rf_buf_fini(&hit);
    rf_buf_fini(&near);
}

static void given_regex(struct maker *m, size_t i)
{
    if (m->nregexes >= m->regexes->n)
        return;
    begin(m, "regex", i, "sms");
    test(&m->out, m->regexes->views[m->nregexes], "regex", m->regexes->v[m->nregexes]);
    m->nregexes++;
    end(m);
}

static void regex(struct maker *m, size_t i)
{
    struct rf_buf pattern, hit, near;
    struct rf_str words[SHAPE_WORDS];
    const struct shape *s = shape_draw(&m->random);
    for (size_t k = 0; k < SHAPE_WORDS; k++)
        words[k] = word(m, s->language);
    rf_buf_init(&pattern);
    rf_buf_init(&hit);
    rf_buf_init(&near);
    shape_write(&pattern, s->regex, words);
    shape_write(&hit, s->hit, words);
    shape_write(&near, s->near, words);
    begin(m, "regex", i, "sms");
    test(&m->out, "text", "regex", rf_buf_str(&pattern));
    end(m);
    add_target(m, rf_buf_str(&hit), rf_buf_str(&near));
    rf_buf_fini(&pattern);
    rf_buf_fini(&hit);
    rf_buf_fini(&near);
}

static void a_prefix(struct maker *m)
{
    rf_buf_printf(&m->out, "{from: {prefix: '+861%u%05u'}}",
                  (unsigned)(3 + random_below(&m->random, 7)),
                  (unsigned)random_below(&m->random, 100000));
}

static void a_number(struct maker *m)
{
    struct rf_arena *a = &m->rules->arena;
    test(&m->out, "from", "is", rules_number(a, random_next(&m->random)));
}

static void a_host(struct maker *m)
{
    struct rf_arena *a = &m->rules->arena;
    size_t k = random_below(&m->random, RULES_HOSTS);
    test(&m->out, "host", "suffix", rules_host(a, m->words, k));
}

static void a_list(struct maker *m, const char *operand, const char *type)
{
    rf_buf_printf(&m->out, "{%s: {in: %s-%u}}", operand, type,
                  (unsigned)random_below(&m->random, LISTS));
}

static void a_trunk(struct maker *m)
{
    rf_buf_printf(&m->out, "{trunk: trunk-%u}",
                  (unsigned)random_below(&m->random, RULES_TRUNKS));
}

/* Numbers, hosts and lists. */
static void lookup(struct maker *m, size_t i)
{
    static const char *const kinds[] = {"sms, call",  "sms, call",  "sms, call",
                                        "sms, visit", "sms, visit", "call"};
    static const char *const countries[] = {"GB", "KE", "RU", "NG",
                                            "PH", "MM", "KH", "LA"};
    size_t type = random_below(&m->random, 6);
    begin(m, "lookup", i, kinds[type]);
    rf_buf_addz(&m->out, "{all: [");
    if (type == 0)
        a_prefix(m);
    else if (type == 1)
        a_number(m);
    else if (type == 2)
        a_list(m, "from", "numbers");
    else if (type == 3)
        a_host(m);
    else if (type == 4)
        a_list(m, "host", "hosts");
    else
        rf_buf_printf(&m->out, "{ingress: international}, {from: {country: %s}}",
                      countries[random_below(&m->random, 8)]);
    if (type == 2 || type == 4 || type == 5) {
        rf_buf_addz(&m->out, ", ");
        a_trunk(m);
    }
    rf_buf_addz(&m->out, "]}");
    end(m);
}

/* Each counts the records of one trunk, so that a record is counted once or twice. */
static void behavior(struct maker *m, size_t i)
{
    static const struct {
        const char *kinds, *tests;
    } types[] = {
        {"call", "{event: attempt}, {rate: {key: from, window: 10m, over: 1000}}"},
        {"call",
         "{event: attempt}, {distinct: {of: to, key: from, window: 10m, over: 50}}"},
        {"call",
         "{event: release}, {ratio: {of: {duration: {lt: 6}}, key: from, window: 30m, "
         "over: 0.9, min: 1000}}"},
        {"sms", "{rate: {key: [from, to], window: 1h, over: 1000}}"},
        {"sms", "{distinct: {of: to, key: from, window: 1h, over: 50}}"},
        {"visit", "{rate: {key: subscriber, window: 10m, over: 1000}}"},
    };
    size_t t = random_below(&m->random, sizeof types / sizeof *types);
    begin(m, "behavior", i, types[t].kinds);
    rf_buf_addz(&m->out, "{all: [");
    a_trunk(m);
    rf_buf_printf(&m->out, ", %s]}", types[t].tests);
    end(m);
}

/* all, any and none together. */
static void mix(struct maker *m, size_t i)
{
    enum language l = language(m);
    const char *op = l == ENGLISH ? "words" : "contains";
    struct rf_str x = word(m, l), y = word(m, l), z = word(m, l);
    begin(m, "mix", i, "sms");
    rf_buf_addz(&m->out, "{all: [");
    test(&m->out, "text", op, x);
    rf_buf_addz(&m->out, "], any: [");
    test(&m->out, "text", op, y);
    rf_buf_addz(&m->out, ", ");
    a_prefix(m);
    rf_buf_addz(&m->out, ", {from: {type: short}, ingress: international}], none: [");
    test(&m->out, "text", "contains", z);
    rf_buf_addz(&m->out, ", ");
    a_list(m, "host", "hosts");
    rf_buf_addz(&m->out, "]}");
    end(m);
    add_target(
        m, rf_arena_printf(&m->rules->arena, "%.*s %.*s", RF_STR_FMT(x), RF_STR_FMT(y)),
        y);
}

static void one(struct maker *m, size_t i)
{
    m->random = random_of(SEED, i);
    switch ("krklkrkbkrklkrkmkrkl"[i % 20]) {
    case 'k':
        keyword(m, i);
        break;
    case 'r':
        if (m->regexes)
            given_regex(m, i);
        else
            regex(m, i);
        break;
    case 'l':
        lookup(m, i);
        break;
    case 'b':
        behavior(m, i);
        break;
    default:
        mix(m, i);
    }
}

/* ---- files ---- */

static void lists(struct maker *m)
{
    struct rf_arena *a = &m->rules->arena;
    m->random = random_of(SEED + 3, 0);
    rf_buf_addz(&m->out, "version: 1\nlists:\n");
    for (size_t type = 0; type < 2; type++) {
        for (size_t i = 0; i < LISTS; i++) {
            const char *name = type ? "hosts" : "numbers";
            rf_buf_printf(&m->out, "  - {id: %s-%zu, type: %s, values: [", name, i, name);
            for (size_t k = 0; k < LIST_ENTRIES; k++) {
                rf_buf_addz(&m->out, k ? ", " : "");
                uint64_t x = random_next(&m->random);
                quoted(&m->out, type ? rules_host(a, m->words, x % RULES_HOSTS)
                                     : rules_number(a, x));
            }
            rf_buf_addz(&m->out, "]}\n");
        }
    }
}

static void file_done(struct maker *m)
{
    struct rules *r = m->rules;
    r->files[r->nfiles++] = rf_arena_dup(&r->arena, rf_buf_str(&m->out));
    m->out.n = 0;
}

struct rules *rules_new(const struct words *w, size_t n, const struct regexes *regexes)
{
    struct rules *r = rf_mem_calloc(1, sizeof *r);
    struct maker m = {.rules = r, .words = w, .regexes = regexes};
    rf_arena_init(&r->arena, 1 << 20);
    rf_buf_init(&m.out);
    r->n = n;
    r->files = RF_NEW_ARRAY(&r->arena, struct rf_str, 2 + n / RULES_FILE + 1);
    r->targets = RF_NEW_ARRAY(&r->arena, struct target, n);
    lists(&m);
    file_done(&m);
    for (size_t i = 0; i < n; i++) {
        if (i % RULES_FILE == 0)
            rf_buf_addz(&m.out, "version: 1\nrules:\n");
        one(&m, i);
        if (i % RULES_FILE == RULES_FILE - 1 || i == n - 1)
            file_done(&m);
    }
    rf_buf_fini(&m.out);
    return r;
}

void rules_free(struct rules *r)
{
    if (!r)
        return;
    rf_arena_fini(&r->arena);
    free(r);
}

/* The name of a file is its number. */
static int read_file(void *ctx, struct rf_str path, struct rf_buf *out, const char **why)
{
    const struct rules *r = ctx;
    size_t i = strtoul(rf_str_sub(path, 1).p, NULL, 10);
    (void)why;
    rf_buf_adds(out, r->files[i]);
    return 0;
}

/* NULL when there are errors, then in the report. */
static struct rf_ruleset *load(const struct rules *r, struct rf_report *report)
{
    struct rf_arena names;
    struct rf_settings settings;
    const struct rf_rule_io io = {.ctx = (void *)r, .read = read_file};
    const struct rf_rule_options options = {0};
    rf_arena_init(&names, 0);
    struct rf_str *v = RF_NEW_ARRAY(&names, struct rf_str, r->nfiles);
    for (size_t i = 0; i < r->nfiles; i++)
        v[i] = rf_arena_printf(&names, "f%zu", i);
    rf_settings_default(&settings);
    struct rf_ruleset *rs = rf_rule_load(v, r->nfiles, &settings, &io, &options, report);
    rf_arena_fini(&names);
    return rs;
}

struct rf_ruleset *rules_load(const struct rules *r)
{
    struct rf_report *report = rf_report_new();
    struct rf_ruleset *rs = load(r, report);
    if (!rs) {
        struct rf_buf text;
        rf_buf_init(&text);
        rf_report_render(report, &text, false);
        fwrite(text.p, 1, text.n, stderr);
        exit(1);
    }
    rf_report_free(report);
    return rs;
}

bool rules_accept(const char *view, struct rf_str regex)
{
    struct rules r = {.nfiles = 1};
    struct rf_report *report = rf_report_new();
    struct rf_buf b;
    rf_buf_init(&b);
    rf_buf_addz(&b,
                "version: 1\nrules:\n  - {id: x, title: x, applies_to: [sms], when: ");
    test(&b, view, "regex", regex);
    rf_buf_addz(&b, ", action: warn}\n");
    struct rf_str file = rf_buf_str(&b);
    r.files = &file;
    struct rf_ruleset *rs = load(&r, report);
    bool ok = rs != NULL;
    rf_ruleset_free(rs);
    rf_report_free(report);
    rf_buf_fini(&b);
    return ok;
}
