/* Marks as the stream carries them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/store/mark_record.h"

static const struct mark good = {
    .spec = {.id = {.lo = 1, .hi = UINT64_MAX},
             .within_ms = RF_COUNT_WINDOW_MAX_MS,
             .at_least_ms = 5000,
             .times = 3},
    .key = {.lo = 0x0123456789abcdef, .hi = 4},
    .ts_ms = 1767225600123,
};

static void a_mark_comes_back_as_it_was(void **state)
{
    (void)state;
    char bytes[MARK_RECORD_BYTES];
    struct mark back;
    mark_record_write(&good, bytes);
    assert_true(mark_record_read(bytes, &back));
    assert_memory_equal(&back.spec.id, &good.spec.id, sizeof good.spec.id);
    assert_memory_equal(&back.key, &good.key, sizeof good.key);
    assert_int_equal(back.ts_ms, good.ts_ms);
    assert_int_equal(back.spec.within_ms, good.spec.within_ms);
    assert_int_equal(back.spec.at_least_ms, good.spec.at_least_ms);
    assert_int_equal(back.spec.times, good.spec.times);
    assert_memory_equal(bytes + 16, "\xef\xcd\xab\x89\x67\x45\x23\x01", 8);
}

static bool taken(struct mark m)
{
    char bytes[MARK_RECORD_BYTES];
    struct mark back;
    mark_record_write(&m, bytes);
    return mark_record_read(bytes, &back);
}

/* What someone else put into the stream cannot ask for more than a rule could. */
static void what_no_rule_could_say_is_none(void **state)
{
    (void)state;
    struct mark m = good;
    assert_true(taken(m));
    m.spec.times = 0;
    assert_false(taken(m));
    m.spec.times = RF_MARK_TIMES_MAX + 1;
    assert_false(taken(m));
    m = good;
    m.spec.within_ms = RF_COUNT_WINDOW_MAX_MS + 1;
    assert_false(taken(m));
    m.spec.within_ms = 4999;
    assert_false(taken(m));
    m = good;
    m.ts_ms = -1;
    assert_false(taken(m));
    m = good;
    m.spec.at_least_ms = -1;
    assert_false(taken(m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mark_comes_back_as_it_was),
        cmocka_unit_test(what_no_rule_could_say_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
