/* Commands to one Redis: each is told of exactly once, scripts go by their hash, and no
 * more may wait than was said. */
#include "client.h"

static void answers_come_to_their_commands(void **state)
{
    (void)state;
    struct fake f;
    struct client c;
    struct told t[100] = {0};
    client_begin(&c, &f, echo, NULL);
    assert_false(redis_up(c.r));
    assert_false(ask(&c, &t[0], "early"));
    UNTIL(&c, c.ups == 1);
    for (int i = 0; i < 100; i++) {
        char word[16];
        snprintf(word, sizeof word, "w%d", i);
        assert_true(ask(&c, &t[i], word));
    }
    assert_int_equal(redis_pending(c.r), 100);
    UNTIL(&c, redis_pending(c.r) == 0);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(t[i].answered, 1);
        assert_int_equal(atoi(t[i].last + 1), i);
    }
    client_end(&c, &f);
}

static bool scripted(struct fake *f, const redisReply *c, struct rf_buf *out)
{
    _Atomic int *has = &f->mark; /* whether the server knows the script */
    if (fake_is(c, 0, "SCRIPT")) {
        atomic_store(has, 1);
        rf_buf_addz(out, "$40\r\n0123456789012345678901234567890123456789\r\n");
    } else if (fake_is(c, 0, "EVALSHA") && !atomic_load(has)) {
        rf_buf_addz(out, "-NOSCRIPT No matching script.\r\n");
    } else if (fake_is(c, 0, "EVAL") || fake_is(c, 0, "EVALSHA")) {
        bool same =
            fake_is(c, 1,
                    fake_is(c, 0, "EVAL") ? "return 1"
                                          : "0123456789012345678901234567890123456789") &&
            fake_is(c, 2, "1") && fake_is(c, 3, "key") && fake_is(c, 4, "arg");
        rf_buf_printf(out, "+%s %d\r\n", c->element[0]->str, same);
    } else {
        return false;
    }
    return true;
}

static void scripts_go_by_hash_once_they_are_known(void **state)
{
    (void)state;
    struct fake f;
    struct client c;
    struct told t = {0};
    struct redis_script script = {.lua = "return 1"};
    const struct rf_str key = RF_STR("key"), arg = RF_STR("arg");
    client_begin(&c, &f, scripted, NULL);
    UNTIL(&c, c.ups == 1);
    static const char *const expected[] = {"EVAL 1", "EVALSHA 1", "EVAL 1", "EVALSHA 1"};
    for (unsigned i = 0; i < 4; i++) {
        if (i == 2)
            atomic_store(&f.mark, 0); /* SCRIPT FLUSH */
        assert_true(redis_run(c.r, &script, on_reply, &t, 1, &key, 1, &arg));
        UNTIL(&c, t.answered == i + 1);
        assert_string_equal(t.last, expected[i]);
    }
    assert_int_equal(c.refused, 0);
    client_end(&c, &f);
}

static void no_more_than_may_wait(void **state)
{
    (void)state;
    struct fake f;
    struct client c;
    struct told t = {0};
    char address[64];
    fake_start(&f, silent, NULL);
    snprintf(address, sizeof address, "redis://127.0.0.1:%d", f.port);
    client_open(&c, (struct redis_options){.address = rf_str_of(address),
                                           .name = RF_STR("test"),
                                           .max_pending = 3});
    UNTIL(&c, c.ups == 1);
    for (int i = 0; i < 3; i++)
        assert_true(ask(&c, &t, "WAIT"));
    assert_false(ask(&c, &t, "WAIT"));
    assert_int_equal(redis_refused(c.r), 1);
    redis_free(c.r); /* tells those that wait */
    assert_int_equal(t.lost, 3);
    event_base_free(c.base);
    fake_stop(&f);
}

static void no_more_bytes_than_may_wait(void **state)
{
    (void)state;
    struct fake f;
    struct client c;
    struct told t = {0};
    static char big[60000];
    memset(big, 'x', sizeof big);
    const struct rf_str argv[] = {RF_STR("WAIT"), {big, sizeof big}};
    client_begin(&c, &f, silent, NULL);
    UNTIL(&c, c.ups == 1);
    assert_true(redis_send(c.r, RF_STR("x"), on_reply, &t, 2, argv));
    assert_true(redis_send(c.r, RF_STR("x"), on_reply, &t, 2, argv));
    assert_false(redis_send(c.r, RF_STR("x"), on_reply, &t, 2, argv));
    UNTIL(&c, t.lost == 2 && c.ups == 2);
    assert_true(redis_send(c.r, RF_STR("x"), on_reply, &t, 2, argv));
    client_end(&c, &f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_come_to_their_commands),
        cmocka_unit_test(scripts_go_by_hash_once_they_are_known),
        cmocka_unit_test(no_more_than_may_wait),
        cmocka_unit_test(no_more_bytes_than_may_wait),
    };
    return cmocka_run_group_tests(tests, use_threads, NULL);
}
