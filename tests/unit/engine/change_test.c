/* Rules see what is changed in their lists while they run: small lists, which the index
 * joins, large ones, pairs, and (after a load) words. */
#include "tests/unit/engine/judge.h"

#include "lib/ruleset/index.h"

#define NEVER RF_LIST_NEVER

static const char rules[] =
    "lists:\n"
    "  - {id: callers, type: numbers, values: ['+8613800000001']}\n"
    "  - {id: many, type: numbers, file: many.txt}\n"
    "  - {id: sites, type: hosts, values: [bad.example]}\n"
    "  - {id: names, type: senders, values: [usps]}\n"
    "  - {id: routes, type: pairs, values: ['95588 t1', '95588 t2']}\n"
    "  - {id: bait, type: words, values: [parcel, prize]}\n"
    "  - {id: heads, type: strings, values: ['win ']}\n"
    "rules:\n"
    "  - {id: a, title: t, status: stable, applies_to: [call], action: block,\n"
    "     when: {from: {in: callers}}}\n"
    "  - {id: b, title: t, status: stable, applies_to: [call], action: warn,\n"
    "     when: {from: {in: many}}}\n"
    "  - {id: c, title: t, status: stable, applies_to: [visit], action: block,\n"
    "     when: {host: {in: sites}}}\n"
    "  - {id: d, title: t, status: stable, applies_to: [sms], action: block,\n"
    "     when: {from: {in: names}}}\n"
    "  - {id: e, title: t, status: stable, applies_to: [sms], action: block,\n"
    "     when: {pair: {of: [from, trunk], not_in: routes}}}\n"
    "  - {id: f, title: t, status: stable, applies_to: [sms], action: block,\n"
    "     when: {text: {words: {list: bait}}}}\n"
    "  - {id: g, title: t, status: stable, applies_to: [sms], action: block,\n"
    "     when: {text: {starts_with: {list: heads}}}}\n";

static struct judge open_rules(void)
{
    struct rf_settings s;
    struct rf_buf many;
    rf_settings_default(&s);
    rf_buf_init(&many);
    for (unsigned i = 0; i < 70000; i++) /* too many to be joined */
        rf_buf_printf(&many, "+86139%08u\n", i);
    rf_buf_addc(&many, '\0');
    struct judge_file files[] = {{"many.txt", many.p}, {NULL, NULL}};
    struct judge j = judge_open_with(rules, files, &s);
    rf_buf_fini(&many);
    return j;
}

static struct rf_list *list_of(struct judge *j, const char *id)
{
    return rf_ruleset_find_list(j->rs, rf_str_of(id))->list;
}

static void change(struct judge *j, const char *id, bool removed, const char *entry)
{
    struct rf_overlay *old[8] = {0};
    struct rf_list_change c = {.entry = rf_str_of(entry),
                               .removed = removed,
                               .who = RF_STR("li"),
                               .why = RF_STR("w"),
                               .expires_ms = NEVER};
    struct rf_list *l = list_of(j, id);
    rf_overlay_free(
        rf_list_put_overlay(l, rf_overlay_new(l, j->rs->plan, &c, entry[0] != 0)));
    rf_index_changed(j->rs, old);
    for (size_t i = 0; i < 8; i++)
        rf_overlay_free(old[i]);
}

static void numbers_hosts_and_senders_take_effect_at_once(void **state)
{
    (void)state;
    static const struct {
        const char *list, *listed, *entry, *record, *verdict;
    } cases[] = {
        {"callers", "+8613800000001", "+86138000000*",
         "{\"kind\":\"call\",\"to\":\"13700000000\",\"from\":\"138 0000 0002\"}",
         "block"},
        {"many", "+8613900000007", "+8613800000009",
         "{\"kind\":\"call\",\"to\":\"13700000000\",\"from\":\"+8613800000009\"}",
         "warn"},
        {"sites", "bad.example", "evil.example",
         "{\"kind\":\"visit\",\"url\":\"http://x.evil.example/\"}", "block"},
        {"names", "usps", "PostNL",
         "{\"kind\":\"sms\",\"from\":\"POSTNL\",\"text\":\"x\"}", "block"},
    };
    struct judge j = open_rules();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_verdict(&j, cases[i].record, "allow");
        change(&j, cases[i].list, false, cases[i].entry);
        assert_verdict(&j, cases[i].record, cases[i].verdict);
        change(&j, cases[i].list, false, "");
        assert_verdict(&j, cases[i].record, "allow");
    }
    judge_close(&j);
}

static void removals_take_effect_at_once(void **state)
{
    (void)state;
    static const char first[] =
        "{\"kind\":\"call\",\"to\":\"13700000000\",\"from\":\"+8613800000001\"}";
    static const char seventh[] =
        "{\"kind\":\"call\",\"to\":\"13700000000\",\"from\":\"+8613900000007\"}";
    struct judge j = open_rules();
    assert_verdict(&j, first, "block");
    change(&j, "callers", true, "+8613800000001");
    assert_verdict(&j, first, "allow");
    assert_verdict(&j, seventh, "warn");
    change(&j, "many", true, "+861390000000*"); /* a longer prefix than any there */
    assert_verdict(&j, seventh, "warn");
    change(&j, "many", true, "+8613900000007");
    assert_verdict(&j, seventh, "allow");
    judge_close(&j);
}

static void pairs_take_effect_at_once(void **state)
{
    (void)state;
    static const char t3[] =
        "{\"kind\":\"sms\",\"from\":\"95588\",\"trunk\":\"t3\",\"text\":\"x\"}";
    struct judge j = open_rules();
    assert_verdict(&j, t3, "block");
    change(&j, "routes", false, "95588 t3");
    assert_verdict(&j, t3, "allow");
    change(&j, "routes", true, "95588 t1"); /* t2 is left: still a listed sender */
    assert_verdict(&j, t3, "block");
    judge_close(&j);
}

static unsigned below(unsigned n)
{
    static uint64_t seed = 1;
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % n;
}

/* Numbers of both lists, and near them. */
static void number(char out[24], bool many)
{
    snprintf(out, 24, "+86%s%08u", many ? "139" : "138", below(12));
}

#define CHANGES 12

static void change_some(struct judge *j, const char *id, bool many)
{
    struct rf_overlay *old[8] = {0};
    struct rf_list_change v[CHANGES];
    char text[CHANGES][24];
    struct rf_list *l = list_of(j, id);
    size_t n = below(CHANGES + 1);
    for (size_t i = 0; i < n; i++) {
        number(text[i], many);
        if (below(4) == 0)
            snprintf(text[i] + strlen(text[i]) - 1, 3, "*");
        v[i] = (struct rf_list_change){rf_str_of(text[i]), below(2),   RF_STR("li"),
                                       RF_STR("w"),        (int64_t)i, NEVER};
    }
    rf_overlay_free(rf_list_put_overlay(l, rf_overlay_new(l, j->rs->plan, v, n)));
    rf_index_changed(j->rs, old);
    for (size_t i = 0; i < 8; i++)
        rf_overlay_free(old[i]);
}

/* Rules are found by the index; the lists tell what is to be found. */
static void the_index_sees_what_the_lists_hold(void **state)
{
    (void)state;
    struct judge j = open_rules();
    unsigned hits = 0;
    for (unsigned round = 0; round < 2000; round++) {
        char from[24];
        bool many = below(2);
        const char *id = many ? "many" : "callers";
        if (round % 5 == 0)
            change_some(&j, id, many);
        number(from, many);
        bool listed = rf_list_find_value(list_of(&j, id), j.rs->plan, rf_str_of(from),
                                         1) != RF_LIST_NONE;
        const char *reply =
            judge_fmt(&j, "{\"kind\":\"call\",\"to\":\"95588\",\"from\":\"%s\"}", from);
        assert_string_equal(judge_verdict(reply), !listed ? "allow"
                                                  : many  ? "warn"
                                                          : "block");
        hits += listed;
    }
    assert_in_range(hits, 300, 1700);
    judge_close(&j);
}

/* ---- what needs a load ------------------------------------------------------------ */

static struct rf_overlay *changes(void *arg, struct rf_str id, const struct rf_list *l,
                                  const struct rf_plan *home)
{
    struct rf_list_change bait[] = {
        {RF_STR("Lottery"), false, RF_STR("li"), RF_STR("w"), 0, NEVER},
        {RF_STR("PARCEL"), true, RF_STR("li"), RF_STR("w"), 0, NEVER}};
    struct rf_list_change head = {RF_STR("now "), false, RF_STR("li"),
                                  RF_STR("w"),    0,     1000};
    (void)arg;
    if (rf_str_eqz(id, "bait"))
        return rf_overlay_new(l, home, bait, 2);
    return rf_str_eqz(id, "heads") ? rf_overlay_new(l, home, &head, 1) : NULL;
}

static void words_and_beginnings_take_effect_by_a_load(void **state)
{
    (void)state;
    struct judge j = open_rules(), loaded = j;
    static const struct rf_hash_key zero;
    struct rf_settings s;
    struct rf_buf text;
    struct rf_report *report = rf_report_new();
    rf_settings_default(&s);
    rf_buf_init(&text);
    rf_buf_printf(&text, "version: 1\n%s", rules);
    rf_buf_addc(&text, '\0');
    struct judge_file lists[] = {{"many.txt", "+8613900000007\n"}, {NULL, NULL}};
    struct judge_files files = {text.p, lists};
    struct rf_rule_io io = {.ctx = &files, .read = judge_read};
    struct rf_rule_options options = {.changes = changes};
    struct rf_str name = RF_STR("rules.yaml");
    loaded.rs = rf_rule_load(&name, 1, &s, &io, &options, report);
    assert_non_null(loaded.rs);
    loaded.counters = rf_counters_new(1000, &zero);
    loaded.session = rf_session_new(loaded.rs, loaded.counters, false);
    rf_buf_init(&loaded.reply);
    assert_true(rf_ruleset_find_list(loaded.rs, RF_STR("bait"))->opened);
    assert_false(rf_ruleset_find_list(loaded.rs, RF_STR("callers"))->opened);
    assert_verdict(&loaded, "{\"kind\":\"sms\",\"text\":\"a lottery\"}", "block");
    assert_verdict(&loaded, "{\"kind\":\"sms\",\"text\":\"a parcel\"}", "allow");
    assert_verdict(&loaded, "{\"kind\":\"sms\",\"text\":\"a prize\"}", "block");
    assert_verdict(&loaded, "{\"kind\":\"sms\",\"text\":\"Win it\"}", "block");
    assert_verdict(&loaded, "{\"kind\":\"sms\",\"ts\":100,\"text\":\"Now it\"}", "allow");
    rf_report_free(report);
    rf_buf_fini(&text);
    judge_close(&loaded);
    judge_close(&j);
}

static void beginnings_expire_at_the_record_s_time(void **state)
{
    (void)state;
    static const char yaml[] =
        "lists: [{id: l, type: strings, file: l.txt}]\n"
        "rules:\n"
        "  - {id: a, title: t, status: stable, applies_to: [sms], action: block,\n"
        "     when: {text: {starts_with: {list: l}}}}\n"
        "  - {id: b, title: t, status: stable, applies_to: [visit], action: block,\n"
        "     when: {host: {tld: {list: l}}}}\n";
    struct judge_file files[] = {{"l.txt", "win\t\t\t2026-01-02T00:00:00Z\nloan\n"},
                                 {NULL, NULL}};
    struct rf_settings s;
    rf_settings_default(&s);
    struct judge j = judge_open_with(yaml, files, &s);
    assert_verdict(&j, "{\"kind\":\"sms\",\"ts\":1767311999999,\"text\":\"Win\"}",
                   "block");
    assert_verdict(&j, "{\"kind\":\"sms\",\"ts\":1767312000000,\"text\":\"Win\"}",
                   "allow");
    assert_verdict(&j, "{\"kind\":\"sms\",\"ts\":1767312000000,\"text\":\"Loan\"}",
                   "block");
    assert_verdict(&j, "{\"kind\":\"visit\",\"ts\":1767311999999,\"host\":\"a.win\"}",
                   "block");
    assert_verdict(&j, "{\"kind\":\"visit\",\"ts\":1767312000000,\"host\":\"a.win\"}",
                   "allow");
    judge_close(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_hosts_and_senders_take_effect_at_once),
        cmocka_unit_test(removals_take_effect_at_once),
        cmocka_unit_test(pairs_take_effect_at_once),
        cmocka_unit_test(the_index_sees_what_the_lists_hold),
        cmocka_unit_test(words_and_beginnings_take_effect_by_a_load),
        cmocka_unit_test(beginnings_expire_at_the_record_s_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
