#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "lib/base/digits.h"

enum { MOST = 40 };

static size_t run_one_by_one(struct rf_str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return n;
}

/* In memory of its own size, so that a sanitizer sees a byte read outside. */
static char *some_digits(size_t n, unsigned seed)
{
    char *p = malloc(n ? n : 1);
    for (size_t i = 0; i < n; i++)
        p[i] = (char)('0' + (seed = seed * 1103515245 + 12345) / 65536 % 10);
    return p;
}

/* Each byte at each place of digits of each length ends the run or does not. */
static void a_run_ends_at_the_first_byte_that_is_no_digit(void **state)
{
    (void)state;
    for (size_t n = 0; n < MOST; n++)
        for (size_t at = 0; at < n; at++) {
            char *p = some_digits(n, (unsigned)(n * MOST + at));
            for (int c = 0; c < 256; c++) {
                p[at] = (char)c;
                struct rf_str s = rf_str(p, n);
                assert_int_equal(rf_digits_run(s), run_one_by_one(s));
                p[n - 1] = (char)0xff; /* and another, behind or at it */
                assert_int_equal(rf_digits_run(s), run_one_by_one(s));
                p[n - 1] = '7';
            }
            free(p);
        }
    assert_int_equal(rf_digits_run(rf_str("", 0)), 0);
}

static void a_value_is_that_of_its_digits(void **state)
{
    (void)state;
    for (size_t n = 0; n < MOST; n++)
        for (unsigned seed = 0; seed < 50; seed++) {
            char *p = some_digits(n, seed);
            uint64_t want = 0;
            for (size_t i = 0; i < n; i++)
                want = want * 10 + (uint64_t)(p[i] - '0');
            assert_int_equal(rf_digits_value(p, n), want);
            assert_int_equal(rf_digits_run(rf_str(p, n)), n);
            free(p);
        }
    assert_int_equal(rf_digits_value("9999999999999999", 16), 9999999999999999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_ends_at_the_first_byte_that_is_no_digit),
        cmocka_unit_test(a_value_is_that_of_its_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
