/* Run-time changes: which of several is in force, over restarts and on slow clocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "daemon/overrides.h"
#include "tests/unit/folder.h"

#define NOW 1767225600000LL

static struct overrides *open_here(void)
{
    const char *why = "";
    struct overrides *o = overrides_open(dir, NOW, NULL, NULL, &why);
    if (!o)
        fail_msg("%s", why);
    return o;
}

static void put(struct overrides *o, const char *key, const char *value, int64_t now_ms,
                int64_t expires_ms)
{
    struct ledger_entry e = {
        .key = rf_str_of(key), .value = rf_str_of(value), .expires_ms = expires_ms};
    assert_int_equal(ledger_set(overrides_ledger(o), &e, now_ms), RF_OK);
    overrides_refresh(o);
}

static enum rf_mode mode(struct overrides *o, enum rf_kind kind)
{
    return overrides_kind_mode(o, kind, RF_MODE_ENFORCE);
}

static void the_later_of_all_and_one_kind_counts(void **state)
{
    (void)state;
    struct overrides *o = open_here();
    assert_int_equal(mode(o, RF_KIND_SMS), RF_MODE_ENFORCE);
    put(o, "mode:sms", "enforce", NOW, LEDGER_NEVER);
    put(o, "mode:*", "monitor", NOW + 1, NOW + 5000);
    assert_int_equal(mode(o, RF_KIND_SMS), RF_MODE_MONITOR);
    assert_int_equal(mode(o, RF_KIND_CALL), RF_MODE_MONITOR);
    assert_int_equal(overrides_mode_ms(o), NOW + 1);
    put(o, "mode:sms", "enforce", NOW + 2, LEDGER_NEVER);
    assert_int_equal(mode(o, RF_KIND_SMS), RF_MODE_ENFORCE);
    assert_int_equal(mode(o, RF_KIND_CALL), RF_MODE_MONITOR);
    overrides_close(o);
    o = open_here();
    assert_int_equal(mode(o, RF_KIND_SMS), RF_MODE_ENFORCE);
    assert_int_equal(mode(o, RF_KIND_CALL), RF_MODE_MONITOR);
    assert_int_equal(overrides_tick(o, NOW + 5000), RF_OK);
    assert_int_equal(mode(o, RF_KIND_CALL), RF_MODE_ENFORCE);
    overrides_close(o);
}

/* A later version may say what this one does not know. */
static void an_unknown_word_changes_nothing(void **state)
{
    (void)state;
    struct overrides *o = open_here();
    put(o, "rule:a", "sleep", NOW, LEDGER_NEVER);
    put(o, "mode:visit", "off", NOW, LEDGER_NEVER);
    put(o, "forget:xyz:*", "", NOW, LEDGER_NEVER);
    put(o, "weather:sms", "rain", NOW, LEDGER_NEVER);
    assert_int_equal(overrides_rule_mode(o, RF_STR("a"), RF_MODE_ENFORCE),
                     RF_MODE_ENFORCE);
    assert_int_equal(mode(o, RF_KIND_VISIT), RF_MODE_ENFORCE);
    put(o, "rule:a", "off", NOW, LEDGER_NEVER);
    assert_int_equal(overrides_rule_mode(o, RF_STR("a"), RF_MODE_ENFORCE), RF_MODE_OFF);
    overrides_close(o);
}

static void forgotten_values_are_found(void **state)
{
    (void)state;
    int64_t salts[4];
    struct rf_hash128 value = {.hi = 0x0123456789abcdef, .lo = 0xfedcba9876543210};
    struct rf_hash128 other = {.hi = 1, .lo = 1};
    struct overrides *o = open_here();
    put(o, "forget:0123456789abcdeffedcba9876543210:*", "", NOW, LEDGER_NEVER);
    put(o, "forget:0123456789abcdeffedcba9876543210:some-rule", "", NOW + 9,
        LEDGER_NEVER);
    assert_int_equal(overrides_salts(o, &value, salts, 4), 2);
    assert_int_equal(salts[0] + salts[1], 2 * NOW + 9);
    assert_int_equal(overrides_salts(o, &other, salts, 4), 0);
    overrides_close(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_later_of_all_and_one_kind_counts, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(an_unknown_word_changes_nothing, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(forgotten_values_are_found, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
