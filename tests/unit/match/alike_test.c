/* Whether texts are alike, one byte after the other and many at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "lib/base/cpu.h"
#include "lib/match/alike.h"

static uint64_t seed = 5;

static uint32_t rnd(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % n;
}

static bool is_alike(struct rf_str text, struct rf_str y)
{
    bool alike = rf_alike_lowered_plain(text, y);
#ifdef __x86_64__
    if (rf_cpu_has_avx512())
        assert_int_equal(rf_alike_lowered_avx512(text, y), alike);
#endif
    assert_int_equal(rf_alike_lowered(text, y), alike);
    return alike;
}

static void only_ascii_capitals_may_differ(void **state)
{
    (void)state;
    assert_true(is_alike(RF_STR(""), RF_STR("")));
    assert_false(is_alike(RF_STR(""), RF_STR("a")));
    assert_true(is_alike(RF_STR("@[`{ AZaz09"), RF_STR("@[`{ azaz09")));
    assert_false(is_alike(RF_STR("@"), RF_STR("`")));
    assert_false(is_alike(RF_STR("["), RF_STR("{")));
    assert_false(is_alike(RF_STR("a"), RF_STR("A")));
    assert_true(is_alike(RF_STR("\xe5\xbf\xab-A"), RF_STR("\xe5\xbf\xab-a")));
    assert_false(is_alike(RF_STR("\xc3\x84"), RF_STR("\xc3\xa4")));
}

/* In memory of its own, so that reading beyond it is seen. */
static char *random_text(size_t n)
{
    char *p = malloc(n);
    for (size_t i = 0; i < n; i++)
        p[i] = (char)rnd(256);
    return p;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void a_byte_anywhere_is_seen(void **state)
{
    (void)state;
    for (size_t n = 1; n < 400; n++) {
        char *text = random_text(n), *y = random_text(n);
        for (size_t i = 0; i < n; i++)
            y[i] = lower(text[i]);
        assert_true(is_alike(rf_str(text, n), rf_str(y, n)));
        assert_false(is_alike(rf_str(text, n), rf_str(y, n - 1)));
        y[rnd((uint32_t)n)] ^= (char)(1u << rnd(8));
        assert_false(is_alike(rf_str(text, n), rf_str(y, n)));
        free(text);
        free(y);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_ascii_capitals_may_differ),
        cmocka_unit_test(a_byte_anywhere_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
