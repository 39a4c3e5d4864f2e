#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/match/list.h"

static const struct rf_plan *china(void)
{
    return rf_plan_find(RF_STR("CN"));
}

static struct rf_list *load(enum rf_list_type type, const char *text, size_t bad)
{
    struct rf_report *report = rf_report_new();
    struct rf_list_builder *b = rf_list_begin(type, china());
    assert_int_equal(
        rf_list_add_file(b, RF_STR("l"), rf_str_of(text), report, RF_WARNING), bad);
    rf_report_free(report);
    return rf_list_finish(b);
}

static struct rf_list *load_small(void)
{
    return load(RF_LIST_SENDERS,
                "+8613800138000\tfake police\tcase 7\t2030-01-01T00:00:00Z\n"
                "+8613800138000\tparcel\nbad\xff\n+86139*\n95580-95589\nUSPS\n106*\n",
                1);
}

static struct rf_list *open_copy(struct rf_str bytes, const char **why)
{
    char *copy = rf_mem_pages(bytes.n);
    memcpy(copy, bytes.p, bytes.n);
    return rf_list_open(copy, bytes.n, why);
}

static void assert_same(const struct rf_list *x, const struct rf_list *y)
{
    struct rf_arena a;
    struct rf_list_entry p, q;
    rf_arena_init(&a, 0);
    assert_int_equal(rf_list_get_type(x), rf_list_get_type(y));
    assert_int_equal(rf_list_size(x), rf_list_size(y));
    assert_true(rf_list_hash(x) == rf_list_hash(y));
    for (uint32_t i = 0; i < rf_list_size(x); i++) {
        rf_list_entry(x, i, &a, &p);
        rf_list_entry(y, i, &a, &q);
        assert_true(rf_str_eq(p.text, q.text) && rf_str_eq(p.reason, q.reason) &&
                    rf_str_eq(p.source, q.source));
        assert_true(p.expires_ms == q.expires_ms && p.line == q.line);
    }
    rf_arena_fini(&a);
}

static void a_compiled_list_is_the_list(void **state)
{
    (void)state;
    const struct rf_list_origin origin = {.bytes = 77, .mtime_ns = 88, .hash = 99};
    const char *why;
    struct rf_list *l = load_small();
    struct rf_list *again = open_copy(rf_list_seal(l, &origin), &why);
    assert_non_null(again);
    assert_same(l, again);
    struct rf_list_origin o = rf_list_get_origin(again);
    assert_true(o.bytes == 77 && o.mtime_ns == 88 && o.hash == 99);
    assert_int_equal(o.bad_lines, 1);
    assert_string_equal(o.country, "CN");
    struct rf_arena a;
    struct rf_addr addr;
    rf_arena_init(&a, 0);
    static const char *const known[] = {"13800138000", "+8613912345678", "95588", "usps",
                                        "10690000"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        rf_addr_normalize(&a, china(), rf_str_of(known[i]), -1, &addr);
        assert_int_not_equal(rf_list_find_addr(again, &addr, 0), RF_LIST_NONE);
        assert_int_equal(rf_list_find_addr(again, &addr, 0),
                         rf_list_find_addr(l, &addr, 0));
    }
    rf_arena_fini(&a);
    rf_list_free(l);
    rf_list_free(again);
}

static void other_types_are_compiled_too(void **state)
{
    (void)state;
    const struct rf_list_origin origin = {0};
    static const char *const texts[RF_LIST_TYPES] = {
        "", "", "example.com\n=only.net\n", "parcel\n快遞\n", "Café\n", "95588 smpp-1\n"};
    const char *why;
    for (int t = RF_LIST_HOSTS; t < RF_LIST_TYPES; t++) {
        struct rf_list *l = load((enum rf_list_type)t, texts[t], 0);
        struct rf_list *again = open_copy(rf_list_seal(l, &origin), &why);
        assert_non_null(again);
        assert_same(l, again);
        if (t == RF_LIST_HOSTS)
            assert_int_equal(rf_list_find_host(again, RF_STR("a.example.com"), 0), 0);
        if (t == RF_LIST_STRINGS)
            assert_int_equal(rf_list_find_folded(again, RF_STR("cafe"), 0), 0);
        if (t == RF_LIST_PAIRS)
            assert_int_equal(rf_list_find_first(again, RF_STR("95588"), 0), 0);
        rf_list_free(l);
        rf_list_free(again);
    }
}

static void every_cut_off_file_is_refused(void **state)
{
    (void)state;
    const struct rf_list_origin origin = {0};
    const char *why;
    struct rf_list *l = load_small();
    struct rf_str bytes = rf_list_seal(l, &origin);
    for (size_t n = 0; n < bytes.n; n++) {
        assert_null(open_copy(rf_str(bytes.p, n), &why));
        assert_non_null(why);
    }
    rf_list_free(l);
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    const struct rf_list_origin origin = {0};
    const char *why;
    struct rf_list *l = load_small();
    struct rf_str bytes = rf_list_seal(l, &origin);
    for (size_t bit = 0; bit < bytes.n * 8; bit++) {
        char *copy = rf_mem_pages(bytes.n);
        memcpy(copy, bytes.p, bytes.n);
        copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
        assert_null(rf_list_open(copy, bytes.n, &why));
        assert_non_null(why);
    }
    rf_list_free(l);
}

static void other_files_are_no_compiled_lists(void **state)
{
    (void)state;
    const char *why;
    assert_null(open_copy(RF_STR("+8613800138000\n"), &why));
    assert_string_equal(why, "not a compiled list");
    assert_false(rf_list_is_compiled(RF_STR("+8613800138000\n")));
}

static void one_number_in_millions_costs_at_most_4_bytes(void **state)
{
    (void)state;
    enum { N = 200000 };
    struct rf_buf b;
    rf_buf_init(&b);
    for (unsigned i = 0; i < N; i++)
        rf_buf_printf(&b, "+86138%08u\n", i * 499u % 100000000);
    rf_buf_addc(&b, '\0');
    struct rf_list *l = load(RF_LIST_NUMBERS, b.p, 0);
    rf_buf_fini(&b);
    assert_int_equal(rf_list_size(l), N);
    assert_true(rf_list_bytes(l) - rf_list_side_bytes(l) <= 4 * (size_t)N);
    rf_list_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_compiled_list_is_the_list),
        cmocka_unit_test(other_types_are_compiled_too),
        cmocka_unit_test(every_cut_off_file_is_refused),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(other_files_are_no_compiled_lists),
        cmocka_unit_test(one_number_in_millions_costs_at_most_4_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
