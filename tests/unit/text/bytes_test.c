#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "lib/text/bytes.h"
#include "lib/text/prop.h"

enum { TEXT = 140, ROUNDS = 20000 };

static struct rf_arena arena;

static uint32_t next_random(uint32_t *x)
{
    *x = *x * 1664525 + 1013904223;
    return *x >> 8;
}

static void expect_equal(struct rf_str s)
{
    struct rf_bytes wider, wide, narrow;
    size_t bytes = ((s.n + 63) / 64 + 1) * sizeof **narrow.set;
    rf_arena_reset(&arena);
    rf_bytes_mark(&arena, s, &wider);
    rf_bytes_mark_avx2(&arena, s, &wide);
    rf_bytes_mark_portable(&arena, s, &narrow);
    assert_int_equal(wide.n, s.n);
    for (size_t k = 0; k < RF_BYTES_CLASSES; k++) {
        assert_memory_equal(wider.set[k], narrow.set[k], bytes);
        assert_memory_equal(wide.set[k], narrow.set[k], bytes);
        assert_int_equal(wider.any[k], rf_bytes_next(&narrow, k, 0) < s.n);
        assert_int_equal(wide.any[k], narrow.any[k]);
    }
    assert_int_equal(wider.digits, narrow.digits);
    assert_int_equal(wide.digits, narrow.digits);
}

static bool in_set(struct rf_str s, enum rf_bytes_class class, size_t i)
{
    struct rf_bytes b;
    rf_arena_reset(&arena);
    rf_bytes_mark(&arena, s, &b);
    return rf_bytes_next(&b, class, i) == i && i < s.n;
}

static void wide_and_portable_agree_on_every_byte(void **state)
{
    (void)state;
    char text[TEXT];
    for (int c = 0; c < 256; c++)
        for (size_t at = 0; at + 1 < 40; at += 3) {
            memset(text, 'a', sizeof text);
            text[at] = (char)c;
            expect_equal(rf_str(text, 40));
            text[at + 1] = (char)c;
            expect_equal(rf_str(text, 40));
        }
}

static void wide_and_portable_agree_on_random_texts(void **state)
{
    (void)state;
    static const char some[] = "aaaaaaaawW..:/[(+09zZ{ \x01\x7f\xc2\xe2\xe4\xea\xef\xf0"
                               "\x80\x81\x8b\x90\x9a\xa0\xaf\xb8\xba\xbc";
    char text[TEXT] = "";
    uint32_t x = 1;
    for (int r = 0; r < ROUNDS; r++) {
        size_t n = next_random(&x) % (TEXT + 1);
        for (size_t i = 0; i < n; i++)
            text[i] =
                r % 2 ? (char)next_random(&x) : some[next_random(&x) % (sizeof some - 1)];
        char *exact = malloc(n ? n : 1); /* so that reading past the end is seen */
        memcpy(exact, text, n);
        expect_equal(rf_str(exact, n));
        free(exact);
    }
}

/* No character that folding drops, and no digit, may be passed over. */
static void nothing_is_passed_over(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        char utf8[RF_UTF8_MAX];
        if (c >= 0xd800 && c < 0xe000)
            continue;
        struct rf_str s = rf_str(utf8, rf_utf8_encode(c, utf8));
        bool dropped = rf_text_fold_word(c) >> RF_FOLD_KIND_SHIFT == RF_TO_NONE;
        bool digit = rf_prop_class(rf_text_prop(c)) == RF_CLASS_DIGIT;
        bool plus = c == '+' || c == 0xff0b || c == 0xfe62 || c == 0x207a;
        if (dropped)
            assert_true(in_set(s, RF_BYTES_DROPPED, 0));
        if (digit && c < 0x80)
            assert_true(in_set(s, RF_BYTES_DIGIT, 0));
        else if (digit || plus)
            assert_true(in_set(s, RF_BYTES_SIGN, 0));
    }
}

static void urls_are_not_passed_over(void **state)
{
    (void)state;
    static const char *const begin[] = {".a", ".7", ".Z", "[.", "(.", ":/",
                                        "ww", "wW", "Ww", "WW", NULL};
    for (int i = 0; begin[i]; i++)
        assert_true(in_set(rf_str_of(begin[i]), RF_BYTES_URL, 0));
    assert_false(in_set(RF_STR(". "), RF_BYTES_URL, 0));
    assert_false(in_set(RF_STR("."), RF_BYTES_URL, 0));
}

static void the_next_of_a_set(void **state)
{
    (void)state;
    char text[200];
    struct rf_bytes b;
    memset(text, 'a', sizeof text);
    text[3] = text[70] = text[199] = '7';
    rf_bytes_mark(&arena, rf_str(text, sizeof text), &b);
    assert_int_equal(rf_bytes_next(&b, RF_BYTES_DIGIT, 0), 3);
    assert_int_equal(rf_bytes_next(&b, RF_BYTES_DIGIT, 4), 70);
    assert_int_equal(rf_bytes_next(&b, RF_BYTES_DIGIT, 71), 199);
    assert_int_equal(rf_bytes_next(&b, RF_BYTES_DIGIT, 200), 200);
    assert_int_equal(rf_bytes_next(&b, RF_BYTES_URL, 0), 200);
    assert_true(rf_bytes_at(b.set[RF_BYTES_DIGIT], 7) == UINT64_C(1) << 63);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wide_and_portable_agree_on_every_byte),
        cmocka_unit_test(wide_and_portable_agree_on_random_texts),
        cmocka_unit_test(nothing_is_passed_over),
        cmocka_unit_test(urls_are_not_passed_over),
        cmocka_unit_test(the_next_of_a_set),
    };
    rf_arena_init(&arena, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rf_arena_fini(&arena);
    return failed;
}
