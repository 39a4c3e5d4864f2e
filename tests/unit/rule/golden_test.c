/* Mistakes in rule files as people see them: every tests/golden/rules/NAME.yaml is loaded
 * and its diagnostics must read as NAME.txt. RF_UPDATE_GOLDEN=1 writes the texts anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/error.h"
#include "lib/rule/load.h"

#define FOLDER "tests/golden/rules/"

static bool read_disk(const char *path, struct rf_buf *out)
{
    FILE *f = fopen(path, "rb");
    char bytes[4096];
    if (!f)
        return false;
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, f)) > 0;)
        rf_buf_add(out, bytes, n);
    fclose(f);
    return true;
}

static int read_golden(void *ctx, struct rf_str path, struct rf_buf *out,
                       const char **why)
{
    char name[512];
    (void)ctx;
    snprintf(name, sizeof name, FOLDER "%.*s", RF_STR_FMT(path));
    if (read_disk(name, out))
        return 0;
    *why = "no such file";
    return RF_ERR_NOENT;
}

/* The diagnostics of one file, followed by a NUL. */
static void render(const char *file, struct rf_buf *out)
{
    struct rf_settings settings;
    const struct rf_rule_io io = {.read = read_golden};
    const struct rf_rule_options options = {.keep_tests = true};
    struct rf_report *report = rf_report_new();
    const struct rf_str name = rf_str_of(file);
    rf_settings_default(&settings);
    struct rf_ruleset *rs = rf_rule_load(&name, 1, &settings, &io, &options, report);
    assert_int_equal(rs == NULL, rf_report_count(report, RF_ERROR) > 0);
    rf_report_render(report, out, false);
    rf_buf_addc(out, '\0');
    rf_ruleset_free(rs);
    rf_report_free(report);
}

static void rewrite(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static bool is_golden(const char *file, const char *got)
{
    char path[512];
    struct rf_buf want;
    snprintf(path, sizeof path, FOLDER "%.*s.txt", (int)(strlen(file) - 5), file);
    if (getenv("RF_UPDATE_GOLDEN"))
        rewrite(path, got);
    rf_buf_init(&want);
    bool same = read_disk(path, &want);
    rf_buf_addc(&want, '\0');
    same = same && strcmp(want.p, got) == 0;
    if (!same)
        print_error("%s: expected\n%s---- got\n%s", file, want.p, got);
    rf_buf_fini(&want);
    return same;
}

static void mistakes_read_as_written_down(void **state)
{
    int files = 0, wrong = 0;
    DIR *d = opendir(FOLDER);
    (void)state;
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        struct rf_buf got;
        if (!rf_str_ends(rf_str_of(e->d_name), RF_STR(".yaml")))
            continue;
        files++;
        rf_buf_init(&got);
        render(e->d_name, &got);
        wrong += !is_golden(e->d_name, got.p);
        rf_buf_fini(&got);
    }
    closedir(d);
    assert_true(files >= 40);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_read_as_written_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
