#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/codec/frame.h"

#define MAX_LINE 16

/* Takes all that can be had of the bytes in; returns how many were used. */
static size_t drain(struct rf_frame *f, struct rf_str in, struct rf_buf *out,
                    bool *closed)
{
    size_t begin = 0, used;
    struct rf_str line;
    for (;;) {
        enum rf_frame_result r = rf_frame_next(f, rf_str_sub(in, begin), &used, &line);
        begin += used;
        if (r == RF_FRAME_LINE)
            rf_buf_printf(out, "[%.*s]", RF_STR_FMT(line));
        else if (r == RF_FRAME_TOO_LONG)
            rf_buf_addz(out, "<long>");
        else {
            *closed = r == RF_FRAME_CLOSE;
            return begin;
        }
    }
}

/* Feeds the stream in reads of `step` bytes and writes what comes out: lines in brackets,
 * "<long>" and "<close>". */
static void frame(struct rf_buf *out, struct rf_str stream, size_t step, bool ended)
{
    struct rf_frame f;
    struct rf_str line;
    size_t begin = 0, end = 0;
    bool closed = false;
    rf_frame_init(&f, MAX_LINE);
    out->n = 0;
    while (end < stream.n && !closed) {
        end = end + step < stream.n ? end + step : stream.n;
        begin += drain(&f, rf_str(stream.p + begin, end - begin), out, &closed);
        /* a reader's buffer need not be larger than this */
        assert_true(end - begin < MAX_LINE + RF_FRAME_EXTRA);
    }
    if (closed)
        rf_buf_addz(out, "<close>");
    else if (ended)
        switch (rf_frame_last(&f, rf_str_sub(stream, begin), &line)) {
        case RF_FRAME_LINE:
            rf_buf_printf(out, "[%.*s]", RF_STR_FMT(line));
            break;
        case RF_FRAME_TOO_LONG:
            rf_buf_addz(out, "<long>");
            break;
        default:
            break;
        }
    rf_buf_addc(out, '\0');
}

static const struct {
    struct rf_str stream;
    const char *lines;
} cases[] = {
    {RF_STR(""), ""},
    {RF_STR("\n\n \t\r\n\r\n"), ""},
    {RF_STR("a\nbc\n"), "[a][bc]"},
    {RF_STR("a\r\nb\r\r\n"), "[a][b\r]"},
    {RF_STR("a\nlast"), "[a][last]"},
    {RF_STR("a\nlast\r"), "[a][last]"},
    {RF_STR("a\n  "), "[a]"},
    {RF_STR("\xef\xbb\xbf{}\n"), "[{}]"},
    {RF_STR("\xef\xbb\xbf\r\n{}\n"), "[{}]"},
    {RF_STR("\xef\xbb\xbf{}"), "[{}]"},
    {RF_STR("a\n\xef\xbb\xbf{}\n"), "[a][{}]"},
    {RF_STR("1234567890123456\n"), "[1234567890123456]"},
    {RF_STR("1234567890123456\r\n"), "[1234567890123456]"},
    {RF_STR("\xef\xbb\xbf"
            "1234567890123456\r\nb\n"),
     "[1234567890123456][b]"},
    {RF_STR("1234567890123456"), "[1234567890123456]"},
    {RF_STR("12345678901234567\nb\n"), "<long>[b]"},
    {RF_STR("12345678901234567\r\nb\n"), "<long>[b]"},
    {RF_STR("12345678901234567"), "<long>"},
    {RF_STR("1234567890123456789012345678901234567890\nb\n"), "<long>[b]"},
    {RF_STR("1234567890123456789012345678901234567890"), "<long>"},
    {RF_STR("a\n                                     \nb\n"), "[a]<long>[b]"},
    {RF_STR("123456789012345678901\n123456789012345678901\nb"), "<long><long>[b]"},
};

static void lines_do_not_depend_on_reads(void **state)
{
    (void)state;
    struct rf_buf out;
    rf_buf_init(&out);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t step = 1; step <= cases[i].stream.n + 1; step++) {
            frame(&out, cases[i].stream, step, true);
            assert_string_equal(out.p, cases[i].lines);
        }
    rf_buf_fini(&out);
}

static void nul_is_a_byte_like_any_other(void **state)
{
    (void)state;
    struct rf_frame f;
    struct rf_str line;
    size_t used;
    rf_frame_init(&f, MAX_LINE);
    assert_int_equal(rf_frame_next(&f, RF_STR("a\0b\nc"), &used, &line), RF_FRAME_LINE);
    assert_int_equal(used, 4);
    assert_int_equal(line.n, 3);
}

static void a_line_that_goes_on_waits_for_its_end(void **state)
{
    (void)state;
    struct rf_buf out;
    rf_buf_init(&out);
    frame(&out, RF_STR("a\nhalf"), 1, false);
    assert_string_equal(out.p, "[a]");
    rf_buf_fini(&out);
}

/* n bytes and an end, then "b": what comes out in reads of `step` bytes. */
static void check_endless(size_t n, size_t step, const char *want)
{
    struct rf_buf out;
    rf_buf_init(&out);
    char *p = malloc(n + 3);
    memset(p, 'x', n);
    memcpy(p + n, "\nb\n", 3);
    frame(&out, rf_str(p, n + 3), step, true);
    assert_string_equal(out.p, want);
    free(p);
    rf_buf_fini(&out);
}

static void an_endless_line_closes(void **state)
{
    (void)state;
    check_endless(RF_FRAME_ENDLESS, 10, "<long>[b]");
    check_endless(RF_FRAME_ENDLESS + 1, 10, "<long><close>");
    check_endless(RF_FRAME_ENDLESS, RF_FRAME_ENDLESS + 3, "<long>[b]");
    check_endless(RF_FRAME_ENDLESS + 1, RF_FRAME_ENDLESS + 4, "<long><close>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_do_not_depend_on_reads),
        cmocka_unit_test(nul_is_a_byte_like_any_other),
        cmocka_unit_test(a_line_that_goes_on_waits_for_its_end),
        cmocka_unit_test(an_endless_line_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
