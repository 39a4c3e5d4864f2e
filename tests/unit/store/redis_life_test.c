/* The connection to a Redis that cuts, delays and falls silent: what was asked is lost,
 * and it comes back by itself. */
#include "client.h"

static bool cut_within(struct fake *f, const redisReply *c, struct rf_buf *out)
{
    if (!fake_is(c, 0, "CUT"))
        return echo(f, c, out);
    rf_buf_addz(out, "$100\r\nbegun and nev");
    f->cut = true;
    return true;
}

static void a_cut_reply_is_lost_and_the_rest_with_it(void **state)
{
    (void)state;
    struct fake f;
    struct client c;
    struct told t[3] = {0};
    client_begin(&c, &f, cut_within, NULL);
    UNTIL(&c, c.ups == 1);
    ask(&c, &t[0], "good");
    ask(&c, &t[1], "CUT");
    ask(&c, &t[2], "behind");
    UNTIL(&c, c.downs == 1);
    assert_int_equal(t[0].answered, 1);
    assert_int_equal(t[1].lost, 1);
    assert_int_equal(t[2].lost, 1);
    assert_int_equal(redis_pending(c.r), 0);
    UNTIL(&c, c.ups == 2);
    ask(&c, &t[2], "again");
    UNTIL(&c, t[2].answered == 1);
    assert_int_equal(atomic_load(&f.connections), 2);
    client_end(&c, &f);
}

static void a_late_answer_ends_the_connection(void **state)
{
    (void)state;
    struct fake f;
    struct client c;
    struct told t[2] = {0};
    client_begin(&c, &f, silent, NULL);
    UNTIL(&c, c.ups == 1);
    int64_t began_ms = clock_monotonic_ms();
    ask(&c, &t[0], "WAIT");
    UNTIL(&c, t[0].lost == 1);
    assert_true(clock_monotonic_ms() - began_ms >= REPLY_MS);
    UNTIL(&c, c.downs == 1);
    assert_non_null(strstr(c.why, "no answer within 200 ms"));
    UNTIL(&c, c.ups == 2);
    client_end(&c, &f);
}

static void an_end_is_noticed_without_commands(void **state)
{
    (void)state;
    struct fake f;
    struct client c;
    client_begin(&c, &f, echo, NULL);
    UNTIL(&c, c.ups == 1);
    fake_stop(&f);
    UNTIL(&c, c.downs == 1);
    client_close(&c);
}

static bool mute_when_marked(struct fake *f, const redisReply *c, struct rf_buf *out)
{
    (void)c;
    (void)out;
    return atomic_load(&f->mark) != 0;
}

static void silence_is_noticed_without_commands(void **state)
{
    (void)state;
    struct fake f;
    struct client c;
    client_begin(&c, &f, mute_when_marked, NULL);
    UNTIL(&c, c.ups == 1);
    atomic_store(&f.mark, 1);
    UNTIL(&c, c.downs >= 1);
    assert_non_null(strstr(c.why, "no answer within 200 ms"));
    UNTIL(&c, c.downs >= 2); /* it takes the connection, and no more */
    assert_non_null(strstr(c.why, "no connection within 500 ms"));
    atomic_store(&f.mark, 0);
    UNTIL(&c, c.ups == 2);
    client_end(&c, &f);
}

static void names_are_resolved_and_waits_grow(void **state)
{
    (void)state;
    struct fake f;
    struct client c;
    char address[64];
    fake_start(&f, echo, NULL);
    snprintf(address, sizeof address, "redis://localhost:%d", f.port);
    client_open(&c, (struct redis_options){.address = rf_str_of(address),
                                           .name = RF_STR("test"),
                                           .max_pending = 10});
    UNTIL(&c, c.ups == 1);
    client_end(&c, &f);
    client_open(&c, (struct redis_options){.address = rf_str_of(address),
                                           .name = RF_STR("test"),
                                           .max_pending = 10}); /* nobody is there now */
    int64_t began_ms = clock_monotonic_ms();
    UNTIL(&c, c.downs == 4);
    int64_t took_ms = clock_monotonic_ms() - began_ms;
    assert_true(took_ms >= (100 + 200 + 400) / 2);
    client_close(&c);
}

/* From every place where a command is told of, another may be sent. */
struct chain {
    struct client *c;
    unsigned told;
};

static void on_chain(void *arg, const redisReply *reply)
{
    struct chain *h = arg;
    const struct rf_str argv[] = {RF_STR("CUT")};
    (void)reply;
    if (++h->told < 100)
        redis_send(h->c->r, RF_STR(""), on_chain, h, 1, argv);
}

static void commands_may_be_sent_from_answers(void **state)
{
    (void)state;
    struct fake f;
    struct client c;
    struct chain h = {.c = &c};
    const struct rf_str argv[] = {RF_STR("go")};
    client_begin(&c, &f, cut_within, NULL);
    UNTIL(&c, c.ups == 1);
    assert_true(redis_send(c.r, RF_STR(""), on_chain, &h, 1, argv));
    UNTIL(&c, c.downs == 1);
    assert_int_equal(h.told, 2); /* the answer, and the one that was cut */
    UNTIL(&c, c.ups == 2);
    client_end(&c, &f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_reply_is_lost_and_the_rest_with_it),
        cmocka_unit_test(a_late_answer_ends_the_connection),
        cmocka_unit_test(an_end_is_noticed_without_commands),
        cmocka_unit_test(silence_is_noticed_without_commands),
        cmocka_unit_test(names_are_resolved_and_waits_grow),
        cmocka_unit_test(commands_may_be_sent_from_answers),
    };
    return cmocka_run_group_tests(tests, use_threads, NULL);
}
