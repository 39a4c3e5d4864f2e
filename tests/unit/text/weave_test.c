#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "lib/base/utf8.h"
#include "lib/text/find.h"
#include "lib/text/fold.h"

enum { TEXT = 300, ROUNDS = 60000, PIECES = 4 };

static struct rf_arena arena;

static uint32_t next_random(uint32_t *x)
{
    *x = *x * 1664525 + 1013904223;
    return *x >> 8;
}

/* The views of s made at once are those made one by one; s is read no further. The shape
 * is the compact view with something left out, or nothing. */
static void expect_equal(const char *text, size_t n, const struct rf_finds *finds)
{
    const unsigned all = 1u << RF_FOLD_COMPACT | 1u << RF_FOLD_SHAPE;
    struct rf_view at_once[RF_FOLD_KINDS], one_by_one[RF_FOLD_KINDS];
    char *exact = malloc(n ? n : 1);
    memcpy(exact, text, n);
    rf_arena_reset(&arena);
    rf_fold_views(&arena, rf_str(exact, n), finds, all, at_once);
    rf_fold_views_portable(&arena, rf_str(exact, n), finds, all, one_by_one);
    for (int k = 0; k < RF_FOLD_KINDS; k++) {
        assert_int_equal(at_once[k].s.n, one_by_one[k].s.n);
        assert_memory_equal(at_once[k].s.p, one_by_one[k].s.p, one_by_one[k].s.n);
    }
    const struct rf_str *compact = &at_once[RF_FOLD_COMPACT].s;
    const struct rf_str *shape = &at_once[RF_FOLD_SHAPE].s;
    size_t left = 0;
    for (size_t i = 0; i < compact->n; i++)
        left += left < shape->n && shape->p[left] == compact->p[i];
    assert_int_equal(left, shape->n);
    free(exact);
}

static void expect(const char *raw, const char *text, const char *compact,
                   const char *shape)
{
    const char *const want[] = {text, compact, shape};
    struct rf_view views[RF_FOLD_KINDS];
    struct rf_finds finds;
    rf_arena_reset(&arena);
    rf_text_find(&arena, NULL, rf_str_of(raw), &finds);
    rf_fold_views(&arena, rf_str_of(raw), &finds,
                  1u << RF_FOLD_COMPACT | 1u << RF_FOLD_SHAPE, views);
    for (int k = 0; k < RF_FOLD_KINDS; k++)
        assert_true(rf_str_eq(views[k].s, rf_str_of(want[k])));
}

static void all_views_of_a_text(void **state)
{
    (void)state;
    expect("", "", "", "");
    expect("Pay 5 NOW\t\r\n at http://A.com/x !", "pay 5 now at http://a.com/x !",
           "pay5nowathttpacomx", "paynowat");
    expect("您的 快遞，３件ＯＫ。", "您的 快递,3件ok。", "您的快递3件ok", "您的快递件ok");
    expect("е\xcc\x81 e\xcc\x81 caf\xc3\xa9 £", "е e cafe £", "еecafe", "еecafe");
}

static const struct rf_finds nothing;

static void every_character_between_others(void **state)
{
    (void)state;
    char text[TEXT];
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        if (c - 0xd800 < 0x800 || (c > 0x30000 && c % 7 && c < 0xe0000))
            continue;
        size_t n = c % 70;
        memset(text, 'a', n);
        n += rf_utf8_encode(c, text + n);
        if (c % 3) {
            memcpy(text + n, c % 2 ? " e" : "快", 3);
            n += c % 2 ? 2 : 3;
        }
        if (c % 5 == 0)
            n += rf_utf8_encode(c, text + n);
        expect_equal(text, n, &nothing);
    }
}

/* Cut somewhere, on the boundary of a character. */
static struct rf_found_url some_part(const char *text, size_t from, size_t n, uint32_t *x)
{
    size_t begin = from + next_random(x) % (n - from), end = begin + 1;
    while (begin > from && ((unsigned char)text[begin] & 0xc0) == 0x80)
        begin--;
    end += next_random(x) % (n - end + 1);
    while (end < n && ((unsigned char)text[end] & 0xc0) == 0x80)
        end++;
    return (struct rf_found_url){.begin = begin, .end = end};
}

static void random_texts(void **state)
{
    (void)state;
    static const char *const some[] = {
        "a",
        "Z",
        "0",
        " ",
        "  ",
        "\t",
        "\x01",
        "\x7f",
        "快",
        "遞",
        "您好",
        "，",
        "。",
        "Ａ",
        "～",
        "＀",
        "…",
        "“",
        "é",
        "Ğ",
        "ŝ",
        "ß",
        "þ",
        "e\xcc\x81",
        "\xcc\x81",
        "ш",
        "Р",
        "рa",
        "ก็",
        "ที่",
        "น้ำ",
        "\u0e38",
        "\u0e48",
        "\u0e4d",
        "हिन्दी",
        "\u094d",
        "\u093c",
        "क़",
        "😀",
        "㈱",
        "ﷺ",
        "\xe2\x80\x8b",
        "\xc2\xad",
        "\xe3\x80\x80",
        "が",
        "ß",
        "ı",
        "각",
        "hello you there, this is a longer piece of plain ASCII, as most texts have"};
    char text[TEXT + 100];
    uint32_t x = 1;
    for (int r = 0; r < ROUNDS; r++) {
        struct rf_found_url urls[PIECES];
        struct rf_finds finds = {.urls = urls};
        size_t n = 0, most = next_random(&x) % TEXT;
        uint32_t kinds = 1 + next_random(&x) % (sizeof some / sizeof *some);
        while (n < most) {
            const char *c = some[next_random(&x) % kinds];
            memcpy(text + n, c, strlen(c));
            n += strlen(c);
        }
        for (size_t from = 0; r % 2 && from < n && finds.n_urls < PIECES;) {
            urls[finds.n_urls] = some_part(text, from, n, &x);
            from = urls[finds.n_urls++].end;
        }
        expect_equal(text, n, &finds);
    }
}

/* Where folding makes it much longer. */
static void texts_that_grow(void **state)
{
    (void)state;
    char text[TEXT];
    size_t n = 0;
    for (; n + 4 < sizeof text; n += 3)
        memcpy(text + n, "ﷺ", 3);
    for (size_t k = 3; k <= n; k += 3)
        expect_equal(text, k, &nothing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_views_of_a_text),
        cmocka_unit_test(every_character_between_others),
        cmocka_unit_test(random_texts),
        cmocka_unit_test(texts_that_grow),
    };
    rf_arena_init(&arena, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rf_arena_fini(&arena);
    return failed;
}
