#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/codec/hello.h"

static const struct {
    struct rf_str line;
    enum rf_control control;
    const char *told; /* "client token replies", or the problem */
} cases[] = {
    {RF_STR("{\"hello\":{\"proto\":1,\"client\":\"smsc-3\",\"token\":\"t\",\"replies\":"
            "\"all\"}}"),
     RF_CONTROL_HELLO, "smsc-3 t 0"},
    {RF_STR(" { \"hello\" : { \"proto\" : 1 , \"replies\" : \"hits\" } } "),
     RF_CONTROL_HELLO, "  1"},
    {RF_STR("{\"hello\":{\"proto\":1,\"replies\":\"none\",\"later\":[1]}}"),
     RF_CONTROL_HELLO, "  2"},
    {RF_STR("{\"hello\":{\"proto\":1,\"client\":null,\"replies\":null}}"),
     RF_CONTROL_HELLO, "  0"},
    {RF_STR("{\"hello\":{\"client\":\"x\"}}"), RF_CONTROL_BAD_HELLO,
     "proto: only 1 is spoken here"},
    {RF_STR("{\"hello\":{\"proto\":2}}"), RF_CONTROL_BAD_HELLO,
     "proto: only 1 is spoken here"},
    {RF_STR("{\"hello\":{\"proto\":\"1\"}}"), RF_CONTROL_BAD_HELLO,
     "proto: only 1 is spoken here"},
    {RF_STR("{\"hello\":{\"proto\":1,\"client\":5}}"), RF_CONTROL_BAD_HELLO,
     "client: not a string of at most 64 bytes"},
    {RF_STR("{\"hello\":{\"proto\":1,\"client\":\"a\\nb\"}}"), RF_CONTROL_BAD_HELLO,
     "client: not a string of at most 64 bytes"},
    {RF_STR(
         "{\"hello\":{\"proto\":1,\"client\":\"1234567890123456789012345678901234567890"
         "1234567890123456789012345\"}}"),
     RF_CONTROL_BAD_HELLO, "client: not a string of at most 64 bytes"},
    {RF_STR("{\"hello\":{\"proto\":1,\"token\":[]}}"), RF_CONTROL_BAD_HELLO,
     "token: not a string of at most 512 bytes"},
    {RF_STR("{\"hello\":{\"proto\":1,\"replies\":\"some\"}}"), RF_CONTROL_BAD_HELLO,
     "replies: none of all, hits, none"},
    {RF_STR("{\"hello\":{\"proto\":1,\"replies\":1}}"), RF_CONTROL_BAD_HELLO,
     "replies: none of all, hits, none"},
    {RF_STR("{\"hello\":1}"), RF_CONTROL_BAD_HELLO, "hello: not an object"},
    {RF_STR("{\"hello\":{\"proto\":1}"), RF_CONTROL_BAD_HELLO, "not a JSON object"},
    {RF_STR("{\"hello\":{\"proto\":1,\"proto\":1}}"), RF_CONTROL_BAD_HELLO,
     "not a JSON object"},
    {RF_STR("{\"ping\":1}"), RF_CONTROL_PING, NULL},
    {RF_STR("\t{ \"ping\" : 1 }"), RF_CONTROL_PING, NULL},
    /* records, good and bad */
    {RF_STR("{\"ping\":2}"), RF_CONTROL_NONE, NULL},
    {RF_STR("{\"ping\":1"), RF_CONTROL_NONE, NULL},
    {RF_STR("{\"ping\":1,\"kind\":\"sms\",\"text\":\"x\"}"), RF_CONTROL_NONE, NULL},
    {RF_STR("{\"hello\":{},\"kind\":\"sms\",\"text\":\"x\"}"), RF_CONTROL_NONE, NULL},
    {RF_STR("{\"hello-there\":{}}"), RF_CONTROL_NONE, NULL},
    {RF_STR("{\"host\":\"h\",\"hello\":{}}"), RF_CONTROL_NONE, NULL},
    {RF_STR("{\"kind\":\"sms\",\"text\":\"{\\\"ping\\\":1}\"}"), RF_CONTROL_NONE, NULL},
    {RF_STR("[]"), RF_CONTROL_NONE, NULL},
    {RF_STR(""), RF_CONTROL_NONE, NULL},
    {RF_STR("{"), RF_CONTROL_NONE, NULL},
};

static void control_lines_are_told_from_records(void **state)
{
    (void)state;
    struct rf_arena a;
    struct rf_hello h;
    rf_arena_init(&a, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum rf_control c = rf_control_parse(&a, cases[i].line, &h);
        assert_int_equal(c, cases[i].control);
        struct rf_str told = rf_arena_printf(&a, "%.*s %.*s %d", RF_STR_FMT(h.client),
                                             RF_STR_FMT(h.token), h.replies);
        if (cases[i].told)
            assert_string_equal(c == RF_CONTROL_HELLO ? told.p : h.problem,
                                cases[i].told);
    }
    rf_arena_fini(&a);
}

static void a_token_given_empty_is_a_token(void **state)
{
    (void)state;
    struct rf_arena a;
    struct rf_hello h;
    rf_arena_init(&a, 0);
    rf_control_parse(&a, RF_STR("{\"hello\":{\"proto\":1,\"token\":\"\"}}"), &h);
    assert_true(h.has_token);
    rf_control_parse(&a, RF_STR("{\"hello\":{\"proto\":1}}"), &h);
    assert_false(h.has_token);
    rf_arena_fini(&a);
}

static void answers_stand_as_the_contract_shows(void **state)
{
    (void)state;
    struct rf_buf b;
    struct rf_hello_reply reply = {65536, 4, 7, RF_STR("9f2c")};
    rf_buf_init(&b);
    rf_hello_write(&b, &reply);
    rf_hello_write_error(&b, "bad_hello", "proto: only 1 is spoken here");
    rf_ack_write(&b, 1000);
    rf_pong_write(&b);
    rf_buf_addc(&b, '\0');
    assert_string_equal(
        b.p, "{\"hello\":{\"proto\":1,\"server\":\"ringfence " RF_VERSION
             "\",\"max_line\":65536,\"workers\":4,\"gen\":7,\"ruleset\":\"9f2c\"}}\n"
             "{\"error\":{\"code\":\"bad_hello\",\"message\":\"proto: only 1 is spoken "
             "here\"}}\n"
             "{\"ack\":1000}\n{\"pong\":1}\n");
    rf_buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_lines_are_told_from_records),
        cmocka_unit_test(a_token_given_empty_is_a_token),
        cmocka_unit_test(answers_stand_as_the_contract_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
