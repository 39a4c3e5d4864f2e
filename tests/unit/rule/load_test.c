/* What rule files become: defaults, sharing, links between rules, lists over reloads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base/error.h"
#include "lib/rule/load.h"
#include "lib/ruleset/rule_test.h"

#define MAX_FILES 8

struct memory {
    struct {
        const char *name, *text;
    } files[MAX_FILES];
};

static int read_memory(void *ctx, struct rf_str path, struct rf_buf *out,
                       const char **why)
{
    struct memory *m = ctx;
    for (int i = 0; i < MAX_FILES && m->files[i].name; i++) {
        if (rf_str_eqz(path, m->files[i].name)) {
            rf_buf_addz(out, m->files[i].text);
            return 0;
        }
    }
    *why = "no such file";
    return RF_ERR_NOENT;
}

struct outcome {
    struct rf_ruleset *rs;
    size_t errors, warnings;
    char text[4000]; /* the diagnostics */
};

/* Load the *.yaml of m. */
static void load_with(struct memory *m, const struct rf_rule_options *options,
                      struct outcome *out)
{
    struct rf_settings settings;
    struct rf_str names[MAX_FILES];
    size_t n = 0;
    const struct rf_rule_io io = {.ctx = m, .read = read_memory};
    struct rf_report *r = rf_report_new();
    struct rf_buf b;
    for (int i = 0; i < MAX_FILES && m->files[i].name; i++)
        if (rf_str_ends(rf_str_of(m->files[i].name), RF_STR(".yaml")))
            names[n++] = rf_str_of(m->files[i].name);
    rf_settings_default(&settings);
    out->rs = rf_rule_load(names, n, &settings, &io, options, r);
    out->errors = rf_report_count(r, RF_ERROR);
    out->warnings = rf_report_count(r, RF_WARNING);
    rf_buf_init(&b);
    rf_report_render(r, &b, false);
    snprintf(out->text, sizeof out->text, "%.*s", (int)b.n, b.n ? b.p : "");
    rf_buf_fini(&b);
    rf_report_free(r);
}

static struct rf_ruleset *load(const char *text)
{
    struct memory m = {{{"rules/a.yaml", text}}};
    const struct rf_rule_options options = {.keep_tests = true};
    struct outcome o;
    load_with(&m, &options, &o);
    if (!o.rs)
        fail_msg("%s", o.text);
    return o.rs;
}

static const struct rf_rule *rule(const struct rf_ruleset *rs, const char *id)
{
    uint32_t i = rf_ruleset_find_rule(rs, rf_str_of(id));
    assert_int_not_equal(i, UINT32_MAX);
    return &rs->rules[i];
}

#define RULE(id, when, rest)                                                             \
    "  - id: " id "\n    title: T\n    applies_to: [sms]\n    when: " when "\n" rest

static void defaults_are_those_of_the_manual(void **state)
{
    (void)state;
    struct rf_ruleset *rs = load(
        "version: 1\nrules:\n" RULE("new", "{text: {contains: a}}", "    action: block\n")
            RULE("old", "{text: {contains: a}}", "    action: warn\n    status: stable\n")
                RULE("tried", "{text: {contains: a}}",
                     "    action: [{score: 4.5}, alert]\n    status: test\n"
                     "    mode: enforce\n    reason: why\n"));
    const struct rf_rule *r = rule(rs, "new");
    assert_int_equal(r->status, RF_STATUS_EXPERIMENTAL);
    assert_int_equal(r->mode, RF_MODE_MONITOR);
    assert_int_equal(r->level, RF_LEVEL_MEDIUM);
    assert_int_equal(r->rev, 1);
    assert_int_equal(r->action, RF_ACTION_BLOCK);
    assert_true(rf_str_eqz(r->reason, "T"));
    assert_int_equal(r->fraud_type, UINT32_MAX);
    assert_true(r->expires_ms == INT64_MAX);
    assert_int_equal(rule(rs, "old")->mode, RF_MODE_ENFORCE);
    r = rule(rs, "tried");
    assert_int_equal(r->mode, RF_MODE_ENFORCE);
    assert_int_equal(r->action, RF_ACTION_SCORE);
    assert_int_equal(r->score, 4500);
    assert_true(r->alert);
    assert_true(rf_str_eqz(r->reason, "why"));
    assert_int_equal(rs->ntests, 1); /* written alike: one test for all three */
    rf_ruleset_free(rs);
}

static void values_are_compared_in_their_normal_form(void **state)
{
    (void)state;
    struct rf_ruleset *rs =
        load("version: 1\nrules:\n" RULE("a", "{from: {is: ['138 0013 8000', 'USPS']}}",
                                         "    action: warn\n")
                 RULE("b", "{host: {suffix: ['.Müller.DE']}}", "    action: warn\n")
                     RULE("c", "{text: {starts_with: 'ＰＡＹ'}}", "    action: warn\n"));
    const struct rf_term *t = rs->tests[rule(rs, "a")->when->index].terms;
    assert_int_equal(t->n, 2);
    assert_true(rf_str_eqz(t->strs[0], "+8613800138000"));
    assert_true(rf_str_eqz(t->strs[1], "usps"));
    t = rs->tests[rule(rs, "b")->when->index].terms;
    assert_true(rf_str_eqz(t->strs[0], "xn--mller-kva.de"));
    t = rs->tests[rule(rs, "c")->when->index].terms;
    assert_true(rf_str_eqz(t->strs[0], "pay"));
    rf_ruleset_free(rs);
}

static void hours_wrap_and_days_range(void **state)
{
    (void)state;
    struct rf_ruleset *rs =
        load("version: 1\nrules:\n" RULE("h", "{hour: {between: ['22:00', '06:00']}}",
                                         "    action: warn\n")
                 RULE("w", "{weekday: [sat-mon, wed]}", "    action: warn\n")
                     RULE("x", "{hour: 3}", "    action: warn\n"));
    const struct rf_term *t = rs->tests[rule(rs, "h")->when->index].terms;
    assert_true(t->ranges[0].wraps && t->ranges[0].hi_open);
    assert_true(t->ranges[0].lo == 22 * 60 && t->ranges[0].hi == 6 * 60);
    t = rs->tests[rule(rs, "w")->when->index].terms;
    assert_true(t->ranges[0].wraps && t->ranges[0].lo == 5 && t->ranges[0].hi == 0);
    assert_true(!t->ranges[1].wraps && t->ranges[1].lo == 2 && t->ranges[1].hi == 2);
    t = rs->tests[rule(rs, "x")->when->index].terms;
    assert_true(t->ranges[0].lo == 180 && t->ranges[0].hi == 239);
    rf_ruleset_free(rs);
}

#define COUNTING(extra)                                                                  \
    "version: 1\nmacros:\n  - {id: busy, when: {rate: {key: from, window: 10m, over: "   \
    "5}}}\nrules:\n" RULE("count",                                                       \
                          "[{use: busy}, {rate: {key: from, window: 10m, over: 9}}, "    \
                          "{rate: {key: from, window: 1h, over: 9}}" extra "]",          \
                          "    action: warn\n")                                          \
        RULE("other", "{use: busy}", "    action: warn\n")

static void behaviors_alike_share_a_counter_that_lives_on(void **state)
{
    (void)state;
    struct rf_ruleset *rs = load(COUNTING(""));
    struct rf_ruleset *later = load(COUNTING(", {text: {contains: b}}"));
    const struct rf_rule *r = rule(rs, "count");
    assert_int_equal(r->counters.n, 2); /* the macro's 10m is the rule's own 10m */
    assert_int_equal(rule(rs, "other")->counters.n, 1);
    assert_int_equal(rs->nbehaviors, 4);
    const struct rf_counter *a = &rs->counters[r->counters.first];
    const struct rf_counter *b = &later->counters[rule(later, "count")->counters.first];
    assert_memory_equal(&a->spec.id, &b->spec.id, sizeof a->spec.id);
    const struct rf_counter *c = &rs->counters[rule(rs, "other")->counters.first];
    assert_memory_not_equal(&a->spec.id, &c->spec.id, sizeof a->spec.id);
    assert_true(r->when->has_behavior);
    rf_ruleset_free(rs);
    rf_ruleset_free(later);
}

static void rules_are_linked(void **state)
{
    (void)state;
    struct rf_ruleset *rs = load(
        "version: 1\nrules:\n" RULE("z-bait", "{text: {contains: a}}",
                                    "    action: mark\n    tags: [bait]\n")
            RULE("a-next", "{after: {rule: z-bait, key: to, was: from, within: 24h}}",
                 "    action: block\n")
                RULE("b-next",
                     "{any: [{after: {rule: z-bait, key: to, was: from, within: 24h}}, "
                     "{after: {rule: z-bait, key: from, within: 1h, times: 3}}]}",
                     "    action: block\n    tags: [smishing]\n    level: high\n")
                    RULE("c-hit", "{hit: {tag: [smishing, bait], level: high}}",
                         "    action: warn\n")
                        RULE("d-sorry", "{from: {country: home}}",
                             "    action: allow\n    excuses: [smishing, a-next]\n"));
    const struct rf_rule *bait = rule(rs, "z-bait");
    assert_int_equal(bait->marks.n, 2); /* two of the three `after` are alike */
    for (uint32_t i = 0; i < rs->nafters; i++)
        assert_true(rs->marks[rs->afters[i].mark].rule == (uint32_t)(bait - rs->rules));
    const struct rf_rule *hit = rule(rs, "c-hit");
    assert_true(hit->uses_hit);
    assert_int_equal(rs->hits[0].n, 1); /* the mark is not seen */
    assert_true(&rs->rules[rs->hits[0].rules[0]] == rule(rs, "b-next"));
    assert_true(&rs->rules[rs->order[rs->nrules - 1]] == hit);
    const struct rf_rule *sorry = rule(rs, "d-sorry");
    assert_true(sorry->excuses_only);
    assert_int_equal(sorry->nexcuses, 2);
    assert_true(&rs->rules[sorry->excuses[0]] == rule(rs, "a-next"));
    rf_ruleset_free(rs);
}

static void order_and_names_of_files_mean_nothing(void **state)
{
    (void)state;
    static const char one[] = "version: 1\nmacros:\n  - {id: link, when: {url: {exists: "
                              "true}}}\n";
    static const char two[] =
        "version: 1\nrules:\n" RULE("a", "{use: link}", "    action: warn\n");
    struct memory m = {{{"a.yaml", one}, {"b.yaml", two}}};
    struct memory turned = {{{"c.yaml", two}, {"d.yaml", one}}};
    const struct rf_rule_options options = {.keep_tests = false};
    struct outcome x, y;
    load_with(&m, &options, &x);
    load_with(&turned, &options, &y);
    assert_non_null(x.rs);
    assert_non_null(y.rs);
    assert_string_equal(x.rs->hash, y.rs->hash);
    assert_int_equal(strlen(x.rs->hash), 32);
    rf_ruleset_free(x.rs);
    rf_ruleset_free(y.rs);
}

static void tests_become_records(void **state)
{
    (void)state;
    struct rf_ruleset *rs = load("version: 1\nrules:\n" RULE(
        "a", "{text: {contains: a}}",
        "    action: warn\n    tests:\n"
        "      - {expect: hit, repeat: 3, every: 2s, first_hit: 2, record: {from: "
        "'+86138{8}', text: \"a \\\"b\\\"\", test: true, parts: 2, peer: null}}\n"
        "      - {verdict: block, records: [{at: 5m, text: x}, {text: y}]}\n"));
    const struct rf_rule *r = rule(rs, "a");
    assert_int_equal(r->ntests, 2);
    const struct rf_rule_test *t = &r->tests[0];
    assert_int_equal(t->expect, RF_EXPECT_HIT);
    assert_int_equal(t->first_hit, 2);
    assert_int_equal(t->records[0].repeat, 3);
    assert_int_equal(t->records[0].every_ms, 2000);
    char want[300], *json = want;
    snprintf(want, sizeof want, "%.*s", RF_STR_FMT(t->records[0].json));
    assert_non_null(strstr(json, "\"from\":\"+86138{8}\",\"text\":\"a \\\"b\\\"\","
                                 "\"test\":true,\"parts\":2,\"to\":\"+86"));
    assert_non_null(strstr(json, "\"kind\":\"sms\"}"));
    assert_null(strstr(json, "peer"));
    t = &r->tests[1];
    assert_int_equal(t->expect, RF_EXPECT_ANY);
    assert_true(t->has_verdict && t->verdict == RF_BLOCK);
    assert_int_equal(t->nrecords, 2);
    assert_int_equal(t->records[0].at_ms, 300000);
    assert_true(t->records[1].at_ms > t->records[0].at_ms);
    rf_ruleset_free(rs);
}

#define LIST_RULES                                                                       \
    "version: 1\nlists:\n  - {id: l, type: numbers, file: l.txt, min_entries: 1}\n"      \
    "rules:\n" RULE("a", "{from: {in: [l, protected]}}", "    action: warn\n")
#define FOUR "+8613800000001\n+8613800000002\n+8613800000003\n+8613800000004\n"

static void lists_keep_their_old_content(void **state)
{
    (void)state;
    struct memory m = {{{"r/a.yaml", LIST_RULES}, {"r/l.txt", FOUR}}};
    struct rf_rule_options options = {.keep_tests = false};
    struct outcome first, o;
    load_with(&m, &options, &first);
    assert_non_null(first.rs);
    const struct rf_named_list *l = rf_ruleset_find_list(first.rs, RF_STR("l"));
    assert_int_equal(rf_list_size(l->list), 4);
    assert_true(rf_str_eqz(l->path, "r/l.txt"));
    options.previous = first.rs;
    m.files[1].text = "+8613800000001\n";
    load_with(&m, &options, &o); /* lost three of four */
    assert_non_null(o.rs);
    l = rf_ruleset_find_list(o.rs, RF_STR("l"));
    assert_true(l->kept_old && l->problem.n > 0);
    assert_int_equal(rf_list_size(l->list), 4);
    assert_int_equal(o.warnings, 1);
    rf_ruleset_free(o.rs);
    m.files[1].name = "r/gone.txt";
    load_with(&m, &options, &o);
    assert_non_null(o.rs);
    assert_true(rf_ruleset_find_list(o.rs, RF_STR("l"))->kept_old);
    rf_ruleset_free(o.rs);
    m.files[1].name = "r/l.txt";
    options.force = true;
    load_with(&m, &options, &o);
    assert_int_equal(rf_list_size(rf_ruleset_find_list(o.rs, RF_STR("l"))->list), 1);
    rf_ruleset_free(first.rs);
    rf_ruleset_free(o.rs);
}

static void the_built_in_list_holds_emergency_numbers(void **state)
{
    (void)state;
    struct rf_ruleset *rs = load(
        "version: 1\nrules:\n" RULE("a", "{to: {in: protected}}", "    action: warn\n"));
    const struct rf_named_list *l = rf_ruleset_find_list(rs, RF_STR("protected"));
    assert_non_null(l);
    struct rf_arena a;
    struct rf_addr addr;
    rf_arena_init(&a, 0);
    static const char *const numbers[] = {"110", "112", "911", "96110"};
    for (size_t i = 0; i < 4; i++) {
        rf_addr_normalize(&a, rs->plan, rf_str_of(numbers[i]), -1, &addr);
        assert_int_not_equal(rf_list_find_addr(l->list, &addr, 0), RF_LIST_NONE);
    }
    rf_arena_fini(&a);
    rf_ruleset_free(rs);
}

static void expiry_is_a_day_in_the_configured_zone(void **state)
{
    (void)state;
    struct rf_ruleset *rs =
        load("version: 1\nrules:\n" RULE("a", "{text: {contains: a}}",
                                         "    action: warn\n    expires: 2026-01-01\n")
                 RULE("b", "{text: {contains: a}}",
                      "    action: warn\n    expires: 2026-01-01T00:00:00Z\n"));
    assert_true(rule(rs, "b")->expires_ms == 1767225600000);
    assert_true(rule(rs, "a")->expires_ms == 1767225600000 - 8 * 3600000);
    rf_ruleset_free(rs);
}

static void twenty_thousand_rules_load_in_linear_time(void **state)
{
    enum { RULES = 20000 };
    struct rf_buf b;
    (void)state;
    rf_buf_init(&b);
    rf_buf_addz(&b, "version: 1\nrules:\n");
    for (int i = 0; i < RULES; i++)
        rf_buf_printf(&b,
                      "  - {id: r%d, title: T, applies_to: [sms], action: warn, when: "
                      "{text: {contains: word%d}}}\n",
                      i, i % 500);
    rf_buf_addc(&b, '\0');
    clock_t begin = clock();
    struct rf_ruleset *rs = load(b.p);
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    assert_int_equal(rs->nrules, RULES);
    assert_int_equal(rs->ntests, 500);
    assert_true(seconds < 20); /* under sanitizers too; about 0.3 s without */
    print_message("%d rules: %.2f s\n", RULES, seconds);
    rf_ruleset_free(rs);
    rf_buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_manual),
        cmocka_unit_test(values_are_compared_in_their_normal_form),
        cmocka_unit_test(hours_wrap_and_days_range),
        cmocka_unit_test(behaviors_alike_share_a_counter_that_lives_on),
        cmocka_unit_test(rules_are_linked),
        cmocka_unit_test(order_and_names_of_files_mean_nothing),
        cmocka_unit_test(tests_become_records),
        cmocka_unit_test(lists_keep_their_old_content),
        cmocka_unit_test(the_built_in_list_holds_emergency_numbers),
        cmocka_unit_test(expiry_is_a_day_in_the_configured_zone),
        cmocka_unit_test(twenty_thousand_rules_load_in_linear_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
