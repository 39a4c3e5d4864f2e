/* Commands to one Redis that cuts, delays, refuses and answers nonsense: each command is
 * told of exactly once, and the connection comes back by itself. */
#include "daemon/store/redis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include <event2/thread.h>

#include "daemon/clock.h"
#include "fake_redis.h"

#define WAIT_MS 10000
#define CONNECT_MS 500
#define REPLY_MS 200

struct client {
    struct event_base *base;
    struct redis *r;
    unsigned ups, downs, refused;
    char why[256], error[256];
};

struct told { /* of commands */
    unsigned answered, lost;
    char last[128];
};

static void on_up(void *arg)
{
    ((struct client *)arg)->ups++;
}

static void on_down(void *arg, const char *why)
{
    struct client *c = arg;
    c->downs++;
    snprintf(c->why, sizeof c->why, "%s", why);
}

static void on_refused(void *arg, const char *error)
{
    struct client *c = arg;
    c->refused++;
    snprintf(c->error, sizeof c->error, "%s", error);
}

static void on_reply(void *arg, const redisReply *reply)
{
    struct told *t = arg;
    if (reply)
        t->answered++;
    else
        t->lost++;
    if (reply && reply->str)
        snprintf(t->last, sizeof t->last, "%s", reply->str);
}

static void open_client(struct client *c, const char *address, const char *password_file,
                        size_t max_pending)
{
    *c = (struct client){.base = event_base_new()};
    const struct redis_options options = {.address = rf_str_of(address),
                                          .password_file = rf_str_of(password_file),
                                          .name = RF_STR("test"),
                                          .connect_ms = CONNECT_MS,
                                          .reply_ms = REPLY_MS,
                                          .max_pending = max_pending,
                                          .max_pending_bytes = 100000};
    const struct redis_watch watch = {on_up, on_down, on_refused, c};
    c->r = redis_new(c->base, &options, &watch);
    assert_non_null(c->r);
}

static void open_to(struct client *c, const struct fake *f)
{
    char address[64];
    snprintf(address, sizeof address, "redis://127.0.0.1:%d", f->port);
    open_client(c, address, "", 1000);
}

static void close_client(struct client *c)
{
    redis_free(c->r);
    event_base_free(c->base);
}

/* Let the loop run until the condition holds. */
#define UNTIL(c, condition)                                                              \
    do {                                                                                 \
        int64_t end_ms = clock_monotonic_ms() + WAIT_MS;                                 \
        while (!(condition)) {                                                           \
            const struct timeval tick = {.tv_usec = 10000};                              \
            event_base_loopexit((c)->base, &tick);                                       \
            event_base_loop((c)->base, EVLOOP_ONCE);                                     \
            if (clock_monotonic_ms() > end_ms)                                           \
                fail_msg("waited in vain for " #condition ": %s", (c)->why);             \
        }                                                                                \
    } while (0)

static bool ask(struct client *c, struct told *t, const char *word)
{
    const struct rf_str argv[] = {rf_str_of(word), RF_STR("x")};
    return redis_send(c->r, RF_STR("x"), on_reply, t, 2, argv);
}

/* ---- what the fakes do --------------------------------------------------------- */

static bool fixed(struct fake *f, const redisReply *c, struct rf_buf *out)
{
    if (!fake_is(c, 0, "ASK"))
        return false;
    rf_buf_addz(out, f->arg);
    return true;
}

static bool echo(struct fake *f, const redisReply *c, struct rf_buf *out)
{
    (void)f;
    if (c->elements == 0 || fake_is(c, 0, "PING") || fake_is(c, 0, "ROLE") ||
        fake_is(c, 0, "CLIENT"))
        return false;
    rf_buf_printf(out, "$%zu\r\n%s\r\n", c->element[0]->len, c->element[0]->str);
    return true;
}

static bool cut_within(struct fake *f, const redisReply *c, struct rf_buf *out)
{
    if (!fake_is(c, 0, "CUT"))
        return echo(f, c, out);
    rf_buf_addz(out, "$100\r\nbegun and nev");
    f->cut = true;
    return true;
}

static bool silent(struct fake *f, const redisReply *c, struct rf_buf *out)
{
    return fake_is(c, 0, "WAIT") || echo(f, c, out);
}

/* ---- tests --------------------------------------------------------------------- */

static void answers_come_to_their_commands(void **state)
{
    (void)state;
    struct fake f;
    struct client c;
    struct told t[100] = {0};
    fake_start(&f, echo, NULL);
    open_to(&c, &f);
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
    close_client(&c);
    fake_stop(&f);
}

static void a_cut_reply_is_lost_and_the_rest_with_it(void **state)
{
    (void)state;
    struct fake f;
    struct client c;
    struct told t[3] = {0};
    fake_start(&f, cut_within, NULL);
    open_to(&c, &f);
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
    close_client(&c);
    fake_stop(&f);
}

static void a_late_answer_ends_the_connection(void **state)
{
    (void)state;
    struct fake f;
    struct client c;
    struct told t[2] = {0};
    fake_start(&f, silent, NULL);
    open_to(&c, &f);
    UNTIL(&c, c.ups == 1);
    int64_t began_ms = clock_monotonic_ms();
    ask(&c, &t[0], "WAIT");
    UNTIL(&c, t[0].lost == 1);
    assert_true(clock_monotonic_ms() - began_ms >= REPLY_MS);
    UNTIL(&c, c.downs == 1);
    assert_non_null(strstr(c.why, "no answer within 200 ms"));
    UNTIL(&c, c.ups == 2);
    close_client(&c);
    fake_stop(&f);
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
        fake_start(&f, fixed, nonsense[i]);
        open_to(&c, &f);
        UNTIL(&c, c.ups == 1);
        assert_true(ask(&c, &t, "ASK"));
        UNTIL(&c, c.downs >= 1);
        assert_int_equal(t.lost, 1);
        UNTIL(&c, c.ups == 2);
        close_client(&c);
        fake_stop(&f);
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
    fake_start(&f, chatty, "+hello\r\n");
    open_to(&c, &f);
    UNTIL(&c, c.downs >= 2);
    assert_int_equal(c.ups, 0);
    assert_non_null(strstr(c.why, "not asked"));
    close_client(&c);
    fake_stop(&f);
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
        open_client(&c, address, path, 10);
        UNTIL(&c, c.downs >= 1);
        assert_int_equal(c.ups, 0);
        if (!strstr(c.why, answers[i][2]))
            fail_msg("'%s' is not in '%s'", answers[i][2], c.why);
        close_client(&c);
        fake_stop(&f);
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
        fake_start(&f, refusing, answers[i]);
        open_to(&c, &f);
        UNTIL(&c, c.ups == 1);
        close_client(&c);
        fake_stop(&f);
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
        fake_start(&f, fixed, known[i].answer);
        open_to(&c, &f);
        UNTIL(&c, c.ups == 1);
        ask(&c, &t, "ASK");
        UNTIL(&c, t.answered == 1);
        assert_memory_equal(t.last, known[i].answer + 1, strlen(t.last));
        if (known[i].ends)
            UNTIL(&c, c.downs == 1 && c.ups == 2);
        assert_int_equal(c.downs, known[i].ends);
        assert_int_equal(c.refused, !known[i].ends);
        close_client(&c);
        fake_stop(&f);
    }
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
    fake_start(&f, scripted, NULL);
    open_to(&c, &f);
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
    close_client(&c);
    fake_stop(&f);
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
    open_client(&c, address, "", 3);
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
    fake_start(&f, silent, NULL);
    open_to(&c, &f);
    UNTIL(&c, c.ups == 1);
    assert_true(redis_send(c.r, RF_STR("x"), on_reply, &t, 2, argv));
    assert_true(redis_send(c.r, RF_STR("x"), on_reply, &t, 2, argv));
    assert_false(redis_send(c.r, RF_STR("x"), on_reply, &t, 2, argv));
    UNTIL(&c, t.lost == 2 && c.ups == 2);
    assert_true(redis_send(c.r, RF_STR("x"), on_reply, &t, 2, argv));
    close_client(&c);
    fake_stop(&f);
}

static void an_end_is_noticed_without_commands(void **state)
{
    (void)state;
    struct fake f;
    struct client c;
    fake_start(&f, echo, NULL);
    open_to(&c, &f);
    UNTIL(&c, c.ups == 1);
    fake_stop(&f);
    UNTIL(&c, c.downs == 1);
    close_client(&c);
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
    fake_start(&f, mute_when_marked, NULL);
    open_to(&c, &f);
    UNTIL(&c, c.ups == 1);
    atomic_store(&f.mark, 1);
    UNTIL(&c, c.downs >= 1);
    assert_non_null(strstr(c.why, "no answer within 200 ms"));
    UNTIL(&c, c.downs >= 2); /* it takes the connection, and no more */
    assert_non_null(strstr(c.why, "no connection within 500 ms"));
    atomic_store(&f.mark, 0);
    UNTIL(&c, c.ups == 2);
    close_client(&c);
    fake_stop(&f);
}

static void names_are_resolved_and_waits_grow(void **state)
{
    (void)state;
    struct fake f;
    struct client c;
    char address[64];
    fake_start(&f, echo, NULL);
    snprintf(address, sizeof address, "redis://localhost:%d", f.port);
    open_client(&c, address, "", 10);
    UNTIL(&c, c.ups == 1);
    close_client(&c);
    fake_stop(&f);
    open_client(&c, address, "", 10); /* nobody is there now */
    int64_t began_ms = clock_monotonic_ms();
    UNTIL(&c, c.downs == 4);
    int64_t took_ms = clock_monotonic_ms() - began_ms;
    assert_true(took_ms >= (100 + 200 + 400) / 2);
    close_client(&c);
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
    fake_start(&f, cut_within, NULL);
    open_to(&c, &f);
    UNTIL(&c, c.ups == 1);
    assert_true(redis_send(c.r, RF_STR(""), on_chain, &h, 1, argv));
    UNTIL(&c, c.downs == 1);
    assert_int_equal(h.told, 2); /* the answer, and the one that was cut */
    UNTIL(&c, c.ups == 2);
    close_client(&c);
    fake_stop(&f);
}

static int setup(void **state)
{
    (void)state;
    return evthread_use_pthreads();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_come_to_their_commands),
        cmocka_unit_test(a_cut_reply_is_lost_and_the_rest_with_it),
        cmocka_unit_test(a_late_answer_ends_the_connection),
        cmocka_unit_test(what_nobody_asked_for_is_survived),
        cmocka_unit_test(chatter_at_the_sign_in_never_comes_up),
        cmocka_unit_test(sign_in_that_fails_says_why),
        cmocka_unit_test(users_without_small_rights_come_in),
        cmocka_unit_test(errors_are_told_and_some_end_the_connection),
        cmocka_unit_test(scripts_go_by_hash_once_they_are_known),
        cmocka_unit_test(no_more_than_may_wait),
        cmocka_unit_test(no_more_bytes_than_may_wait),
        cmocka_unit_test(an_end_is_noticed_without_commands),
        cmocka_unit_test(silence_is_noticed_without_commands),
        cmocka_unit_test(names_are_resolved_and_waits_grow),
        cmocka_unit_test(commands_may_be_sent_from_answers),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
