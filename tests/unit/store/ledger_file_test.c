/* The file of a ledger: what was set stays over kills, changed bytes and full disks. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "ledgers.h"

static void path_of(const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s.ledger", dir, name);
}

/* Cut anywhere, as a kill or a power cut does: every whole line before counts. */
static void a_torn_file_keeps_its_whole_lines(void **state)
{
    (void)state;
    char path[128];
    struct stat st;
    struct ledger *l = open_at("torn", MAX, NOW);
    for (int i = 0; i < 5; i++) {
        char key[24];
        snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(set(l, key, "value", NOW), RF_OK);
    }
    ledger_close(l);
    path_of("torn", path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size - 7), 0);
    l = open_at("torn", MAX, NOW);
    assert_int_equal(ledger_damaged(l), 1);
    assert_int_equal(ledger_size(l), 4);
    assert_string_equal(value_of(l, "k3"), "value");
    assert_int_equal(set(l, "k9", "after", NOW), RF_OK);
    ledger_close(l);
    l = open_at("torn", MAX, NOW);
    assert_int_equal(ledger_damaged(l), 0);
    assert_int_equal(ledger_size(l), 5);
    assert_string_equal(value_of(l, "k9"), "after");
    ledger_close(l);
}

static void a_changed_byte_is_found(void **state)
{
    (void)state;
    char path[128];
    struct ledger *l = open_at("byte", MAX, NOW);
    assert_int_equal(set(l, "k1", "value", NOW), RF_OK);
    assert_int_equal(set(l, "k2", "value", NOW), RF_OK);
    off_t at = l->good / 2;
    ledger_close(l);
    path_of("byte", path);
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, "\x01", 1, at), 1);
    close(fd);
    l = open_at("byte", MAX, NOW);
    assert_int_equal(ledger_damaged(l), 1);
    assert_int_equal(ledger_size(l), 1);
    ledger_close(l);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit r;
    getrlimit(RLIMIT_FSIZE, &r);
    r.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

/* As after a crash that filled the disk: what can be read is in force. */
static void a_torn_file_on_a_full_disk_is_read(void **state)
{
    (void)state;
    char path[128], kept[144];
    struct stat st;
    struct ledger *l = open_at("both", MAX, NOW);
    assert_int_equal(set(l, "k1", "value", NOW), RF_OK);
    assert_int_equal(set(l, "k2", "value", NOW), RF_OK);
    ledger_close(l);
    path_of("both", path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size - 3), 0);
    signal(SIGXFSZ, SIG_IGN);
    limit_files(10);
    l = open_at("both", MAX, NOW);
    assert_string_equal(value_of(l, "k1"), "value");
    assert_int_equal(ledger_tick(l, NOW), RF_ERR_IO);
    assert_int_equal(set(l, "k3", "value", NOW), RF_ERR_IO);
    limit_files(RLIM_INFINITY);
    assert_int_equal(ledger_tick(l, NOW), RF_OK);
    ledger_close(l);
    snprintf(kept, sizeof kept, "%s.damaged", path);
    assert_int_equal(stat(kept, &st), 0);
    l = open_at("both", MAX, NOW);
    assert_int_equal(ledger_damaged(l), 0);
    assert_string_equal(value_of(l, "k1"), "value");
    assert_string_equal(value_of(l, "k3"), "value");
    ledger_close(l);
}

static void the_file_does_not_grow_with_changes(void **state)
{
    (void)state;
    char path[128];
    struct stat st;
    struct ledger *l = open_at("grow", MAX, NOW);
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(set(l, "k", "value", NOW), RF_OK);
        if (i % 100 == 0)
            assert_int_equal(ledger_tick(l, NOW), RF_OK);
    }
    path_of("grow", path);
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size < 64 * 1024);
    ledger_close(l);
}

/* A full disk: changes are in force, it is told, and they get there when there is room.
 */
static void a_full_disk_is_told(void **state)
{
    (void)state;
    char path[128];
    struct stat st;
    struct ledger *l = open_at("disk", MAX, NOW);
    signal(SIGXFSZ, SIG_IGN);
    path_of("disk", path);
    assert_int_equal(set(l, "before", "v", NOW), RF_OK);
    assert_int_equal(stat(path, &st), 0);
    limit_files((rlim_t)st.st_size + 20);
    assert_int_equal(set(l, "during", "v", NOW), RF_ERR_IO);
    assert_int_equal(errno, EFBIG);
    assert_string_equal(value_of(l, "during"), "v");
    assert_int_equal(ledger_tick(l, NOW), RF_ERR_IO);
    assert_int_equal(stat(path, &st), 0);
    limit_files(RLIM_INFINITY);
    assert_int_equal(ledger_tick(l, NOW), RF_OK);
    assert_int_equal(set(l, "after", "v", NOW), RF_OK);
    ledger_close(l);
    l = open_at("disk", MAX, NOW);
    assert_int_equal(ledger_damaged(l), 0);
    assert_int_equal(ledger_size(l), 3);
    ledger_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_torn_file_keeps_its_whole_lines),
        cmocka_unit_test(a_changed_byte_is_found),
        cmocka_unit_test(a_torn_file_on_a_full_disk_is_read),
        cmocka_unit_test(the_file_does_not_grow_with_changes),
        cmocka_unit_test(a_full_disk_is_told),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
