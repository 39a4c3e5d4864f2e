/* References of decisions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "daemon/ref.h"

static void references_sort_by_time_and_order(void **state)
{
    (void)state;
    struct ref_source s;
    char before[REF_BYTES] = {0}, now[REF_BYTES];
    ref_source_init(&s);
    for (int i = 0; i < 10000; i++) {
        /* The clock stands still, goes on, and once goes back. */
        ref_next(&s, i == 5000 ? 1 : 1767225600000 + i / 100, now);
        assert_true(memcmp(before, now, REF_BYTES) < 0);
        for (int k = 0; k < REF_BYTES; k++)
            assert_non_null(memchr("0123456789ABCDEFGHJKMNPQRSTVWXYZ", now[k], 32));
        memcpy(before, now, REF_BYTES);
    }
}

static void first_ten_characters_are_the_time(void **state)
{
    (void)state;
    struct ref_source s;
    char ref[REF_BYTES];
    ref_source_init(&s);
    ref_next(&s, 1469918176385, ref); /* the example of the ULID specification */
    assert_memory_equal(ref, "01ARYZ6S41", 10);
}

static void sources_differ(void **state)
{
    (void)state;
    struct ref_source a, b;
    char one[REF_BYTES], other[REF_BYTES];
    ref_source_init(&a);
    ref_source_init(&b);
    ref_next(&a, 1, one);
    ref_next(&b, 1, other);
    assert_memory_not_equal(one, other, REF_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_sort_by_time_and_order),
        cmocka_unit_test(first_ten_characters_are_the_time),
        cmocka_unit_test(sources_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
