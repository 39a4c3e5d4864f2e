/* What outlives the process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/ops/state.h"
#include "tests/unit/folder.h"

#define HASH_A "00000000000000000000000000000001"
#define HASH_B "00000000000000000000000000000002"

static void generation_goes_on_only_with_a_new_ruleset(void **state)
{
    (void)state;
    struct state s;
    const char *why = "";
    assert_int_equal(state_open(&s, dir, &why), RF_OK);
    assert_int_equal(s.gen, 0);
    assert_int_equal(state_ruleset(&s, HASH_A), RF_OK);
    assert_int_equal(s.gen, 1);
    assert_int_equal(state_ruleset(&s, HASH_A), RF_OK);
    assert_int_equal(s.gen, 1);
    state_close(&s);
    assert_int_equal(state_open(&s, dir, &why), RF_OK);
    assert_int_equal(s.gen, 1);
    assert_int_equal(state_ruleset(&s, HASH_A), RF_OK);
    assert_int_equal(s.gen, 1);
    assert_int_equal(state_ruleset(&s, HASH_B), RF_OK);
    assert_int_equal(s.gen, 2);
    state_close(&s);
}

static void key_is_made_once(void **state)
{
    (void)state;
    struct state s;
    const char *why = "";
    assert_int_equal(state_open(&s, dir, &why), RF_OK);
    struct rf_hash_key key = s.key;
    assert_true(key.k0 || key.k1);
    state_close(&s);
    assert_int_equal(state_open(&s, dir, &why), RF_OK);
    assert_true(s.key.k0 == key.k0 && s.key.k1 == key.k1);
    state_close(&s);
}

static void damage_is_told_not_overwritten(void **state)
{
    (void)state;
    struct state s;
    char path[128];
    const char *why = "";
    snprintf(path, sizeof path, "%s/key", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("not hex", f);
    fclose(f);
    assert_int_equal(state_open(&s, dir, &why), RF_ERR_IO);
    assert_string_equal(why, "the file `key` in it is damaged");
}

static void only_one_at_a_time(void **state)
{
    (void)state;
    struct state s, t;
    const char *why = "";
    assert_int_equal(state_open(&s, dir, &why), RF_OK);
    assert_int_equal(state_open(&t, dir, &why), RF_ERR_LIMIT);
    assert_string_equal(why, "another daemon uses it");
    state_close(&s);
    assert_int_equal(state_open(&t, dir, &why), RF_OK);
    state_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(generation_goes_on_only_with_a_new_ruleset,
                                        make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(key_is_made_once, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(damage_is_told_not_overwritten, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(only_one_at_a_time, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
