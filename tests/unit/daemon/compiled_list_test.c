/* Compiled lists as a daemon meets them: beside their text, current or not, damaged, cut
 * off while in use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/cli/common.h"

static char folder[64], text_path[96], rfl_path[96], rules_path[96];
static struct rf_report *report;
static struct rf_ruleset *ruleset;

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/rf-compiled-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(text_path, sizeof text_path, "%s/scam.txt", folder);
    snprintf(rfl_path, sizeof rfl_path, "%s/scam.txt.rfl", folder);
    snprintf(rules_path, sizeof rules_path, "%s/r.yaml", folder);
    write_file(text_path, "+8613800138000\n+86139*\nno number\n");
    write_file(rules_path, "version: 1\nlists:\n"
                           "  - {id: scam, type: numbers, file: scam.txt}\n");
    return 0;
}

static void drop(void)
{
    rf_ruleset_free(ruleset);
    rf_report_free(report);
    ruleset = NULL;
    report = NULL;
}

static int end(void **state)
{
    (void)state;
    drop();
    unlink(text_path);
    unlink(rfl_path);
    unlink(rules_path);
    return rmdir(folder);
}

/* Run the tool with up to five arguments. */
static int tool(const char *a, const char *b, const char *c, const char *d, const char *e)
{
    const char *argv[] = {"ringfence", a, b, c, d, e, NULL};
    int argc = 1;
    while (argv[argc])
        argc++;
    optind = 0;
    return cli_main(argc, (char **)argv);
}

static int compile(const char *in, const char *out)
{
    return tool("list", "compile", in, out, NULL);
}

/* Load the rules; whether some diagnostic says `words`. */
static bool loads_saying(const char *words)
{
    struct files files;
    struct config config;
    struct rf_buf b;
    const char *why;
    const struct rf_rule_options options = {0};
    drop();
    report = rf_report_new();
    config_default(&config);
    files_init(&files);
    assert_int_equal(files_expand(&files, rf_str_of(rules_path), &why), RF_OK);
    struct rf_rule_io io = files_io(&files);
    ruleset = rf_rule_load(files.v, files.n, &config.settings, &io, &options, report);
    files_fini(&files);
    config_fini(&config);
    rf_buf_init(&b);
    rf_report_render(report, &b, false);
    rf_buf_addc(&b, '\0');
    bool said = strstr(b.p, words) != NULL;
    if (!said)
        print_message("%s\n", b.p);
    rf_buf_fini(&b);
    return said;
}

static const struct rf_list *scam(void)
{
    assert_non_null(ruleset);
    const struct rf_named_list *l = rf_ruleset_find_list(ruleset, RF_STR("scam"));
    assert_non_null(l);
    return l->list;
}

static bool lists(const char *number)
{
    struct rf_arena a;
    struct rf_addr addr;
    rf_arena_init(&a, 0);
    rf_addr_normalize(&a, rf_plan_find(RF_STR("CN")), rf_str_of(number), -1, &addr);
    bool found = rf_list_find_addr(scam(), &addr, 0) != RF_LIST_NONE;
    rf_arena_fini(&a);
    return found;
}

/* Compiled lists remember what they were made of, lists read from text do not. */
static bool from_compiled(void)
{
    return rf_list_get_origin(scam()).bytes > 0;
}

static void the_list_beside_its_text_is_used(void **state)
{
    (void)state;
    assert_true(loads_saying("not a number"));
    assert_false(from_compiled());
    assert_int_equal(compile(text_path, NULL), 0);
    assert_true(loads_saying("list 'scam': 1 line was bad when it was compiled"));
    assert_true(from_compiled());
    assert_true(lists("13800138000") && lists("13912345678") && !lists("13700000000"));
}

static void a_changed_text_is_read(void **state)
{
    (void)state;
    assert_int_equal(compile(text_path, NULL), 0);
    write_file(text_path, "+8613700000000\n");
    assert_true(loads_saying("its text has changed since; the text is read"));
    assert_false(from_compiled());
    assert_true(lists("13700000000") && !lists("13800138000"));
}

static void a_copied_text_is_known_by_its_content(void **state)
{
    (void)state;
    const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    assert_int_equal(compile(text_path, NULL), 0);
    assert_int_equal(utimensat(AT_FDCWD, text_path, times, 0), 0);
    loads_saying("");
    assert_true(from_compiled());
}

static void a_damaged_list_gives_way_to_its_text(void **state)
{
    (void)state;
    struct stat st;
    assert_int_equal(compile(text_path, NULL), 0);
    assert_int_equal(stat(rfl_path, &st), 0);
    assert_int_equal(truncate(rfl_path, st.st_size - 1), 0);
    assert_true(loads_saying("scam.txt.rfl: cut off; the text is read"));
    assert_false(from_compiled());
    assert_true(lists("13800138000"));
    assert_int_equal(truncate(rfl_path, st.st_size), 0);
    FILE *f = fopen(rfl_path, "r+");
    assert_non_null(f);
    assert_int_equal(fseek(f, st.st_size / 2, SEEK_SET), 0);
    assert_int_equal(fputc(0x55, f), 0x55);
    assert_int_equal(fclose(f), 0);
    assert_true(loads_saying("damaged: its checksum is wrong; the text is read"));
    assert_true(lists("13800138000"));
}

static void a_file_cut_off_while_in_use_harms_nothing(void **state)
{
    (void)state;
    assert_int_equal(compile(text_path, NULL), 0);
    loads_saying("");
    assert_true(from_compiled());
    assert_int_equal(truncate(rfl_path, 0), 0);
    assert_true(lists("13800138000") && lists("13912345678"));
}

static void a_compiled_list_stands_alone_where_a_rule_names_it(void **state)
{
    (void)state;
    write_file(rules_path, "version: 1\nlists:\n"
                           "  - {id: scam, type: numbers, file: scam.txt.rfl}\n");
    assert_int_equal(compile(text_path, rfl_path), 0);
    assert_int_equal(unlink(text_path), 0);
    loads_saying("");
    assert_true(lists("13800138000"));
    assert_int_equal(truncate(rfl_path, 10), 0);
    assert_true(loads_saying("scam.txt.rfl: cut off"));
    assert_null(ruleset);
}

static void a_compiled_list_whose_text_is_gone_is_told_so_once(void **state)
{
    (void)state;
    assert_int_equal(compile(text_path, NULL), 0);
    assert_int_equal(unlink(text_path), 0);
    assert_true(loads_saying("scam.txt: No such file or directory"));
    assert_int_equal(rf_report_size(report), 1);
    assert_null(ruleset);
}

static void another_type_or_country_is_refused(void **state)
{
    (void)state;
    assert_int_equal(compile(text_path, NULL), 0);
    write_file(rules_path, "version: 1\nlists:\n"
                           "  - {id: scam, type: senders, file: scam.txt}\n");
    assert_true(loads_saying("it holds numbers; the text is read"));
    assert_false(from_compiled());
}

static void whoever_may_read_the_text_may_read_the_list(void **state)
{
    (void)state;
    struct stat st;
    assert_int_equal(chmod(text_path, 0640), 0);
    assert_int_equal(compile(text_path, NULL), 0);
    assert_int_equal(stat(rfl_path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
}

static void mistakes_have_their_exit_codes(void **state)
{
    (void)state;
    assert_int_equal(compile("/nonexistent/list.txt", NULL), EX_NOINPUT);
    assert_int_equal(compile(text_path, "/nonexistent/out.rfl"), EX_CANTCREAT);
    assert_int_equal(tool("list", "compile", "--strict", text_path, NULL), EX_DATAERR);
    assert_int_equal(access(rfl_path, F_OK), -1);
    assert_int_equal(tool("list", "compile", "-t", "nosuch", text_path), EX_USAGE);
    assert_int_equal(compile(text_path, text_path), EX_USAGE);
    assert_int_equal(compile(text_path, NULL), 0);
    assert_int_equal(compile(rfl_path, NULL), EX_USAGE);
    write_file(text_path, "example.com\n");
    assert_int_equal(compile(text_path, NULL), EX_DATAERR);
    assert_true(loads_saying("its text has changed since; the text is read"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(the_list_beside_its_text_is_used),
        TEST(a_changed_text_is_read),
        TEST(a_copied_text_is_known_by_its_content),
        TEST(a_damaged_list_gives_way_to_its_text),
        TEST(a_file_cut_off_while_in_use_harms_nothing),
        TEST(a_compiled_list_stands_alone_where_a_rule_names_it),
        TEST(a_compiled_list_whose_text_is_gone_is_told_so_once),
        TEST(another_type_or_country_is_refused),
        TEST(whoever_may_read_the_text_may_read_the_list),
        TEST(mistakes_have_their_exit_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
