#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "lib/base/buf.h"

/* Each byte at each place among plain ones is escaped as RFC 8259 wants it. */
static void json_strings_escape_every_byte_anywhere(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++)
        for (size_t at = 0; at < 20; at++) {
            char text[20], want[40], escape[8];
            memset(text, 'x', sizeof text);
            text[at] = (char)c;
            if (c == '"' || c == '\\')
                snprintf(escape, sizeof escape, "\\%c", (int)c);
            else if (c == '\n' || c == '\r' || c == '\t')
                snprintf(escape, sizeof escape, "\\%c",
                         c == '\n'   ? 'n'
                         : c == '\r' ? 'r'
                                     : 't');
            else if (c < 0x20 || c == 0x7f)
                snprintf(escape, sizeof escape, "\\u%04x", c);
            else
                snprintf(escape, sizeof escape, "%c", (int)c);
            snprintf(want, sizeof want, "\"%.*s%s%.*s\"", (int)at, text, escape,
                     (int)(sizeof text - at - 1), text + at + 1);
            struct rf_buf b;
            rf_buf_init(&b);
            rf_buf_add_json(&b, rf_str(text, sizeof text));
            assert_true(rf_str_eqz(rf_buf_str(&b), want));
            rf_buf_fini(&b);
        }
}

static void grows_and_keeps_what_it_has(void **state)
{
    (void)state;
    struct rf_buf b;
    rf_buf_init(&b);
    for (int i = 0; i < 10000; i++) {
        rf_buf_addc(&b, (char)('a' + i % 26));
        rf_buf_addz(&b, "12");
        rf_buf_adds(&b, RF_STR(""));
    }
    assert_int_equal(b.n, 30000);
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(b.p[3 * i], 'a' + i % 26);
        assert_memory_equal(b.p + 3 * i + 1, "12", 2);
    }
    rf_buf_fini(&b);
}

static void numbers_are_written_as_printf_does(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {0, 1, 9, 10, 4294967296, 0xdeadbeef, UINT64_MAX};
    struct rf_buf b, want;
    rf_buf_init(&b);
    rf_buf_init(&want);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        unsigned long long n = numbers[i];
        rf_buf_add_uint(&b, n);
        rf_buf_add_hex(&b, n, 16);
        rf_buf_add_hex(&b, n, 8);
        rf_buf_printf(&want, "%llu%016llx%08llx", n, n, n & 0xffffffff);
    }
    assert_true(rf_str_eq(rf_buf_str(&b), rf_buf_str(&want)));
    rf_buf_fini(&b);
    rf_buf_fini(&want);
}

/* The room is guessed first: each length around the guess, and far beyond it. */
static void printf_takes_any_length(void **state)
{
    (void)state;
    char text[600];
    memset(text, 'x', sizeof text);
    for (int n = 0; n < (int)sizeof text; n++) {
        struct rf_buf b;
        rf_buf_init(&b);
        rf_buf_printf(&b, "%.*s", n, text);
        rf_buf_printf(&b, "<%.*s>", n, text);
        assert_int_equal(b.n, 2 * n + 2);
        assert_memory_equal(b.p, text, (size_t)n);
        assert_int_equal(b.p[n], '<');
        assert_memory_equal(b.p + n + 1, text, (size_t)n);
        assert_int_equal(b.p[2 * n + 1], '>');
        rf_buf_fini(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_strings_escape_every_byte_anywhere),
        cmocka_unit_test(grows_and_keeps_what_it_has),
        cmocka_unit_test(numbers_are_written_as_printf_does),
        cmocka_unit_test(printf_takes_any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
