#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "lib/base/diag.h"

static void caret_follows_display_width(void **state)
{
    (void)state;
    struct rf_report *r = rf_report_new();
    struct rf_str text = RF_STR("a: 1\n包裹: {contians: x}\n");
    uint32_t s = rf_report_source(r, RF_STR("f.yaml"), text);
    uint32_t at = (uint32_t)(strstr(text.p, "contians") - text.p);
    struct rf_diag *d =
        rf_report_add(r, RF_ERROR, "RF012", s, at, at + 8, "unknown operator 'contians'");
    rf_report_hint(r, d, "did you mean '%s'?", "contains");
    struct rf_buf b;
    rf_buf_init(&b);
    rf_report_render(r, &b, false);
    rf_buf_addc(&b, '\0');
    assert_string_equal(b.p, "f.yaml:2:6: error[RF012]: unknown operator 'contians'\n"
                             "    2 | 包裹: {contians: x}\n"
                             "      |        ^~~~~~~~ did you mean 'contains'?\n");
    rf_buf_fini(&b);
    rf_report_free(r);
}

static void a_long_line_is_shown_around_its_caret(void **state)
{
    (void)state;
    struct rf_buf line, b;
    rf_buf_init(&line);
    rf_buf_init(&b);
    for (int i = 0; i < 400; i++)
        rf_buf_addz(&line, "包");
    rf_buf_addz(&line, "HERE");
    for (int i = 0; i < 400; i++)
        rf_buf_addz(&line, "裹");
    struct rf_report *r = rf_report_new();
    uint32_t s = rf_report_source(r, RF_STR("f"), rf_buf_str(&line));
    rf_report_add(r, RF_ERROR, "RF001", s, 1200, 1204, "e");
    rf_report_render(r, &b, false);
    rf_buf_addc(&b, '\0');
    char *text = strchr(b.p, '\n') + 1, *carets = strchr(text, '\n') + 1;
    assert_null(strstr(b.p, "\xef\xbf\xbd"));
    /* 30 wide characters stand before HERE: 90 bytes, 60 columns */
    assert_int_equal(strstr(text, "HERE") - text, 8 + 90);
    assert_int_equal(strstr(carets, "^~~~") - carets, 8 + 60);
    rf_buf_fini(&line);
    rf_buf_fini(&b);
    rf_report_free(r);
}

static void diagnostics_come_in_order_of_place(void **state)
{
    (void)state;
    struct rf_report *r = rf_report_new();
    uint32_t s = rf_report_source(r, RF_STR("f"), RF_STR("one\ntwo\n"));
    rf_report_add(r, RF_ERROR, "RF002", s, 4, 7, "second");
    rf_report_add(r, RF_WARNING, "RF001", s, 0, 3, "first");
    assert_string_equal(rf_report_at(r, 0)->code, "RF001");
    assert_string_equal(rf_report_at(r, 1)->code, "RF002");
    assert_int_equal(rf_report_count(r, RF_ERROR), 1);
    rf_report_free(r);
}

static void what_is_past_the_limit_is_counted(void **state)
{
    (void)state;
    struct rf_report *r = rf_report_new();
    for (int i = 0; i < RF_REPORT_MAX + 5; i++)
        rf_report_add(r, RF_ERROR, "RF001", RF_NO_SOURCE, 0, 0, "e");
    assert_int_equal(rf_report_size(r), RF_REPORT_MAX);
    assert_int_equal(rf_report_count(r, RF_ERROR), RF_REPORT_MAX + 5);
    struct rf_buf b;
    rf_buf_init(&b);
    rf_report_render(r, &b, false);
    rf_buf_addc(&b, '\0');
    assert_non_null(strstr(b.p, "5 more diagnostics not shown"));
    rf_buf_fini(&b);
    rf_report_free(r);
}

static void suggestions_are_near(void **state)
{
    (void)state;
    static const char *const words[] = {"contains", "words", "regex"};
    assert_string_equal(rf_diag_suggest(RF_STR("contians"), words, 3), "contains");
    assert_string_equal(rf_diag_suggest(RF_STR("wrods"), words, 3), "words");
    assert_null(rf_diag_suggest(RF_STR("banana"), words, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(caret_follows_display_width),
        cmocka_unit_test(a_long_line_is_shown_around_its_caret),
        cmocka_unit_test(diagnostics_come_in_order_of_place),
        cmocka_unit_test(what_is_past_the_limit_is_counted),
        cmocka_unit_test(suggestions_are_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
