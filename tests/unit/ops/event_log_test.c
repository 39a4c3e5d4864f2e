/* The event log on a disk that fills up: whole lines only, everything accounted for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/files.h"
#include "daemon/ops/event_log.h"

static char path[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/rf-events-XXXXXX");
    int fd = mkstemp(path);
    close(fd);
    return fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

/* A file may grow to so many bytes, as if the disk were full then. */
static void limit_files(rlim_t bytes)
{
    struct rlimit r;
    getrlimit(RLIMIT_FSIZE, &r);
    r.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

/* n lines of 100 bytes. */
static void add_lines(struct event_log *l, size_t n)
{
    struct rf_buf b;
    rf_buf_init(&b);
    for (size_t i = 0; i < n; i++)
        rf_buf_printf(&b, "%099zu\n", i);
    event_log_add(l, rf_buf_str(&b), n);
    rf_buf_fini(&b);
}

static void wait_for(struct event_log *l, uint64_t lines)
{
    for (int i = 0; i < 4000; i++) {
        if (atomic_load(&l->written) + atomic_load(&l->dropped) >= lines)
            return;
        usleep(1000);
    }
    fail_msg("%d lines never came", (int)lines);
}

static void full_disk_leaves_whole_lines(void **state)
{
    (void)state;
    struct problems problems;
    struct problem_state now;
    struct event_log l;
    struct rf_buf b;
    const char *why = "";
    signal(SIGXFSZ, SIG_IGN);
    problems_init(&problems);
    assert_int_equal(event_log_open(&l, path, &problems, &why), RF_OK);
    limit_files(1050);
    add_lines(&l, 20);
    wait_for(&l, 20);
    assert_int_equal(atomic_load(&l.dropped), 10);
    assert_true(problem_get(&problems, PROBLEM_EVENTS_LOST, &now));
    limit_files(RLIM_INFINITY);
    add_lines(&l, 5);
    event_log_close(&l, 3000);
    assert_int_equal(atomic_load(&l.written), 15);
    rf_buf_init(&b);
    assert_int_equal(files_read(path, 1 << 20, &b, &why), RF_OK);
    assert_int_equal(b.n, 1500);
    for (size_t i = 0; i < b.n; i++)
        assert_int_equal(b.p[i] == '\n', i % 100 == 99);
    rf_buf_fini(&b);
    problems_fini(&problems);
}

static void what_is_queued_is_written_at_the_end(void **state)
{
    (void)state;
    struct problems problems;
    struct event_log l;
    struct rf_buf b;
    const char *why = "";
    problems_init(&problems);
    assert_int_equal(event_log_open(&l, path, &problems, &why), RF_OK);
    for (int i = 0; i < 100; i++)
        add_lines(&l, 10);
    event_log_close(&l, 3000);
    rf_buf_init(&b);
    assert_int_equal(files_read(path, 1 << 20, &b, &why), RF_OK);
    assert_int_equal(b.n, 100000);
    assert_int_equal(atomic_load(&l.dropped), 0);
    rf_buf_fini(&b);
    problems_fini(&problems);
}

static void no_file_no_log(void **state)
{
    (void)state;
    struct problems problems;
    struct event_log l;
    const char *why = "";
    problems_init(&problems);
    assert_int_equal(event_log_open(&l, "", &problems, &why), RF_OK);
    assert_false(event_log_on(&l));
    add_lines(&l, 3);
    event_log_close(&l, 0);
    assert_int_equal(event_log_open(&l, "/nowhere/at/all", &problems, &why), RF_ERR_IO);
    assert_string_equal(why, "No such file or directory");
    problems_fini(&problems);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(full_disk_leaves_whole_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_queued_is_written_at_the_end, set_up,
                                        tear_down),
        cmocka_unit_test(no_file_no_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
