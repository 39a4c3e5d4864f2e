#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "lib/codec/codec.h"

static struct rf_fraud_type fraud_types[] = {
    {RF_STR("impersonation/logistics"), RF_STR("Courier"), RF_STR("冒充物流")}};

static const struct rf_advice advice[] = {{RF_STR("fr"), RF_STR("Attention")},
                                          {RF_STR("en"), RF_STR("Do not pay.")},
                                          {RF_STR("zh"), RF_STR("请勿付款")},
                                          {RF_STR("zh-HK"), RF_STR("請勿付款")}};

enum { NEW_MODEL, PARCEL, SHORTENER, TRUSTED };

static struct rf_rule rules[] = {
    [NEW_MODEL] = {.id = RF_STR("new-model"),
                   .title = RF_STR("A new model"),
                   .fraud_type = UINT32_MAX},
    [PARCEL] = {.id = RF_STR("sms-parcel-fee"),
                .title = RF_STR("title"),
                .reason = RF_STR("Parcel fee lure with a \"link\""),
                .disposition = RF_DISPOSITION_REJECT,
                .fraud_type = 0,
                .advice = advice,
                .nadvice = 4},
    [SHORTENER] = {.id = RF_STR("url-shortener"),
                   .title = RF_STR("Shortener"),
                   .fraud_type = UINT32_MAX},
    [TRUSTED] = {.id = RF_STR("trusted"),
                 .title = RF_STR("A partner"),
                 .fraud_type = UINT32_MAX},
};

static uint32_t enforce[] = {PARCEL, SHORTENER}, monitor[] = {NEW_MODEL};

struct fixture {
    struct rf_ruleset rs;
    struct rf_record record;
    struct rf_judgment j;
    struct rf_str ref;
};

static void fixture_init(struct fixture *x)
{
    *x = (struct fixture){.ref = {"", 0}};
    rf_settings_default(&x->rs.settings);
    x->rs.rules = rules;
    x->rs.nrules = 4;
    x->rs.fraud_types = fraud_types;
    x->rs.nfraud_types = 1;
    x->record.error_at = RF_NO_OFFSET;
    x->j.rule = x->j.excused_by = RF_NO_RULE;
}

static void block_by_parcel(struct fixture *x)
{
    fixture_init(x);
    x->record.id = RF_STR("\"m-2\"");
    x->j.verdict = RF_BLOCK;
    x->j.rule = PARCEL;
    x->j.hits = enforce;
    x->j.nhits = 2;
}

static void set_lang(struct fixture *x, const char *lang)
{
    x->record.present |= 1ull << RF_FIELD_LANG;
    x->record.value[RF_FIELD_LANG].s = rf_str_of(lang);
}

/* The reply must be exactly this line. */
static void check(const struct fixture *x, const char *want)
{
    struct rf_buf b;
    rf_buf_init(&b);
    rf_encode_reply(&b, &x->rs, &x->record, &x->j, x->ref, 7);
    rf_buf_addc(&b, '\0');
    assert_string_equal(b.p, want);
    rf_buf_fini(&b);
}

static void a_plain_allow_is_short(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x);
    check(&x, "{\"id\":null,\"verdict\":\"allow\",\"gen\":7}\n");
    assert_true(rf_reply_is_plain(&x.record, &x.j));
    x.record.id = RF_STR("\"m-\\u0031\"");
    check(&x, "{\"id\":\"m-\\u0031\",\"verdict\":\"allow\",\"gen\":7}\n");
    assert_true(rf_reply_is_plain(&x.record, &x.j));
}

static void a_block_tells_all(void **state)
{
    (void)state;
    struct fixture x;
    block_by_parcel(&x);
    x.rs.settings.redress = RF_STR("https://carrier.example/appeal");
    x.j.has_score = true;
    x.j.score = 4500;
    x.j.shadow = monitor;
    x.j.nshadow = 1;
    x.j.degraded = RF_DEGRADED_REGEX | RF_DEGRADED_REDIS;
    x.record.repaired = 1ull << RF_FIELD_TEXT | 1ull << RF_FIELD_FROM;
    x.record.degraded = RF_DEGRADED_TS;
    x.record.error = RF_RECORD_BAD_FIELD;
    x.record.error_message = RF_STR("ring: not a number");
    x.record.error_at = 17;
    x.ref = RF_STR("01JD0000000000000000000000");
    set_lang(&x, "en");
    check(&x,
          "{\"id\":\"m-2\",\"verdict\":\"block\",\"disposition\":\"reject\","
          "\"rule\":\"sms-parcel-fee\","
          "\"reason\":\"Parcel fee lure with a \\\"link\\\"\","
          "\"fraud_type\":\"impersonation/logistics\",\"advice\":\"Do not pay.\","
          "\"redress\":\"https://carrier.example/appeal\",\"score\":4.5,"
          "\"rules\":[\"sms-parcel-fee\",\"url-shortener\"],\"shadow\":[\"new-model\"],"
          "\"repaired\":[\"from\",\"text\"],\"degraded\":[\"redis\",\"ts\",\"regex\"],"
          "\"error\":{\"code\":\"bad_field\",\"message\":\"ring: not a number\","
          "\"at\":17},\"ref\":\"01JD0000000000000000000000\",\"gen\":7}\n");
}

static void an_allow_rule_tells_its_name_only(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x);
    x.rs.settings.redress = RF_STR("10000");
    x.j.rule = TRUSTED;
    check(&x, "{\"id\":null,\"verdict\":\"allow\",\"rule\":\"trusted\","
              "\"reason\":\"A partner\",\"gen\":7}\n");
    assert_false(rf_reply_is_plain(&x.record, &x.j));
}

static void global_monitor_mode_tells_what_it_would_do(void **state)
{
    (void)state;
    struct fixture x;
    block_by_parcel(&x);
    x.rs.settings.redress = RF_STR("10000");
    x.j.verdict = RF_ALLOW;
    x.j.has_would = true;
    x.j.would = RF_BLOCK;
    x.j.nhits = 0;
    check(&x, "{\"id\":\"m-2\",\"verdict\":\"allow\",\"would\":\"block\","
              "\"rule\":\"sms-parcel-fee\","
              "\"reason\":\"Parcel fee lure with a \\\"link\\\"\","
              "\"fraud_type\":\"impersonation/logistics\",\"gen\":7}\n");
}

static void an_unjudged_line_says_why(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x);
    x.record.error = RF_RECORD_BAD_JSON;
    x.record.error_message = RF_STR("not a JSON object");
    x.record.error_at = 0;
    check(&x, "{\"id\":null,\"verdict\":\"allow\",\"error\":{\"code\":\"bad_json\","
              "\"message\":\"not a JSON object\",\"at\":0},\"gen\":7}\n");
    x.record.id = RF_STR("12");
    x.record.error = RF_RECORD_MISSING_FIELD;
    x.record.error_message = RF_STR("kind: missing");
    x.record.error_at = RF_NO_OFFSET;
    x.j.verdict = RF_WARN;
    check(&x, "{\"id\":12,\"verdict\":\"warn\",\"error\":{\"code\":\"missing_field\","
              "\"message\":\"kind: missing\"},\"gen\":7}\n");
    assert_false(rf_reply_is_plain(&x.record, &x.j));
}

static void scores_have_three_places_at_most(void **state)
{
    (void)state;
    static const struct {
        int64_t thousandths;
        const char *text;
    } table[] = {{0, "0"},     {10000, "10"},  {4500, "4.5"},  {125, "0.125"},
                 {10, "0.01"}, {1, "0.001"},   {1020, "1.02"}, {-2500, "-2.5"},
                 {100, "0.1"}, {999, "0.999"}, {-1, "-0.001"}, {123456789, "123456.789"}};
    char want[200];
    struct fixture x;
    fixture_init(&x);
    x.j.has_score = true;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        x.j.score = table[i].thousandths;
        snprintf(want, sizeof want,
                 "{\"id\":null,\"verdict\":\"allow\",\"score\":%s,\"gen\":7}\n",
                 table[i].text);
        check(&x, want);
    }
}

static void advice_speaks_the_subscribers_language(void **state)
{
    (void)state;
    static const struct {
        const char *lang, *configured, *advice;
    } table[] = {
        {"zh-HK", "en", "請勿付款"},    {"ZH-hk", "en", "請勿付款"},
        {"zh-CN", "en", "请勿付款"},    {"zh_TW", "en", "请勿付款"},
        {"en-GB", "zh", "Do not pay."}, {"de", "zh", "请勿付款"},
        {NULL, "zh", "请勿付款"},       {"de", "it", "Do not pay."},
        {"", "fr", "Attention"},        {"-", "it", "Do not pay."},
        {"z", "it", "Do not pay."},
    };
    struct fixture x;
    char want[300];
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        block_by_parcel(&x);
        x.j.nhits = 0;
        x.j.verdict = RF_WARN;
        x.rs.settings.language = rf_str_of(table[i].configured);
        if (table[i].lang)
            set_lang(&x, table[i].lang);
        snprintf(want, sizeof want,
                 "{\"id\":\"m-2\",\"verdict\":\"warn\",\"disposition\":\"reject\","
                 "\"rule\":\"sms-parcel-fee\","
                 "\"reason\":\"Parcel fee lure with a \\\"link\\\"\","
                 "\"fraud_type\":\"impersonation/logistics\",\"advice\":\"%s\","
                 "\"gen\":7}\n",
                 table[i].advice);
        check(&x, want);
    }
}

static void without_english_the_first_advice_is_told(void **state)
{
    (void)state;
    static const struct rf_advice french[] = {{RF_STR("fr"), RF_STR("Attention")}};
    struct rf_rule rule = rules[TRUSTED];
    struct fixture x;
    fixture_init(&x);
    rule.advice = french;
    rule.nadvice = 1;
    x.rs.rules = &rule;
    x.j.rule = 0;
    x.j.verdict = RF_BLOCK;
    check(&x, "{\"id\":null,\"verdict\":\"block\",\"rule\":\"trusted\","
              "\"reason\":\"A partner\",\"advice\":\"Attention\",\"gen\":7}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_allow_is_short),
        cmocka_unit_test(a_block_tells_all),
        cmocka_unit_test(an_allow_rule_tells_its_name_only),
        cmocka_unit_test(global_monitor_mode_tells_what_it_would_do),
        cmocka_unit_test(an_unjudged_line_says_why),
        cmocka_unit_test(scores_have_three_places_at_most),
        cmocka_unit_test(advice_speaks_the_subscribers_language),
        cmocka_unit_test(without_english_the_first_advice_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
