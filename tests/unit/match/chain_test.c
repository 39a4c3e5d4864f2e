/* Chains against looking for their links one after the other by trial, and the two ways
 * of finding many at once against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/match/chain.h"

enum { CHAINS = 43, ROUNDS = 3000, LINKS = 6 };

static uint64_t seed = 5;

static uint32_t rnd(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % n;
}

/* Of a, b, c and what is beyond ASCII. */
static struct rf_set random_set(uint32_t in)
{
    struct rf_set s = {{0}};
    for (char c = 'a'; c <= 'c'; c++)
        if (rnd(in) == 0)
            rf_set_add(&s, (unsigned char)c);
    if (rnd(in) == 0)
        rf_set_add_beyond(&s);
    return s;
}

static struct rf_chain random_chain(struct rf_arena *a)
{
    struct rf_chain c = {0};
    uint32_t n = 1 + rnd(LINKS);
    for (uint32_t i = 0; i < n; i++) {
        struct rf_set want = random_set(2), skip = random_set(3);
        struct rf_chain link = rf_chain_run(&want, 1, false, a);
        rf_chain_append(&c, &link, a);
        rf_chain_skip(&c, &skip);
    }
    return c;
}

/* Whether links i and on stand at characters from p on, the first at once. */
static bool stands(const struct rf_chain *c, uint32_t i, const char *p)
{
    if (!*p || !rf_set_has(&c->v[i].want, (unsigned char)*p))
        return false;
    if (i + 1 == c->n)
        return true;
    for (;;) {
        p += (unsigned char)*p < 0x80 ? 1 : 3;
        if (stands(c, i + 1, p))
            return true;
        if (!*p || !rf_set_has(&c->v[i + 1].skip, (unsigned char)*p))
            return false;
    }
}

static bool stands_in(const struct rf_chain *c, const char *text)
{
    for (const char *p = text; *p; p += (unsigned char)*p < 0x80 ? 1 : 3)
        if (stands(c, 0, p))
            return true;
    return false;
}

static void random_text(char *out)
{
    for (uint32_t n = rnd(24); n; n--) {
        uint32_t c = rnd(4);
        strcpy(out, c == 3 ? "快" : (const char[]){(char)('a' + c), 0});
        out += strlen(out);
    }
    *out = 0;
}

static void chains_stand_where_their_links_do(void **state)
{
    (void)state;
    uint32_t all[CHAINS + RF_CHAINS_AT_ONCE], plain[CHAINS + RF_CHAINS_AT_ONCE];
    struct rf_chain v[CHAINS];
    struct rf_arena a;
    struct rf_chain_table *one[CHAINS];
    size_t stood = 0;
    char text[100];
    rf_arena_init(&a, 0);
    for (uint32_t i = 0; i < CHAINS; i++) {
        v[i] = random_chain(&a);
        one[i] = rf_chain_table_new(&v[i], &a);
    }
    struct rf_chains *table = rf_chains_new(v, CHAINS, &a);
    for (int round = 0; round < ROUNDS; round++) {
        random_text(text);
        rf_chains_find(table, rf_str_of(text), all);
        rf_chains_find_plain(table, rf_str_of(text), plain);
        assert_memory_equal(all, plain, CHAINS * sizeof *all);
        for (uint32_t i = 0; i < CHAINS; i++) {
            bool want = stands_in(&v[i], text);
            assert_int_equal(all[i] != 0, want);
            assert_int_equal(rf_chain_in(one[i], rf_str_of(text)), want);
            stood += want;
        }
    }
    assert_in_range(stood, CHAINS * ROUNDS / 10, CHAINS * ROUNDS * 9 / 10);
    rf_arena_fini(&a);
}

/* What does not fit is left out at the end, or where it narrows least. */
static void long_chains_are_cut(void **state)
{
    (void)state;
    struct rf_arena a;
    struct rf_set letters = {{0}}, rare = {{0}};
    rf_arena_init(&a, 0);
    for (char c = 'a'; c <= 'z'; c++)
        rf_set_add(&letters, (unsigned char)c);
    rf_set_add(&rare, '~');
    struct rf_chain c = rf_chain_run(&letters, 40, false, &a);
    struct rf_chain end = rf_chain_run(&rare, 3, false, &a);
    struct rf_chain more = rf_chain_run(&letters, 40, true, &a);
    rf_chain_append(&c, &end, &a);
    rf_chain_append(&c, &more, &a);
    rf_chain_append(&c, &end, &a);
    assert_int_equal(c.n, RF_CHAIN_LINKS);
    assert_true(c.full);
    const char *text = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz~~~"
                       "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
    const size_t starts[] = {0, 12, 13, 40, 54}; /* 40 letters are wanted before ~~~ */
    struct rf_chain_table *whole = rf_chain_table_new(&c, &a);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(rf_chain_in(whole, rf_str_sub(rf_str_of(text), starts[i])),
                         i < 2);
    assert_true(rf_chain_narrow(&c) < 1e-6);
    assert_int_equal(c.n, RF_CHAIN_MAX);
    struct rf_chains *table = rf_chains_new(&c, 1, &a);
    for (size_t i = 0; i < 5; i += 4) {
        uint32_t found[RF_CHAINS_AT_ONCE];
        rf_chains_find(table, rf_str_sub(rf_str_of(text), starts[i]), found);
        assert_int_equal(found[0] != 0, i == 0);
    }
    rf_arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_stand_where_their_links_do),
        cmocka_unit_test(long_chains_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
