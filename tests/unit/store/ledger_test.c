/* A ledger alone: what is set stays over restarts, until it expires or is deleted. */
#include "ledgers.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_stay),
        cmocka_unit_test(a_change_is_newer_than_what_it_replaces),
        cmocka_unit_test(entries_expire_and_are_forgotten),
        cmocka_unit_test(deleted_ones_give_way_when_full),
        cmocka_unit_test(what_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
