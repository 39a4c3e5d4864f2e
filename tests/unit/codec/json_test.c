#include "tests/unit/codec/decoding.h"

static void texts_are_repaired(void **state)
{
    (void)state;
    static const struct expectation table[] = {
        {RF_STR("{\"kind\":\"sms\",\"text\":\"a\xe9z\"}"),
         "sms ts=5 text='a\xef\xbf\xbdz' event=submit ~text"},
        {RF_STR("{\"kind\":\"sms\",\"text\":\"a\xe5\x8c\"}"),
         "sms ts=5 text='a\xef\xbf\xbd' event=submit ~text"},
        {RF_STR("{\"kind\":\"sms\",\"text\":\"\xed\xa0\x80\"}"),
         "sms ts=5 text='\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd' event=submit ~text"},
        {RF_STR("{\"kind\":\"sms\",\"text\":\"a\\ud800b\"}"),
         "sms ts=5 text='a\xef\xbf\xbd"
         "b' event=submit ~text"},
        {RF_STR("{\"kind\":\"sms\",\"text\":\"\\udc00\\ud800\\ud83d\\ude00\\ud800\\n\"}"),
         "sms ts=5 text='\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x98\x80\xef\xbf\xbd<0a>' "
         "event=submit ~text"},
        {RF_STR("{\"kind\":\"sms\",\"text\":\"a\tb\rc\x01\"}"),
         "sms ts=5 text='a<09>b<0d>c<01>' event=submit ~text"},
        {RF_STR("{\"kind\":\"sms\",\"text\":\"a\0b\"}"),
         "sms ts=5 text='a<00>b' event=submit ~text"},
        /* written as JSON wants it, nothing had to be repaired */
        {RF_STR(
             "{\"kind\":\"sms\",\"text\":\"a\\u0000\\n\\t\\/\\\\\\\"\\b\\f\\r\\u20ac\"}"),
         "sms ts=5 text='a<00><0a><09>/\\\"<08><0c><0d>€' event=submit"},
        {RF_STR("{\"kind\":\"sms\",\"text\":\"\\ud83D\\uDE00\xf0\x9f\x98\x80\"}"),
         "sms ts=5 text='\xf0\x9f\x98\x80\xf0\x9f\x98\x80' event=submit"},
        /* other fields, and fields unknown here */
        {RF_STR(SMS "\"from\":\"\xff\",\"grid\":\"\\ud800\",\"x\xff\":\"\xff\t\"}"),
         "sms ts=5 from='\xef\xbf\xbd' grid='\xef\xbf\xbd' text='x' event=submit ~from "
         "~grid"},
        {RF_STR("{\"kind\":\"visit\",\"host\":\"h\",\"answers\":[\"a\",\"\xff\"]}"),
         "visit ts=5 host='h' answers='a''\xef\xbf\xbd' ~answers"},
        /* the line of the promise */
        {RF_STR("{\"kind\":\"sms\",\"text\":\"\\ud800 fraud \xe9 of\ta\\nline\","
                "\"cell\":46000123,\"grid\":null}"),
         "sms ts=5 cell='46000123' text='\xef\xbf\xbd fraud \xef\xbf\xbd "
         "of<09>a<0a>line' "
         "event=submit ~text"},
    };
    CHECK(table);
}

static void bad_json_says_where(void **state)
{
    (void)state;
    static const struct expectation table[] = {
        {RF_STR(""), "none ts=5 !bad_json@0 not a JSON object"},
        {RF_STR("hello"), "none ts=5 !bad_json@0 not a JSON object"},
        {RF_STR(" [1]"), "none ts=5 !bad_json@1 not a JSON object"},
        {RF_STR("\"kind\""), "none ts=5 !bad_json@0 not a JSON object"},
        {RF_STR("{\"a\":{\"b\":[}]},\"text\":\"b\"}"),
         "none ts=5 !bad_json@11 expected a value"},
        {RF_STR("{\"kind\":\"sms\",\"text\":\"x\"} x"),
         "none ts=5 !bad_json@26 more text after the object"},
        {RF_STR("{}{}"), "none ts=5 !bad_json@2 more text after the object"},
        {RF_STR("{\"id\":1,\"kind\":\"sms\",\"text\":\"x"),
         "none ts=5 !bad_json@30 line ends too early"},
        {RF_STR("{\"a\":"), "none ts=5 !bad_json@5 line ends too early"},
        {RF_STR("{\"a\""), "none ts=5 !bad_json@4 line ends too early"},
        {RF_STR("{\"a\":\"\\"), "none ts=5 !bad_json@6 invalid escape"},
        {RF_STR("{"), "none ts=5 !bad_json@1 line ends too early"},
        {RF_STR("{\"a\":1"), "none ts=5 !bad_json@6 line ends too early"},
        {RF_STR("{\"a\":1,}"), "none ts=5 !bad_json@7 expected a name in quotes"},
        {RF_STR("{,}"), "none ts=5 !bad_json@1 expected a name in quotes"},
        {RF_STR("{\"a\" 1}"), "none ts=5 !bad_json@5 expected ':'"},
        {RF_STR("{\"a\":\"b\":\"c\"}"), "none ts=5 !bad_json@8 expected ',' or '}'"},
        {RF_STR("{\"a\":1 \"b\":2}"), "none ts=5 !bad_json@7 expected ',' or '}'"},
        {RF_STR("{\"a\":[1 2]}"), "none ts=5 !bad_json@8 expected ',' or ']'"},
        {RF_STR("{\"a\":[1,]}"), "none ts=5 !bad_json@8 expected a value"},
        {RF_STR("{\"a\":\"\\x\"}"), "none ts=5 !bad_json@6 invalid escape"},
        {RF_STR("{\"a\":\"\\u12g4\"}"), "none ts=5 !bad_json@6 invalid escape"},
        {RF_STR("{\"\\x\":1}"), "none ts=5 !bad_json@2 invalid escape"},
        {RF_STR("{\"a\":tru}"), "none ts=5 !bad_json@5 expected a value"},
        {RF_STR("{\"a\":True}"), "none ts=5 !bad_json@5 expected a value"},
        {RF_STR("{\"a\":truex}"), "none ts=5 !bad_json@9 expected ',' or '}'"},
        {RF_STR("{\"a\":NaN}"), "none ts=5 !bad_json@5 expected a value"},
        {RF_STR("{\"cell\":01}"), "none ts=5 !bad_json@9 expected ',' or '}'"},
        {RF_STR("{\"cell\":1.}"), "none ts=5 !bad_json@8 invalid number"},
        {RF_STR("{\"cell\":.5}"), "none ts=5 !bad_json@8 expected a value"},
        {RF_STR("{\"cell\":-}"), "none ts=5 !bad_json@8 invalid number"},
        {RF_STR("{\"cell\":+1}"), "none ts=5 !bad_json@8 expected a value"},
        {RF_STR("{\"cell\":1e}"), "none ts=5 !bad_json@8 invalid number"},
        {RF_STR("{\"cell\":0x1}"), "none ts=5 !bad_json@9 expected ',' or '}'"},
        {RF_STR("{'a':1}"), "none ts=5 !bad_json@1 expected a name in quotes"},
        {RF_STR("{\"a\":1}\0"), "none ts=5 !bad_json@7 more text after the object"},
        {RF_STR("{\0\"a\":1}"), "none ts=5 !bad_json@1 expected a name in quotes"},
        {RF_STR("{\"a\":1\xff}"), "none ts=5 !bad_json@6 expected ',' or '}'"},
        {RF_STR("{\"a\"\xc2\xa0:1}"), "none ts=5 !bad_json@4 expected ':'"},
    };
    CHECK(table);
}

/* {"kind":"sms","text":"x","a":[[[...]]]} with `depth` levels, the object included. */
static void decode_nested(int depth, struct rf_buf *out)
{
    struct rf_buf line;
    rf_buf_init(&line);
    rf_buf_addz(&line, SMS "\"a\":");
    for (int i = 1; i < depth; i++)
        rf_buf_addz(&line, i % 2 ? "[" : "{\"b\":");
    rf_buf_addz(&line, "null");
    for (int i = depth - 1; i > 0; i--)
        rf_buf_addc(&line, i % 2 ? ']' : '}');
    rf_buf_addc(&line, '}');
    decode(rf_buf_str(&line), out);
    rf_buf_fini(&line);
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    struct rf_buf out;
    rf_buf_init(&out);
    decode_nested(16, &out);
    assert_string_equal(out.p, "sms ts=5 text='x' event=submit");
    decode_nested(17, &out);
    assert_string_equal(out.p, "none ts=5 !bad_json@72 nested too deep");
    decode_nested(5000, &out);
    assert_string_equal(out.p, "none ts=5 !bad_json@72 nested too deep");
    rf_buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_repaired),
        cmocka_unit_test(bad_json_says_where),
        cmocka_unit_test(nesting_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
