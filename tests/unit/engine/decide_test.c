/* The order of decision, as ringfence-rules(5) states it. */
#include "tests/unit/engine/judge.h"

#define SMS(text)                                                                        \
    "{\"id\":1,\"kind\":\"sms\",\"from\":\"10690001\",\"text\":\"" text "\"}"

static const char order[] =
    "rules:\n"
    "  - {id: a-allow, title: A, applies_to: [sms], when: {text: {words: friend}},\n"
    "     action: allow, status: stable}\n"
    "  - {id: b-block, title: B, applies_to: [sms], when: {text: {words: bad}},\n"
    "     action: block, status: stable}\n"
    "  - {id: c-high, title: C, applies_to: [sms], when: {text: {words: bad}},\n"
    "     action: block, level: critical, disposition: reject, status: stable,\n"
    "     fraud_type: impersonation/logistics, advice: {en: Beware, zh: 小心}}\n"
    "  - {id: d-warn, title: D, applies_to: [sms], when: {text: {words: odd}},\n"
    "     action: warn, status: stable}\n"
    "  - {id: e-score, title: E, applies_to: [sms], when: {text: {words: hint}},\n"
    "     action: {score: 4.5}, status: stable}\n"
    "  - {id: f-score, title: F, applies_to: [sms], when: {text: {words: clue}},\n"
    "     action: {score: 5.5}, status: stable}\n"
    "  - {id: g-new, title: G, applies_to: [sms], when: {text: {words: bad}},\n"
    "     action: block}\n";

static void allow_goes_before_block(void **state)
{
    (void)state;
    struct judge j = judge_open(order);
    const char *r = judge_line(&j, SMS("bad friend"));
    assert_string_equal(r, "{\"id\":1,\"verdict\":\"allow\",\"rule\":\"a-allow\","
                           "\"reason\":\"A\",\"rules\":[\"a-allow\",\"b-block\","
                           "\"c-high\"],\"shadow\":[\"g-new\"],\"gen\":1}");
    judge_close(&j);
}

static void the_highest_level_decides_and_all_hits_are_listed(void **state)
{
    (void)state;
    struct judge j = judge_open(order);
    const char *r = judge_line(&j, SMS("bad"));
    assert_string_equal(
        r,
        "{\"id\":1,\"verdict\":\"block\",\"disposition\":\"reject\",\"rule\":\"c-high\","
        "\"reason\":\"C\",\"fraud_type\":\"impersonation/logistics\",\"advice\":\"小心\","
        "\"rules\":[\"b-block\",\"c-high\"],\"shadow\":[\"g-new\"],\"gen\":1}");
    judge_close(&j);
}

static void scores_add_up(void **state)
{
    (void)state;
    struct judge j = judge_open(order);
    assert_string_equal(judge_line(&j, SMS("hint")),
                        "{\"id\":1,\"verdict\":\"allow\",\"score\":4.5,\"rules\":"
                        "[\"e-score\"],\"gen\":1}");
    assert_string_equal(judge_line(&j, SMS("clue")),
                        "{\"id\":1,\"verdict\":\"warn\",\"rule\":\"f-score\",\"reason\":"
                        "\"F\",\"score\":5.5,\"rules\":[\"f-score\"],\"gen\":1}");
    assert_string_equal(
        judge_line(&j, SMS("hint clue odd")),
        "{\"id\":1,\"verdict\":\"block\",\"rule\":\"f-score\",\"reason\":"
        "\"F\",\"score\":10,\"rules\":[\"d-warn\",\"e-score\",\"f-score\"],"
        "\"gen\":1}");
    judge_close(&j);
}

static void a_rule_in_global_monitor_mode_tells_what_it_would(void **state)
{
    (void)state;
    struct rf_settings s;
    rf_settings_default(&s);
    s.mode = RF_MODE_MONITOR;
    struct judge j = judge_open_with(order, NULL, &s);
    assert_string_equal(judge_line(&j, SMS("bad")),
                        "{\"id\":1,\"verdict\":\"allow\",\"would\":\"block\",\"shadow\":"
                        "[\"b-block\",\"c-high\",\"g-new\"],\"gen\":1}");
    judge_close(&j);
}

static void excuses_take_out_what_they_name_only(void **state)
{
    (void)state;
    struct judge j = judge_open(
        "rules:\n"
        "  - {id: bank, title: Bank, applies_to: [sms], when: {peer: bank-1},\n"
        "     action: allow, excuses: [otp, r-link], status: stable}\n"
        "  - {id: r-link, title: L, applies_to: [sms], when: {text: {contains: http}},\n"
        "     action: warn, status: stable}\n"
        "  - {id: r-otp, title: O, applies_to: [sms], when: {text: {words: code}},\n"
        "     action: block, tags: [otp], status: stable}\n"
        "  - {id: r-fee, title: F, applies_to: [sms], when: {text: {words: fee}},\n"
        "     action: block, status: stable}\n");
    const char *fmt = "{\"kind\":\"sms\",\"peer\":\"%s\",\"text\":\"%s\"}";
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "bank-1", "code http")),
                        "allow");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "bank-1", "code fee")), "block");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "bank-2", "code")), "block");
    judge_close(&j);
}

static const char block_all[] =
    "rules:\n"
    "  - {id: all, title: All, applies_to: [sms, call, visit],\n"
    "     when: {kind: {exists: true}}, action: block, status: stable}\n";

static void nothing_stands_between_a_caller_and_help(void **state)
{
    (void)state;
    static const char *const spellings[] = {
        "110",    "+86110", "0086110", "86110", "010110",
        "1 1 0",  "１１０", "tel:110", "1-1-0", "sip:110@ims.example",
        "112",    "119",    "120",     "96110", "+8696110",
        "*31#110"};
    struct judge j = judge_open(block_all);
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        const char *r =
            judge_fmt(&j, "{\"kind\":\"call\",\"from\":\"+8613800000001\",\"to\":\"%s\"}",
                      spellings[i]);
        if (strcmp(judge_verdict(r), "allow") != 0)
            fail_msg("a call to %s: %s", spellings[i], r);
    }
    static const char *const others[] = {"13811011010", "+8613800000110", "1101",
                                         "11000"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const char *r =
            judge_fmt(&j, "{\"kind\":\"call\",\"from\":\"+8613800000001\",\"to\":\"%s\"}",
                      others[i]);
        if (strcmp(judge_verdict(r), "block") != 0)
            fail_msg("a call to %s: %s", others[i], r);
    }
    judge_close(&j);
}

static void showing_the_number_of_the_police_gains_nothing(void **state)
{
    (void)state;
    struct judge j = judge_open(block_all);
    const char *fmt = "{\"kind\":\"sms\",\"from\":\"110\",\"to\":\"13900000001\","
                      "\"ingress\":\"%s\",\"text\":\"x\"}";
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "international")), "block");
    assert_string_equal(judge_verdict(judge_fmt(&j, fmt, "onnet")), "allow");
    assert_verdict(&j, "{\"kind\":\"sms\",\"from\":\"110\",\"text\":\"x\"}", "block");
    judge_close(&j);
}

static void the_error_policy_does_not_stop_a_call_for_help(void **state)
{
    (void)state;
    struct rf_settings s;
    rf_settings_default(&s);
    s.on_error = s.on_late = RF_WARN;
    struct judge j = judge_open_with(block_all, NULL, &s);
    assert_verdict(&j, "{\"kind\":\"sms\",\"to\":\"13900000001\"}", "warn");
    assert_verdict(&j, "{\"kind\":\"sms\",\"to\":\"+86110\"}", "allow");
    assert_verdict(&j, "{\"kind\":\"mms\",\"to\":\"110\"}", "allow");
    assert_verdict(&j, "{\"to\":\"110\"}", "allow");
    assert_verdict(&j, "{\"kind\":\"call\",\"to\":\"110\",\"deadline\":1}", "allow");
    judge_close(&j);
}

static void rules_know_protected_numbers_however_they_are_shown(void **state)
{
    (void)state;
    struct judge j = judge_open(
        "rules:\n"
        "  - {id: spoof, title: S, applies_to: [call], status: stable, action: block,\n"
        "     when: {from: {in: protected}}}\n"
        "  - {id: other, title: O, applies_to: [call], status: stable, action: warn,\n"
        "     when: {from: {not_in: protected}}}\n");
    static const char *const shown[] = {"110", "+86110", "0086110", "010110", "96110"};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        assert_string_equal(
            judge_verdict(judge_fmt(&j, "{\"kind\":\"call\",\"from\":\"%s\"}", shown[i])),
            "block");
    assert_verdict(&j, "{\"kind\":\"call\",\"from\":\"13800000110\"}", "warn");
    judge_close(&j);
}

static void a_record_past_its_deadline_is_answered_without_judging(void **state)
{
    (void)state;
    struct judge j = judge_open(order);
    assert_string_equal(
        judge_line(&j, "{\"id\":7,\"kind\":\"sms\",\"ts\":1767225700000,"
                       "\"deadline\":1767225699999,\"text\":\"bad\"}"),
        "{\"id\":7,\"verdict\":\"allow\",\"degraded\":[\"deadline\"],\"gen\":1}");
    judge_close(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allow_goes_before_block),
        cmocka_unit_test(the_highest_level_decides_and_all_hits_are_listed),
        cmocka_unit_test(scores_add_up),
        cmocka_unit_test(a_rule_in_global_monitor_mode_tells_what_it_would),
        cmocka_unit_test(excuses_take_out_what_they_name_only),
        cmocka_unit_test(nothing_stands_between_a_caller_and_help),
        cmocka_unit_test(showing_the_number_of_the_police_gains_nothing),
        cmocka_unit_test(the_error_policy_does_not_stop_a_call_for_help),
        cmocka_unit_test(rules_know_protected_numbers_however_they_are_shown),
        cmocka_unit_test(a_record_past_its_deadline_is_answered_without_judging),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
