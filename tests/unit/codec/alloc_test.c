/* Goal: decoding and answering take no memory once warm, neither for good lines nor for
 * bad ones. */
#include "lib/codec/codec.h"
#include "lib/codec/frame.h"
#include "tests/unit/allocations.h"

#define BATCH 8

static const struct rf_str batch = RF_STR(
    "{\"id\":\"m-1\",\"kind\":\"sms\",\"ts\":1767225600123,\"from\":\"+4479\",\"text\":"
    "\"Pay \\u00a31.99\\n\",\"label\":{\"a\":[1,2,{\"b\":null}]}}\n"
    "{\"id\":7,\"kind\":\"call\",\"from\":\"95588\",\"ring\":1.25,\"cause\":\"16\"}\n"
    "{\"kind\":\"visit\",\"ts\":\"2026-01-01T08:00:00Z\",\"url\":\"http://a.b\","
    "\"answers\":[\"1.2.3.4\",1]}\n"
    "{\"kind\":\"sms\",\"text\":\"a\\ud800 \xff \t b\",\"cell\":5}\n"
    "{\"kind\":\"sms\",\"text\":\"a\",\"dcs\":[1],\"text\":\"b\",\"ts\":\"never\"}\n"
    "{\"a\":{\"b\":[}]},\"text\":\"b\"}\n"
    "{\"kind\":\"sms\"}\n"
    "hello\n"
    "                                                                \n");

struct bench {
    struct rf_decoder *d;
    struct rf_arena arena;
    struct rf_buf out;
    struct rf_ruleset rs;
    struct rf_record records[BATCH];
};

/* One batch: frame, decode all, answer all. */
static void run(struct bench *x)
{
    static const struct rf_clock clock = {1767225600000, true, 1767225600000};
    struct rf_judgment j = {.rule = RF_NO_RULE, .excused_by = RF_NO_RULE};
    struct rf_frame f;
    struct rf_str line;
    size_t at = 0, used, n = 0;
    rf_frame_init(&f, 65536);
    rf_arena_reset(&x->arena);
    x->out.n = 0;
    while (rf_frame_next(&f, rf_str_sub(batch, at), &used, &line) == RF_FRAME_LINE) {
        at += used;
        assert_true(n < BATCH);
        rf_decode_line(x->d, &x->arena, line, &clock, &x->records[n++]);
    }
    assert_int_equal(n, BATCH);
    for (size_t i = 0; i < n; i++)
        rf_encode_reply(&x->out, &x->rs, &x->records[i], &j, RF_STR(""), 1);
}

static void a_warm_codec_takes_no_memory(void **state)
{
    (void)state;
    static struct bench x;
    rf_settings_default(&x.rs.settings);
    x.d = rf_decoder_new(&x.rs.settings);
    rf_arena_init(&x.arena, 0);
    rf_buf_init(&x.out);
    uint64_t cold = allocations;
    run(&x);
    assert_allocations_are_counted(cold);
    uint64_t warm = allocations;
    for (int i = 0; i < 100000 / BATCH; i++)
        run(&x);
    assert_no_allocations(warm);
    rf_decoder_free(x.d);
    rf_arena_fini(&x.arena);
    rf_buf_fini(&x.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_warm_codec_takes_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
