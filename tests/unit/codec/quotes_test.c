/* Where quotes stand, by every way the processor has, against a look at each byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "lib/base/cpu.h"
#include "lib/base/utf8.h"
#include "lib/codec/quotes.h"

#define PADDING 64

static struct rf_quotes quotes; /* large */

typedef bool finder(struct rf_str line, struct rf_quotes *q);

static bool is_plain(struct rf_str line)
{
    for (size_t i = 0; i < line.n; i++)
        if ((unsigned char)line.p[i] < 0x20 || line.p[i] == '\\')
            return false;
    return rf_utf8_valid(line);
}

static void check(finder *find, struct rf_str line)
{
    size_t n = 0;
    bool plain = is_plain(line);
    assert_int_equal(find(line, &quotes), plain);
    if (!plain)
        return;
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] == '"')
            assert_int_equal(quotes.at[n++], i);
    for (size_t i = 0; i < RF_QUOTES_BEHIND; i++)
        assert_int_equal(quotes.at[n + i], line.n);
}

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Lines of random length; now few, now many quotes, some bytes of other kinds. Behind
 * each stands what must not be taken for a part of it. */
static void check_random(finder *find)
{
    static char room[RF_QUOTES_LINE + PADDING];
    uint32_t seed = 7;
    for (int k = 0; k < 3000; k++) {
        size_t n = k < 300 ? (size_t)k : next(&seed) % (k % 50 ? 400 : RF_QUOTES_LINE);
        uint32_t among = 1 + next(&seed) % 12;
        memset(room, "\"\\\n\xff"[k % 4], sizeof room);
        for (size_t i = 0; i < n; i++)
            room[i] = next(&seed) % among ? 'a' : '"';
        if (n && k % 5 == 0)
            room[next(&seed) % n] = "\\\n\x1f\xc3 ~"[next(&seed) % 6];
        if (n > 1 && k % 7 == 0)
            memcpy(room + next(&seed) % (n - 1), "\xc3\xa9", 2);
        check(find, rf_str(room, n));
    }
}

static void every_way_finds_the_same(void **state)
{
    (void)state;
#ifdef __x86_64__
    if (rf_cpu_has_avx2())
        check_random(rf_quotes_find_avx2);
    else
        printf("SKIP: no AVX2\n");
    if (rf_cpu_has_avx512())
        check_random(rf_quotes_find_avx512);
    else
        printf("SKIP: no AVX-512\n");
#endif
}

static void long_lines_are_not_looked_at(void **state)
{
    (void)state;
    static char room[RF_QUOTES_LINE + PADDING];
    memset(room, 'a', sizeof room);
    assert_false(rf_quotes_find(rf_str(room, RF_QUOTES_LINE), &quotes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_finds_the_same),
        cmocka_unit_test(long_lines_are_not_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
