/* The scan against looking for every literal at every place, and its ways of finding
 * grams against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "lib/base/cpu.h"
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

/* Literals have one form each, texts one or several. */
enum { FORMS = 3 };
static const uint8_t sieves[RF_SCAN_SIEVES] = {1 | 4, 1, 4, 2};

static unsigned form_of(uint32_t literal)
{
    return literal * 7 % FORMS;
}

/* A sieve that stands for all of these forms, of those that have one. */
static unsigned sieve_of(unsigned forms)
{
    unsigned k = 0;
    while (sieves[k] != forms)
        k++;
    return k;
}

struct seen {
    uint32_t count[LITERALS];
    uint64_t places[LITERALS]; /* their sum */
};

static void note(void *arg, uint32_t owner, unsigned form, const struct rf_scan_use *uses,
                 uint32_t n, size_t begin)
{
    struct seen *s = (struct seen *)arg + owner;
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(form, form_of(uses[i].pattern));
        s->count[uses[i].pattern]++;
        s->places[uses[i].pattern] += begin;
    }
}

/* A copy of the text with what a scan may read around it; what that is must not matter.
 */
static struct rf_str surrounded(struct rf_str text)
{
    char *p = malloc(RF_SCAN_HEAD + text.n + RF_SCAN_ROOM);
    for (size_t i = 0; i < RF_SCAN_HEAD + text.n + RF_SCAN_ROOM; i++)
        p[i] = "aab"[rnd(3)];
    memcpy(p + RF_SCAN_HEAD, text.p, text.n);
    return rf_str(p + RF_SCAN_HEAD, text.n);
}

static struct rf_scan_builder *many_literals(struct rf_str literals[LITERALS])
{
    static char bytes[LITERALS][60];
    struct rf_scan_builder *b = rf_scan_builder_new();
    for (uint32_t i = 0; i < LITERALS; i++) {
        size_t n = random_bytes(bytes[i], i % 3 ? 9 : 60);
        literals[i] = rf_str(bytes[i], n ? n : 1);
        struct rf_scan_use use = {.pattern = i, .set = 1};
        rf_scan_add(b, form_of(i), use, literals[i]);
        rf_scan_add(b, form_of(i), use, literals[i]);
        literals[i].n = n > RF_SCAN_LITERAL_BYTES ? RF_SCAN_LITERAL_BYTES : literals[i].n;
    }
    return b;
}

static uint64_t look_everywhere(const struct rf_str *literals, struct rf_str text,
                                unsigned forms, struct seen *want)
{
    uint64_t found = 0;
    for (uint32_t i = 0; i < LITERALS; i++)
        for (size_t at = 0; (forms >> form_of(i) & 1) && at + literals[i].n <= text.n;
             at++)
            if (memcmp(text.p + at, literals[i].p, literals[i].n) == 0) {
                want->count[i]++;
                want->places[i] += at;
                found++;
            }
    return found;
}

static void every_place_of_every_literal_is_found(void **state)
{
    (void)state;
    static struct seen seen[TEXTS], want[TEXTS];
    static struct rf_scan_sweep sweep;
    static const uint8_t some[] = {1, 2, 4, 1 | 4};
    static char text[TEXT_BYTES];
    struct rf_str literals[LITERALS], texts[TEXTS];
    struct rf_scan_builder *b = many_literals(literals);
    struct rf_arena a;
    struct rf_scan scan;
    uint64_t found = 0;
    rf_arena_init(&a, 0);
    rf_scan_build(b, sieves, &scan, &a);
    rf_scan_begin(&sweep, &scan, 1, note, seen);
    for (uint32_t t = 0; t < TEXTS; t++) {
        unsigned forms = some[rnd(sizeof some)];
        size_t n = random_bytes(text, t % 2 ? 40 : TEXT_BYTES);
        const struct rf_str *part = &literals[rnd(LITERALS)];
        if (part->n < n)
            memcpy(text + n - part->n, part->p, part->n);
        texts[t] = surrounded(rf_str(text, n));
        rf_scan_text(&sweep, 0, sieve_of(forms), forms, texts[t], t);
        found += look_everywhere(literals, texts[t], forms, &want[t]);
    }
    rf_scan_finish(&sweep);
    assert_memory_equal(seen, want, sizeof want);
    assert_true(found > 5000);
    for (uint32_t t = 0; t < TEXTS; t++)
        free((char *)texts[t].p - RF_SCAN_HEAD);
    rf_arena_fini(&a);
    rf_scan_builder_free(b);
}

static void assert_same(const struct rf_scan_places *one,
                        const struct rf_scan_places *two)
{
    assert_int_equal(one->ngrams, two->ngrams);
    assert_memory_equal(one->grams, two->grams, one->ngrams * sizeof *one->grams);
    assert_memory_equal(one->keys, two->keys, one->ngrams * sizeof *one->keys);
    assert_int_equal(one->nshorts, two->nshorts);
    assert_memory_equal(one->shorts, two->shorts, one->nshorts * sizeof *one->shorts);
}

/* Places found in random texts, as many as the plain way finds and the same. */
static size_t finds_the_same(const struct rf_scan *scan, rf_scan_sift_fn *sift,
                             rf_scan_ask_fn *ask)
{
    static char text[4][RF_SCAN_HEAD + 300 + RF_SCAN_ROOM];
    static struct rf_scan_places one, two;
    size_t found = 0;
    for (int t = 0; t < 4 * TEXTS; t++) {
        one.s = scan;
        one.ngrams = one.nshorts = 0;
        for (uint32_t i = 0; i < 4; i++)
            one.blocks[i].n = 0;
        for (uint32_t i = 0; i < 4; i++) {
            one.texts[i] = text[i] + RF_SCAN_HEAD;
            size_t n = random_bytes(text[i] + RF_SCAN_HEAD, 300);
            rf_scan_add_places(&one.blocks[i / 2], one.texts[i], n, i << RF_SCAN_AT_BITS);
        }
        two = one;
        for (unsigned i = 0; i < 2; i++) {
            sift(&one, i);
            rf_scan_sift_plain(&two, i);
        }
        ask(&one);
        rf_scan_ask_plain(&two);
        assert_same(&one, &two);
        if (rf_cpu_has_avx2())
            rf_scan_look_up_avx2(&one);
        rf_scan_look_up_plain(&two);
        assert_same(&one, &two);
        assert_memory_equal(one.fitting, two.fitting, one.ngrams * sizeof *one.fitting);
        found += one.ngrams + one.nshorts;
    }
    return found;
}

static void all_ways_find_the_same_places(void **state)
{
    (void)state;
    struct rf_str literals[LITERALS];
    struct rf_scan_builder *b = many_literals(literals);
    struct rf_arena a;
    struct rf_scan scan;
    rf_arena_init(&a, 0);
    rf_scan_build(b, sieves, &scan, &a);
#ifdef __x86_64__
    if (rf_cpu_has_avx2())
        assert_true(finds_the_same(&scan, rf_scan_sift_avx2, rf_scan_ask_plain) > 1000);
    else
        print_message("SKIP: no AVX2 here\n");
    if (rf_cpu_has_avx512())
        assert_true(finds_the_same(&scan, rf_scan_sift_avx512, rf_scan_ask_avx512) >
                    1000);
    else
        print_message("SKIP: no AVX-512 here\n");
#endif
    rf_arena_fini(&a);
    rf_scan_builder_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_place_of_every_literal_is_found),
        cmocka_unit_test(all_ways_find_the_same_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
