/* Ledgers: what is set stays over restarts, kills and full disks, and several of them
 * agree through one stream whatever is lost, doubled or late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/ledger_inner.h"

#define NOW 1767225600000LL
#define MAX 1000

static char dir[64];

static int make_dir(void **state)
{
    (void)state;
    /* memory where there is some: disks that are busy make this test slow */
    bool memory = access("/dev/shm", W_OK) == 0;
    snprintf(dir, sizeof dir, "%s/rf_ledger_XXXXXX", memory ? "/dev/shm" : "/tmp");
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static struct ledger *open_at(const char *name, size_t max, int64_t now_ms)
{
    const char *why = "";
    struct ledger *l = ledger_open(dir, name, max, now_ms, &why);
    if (!l)
        fail_msg("%s", why);
    return l;
}

static struct ledger_entry entry(const char *key, const char *value)
{
    return (struct ledger_entry){
        .key = rf_str_of(key),
        .value = rf_str_of(value),
        .who = RF_STR("ann\t@host"),
        .why = RF_STR("line one\nline \\two"),
        .expires_ms = LEDGER_NEVER,
    };
}

static int set(struct ledger *l, const char *key, const char *value, int64_t now_ms)
{
    struct ledger_entry e = entry(key, value);
    return ledger_set(l, &e, now_ms);
}

static int del(struct ledger *l, const char *key, int64_t now_ms)
{
    struct ledger_entry e = entry(key, "");
    return ledger_del(l, &e, now_ms);
}

/* The value of a key, "-" where there is none; the last answer only. */
static const char *value_of(struct ledger *l, const char *key)
{
    static char text[LEDGER_VALUE_MAX + 1];
    struct rf_arena a;
    struct ledger_entry e;
    rf_arena_init(&a, 0);
    bool there = ledger_get(l, rf_str_of(key), &a, &e);
    snprintf(text, sizeof text, "%.*s", there ? (int)e.value.n : 1,
             there ? e.value.p : "-");
    rf_arena_fini(&a);
    return text;
}

static void path_of(const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s.ledger", dir, name);
}

/* ---- alone ------------------------------------------------------------------------- */

static void entries_stay(void **state)
{
    (void)state;
    struct rf_arena a;
    struct ledger_entry e;
    struct ledger *l = open_at("stay", MAX, NOW);
    assert_int_equal(set(l, "a\tb", "one", NOW), RF_OK);
    assert_int_equal(set(l, "c", "two", NOW), RF_OK);
    assert_int_equal(set(l, "a\tb", "three\n", NOW), RF_OK);
    assert_int_equal(del(l, "c", NOW), RF_OK);
    assert_int_equal(del(l, "c", NOW), RF_ERR_NOENT);
    ledger_close(l);
    l = open_at("stay", MAX, NOW);
    assert_string_equal(value_of(l, "a\tb"), "three\n");
    assert_string_equal(value_of(l, "c"), "-");
    assert_int_equal(ledger_size(l), 1);
    assert_int_equal(ledger_damaged(l), 0);
    rf_arena_init(&a, 0);
    assert_true(ledger_get(l, RF_STR("a\tb"), &a, &e));
    assert_true(rf_str_eqz(e.who, "ann\t@host"));
    assert_true(rf_str_eqz(e.why, "line one\nline \\two"));
    rf_arena_fini(&a);
    ledger_close(l);
}

/* A clock that was set back does not lose a later change. */
static void a_change_is_newer_than_what_it_replaces(void **state)
{
    (void)state;
    struct ledger *l = open_at("clock", MAX, NOW);
    assert_int_equal(set(l, "k", "first", NOW), RF_OK);
    assert_int_equal(set(l, "k", "second", NOW - 3600000), RF_OK);
    ledger_close(l);
    l = open_at("clock", MAX, NOW);
    assert_string_equal(value_of(l, "k"), "second");
    ledger_close(l);
}

struct told {
    unsigned sets, dels;
};

static void on_change(void *arg, const struct ledger_entry *e)
{
    struct told *t = arg;
    t->sets += !e->deleted;
    t->dels += e->deleted;
}

static void entries_expire_and_are_forgotten(void **state)
{
    (void)state;
    struct told t = {0};
    struct ledger *l = open_at("expire", MAX, NOW);
    struct ledger_entry e = entry("k", "v");
    ledger_watch(l, on_change, &t);
    e.expires_ms = NOW + 5000;
    assert_int_equal(ledger_set(l, &e, NOW), RF_OK);
    assert_int_equal(ledger_tick(l, NOW + 4999), RF_OK);
    assert_string_equal(value_of(l, "k"), "v");
    assert_int_equal(ledger_tick(l, NOW + 5000), RF_OK);
    assert_string_equal(value_of(l, "k"), "-");
    assert_int_equal(t.sets, 1);
    assert_int_equal(t.dels, 1);
    ledger_close(l);
    l = open_at("expire", MAX, NOW + 6000);
    assert_string_equal(value_of(l, "k"), "-");
    assert_int_equal(l->n, 1);
    assert_int_equal(ledger_tick(l, NOW + 5000 + LEDGER_KEEP_MS), RF_OK);
    assert_int_equal(l->n, 0);
    ledger_close(l);
}

static void deleted_ones_give_way_when_full(void **state)
{
    (void)state;
    char key[24];
    struct ledger *l = open_at("full", 10, NOW);
    for (int i = 0; i < 10; i++) {
        snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(set(l, key, "v", NOW + i), RF_OK);
    }
    assert_int_equal(set(l, "more", "v", NOW + 10), RF_ERR_LIMIT);
    assert_int_equal(del(l, "k3", NOW + 11), RF_OK);
    assert_int_equal(set(l, "more", "v", NOW + 12), RF_OK);
    assert_string_equal(value_of(l, "more"), "v");
    ledger_close(l);
}

static void what_is_too_long_is_refused(void **state)
{
    (void)state;
    static char big[LEDGER_VALUE_MAX + 2];
    struct ledger *l = open_at("long", MAX, NOW);
    memset(big, 'x', sizeof big - 1);
    assert_int_equal(set(l, "k", big, NOW), RF_ERR_INVALID);
    big[LEDGER_KEY_MAX + 1] = 0;
    assert_int_equal(set(l, big, "v", NOW), RF_ERR_INVALID);
    assert_int_equal(set(l, "", "v", NOW), RF_ERR_INVALID);
    ledger_close(l);
}

/* ---- the file ---------------------------------------------------------------------- */

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

/* ---- several, through a stream ------------------------------------------------------
 */

#define LEDGERS 3
#define STREAM 20000

struct fake_stream {
    struct {
        uint64_t id; /* 0: taken out */
        struct ledger_entry e;
    } v[STREAM];
    size_t n, live;
    struct rf_arena arena;
};

struct peer {
    struct ledger *l;
    size_t at; /* entries read */
    bool whole;
};

static void stream_add(struct fake_stream *s, const struct ledger_entry *e)
{
    assert_true(s->n < STREAM);
    struct ledger_entry copy = *e;
    copy.key = rf_arena_dup(&s->arena, e->key);
    copy.value = rf_arena_dup(&s->arena, e->value);
    copy.who = rf_arena_dup(&s->arena, e->who);
    copy.why = rf_arena_dup(&s->arena, e->why);
    s->v[s->n].id = s->n + 1;
    s->v[s->n++].e = copy;
    s->live++;
}

static void stream_del(struct fake_stream *s, uint64_t id)
{
    if (id == 0 || id > s->n || s->v[id - 1].id == 0)
        return;
    s->v[id - 1].id = 0;
    s->live--;
}

static void peer_read(struct peer *p, struct fake_stream *s, int64_t now_ms)
{
    for (; p->at < s->n; p->at++)
        if (s->v[p->at].id)
            ledger_apply(p->l, &s->v[p->at].e, (struct ledger_id){s->v[p->at].id, 0},
                         now_ms);
    p->whole = true;
    ledger_applied(p->l);
}

/* One in `lose` commands is lost, or runs and its reply is. */
static void peer_write(struct peer *p, struct fake_stream *s, unsigned lose)
{
    struct rf_arena a;
    struct ledger_entry e;
    struct ledger_id dead[8];
    size_t n;
    rf_arena_init(&a, 0);
    for (size_t left = ledger_unsent(p->l); p->whole && left; left--) {
        if (!ledger_next_unsent(p->l, &a, &e))
            break;
        bool ran = !lose || (unsigned)rand() % lose;
        if (ran)
            stream_add(s, &e);
        if (!ran || (lose && (unsigned)rand() % lose == 0))
            ledger_not_sent(p->l, e.key, e.time_ms);
    }
    while (p->whole && (n = ledger_take_dead(p->l, dead, 8)))
        for (size_t i = 0; i < n; i++)
            stream_del(s, dead[i].ms);
    rf_arena_fini(&a);
}

static void peer_again(struct peer *p)
{
    ledger_forget_stream(p->l);
    p->at = 0;
    p->whole = false;
}

static void random_change(struct ledger *l, int64_t now_ms)
{
    char key[24], value[24];
    snprintf(key, sizeof key, "k%d", rand() % 40);
    snprintf(value, sizeof value, "%d", rand());
    int rc = rand() % 4 ? set(l, key, value, now_ms) : del(l, key, now_ms);
    assert_true(rc == RF_OK || rc == RF_ERR_NOENT);
}

static void settle(struct peer *peers, struct fake_stream *s, int64_t now_ms)
{
    for (int turn = 0; turn < 3; turn++)
        for (int p = 0; p < LEDGERS; p++) {
            peer_read(&peers[p], s, now_ms);
            peer_write(&peers[p], s, 0);
        }
}

static void assert_alike(struct peer *peers, struct fake_stream *s)
{
    char key[24], first[24];
    for (int k = 0; k < 40; k++) {
        snprintf(key, sizeof key, "k%d", k);
        snprintf(first, sizeof first, "%s", value_of(peers[0].l, key));
        for (int p = 1; p < LEDGERS; p++)
            assert_string_equal(value_of(peers[p].l, key), first);
    }
    for (int p = 0; p < LEDGERS; p++) {
        assert_int_equal(ledger_waiting(peers[p].l), 0);
        assert_int_equal(s->live, peers[p].l->n);
    }
}

/* Random changes on daemons whose clocks differ by minutes, with lost commands and
 * replies, reconnects, restarts, and a Redis that now and then loses its data: when all
 * have read, all are alike, and the stream holds one entry a key. */
static void ledgers_agree(void **state)
{
    (void)state;
    static struct fake_stream s;
    struct peer peers[LEDGERS];
    char name[24];
    srand(7);
    rf_arena_init(&s.arena, 0);
    for (int p = 0; p < LEDGERS; p++) {
        snprintf(name, sizeof name, "agree%d", p);
        peers[p] = (struct peer){.l = open_at(name, MAX, NOW)};
        ledger_bind(peers[p].l);
    }
    for (int step = 0; step < 3000; step++) {
        int p = rand() % LEDGERS, what = rand() % 100;
        int64_t now_ms = NOW + step * 100 + p * 120000;
        snprintf(name, sizeof name, "agree%d", p);
        if (what < 40) {
            random_change(peers[p].l, now_ms);
        } else if (what < 92) {
            peer_read(&peers[p], &s, now_ms);
            peer_write(&peers[p], &s, 5);
        } else if (what < 96) {
            peer_again(&peers[p]);
        } else if (what < 99) {
            ledger_close(peers[p].l);
            peers[p] = (struct peer){.l = open_at(name, MAX, now_ms)};
            ledger_bind(peers[p].l);
            assert_int_equal(ledger_damaged(peers[p].l), 0);
        } else {
            for (size_t i = 1; i <= s.n; i++)
                stream_del(&s, i);
            for (int i = 0; i < LEDGERS; i++)
                peer_again(&peers[i]);
        }
        if (step % 500 == 499) {
            settle(peers, &s, now_ms);
            assert_alike(peers, &s);
        }
    }
    for (int p = 0; p < LEDGERS; p++)
        ledger_close(peers[p].l);
    rf_arena_fini(&s.arena);
}

/* A daemon that was away does not bring back what was deleted meanwhile. */
static void the_deleted_stays_deleted(void **state)
{
    (void)state;
    static struct fake_stream s;
    rf_arena_init(&s.arena, 0);
    struct peer a = {.l = open_at("here", MAX, NOW)},
                b = {.l = open_at("away", MAX, NOW)};
    assert_int_equal(set(a.l, "k", "v", NOW), RF_OK);
    peer_read(&a, &s, NOW);
    peer_write(&a, &s, 0);
    peer_read(&b, &s, NOW);
    assert_string_equal(value_of(b.l, "k"), "v");
    assert_int_equal(del(a.l, "k", NOW + 1000), RF_OK);
    peer_write(&a, &s, 0);
    peer_read(&a, &s, NOW + 1000);
    peer_write(&a, &s, 0);
    assert_int_equal(s.live, 1);
    peer_again(&b);
    peer_read(&b, &s, NOW + 2000);
    peer_write(&b, &s, 0);
    assert_string_equal(value_of(b.l, "k"), "-");
    assert_int_equal(s.live, 1);
    assert_int_equal(ledger_tick(a.l, NOW + 2000 + LEDGER_KEEP_MS), RF_OK);
    peer_write(&a, &s, 0);
    assert_int_equal(s.live, 0);
    ledger_close(a.l);
    ledger_close(b.l);
    rf_arena_fini(&s.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_stay),
        cmocka_unit_test(a_change_is_newer_than_what_it_replaces),
        cmocka_unit_test(entries_expire_and_are_forgotten),
        cmocka_unit_test(deleted_ones_give_way_when_full),
        cmocka_unit_test(what_is_too_long_is_refused),
        cmocka_unit_test(a_torn_file_keeps_its_whole_lines),
        cmocka_unit_test(a_changed_byte_is_found),
        cmocka_unit_test(a_torn_file_on_a_full_disk_is_read),
        cmocka_unit_test(the_file_does_not_grow_with_changes),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(ledgers_agree),
        cmocka_unit_test(the_deleted_stays_deleted),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
