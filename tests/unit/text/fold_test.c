#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/utf8.h"
#include "lib/text/find.h"
#include "lib/text/fold.h"
#include "lib/text/prop.h"

static struct rf_arena arena;

static void expect(struct rf_str got, const char *want, const char *of)
{
    if (!rf_str_eqz(got, want))
        fail_msg("%s: got \"%.*s\", want \"%s\"", of, RF_STR_FMT(got), want);
}

static struct rf_str folded(const char *raw)
{
    struct rf_view v;
    rf_fold(&arena, rf_str_of(raw), false, &v);
    return v.s;
}

static struct rf_str compact(const char *raw)
{
    struct rf_view v, out;
    rf_fold(&arena, rf_str_of(raw), false, &v);
    rf_fold_compact(&arena, &v, &out);
    return out.s;
}

static struct rf_str shape(const char *raw)
{
    struct rf_view text, out;
    struct rf_finds finds;
    rf_text_find(&arena, NULL, rf_str_of(raw), &finds);
    rf_fold(&arena, rf_str_of(raw), finds.n_urls > 0, &text);
    rf_fold_shape(&arena, &text, &finds, false, &out);
    return out.s;
}

static void text_view(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"Hello, World 42", "hello, world 42"},
        {"ＦＲＥＥ　ｇｉｆｔ！", "free gift!"},
        {"fr\xe2\x80\x8d"
         "e\xe2\x80\x8b"
         "e\xc2\xad gi\xef\xbb\xbf"
         "ft",
         "free gift"},
        {"a\x01\x02z\x7f", "az"},
        {" a \t\r\n\xc2\xa0\xe2\x80\xa8\xc2\x85 b ", " a b "},
        {"рaypаl", "paypal"}, /* Cyrillic er, a */
        {"РАYРАL", "paypal"}, /* Cyrillic capitals, Latin Y and L */
        {"аррӏе1", "аррӏе1"}, /* no ASCII letter in the run: untouched */
        {"а b", "а b"},       /* another run */
        {"gооgle", "google"}, /* Cyrillic o */
        {"gοοgle", "google"}, /* Greek omicron */
        {"аbс1о", "abc1o"},   /* digits do not end a run */
        {"привет", "привет"},
        {"Ёлка", "елка"},
        {"Ελλάς σοφός", "ελλασ σοφοσ"},
        {"ςσΣ", "σσσ"},
        {"café CAFÉ cafe\xcc\x81", "cafe cafe cafe"},
        {"İstanbul ISPARTA ılık", "istanbul isparta ilik"},
        {"\xe2\x84\xaa"
         "elvin",
         "kelvin"}, /* U+212A */
        {"ſuper", "super"},
        {"straße STRASSE STRAẞE", "strasse strasse strasse"},
        {"µm μm", "μm μm"}, /* micro sign, Greek mu: same */
        {"ﬁne ﬀ", "fine ff"},
        {"１２３ ٣٤٥ ۶۷ ५६ ๑๒", "123 345 67 56 12"},
        {"①②⑩ ²½", "1210 21⁄2"},
        {"𝐅𝐫𝐞𝐞 𝟙𝟚", "free 12"},
        {"帳號已鎖定，請點擊連結", "帐号已锁定,请点击连结"},
        {"號", "号"},
        {"ｶﾞｷﾞｸﾞ ﾊﾟ", "ガギグ パ"},
        {"か\xe3\x82\x99は\xe3\x82\x9a", "がぱ"},
        {"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xe1\x84\x80\xe1\x85\xb3\xe1\x86\xaf",
         "한글"},
        {"ㅎㅏ", "하"}, /* compatibility jamo become joining ones */
        {"각\xe1\x86\xa8", "각ᆨ"},
        {"สวัสดี", "สวัสดี"},
        {"नमस्ते", "नमस्ते"},
        {"क\xe0\xa4\xbc", "क़"}, /* a composition exclusion stays apart */
        {"x\xef\xb8\x8f\xe2\x9c\x85\xef\xb8\x8f", "x✅"},
        {"z\xcc\x81\xcc\xa3\xcd\x87 5\xcc\x81", "z 5\xcc\x81"},
        {"e\xe2\x80\x8d\xcc\x81!", "e!"}, /* a joiner before the mark */
        {"か\x01\xe3\x82\x99", "が"},     /* a control before the mark */
        {"<\xcc\xb8", "≮"},
        {"\xcc\x81"
         "a",
         "\xcc\x81"
         "a"},
        {"㎏ ㍿ ℡", "kg 株式会社 tel"},
        {"\xef\xbf\xbd?", "\xef\xbf\xbd?"},
        {"l\xef\xbc\x8fI|0O", "l/i|0o"}, /* ASCII itself never changes */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(folded(cases[i][0]), cases[i][1], cases[i][0]);
}

static void compact_view(void **state)
{
    (void)state;
    expect(compact("f.r-e_e  G*i*f*t 1 0 0 %"), "freegift100", "spaced out");
    expect(compact("点 击·链＿接！"), "点击链接", "Chinese");
    expect(compact("สวัสดี!"), "สวัสดี", "marks stay");
    expect(compact("Ⅳ ½ 〇"), "iv12〇", "numbers stay");
    expect(compact("... !!"), "", "nothing");
}

static void shape_view(void **state)
{
    (void)state;
    expect(shape("Your code is 483921. Visit https://a1.example.com/x?y=Z now"),
           "yourcodeisvisitnow", "code and link");
    expect(shape("Your code is 1. Visit http://b.example.net/other now"),
           "yourcodeisvisitnow", "another copy");
    expect(shape("验证码１２３４，请勿泄露"), "验证码请勿泄露", "fullwidth digits");
}

static void shape_leaves_phones_out(void **state)
{
    (void)state;
    struct rf_str raw = RF_STR("call x 555 now");
    struct rf_found_phone phone = {5, 10, RF_STR("555")};
    struct rf_finds finds = {NULL, 0, &phone, 1};
    struct rf_view text, out;
    rf_fold(&arena, raw, true, &text);
    rf_fold_shape(&arena, &text, &finds, true, &out);
    expect(out.s, "callnow", "phone range");
    assert_int_equal(out.map[4], 11);
    assert_int_equal(out.map[7], raw.n);
}

/* The fold of a text is the fold of its pieces, cut where nothing joins: short pieces go
 * another way than long ones. */
static void long_runs_fold_like_short_ones(void **state)
{
    (void)state;
    static const char *const parts[] = {"A",    "bC",  " ",     "  ",
                                        "\t",   "\n ", "Z@[`{", "~\x7f",
                                        "\x01", "0x9", "号",    "ABCDEFGHIJKLMNOPQ",
                                        "，"};
    uint32_t x = 3;
    for (int round = 0; round < 20000; round++) {
        char raw[400], want[400];
        size_t n = 0, w = 0;
        for (int k = 0; k < 12; k++) {
            x = x * 1664525 + 1013904223;
            const char *part = parts[(x >> 8) % (sizeof parts / sizeof *parts)];
            for (size_t i = 0, len; part[i]; i += len) {
                struct rf_view v;
                rf_utf8_decode(part + i, strlen(part) - i, &len);
                rf_arena_reset(&arena);
                rf_fold(&arena, rf_str(part + i, len), false, &v);
                if (v.s.n && !(v.s.p[0] == ' ' && w && want[w - 1] == ' '))
                    memcpy(want + w, v.s.p, v.s.n), w += v.s.n;
            }
            memcpy(raw + n, part, strlen(part));
            n += strlen(part);
        }
        struct rf_view with, without;
        rf_fold(&arena, rf_str(raw, n), true, &with);
        rf_fold(&arena, rf_str(raw, n), false, &without);
        assert_true(rf_str_eq(with.s, rf_str(want, w)));
        assert_true(rf_str_eq(without.s, with.s));
        for (size_t i = 0; i < w; i++) /* a folded byte comes from one that folds to it */
            assert_true(with.map[i] < n && (i == 0 || with.map[i - 1] <= with.map[i]) &&
                        ((signed char)want[i] < 0 || want[i] == ' ' || want[i] == ',' ||
                         want[i] == (raw[with.map[i]] >= 'A' && raw[with.map[i]] <= 'Z'
                                         ? raw[with.map[i]] | 0x20
                                         : raw[with.map[i]])));
    }
}

/* What prop.h says of RF_HAN_LEAD_FIRST to RF_HAN_LEAD_LAST. */
static void common_han_are_plain_letters(void **state)
{
    (void)state;
    for (uint32_t c = 0x5000; c <= 0x9fff; c++) {
        uint32_t word = rf_text_fold_word(c);
        assert_int_equal(rf_prop_class(rf_text_prop(c)), RF_CLASS_LETTER);
        assert_int_equal(word & ~(uint32_t)RF_FOLD_PAYLOAD,
                         RF_FOLD_IN_COMPACT | RF_FOLD_IN_SHAPE);
    }
}

static void positions_map_back(void **state)
{
    (void)state;
    /* bytes:            0  1        4      7  8 9 10   12     15        18 */
    struct rf_str raw = RF_STR("A\xe2\x80\x8b号  \tｆßか\xe3\x82\x99z");
    static const uint32_t want[] = {0, 4, 4, 4, 7, 10, 13, 13, 15, 15, 15, 21, 22};
    struct rf_view v, c;
    rf_fold(&arena, raw, true, &v);
    expect(v.s, "a号 fssがz", "text");
    for (size_t i = 0; i <= v.s.n; i++)
        assert_int_equal(v.map[i], want[i]);
    rf_fold_compact(&arena, &v, &c);
    expect(c.s, "a号fssがz", "compact");
    assert_int_equal(c.map[4], 10);
    assert_int_equal(c.map[c.s.n], raw.n);
}

static void look_alikes_map_back(void **state)
{
    (void)state;
    struct rf_view v;
    rf_fold(&arena, RF_STR("х рaу! ж"), true, &v); /* Cyrillic ha, er, u, zhe */
    expect(v.s, "х pay! ж", "text");
    static const uint32_t want[] = {0, 0, 2, 3, 5, 6, 8, 9, 10, 10, 12};
    for (size_t i = 0; i <= v.s.n; i++)
        assert_int_equal(v.map[i], want[i]);
}

static void growing_text_fits(void **state)
{
    (void)state;
    struct rf_buf b;
    rf_buf_init(&b);
    for (int i = 0; i < 5000; i++)
        rf_buf_addz(&b, "\xef\xb7\xba"); /* U+FDFA: 18 characters */
    struct rf_view v;
    rf_fold(&arena, rf_buf_str(&b), true, &v);
    char one[RF_FOLD_CHAR_BYTES];
    size_t n = rf_fold_char(0xfdfa, one);
    assert_int_equal(n, 33);
    assert_int_equal(v.s.n, 5000 * n);
    assert_memory_equal(v.s.p + 4999 * n, one, n);
    assert_int_equal(v.map[v.s.n - 1], 4999 * 3);
    rf_buf_fini(&b);
}

/* 64 KiB of marks in falling order must not take n squared steps. */
static void many_marks_end_soon(void **state)
{
    (void)state;
    struct rf_buf b;
    rf_buf_init(&b);
    for (int i = 0; i < 16384; i++)
        rf_buf_addz(&b, i % 2 ? "\xcc\x81" : "\xcc\xa3"); /* above, below */
    struct rf_view v;
    rf_fold(&arena, rf_buf_str(&b), true, &v);
    assert_int_equal(v.s.n, 32768);
    assert_memory_equal(v.s.p, "\xcc\xa3\xcc\xa3", 4);
    assert_memory_equal(v.s.p + v.s.n - 4, "\xcc\x81\xcc\x81", 4);
    rf_buf_fini(&b);
}

static void values_fold_like_views(void **state)
{
    (void)state;
    expect(rf_fold_value(&arena, RF_FOLD_TEXT, RF_STR("帳號 Café")), "帐号 cafe", "text");
    expect(rf_fold_value(&arena, RF_FOLD_COMPACT, RF_STR("F r-ee 1")), "free1",
           "compact");
    expect(rf_fold_value(&arena, RF_FOLD_SHAPE, RF_STR("F r-ee 1")), "free", "shape");
    expect(rf_fold_value(&arena, RF_FOLD_COMPACT, RF_STR("!?")), "", "nothing left");
}

static void what_views_can_hold(void **state)
{
    (void)state;
    static const uint32_t no[] = {0xe9,   0xc9,   0xff08, 0x865f,   0x131,
                                  0x130,  0x1e9e, 0xdf,   '\n',     0xa0,
                                  0xfb01, 0x200b, 0xd800, 0x110000, 0x0};
    static const uint32_t yes[] = {'a',    'Z', 0x212a, 0x17f,  0x3c2,  0x3a3, 0xb5,
                                   0x53f7, ' ', '(',    0x30ac, 0xac01, 0x440, 0x301};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (rf_fold_possible(RF_FOLD_TEXT, no[i]))
            fail_msg("U+%04X cannot stand in a folded text", no[i]);
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (!rf_fold_possible(RF_FOLD_TEXT, yes[i]))
            fail_msg("U+%04X can match in a folded text", yes[i]);
    assert_false(rf_fold_possible(RF_FOLD_COMPACT, ' '));
    assert_false(rf_fold_possible(RF_FOLD_COMPACT, '-'));
    assert_true(rf_fold_possible(RF_FOLD_COMPACT, '7'));
    assert_false(rf_fold_possible(RF_FOLD_SHAPE, '7'));
    assert_true(rf_fold_possible(RF_FOLD_SHAPE, 'x'));
    char out[RF_FOLD_CHAR_BYTES];
    expect(rf_str(out, rf_fold_char(0x865f, out)), "号", "hint");
    expect(rf_str(out, rf_fold_char(0xff08, out)), "(", "hint");
    expect(rf_str(out, rf_fold_char(0x200b, out)), "", "hint");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_view),
        cmocka_unit_test(compact_view),
        cmocka_unit_test(shape_view),
        cmocka_unit_test(shape_leaves_phones_out),
        cmocka_unit_test(long_runs_fold_like_short_ones),
        cmocka_unit_test(common_han_are_plain_letters),
        cmocka_unit_test(positions_map_back),
        cmocka_unit_test(look_alikes_map_back),
        cmocka_unit_test(growing_text_fits),
        cmocka_unit_test(many_marks_end_soon),
        cmocka_unit_test(values_fold_like_views),
        cmocka_unit_test(what_views_can_hold),
    };
    rf_arena_init(&arena, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rf_arena_fini(&arena);
    return failed;
}
