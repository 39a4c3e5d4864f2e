/* Conditions over single records, as ringfence-rules(5) states them. */
#include "tests/unit/engine/judge.h"

/* One blocking rule with that `when`. */
static struct judge rule(const char *applies_to, const char *when)
{
    char yaml[4096];
    snprintf(
        yaml, sizeof yaml,
        "lists:\n"
        "  - {id: bad-hosts, type: hosts, values: [evil.example, =only.example.net]}\n"
        "  - {id: trusted, type: hosts, values: [good.example]}\n"
        "  - {id: callers, type: numbers,\n"
        "     values: [\"+8613800000001\", \"+86139*\", \"106*\",\n"
        "              \"+8615000000000-+8615000000099\"]}\n"
        "  - {id: parcels, type: words, values: [parcel, package, 快递, 包裹]}\n"
        "  - {id: routes, type: pairs, values: [\"95588 bank-1\", \"95588 bank-2\"]}\n"
        "rules:\n"
        "  - {id: r, title: R, applies_to: %s, status: stable, action: block,\n"
        "     when: %s}\n",
        applies_to, when);
    return judge_open(yaml);
}

/* Text of an sms: is it blocked? */
static void blocked(struct judge *j, const char *text, bool expected)
{
    const char *r =
        judge_fmt(j, "{\"kind\":\"sms\",\"from\":\"95588\",\"text\":\"%s\"}", text);
    bool is = strcmp(judge_verdict(r), "block") == 0;
    if (is != expected)
        fail_msg("\"%s\": %s", text, r);
}

static void words_and_their_edges(void **state)
{
    (void)state;
    struct judge j = rule("[sms]", "{text: {words: {list: parcels}}}");
    blocked(&j, "Your PARCEL is held", true);
    blocked(&j, "parcels", false);
    blocked(&j, "ｐａｒｃｅｌ", true);
    blocked(&j, "раrсеl", true); /* Cyrillic look-alikes beside ASCII */
    blocked(&j, "par\\u200bcel", true);
    blocked(&j, "您的快遞到了", true);
    blocked(&j, "package2", false);
    judge_close(&j);
}

static void at_least_counts_different_entries(void **state)
{
    (void)state;
    struct judge j = rule("[sms]", "{text: {words: {list: parcels, at_least: 2}}}");
    blocked(&j, "parcel parcel parcel", false);
    blocked(&j, "parcel or package", true);
    judge_close(&j);
}

static void compact_sees_spaced_out_words(void **state)
{
    (void)state;
    struct judge j = rule("[sms]", "{text.compact: {contains: 刷单返利}}");
    blocked(&j, "刷 单.返-利", true);
    blocked(&j, "刷单 不返利", false);
    judge_close(&j);
}

static void a_regex_on_text_is_caseless_and_dot_all(void **state)
{
    (void)state;
    struct judge j = rule("[sms]", "{text: {regex: '\\bpay.{0,9}fee\\b'}}");
    blocked(&j, "PAY the\\nFEE", true);
    blocked(&j, "payment of fees", false);
    judge_close(&j);
    j = rule("[sms]", "{text.raw: {regex: 'Pay'}}");
    blocked(&j, "Pay", true);
    blocked(&j, "pay", false);
    judge_close(&j);
}

static void one_value_passes_all_operators(void **state)
{
    (void)state;
    struct judge j = rule("[sms]", "{url: {in: bad-hosts, contains: login}}");
    blocked(&j, "http://evil.example/login", true);
    blocked(&j, "http://evil.example/x http://good.example/login", false);
    judge_close(&j);
}

static void some_link_outside_differs_from_no_link_inside(void **state)
{
    (void)state;
    struct judge j = rule("[sms]", "{url: {not_in: trusted}}");
    blocked(&j, "http://good.example/ http://other.example/", true);
    blocked(&j, "http://good.example/", false);
    blocked(&j, "no link", false);
    judge_close(&j);
    j = rule("[sms]", "{none: [{url: {in: trusted}}]}");
    blocked(&j, "http://good.example/ http://other.example/", false);
    blocked(&j, "no link", true);
    judge_close(&j);
}

static void a_host_list_matches_below_unless_exact(void **state)
{
    (void)state;
    struct judge j = rule("[visit]", "{host: {in: bad-hosts}}");
    const char *fmt = "{\"kind\":\"visit\",\"host\":\"%s\"}";
    static const struct {
        const char *host;
        bool in;
    } cases[] = {{"evil.example", true},        {"WWW.Evil.Example.", true},
                 {"notevil.example", false},    {"only.example.net", true},
                 {"a.only.example.net", false}, {"evil.example:8443", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *r = judge_fmt(&j, fmt, cases[i].host);
        if ((strcmp(judge_verdict(r), "block") == 0) != cases[i].in)
            fail_msg("%s: %s", cases[i].host, r);
    }
    judge_close(&j);
}

static void number_lists_hold_numbers_prefixes_and_ranges(void **state)
{
    (void)state;
    struct judge j = rule("[sms]", "{from: {in: callers}}");
    const char *fmt = "{\"kind\":\"sms\",\"from\":\"%s\",\"text\":\"x\"}";
    static const struct {
        const char *from;
        bool in;
    } cases[] = {{"138 0000 0001", true}, {"+8613800000002", false},
                 {"13912345678", true},   {"10690001234", true},
                 {"15000000050", true},   {"15000000100", false},
                 {"95588", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *r = judge_fmt(&j, fmt, cases[i].from);
        if ((strcmp(judge_verdict(r), "block") == 0) != cases[i].in)
            fail_msg("%s: %s", cases[i].from, r);
    }
    judge_close(&j);
}

static void an_absent_field_fails_every_test(void **state)
{
    (void)state;
    struct judge j = rule("[sms]", "{trunk: {not_is: t1}}");
    blocked(&j, "x", false);
    assert_verdict(&j, "{\"kind\":\"sms\",\"trunk\":\"t2\",\"text\":\"x\"}", "block");
    judge_close(&j);
    j = rule("[sms]", "{trunk: {exists: false}}");
    blocked(&j, "x", true);
    assert_verdict(&j, "{\"kind\":\"sms\",\"trunk\":\"t2\",\"text\":\"x\"}", "allow");
    judge_close(&j);
    j = rule("[sms]", "{not: {trunk: t1}}");
    blocked(&j, "x", true);
    judge_close(&j);
}

static void pairs_bind_senders_to_trunks(void **state)
{
    (void)state;
    struct judge j = rule("[sms]", "{pair: {of: [from, trunk], not_in: routes}}");
    const char *fmt =
        "{\"kind\":\"sms\",\"from\":\"%s\",\"trunk\":\"%s\",\"text\":\"x\"}";
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "95588", "bank-1")), "allow");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "95588", "grey-9")), "block");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "95599", "grey-9")), "allow");
    judge_close(&j);
    j = rule("[sms]", "{pair: {of: [from, trunk], in: {list: routes}}}");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "95588", "bank-1")), "block");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "95588", "grey-9")), "allow");
    judge_close(&j);
}

static void addresses_have_country_type_and_neighbors(void **state)
{
    (void)state;
    const char *fmt = "{\"kind\":\"call\",\"from\":\"%s\",\"to\":\"+8613900001234\"}";
    struct judge j = rule("[call]", "{from: {country: foreign}}");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "+12025550123")), "block");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "+8613800000001")), "allow");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "95588")), "allow");
    judge_close(&j);
    j = rule("[call]", "{from: {near: {field: to, last: 4}}}");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "13900009999")), "block");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "13900109999")), "allow");
    judge_close(&j);
    j = rule("[call]", "{from: {type: [fixed, toll_free]}}");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "+861065529988")), "block");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "+8613800000001")), "allow");
    judge_close(&j);
}

static void hours_wrap_past_midnight_in_the_configured_zone(void **state)
{
    (void)state;
    struct judge j = rule("[sms]", "{hour: {between: [\"22:00\", \"06:00\"]}}");
    const char *fmt = "{\"kind\":\"sms\",\"ts\":\"2026-01-01T%sZ\",\"text\":\"x\"}";
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "14:00:00")),
                        "block"); /* 22:00 */
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "21:59:59")),
                        "block"); /* 05:59 */
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "22:00:00")), "allow");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "04:00:00")),
                        "allow"); /* noon */
    judge_close(&j);
}

static void days_have_short_and_full_names(void **state)
{
    (void)state;
    static const char *const conditions[] = {
        "{weekday: thu}", "{weekday: thursday}", "{weekday: wed-friday}",
        "{weekday: fri-thu}", "{weekday: [sun, thu]}"};
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
        struct judge j = rule("[sms]", conditions[i]);
        assert_verdict(
            &j, "{\"kind\":\"sms\",\"ts\":\"2026-01-01T12:00:00+08:00\",\"text\":\"x\"}",
            "block");
        assert_verdict(
            &j, "{\"kind\":\"sms\",\"ts\":\"2026-01-05T12:00:00+08:00\",\"text\":\"x\"}",
            i == 3 ? "block" : "allow");
        judge_close(&j);
    }
}

static void a_regex_at_its_limit_warns_where_it_would_have_blocked(void **state)
{
    (void)state;
    struct judge j = rule("[sms]", "{text: {regex: '(\\w+)\\s+\\1{2}[!?]'}}");
    struct rf_buf line;
    rf_buf_init(&line);
    rf_buf_addz(&line, "{\"kind\":\"sms\",\"text\":\"");
    for (int i = 0; i < 16000; i++)
        rf_buf_addc(&line, 'a');
    rf_buf_addz(&line, " !\"}");
    rf_buf_addc(&line, '\0');
    const char *r = judge_line(&j, line.p);
    assert_string_equal(judge_verdict(r), "warn");
    assert_non_null(strstr(r, "\"degraded\":[\"regex\"]"));
    char *first = strdup(r);
    assert_string_equal(judge_line(&j, line.p), first);
    free(first);
    rf_buf_fini(&line);
    judge_close(&j);
}

static void hit_sees_other_rules_and_comes_last(void **state)
{
    (void)state;
    struct judge j = judge_open(
        "rules:\n"
        "  - {id: a-combo, title: A, applies_to: [sms], status: stable, action: block,\n"
        "     when: {all: [{hit: {tag: lure}}, {url: {exists: true}}]}}\n"
        "  - {id: z-lure, title: Z, applies_to: [sms], status: stable, tags: [lure],\n"
        "     action: {score: 1}, when: {text: {words: prize}}}\n");
    blocked(&j, "a prize http://x.example/", true);
    blocked(&j, "a prize", false);
    blocked(&j, "http://x.example/", false);
    judge_close(&j);
}

static void a_large_list_answers_as_a_small_one(void **state)
{
    (void)state;
    struct rf_buf text;
    rf_buf_init(&text);
    for (int i = 0; i < 70000; i++)
        rf_buf_printf(&text, "+86138%08d\n", 3 * i);
    rf_buf_addc(&text, '\0');
    const struct judge_file lists[] = {{"big.txt", text.p}, {NULL, NULL}};
    struct rf_settings settings;
    rf_settings_default(&settings);
    struct judge j = judge_open_with(
        "lists: [{id: big, type: numbers, file: big.txt}]\n"
        "rules:\n"
        "  - {id: r, title: R, applies_to: [call], status: stable, action: block,\n"
        "     when: {from: {in: big}}}\n"
        "  - {id: n, title: N, applies_to: [call], status: stable, action: warn,\n"
        "     when: {from: {not_in: big}}}\n",
        lists, &settings);
    for (int i = 0; i < 300; i++) {
        const char *r = judge_fmt(
            &j, "{\"kind\":\"call\",\"from\":\"138%08d\",\"to\":\"+8613900000001\"}", i);
        assert_string_equal(judge_verdict(r), i % 3 ? "warn" : "block");
    }
    judge_close(&j);
    rf_buf_fini(&text);
}

static void words_of_a_list_expire(void **state)
{
    (void)state;
    const struct judge_file lists[] = {
        {"w.txt", "parcel\t\t\t2026-01-02T00:00:00Z\nprize\n"}, {NULL, NULL}};
    struct rf_settings settings;
    rf_settings_default(&settings);
    struct judge j = judge_open_with(
        "lists: [{id: w, type: words, file: w.txt}]\n"
        "rules:\n"
        "  - {id: r, title: R, applies_to: [sms], status: stable, action: block,\n"
        "     when: {text: {words: {list: w}}}}\n",
        lists, &settings);
    const char *fmt = "{\"kind\":\"sms\",\"ts\":\"2026-01-0%sZ\",\"text\":\"a %s\"}";
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "1T23:59:59", "parcel")),
                        "block");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "2T00:00:00", "parcel")),
                        "allow");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "2T00:00:00", "prize")),
                        "block");
    judge_close(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_their_edges),
        cmocka_unit_test(at_least_counts_different_entries),
        cmocka_unit_test(compact_sees_spaced_out_words),
        cmocka_unit_test(a_regex_on_text_is_caseless_and_dot_all),
        cmocka_unit_test(one_value_passes_all_operators),
        cmocka_unit_test(some_link_outside_differs_from_no_link_inside),
        cmocka_unit_test(a_host_list_matches_below_unless_exact),
        cmocka_unit_test(number_lists_hold_numbers_prefixes_and_ranges),
        cmocka_unit_test(an_absent_field_fails_every_test),
        cmocka_unit_test(pairs_bind_senders_to_trunks),
        cmocka_unit_test(addresses_have_country_type_and_neighbors),
        cmocka_unit_test(hours_wrap_past_midnight_in_the_configured_zone),
        cmocka_unit_test(days_have_short_and_full_names),
        cmocka_unit_test(a_regex_at_its_limit_warns_where_it_would_have_blocked),
        cmocka_unit_test(hit_sees_other_rules_and_comes_last),
        cmocka_unit_test(a_large_list_answers_as_a_small_one),
        cmocka_unit_test(words_of_a_list_expire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
