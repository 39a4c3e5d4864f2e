/* Arenas that grow large. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/base/arena.h"

enum { PIECE = 100000, PIECES = 300 };

/* Fills an arena with pieces, each with its number, and finds them unchanged. */
static void fill(struct rf_arena *a)
{
    unsigned char *v[PIECES];
    for (int i = 0; i < PIECES; i++) {
        v[i] = rf_arena_calloc(a, 1, PIECE);
        assert_int_equal((uintptr_t)v[i] % 16, 0);
        for (int k = 0; k < PIECE; k += 1000)
            assert_int_equal(v[i][k], 0);
        memset(v[i], i, PIECE);
    }
    for (int i = 0; i < PIECES; i++)
        for (int k = 0; k < PIECE; k += 999)
            assert_int_equal(v[i][k], (unsigned char)i);
}

static void a_large_arena_holds_what_was_put_there(void **state)
{
    (void)state;
    for (int large = 0; large < 2; large++) {
        struct rf_arena a;
        rf_arena_init(&a, 0);
        a.large = large;
        fill(&a);
        size_t held = rf_arena_bytes(&a);
        assert_true(held >= (size_t)PIECE * PIECES);
        assert_true(held < (size_t)PIECE * PIECES + (4 << 20)); /* little is left over */
        rf_arena_reset(&a);
        fill(&a);
        assert_int_equal(rf_arena_bytes(&a), held); /* in the same memory */
        rf_arena_fini(&a);
        assert_int_equal(rf_arena_bytes(&a), 0);
        fill(&a);
        rf_arena_fini(&a);
    }
}

static void one_piece_may_be_larger_than_all_before(void **state)
{
    (void)state;
    struct rf_arena a;
    rf_arena_init(&a, 0);
    a.large = true;
    fill(&a);
    char *p = rf_arena_calloc_lines(&a, 1, 20000000);
    assert_int_equal((uintptr_t)p % 64, 0);
    p[19999999] = 1;
    rf_arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_arena_holds_what_was_put_there),
        cmocka_unit_test(one_piece_may_be_larger_than_all_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
