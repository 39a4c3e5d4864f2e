/* What counters.redis may say, and what a user is told who wrote something else. */
#include "daemon/store/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static struct url good(const char *text)
{
    struct url u;
    const char *why = "";
    if (url_parse(&u, rf_str_of(text), &why) != RF_OK)
        fail_msg("%s: %s", text, why);
    return u;
}

static void bad(const char *text, const char *hint)
{
    struct url u;
    const char *why = "";
    assert_int_equal(url_parse(&u, rf_str_of(text), &why), RF_ERR_INVALID);
    if (!strstr(why, hint))
        fail_msg("%s: told '%s', not '%s'", text, why, hint);
}

static void one_server(void **state)
{
    (void)state;
    struct url u = good("redis://10.0.0.1");
    assert_int_equal(u.kind, URL_ONE);
    assert_string_equal(u.hosts[0].name, "10.0.0.1");
    assert_int_equal(u.hosts[0].port, 6379);
    assert_int_equal(u.db, 0);
    u = good("redis://guard@redis.example:6380/15");
    assert_string_equal(u.user, "guard");
    assert_string_equal(u.hosts[0].name, "redis.example");
    assert_int_equal(u.hosts[0].port, 6380);
    assert_int_equal(u.db, 15);
    u = good("redis://[2001:db8::1]:7000/");
    assert_string_equal(u.hosts[0].name, "2001:db8::1");
    assert_int_equal(u.hosts[0].port, 7000);
    u = good("redis://[::1]");
    assert_string_equal(u.hosts[0].name, "::1");
}

static void a_unix_socket(void **state)
{
    (void)state;
    struct url u = good("unix:///run/redis/redis.sock");
    assert_int_equal(u.kind, URL_ONE);
    assert_string_equal(u.path, "/run/redis/redis.sock");
    assert_int_equal(u.nhosts, 0);
    u = good("unix://guard@/run/redis.sock?db=3");
    assert_string_equal(u.path, "/run/redis.sock");
    assert_string_equal(u.user, "guard");
    assert_int_equal(u.db, 3);
}

static void sentinels_and_clusters(void **state)
{
    (void)state;
    struct url u = good("redis+sentinel://a,b:26380,[::1]:7/main/2");
    assert_int_equal(u.kind, URL_SENTINEL);
    assert_int_equal(u.nhosts, 3);
    assert_int_equal(u.hosts[0].port, 26379);
    assert_int_equal(u.hosts[1].port, 26380);
    assert_string_equal(u.hosts[2].name, "::1");
    assert_string_equal(u.master, "main");
    assert_int_equal(u.db, 2);
    u = good("redis+cluster://guard@a:1,b:2");
    assert_int_equal(u.kind, URL_CLUSTER);
    assert_string_equal(u.user, "guard");
    assert_string_equal(u.hosts[1].name, "b");
}

static void mistakes_are_told(void **state)
{
    (void)state;
    bad("redis://:secret@host", "password_file");
    bad("redis://guard:secret@host", "password_file");
    bad("unix://guard:secret@/x", "password_file");
    bad("redis+cluster://:secret@a,b", "password_file");
    bad("rediss://host", "stunnel");
    bad("http://host", "expected");
    bad("host:6379", "expected");
    bad("", "expected");
    bad("redis://", "HOST:PORT");
    bad("redis://host:0", "HOST:PORT");
    bad("redis://host:65536", "HOST:PORT");
    bad("redis://host:63x9", "HOST:PORT");
    bad("redis://::1", "HOST:PORT");
    bad("redis://[::1", "HOST:PORT");
    bad("redis://a,,b", "HOST:PORT");
    bad("redis://a b", "HOST:PORT");
    bad("redis://@host", "user");
    bad("redis://a,b", "redis+sentinel");
    bad("redis://a/main", "database");
    bad("redis://a/123456", "database");
    bad("unix://run/redis.sock", "absolute");
    bad("unix:///", "path");
    bad("unix:///x?data=1", "?db=");
    bad("redis+sentinel://a,b", "name of the master");
    bad("redis+sentinel://a/main/x", "database");
    bad("redis+cluster://a/1", "no databases");
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    char text[4096];
    memset(text, 'a', sizeof text);
    memcpy(text, "redis://", 8);
    text[8 + 254] = 0;
    bad(text, "HOST:PORT");
    text[8 + 253] = 0;
    good(text);
    memset(text + 8, 'b', 300);
    memcpy(text, "unix:///", 8);
    text[7 + 108] = 0;
    bad(text, "107");
    text[7 + 107] = 0;
    assert_int_equal(strlen(good(text).path), 107);
    strcpy(text, "redis+cluster://a");
    for (int i = 1; i < 32; i++)
        strcat(text, ",a");
    assert_int_equal(good(text).nhosts, 32);
    strcat(text, ",a");
    bad(text, "at most 32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_server),
        cmocka_unit_test(a_unix_socket),
        cmocka_unit_test(sentinels_and_clusters),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(sizes_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
