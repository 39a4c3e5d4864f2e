/* Slots of keys, against values that Redis itself gives (CLUSTER KEYSLOT), and the
 * answers from which the map of a Cluster is read. */
#include "daemon/store/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct url_host asked = {"10.0.0.9", 7009};

static void keys_are_where_redis_has_them(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        uint16_t slot;
    } known[] = {
        {"", 0},
        {"123456789", 12739},
        {"foo", 12182},
        {"bar", 5061},
        {"foo{bar}", 5061},
        {"{bar}foo{zap}", 5061},
        {"foo{}", 5542},
        {"foo{}{bar}", 8363},
        {"foo{{bar}}zap", 4015},
        {"foo{bar", 15278},
        {"rf:key", 11836},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_int_equal(slot_of(rf_str_of(known[i].key)), known[i].slot);
    assert_int_equal(slot_of(RF_STR("foo{{bar}}zap")), slot_of(RF_STR("{bar")));
    assert_int_equal(slot_of(RF_STR("rf:{total}:20260101")), slot_of(RF_STR("total")));
}

/* The reply that hiredis reads from these bytes. */
static redisReply *reply(const char *protocol)
{
    void *r = NULL;
    redisReader *reader = redisReaderCreate();
    assert_int_equal(redisReaderFeed(reader, protocol, strlen(protocol)), REDIS_OK);
    assert_int_equal(redisReaderGetReply(reader, &r), REDIS_OK);
    redisReaderFree(reader);
    assert_non_null(r);
    return r;
}

static int read_text(struct slots *map, const char *protocol)
{
    redisReply *r = reply(protocol);
    int rc = slots_read(map, r, &asked);
    freeReplyObject(r);
    return rc;
}

static struct slots *map(void)
{
    static struct slots m;
    slots_clear(&m);
    return &m;
}

#define NODE(ip, port) "*3\r\n" ip ":" port "\r\n$2\r\nid\r\n"

static void answers_of_old_and_new_servers(void **state)
{
    (void)state;
    struct slots *m = map();
    assert_int_equal(
        read_text(
            m, "*3\r\n"
               "*4\r\n:0\r\n:5460\r\n" NODE("$8\r\n10.0.0.1\r\n", "7001") NODE(
                   "$8\r\n10.0.0.4\r\n",
                   "7004") "*3\r\n:5461\r\n:16382\r\n"
                           "*4\r\n$4\r\nhost\r\n:7002\r\n$2\r\nid\r\n*2\r\n$2\r\nip\r\n"
                           "$8\r\n10.0.0.2\r\n"
                           "*3\r\n:16383\r\n:16383\r\n" NODE("$-1\r\n", "7009")),
        RF_OK);
    assert_int_equal(m->nnodes, 3);
    assert_string_equal(m->nodes[m->owner[0]].name, "10.0.0.1");
    assert_int_equal(m->nodes[m->owner[5460]].port, 7001);
    assert_string_equal(m->nodes[m->owner[5461]].name, "host");
    assert_true(url_host_same(&m->nodes[m->owner[16383]], &asked));
    assert_int_equal(slots_gap(m), SLOTS);
}

static void what_nobody_serves_is_seen(void **state)
{
    (void)state;
    struct slots *m = map();
    assert_int_equal(read_text(m, "*0\r\n"), RF_OK);
    assert_int_equal(slots_gap(m), 0);
    assert_int_equal(read_text(m, "*1\r\n*3\r\n:0\r\n:99\r\n" NODE("$1\r\na\r\n", "1")),
                     RF_OK);
    assert_int_equal(slots_gap(m), 100);
    assert_int_equal(m->owner[100], SLOTS_NOBODY);
}

static void what_is_no_map_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "+OK\r\n",
        "-ERR This instance has cluster support disabled\r\n",
        "*1\r\n:1\r\n",
        "*1\r\n*2\r\n:0\r\n:1\r\n",
        "*1\r\n*3\r\n:0\r\n:16384\r\n" NODE("$1\r\na\r\n", "1"),
        "*1\r\n*3\r\n:-1\r\n:5\r\n" NODE("$1\r\na\r\n", "1"),
        "*1\r\n*3\r\n:6\r\n:5\r\n" NODE("$1\r\na\r\n", "1"),
        "*1\r\n*3\r\n$1\r\n0\r\n:5\r\n" NODE("$1\r\na\r\n", "1"),
        "*1\r\n*3\r\n:0\r\n:5\r\n" NODE("$1\r\na\r\n", "0"),
        "*1\r\n*3\r\n:0\r\n:5\r\n" NODE("$1\r\na\r\n", "65536"),
        "*1\r\n*3\r\n:0\r\n:5\r\n" NODE("$3\r\na b\r\n", "1"),
        "*1\r\n*3\r\n:0\r\n:5\r\n*1\r\n$1\r\na\r\n",
        "*1\r\n*3\r\n:0\r\n:5\r\n$1\r\na\r\n",
        "*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n:1\r\n:1\r\n",
    };
    struct slots *m = map();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(read_text(m, bad[i]), RF_ERR_INVALID);
        assert_int_equal(m->nnodes, 0);
        assert_int_equal(slots_gap(m), 0);
    }
}

static void more_masters_than_there_may_be(void **state)
{
    (void)state;
    char text[65536];
    struct slots *m = map();
    int n = snprintf(text, sizeof text, "*%d\r\n", SLOTS_NODES + 1);
    for (int i = 0; i <= SLOTS_NODES; i++)
        n += snprintf(text + n, sizeof text - (size_t)n,
                      "*3\r\n:%d\r\n:%d\r\n*2\r\n$1\r\na\r\n:%d\r\n", i, i, i + 1);
    assert_int_equal(read_text(m, text), RF_ERR_LIMIT);
    assert_int_equal(m->nnodes, SLOTS_NODES);
    assert_int_equal(m->owner[SLOTS_NODES - 1], SLOTS_NODES - 1);
    assert_int_equal(m->owner[SLOTS_NODES], SLOTS_NOBODY);
}

static bool redirect(const char *text, uint16_t *slot, struct url_host *to)
{
    return slots_read_redirect(text, strlen(text), &asked, slot, to);
}

static void redirections(void **state)
{
    (void)state;
    uint16_t slot;
    struct url_host to;
    struct slots *m = map();
    assert_true(redirect("MOVED 3999 127.0.0.1:6381", &slot, &to));
    assert_int_equal(slot, 3999);
    assert_string_equal(to.name, "127.0.0.1");
    assert_int_equal(to.port, 6381);
    slots_move(m, slot, &to);
    assert_int_equal(m->nodes[m->owner[3999]].port, 6381);
    assert_true(redirect("ASK 16383 2001:db8::1:7000", &slot, &to));
    assert_string_equal(to.name, "2001:db8::1");
    assert_int_equal(to.port, 7000);
    assert_true(redirect("MOVED 0 :7001", &slot, &to));
    assert_string_equal(to.name, asked.name);
    assert_int_equal(to.port, 7001);
    static const char *const bad[] = {
        "MOVED",        "MOVED ",          "MOVED 1",         "MOVED 1 ",
        "MOVED x a:1",  "MOVED 16384 a:1", "MOVED 99999 a:1", "MOVED 123456 a:1",
        "MOVED 1 a",    "MOVED 1 a:",      "MOVED 1 a:0",     "MOVED 1 a:70000",
        "MOVED 1  a:1", "MOVED -1 a:1",    "MOVED 1 a b:1",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (redirect(bad[i], &slot, &to))
            fail_msg("'%s' was taken", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_where_redis_has_them),
        cmocka_unit_test(answers_of_old_and_new_servers),
        cmocka_unit_test(what_nobody_serves_is_seen),
        cmocka_unit_test(what_is_no_map_is_refused),
        cmocka_unit_test(more_masters_than_there_may_be),
        cmocka_unit_test(redirections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
