/* links: -lphonenumber */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/record/address.h"
#include "tests/unit/record/address_oracle.h"

static struct rf_arena arena;

static const struct rf_plan *plan(const char *iso)
{
    return rf_plan_find(rf_str_of(iso));
}

static struct rf_addr normalize(const char *iso, const char *raw, int ton)
{
    struct rf_addr a;
    rf_addr_normalize(&arena, iso ? plan(iso) : NULL, rf_str_of(raw), ton, &a);
    return a;
}

/* Asserts norm, country ("" for none) and types. */
static void expect(const char *iso, const char *raw, int ton, const char *norm,
                   const char *country, unsigned types)
{
    struct rf_addr a = normalize(iso, raw, ton);
    if (!rf_str_eqz(a.norm, norm) || strncmp(a.country, country, 2) != 0 ||
        a.types != types)
        fail_msg("%s at %s: '%.*s' %.2s types %x, not '%s' %s %x", raw, iso,
                 RF_STR_FMT(a.norm), a.country, a.types, norm, country, types);
    assert_true(rf_str_eqz(a.raw, raw));
}

static void numbers_have_one_spelling(void **state)
{
    (void)state;
    const char *mobile = "+8613800138000";
    expect("CN", "13800138000", -1, mobile, "CN", RF_TYPE_MOBILE);
    expect("CN", "+86 138-0013-8000", -1, mobile, "CN", RF_TYPE_MOBILE);
    expect("CN", "008613800138000", -1, mobile, "CN", RF_TYPE_MOBILE);
    expect("CN", "8613800138000", -1, mobile, "CN", RF_TYPE_MOBILE);
    expect("CN", "8613800138000", 1, mobile, "CN", RF_TYPE_MOBILE);
    expect("CN", "013800138000", 2, mobile, "CN", RF_TYPE_MOBILE);
    expect("CN", "1795113800138000", -1, mobile, "CN", RF_TYPE_MOBILE);
    expect("CN", "＋８６（１３８）００１３８０００", -1, mobile, "CN", RF_TYPE_MOBILE);
    expect("CN", "\xe2\x80\xaa+8613800138000\xe2\x80\xac", -1, mobile, "CN",
           RF_TYPE_MOBILE);
    expect("CN",
           "+86\xc2\xa0"
           "138 0013\xe3\x80\x80"
           "8000",
           -1, mobile, "CN", RF_TYPE_MOBILE);
    expect("GB", "+44 (0)20 7946 0000", -1, "+442079460000", "GB", RF_TYPE_FIXED);
    expect("US", "(212) 555-2368", -1, "+12125552368", "US",
           RF_TYPE_FIXED | RF_TYPE_MOBILE);
    expect("RU", "8 916 123-45-67", -1, "+79161234567", "RU", RF_TYPE_MOBILE);
    expect("CN", "010 6552 9988", -1, "+861065529988", "CN", RF_TYPE_FIXED);
    assert_int_equal(normalize("CN", "13800138000", -1).digits, 8613800138000);
}

static void shared_codes_tell_countries_apart(void **state)
{
    (void)state;
    expect("CN", "+14165550123", -1, "+14165550123", "CA",
           RF_TYPE_FIXED | RF_TYPE_MOBILE);
    expect("CN", "+1876555012", -1, "+1876555012", "JM", RF_TYPE_INVALID);
    expect("CN", "+1416555012", -1, "+1416555012", "CA", RF_TYPE_INVALID);
    expect("CN", "+77012345678", -1, "+77012345678", "KZ", RF_TYPE_MOBILE);
    expect("CN", "+441481234567", -1, "+441481234567", "GG", RF_TYPE_FIXED);
    expect("CN", "+447624123456", -1, "+447624123456", "IM", RF_TYPE_MOBILE);
    expect("CN", "+881612345678", -1, "+881612345678", "", RF_TYPE_SATELLITE);
    expect("CN", "+999123456", -1, "+999123456", "", RF_TYPE_INVALID);
    struct rf_addr a = normalize("CN", "+881612345678", -1);
    assert_true(rf_addr_foreign(plan("CN"), &a));
    a = normalize("CN", "+8612", -1);
    assert_false(rf_addr_foreign(plan("CN"), &a));
}

static void short_numbers_stay_digits(void **state)
{
    (void)state;
    expect("CN", "95588", -1, "95588", "", RF_TYPE_SHORT);
    expect("CN", "106 9012 3456 7890 123", -1, "106901234567890123", "", RF_TYPE_SHORT);
    expect("CN", "1065529988", -1, "1065529988", "", RF_TYPE_SHORT);
    expect("CN", "123456789012345678901", -1, "123456789012345678901", "", RF_TYPE_SHORT);
    expect("CN", "1234567890123456789012", -1, "1234567890123456789012", "",
           RF_TYPE_ALPHANUMERIC | RF_TYPE_INVALID);
    expect("CN", "+1234567890123456", -1, "1234567890123456", "", RF_TYPE_SHORT);
    expect("CN", "95588", 5, "95588", "", RF_TYPE_SHORT | RF_TYPE_ALPHANUMERIC);
    expect("CN", "95588", 1, "95588", "", RF_TYPE_SHORT);
    expect("CN", "13800138000", 6, "13800138000", "", RF_TYPE_SHORT);
    expect("CN", "110", -1, "110", "", RF_TYPE_SHORT | RF_TYPE_EMERGENCY);
    expect("CN", "+86110", -1, "+86110", "CN", RF_TYPE_INVALID | RF_TYPE_EMERGENCY);
    expect(NULL, "13800138000", -1, "13800138000", "", RF_TYPE_SHORT);
    expect(NULL, "+8613800138000", -1, "+8613800138000", "CN", RF_TYPE_MOBILE);
}

static void letters_make_senders(void **state)
{
    (void)state;
    expect("CN", "USPS", -1, "usps", "", RF_TYPE_ALPHANUMERIC);
    expect("CN", "Apple Pay", -1, "applepay", "", RF_TYPE_ALPHANUMERIC);
    expect("CN", "U\xd0\x85PS", -1, "usps", "", RF_TYPE_ALPHANUMERIC); /* Cyrillic */
    expect("CN", "招商銀行", -1, "招商银行", "", RF_TYPE_ALPHANUMERIC);
    expect("CN", "*100#", -1, "*100#", "", RF_TYPE_ALPHANUMERIC | RF_TYPE_INVALID);
    assert_int_equal(normalize("CN", "", -1).form, RF_ADDR_NONE);
    assert_int_equal(normalize("CN", " - ", -1).form, RF_ADDR_NONE);
    char long_name[4000];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_int_equal(normalize("CN", long_name, -1).norm.n, 128);
}

static void near_and_blocks(void **state)
{
    (void)state;
    struct rf_addr a = normalize("CN", "13800138000", -1);
    struct rf_addr b = normalize("CN", "13800139999", -1);
    struct rf_addr s = normalize("CN", "95588", -1);
    assert_true(rf_addr_near(&a, &b, 4));
    assert_false(rf_addr_near(&a, &b, 3));
    assert_true(rf_addr_near(&a, &a, 0));
    assert_false(rf_addr_near(&a, &s, 20));
    assert_true(rf_str_eqz(rf_addr_block(&a, 3), "+8613800138"));
    assert_true(rf_str_eqz(rf_addr_block(&s, 4), "9"));
    assert_int_equal(rf_addr_block(&s, 5).n, 0);
    struct rf_addr name = normalize("CN", "usps12", -1);
    assert_int_equal(rf_addr_block(&name, 2).n, 0);
    assert_false(rf_addr_near(&name, &name, 2));
}

static void no_valid_number_is_an_emergency_number(void **state)
{
    (void)state;
    char national[40];
    for (unsigned i = 0; oracle_region(i); i++)
        for (int type = 0; type < 10; type++)
            if (oracle_example(oracle_region(i), type, national) &&
                strlen(national) >= 7) {
                struct rf_addr a = normalize(oracle_region(i), national, 2);
                assert_false(a.types & RF_TYPE_EMERGENCY);
            }
}

static void texts_numbers_are_possible_by_length(void **state)
{
    (void)state;
    assert_true(rf_addr_possible(plan("CN"), RF_STR("138-0013-8000")));
    assert_true(rf_addr_possible(plan("CN"), RF_STR("+1 212 555 2368")));
    assert_false(rf_addr_possible(plan("CN"), RF_STR("123456")));
    assert_false(rf_addr_possible(plan("CN"), RF_STR("+1 212 555")));
    assert_false(rf_addr_possible(plan("US"), RF_STR("5552368")));
    assert_false(rf_addr_possible(plan("CN"), RF_STR("usps")));
}

/* No number of n digits, written in `at` behind what stands there, is possible at home.
 */
static void expect_none_possible(const char *iso, char *at, const char *digits,
                                 unsigned n)
{
    if (n == 0) {
        if (rf_addr_possible(plan(iso), rf_str_of(digits)))
            fail_msg("%s: %s is possible", iso, digits);
        return;
    }
    for (char d = '0'; d <= '9'; d++) {
        at[0] = d;
        expect_none_possible(iso, at + 1, digits, n - 1);
    }
}

static void no_number_is_shorter_than_the_least(void **state)
{
    (void)state;
    static const char *const homes[] = {"CN", "US", "DE", "AT", "AR", "FI", "IT", "BR"};
    static const char *const abroad[] = {"", "00", "011", "990", "0014"};
    char digits[16];
    assert_int_equal(rf_plan_least(plan("CN")), 7);
    for (size_t h = 0; h < sizeof homes / sizeof *homes; h++) {
        unsigned least = rf_plan_least(plan(homes[h]));
        for (size_t k = 0; k < sizeof abroad / sizeof *abroad; k++) {
            size_t n = strlen(abroad[k]);
            memset(digits, 0, sizeof digits);
            memcpy(digits, abroad[k], n);
            for (unsigned more = 0; n + more < least && more <= 4; more++)
                expect_none_possible(homes[h], digits + n, digits, more);
        }
    }
}

/* ---- against libphonenumber ---- */

static uint64_t seed;

static unsigned rnd(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 33) % n;
}

#define MAX_EXAMPLES 11

struct region {
    const char *iso;
    char examples[MAX_EXAMPLES][40];
    unsigned n_examples;
};

static void prepare(struct region *r, const char *iso)
{
    *r = (struct region){.iso = iso};
    for (int type = 0; type < MAX_EXAMPLES; type++)
        r->n_examples += oracle_example(iso, type, r->examples[r->n_examples]);
}

/* A string as people and fraudsters dial: mutated example numbers behind all sorts of
 * prefixes, or digits at random. */
static void random_number(const struct region *r, char out[80])
{
    static const char *const prefixes[] = {
        "+",     "00",  "0",    "011", "8",   "1",   "810", "010", "86", "+0",
        "17951", "009", "0015", "55",  "001", "+00", "62",  "91",  "7",  "008"};
    char body[40] = "";
    size_t n = 0;
    out[0] = '\0';
    if (rnd(2))
        strcpy(out, prefixes[rnd(sizeof prefixes / sizeof prefixes[0])]);
    if (rnd(3) == 0)
        sprintf(out + strlen(out), "%u", rf_plan_calling_code(plan(r->iso)));
    if (r->n_examples && rnd(8)) {
        strcpy(body, r->examples[rnd(r->n_examples)]);
        n = strlen(body);
        for (unsigned k = rnd(8); k > 0; k--)
            body[rnd((unsigned)n)] = (char)('0' + rnd(10));
        if (rnd(4) == 0)
            n = rnd((unsigned)n) + 1;
    }
    for (unsigned k = n && rnd(4) ? 0 : rnd(n ? 3 : 19); k > 0; k--)
        body[n++] = (char)('0' + rnd(10));
    body[n] = '\0';
    char *end = out + strlen(out);
    for (size_t i = 0; i < n; i++) {
        *end++ = body[i];
        if (rnd(20) == 0 && i + 1 < n)
            *end++ = " -."[rnd(3)];
    }
    *end = '\0';
}

static bool matches(const struct rf_addr *a, const struct oracle *o)
{
    unsigned types = a->types & RF_TYPE_SATELLITE ? o->types : a->types;
    return a->form == RF_ADDR_E164 && rf_str_eqz(a->norm, o->e164) && types == o->types &&
           memcmp(a->country, o->country, 2) == 0;
}

/* What is wrong with our reading of the string, or NULL. */
static const char *difference(const char *iso, const char *s)
{
    char digits[80];
    size_t n = 0;
    for (const char *p = s; *p; p++)
        if (*p >= '0' && *p <= '9')
            digits[n++] = *p;
    digits[n] = '\0';
    bool plus = s[0] == '+';
    struct rf_addr a = normalize(iso, s, -1);
    struct oracle o;
    char clean[81];
    snprintf(clean, sizeof clean, "%s%s", plus ? "+" : "", digits);
    bool parsed = oracle_parse(clean, iso, &o);
    if (n && rf_addr_possible(plan(iso), rf_str_of(s)) != (parsed && o.possible))
        return "possible";
    bool ours =
        plus || (n >= 7 && !(strcmp(iso, "CN") == 0 && !strncmp(digits, "106", 3)));
    if (ours && parsed && o.valid)
        return matches(&a, &o) ? NULL : "valid number";
    if (a.form == RF_ADDR_E164 && !(a.types & RF_TYPE_INVALID))
        return plus || n >= 7 || !parsed || !matches(&a, &o) ? "invalid number" : NULL;
    if (plus && n && n <= 15 && digits[0] != '0' &&
        !rf_str_eqz(rf_str_sub(a.norm, 1), digits))
        return "verbatim";
    if (plus && parsed && o.country[0] && memcmp(a.country, o.country, 2) != 0 && n <= 15)
        return "country";
    return NULL;
}

static void compare_some(const struct region *regions, unsigned n_regions, unsigned count,
                         uint64_t start)
{
    char s[80];
    seed = start;
    for (unsigned i = 0; i < count; i++) {
        const struct region *r = &regions[i % n_regions];
        random_number(r, s);
        const char *what = difference(r->iso, s);
        if (what) {
            struct rf_addr a = normalize(r->iso, s, -1);
            struct oracle o;
            oracle_parse(s, r->iso, &o);
            printf("%s at %s: %s: ours %.*s %.2s %x, theirs %s %.2s %x\n", s, r->iso,
                   what, RF_STR_FMT(a.norm), a.country, a.types, o.e164, o.country,
                   o.types);
            fflush(stdout);
            _exit(1);
        }
        rf_arena_reset(&arena);
    }
}

/* Compares `count` strings in each of two processes. */
static void compare_in_two(const struct region *regions, unsigned n, unsigned count)
{
    pid_t pids[2];
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            compare_some(regions, n, count, 0x9e3779b97f4a7c15u + (unsigned)i);
            _exit(0);
        }
    }
    for (int i = 0; i < 2; i++) {
        int status = -1;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
}

static unsigned scaled(unsigned n)
{
#ifdef __SANITIZE_ADDRESS__
    return n / 20;
#endif
#ifdef __SANITIZE_THREAD__
    return n / 20;
#endif
    return getenv("RF_QUICK") ? n / 20 : n;
}

static void agrees_with_libphonenumber(void **state)
{
    (void)state;
    static const char *const isos[] = {"CN", "US", "GB", "DE", "IN",
                                       "BR", "NG", "ID", "RU", "JP"};
    static struct region regions[10];
    for (unsigned i = 0; i < 10; i++)
        prepare(&regions[i], isos[i]);
    compare_in_two(regions, 10, scaled(500000));
}

static void agrees_with_libphonenumber_everywhere(void **state)
{
    (void)state;
    static struct region regions[300];
    unsigned n = 0;
    for (; oracle_region(n); n++)
        prepare(&regions[n], oracle_region(n));
    compare_in_two(regions, n, scaled(50000));
}

static double time_some(const struct rf_plan *home, unsigned count)
{
    struct timespec a, b;
    struct rf_addr out;
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (unsigned i = 0; i < count; i++) {
        rf_addr_normalize(&arena, home, RF_STR("+8613800138000"), -1, &out);
        rf_arena_reset(&arena);
    }
    clock_gettime(CLOCK_MONOTONIC, &b);
    return ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) /
           count;
}

static void needs_no_time_to_speak_of(void **state)
{
    (void)state;
    double best = 1e9;
    for (int i = 0; i < 50; i++) {
        double ns = time_some(plan("CN"), 2000);
        best = ns < best ? ns : best;
    }
    printf("%.0f ns a number\n", best);
    assert_true(best < 10000); /* so far above any build that only a blunder gets there */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_one_spelling),
        cmocka_unit_test(shared_codes_tell_countries_apart),
        cmocka_unit_test(short_numbers_stay_digits),
        cmocka_unit_test(letters_make_senders),
        cmocka_unit_test(near_and_blocks),
        cmocka_unit_test(no_valid_number_is_an_emergency_number),
        cmocka_unit_test(texts_numbers_are_possible_by_length),
        cmocka_unit_test(no_number_is_shorter_than_the_least),
        cmocka_unit_test(agrees_with_libphonenumber),
        cmocka_unit_test(agrees_with_libphonenumber_everywhere),
        cmocka_unit_test(needs_no_time_to_speak_of),
    };
    rf_arena_init(&arena, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rf_arena_fini(&arena);
    return failed;
}
