#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/ops/totals.h"
#include "tests/unit/folder.h"

#define HOUR 2026010108U

static char message[512];

static struct totals *open_at(uint32_t now)
{
    struct totals *t = NULL;
    if (totals_open(dir, now, 30, &t, message, sizeof message) != 0)
        fail_msg("%s", message);
    return t;
}

static void add(struct totals *t, uint32_t hour, enum totals_group g, const char *name,
                const char *tail, uint64_t n)
{
    totals_add(t, totals_row(t, hour),
               totals_slot(t, g, rf_str_of(name), rf_str_of(tail)), n);
}

struct want {
    const char *field;
    uint64_t count;
};

static void pick(void *arg, struct rf_str field, uint64_t count)
{
    struct want *w = arg;
    if (rf_str_eqz(field, w->field))
        w->count += count;
}

static uint64_t of_day(struct totals *t, uint32_t day, const char *field)
{
    struct want w = {field, 0};
    if (totals_day(t, day, pick, &w, message, sizeof message) != 0)
        fail_msg("%s", message);
    return w.count;
}

static uint64_t of_hour(struct totals *t, uint32_t hour, const char *field)
{
    struct want w = {field, 0};
    totals_hour(t, hour, pick, &w);
    return w.count;
}

static uint64_t since_start(struct totals *t, const char *field)
{
    struct want w = {field, 0};
    totals_since_start(t, pick, &w);
    return w.count;
}

static void path_of(char path[128], const char *name)
{
    snprintf(path, 128, "%s/%s", dir, name);
}

static void totals_survive_a_restart(void **state)
{
    (void)state;
    struct totals *t = open_at(HOUR);
    assert_string_equal(message, "");
    add(t, HOUR, TOTALS_KIND, "", "sms:block", 3);
    add(t, HOUR, TOTALS_RULE, "sms-parcel-fee", "enforce", 2);
    add(t, HOUR, TOTALS_FRAUD, "impersonation/logistics", "sms:block", 3);
    add(t, HOUR + 1, TOTALS_KIND, "", "sms:block", 4);
    add(t, HOUR + 1, TOTALS_GRID, "网格-7", "call:warn", 1);
    totals_close(t);
    t = open_at(HOUR + 1);
    add(t, HOUR + 1, TOTALS_KIND, "", "sms:block", 10);
    assert_int_equal(of_hour(t, HOUR, "sms:block"), 3);
    assert_int_equal(of_hour(t, HOUR + 1, "sms:block"), 14);
    assert_int_equal(of_day(t, 20260101, "sms:block"), 17);
    assert_int_equal(of_day(t, 20260101, "rule:sms-parcel-fee:enforce"), 2);
    assert_int_equal(of_day(t, 20260101, "fraud:impersonation/logistics:sms:block"), 3);
    assert_int_equal(of_day(t, 20260101, "grid:网格-7:call:warn"), 1);
    assert_int_equal(of_day(t, 20260102, "sms:block"), 0);
    assert_int_equal(since_start(t, "sms:block"), 10);
    totals_close(t);
}

static void a_second_daemon_is_refused(void **state)
{
    (void)state;
    struct totals *t = open_at(HOUR), *second = NULL;
    assert_int_equal(totals_open(dir, HOUR, 30, &second, message, sizeof message), -1);
    assert_non_null(strstr(message, "used by another ringfenced"));
    totals_close(t);
    totals_close(open_at(HOUR));
}

static void a_missing_directory_is_an_error(void **state)
{
    (void)state;
    struct totals *t = NULL;
    assert_int_equal(
        totals_open("/nonexistent/rf", HOUR, 30, &t, message, sizeof message), -1);
    assert_non_null(strstr(message, "No such file"));
}

/* ---- damaged files ---- */

static void overwrite(const char *name, off_t at, const char *bytes, size_t n)
{
    char path[128];
    path_of(path, name);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, n, at), n);
    close(fd);
}

static void begins_anew(const char *why, const char *aside)
{
    char path[128];
    struct totals *t = open_at(HOUR);
    assert_non_null(strstr(message, why));
    path_of(path, aside);
    assert_non_null(strstr(message, path));
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(of_day(t, 20260101, "sms:block"), 0);
    add(t, HOUR, TOTALS_KIND, "", "sms:block", 1);
    totals_close(t);
    t = open_at(HOUR);
    assert_string_equal(message, "");
    assert_int_equal(of_day(t, 20260101, "sms:block"), 1);
    totals_close(t);
}

static void what_is_not_a_totals_file_is_set_aside(void **state)
{
    (void)state;
    overwrite("totals", 0, "hello", 5);
    begins_anew("its size is wrong", "totals.broken-1");
    overwrite("totals", 0, "PK", 2);
    begins_anew("not a totals file", "totals.broken-2");
    overwrite("totals", 12, "\x07", 1);
    begins_anew("header is damaged", "totals.broken-3");
    overwrite("totals", 4096 + 128, "\xff\xff\xff\xff", 4);
    begins_anew("names are damaged", "totals.broken-4");
    char path[128];
    path_of(path, "totals");
    assert_int_equal(truncate(path, 1 << 20), 0);
    begins_anew("its size is wrong", "totals.broken-5");
}

static void a_disk_without_room_is_told(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct rlimit small = {1 << 20, 1 << 20};
        struct totals *t = NULL;
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &small);
        int rc = totals_open(dir, HOUR, 30, &t, message, sizeof message);
        _exit(rc == -1 && strstr(message, "File too large") ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    totals_close(open_at(HOUR)); /* no half made file is in the way */
    assert_string_equal(message, "");
}

/* ---- bounds ---- */

static void names_beyond_the_bound_are_other(void **state)
{
    (void)state;
    struct totals *t = open_at(HOUR);
    char name[200];
    for (int i = 0; i < 6000; i++) {
        snprintf(name, sizeof name, "g%d", i);
        add(t, HOUR, TOTALS_GRID, name, i % 2 ? "sms:allow" : "sms:block", 1);
    }
    add(t, HOUR, TOTALS_RULE, "a-rule", "enforce", 5); /* other groups have room */
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    add(t, HOUR, TOTALS_TRUNK, name, "call:block", 7);
    add(t, HOUR, TOTALS_FEED, "a\nb", "call:block", 8);
    assert_int_equal(of_day(t, 20260101, "grid:g0:sms:block"), 1);
    assert_int_equal(of_day(t, 20260101, "grid:other:sms:allow"), 952);
    assert_int_equal(of_day(t, 20260101, "grid:other:sms:block"), 952);
    assert_int_equal(of_day(t, 20260101, "rule:a-rule:enforce"), 5);
    assert_int_equal(of_day(t, 20260101, "trunk:other:call:block"), 7);
    assert_int_equal(of_day(t, 20260101, "feed:a?b:call:block"), 8);
    assert_int_equal(totals_overflows(t), 1905);
    totals_close(t);
    /* Names in use stay theirs; those of months ago make room. */
    t = open_at(HOUR);
    add(t, HOUR, TOTALS_GRID, "g0", "sms:block", 1);
    assert_int_equal(of_day(t, 20260101, "grid:g0:sms:block"), 2);
    totals_close(t);
    t = open_at(2026030100);
    totals_close(t);
    t = open_at(2026030100);
    add(t, 2026030100, TOTALS_GRID, "new", "sms:block", 1);
    assert_int_equal(of_day(t, 20260301, "grid:new:sms:block"), 1);
    totals_close(t);
}

/* ---- days ---- */

/* yyyymmddhh of the hour so many hours after January 1, 2026, within that year. */
static uint32_t hour_after(unsigned hours)
{
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned month = 0, day = hours / 24;
    while (day >= days[month])
        day -= days[month++];
    return 2026000000 + (month + 1) * 10000 + (day + 1) * 100 + hours % 24;
}

static void days_are_kept_and_then_deleted(void **state)
{
    (void)state;
    struct totals *t = open_at(hour_after(0));
    for (unsigned h = 0; h < 40 * 24; h++) {
        add(t, hour_after(h), TOTALS_KIND, "", "sms:block", h);
        add(t, hour_after(h), TOTALS_KIND, "", "call:allow", 1);
        assert_int_equal(totals_tick(t, hour_after(h), message, sizeof message), 0);
        if (h == 500) {
            totals_close(t);
            t = open_at(hour_after(h));
        }
    }
    uint32_t days[100];
    size_t n = totals_days(t, days, 100);
    assert_true(n >= 30 && n <= 32);
    assert_int_equal(days[n - 1], 20260209);
    for (size_t i = 0; i < n; i++) {
        unsigned first = (40 - (unsigned)(n - i)) * 24;
        assert_int_equal(days[i], hour_after(first) / 100);
        assert_int_equal(of_day(t, days[i], "call:allow"), 24);
        assert_int_equal(of_day(t, days[i], "sms:block"), 24 * first + 276);
    }
    assert_int_equal(of_hour(t, hour_after(39 * 24 + 5), "sms:block"), 39 * 24 + 5);
    assert_int_equal(totals_lost_hours(t), 0);
    totals_close(t);
}

static void a_clock_that_jumps_loses_nothing(void **state)
{
    (void)state;
    struct totals *t = open_at(hour_after(0));
    for (unsigned h = 0; h < 24 * 20; h++)
        add(t, hour_after(h), TOTALS_KIND, "", "sms:block", 1); /* without ticks */
    for (int round = 0; round < 2; round++)
        for (unsigned h = 0; h < 24 * 20; h += 7)
            add(t, hour_after(h), TOTALS_KIND, "", "sms:block", 1); /* set back */
    uint64_t sum = 0;
    for (unsigned d = 0; d < 20; d++)
        sum += of_day(t, hour_after(d * 24) / 100, "sms:block");
    assert_int_equal(sum, 24 * 20 + 2 * ((24 * 20 + 6) / 7));
    assert_int_equal(totals_lost_hours(t), 0);
    totals_close(t);
}

static void copy(const char *from, const char *to)
{
    char command[300];
    snprintf(command, sizeof command, "cp '%s/%s' '%s/%s'", dir, from, dir, to);
    assert_int_equal(system(command), 0);
}

/* As if killed after the day's file was renamed into place, before its rows were cleared.
 */
static void an_hour_moved_twice_counts_once(void **state)
{
    (void)state;
    struct totals *t = open_at(HOUR);
    add(t, HOUR, TOTALS_KIND, "", "sms:block", 5);
    totals_close(t);
    copy("totals", "before");
    t = open_at(2026012000); /* moves */
    assert_int_equal(of_hour(t, HOUR, "sms:block"), 0);
    assert_int_equal(of_day(t, 20260101, "sms:block"), 5);
    totals_close(t);
    copy("before", "totals");
    t = open_at(HOUR);
    assert_int_equal(of_hour(t, HOUR, "sms:block"), 5);
    assert_int_equal(of_day(t, 20260101, "sms:block"), 5);
    totals_close(t);
    t = open_at(2026012000);
    assert_int_equal(of_day(t, 20260101, "sms:block"), 5);
    totals_close(t);
}

static void a_damaged_day_is_told(void **state)
{
    (void)state;
    struct totals *t = open_at(HOUR);
    add(t, HOUR, TOTALS_KIND, "", "sms:block", 5);
    totals_close(t);
    t = open_at(2026012000);
    overwrite("totals.d/20260101", 40, "#", 1);
    struct want w = {"sms:block", 0};
    assert_int_equal(totals_day(t, 20260101, pick, &w, message, sizeof message), -1);
    assert_non_null(strstr(message, "totals.d/20260101 is damaged"));
    totals_close(t);
}

/* ---- kill -9, threads ---- */

enum { THREADS = 3, KILLS = 12, NAMES = 300 };

static struct told {
    uint64_t known, named;
} (*told)[THREADS]; /* adds that were done, as a client that got its reply knows them */

struct worker {
    struct totals *t;
    unsigned id;
    uint64_t limit;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    struct told *mine = &(*told)[w->id];
    char name[32], tail[32];
    snprintf(tail, sizeof tail, "w%u:allow", w->id);
    for (uint64_t i = 0; i < w->limit; i++) {
        add(w->t, HOUR + (uint32_t)(i & 1), TOTALS_KIND, "", tail, 1);
        __atomic_fetch_add(&mine->known, 1, __ATOMIC_SEQ_CST);
        snprintf(name, sizeof name, "n%llu", (unsigned long long)(mine->named % NAMES));
        add(w->t, HOUR, TOTALS_TRUNK, name, tail, 1);
        __atomic_fetch_add(&mine->named, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

static void work_all(uint64_t limit)
{
    struct totals *t = open_at(HOUR);
    struct worker w[THREADS];
    pthread_t thread[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        w[i] = (struct worker){t, i, limit};
        pthread_create(&thread[i], NULL, work, &w[i]);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    totals_close(t);
}

static void sum_prefix(void *arg, struct rf_str field, uint64_t count)
{
    struct want *w = arg;
    if (rf_str_starts(field, RF_STR("trunk:n")) &&
        rf_str_ends(field, rf_str_of(w->field)))
        w->count += count;
}

/* Of each worker at most `slack` adds more than were told, never fewer. */
static void totals_equal_told(uint64_t slack)
{
    struct totals *t = open_at(HOUR);
    assert_string_equal(message, "");
    for (unsigned i = 0; i < THREADS; i++) {
        char tail[32];
        snprintf(tail, sizeof tail, "w%u:allow", i);
        uint64_t known = of_day(t, 20260101, tail);
        struct want named = {tail, 0};
        assert_int_equal(
            totals_day(t, 20260101, sum_prefix, &named, message, sizeof message), 0);
        assert_in_range(known, (*told)[i].known, (*told)[i].known + slack);
        assert_in_range(named.count, (*told)[i].named, (*told)[i].named + slack);
    }
    assert_int_equal(totals_overflows(t), 0);
    totals_close(t);
}

static void share_told(void)
{
    told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                -1, 0);
    assert_ptr_not_equal(told, MAP_FAILED);
}

static void threads_add_exactly(void **state)
{
    (void)state;
    share_told();
    work_all(20000);
    totals_equal_told(0);
    munmap(told, sizeof *told);
}

static void nothing_told_is_lost_by_a_kill(void **state)
{
    (void)state;
    share_told();
    for (int k = 0; k < KILLS; k++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            work_all(UINT64_MAX);
            _exit(0);
        }
        /* Some in opening, some at the first names, some in full work. */
        uint64_t before = __atomic_load_n(&(*told)[0].known, __ATOMIC_SEQ_CST);
        for (int i = 0; k >= 4 && i < 10000; i++) {
            if (__atomic_load_n(&(*told)[0].known, __ATOMIC_SEQ_CST) > before)
                break;
            usleep(1000);
        }
        usleep((useconds_t)(1000 + 3000 * k));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        totals_equal_told((uint64_t)k + 1);
    }
    assert_true((*told)[0].known > 0);
    munmap(told, sizeof *told);
}

/* Shared totals must not be those of a file that has forgotten what it counted. */
static void totals_begun_anew_have_another_name(void **state)
{
    char name[TOTALS_ID_BYTES];
    (void)state;
    struct totals *t = open_at(HOUR);
    assert_int_equal(totals_id(t).n, sizeof name);
    memcpy(name, totals_id(t).p, sizeof name);
    totals_close(t);
    t = open_at(HOUR);
    assert_memory_equal(totals_id(t).p, name, sizeof name);
    totals_close(t);
    overwrite("totals", 0, "PK", 2);
    t = open_at(HOUR);
    assert_memory_not_equal(totals_id(t).p, name, sizeof name);
    totals_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(totals_survive_a_restart, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(a_second_daemon_is_refused, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(a_missing_directory_is_an_error, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(what_is_not_a_totals_file_is_set_aside, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(a_disk_without_room_is_told, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(names_beyond_the_bound_are_other, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(days_are_kept_and_then_deleted, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(a_clock_that_jumps_loses_nothing, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(an_hour_moved_twice_counts_once, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(a_damaged_day_is_told, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(threads_add_exactly, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(totals_begun_anew_have_another_name, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(nothing_told_is_lost_by_a_kill, make_dir,
                                        remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
