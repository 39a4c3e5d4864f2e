/* ringfence test: the rules' own tests, with coverage and a JUnit report. */
#include <errno.h>
#include <string.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/run_test.h"

static const struct option longs[] = {
    {"config", required_argument, NULL, 'c'}, {"junit", required_argument, NULL, 'u'},
    {"coverage", no_argument, NULL, 'v'},     {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
};

/* All results of a run. */
struct results {
    const struct rf_ruleset *rs;
    struct rf_arena arena;
    struct test_result *v;
    size_t n, passed, failed;
};

static void run_all(struct results *r)
{
    size_t n = 0;
    for (uint32_t i = 0; i < r->rs->nrules; i++)
        n += r->rs->rules[i].ntests;
    r->v = RF_NEW_ARRAY(&r->arena, struct test_result, n);
    for (uint32_t i = 0; i < r->rs->nrules; i++) {
        for (uint32_t t = 0; t < r->rs->rules[i].ntests; t++) {
            struct test_result *result = &r->v[r->n++];
            run_test(r->rs, i, t, &r->arena, result);
            r->passed += result->passed;
            r->failed += !result->passed;
        }
    }
}

/* "file:line" of a place. */
static struct rf_str place(struct results *r, const struct rf_place *p)
{
    const struct rf_source *s = &r->rs->sources[p->source];
    unsigned line = 1;
    for (uint32_t i = 0; i < p->begin && i < s->text.n; i++)
        line += s->text.p[i] == '\n';
    return rf_arena_printf(&r->arena, "%.*s:%u", RF_STR_FMT(s->name), line);
}

static void show_failures(struct results *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct test_result *t = &r->v[i];
        const struct rf_rule *rule = &r->rs->rules[t->rule];
        if (!t->passed)
            printf("%.*s: %.*s: test %u: %.*s\n",
                   RF_STR_FMT(place(r, &rule->tests[t->test].place)),
                   RF_STR_FMT(rule->id), t->test + 1, RF_STR_FMT(t->why));
    }
}

/* Whether a rule's tests show it hitting, and not hitting. */
static void covered(const struct rf_rule *rule, bool *hit, bool *none)
{
    *hit = *none = false;
    for (uint32_t i = 0; i < rule->ntests; i++) {
        const struct rf_rule_test *t = &rule->tests[i];
        *hit |= t->expect == RF_EXPECT_HIT || t->expect == RF_EXPECT_ACTION ||
                t->first_hit != 0;
        *none |= t->expect == RF_EXPECT_NONE || t->first_hit > 1;
    }
}

static void show_coverage(struct results *r)
{
    uint32_t full = 0;
    for (uint32_t i = 0; i < r->rs->nrules; i++) {
        const struct rf_rule *rule = &r->rs->rules[i];
        bool hit, none;
        covered(rule, &hit, &none);
        full += hit && none;
        if (!hit || !none)
            printf("%.*s: %.*s: no test %s%s%s\n", RF_STR_FMT(place(r, &rule->place)),
                   RF_STR_FMT(rule->id), hit ? "" : "that it hits",
                   hit || none ? "" : " or ", none ? "" : "that it does not hit");
    }
    printf("coverage: %u of %u rules have tests for hit and no hit\n", full,
           r->rs->nrules);
}

static void write_json(struct results *r, bool coverage)
{
    struct rf_buf b;
    rf_buf_init(&b);
    rf_buf_printf(&b, "{\"passed\":%zu,\"failed\":%zu,\"tests\":[", r->passed, r->failed);
    for (size_t i = 0; i < r->n; i++) {
        const struct test_result *t = &r->v[i];
        rf_buf_printf(&b, "%s{\"rule\":\"%.*s\",\"test\":%u,\"passed\":%s,\"why\":",
                      i ? "," : "", RF_STR_FMT(r->rs->rules[t->rule].id), t->test + 1,
                      t->passed ? "true" : "false");
        rf_buf_add_json(&b, t->why);
        rf_buf_addc(&b, '}');
    }
    rf_buf_addc(&b, ']');
    for (uint32_t i = 0; coverage && i < r->rs->nrules; i++) {
        bool hit, none;
        covered(&r->rs->rules[i], &hit, &none);
        rf_buf_printf(&b, "%s{\"rule\":\"%.*s\",\"hit\":%s,\"none\":%s}%s",
                      i ? "," : ",\"coverage\":[", RF_STR_FMT(r->rs->rules[i].id),
                      hit ? "true" : "false", none ? "true" : "false",
                      i + 1 == r->rs->nrules ? "]" : "");
    }
    rf_buf_addz(&b, "}\n");
    fwrite(b.p, 1, b.n, stdout);
    rf_buf_fini(&b);
}

static void add_xml(struct rf_buf *b, struct rf_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '<')
            rf_buf_addz(b, "&lt;");
        else if (s.p[i] == '&')
            rf_buf_addz(b, "&amp;");
        else if (s.p[i] == '"')
            rf_buf_addz(b, "&quot;");
        else
            rf_buf_addc(b, (unsigned char)s.p[i] < 0x20 ? ' ' : s.p[i]);
    }
}

static int write_junit(struct results *r, const char *path)
{
    struct rf_buf b;
    rf_buf_init(&b);
    rf_buf_printf(&b,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                  "<testsuite name=\"ringfence\" tests=\"%zu\" failures=\"%zu\">\n",
                  r->n, r->failed);
    for (size_t i = 0; i < r->n; i++) {
        const struct test_result *t = &r->v[i];
        rf_buf_printf(&b, "  <testcase classname=\"%.*s\" name=\"test %u\"",
                      RF_STR_FMT(r->rs->rules[t->rule].id), t->test + 1);
        rf_buf_addz(&b, t->passed ? "/>\n" : "><failure message=\"");
        if (!t->passed) {
            add_xml(&b, t->why);
            rf_buf_addz(&b, "\"/></testcase>\n");
        }
    }
    rf_buf_addz(&b, "</testsuite>\n");
    FILE *f = fopen(path, "w");
    bool ok = f && fwrite(b.p, 1, b.n, f) == b.n;
    if (f && fclose(f) != 0)
        ok = false;
    rf_buf_fini(&b);
    if (!ok)
        cli_error("%s: %s", path, strerror(errno));
    return ok ? EX_OK : EX_CANTCREAT;
}

static int run(struct cli_rules *rules, bool json, bool coverage, const char *junit)
{
    int rc = cli_rules_load_shown(rules);
    if (rc != 0)
        return rc;
    struct results r = {.rs = rules->ruleset};
    rf_arena_init(&r.arena, 0);
    run_all(&r);
    if (json) {
        write_json(&r, coverage);
    } else {
        show_failures(&r);
        if (coverage)
            show_coverage(&r);
        printf("%zu passed, %zu failed\n", r.passed, r.failed);
    }
    if (junit)
        rc = write_junit(&r, junit);
    if (rc == EX_OK && r.failed)
        rc = 1;
    rf_arena_fini(&r.arena);
    return rc;
}

int cmd_test(int argc, char **argv)
{
    struct cli_rules rules = {.keep_tests = true};
    bool json = false, coverage = false;
    const char *junit = NULL;
    for (int c; (c = cli_getopt(argc, argv, "c:h", longs)) != -1;) {
        if (c == 'c')
            rules.config_path = optarg;
        else if (c == 'u')
            junit = optarg;
        else if (c == 'v')
            coverage = true;
        else if (c == 'j')
            json = true;
    }
    if (optind == argc)
        return cli_usage("test needs a rule file or folder");
    while (optind < argc)
        cli_rules_add(&rules, argv[optind++]);
    int rc = run(&rules, json, coverage, junit);
    cli_rules_fini(&rules);
    return rc;
}
