/* Folding against a second writing of its definition, step by step over whole strings
 * with ICU: every code point alone, then random strings of what interacts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#include "lib/base/utf8.h"
#include "lib/text/fold.h"

enum { MAX = 2048, LENGTH = 24 };

struct text {
    UChar32 c[MAX];
    int n;
};

static const UNormalizer2 *nfc, *nfd, *casefold;
static USpoofChecker *spoof;
static UTransliterator *simplify;
static struct rf_arena arena;

static int to_utf16(const struct text *t, UChar *u)
{
    int n = 0;
    for (int i = 0; i < t->n; i++)
        U16_APPEND_UNSAFE(u, n, t->c[i]);
    return n;
}

static void from_utf16(const UChar *u, int n, struct text *t)
{
    t->n = 0;
    for (int i = 0; i < n; t->n++)
        U16_NEXT(u, i, n, t->c[t->n]);
}

static void normalize(const UNormalizer2 *form, struct text *t)
{
    UErrorCode e = U_ZERO_ERROR;
    UChar in[2 * MAX], out[2 * MAX];
    int n = unorm2_normalize(form, in, to_utf16(t, in), out, 2 * MAX, &e);
    assert_true(U_SUCCESS(e));
    from_utf16(out, n, t);
}

static bool is_mark(UChar32 c)
{
    return U_GET_GC_MASK(c) & U_GC_M_MASK;
}

static bool loses_marks(UChar32 c)
{
    UErrorCode e = U_ZERO_ERROR;
    UScriptCode s = uscript_getScript(c, &e);
    return U_GET_GC_MASK(c) & U_GC_L_MASK &&
           (s == USCRIPT_LATIN || s == USCRIPT_GREEK || s == USCRIPT_CYRILLIC);
}

static void step_1(struct text *t)
{
    int n = 0;
    for (int i = 0; i < t->n; i++) {
        UChar32 c = t->c[i];
        bool drop = u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) ||
                    u_hasBinaryProperty(c, UCHAR_VARIATION_SELECTOR) ||
                    u_charType(c) == U_FORMAT_CHAR || u_charType(c) == U_CONTROL_CHAR;
        if (!drop || u_hasBinaryProperty(c, UCHAR_WHITE_SPACE))
            t->c[n++] = c;
    }
    t->n = n;
}

static void step_2(struct text *t)
{
    struct text all = {.n = 0};
    for (int i = 0; i < t->n; i++) {
        struct text one = {{t->c[i]}, 1};
        normalize(casefold, &one);
        memcpy(all.c + all.n, one.c, (size_t)one.n * sizeof *one.c);
        all.n += one.n;
    }
    *t = all;
}

static void step_3(struct text *t)
{
    for (int i = 0; i < t->n; i++)
        if (u_charType(t->c[i]) == U_DECIMAL_DIGIT_NUMBER)
            t->c[i] = '0' + u_charDigitValue(t->c[i]);
}

static void step_4(struct text *t)
{
    normalize(nfd, t);
    int n = 0;
    bool bare = false;
    for (int i = 0; i < t->n; i++) {
        if (!is_mark(t->c[i]))
            bare = loses_marks(t->c[i]);
        if (!bare || u_charType(t->c[i]) != U_NON_SPACING_MARK)
            t->c[n++] = t->c[i] == 0x131 ? 'i' : t->c[i];
    }
    t->n = n;
    normalize(nfc, t);
}

static UChar32 look_alike(UChar32 c)
{
    UErrorCode e = U_ZERO_ERROR;
    struct text one = {{c}, 1};
    UChar in[4], out[64];
    int n = uspoof_getSkeleton(spoof, 0, in, to_utf16(&one, in), out, 64, &e);
    return n == 1 && out[0] < 0x80 && u_isalpha(out[0]) ? u_tolower(out[0]) : c;
}

static bool in_run(UChar32 c)
{
    return U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_ND_MASK);
}

static void step_5(struct text *t)
{
    for (int i = 0; i < t->n;) {
        int end = i;
        bool ascii = false;
        for (; end < t->n && in_run(t->c[end]); end++)
            ascii |= t->c[end] < 0x80 && u_isalpha(t->c[end]);
        for (; ascii && i < end; i++)
            if (t->c[i] >= 0x80 && U_GET_GC_MASK(t->c[i]) & U_GC_L_MASK)
                t->c[i] = look_alike(t->c[i]);
        i = end + 1;
    }
}

static void step_6(struct text *t)
{
    for (int i = 0; i < t->n; i++) {
        UErrorCode e = U_ZERO_ERROR;
        if (uscript_getScript(t->c[i], &e) != USCRIPT_HAN || t->c[i] == 0x82ce)
            continue;
        struct text one = {{t->c[i]}, 1};
        UChar u[16];
        int n = to_utf16(&one, u), limit = n;
        utrans_transUChars(simplify, u, &n, 16, 0, &limit, &e);
        from_utf16(u, n, &one);
        assert_int_equal(one.n, 1);
        t->c[i] = one.c[0] == 0x82e7 ? 0x82ce : one.c[0]; /* ICU swaps the two */
    }
}

static void step_7(struct text *t)
{
    int n = 0;
    for (int i = 0; i < t->n; i++) {
        bool space = u_hasBinaryProperty(t->c[i], UCHAR_WHITE_SPACE);
        if (!space || n == 0 || t->c[n - 1] != ' ')
            t->c[n++] = space ? ' ' : t->c[i];
    }
    t->n = n;
}

static struct rf_str utf8(const struct text *t)
{
    char *p = rf_arena_alloc(&arena, (size_t)t->n * 4);
    size_t n = 0;
    for (int i = 0; i < t->n; i++)
        n += rf_utf8_encode((uint32_t)t->c[i], p + n);
    return rf_str(p, n);
}

static void dump(const char *what, struct rf_str s)
{
    printf("%s:", what);
    for (size_t i = 0, len; i < s.n; i += len)
        printf(" %04X", rf_utf8_decode(s.p + i, s.n - i, &len));
    printf("\n");
}

static void compare(const struct text *raw)
{
    rf_arena_reset(&arena);
    struct text t = *raw;
    step_1(&t);
    step_2(&t);
    step_3(&t);
    step_4(&t);
    step_5(&t);
    step_6(&t);
    step_7(&t);
    struct rf_str in = utf8(raw), want = utf8(&t);
    struct rf_view got;
    rf_fold(&arena, in, true, &got);
    if (!rf_str_eq(got.s, want)) {
        dump("raw", in);
        dump("got", got.s);
        dump("want", want);
        fail();
    }
    for (size_t i = 0; i < got.s.n; i++)
        assert_true(got.map[i] <= got.map[i + 1] && got.map[i] < in.n);
    for (size_t i = 0, len; i < want.n; i += len)
        if (!rf_fold_possible(RF_FOLD_TEXT, rf_utf8_decode(want.p + i, want.n - i, &len)))
            fail_msg("held but said to be impossible");
}

static void every_code_point(void **state)
{
    (void)state;
    char alone[RF_FOLD_CHAR_BYTES];
    for (uint32_t c = 0; c < 0x110000; c++) {
        if (U_IS_SURROGATE(c))
            continue;
        struct text t = {.c = {(UChar32)c}, .n = 1};
        compare(&t);
        struct rf_view once, again;
        rf_fold(&arena, utf8(&t), false, &once);
        assert_true(rf_str_eq(once.s, rf_str(alone, rf_fold_char(c, alone))));
        rf_fold(&arena, once.s, false, &again);
        if (!rf_str_eq(once.s, again.s))
            fail_msg("U+%04X folds further when folded again", c);
    }
}

static uint32_t seed = 1;

static uint32_t pick(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)seed * n >> 32);
}

/* Where marks, jamo, kana, look-alikes and what expands stand. */
static UChar32 interesting(void)
{
    static const uint32_t ranges[][2] = {
        {0x20, 0x60},    {0x61, 0x1a},     {0x9, 5},        {0xa0, 0x160},
        {0x300, 0x70},   {0x370, 0x190},   {0x530, 0x100},  {0x600, 0x100},
        {0x900, 0x400},  {0xd00, 0x280},   {0xe00, 0x100},  {0x1000, 0x100},
        {0x1100, 0x100}, {0xac00, 0x60},   {0x1e00, 0x200}, {0x2000, 0x70},
        {0x2200, 0x100}, {0x3040, 0xc0},   {0x3130, 0x60},  {0x4e00, 0x5200},
        {0xa960, 0x20},  {0xd7b0, 0x50},   {0xfe00, 0x10},  {0xff00, 0xf0},
        {0x1d15e, 0x30}, {0x11000, 0x800}, {0x1f100, 0x80}, {0x10a00, 0x50},
    };
    uint32_t r = pick(sizeof ranges / sizeof *ranges + 8);
    if (r >= sizeof ranges / sizeof *ranges)
        r = r % 2 ? 1 : 4;
    return (UChar32)(ranges[r][0] + pick(ranges[r][1]));
}

/* Without marks a fold of a fold is the same. */
static void fold_again(const struct text *raw)
{
    struct rf_view once, twice;
    rf_fold(&arena, utf8(raw), false, &once);
    for (size_t i = 0, len; i < once.s.n; i += len)
        if (is_mark((UChar32)rf_utf8_decode(once.s.p + i, once.s.n - i, &len)))
            return;
    rf_fold(&arena, once.s, false, &twice);
    assert_true(rf_str_eq(once.s, twice.s));
}

static void random_strings(void **state)
{
    (void)state;
    for (int k = 0; k < 60000; k++) {
        struct text t = {.n = (int)pick(LENGTH)};
        for (int i = 0; i < t.n; i++)
            t.c[i] = interesting();
        compare(&t);
        fold_again(&t);
    }
}

static int set_up(void **state)
{
    (void)state;
    UErrorCode e = U_ZERO_ERROR;
    rf_arena_init(&arena, 0);
    nfc = unorm2_getNFCInstance(&e);
    nfd = unorm2_getNFDInstance(&e);
    casefold = unorm2_getNFKCCasefoldInstance(&e);
    spoof = uspoof_open(&e);
    UChar id[32];
    u_uastrcpy(id, "Traditional-Simplified");
    simplify = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &e);
    return U_SUCCESS(e) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    uspoof_close(spoof);
    utrans_close(simplify);
    rf_arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point),
        cmocka_unit_test(random_strings),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
