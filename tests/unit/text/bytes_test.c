#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/text/bytes.h"
#include "lib/text/prop.h"

enum { TEXT = 100, ROUNDS = 20000 };

static uint32_t next_random(uint32_t *x)
{
    *x = *x * 1664525 + 1013904223;
    return *x >> 8;
}

static void expect_equal(struct rf_str s)
{
    for (int what = RF_BYTES_URL; what <= RF_BYTES_DROPPED; what++)
        for (size_t i = 0; i <= s.n; i++)
            assert_int_equal(rf_bytes_next(what, s, i),
                             rf_bytes_next_portable(what, s, i));
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
    static const char some[] = "aaaaaaaawW..:/[(+09zZ{ \x01\x7f\xc2\xe2\xe4\xea\xef\xf0";
    char text[TEXT];
    uint32_t x = 1;
    for (int r = 0; r < ROUNDS; r++) {
        size_t n = next_random(&x) % (TEXT + 1);
        for (size_t i = 0; i < n; i++)
            text[i] = some[next_random(&x) % (sizeof some - 1)];
        struct rf_str s = rf_str(text, n);
        for (int what = RF_BYTES_URL; what <= RF_BYTES_DROPPED; what++)
            for (size_t i = 0; i <= n; i += 1 + n / 7)
                assert_int_equal(rf_bytes_next(what, s, i),
                                 rf_bytes_next_portable(what, s, i));
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
        if (dropped)
            assert_int_equal(rf_bytes_next(RF_BYTES_DROPPED, s, 0), 0);
        if (digit)
            assert_int_equal(rf_bytes_next(RF_BYTES_PHONE, s, 0), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wide_and_portable_agree_on_every_byte),
        cmocka_unit_test(wide_and_portable_agree_on_random_texts),
        cmocka_unit_test(nothing_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
