#include "tests/unit/codec/decoding.h"

static void every_field_is_read(void **state)
{
    (void)state;
    static const struct expectation table[] = {
        {RF_STR(
             "{\"id\":\"m-1\",\"kind\":\"sms\",\"ts\":1767225600123,"
             "\"deadline\":1767225601000,\"from\":\"+4479\",\"to\":\"+8613\","
             "\"from_ton\":1,\"to_ton\":2,\"subscriber\":\"+8614\",\"trunk\":\"t1\","
             "\"peer\":\"p\",\"ingress\":\"international\",\"roaming\":true,"
             "\"cell\":\"c\",\"grid\":\"g\",\"imsi\":\"i\",\"imei\":\"e\",\"ip\":\"::1\","
             "\"lang\":\"zh\",\"leg\":\"term\",\"text\":\"包裹\",\"coding\":\"smpp\","
             "\"dcs\":8,\"udhi\":false,\"pid\":0,\"ref\":7,\"parts\":2,\"part\":1,"
             "\"registry\":\"r\",\"template\":\"te\",\"event\":\"deliver\",\"cause\":3,"
             "\"test\":true,\"resend\":false}"),
         "sms ts=1767225600123 deadline=1767225601000 from='+4479' to='+8613' from_ton=1 "
         "to_ton=2 subscriber='+8614' trunk='t1' peer='p' ingress=international "
         "roaming=true cell='c' grid='g' imsi='i' imei='e' ip='::1' lang='zh' leg=term "
         "text='包裹' coding=smpp dcs=8 udhi=false pid=0 ref=7 parts=2 part=1 "
         "registry='r' template='te' event=deliver cause=3 test=true resend=false "
         "id:\"m-1\""},
        {RF_STR(
             " { \"kind\" : \"call\" , \"from\":\"1\", \"shown\":\"2\",\"withheld\":true,"
             "\"call\":\"c-1\",\"event\":\"release\",\"ring\":1.5,\"duration\":0,"
             "\"verstat\":\"TN-Validation-Passed\",\"attest\":\"A\",\"diverted\":\"3\","
             "\"text\":\"hello\"} "),
         "call ts=5 from='1' shown='2' withheld=true text='hello' call='c-1' "
         "event=release ring=1.5 duration=0 verstat='TN-Validation-Passed' attest='A' "
         "diverted='3'"},
        {RF_STR(
             "{\"kind\":\"visit\",\"from\":\"1\",\"to\":\"2\",\"url\":\"http://a.b/c\","
             "\"host\":\"a.b\",\"answers\":[\"1.2.3.4\", \"::1\"],\"source\":\"dns\"}"),
         "visit ts=5 from='1' to='2' subscriber='1' url='http://a.b/c' host='a.b' "
         "answers='1.2.3.4''::1' source=dns"},
    };
    CHECK(table);
}

static void ids_are_echoed_as_written(void **state)
{
    (void)state;
    static const struct expectation table[] = {
        {RF_STR(SMS "\"id\":\"a\\u0041\\/\\\"\"}"),
         "sms ts=5 text='x' event=submit id:\"a\\u0041\\/\\\"\""},
        {RF_STR(SMS "\"id\": -12 }"), "sms ts=5 text='x' event=submit id:-12"},
        {RF_STR(SMS "\"id\":12345678901234567890}"),
         "sms ts=5 text='x' event=submit id:12345678901234567890"},
        {RF_STR(SMS "\"id\":123456789012345678901}"),
         "sms ts=5 text='x' event=submit !bad_field@30 id: over 20 digits"},
        {RF_STR(SMS "\"id\":1.0}"), "sms ts=5 text='x' event=submit !bad_field@30 id: "
                                    "neither a string nor an integer"},
        {RF_STR(SMS "\"id\":true}"), "sms ts=5 text='x' event=submit !bad_field@30 id: "
                                     "neither a string nor an integer"},
        {RF_STR(SMS "\"id\":[1]}"), "sms ts=5 text='x' event=submit !bad_field@30 id: "
                                    "neither a string nor an integer"},
        {RF_STR(SMS "\"id\":null}"), "sms ts=5 text='x' event=submit"},
        {RF_STR(SMS "\"id\":\"\"}"), "sms ts=5 text='x' event=submit id:\"\""},
        {RF_STR(SMS "\"id\":\"\\ud800\"}"),
         "sms ts=5 text='x' event=submit !bad_field@30 "
         "id: not valid UTF-8 and JSON as written"},
        {RF_STR(SMS "\"id\":\"\xff\"}"), "sms ts=5 text='x' event=submit !bad_field@30 "
                                         "id: not valid UTF-8 and JSON as written"},
        {RF_STR(SMS "\"id\":\"\t\"}"), "sms ts=5 text='x' event=submit !bad_field@30 "
                                       "id: not valid UTF-8 and JSON as written"},
        {RF_STR(SMS "\"id\":1,\"id\":2}"),
         "sms ts=5 text='x' event=submit id:1 !bad_field@37 id: given twice"},
        {RF_STR("{\"id\":1,\"text\":\"x\"}"),
         "none ts=5 text='x' id:1 !missing_field kind: missing"},
    };
    CHECK(table);
}

static void an_id_has_128_bytes_at_most(void **state)
{
    (void)state;
    char line[400], digits[200], want[400];
    struct rf_buf out;
    rf_buf_init(&out);
    memset(digits, 'a', sizeof digits);
    int n = snprintf(line, sizeof line, SMS "\"id\":\"%.128s\"}", digits);
    decode(rf_str(line, (size_t)n), &out);
    snprintf(want, sizeof want, "sms ts=5 text='x' event=submit id:\"%.128s\"", digits);
    assert_string_equal(out.p, want);
    n = snprintf(line, sizeof line, SMS "\"id\":\"%.129s\"}", digits);
    decode(rf_str(line, (size_t)n), &out);
    assert_string_equal(out.p,
                        "sms ts=5 text='x' event=submit !bad_field@30 id: over 128 "
                        "bytes");
    rf_buf_fini(&out);
}

static void wrong_values_are_left_out_and_told(void **state)
{
    (void)state;
    static const struct expectation table[] = {
        {RF_STR(SMS "\"cell\":true}"),
         "sms ts=5 text='x' event=submit !bad_field@32 cell: not a string"},
        {RF_STR(SMS "\"from\":{\"a\":1}}"),
         "sms ts=5 text='x' event=submit !bad_field@32 from: not a string"},
        {RF_STR(SMS "\"dcs\":\"eight\"}"),
         "sms ts=5 text='x' event=submit !bad_field@31 dcs: not a number"},
        {RF_STR(SMS "\"dcs\":1.5}"),
         "sms ts=5 text='x' event=submit !bad_field@31 dcs: not a whole number"},
        {RF_STR(SMS "\"dcs\":9223372036854775808}"),
         "sms ts=5 text='x' event=submit !bad_field@31 dcs: number out of range"},
        {RF_STR(CALL "\"ring\":1e999}"), "call ts=5 to='9' subscriber='9' event=attempt "
                                         "!bad_field@31 ring: number out of range"},
        {RF_STR(CALL "\"ring\":\"\"}"), "call ts=5 to='9' subscriber='9' event=attempt "
                                        "!bad_field@31 ring: not a number"},
        {RF_STR(CALL "\"ring\":\"0x10\"}"), "call ts=5 to='9' subscriber='9' "
                                            "event=attempt !bad_field@31 ring: not a "
                                            "number"},
        {RF_STR(SMS "\"test\":2}"),
         "sms ts=5 text='x' event=submit !bad_field@32 test: neither true nor false"},
        {RF_STR(SMS "\"test\":\"yes\"}"),
         "sms ts=5 text='x' event=submit !bad_field@32 test: neither true nor false"},
        {RF_STR(SMS "\"ingress\":\"moon\"}"),
         "sms ts=5 text='x' event=submit !bad_field@35 ingress: not a word known here"},
        {RF_STR(SMS "\"ingress\":\"\"}"),
         "sms ts=5 text='x' event=submit !bad_field@35 ingress: not a word known here"},
        {RF_STR(SMS "\"event\":\"attempt\"}"),
         "sms ts=5 text='x' event=submit !bad_field@33 event: not an event of this kind"},
        {RF_STR("{\"event\":\"submit\",\"kind\":\"call\",\"from\":\"1\",\"ring\":[]}"),
         "call ts=5 from='1' event=attempt !bad_field@9 event: not an event of this "
         "kind"},
        {RF_STR("{\"ring\":[],\"event\":\"submit\",\"kind\":\"call\",\"from\":\"1\"}"),
         "call ts=5 from='1' event=attempt !bad_field@8 ring: not a number"},
        {RF_STR("{\"kind\":\"visit\",\"host\":\"h\",\"answers\":\"1.2.3.4\"}"),
         "visit ts=5 host='h' !bad_field@37 answers: not a list of strings"},
        {RF_STR("{\"kind\":\"visit\",\"host\":\"h\",\"answers\":[\"a\",[]]}"),
         "visit ts=5 host='h' !bad_field@37 answers: not a list of strings"},
        {RF_STR(SMS "\"text\":\"y\"}"),
         "sms ts=5 text='x' event=submit !bad_field@32 text: given twice"},
        {RF_STR("{\"kind\":\"sms\",\"text\":null,\"text\":\"y\",\"text\":null}"),
         "sms ts=5 text='y' event=submit"},
        {RF_STR("{\"kind\":\"sms\",\"text\":[\"x\"],\"from\":\"1\"}"),
         "sms ts=5 from='1' event=submit !bad_field@21 text: not a string"},
        {RF_STR("{\"kind\":\"sms\",\"ud\":\"c834\",\"from\":\"1\"}"),
         "sms ts=5 from='1' ud='c834' event=submit !bad_field@19 ud: not supported yet"},
        {RF_STR(SMS "\"ud\":\"c834\"}"), "sms ts=5 text='x' ud='c834' event=submit"},
    };
    CHECK(table);
}

static void what_must_be_there_is_missed(void **state)
{
    (void)state;
    static const struct expectation table[] = {
        {RF_STR("{}"), "none ts=5 !missing_field kind: missing"},
        {RF_STR("{\"kind\":null}"), "none ts=5 !missing_field kind: missing"},
        {RF_STR("{\"kind\":\"mms\"}"),
         "none ts=5 !unknown_kind@8 kind: none of sms, call, visit"},
        {RF_STR("{\"kind\":\"none\"}"),
         "none ts=5 !unknown_kind@8 kind: none of sms, call, visit"},
        {RF_STR("{\"kind\": 5}"),
         "none ts=5 !unknown_kind@9 kind: none of sms, call, visit"},
        {RF_STR("{\"kind\":{}}"),
         "none ts=5 !unknown_kind@8 kind: none of sms, call, visit"},
        {RF_STR("{\"kind\":\"sms\",\"from\":\"1\"}"),
         "sms ts=5 from='1' !missing_field text or ud: missing"},
        {RF_STR("{\"kind\":\"sms\",\"text\":null,\"url\":\"u\"}"),
         "sms ts=5 !missing_field text or ud: missing"},
        {RF_STR("{\"kind\":\"call\",\"text\":\"x\"}"),
         "call ts=5 text='x' !missing_field from or to: missing"},
        {RF_STR("{\"kind\":\"visit\",\"from\":\"1\",\"text\":\"x\"}"),
         "visit ts=5 from='1' !missing_field url or host: missing"},
        {RF_STR("{\"kind\":\"sms\",\"text\":\"\"}"), "sms ts=5 text='' event=submit"},
        {RF_STR("{\"kind\":\"visit\",\"url\":\"u\"}"), "visit ts=5 url='u'"},
    };
    CHECK(table);
}

static void defaults_are_applied(void **state)
{
    (void)state;
    static const struct expectation table[] = {
        {RF_STR("{\"kind\":\"call\",\"from\":\"1\",\"to\":\"2\"}"),
         "call ts=5 from='1' to='2' subscriber='2' event=attempt"},
        {RF_STR("{\"kind\":\"call\",\"from\":\"1\",\"cause\":16}"),
         "call ts=5 from='1' event=release cause=16"},
        {RF_STR("{\"kind\":\"call\",\"from\":\"1\",\"duration\":0}"),
         "call ts=5 from='1' event=release duration=0"},
        {RF_STR("{\"kind\":\"call\",\"from\":\"1\",\"duration\":0,\"event\":\"update\"}"),
         "call ts=5 from='1' event=update duration=0"},
        {RF_STR(SMS "\"from\":\"1\",\"to\":\"2\",\"cause\":1}"),
         "sms ts=5 from='1' to='2' subscriber='2' text='x' event=submit cause=1"},
        {RF_STR("{\"kind\":\"visit\",\"from\":\"1\",\"to\":\"2\",\"host\":\"h\"}"),
         "visit ts=5 from='1' to='2' subscriber='1' host='h'"},
        {RF_STR(SMS "\"to\":\"2\",\"subscriber\":\"3\"}"),
         "sms ts=5 to='2' subscriber='3' text='x' event=submit"},
        /* what does not apply to the kind is as if it were not there */
        {RF_STR(SMS "\"ring\":3,\"url\":\"u\\ud800\",\"call\":\"c\"}"),
         "sms ts=5 text='x' event=submit"},
    };
    CHECK(table);
}

static void a_time_far_from_the_clock_is_replaced(void **state)
{
    (void)state;
    const int64_t now = 1767225600000;
    static const struct {
        int64_t ahead_ms;
        bool replaced;
    } table[] = {{0, false},        {300000, false},  {300001, true},
                 {-3600000, false}, {-3600001, true}, {-1767225600000, true}};
    struct rf_settings s;
    struct rf_buf out;
    char line[200], want[200];
    rf_settings_default(&s);
    rf_buf_init(&out);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (int daemon = 0; daemon < 2; daemon++) {
            struct rf_clock clock = {now, daemon, now + 7};
            bool replaced = daemon && table[i].replaced;
            int64_t ts = now + table[i].ahead_ms;
            int n = snprintf(line, sizeof line, SMS "\"ts\":%" PRId64 "}", ts);
            decode_with(&s, &clock, rf_str(line, (size_t)n), &out);
            snprintf(want, sizeof want, "sms ts=%" PRId64 " text='x' event=submit%s",
                     replaced ? now + 7 : ts, replaced ? " degraded:2" : "");
            assert_string_equal(out.p, want);
        }
    rf_buf_fini(&out);
}

static void names_can_be_mapped(void **state)
{
    (void)state;
    static const struct rf_pair_setting fields[] = {
        {RF_STR("ecgi"), RF_STR("cell")}, {RF_STR("cell"), RF_STR("")},
        {RF_STR("ref"), RF_STR("")},      {RF_STR("to"), RF_STR("from")},
        {RF_STR("from"), RF_STR("to")},   {RF_STR("peer"), RF_STR("grid")},
        {RF_STR("grid"), RF_STR("")},     {RF_STR("干线"), RF_STR("trunk")},
    };
    static const struct expectation table[] = {
        {RF_STR(SMS "\"ecgi\":\"1\",\"cell\":2}"),
         "sms ts=5 cell='1' text='x' event=submit"},
        {RF_STR(SMS "\"ref\":[],\"ref\":1}"), "sms ts=5 text='x' event=submit"},
        {RF_STR(SMS "\"to\":\"caller\",\"from\":\"called\"}"),
         "sms ts=5 from='caller' to='called' subscriber='called' text='x' event=submit"},
        {RF_STR(SMS "\"peer\":\"g\",\"grid\":\"x\"}"),
         "sms ts=5 grid='g' text='x' event=submit"},
        {RF_STR(SMS "\"干线\":\"t\"}"), "sms ts=5 trunk='t' text='x' event=submit"},
    };
    struct rf_settings s;
    struct rf_buf out;
    rf_settings_default(&s);
    s.fields = fields;
    s.nfields = sizeof fields / sizeof *fields;
    rf_buf_init(&out);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        decode_with(&s, &arrival, table[i].line, &out);
        assert_string_equal(out.p, table[i].record);
    }
    rf_buf_fini(&out);
}

static void a_line_too_long_is_a_record(void **state)
{
    (void)state;
    struct rf_record r;
    struct rf_buf out;
    rf_buf_init(&out);
    rf_decode_too_long(&r, &arrival);
    dump_record(&out, &r);
    rf_buf_addc(&out, '\0');
    assert_string_equal(out.p, "none ts=5 !line_too_long line over feed.max_line");
    assert_false(rf_record_judged(&r));
    rf_buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(ids_are_echoed_as_written),
        cmocka_unit_test(an_id_has_128_bytes_at_most),
        cmocka_unit_test(wrong_values_are_left_out_and_told),
        cmocka_unit_test(what_must_be_there_is_missed),
        cmocka_unit_test(defaults_are_applied),
        cmocka_unit_test(a_time_far_from_the_clock_is_replaced),
        cmocka_unit_test(names_can_be_mapped),
        cmocka_unit_test(a_line_too_long_is_a_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
