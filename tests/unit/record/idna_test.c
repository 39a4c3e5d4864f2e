#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <idn2.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/record/host.h"
#include "lib/record/idna.h"
#include "lib/record/punycode.h"

enum { ROUNDS = 200000, MOST = 12 };

static struct rf_arena arena;

static uint32_t next_random(uint32_t below)
{
    static uint64_t x = 88172645463325252;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return (uint32_t)(x >> 33) % below;
}

/* Code points c[0, n) as they stand, label by label, in `out`. */
static void encode(const uint32_t *c, int n, char *out)
{
    size_t at = 0;
    for (int begin = 0, i = 0; i <= n; i++) {
        if (i < n && c[i] != '.' && c[i] != 0x3002 && c[i] != 0xff0e && c[i] != 0xff61)
            continue;
        uint32_t label[MOST];
        bool ascii = true;
        int len = i - begin;
        for (int k = 0; k < len; k++) {
            label[k] = c[begin + k] - 'A' < 26 ? c[begin + k] | 0x20 : c[begin + k];
            ascii = ascii && label[k] < 0x80;
        }
        at += ascii ? 0 : (size_t)sprintf(out + at, "xn--");
        for (int k = 0; ascii && k < len; k++)
            out[at++] = (char)label[k];
        if (!ascii)
            at += (size_t)rf_punycode_encode(label, len, out + at, 200);
        if (i < n)
            out[at++] = '.';
        begin = i + 1;
    }
    out[at] = 0;
}

/* What libidn2 makes of it in lower case, else the name as it stands. */
static void expect_as_libidn2(const uint32_t *c, int n)
{
    char utf8[4 * MOST + 1], expected[512], *ascii;
    struct rf_str out;
    size_t len = 0;
    for (int i = 0; i < n; i++)
        len += rf_utf8_encode(c[i], utf8 + len);
    utf8[len] = 0;
    rf_arena_reset(&arena);
    if (idn2_lookup_u8((uint8_t *)utf8, (uint8_t **)&ascii,
                       IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK) {
        snprintf(expected, sizeof expected, "%s", ascii);
        idn2_free(ascii);
    } else {
        encode(c, n, expected);
    }
    if (rf_idna_to_ascii(&arena, rf_str(utf8, len), &out) != 0)
        return; /* white space, or too long */
    for (size_t i = 0; i < out.n; i++)
        if (expected[i] >= 'A' && expected[i] <= 'Z')
            expected[i] |= 0x20;
    if (!rf_str_eqz(out, expected))
        fail_msg("%s: %.*s instead of %s", utf8, RF_STR_FMT(out), expected);
}

static void every_code_point_alone_and_in_names(void **state)
{
    (void)state;
    for (uint32_t c = 0x80; c <= 0x10ffff; c += c < 0x32000 || c >= 0xe0000 ? 1 : 97) {
        if (c >= 0xd800 && c < 0xe000)
            continue;
        expect_as_libidn2((uint32_t[]){c}, 1);
        expect_as_libidn2((uint32_t[]){'A', c, 'z', '.', 'c', 'n'}, 6);
        if (c % 3 == 0)
            expect_as_libidn2((uint32_t[]){c, c, 0xff21, '.', 0x4f8b, 0xe9}, 6);
    }
}

static void random_names(void **state)
{
    (void)state;
    static const uint32_t some[] = {
        'a',    'B',    '7',    '-',    '_',    '.',     'x',    'n',    0xdf,   0xe9,
        0xc9,   0xb7,   'l',    0xad,   0x200b, 0x200d,  0x3002, 0xff0e, 0xff21, 0x4f8b,
        0x5b50, 0x30fb, 0x30ab, 0x3099, 0x301,  0x5d0,   0x627,  0x661,  0x6f1,  0xe01,
        0xe48,  0xe38,  0xe33,  0x915,  0x94d,  0x1f600, 0x2764, 0x2126, 0xac00, 0x1100,
        0x1161, 0x430,  0x410,  0x3c2,  0xfb01, 0x2f00,  0x300,  0x323};
    for (int r = 0; r < ROUNDS; r++) {
        uint32_t c[MOST];
        int n = 1 + (int)next_random(MOST);
        unsigned from = next_random(sizeof some / sizeof *some);
        for (int i = 0; i < n; i++) /* a few kinds in each */
            c[i] = next_random(3) ? some[(from + next_random(4)) % (sizeof some / 4)]
                                  : some[next_random(sizeof some / sizeof *some)];
        c[next_random((uint32_t)n)] = some[8 + next_random(sizeof some / 4 - 8)];
        expect_as_libidn2(c, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_alone_and_in_names),
        cmocka_unit_test(random_names),
    };
    rf_arena_init(&arena, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rf_arena_fini(&arena);
    return failed;
}
