#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "lib/base/buf.h"
#include "lib/text/find.h"

static struct rf_arena arena;

/* Eleven digits at home; with '+', nine to fifteen. */
static bool possible(void *ctx, struct rf_str number, bool plus)
{
    (void)ctx;
    return plus ? number.n >= 10 && number.n <= 16 : number.n == 11;
}

static const struct rf_find_options options = {possible, NULL, 11};

static struct rf_finds find(struct rf_str raw)
{
    struct rf_finds f;
    rf_arena_reset(&arena);
    rf_text_find(&arena, &options, raw, &f);
    return f;
}

/* What was found, one URL after the other with spaces between. */
static void expect_urls(const char *raw, const char *want)
{
    struct rf_finds f = find(rf_str_of(raw));
    struct rf_buf b;
    rf_buf_init(&b);
    for (size_t i = 0; i < f.n_urls; i++)
        rf_buf_printf(&b, "%s%.*s", i ? " " : "", RF_STR_FMT(f.urls[i].url));
    if (!rf_str_eqz(rf_buf_str(&b), want))
        fail_msg("%s: got \"%.*s\", want \"%s\"", raw, (int)b.n, b.p, want);
    rf_buf_fini(&b);
}

static void expect_phones(const char *raw, const char *want)
{
    struct rf_finds f = find(rf_str_of(raw));
    struct rf_buf b;
    rf_buf_init(&b);
    for (size_t i = 0; i < f.n_phones; i++)
        rf_buf_printf(&b, "%s%.*s", i ? " " : "", RF_STR_FMT(f.phones[i].number));
    if (!rf_str_eqz(rf_buf_str(&b), want))
        fail_msg("%s: got \"%.*s\", want \"%s\"", raw, (int)b.n, b.p, want);
    rf_buf_fini(&b);
}

static void urls_with_scheme(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"see https://Pay.Example.com/A?b=C#d now", "https://pay.example.com/A?b=C#d"},
        {"HTTP://X.EXAMPLE", "http://x.example"},
        {"hxxps://evil.com/x", "https://evil.com/x"},
        {"hXXp://evil[.]com/x", "http://evil.com/x"},
        {"hxxp://a(.)b[.]top", "http://a.b.top"},
        {"https://evil . com /x", "https://evil.com"},
        {"https://evil. com/x", "https://evil.com/x"},
        {"http://evil。com。cn/登录", "http://evil.com.cn/"},
        {"http://evil．com", "http://evil.com"},
        {"请访问http://t.cn/RxAbC点击", "http://t.cn/RxAbC"},
        {"点http://abc.com。谢谢", "http://abc.com"},
        {"http://abc.com查看", "http://abc.com"},
        {"http://例子.中国/x", "http://xn--fsqu00a.xn--fiqs8s/x"},
        {"http://gооgle.com/x", "http://xn--ggle-55da.com/x"},
        {"http://ａｐｐｌｅ.com点击", "http://apple.com"},
        {"go http://www.apple.com@evil.top/x.", "http://evil.top/x"},
        {"http://user:pw@evil.top:8080/", "http://evil.top:8080/"},
        {"http://evil.top:8080.", "http://evil.top:8080"},
        {"http://2130706433/a", "http://127.0.0.1/a"},
        {"http://0x7f.1", "http://127.0.0.1"},
        {"http://[2001:db8::1]/x", "http://[2001:db8::1]/x"},
        {"(http://a.com/x)", "http://a.com/x"},
        {"http://a.com/x_(y)", "http://a.com/x_(y)"},
        {"(see http://a.com/x_(y))", "http://a.com/x_(y)"},
        {"http://a.com:99999/x", "http://a.com"},
        {"http://a.com/x, http://b.com/y.", "http://a.com/x http://b.com/y"},
        {"http://a.com/?!?", "http://a.com/"},
        {"http://x.example. It is late", "http://x.example"},
        {"http://x.example/é", "http://x.example/"},
        {"http:// nothing", ""},
        {"http://", ""},
        {"ftp://", ""},
        {"http://localhost/x", "http://localhost/x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_urls(cases[i][0], cases[i][1]);
}

static void urls_with_www(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"visit www.Example.com today", "www.example.com"},
        {"www . evil . com/x", "www.evil.com/x"},
        {"www。evil。cn", "www.evil.cn"},
        {"www[.]evil[.]top", "www.evil.top"},
        {"www. shxts.net电话", "www.shxts.net"},
        {"网址www.bj-dyz.com欢迎", "www.bj-dyz.com"},
        {"www.nonsuch.example", "www.nonsuch.example"},
        {"awww.cute", ""},
        {"www. hello there", ""},
        {"www.", ""},
        {"me@www.example.com", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_urls(cases[i][0], cases[i][1]);
}

/* A host behind a scheme or "www." was cut at a label that is no known TLD, and what was
 * left could even turn into an IPv4 address. */
static void bug_host_cut_at_unknown_tld(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"see https://www.foo.xv/std now", "https://www.foo.xv/std"},
        {"https://www.foo.xv", "https://www.foo.xv"},
        {"https://www.foo.xv. Call now", "https://www.foo.xv"},
        {"https://www.foo.xv. Click here", "https://www.foo.xv"},
        {"https://a.www.foo.com.xv/x", "https://a.www.foo.com.xv/x"},
        {"https://691587.xv/std", "https://691587.xv/std"},
        {"https://691587[.]xv/std", "https://691587.xv/std"},
        {"https://691587。xv/std", "https://691587.xv/std"},
        {"https://691587。xv", "https://691587.xv"},
        {"http://1.2.3.4.xv/", "http://1.2.3.4.xv/"},
        {"http://1.2.3.4。请", "http://1.2.3.4"},
        {"http://1.2.3.4. Call", "http://1.2.3.4"},
        {"http://2130706433。点", "http://127.0.0.1"},
        {"hxxp://foo[.]com[.]xv", "http://foo.com.xv"},
        {"http://foo。com。xv/x", "http://foo.com.xv/x"},
        {"www.foo.xv/std", "www.foo.xv/std"},
        {"www.pay.foo.xv", "www.pay.foo.xv"},
        {"www。evil。xv", "www.evil.xv"},
        {"www.691587.xv/a", "www.691587.xv/a"},
        {"http://foo.xv查看", "http://foo.xv"},
        {"www.foo.xv查看", "www.foo.xv"},
        {"http://gооgle.xv/x", "http://xn--ggle-55da.xv/x"},
        {"http://gооgle.xv", "http://xn--ggle-55da.xv"},
        {"www.中国移动.xv/a", "www.xn--fiq02ib9d179b.xv/a"},
        {"www.中国移动.xv点击", "www.xn--fiq02ib9d179b.xv"},
        {"http://abc.com-Call now", "http://abc.com"},
        {"http://abc.com-x/std", "http://abc.com-x/std"},
        {"http://foo.xv./std", "http://foo.xv/std"},
        {"http://foo.xv.", "http://foo.xv"},
        {"http://evil%2ecom%2Fx", "http://evil.com"},
        {"http://%65vil.c%6Fm/x", "http://evil.com/x"},
        {"bar.foo.xv/std", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_urls(cases[i][0], cases[i][1]);
}

/* "evil.com_" has no known suffix. */
static void bug_underscore_hid_hosts(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"_evil.com_", "evil.com"},
        {"see __http://evil.com__ now", "http://evil.com"},
        {"www.evil.top_", "www.evil.top"},
        {"http://a_b.evil.com/x", "http://a_b.evil.com/x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_urls(cases[i][0], cases[i][1]);
}

static void bug_ignorables_hid_urls(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"htt\u200bps://ev\u200bil.c\u200dom/\u2060pay now", "https://evil.com/pay"},
        {"https:\u200b//evil.com", "https://evil.com"},
        {"ww\u00adw.evil.top", "www.evil.top"},
        {"evil\u200c.top", "evil.top"},
        {"evil.\ufe0ftop/x", "evil.top/x"},
        {"evil.t\U000e0061op/x", "evil.top/x"},
        {"\ufeffevil.top", "evil.top"},
        {"e\x01vil\x7f.top", "evil.top"},
        {"点\u034fevil.top\u200b。", "evil.top"},
        {"me@\u200bevil.top", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_urls(cases[i][0], cases[i][1]);
}

static void bug_ignorables_hid_phones(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"call 138\u200b0013\u200b8000 now", "13800138000"},
        {"138\u200b-\u200b0013-8000", "13800138000"},
        {"+\u206086 13800138000", "+8613800138000"},
        {"1\u00ad3\u00ad8\u00ad0\u00ad0\u00ad1\u00ad3\u00ad8\u00ad0\u00ad0\u00ad0",
         "13800138000"},
        {"1\x01"
         "380013\ufe0f8000",
         "13800138000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_phones(cases[i][0], cases[i][1]);
}

static void places_with_ignorables_are_of_the_raw_text(void **state)
{
    (void)state;
    struct rf_str raw = RF_STR("\u200b点 ht\u200btp://ev\u200bil.com/x\u200b。电 1\u200b"
                               "3800138000\u200b!");
    struct rf_finds f = find(raw);
    assert_int_equal(f.n_urls, 1);
    struct rf_found_url *u = &f.urls[0];
    assert_true(rf_str_eqz(rf_str(raw.p + u->begin, u->end - u->begin),
                           "ht\u200btp://ev\u200bil.com/x"));
    assert_int_equal(f.n_phones, 1);
    struct rf_found_phone *p = &f.phones[0];
    assert_true(
        rf_str_eqz(rf_str(raw.p + p->begin, p->end - p->begin), "1\u200b3800138000"));
}

static void bare_hosts(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"pay at bit.ly/3xY now", "bit.ly/3xY"},
        {"evil.top", "evil.top"},
        {"EVIL.COM:81", "evil.com:81"},
        {"evil[.]com/x", "evil.com/x"},
        {"登录fang.com，也可", "fang.com"},
        {"ที่pgwin555.com/bonus", "pgwin555.com/bonus"},
        {"👉️abc.com", "abc.com"},
        {"shop.co.uk?x=1", "shop.co.uk?x=1"},
        {"xl.co.id here", "xl.co.id"},
        {"tsel.me/combo", "tsel.me/combo"},
        {"abc.com.See you", "abc.com"},
        {"hello...abc.com", "abc.com"},
        {"-abc.com-", "abc.com"},
        {"a.com b.net/c", "a.com b.net/c"},
        {"abc.com-Call now", "abc.com"},
        {"apple.com-pay.top/x", "apple.com-pay.top/x"},
        {"co.uk", ""},
        {"john.name@gmail.com", ""},
        {"olo@ usc.edu", "usc.edu"},
        {"éabc.com", ""},
        {"éabc[.]com", ""},
        {"192.168.1.1/x", ""},
        {"evil。com", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_urls(cases[i][0], cases[i][1]);
}

static void ordinary_texts_have_no_urls(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "ok.see you",
        "Wait e.g. here, i.e. there",
        "3.5km at 7.30 a.m. or p.m.",
        "ok.so what",
        "it is late.is it",
        "tell me.my phone broke",
        "u.s.a. and U.K.",
        "hi.how are you",
        "sorry.im late.lol",
        "see you.love you",
        "well...so",
        "S.I.M. card",
        "read a/b.c/d",
        "1.50p/wk",
        "Mr.Smith Ph.D",
        "a.b",
        "v1.2.3",
        "Rs.500",
        "back to you.to me",
        "12.05.2024",
        "Dept.of Health",
        "在家。com 是什么",
        "第1.2条",
        "利息1.5%.请回",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_urls(texts[i], "");
}

static void places_are_of_the_raw_text(void **state)
{
    (void)state;
    struct rf_str raw = RF_STR("点 hxxp://evil [.] com/x。电话 ＋86 138-0013-8000！");
    struct rf_finds f = find(raw);
    assert_int_equal(f.n_urls, 1);
    struct rf_found_url *u = &f.urls[0];
    assert_true(
        rf_str_eqz(rf_str(raw.p + u->begin, u->end - u->begin), "hxxp://evil [.] com/x"));
    assert_true(rf_str_eqz(u->host, "evil.com"));
    assert_int_equal(f.n_phones, 1);
    struct rf_found_phone *p = &f.phones[0];
    assert_true(
        rf_str_eqz(rf_str(raw.p + p->begin, p->end - p->begin), "＋86 138-0013-8000"));
    assert_true(rf_str_eqz(p->number, "+8613800138000"));
}

static void phones(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"call 13800138000 now", "13800138000"},
        {"138 0013 8000", "13800138000"},
        {"138-0013-8000.", "13800138000"},
        {"１３８００１３８０００", "13800138000"},
        {"١٣٨٠٠١٣٨٠٠٠", "13800138000"},
        {"+1 (202) 555-0123", "+12025550123"},
        {"+44.20.7946.0958", "+442079460958"},
        {"(+86)13800138000", "+8613800138000"},
        {"tel:+8613800138000", "+8613800138000"},
        {"13800138000/13900139000", "13800138000 13900139000"},
        {"13800138000 13900139000", "13800138000 13900139000"},
        {"500 13800138000 2", "13800138000"},
        {"order 123456789012345678901234", ""},
        {"138--0013--8000", ""},
        {"code 1234", ""},
        {"+", ""},
        {"see https://a.com/13800138000", ""},
        {"bit.ly/1 13800138000", "13800138000"},
        {"138 0013 8000", "13800138000"},
        {"138\t0013\t8000", "13800138000"},
        {"138−0013－8000", "13800138000"},
        {"138・0013•8000", "13800138000"},
        {"138\n0013\n8000", ""},
        {"+ 44 20 7946 0958", "+442079460958"},
        {"﹢44 20 7946 0958", "+442079460958"},
        {"（+44）20（7946）0958", "+442079460958"},
        {"+44 (20) - 79460958", ""},
        {"1 + 2 = 3", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_phones(cases[i][0], cases[i][1]);
}

static void without_a_plan_no_phones(void **state)
{
    (void)state;
    struct rf_finds f;
    rf_text_find(&arena, NULL, RF_STR("13800138000 a.com"), &f);
    assert_int_equal(f.n_phones, 0);
    assert_int_equal(f.n_urls, 1);
}

static void so_many_and_no_more(void **state)
{
    (void)state;
    struct rf_buf b;
    rf_buf_init(&b);
    for (int i = 0; i < 40; i++)
        rf_buf_printf(&b, "http://h%d.com/ x 138001380%02d, ", i, i);
    struct rf_finds f = find(rf_buf_str(&b));
    assert_int_equal(f.n_urls, RF_LIMIT_URLS);
    assert_int_equal(f.n_phones, RF_LIMIT_PHONES);
    assert_true(rf_str_eqz(f.urls[15].host, "h15.com"));
    rf_buf_fini(&b);
}

/* 16 KiB of what makes the finder look again must not take n squared steps. */
static void hostile_texts_end_soon(void **state)
{
    (void)state;
    static const char *const parts[] = {"a.",  "a[.]",   "www.", "http://",   "-a",
                                        "1 ",  "://",    "a@.",  "http://a.", "(.)",
                                        "号.", "www . ", "a。"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct rf_buf b;
        rf_buf_init(&b);
        while (b.n < RF_LIMIT_TEXT_BYTES)
            rf_buf_addz(&b, parts[i]);
        struct rf_finds f = find(rf_buf_str(&b));
        assert_true(f.n_urls <= RF_LIMIT_URLS);
        if (rf_arena_bytes(&arena) > 8 << 20)
            fail_msg("%s: %zu bytes of memory", parts[i], rf_arena_bytes(&arena));
        rf_buf_fini(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_with_scheme),
        cmocka_unit_test(urls_with_www),
        cmocka_unit_test(bug_host_cut_at_unknown_tld),
        cmocka_unit_test(bug_underscore_hid_hosts),
        cmocka_unit_test(bug_ignorables_hid_urls),
        cmocka_unit_test(bug_ignorables_hid_phones),
        cmocka_unit_test(places_with_ignorables_are_of_the_raw_text),
        cmocka_unit_test(bare_hosts),
        cmocka_unit_test(ordinary_texts_have_no_urls),
        cmocka_unit_test(places_are_of_the_raw_text),
        cmocka_unit_test(phones),
        cmocka_unit_test(without_a_plan_no_phones),
        cmocka_unit_test(so_many_and_no_more),
        cmocka_unit_test(hostile_texts_end_soon),
    };
    rf_arena_init(&arena, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rf_arena_fini(&arena);
    return failed;
}
