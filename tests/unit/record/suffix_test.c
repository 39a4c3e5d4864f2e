/* The oracle is libpsl. links: -lpsl */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <libpsl.h>
#include <stdio.h>

#include "lib/record/suffix.h"

enum { ROUNDS = 300000 };

static uint32_t next_random(uint32_t *x)
{
    *x = *x * 1664525 + 1013904223;
    return *x >> 8;
}

/* libpsl 0.21 knows single-letter top-level domains where there are none. */
static size_t psl_bytes(const char *name)
{
    const char *tld = strrchr(name, '.');
    tld = tld ? tld + 1 : name;
    if (!psl_is_public_suffix2(psl_builtin(), tld, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE))
        return 0;
    const char *suffix = psl_unregistrable_domain(psl_builtin(), name);
    return suffix ? strlen(suffix) : 0;
}

static void expect_equal(const char *name)
{
    size_t got = rf_suffix_of(rf_str_of(name)).bytes, want = psl_bytes(name);
    if (got != want)
        fail_msg("%s: %zu bytes, libpsl says %zu", name, got, want);
}

static void names_as_they_are(void **state)
{
    (void)state;
    static const char *const names[] = {"com",
                                        "a.com",
                                        "b.a.com",
                                        "uk",
                                        "co.uk",
                                        "a.co.uk",
                                        "b.a.co.uk",
                                        "ck",
                                        "a.ck",
                                        "b.a.ck",
                                        "www.ck",
                                        "a.www.ck",
                                        "kawasaki.jp",
                                        "city.kawasaki.jp",
                                        "a.city.kawasaki.jp",
                                        "foo.kawasaki.jp",
                                        "a.foo.kawasaki.jp",
                                        "compute.amazonaws.com",
                                        "x.compute.amazonaws.com",
                                        "y.x.compute.amazonaws.com",
                                        "amazonaws.com",
                                        "a.b.github.io",
                                        "github.io",
                                        "xn--fiqs8s",
                                        "a.xn--fiqs8s",
                                        "xn--55qx5d.cn",
                                        "a.xn--55qx5d.cn",
                                        "foo.xv",
                                        "xv",
                                        "example",
                                        "x.m",
                                        "m"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        expect_equal(names[i]);
}

/* Labels that rules are made of, put together by chance. */
static void random_names(void **state)
{
    (void)state;
    static const char *const labels[] = {
        "com",    "cn",      "uk",       "co",         "jp",         "ck",
        "www",    "city",    "kawasaki", "tokyo",      "us",         "ca",
        "k12",    "lib",     "compute",  "amazonaws",  "s3",         "eu",
        "github", "io",      "blogspot", "np",         "bd",         "er",
        "fk",     "mm",      "nom",      "br",         "org",        "platform",
        "sh",     "appspot", "r",        "xn--fiqs8s", "xn--55qx5d", "no",
        "gs",     "a",       "elb",      "us-east-1",  "x",          "dev"};
    uint32_t r = 7;
    for (int i = 0; i < ROUNDS; i++) {
        char name[200] = "";
        size_t n = 0, count = 1 + next_random(&r) % 5;
        for (size_t k = 0; k < count; k++)
            n += (size_t)snprintf(
                name + n, sizeof name - n, "%s%s", k ? "." : "",
                labels[next_random(&r) % (sizeof labels / sizeof *labels)]);
        expect_equal(name);
    }
}

static void shorteners(void **state)
{
    (void)state;
    assert_true(rf_suffix_of(RF_STR("bit.ly")).shortener);
    assert_true(rf_suffix_of(RF_STR("x.t.co")).shortener);
    assert_true(rf_suffix_of(RF_STR("tinyurl.com")).shortener);
    assert_false(rf_suffix_of(RF_STR("abit.ly")).shortener);
    assert_false(rf_suffix_of(RF_STR("ly")).shortener);
    assert_false(rf_suffix_of(RF_STR("example.com")).shortener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_as_they_are),
        cmocka_unit_test(random_names),
        cmocka_unit_test(shorteners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
