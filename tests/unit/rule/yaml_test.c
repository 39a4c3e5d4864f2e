#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/rule/yaml.h"

struct fixture {
    struct rf_arena arena;
    struct rf_report *report;
    struct rf_str text;
    const struct rf_yaml_node *root;
};

static void read_text(struct fixture *f, const char *text)
{
    rf_arena_init(&f->arena, 0);
    f->report = rf_report_new();
    uint32_t s = rf_report_source(f->report, RF_STR("f.yaml"), rf_str_of(text));
    f->text = rf_report_source_text(f->report, s);
    f->root = rf_yaml_read(&f->arena, f->report, s);
}

static void done(struct fixture *f)
{
    rf_report_free(f->report);
    rf_arena_fini(&f->arena);
}

/* The source bytes of a node. */
static struct rf_str written(const struct fixture *f, const struct rf_yaml_node *n)
{
    return rf_str(f->text.p + n->begin, n->end - n->begin);
}

static void positions_are_bytes_behind_any_script(void **state)
{
    struct fixture f;
    (void)state;
    read_text(&f,
              "\xef\xbb\xbf# 快递包裹 🚚\n名: {a: 包裹, \"b\": 'it''s'}\nlast: [1, no]\n");
    assert_non_null(f.root);
    const struct rf_yaml_node *map = rf_yaml_get(f.root, "名");
    assert_non_null(map);
    assert_true(rf_str_eqz(written(&f, map), "{a: 包裹, \"b\": 'it''s'}"));
    assert_true(rf_str_eqz(written(&f, rf_yaml_get(map, "a")), "包裹"));
    const struct rf_yaml_node *b = rf_yaml_get(map, "b");
    assert_true(rf_str_eqz(written(&f, b), "'it''s'"));
    assert_true(rf_str_eqz(b->s, "it's"));
    const struct rf_yaml_node *last = rf_yaml_get(f.root, "last");
    assert_int_equal(last->n, 2);
    assert_true(rf_str_eqz(written(&f, last->items[1]), "no"));
    done(&f);
}

/* Byte `at` of the value of key k is found at what follows `mark` in the source. */
static void finds(const char *text, size_t at, const char *mark)
{
    struct fixture f;
    read_text(&f, text);
    assert_non_null(f.root);
    const struct rf_yaml_node *k = rf_yaml_get(f.root, "k");
    assert_non_null(k);
    uint32_t want = (uint32_t)(strstr(f.text.p, mark) - f.text.p);
    assert_int_equal(rf_yaml_offset(k, f.text, at), want);
    done(&f);
}

static void offsets_see_through_quotes(void **state)
{
    (void)state;
    finds("k: plain (x\n", 6, "(x");
    finds("k: 'it''s (x'\n", 5, "(x");
    finds("k: \"a\\\\b\\u00e9\\t(x\"\n", 6, "(x");
    finds("k: \"a\\x41\\U0001F600(x\"\n", 6, "(x");
    finds("k: '包裹(x'\n", 6, "(x");
    finds("k: >-\n  one\n  two (x\n", 8, "(x");
    finds("k: |\n  one\n  two (x\n", 8, "(x");
    finds("k: 'one\n  two (x'\n", 8, "(x");
}

static void empty_files_are_null(void **state)
{
    struct fixture f;
    (void)state;
    read_text(&f, "# nothing yet\n");
    assert_non_null(f.root);
    assert_true(rf_yaml_is_null(f.root));
    assert_int_equal(rf_report_count(f.report, RF_ERROR), 0);
    done(&f);
}

static void keys_given_twice_keep_the_first(void **state)
{
    struct fixture f;
    struct rf_buf b;
    (void)state;
    rf_buf_init(&b);
    for (int i = 0; i < 40; i++)
        rf_buf_printf(&b, "k%d: %d\n", i, i);
    rf_buf_addz(&b, "k7: other\nk30: other\n");
    rf_buf_addc(&b, '\0');
    read_text(&f, b.p);
    assert_int_equal(rf_report_count(f.report, RF_ERROR), 2);
    assert_int_equal(f.root->n, 40);
    assert_true(rf_str_eqz(rf_yaml_get(f.root, "k30")->s, "30"));
    rf_buf_fini(&b);
    done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_are_bytes_behind_any_script),
        cmocka_unit_test(offsets_see_through_quotes),
        cmocka_unit_test(empty_files_are_null),
        cmocka_unit_test(keys_given_twice_keep_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
