/* Many changes of lists: bounded in number, in time and in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "daemon/changes.h"
#include "daemon/store/ledger_inner.h"
#include "tests/unit/folder.h"

#define NOW INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct changes *open_changes(void)
{
    const char *why = "";
    struct changes *c = changes_open(dir, NOW, &why);
    if (!c)
        fail_msg("%s", why);
    return c;
}

/* As if other daemons had made them: without a wait for the disk each. */
static void fill(struct changes *c, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        char key[64];
        snprintf(key, sizeof key, "callers +86138%08u", i);
        struct ledger_entry e = {.key = rf_str_of(key),
                                 .value = RF_STR("+"),
                                 .who = RF_STR("li@gate"),
                                 .why = RF_STR("complaint"),
                                 .time_ms = NOW,
                                 .expires_ms = LEDGER_NEVER,
                                 .origin = "0123456789abcdef"};
        ledger_apply(changes_ledger(c), &e, (struct ledger_id){1 + i, 0}, NOW);
    }
    ledger_applied(changes_ledger(c));
}

static struct changes_request request(const char *entry)
{
    return (struct changes_request){RF_STR("callers"), rf_str_of(entry), RF_STR("li"),
                                    RF_STR("why"), LEDGER_NEVER};
}

static uint32_t find(const struct rf_list *l, const char *number)
{
    return rf_list_find_value(l, rf_plan_find(RF_STR("CN")), rf_str_of(number), NOW);
}

static void a_hundred_thousand_are_the_most(void **state)
{
    struct changes *c = open_changes();
    (void)state;
    fill(c, CHANGES_MAX + 10);
    assert_int_equal(ledger_size(changes_ledger(c)), CHANGES_MAX);
    assert_int_equal(ledger_refused(changes_ledger(c)), 10);
    struct changes_request r = request("+8613900000000");
    assert_int_equal(changes_add(c, &r, NOW), RF_ERR_LIMIT);
    assert_int_equal(changes_remove(c, &r, NOW), RF_ERR_LIMIT);
    r = request("+8613800000007"); /* one that is there can be changed */
    assert_int_equal(changes_remove(c, &r, NOW + 1), RF_OK);
    double began = seconds();
    const struct rf_plan *home = rf_plan_find(RF_STR("CN"));
    struct rf_list *l = rf_list_finish(rf_list_begin(RF_LIST_NUMBERS, home));
    struct rf_overlay *o = changes_overlay(c, RF_STR("callers"), l, home);
    assert_true(seconds() - began < 5); /* some 0.1 s, but for sanitizers */
    assert_true(rf_overlay_bytes(o) < 40 * 1000 * 1000);
    assert_null(rf_list_put_overlay(l, o));
    assert_int_equal(rf_list_added(l), CHANGES_MAX - 1);
    assert_int_equal(rf_list_removals(l), 1);
    assert_int_not_equal(find(l, "+8613800099999"), RF_LIST_NONE);
    assert_int_equal(find(l, "+8613800000007"), RF_LIST_NONE);
    rf_list_free(l);
    changes_close(c);
}

static void changes_outlive_the_process(void **state)
{
    const char *why = "";
    struct rf_arena a;
    struct rf_list_change got;
    struct changes *c = open_changes();
    struct changes_request r = request("+8613900000000");
    (void)state;
    rf_arena_init(&a, 0);
    assert_int_equal(changes_add(c, &r, NOW), RF_OK);
    struct changes *reader = changes_read(dir, &why); /* while it runs */
    assert_true(
        changes_get(reader, RF_STR("callers"), RF_STR("+8613900000000"), &a, &got));
    changes_close(reader);
    changes_close(c);
    c = open_changes();
    assert_true(changes_get(c, RF_STR("callers"), RF_STR("+8613900000000"), &a, &got));
    assert_false(got.removed);
    assert_true(rf_str_eqz(got.who, "li") && rf_str_eqz(got.why, "why"));
    assert_int_equal(got.since_ms, NOW);
    assert_int_equal(got.expires_ms, RF_LIST_NEVER);
    assert_int_equal(changes_take_back(c, &r, NOW + 1), RF_OK);
    assert_int_equal(changes_take_back(c, &r, NOW + 2), RF_ERR_NOENT);
    assert_false(changes_get(c, RF_STR("callers"), RF_STR("+8613900000000"), &a, &got));
    changes_close(c);
    rf_arena_fini(&a);
}

static unsigned woken;

static void wake(void *arg)
{
    (void)arg;
    woken++;
}

static void whoever_puts_them_in_force_is_woken(void **state)
{
    struct changes *c = open_changes();
    struct changes_request r = request("+8613900000000");
    (void)state;
    woken = 0;
    assert_false(changes_waiting(c));
    assert_int_equal(changes_add(c, &r, NOW), RF_OK);
    assert_true(changes_waiting(c));
    changes_watch(c, wake, NULL); /* told of what came before, too */
    assert_int_equal(woken, 1);
    r.expires_ms = NOW + 1000;
    assert_int_equal(changes_add(c, &r, NOW + 1), RF_OK);
    assert_int_equal(woken, 2);
    assert_int_equal(changes_tick(c, NOW + 999), RF_OK);
    assert_int_equal(woken, 2);
    assert_int_equal(changes_tick(c, NOW + 1000), RF_OK);
    assert_int_equal(woken, 3); /* expired */
    changes_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_hundred_thousand_are_the_most, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(changes_outlive_the_process, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(whoever_puts_them_in_force_is_woken, make_dir,
                                        remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
