/* Modes changed at run time, and numbers that are forgotten. */
#include "tests/unit/engine/judge.h"

#define SMS(from) "{\"id\":1,\"kind\":\"sms\",\"from\":\"" from "\",\"text\":\"bad\"}"
#define VISIT "{\"id\":1,\"kind\":\"visit\",\"host\":\"bad.example\"}"

static const char modes[] =
    "rules:\n"
    "  - {id: enforced, title: A, applies_to: [sms], when: {text: {words: bad}},\n"
    "     action: block, status: stable}\n"
    "  - {id: monitored, title: B, applies_to: [sms], when: {text: {words: bad}},\n"
    "     action: warn}\n"
    "  - {id: switched-off, title: C, applies_to: [sms], when: {text: {words: bad}},\n"
    "     action: block, level: high, status: stable, mode: 'off'}\n"
    "  - {id: visits, title: D, applies_to: [visit], when: {host: bad.example},\n"
    "     action: block, status: stable}\n";

static void put(struct judge *j, const char *rule, enum rf_mode mode)
{
    struct rf_rule_mode m = {rf_str_of(rule), mode};
    struct rf_overrides o = {.version = 1, .rules = &m, .nrules = 1};
    rf_session_override(j->session, &o);
}

static void a_rule_takes_the_mode_given(void **state)
{
    (void)state;
    struct judge j = judge_open(modes);
    assert_string_equal(judge_line(&j, SMS("1")),
                        "{\"id\":1,\"verdict\":\"block\",\"rule\":\"enforced\","
                        "\"reason\":\"A\",\"rules\":[\"enforced\"],\"shadow\":"
                        "[\"monitored\"],\"gen\":1}");
    put(&j, "enforced", RF_MODE_MONITOR);
    assert_string_equal(judge_line(&j, SMS("1")),
                        "{\"id\":1,\"verdict\":\"allow\",\"shadow\":[\"enforced\","
                        "\"monitored\"],\"gen\":1}");
    put(&j, "enforced", RF_MODE_OFF);
    assert_string_equal(judge_line(&j, SMS("1")),
                        "{\"id\":1,\"verdict\":\"allow\",\"shadow\":[\"monitored\"],"
                        "\"gen\":1}");
    put(&j, "monitored", RF_MODE_ENFORCE);
    assert_non_null(strstr(judge_line(&j, SMS("1")),
                           "\"rules\":[\"enforced\",\"monitored\"],\"gen\":1}"));
    judge_close(&j);
}

/* Without a reload: what is off in the file can be switched on. */
static void a_rule_that_is_off_can_be_enabled(void **state)
{
    (void)state;
    struct judge j = judge_open(modes);
    put(&j, "switched-off", RF_MODE_ENFORCE);
    assert_non_null(strstr(judge_line(&j, SMS("1")), "\"rule\":\"switched-off\""));
    put(&j, "no-such-rule", RF_MODE_ENFORCE);
    assert_null(strstr(judge_line(&j, SMS("1")), "switched-off"));
    judge_close(&j);
}

static void a_kind_is_monitored(void **state)
{
    (void)state;
    struct judge j = judge_open(modes);
    struct rf_overrides o = {.version = 7};
    o.has_mode[RF_KIND_SMS] = true;
    o.mode[RF_KIND_SMS] = RF_MODE_MONITOR;
    rf_session_override(j.session, &o);
    assert_string_equal(judge_line(&j, SMS("1")),
                        "{\"id\":1,\"verdict\":\"allow\",\"would\":\"block\",\"shadow\":"
                        "[\"enforced\",\"monitored\"],\"gen\":1}");
    assert_verdict(&j, VISIT, "block");
    o.has_mode[RF_KIND_SMS] = false;
    rf_session_override(j.session, &o);
    assert_verdict(&j, SMS("1"), "block");
    judge_close(&j);
}

static void the_configured_mode_can_be_lifted(void **state)
{
    (void)state;
    struct rf_settings s;
    rf_settings_default(&s);
    s.mode = RF_MODE_MONITOR;
    struct judge j = judge_open_with(modes, NULL, &s);
    struct rf_overrides o = {.version = 7};
    assert_verdict(&j, SMS("1"), "allow");
    o.has_mode[RF_KIND_SMS] = true;
    o.mode[RF_KIND_SMS] = RF_MODE_ENFORCE;
    rf_session_override(j.session, &o);
    assert_verdict(&j, SMS("1"), "block");
    assert_verdict(&j, VISIT, "allow");
    judge_close(&j);
}

/* ---- forgotten values ---------------------------------------------------------------
 */

static const char counting[] =
    "rules:\n"
    "  - {id: many, title: A, applies_to: [sms], when: {rate: {key: from, window: 1h,\n"
    "     over: 3}}, action: block, status: stable}\n"
    "  - {id: many-pair, title: B, applies_to: [sms], when: {rate: {key: [from, trunk],\n"
    "     window: 1h, over: 3}}, action: warn, status: stable}\n"
    "  - {id: seen, title: C, applies_to: [sms], when: {text: {words: bad}},\n"
    "     action: mark, status: stable}\n"
    "  - {id: again, title: D, applies_to: [visit], when: {after: {rule: seen,\n"
    "     was: from, key: from, within: 1h}}, action: block, status: stable}\n";

#define FROM "+8613800000001"
#define OTHER "+8613800000002"
#define TRUNKED(from)                                                                    \
    "{\"id\":1,\"kind\":\"sms\",\"from\":\"" from "\",\"trunk\":\"t1\",\"text\":"        \
    "\"bad\"}"
#define VISIT_OF(from)                                                                   \
    "{\"id\":1,\"kind\":\"visit\",\"from\":\"" from "\",\"host\":\"x.example\"}"

static void forget(struct judge *j, const char *number, const char *rule, int64_t salt)
{
    struct rf_forgotten f = {.rule = rf_str_of(rule), .salt = salt};
    rf_counters_hash(j->counters, number, strlen(number), &f.value);
    struct rf_overrides o = {.version = 1, .forgotten = &f, .nforgotten = 1};
    rf_session_override(j->session, &o);
}

static void a_forgotten_number_begins_anew(void **state)
{
    (void)state;
    struct judge j = judge_open(counting);
    for (int i = 0; i < 4; i++) {
        judge_line(&j, TRUNKED(FROM));
        judge_line(&j, TRUNKED(OTHER));
    }
    assert_non_null(strstr(judge_line(&j, TRUNKED(FROM)), "\"many\",\"many-pair\""));
    assert_verdict(&j, VISIT_OF(FROM), "block");
    forget(&j, FROM, "", 1000);
    assert_verdict(&j, VISIT_OF(FROM), "allow");
    assert_verdict(&j, VISIT_OF(OTHER), "block");
    for (int i = 0; i < 3; i++)
        assert_verdict(&j, TRUNKED(FROM), "allow");
    assert_verdict(&j, TRUNKED(FROM), "block");
    assert_verdict(&j, TRUNKED(OTHER), "block");
    forget(&j, FROM, "", 2000);
    assert_verdict(&j, TRUNKED(FROM), "allow");
    judge_close(&j);
}

static void one_rule_forgets(void **state)
{
    (void)state;
    struct judge j = judge_open(counting);
    for (int i = 0; i < 4; i++)
        judge_line(&j, TRUNKED(FROM));
    forget(&j, FROM, "many", 1000);
    assert_verdict(&j, TRUNKED(FROM), "warn");
    assert_verdict(&j, VISIT_OF(FROM), "block");
    judge_close(&j);
}

/* The rule that decided is named; what it looked at are the marks of another. */
static void a_rule_forgets_the_marks_it_looks_at(void **state)
{
    (void)state;
    struct judge j = judge_open(counting);
    judge_line(&j, TRUNKED(FROM));
    assert_verdict(&j, VISIT_OF(FROM), "block");
    forget(&j, FROM, "again", 1000);
    assert_verdict(&j, VISIT_OF(FROM), "allow");
    judge_close(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_takes_the_mode_given),
        cmocka_unit_test(a_rule_that_is_off_can_be_enabled),
        cmocka_unit_test(a_kind_is_monitored),
        cmocka_unit_test(the_configured_mode_can_be_lifted),
        cmocka_unit_test(a_forgotten_number_begins_anew),
        cmocka_unit_test(one_rule_forgets),
        cmocka_unit_test(a_rule_forgets_the_marks_it_looks_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
