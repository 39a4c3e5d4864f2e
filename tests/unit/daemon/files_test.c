/* Rule paths, reading and replacing files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/files.h"
#include "tests/unit/folder.h"

static void put(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void make_folder(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void folders_give_their_yaml_files_in_byte_order(void **state)
{
    (void)state;
    struct files f;
    const char *why = "";
    make_folder("b");
    make_folder(".hidden");
    put("b/two.yaml", "");
    put("b/.three.yaml", "");
    put(".hidden/x.yaml", "");
    put("a.yaml", "");
    put("Z.yaml", "");
    put("notes.txt", "");
    files_init(&f);
    assert_int_equal(files_expand(&f, rf_str_of(dir), &why), RF_OK);
    assert_int_equal(files_expand(&f, rf_str_of(dir), &why), RF_OK); /* twice: once */
    files_sort(&f);
    assert_int_equal(f.n, 3);
    assert_string_equal(f.v[0].p + strlen(dir), "/Z.yaml");
    assert_string_equal(f.v[1].p + strlen(dir), "/a.yaml");
    assert_string_equal(f.v[2].p + strlen(dir), "/b/two.yaml");
    files_fini(&f);
}

static void missing_path_is_told(void **state)
{
    (void)state;
    struct files f;
    const char *why = "";
    files_init(&f);
    assert_int_equal(files_expand(&f, RF_STR("/nowhere/at/all"), &why), RF_ERR_NOENT);
    assert_string_equal(why, "/nowhere/at/all: No such file or directory");
    files_fini(&f);
}

static void reading_is_bounded(void **state)
{
    (void)state;
    struct rf_buf b;
    char path[128];
    const char *why = "";
    rf_buf_init(&b);
    put("ten", "0123456789");
    snprintf(path, sizeof path, "%s/ten", dir);
    assert_int_equal(files_read(path, 10, &b, &why), RF_OK);
    assert_int_equal(b.n, 10);
    assert_int_equal(files_read(path, 9, &b, &why), RF_ERR_LIMIT);
    assert_string_equal(why, "file too large");
    assert_int_equal(files_read(dir, 10, &b, &why), RF_ERR_IO);
    assert_string_equal(why, "Is a directory");
    rf_buf_fini(&b);
}

static void replacing_leaves_the_new_bytes_alone(void **state)
{
    (void)state;
    struct rf_buf b;
    char path[128];
    const char *why = "";
    rf_buf_init(&b);
    snprintf(path, sizeof path, "%s/replaced", dir);
    put("replaced", "old and longer");
    assert_int_equal(files_replace(path, RF_STR("new")), RF_OK);
    assert_int_equal(files_read(path, 100, &b, &why), RF_OK);
    assert_int_equal(b.n, 3);
    assert_memory_equal(b.p, "new", 3);
    snprintf(path, sizeof path, "%s/no/such", dir);
    assert_int_equal(files_replace(path, RF_STR("x")), RF_ERR_IO);
    rf_buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(folders_give_their_yaml_files_in_byte_order,
                                        make_dir, remove_dir),
        cmocka_unit_test(missing_path_is_told),
        cmocka_unit_test_setup_teardown(reading_is_bounded, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(replacing_leaves_the_new_bytes_alone, make_dir,
                                        remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
