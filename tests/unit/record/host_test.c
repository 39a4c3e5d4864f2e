#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/record/host.h"
#include "lib/record/punycode.h"

static struct rf_arena arena;

static struct rf_str name_of(const char *in)
{
    struct rf_host h;
    if (rf_host_normalize(&arena, rf_str_of(in), &h) != 0)
        return RF_STR("(none)");
    return h.name;
}

static void expect(struct rf_str got, const char *want, const char *of)
{
    if (!rf_str_eqz(got, want))
        fail_msg("%s: got \"%.*s\", want \"%s\"", of, RF_STR_FMT(got), want);
}

static void one_spelling(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"Example.COM", "example.com"},
        {"example.com.", "example.com"},
        {"user:pw@Example.com:8080", "example.com"},
        {"apple.com@evil.example", "evil.example"},
        {"my_host.example", "my_host.example"},
        {"münchen.de", "xn--mnchen-3ya.de"},
        {"MÜNCHEN.DE", "xn--mnchen-3ya.de"},
        {"XN--MNCHEN-3YA.de", "xn--mnchen-3ya.de"},
        {"faß.de", "xn--fa-hia.de"}, /* not transitional */
        {"例子.中国", "xn--fsqu00a.xn--fiqs8s"},
        {"例子。中国", "xn--fsqu00a.xn--fiqs8s"},
        {"ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"},
        {"exa%6Dple.com", "example.com"},
        {"раураl.com", "xn--l-7sba6dbr.com"},
        {"i❤.ws", "xn--i-7iq.ws"},
        {"127.0.0.1", "127.0.0.1"},
        {"127.1", "127.0.0.1"},
        {"2130706433", "127.0.0.1"},
        {"0x7f000001", "127.0.0.1"},
        {"0x7F.1", "127.0.0.1"},
        {"0177.0.0.01", "127.0.0.1"},
        {"192.168.257", "192.168.1.1"},
        {"255.255.255.255", "255.255.255.255"},
        {"256.1.1.1", "(none)"},
        {"1.2.3.4.5", "(none)"},
        {"4294967296", "(none)"},
        {"1.2.3.999", "(none)"},
        {"09.1.1.1", "(none)"},
        {"a.123", "(none)"},
        {"123.com", "123.com"},
        {"[::1]", "::1"},
        {"[2001:DB8::0:1]:443", "2001:db8::1"},
        {"::ffff:1.2.3.4", "::ffff:1.2.3.4"},
        {"[nonsense]", "(none)"},
        {"", "(none)"},
        {".", "(none)"},
        {"a..b", "(none)"},
        {".a", "(none)"},
        {"a b", "(none)"},
        {"a\tb.ü", "(none)"},
        {"a/b", "(none)"},
        {"a:99999", "(none)"},
        {"a%00b", "(none)"},
        {"localhost", "localhost"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(name_of(cases[i][0]), cases[i][1], cases[i][0]);
}

static void long_names_are_none(void **state)
{
    (void)state;
    char buf[4096];
    memset(buf, 'a', sizeof buf);
    buf[64] = 0;
    expect(name_of(buf), "(none)", "a label of 64");
    buf[63] = 0;
    assert_int_equal(name_of(buf).n, 63);
    for (int i = 50; i < 254; i += 50)
        buf[i] = '.';
    buf[63] = buf[64] = 'a';
    buf[253] = 0;
    assert_int_equal(name_of(buf).n, 253);
    buf[253] = 'a', buf[254] = 0;
    expect(name_of(buf), "(none)", "a name of 254");
    memset(buf, 'a', sizeof buf);
    buf[sizeof buf - 1] = 0;
    expect(name_of(buf), "(none)", "very long");
}

static void port_and_kind(void **state)
{
    (void)state;
    struct rf_host h;
    assert_int_equal(rf_host_normalize(&arena, RF_STR("a.example:8443"), &h), 0);
    assert_int_equal(h.port, 8443);
    assert_false(h.ip);
    assert_int_equal(rf_host_normalize(&arena, RF_STR("0x7f.1:80"), &h), 0);
    assert_int_equal(h.port, 80);
    assert_true(h.ip);
    assert_int_equal(rf_host_normalize(&arena, RF_STR("[::1]:53"), &h), 0);
    assert_int_equal(h.port, 53);
    assert_true(h.ip);
}

static void hosts_of_urls(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"HTTPS://User@Example.COM:444/Pay?x=Y#z", "example.com",
         "https://example.com:444/Pay?x=Y#z"},
        {"hxxp://Example.com", "example.com", "http://example.com"},
        {"hxxps://example.com/", "example.com", "https://example.com/"},
        {"example.com/a@b", "example.com", "example.com/a@b"},
        {"//example.com?q", "example.com", "example.com?q"},
        {"http://[2001:db8::1]:80/", "2001:db8::1", "http://[2001:db8::1]:80/"},
        {"http://2130706433/", "127.0.0.1", "http://127.0.0.1/"},
        {"http://bücher.example/ü", "xn--bcher-kva.example",
         "http://xn--bcher-kva.example/ü"},
        {"http://good.example\\@evil.example/", "good.example",
         "http://good.example\\@evil.example/"},
    };
    struct rf_host h;
    struct rf_str norm;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rf_str in = rf_str_of(cases[i][0]);
        assert_int_equal(rf_host_of_url(&arena, in, &h, &norm), 0);
        expect(h.name, cases[i][1], cases[i][0]);
        expect(norm, cases[i][2], cases[i][0]);
    }
    assert_true(rf_host_of_url(&arena, RF_STR("http:///x"), &h, NULL) < 0);
    assert_true(rf_host_of_url(&arena, RF_STR("/only/a/path"), &h, NULL) < 0);
}

static void parts_of_names(void **state)
{
    (void)state;
    static const struct {
        const char *name, *domain, *suffix, *tld;
        bool public;
    } cases[] = {
        {"www.bank.co.uk", "bank.co.uk", "co.uk", "uk", true},
        {"bank.com", "bank.com", "com", "com", true},
        {"com", "", "com", "com", true},
        {"a.b.github.io", "b.github.io", "github.io", "io", true},
        {"x.y.nonsuch", "y.nonsuch", "nonsuch", "nonsuch", false},
        {"a.xn--fiqs8s", "a.xn--fiqs8s", "xn--fiqs8s", "xn--fiqs8s", true},
        {"127.0.0.1", "", "", "", false},
        {"2001:db8::1", "", "", "", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rf_str n = rf_str_of(cases[i].name);
        expect(rf_host_domain(n), cases[i].domain, cases[i].name);
        expect(rf_host_suffix(n), cases[i].suffix, cases[i].name);
        expect(rf_host_tld(n), cases[i].tld, cases[i].name);
        assert_int_equal(rf_host_public(n), cases[i].public);
    }
}

static void scripts_mixed(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool mixed;
    } cases[] = {
        {"paypal.com", false},  {"раураl.com", true},          {"рауpal.com", true},
        {"аррӏе.com", false},   {"почта.рф", false},           {"почта.com", false},
        {"例子shop.cn", false}, {"カタかな漢字abc.jp", false}, {"한국abc.kr", false},
        {"한국カナ.kr", true},  {"ελλάςabc.gr", true},         {"ελладa.gr", true},
        {"ไทยabc.th", true},    {"münchen.de", false},         {"127.0.0.1", false},
        {"a1-b2.com", false},   {"ไทย12.th", false},           {"xn--a.com", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (rf_host_mixed_script(name_of(cases[i].name)) != cases[i].mixed)
            fail_msg("%s: mixed should be %d", cases[i].name, cases[i].mixed);
}

static void shorteners(void **state)
{
    (void)state;
    assert_true(rf_host_shortener(RF_STR("bit.ly")));
    assert_true(rf_host_shortener(RF_STR("t.cn")));
    assert_true(rf_host_shortener(RF_STR("www.tinyurl.com")));
    assert_false(rf_host_shortener(RF_STR("rabbit.ly")));
    assert_false(rf_host_shortener(RF_STR("tinyurl.com.evil.example")));
    assert_false(rf_host_shortener(RF_STR("example.com")));
}

/* From RFC 3492, section 7.1, and what is no Punycode. */
static void punycode(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "egbpdaj6bu4bxfgehfvwxn",   /* Arabic */
        "ihqwcrb4cv8a8dqg056pqjye", /* Chinese */
        "3B-ww4c5e180e575a65lsy2b", /* digits first */
        "Hello-Another-Way--fc4qua05auwb3674vfr0b",
        "-> $1.00 <--",
    };
    uint32_t c[63];
    char back[63];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int n = rf_punycode_decode(rf_str_of(cases[i]), c, 63);
        assert_true(n > 0);
        expect(rf_str(back, (size_t)rf_punycode_encode(c, n, back, 63)), cases[i],
               "back");
    }
    assert_int_equal(rf_punycode_decode(RF_STR("egbpdaj6bu4bxfgehfvwxn"), c, 63), 17);
    assert_int_equal(c[0], 0x644);
    assert_int_equal(rf_punycode_decode(RF_STR("egbpdaj6bu4bxfgehfvwxn"), c, 16), -1);
    assert_int_equal(rf_punycode_decode(RF_STR("99999999"), c, 63), -1);
    assert_int_equal(rf_punycode_decode(RF_STR("a-!"), c, 63), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_spelling),   cmocka_unit_test(long_names_are_none),
        cmocka_unit_test(port_and_kind),  cmocka_unit_test(hosts_of_urls),
        cmocka_unit_test(parts_of_names), cmocka_unit_test(scripts_mixed),
        cmocka_unit_test(shorteners),     cmocka_unit_test(punycode),
    };
    rf_arena_init(&arena, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rf_arena_fini(&arena);
    return failed;
}
