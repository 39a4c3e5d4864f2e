/* Numbers as events tell them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/ops/mask.h"

static void assert_masked(const char *raw, const char *want_without_hash)
{
    static const struct rf_hash_key key = {1, 2};
    struct rf_arena a;
    struct rf_addr addr;
    struct rf_buf out, hash;
    rf_arena_init(&a, 0);
    rf_buf_init(&out);
    rf_buf_init(&hash);
    rf_addr_normalize(&a, rf_plan_find(RF_STR("CN")), rf_str_of(raw), -1, &addr);
    mask_add(&out, &key, &addr);
    mask_add_key(&hash, &key, &addr);
    rf_buf_addc(&out, '\0');
    assert_int_equal(hash.n, 32);
    char *sharp = strchr(out.p, '#');
    assert_non_null(sharp);
    assert_int_equal(strlen(sharp + 1), 8);
    assert_memory_equal(sharp + 1, hash.p, 8);
    *sharp = 0;
    assert_string_equal(out.p, want_without_hash);
    rf_buf_fini(&out);
    rf_buf_fini(&hash);
    rf_arena_fini(&a);
}

static void only_calling_code_and_last_two_stay(void **state)
{
    (void)state;
    assert_masked("+8613800001212", "+86*********12");
    assert_masked("13800001212", "+86*********12");
    assert_masked("+442079460018", "+44********18");
    assert_masked("+12025550147", "+1********47");
    assert_masked("95588", "***88");
    assert_masked("110", "***");
    assert_masked("USPS", "****");
    assert_masked("中国银行95588", "*******88");
}

static void same_number_same_hash_under_one_key(void **state)
{
    (void)state;
    static const struct rf_hash_key key = {1, 2}, other = {1, 3};
    struct rf_addr one = {.form = RF_ADDR_E164, .norm = RF_STR("+8613800001212")};
    struct rf_addr two = {.form = RF_ADDR_E164, .norm = RF_STR("+8613800001213")};
    struct rf_buf b;
    rf_buf_init(&b);
    mask_add_key(&b, &key, &one);
    mask_add_key(&b, &key, &one);
    mask_add_key(&b, &key, &two);
    mask_add_key(&b, &other, &one);
    assert_memory_equal(b.p, b.p + 32, 32);
    assert_memory_not_equal(b.p, b.p + 64, 32);
    assert_memory_not_equal(b.p, b.p + 96, 32);
    rf_buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_calling_code_and_last_two_stay),
        cmocka_unit_test(same_number_same_hash_under_one_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
