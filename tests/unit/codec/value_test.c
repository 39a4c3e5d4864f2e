#include "lib/base/limits.h"
#include "lib/base/utf8.h"
#include "tests/unit/codec/decoding.h"

static void types_are_lenient(void **state)
{
    (void)state;
    static const struct expectation table[] = {
        {RF_STR(SMS "\"cell\":46000123}"),
         "sms ts=5 cell='46000123' text='x' event=submit"},
        {RF_STR(SMS "\"cell\":1.50}"), "sms ts=5 cell='1.50' text='x' event=submit"},
        {RF_STR(SMS "\"imsi\":123456789012345678901234567890}"),
         "sms ts=5 imsi='123456789012345678901234567890' text='x' event=submit"},
        {RF_STR(SMS "\"from\":13800138000}"),
         "sms ts=5 from='13800138000' text='x' event=submit"},
        {RF_STR("{\"kind\":\"sms\",\"text\":-1e5}"), "sms ts=5 text='-1e5' event=submit"},
        {RF_STR(SMS "\"coding\":23.040}"),
         "sms ts=5 text='x' coding=23.040 event=submit"},
        {RF_STR(CALL "\"ring\":\"60\",\"duration\":\"007.25\",\"cause\":\"16\"}"),
         "call ts=5 to='9' subscriber='9' event=release ring=60 duration=7.25 cause=16"},
        {RF_STR(CALL "\"cause\":16.0,\"ring\":3e0}"),
         "call ts=5 to='9' subscriber='9' event=release ring=3 cause=16"},
        {RF_STR(CALL "\"cause\":-9223372036854775808}"),
         "call ts=5 to='9' subscriber='9' event=release cause=-9223372036854775808"},
        {RF_STR(CALL
                "\"withheld\":1,\"roaming\":0,\"test\":\"true\",\"resend\":\"false\"}"),
         "call ts=5 to='9' withheld=true subscriber='9' roaming=false event=attempt "
         "test=true resend=false"},
        {RF_STR(SMS
                "\"cell\":null,\"ring\":null,\"from\":null,\"event\":null,\"x\":null}"),
         "sms ts=5 text='x' event=submit"},
        {RF_STR("{\"kind\":\"visit\",\"host\":\"h\",\"answers\":[1.5, null ,\"b\"]}"),
         "visit ts=5 host='h' answers='1.5''b'"},
        {RF_STR("{\"kind\":\"visit\",\"host\":\"h\",\"answers\":[ ]}"),
         "visit ts=5 host='h' answers="},
        {RF_STR("{\"k\\u0069nd\":\"s\\u006ds\",\"te\\u0078t\":\"x\"}"),
         "sms ts=5 text='x' event=submit"},
    };
    CHECK(table);
}

static void a_calls_name_has_64_bytes_at_most(void **state)
{
    (void)state;
    char line[400], name[200], want[400];
    struct rf_buf out;
    rf_buf_init(&out);
    memset(name, 'a', sizeof name);
    int n = snprintf(line, sizeof line, CALL "\"call\":\"%.64s\"}", name);
    decode(rf_str(line, (size_t)n), &out);
    snprintf(want, sizeof want,
             "call ts=5 to='9' subscriber='9' call='%.64s' event=attempt", name);
    assert_string_equal(out.p, want);
    n = snprintf(line, sizeof line, CALL "\"call\":\"%.65s\"}", name);
    decode(rf_str(line, (size_t)n), &out);
    assert_string_equal(out.p, "call ts=5 to='9' subscriber='9' event=attempt "
                               "!bad_field@31 call: over 64 bytes");
    rf_buf_fini(&out);
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    struct rf_settings s;
    struct rf_arena arena;
    struct rf_record r;
    struct rf_buf line;
    rf_settings_default(&s);
    struct rf_decoder *d = rf_decoder_new(&s);
    rf_arena_init(&arena, 0);
    rf_buf_init(&line);
    for (int before = 0; before < 2; before++) {
        line.n = 0;
        rf_buf_addz(&line, "{\"kind\":\"sms\",\"text\":\"");
        if (!before)
            rf_buf_addz(&line, "a fraud text");
        for (int i = 0; i < 40 * 1024 / 3; i++)
            rf_buf_addz(&line, "包");
        if (before)
            rf_buf_addz(&line, "a fraud text");
        rf_buf_addz(&line, "\"}");
        size_t n = line.n;
        memset(rf_buf_reserve(&line, RF_CODEC_PADDING), 0, RF_CODEC_PADDING);
        rf_decode_line(d, &arena, rf_str(line.p, n), &arrival, &r);
        struct rf_str text = r.value[RF_FIELD_TEXT].s;
        assert_int_equal(r.error, RF_RECORD_OK);
        assert_true(r.repaired == 1ull << RF_FIELD_TEXT);
        assert_true(text.n <= RF_LIMIT_TEXT_BYTES && text.n > RF_LIMIT_TEXT_BYTES - 6);
        assert_true(rf_utf8_valid(text));
        assert_non_null(memmem(text.p, text.n, "a fraud text", 12));
    }
    rf_buf_fini(&line);
    rf_arena_fini(&arena);
    rf_decoder_free(d);
}

static void a_text_of_16_KiB_is_whole(void **state)
{
    (void)state;
    struct rf_buf line, out;
    rf_buf_init(&line);
    rf_buf_init(&out);
    for (int extra = 0; extra < 2; extra++) {
        line.n = 0;
        rf_buf_addz(&line, "{\"kind\":\"visit\",\"url\":\"");
        for (int i = 0; i < RF_LIMIT_TEXT_BYTES + extra; i++)
            rf_buf_addc(&line, 'u');
        rf_buf_addz(&line, "\"}");
        decode(rf_buf_str(&line), &out);
        assert_int_equal(strstr(out.p, " ~url") != NULL, extra);
    }
    rf_buf_fini(&line);
    rf_buf_fini(&out);
}

static void times_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *ts;
        int64_t ms; /* -1: bad */
    } table[] = {
        {"1767225600123", 1767225600123},
        {"1767225600", 1767225600000},
        {"1767225600.25", 1767225600250},
        {"99999999999", 99999999999000},
        {"100000000000", 100000000000},
        {"1767225600123.9", 1767225600123},
        {"0", 0},
        {"\"1767225600\"", 1767225600000},
        {"\"1767225600123\"", 1767225600123},
        {"1.767225600123e12", 1767225600123},
        {"1.7672256E9", 1767225600000},
        {"\"2026-01-01T00:00:00Z\"", 1767225600000},
        {"\"2026-01-01T08:00:00+08:00\"", 1767225600000},
        {"\"2025-12-31t19:30:00.1239-04:30\"", 1767225600123},
        {"\"2026-01-01 00:00:00.5z\"", 1767225600500},
        {"\"2024-02-29T12:00:00Z\"", 1709208000000},
        {"\"2016-12-31T23:59:60Z\"", 1483228800000},
        {"\"9999-12-31T23:59:59.999Z\"", 253402300799999},
        {"\"2025-02-29T12:00:00Z\"", -1},
        {"\"2026-13-01T00:00:00Z\"", -1},
        {"\"2026-01-01T24:00:00Z\"", -1},
        {"\"2026-01-01T00:00:00\"", -1},
        {"\"2026-01-01T00:00:00.Z\"", -1},
        {"\"2026-01-01T00:00:00Zx\"", -1},
        {"\"2026-01-01T00:00:00+0800\"", -1},
        {"\"2026-01-01\"", -1},
        {"\"1969-12-31T23:59:59Z\"", -1},
        {"-1", -1},
        {"253402300800000", -1},
        {"1e300", -1},
        {"\"now\"", -1},
        {"\"\"", -1},
        {"\"\\u0000\"", -1},
        {"true", -1},
        {"[1767225600]", -1},
    };
    char line[200], want[200];
    struct rf_buf out;
    rf_buf_init(&out);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int n = snprintf(line, sizeof line, SMS "\"ts\":%s,\"deadline\":%s}", table[i].ts,
                         table[i].ts);
        decode(rf_str(line, (size_t)n), &out);
        if (table[i].ms >= 0)
            snprintf(want, sizeof want,
                     "sms ts=%" PRId64 " deadline=%" PRId64 " text='x' event=submit",
                     table[i].ms, table[i].ms);
        else
            snprintf(want, sizeof want,
                     "sms ts=5 text='x' event=submit !bad_field@30 ts: not a time");
        assert_string_equal(out.p, want);
    }
    rf_buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_lenient),
        cmocka_unit_test(a_calls_name_has_64_bytes_at_most),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(a_text_of_16_KiB_is_whole),
        cmocka_unit_test(times_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
