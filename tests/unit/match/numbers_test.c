#include "lib/match/numbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/match/intervals.h"

static uint64_t seed;

static uint64_t next_random(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return seed >> 20;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* n ascending, different keys: dense, sparse and far between. */
static int64_t *make_keys(uint32_t n)
{
    static const uint64_t spread[] = {1, 3, 700, 100000, UINT64_C(1) << 40};
    int64_t *keys = rf_mem_calloc(n + 1, sizeof *keys), key = 0;
    for (uint32_t i = 0; i < n; i++) {
        key += 1 + (int64_t)(next_random() % spread[next_random() % 64 ? i / 50 % 4 : 4]);
        keys[i] = key;
    }
    return keys;
}

static uint32_t last_not_greater(const int64_t *keys, uint32_t n, int64_t key)
{
    uint32_t i = n;
    while (i > 0 && keys[i - 1] > key)
        i--;
    return i ? i - 1 : RF_TREE_NONE;
}

static void a_tree_finds_the_last_key_not_greater(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0,   1,   2,   7,    8,    9,    127,
                                     128, 129, 130, 2047, 2048, 2049, 5000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        uint32_t n = sizes[s], found[RF_TREE_BATCH], portable[RF_TREE_BATCH];
        int64_t *keys = make_keys(n), sought[RF_TREE_BATCH];
        int64_t *memory = rf_mem_calloc(rf_tree_words(n) + 1, sizeof *memory);
        struct rf_tree t;
        memcpy(memory, keys, n * sizeof *keys);
        rf_tree_build(memory, n);
        rf_tree_open(&t, memory, n);
        for (int round = 0; round < 20; round++) {
            for (size_t i = 0; i < RF_TREE_BATCH; i++)
                sought[i] = (n ? keys[next_random() % n] : 7) + (int64_t)(i % 3) - 1;
            rf_tree_find_batch(&t, sought, RF_TREE_BATCH, found);
            rf_tree_find_batch_portable(&t, sought, RF_TREE_BATCH, portable);
            for (size_t i = 0; i < RF_TREE_BATCH; i++) {
                uint32_t expected = last_not_greater(keys, n, sought[i]);
                assert_int_equal(found[i], expected);
                assert_int_equal(portable[i], expected);
                assert_int_equal(rf_tree_find(&t, sought[i]), expected);
            }
        }
        free(memory);
        free(keys);
    }
}

static void runs_hold_every_number_and_no_other(void **state)
{
    (void)state;
    enum { N = 20000 };
    int64_t *keys = make_keys(N);
    struct rf_number_run *runs = rf_mem_calloc(N + 1, sizeof *runs);
    int64_t *firsts = rf_mem_calloc(rf_tree_words(N), sizeof *firsts);
    uint32_t n_runs = 0;
    for (uint32_t i = 0; i < N; n_runs++) {
        firsts[n_runs] = keys[i];
        i += rf_numbers_pack(&keys[i], sizeof *keys, N - i, i, &runs[n_runs]);
    }
    struct rf_numbers s = {.runs = runs, .n = N};
    rf_tree_build(firsts, n_runs);
    rf_tree_open(&s.firsts, firsts, n_runs);
    for (uint32_t i = 0; i < N; i++)
        assert_true(rf_numbers_at(&s, i) == keys[i]);
    for (uint32_t i = 0; i + RF_TREE_BATCH / 2 <= N; i += RF_TREE_BATCH / 2) {
        int64_t sought[RF_TREE_BATCH];
        uint32_t found[RF_TREE_BATCH], portable[RF_TREE_BATCH];
        bool near[RF_TREE_BATCH];
        for (uint32_t k = 0; k < RF_TREE_BATCH; k++)
            sought[k] = keys[i + k / 2] + (k % 2);
        rf_numbers_find_batch(&s, sought, RF_TREE_BATCH, found, near);
        rf_numbers_find_batch_portable(&s, sought, RF_TREE_BATCH, portable, near);
        for (uint32_t k = 0; k < RF_TREE_BATCH; k++) {
            const int64_t *hit = bsearch(&sought[k], keys, N, sizeof *keys, compare);
            assert_int_equal(found[k], hit ? hit - keys : RF_NUMBERS_NONE);
            assert_int_equal(portable[k], found[k]);
        }
    }
    free(firsts);
    free(runs);
    free(keys);
}

/* 100, 101 and 200; slices of 8 keys, of which the second and the last are near. */
static void keys_near_intervals_are_told(void **state)
{
    (void)state;
    static const struct {
        int64_t key;
        uint32_t found;
        bool near;
    } asked[] = {{99, RF_NUMBERS_NONE, true},
                 {100, 0, false},
                 {101, 1, false},
                 {107, RF_NUMBERS_NONE, false},
                 {108, RF_NUMBERS_NONE, true},
                 {115, RF_NUMBERS_NONE, true},
                 {116, RF_NUMBERS_NONE, false},
                 {200, 2, false},
                 {219, RF_NUMBERS_NONE, false},
                 {220, RF_NUMBERS_NONE, true},
                 {9999, RF_NUMBERS_NONE, true}};
    const int64_t keys[] = {100, 101, 200};
    int64_t firsts[RF_TREE_LINE] = {100};
    struct rf_number_run runs[2] = {0};
    struct rf_numbers s = {.runs = runs, .n = 3};
    assert_int_equal(rf_numbers_pack(keys, sizeof *keys, 3, 0, runs), 3);
    rf_tree_build(firsts, 1);
    rf_tree_open(&s.firsts, firsts, 1);
    for (int marked = 0; marked < 2; marked++) {
        for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
            uint32_t found;
            bool near;
            rf_numbers_find_batch(&s, &asked[i].key, 1, &found, &near);
            assert_int_equal(found, asked[i].found);
            assert_int_equal(near, asked[i].near || !marked);
        }
        rf_numbers_mark(runs, 3, 0x8002);
    }
}

static void keys_order_and_read_back(void **state)
{
    (void)state;
    static const char *const in_order[] = {
        "1", "86", "861", "862", "8613800138000", "99999999999999999"};
    char buf[20];
    for (size_t i = 0; i < sizeof in_order / sizeof *in_order; i++) {
        struct rf_str d = rf_str_of(in_order[i]);
        int64_t key = rf_number_key(true, rf_number_value(d), (unsigned)d.n);
        assert_true(rf_str_eq(rf_number_text(key, buf), d));
        int64_t prefix = rf_prefix_key(true, rf_number_value(d), (unsigned)d.n);
        assert_true(rf_str_eq(rf_prefix_text(prefix, buf), d));
        assert_true(rf_prefix_end(prefix) >= prefix);
        key = rf_number_key(false, rf_number_value(d), (unsigned)d.n);
        assert_true(rf_str_eq(rf_str_sub(rf_number_text(key, buf), 1), d));
    }
}

static void a_prefix_spans_its_numbers_only(void **state)
{
    (void)state;
    struct rf_str p = RF_STR("8610");
    int64_t begin = rf_prefix_key(false, rf_number_value(p), 4);
    int64_t end = rf_prefix_end(begin);
    static const char *const numbers[] = {"86",   "861",  "8610",  "86100",
                                          "8611", "8609", "86109", "86109999999999999"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct rf_str d = rf_str_of(numbers[i]);
        int64_t key = rf_prefix_key(false, rf_number_value(d), (unsigned)d.n);
        assert_int_equal(key >= begin && key <= end, rf_str_starts(d, p));
    }
}

/* Innermost first: greatest begin, of equal ones the narrowest. */
static void intervals_are_found_from_the_innermost_outwards(void **state)
{
    (void)state;
    enum { N = 60, KEYS = 200 };
    for (int round = 0; round < 200; round++) {
        struct rf_interval v[N];
        int64_t begins[96];
        struct rf_intervals s = {.v = v};
        for (uint32_t i = 0, at = 1; i < N; i++) {
            at += (uint32_t)(next_random() % 4);
            begins[i] = at;
            v[i].end = at + (int64_t)(next_random() % (next_random() % 8 ? 6 : 120));
            for (uint32_t k = i;
                 k > 0 && begins[k - 1] == begins[k] && v[k - 1].end < v[k].end; k--) {
                int64_t t = v[k].end;
                v[k].end = v[k - 1].end;
                v[k - 1].end = t;
            }
        }
        rf_intervals_link(v, begins, N);
        rf_tree_build(begins, N);
        rf_tree_open(&s.begins, begins, N);
        for (int64_t key = 0; key < KEYS; key++) {
            uint32_t i = rf_intervals_at(&s, rf_tree_find(&s.begins, key), key);
            for (uint32_t k = N; k-- > 0;) {
                if (begins[k] > key || v[k].end < key)
                    continue;
                assert_int_equal(i, k);
                i = rf_intervals_out(&s, i, key);
            }
            assert_int_equal(i, RF_INTERVALS_NONE);
            bool met = false;
            for (uint32_t k = 0; k < N; k++)
                met = met || (begins[k] <= key + 2 && v[k].end >= key);
            assert_int_equal(rf_intervals_meet(&s, key, key + 2), met);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_finds_the_last_key_not_greater),
        cmocka_unit_test(runs_hold_every_number_and_no_other),
        cmocka_unit_test(keys_near_intervals_are_told),
        cmocka_unit_test(keys_order_and_read_back),
        cmocka_unit_test(a_prefix_spans_its_numbers_only),
        cmocka_unit_test(intervals_are_found_from_the_innermost_outwards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
