/* The scan against looking for every literal at every place, and its two ways of finding
 * grams against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "lib/match/scan.h"

enum { LITERALS = 6000, TEXTS = 40, TEXT_BYTES = 700 };

static uint64_t seed = 11;

static uint32_t rnd(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % n;
}

static size_t random_bytes(char *out, size_t max)
{
    static const char letters[] = "aabcd\xe5\xbf\xab\0 ";
    size_t n = rnd((uint32_t)max + 1);
    for (size_t i = 0; i < n; i++)
        out[i] = letters[rnd(sizeof letters)];
    return n;
}

struct seen {
    uint32_t count[LITERALS];
    uint64_t places[LITERALS]; /* their sum */
};

static void note(void *arg, const struct rf_scan_use *uses, uint32_t n, size_t begin)
{
    struct seen *s = arg;
    for (uint32_t i = 0; i < n; i++) {
        s->count[uses[i].pattern]++;
        s->places[uses[i].pattern] += begin;
    }
}

static void every_place_of_every_literal_is_found(void **state)
{
    (void)state;
    static char bytes[LITERALS][60], text[TEXT_BYTES];
    struct rf_str literals[LITERALS];
    struct rf_scan_builder *b = rf_scan_builder_new();
    struct rf_arena a;
    struct rf_scan scan;
    uint64_t found = 0;
    rf_arena_init(&a, 0);
    for (uint32_t i = 0; i < LITERALS; i++) {
        size_t n = random_bytes(bytes[i], i % 3 ? 9 : 60);
        literals[i] = rf_str(bytes[i], n ? n : 1);
        struct rf_scan_use use = {.pattern = i, .set = 1};
        rf_scan_add(b, use, literals[i]);
        rf_scan_add(b, use, literals[i]);
        literals[i].n = n > RF_SCAN_LITERAL_BYTES ? RF_SCAN_LITERAL_BYTES : literals[i].n;
    }
    rf_scan_build(b, &scan, &a);
    for (int t = 0; t < TEXTS; t++) {
        static struct seen seen, want;
        memset(&seen, 0, sizeof seen);
        memset(&want, 0, sizeof want);
        size_t n = random_bytes(text, t % 2 ? 40 : TEXT_BYTES);
        const struct rf_str *part = &literals[rnd(LITERALS)];
        if (part->n < n)
            memcpy(text + n - part->n, part->p, part->n);
        char *exact = malloc(n + 1); /* whoever reads behind its end is caught */
        memcpy(exact, text, n);
        rf_scan_run(&scan, rf_str(exact, n), note, &seen);
        for (uint32_t i = 0; i < LITERALS; i++)
            for (size_t at = 0; at + literals[i].n <= n; at++)
                if (memcmp(text + at, literals[i].p, literals[i].n) == 0) {
                    want.count[i]++;
                    want.places[i] += at;
                    found++;
                }
        assert_memory_equal(&seen, &want, sizeof want);
        free(exact);
    }
    assert_true(found > 10000);
    rf_arena_fini(&a);
    rf_scan_builder_free(b);
}

static void both_ways_find_the_same_grams(void **state)
{
    (void)state;
    static char text[TEXT_BYTES + RF_SCAN_ROOM];
    struct rf_scan_builder *b = rf_scan_builder_new();
    struct rf_arena a;
    struct rf_scan scan;
    size_t found = 0;
    rf_arena_init(&a, 0);
    for (uint32_t i = 0; i < LITERALS; i++) {
        size_t n = random_bytes(text, 9);
        rf_scan_add(b, (struct rf_scan_use){.pattern = i}, rf_str(text, n ? n : 1));
    }
    rf_scan_build(b, &scan, &a);
#ifdef __x86_64__
    for (int t = 0; t < TEXTS && __builtin_cpu_supports("avx2"); t++) {
        uint16_t one[TEXT_BYTES], two[TEXT_BYTES];
        size_t n = random_bytes(text, TEXT_BYTES);
        for (unsigned k = 0; k < RF_SCAN_WIDTHS; k++) {
            const struct rf_scan_grams *g = &scan.grams[k];
            if (!g->bitmap)
                continue;
            size_t got = rf_scan_find_avx2(g, rf_scan_width[k], text, n, one);
            assert_int_equal(rf_scan_find_plain(g, rf_scan_width[k], text, n, two), got);
            assert_memory_equal(one, two, got * sizeof *one);
            found += got;
        }
    }
    assert_true(found > 1000 || !__builtin_cpu_supports("avx2"));
#endif
    (void)found;
    rf_arena_fini(&a);
    rf_scan_builder_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_place_of_every_literal_is_found),
        cmocka_unit_test(both_ways_find_the_same_grams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
