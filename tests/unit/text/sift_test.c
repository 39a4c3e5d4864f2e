#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/text/prop.h"
#include "lib/text/sift.h"

enum { TEXT = 200, ROUNDS = 20000, ROOM = TEXT + RF_VIEW_PADDING };

static struct rf_arena arena;

static uint32_t next_random(uint32_t *x)
{
    *x = *x * 1664525 + 1013904223;
    return *x >> 8;
}

/* The kept bytes of s at out, both ways alike. */
static size_t sifted(enum rf_fold_kind kind, struct rf_str s, char *out)
{
    struct rf_sift wide, narrow;
    char other[ROOM];
    size_t bytes = rf_sift_words(s.n) * sizeof *wide.shape;
    rf_arena_reset(&arena);
    rf_sift_text(&arena, s, &wide);
    rf_sift_text_portable(&arena, s, &narrow);
    assert_memory_equal(wide.shape, narrow.shape, bytes);
    assert_memory_equal(wide.compact, narrow.compact, bytes);
    const uint64_t *kept = kind == RF_FOLD_SHAPE ? wide.shape : wide.compact;
    size_t n = rf_sift_pack(s, kept, out);
    assert_int_equal(rf_sift_pack_portable(s, kept, other), n);
    assert_memory_equal(out, other, n);
    return n;
}

static void expect(enum rf_fold_kind kind, const char *text, const char *kept)
{
    char in[ROOM], out[ROOM];
    memcpy(in, text, strlen(text));
    size_t n = sifted(kind, rf_str(in, strlen(text)), out);
    assert_true(rf_str_eq(rf_str(out, n), rf_str_of(kept)));
}

static void letters_and_numbers_are_kept(void **state)
{
    (void)state;
    expect(RF_FOLD_COMPACT, "", "");
    expect(RF_FOLD_COMPACT, "a b-c 1.5", "abc15");
    expect(RF_FOLD_SHAPE, "a b-c 1.5", "abc");
    expect(RF_FOLD_COMPACT,
           "您的 快递，已到。 3 件 at door no. 12 of the house at the corner",
           "您的快递已到3件atdoorno12ofthehouseatthecorner");
    expect(RF_FOLD_SHAPE,
           "您的 快递，已到。 3 件 at door no. 12 of the house at the corner",
           "您的快递已到件atdoornoofthehouseatthecorner");
}

static void both_ways_agree_on_every_character(void **state)
{
    (void)state;
    char text[ROOM], out[ROOM];
    memset(text, ' ', sizeof text);
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        if (c - 'A' < 26 || c - 0xd800 < 0x800)
            continue; /* a folded text holds none */
        size_t at = c % 70, len = rf_utf8_encode(c, text + at);
        for (int kind = RF_FOLD_COMPACT; kind <= RF_FOLD_SHAPE; kind++)
            assert_int_equal(sifted(kind, rf_str(text, at + len + c % 40), out),
                             rf_sift_keeps(kind, rf_text_prop(c)) ? len : 0);
        memset(text + at, ' ', len);
    }
}

static void both_ways_agree_on_random_texts(void **state)
{
    (void)state;
    static const char *const some[] = {"a",  "z",  "0",  "9", " ", "{", "\x7f", "é", "快",
                                       "，", "。", "〇", "ก", "๐", "😀", "龥",   "一"};
    char text[ROOM], out[ROOM];
    uint32_t x = 1;
    for (int r = 0; r < ROUNDS; r++) {
        size_t n = 0, most = next_random(&x) % (TEXT - RF_UTF8_MAX);
        while (n < most) {
            const char *c = some[next_random(&x) % (sizeof some / sizeof *some)];
            memcpy(text + n, c, strlen(c));
            n += strlen(c);
        }
        sifted(RF_FOLD_COMPACT, rf_str(text, n), out);
        sifted(RF_FOLD_SHAPE, rf_str(text, n), out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_and_numbers_are_kept),
        cmocka_unit_test(both_ways_agree_on_every_character),
        cmocka_unit_test(both_ways_agree_on_random_texts),
    };
    rf_arena_init(&arena, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rf_arena_fini(&arena);
    return failed;
}
