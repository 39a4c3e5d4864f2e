/* A Redis that refuses and answers nonsense, at the sign-in and after it. */
#include "client.h"

static bool fixed(struct fake *f, const redisReply *c, struct rf_buf *out)
{
    if (!fake_is(c, 0, "ASK"))
        return false;
    rf_buf_addz(out, f->arg);
    return true;
}

static void what_nobody_asked_for_is_survived(void **state)
{
    (void)state;
    static const char *const nonsense[] = {
        "+OK\r\n+OK\r\n",
        "+OK\r\n$5\r\nhel",
        "$-7\r\n",
        "?what\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
        ":12x\r\n",
        "*100000\r\n\r\n",
        "HTTP/1.1 400 Bad Request\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        struct fake f;
        struct client c;
        struct told t = {0};
        client_begin(&c, &f, fixed, nonsense[i]);
        UNTIL(&c, c.ups == 1);
        assert_true(ask(&c, &t, "ASK"));
        UNTIL(&c, c.downs >= 1);
        assert_int_equal(t.lost, 1);
        UNTIL(&c, c.ups == 2);
        client_end(&c, &f);
    }
}

static bool chatty(struct fake *f, const redisReply *c, struct rf_buf *out)
{
    (void)f;
    if (!fake_is(c, 0, "PING"))
        return false;
    rf_buf_addz(out, "+PONG\r\n");
    rf_buf_addz(out, f->arg);
    return true;
}

static void chatter_at_the_sign_in_never_comes_up(void **state)
{
    (void)state;
    struct fake f;
    struct client c;
    client_begin(&c, &f, chatty, "+hello\r\n");
    UNTIL(&c, c.downs >= 2);
    assert_int_equal(c.ups, 0);
    assert_non_null(strstr(c.why, "not asked"));
    client_end(&c, &f);
}

static bool refusing(struct fake *f, const redisReply *c, struct rf_buf *out)
{
    const char *const *answer = f->arg;
    if (!fake_is(c, 0, answer[0]))
        return false;
    rf_buf_addz(out, answer[1]);
    return true;
}

static void sign_in_that_fails_says_why(void **state)
{
    (void)state;
    static const char *const answers[][3] = {
        {"AUTH", "-WRONGPASS invalid username-password pair\r\n", "WRONGPASS"},
        {"SELECT", "-ERR DB index is out of range\r\n", "out of range"},
        {"ROLE", "*5\r\n$5\r\nslave\r\n$1\r\na\r\n:1\r\n$9\r\nconnected\r\n:0\r\n",
         "replica"},
        {"PING", "-LOADING Redis is loading the dataset in memory\r\n", "LOADING"},
        {"PING", "-NOAUTH Authentication required.\r\n", "NOAUTH"},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct fake f;
        struct client c;
        char address[64], path[] = "/tmp/rf-password-XXXXXX";
        int fd = mkstemp(path);
        assert_int_equal(write(fd, "secret\n", 7), 7);
        close(fd);
        fake_start(&f, refusing, answers[i]);
        snprintf(address, sizeof address, "redis://guard@127.0.0.1:%d/1", f.port);
        client_open(&c, (struct redis_options){.address = rf_str_of(address),
                                               .name = RF_STR("test"),
                                               .password_file = rf_str_of(path),
                                               .max_pending = 10});
        UNTIL(&c, c.downs >= 1);
        assert_int_equal(c.ups, 0);
        if (!strstr(c.why, answers[i][2]))
            fail_msg("'%s' is not in '%s'", answers[i][2], c.why);
        client_end(&c, &f);
        unlink(path);
    }
}

static void users_without_small_rights_come_in(void **state)
{
    (void)state;
    static const char *const answers[][2] = {
        {"ROLE", "-NOPERM this user has no permissions to run the 'role' command\r\n"},
        {"CLIENT", "-NOPERM this user has no permissions\r\n"},
        {"PING", "-NOPERM this user has no permissions\r\n"},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct fake f;
        struct client c;
        client_begin(&c, &f, refusing, answers[i]);
        UNTIL(&c, c.ups == 1);
        client_end(&c, &f);
    }
}

static void errors_are_told_and_some_end_the_connection(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        bool ends;
    } known[] = {
        {"-OOM command not allowed when used memory > 'maxmemory'.\r\n", false},
        {"-MISCONF Redis is configured to save RDB snapshots\r\n", false},
        {"-BUSY Redis is busy running a script\r\n", false},
        {"-ERR value is not an integer\r\n", false},
        {"-READONLY You can't write against a read only replica.\r\n", true},
        {"-LOADING Redis is loading the dataset in memory\r\n", true},
        {"-NOAUTH Authentication required.\r\n", true},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct fake f;
        struct client c;
        struct told t = {0};
        client_begin(&c, &f, fixed, known[i].answer);
        UNTIL(&c, c.ups == 1);
        ask(&c, &t, "ASK");
        UNTIL(&c, t.errors == 1);
        assert_memory_equal(t.last, known[i].answer + 1, strlen(t.last));
        if (known[i].ends)
            UNTIL(&c, c.downs == 1 && c.ups == 2);
        assert_int_equal(c.downs, known[i].ends);
        assert_int_equal(c.refused, !known[i].ends);
        client_end(&c, &f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_asked_for_is_survived),
        cmocka_unit_test(chatter_at_the_sign_in_never_comes_up),
        cmocka_unit_test(sign_in_that_fails_says_why),
        cmocka_unit_test(users_without_small_rights_come_in),
        cmocka_unit_test(errors_are_told_and_some_end_the_connection),
    };
    return cmocka_run_group_tests(tests, use_threads, NULL);
}
