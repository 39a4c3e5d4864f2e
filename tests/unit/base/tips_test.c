#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "lib/base/tips.h"

enum { MOST = 40 };

static bool same(struct rf_str a, struct rf_str b)
{
    return rf_tips_same(a, rf_tips(a), b, rf_tips(b));
}

/* Of each length, a change of any one byte, and what it is cut to; in memory of its own
 * size, so that a sanitizer sees a byte read outside. */
static void strings_are_the_same_only_where_all_bytes_are(void **state)
{
    (void)state;
    for (size_t n = 0; n < MOST; n++) {
        char *a = malloc(n ? n : 1), *b = malloc(n ? n : 1);
        memset(a, 'x', n);
        memset(b, 'x', n);
        assert_true(same(rf_str(a, n), rf_str(b, n)));
        for (size_t i = 0; i < n; i++) {
            assert_false(same(rf_str(a, n), rf_str(b, i)));
            b[i] = 'y';
            assert_false(same(rf_str(a, n), rf_str(b, n)));
            b[i] = 'x';
        }
        free(a);
        free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_the_same_only_where_all_bytes_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
