/* Lists against a model that looks at every entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/match/list.h"

#define ENTRIES 3000
#define LOOKUPS 20000
#define NOW INT64_C(1767225600000)

static uint64_t seed = 1;

static unsigned below(unsigned n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % n;
}

enum kind { EXACT, PREFIX, RANGE };

struct entry {
    enum kind kind;
    char lo[24], hi[24]; /* "+..." or short; of a prefix without "*" */
    bool expired;
};

/* A number in a crowded part of the plan, or a short one. */
static void make_number(char out[24])
{
    if (below(5) == 0)
        snprintf(out, 24, "1069%0*u", 1 + (int)below(4), below(10));
    else
        snprintf(out, 24, "+86138%08u",
                 below(40) * 1000000 + below(below(2) ? 3000 : 1000000));
}

static void make_entry(struct entry *e, struct rf_buf *text, bool exact)
{
    e->kind = exact || below(8) ? EXACT : below(2) ? PREFIX : RANGE;
    e->expired = below(4) == 0;
    make_number(e->lo);
    if (e->kind == PREFIX)
        e->lo[strlen(e->lo) - 1 - below(3)] = '\0';
    snprintf(e->hi, sizeof e->hi, "%s", e->lo);
    if (e->kind == RANGE) {
        size_t at = strlen(e->hi) - 1 - below(3);
        e->hi[at] = '9';
        if (e->lo[0] != '+' && strlen(e->lo) < 5)
            e->kind = EXACT;
    }
    rf_buf_printf(text,
                  e->kind == PREFIX  ? "%s*"
                  : e->kind == RANGE ? "%s-%s"
                                     : "%s",
                  e->lo, e->hi);
    if (e->expired)
        rf_buf_addz(text, "\told\t\t2020-01-01T00:00:00Z");
    else if (below(4) == 0)
        rf_buf_addz(text, "\tnew\tpolice");
    rf_buf_addc(text, '\n');
}

static bool holds(const struct entry *e, const char *number)
{
    if (e->kind == PREFIX)
        return strncmp(number, e->lo, strlen(e->lo)) == 0;
    return strlen(number) == strlen(e->lo) && strcmp(number, e->lo) >= 0 &&
           strcmp(number, e->kind == RANGE ? e->hi : e->lo) <= 0;
}

/* How special an unexpired entry with the number is, 0: there is none. Exact before
 * range, ranges by their beginning, then prefixes by length. */
static unsigned rank(const struct entry *v, const char *number, const char **lo)
{
    unsigned best = 0;
    for (size_t i = 0; i < ENTRIES; i++) {
        if (v[i].expired || !holds(&v[i], number))
            continue;
        unsigned r = v[i].kind == EXACT ? 300 : v[i].kind == RANGE ? 200 : 100;
        r += v[i].kind == PREFIX ? (unsigned)strlen(v[i].lo) : 0;
        if (r > best || (r == best && strcmp(v[i].lo, *lo) > 0)) {
            best = r;
            *lo = v[i].lo;
        }
    }
    return best;
}

static void check(const struct rf_list *l, const struct entry *v, const char *number,
                  uint32_t found)
{
    struct rf_arena a;
    struct rf_list_entry e;
    const char *lo = "";
    unsigned best = rank(v, number, &lo);
    if (!best) {
        assert_int_equal(found, RF_LIST_NONE);
        return;
    }
    assert_int_not_equal(found, RF_LIST_NONE);
    rf_arena_init(&a, 0);
    rf_list_entry(l, found, &a, &e);
    const char *text = rf_arena_dup(&a, e.text).p;
    assert_int_equal(strncmp(text, lo, strlen(lo)), 0);
    assert_int_equal(best < 200, strchr(text, '*') != NULL);
    assert_int_equal(best == 200, strchr(text, '-') != NULL);
    assert_int_equal(e.expires_ms, RF_LIST_NEVER);
    rf_arena_fini(&a);
}

static void compare_with_model(bool exact, bool sifted)
{
    enum { BATCH = 100 };
    struct entry *v = rf_mem_calloc(ENTRIES, sizeof *v);
    struct rf_buf text;
    struct rf_arena a;
    struct rf_report *report = rf_report_new();
    const struct rf_plan *home = rf_plan_find(RF_STR("CN"));
    struct rf_list_builder *b = rf_list_begin(RF_LIST_NUMBERS, home);
    rf_buf_init(&text);
    rf_arena_init(&a, 0);
    for (size_t i = 0; i < ENTRIES; i++)
        make_entry(&v[i], &text, exact);
    assert_int_equal(
        rf_list_add_file(b, RF_STR("l"), rf_buf_str(&text), report, RF_WARNING), 0);
    struct rf_list *l = rf_list_finish(b);
    if (sifted)
        rf_list_sift(l);
    size_t hits = 0;
    for (size_t i = 0; i < LOOKUPS; i += BATCH) {
        struct rf_list_query q[BATCH];
        struct rf_addr addrs[BATCH];
        char numbers[BATCH][24];
        for (size_t k = 0; k < BATCH; k++) {
            if (below(2))
                snprintf(numbers[k], sizeof numbers[k], "%s", v[below(ENTRIES)].hi);
            else
                make_number(numbers[k]);
            rf_addr_normalize(&a, home, rf_str_of(numbers[k]), -1, &addrs[k]);
            if (!rf_str_eqz(addrs[k].norm, numbers[k])) { /* no address of its own */
                make_number(numbers[k]);
                rf_addr_normalize(&a, home, rf_str_of(numbers[k]), -1, &addrs[k]);
            }
            q[k] = (struct rf_list_query){&addrs[k], NOW, 0};
        }
        rf_list_find_addr_batch(l, q, BATCH);
        for (size_t k = 0; k < BATCH; k++) {
            check(l, v, numbers[k], q[k].found);
            assert_int_equal(rf_list_find_addr(l, &addrs[k], NOW), q[k].found);
            hits += q[k].found != RF_LIST_NONE;
        }
        rf_arena_reset(&a);
    }
    assert_in_range(hits, LOOKUPS / 10, LOOKUPS - LOOKUPS / 10);
    rf_list_free(l);
    rf_report_free(report);
    rf_buf_fini(&text);
    rf_arena_fini(&a);
    free(v);
}

static void lookups_are_those_of_the_model(void **state)
{
    (void)state;
    compare_with_model(false, false);
    compare_with_model(true, false);
}

static void sifted_lists_hold_the_same(void **state)
{
    (void)state;
    compare_with_model(false, true);
    compare_with_model(true, true);
}

/* What the fast way through a list file takes as it stands, the slow way leaves alone. */
static void settled_digits_are_their_own_normal_form(void **state)
{
    (void)state;
    static const char *const homes[] = {"CN", "US", "IT", "AR", "BR", "KZ"};
    struct rf_arena a;
    size_t settled = 0;
    rf_arena_init(&a, 0);
    for (unsigned i = 0; i < 200000; i++) {
        char raw[20] = "+";
        unsigned n = 1 + below(15);
        struct rf_addr addr;
        for (unsigned k = 1; k <= n; k++)
            raw[k] = (char)('0' + below(10));
        if (!rf_plan_settled(rf_str(raw + 1, n)))
            continue;
        const struct rf_plan *home = rf_plan_find(rf_str_of(homes[i % 6]));
        rf_addr_normalize(&a, home, rf_str(raw, n + 1), -1, &addr);
        assert_int_equal(addr.form, RF_ADDR_E164);
        if (!rf_str_eq(addr.norm, rf_str(raw, n + 1)))
            fail_msg("%.*s is %.*s", (int)n + 1, raw, RF_STR_FMT(addr.norm));
        settled++;
        rf_arena_reset(&a);
    }
    assert_true(settled > 100000);
    rf_arena_fini(&a);
}

static void hosts_in_batches_are_found_as_alone(void **state)
{
    (void)state;
    enum { N = 2000 };
    struct rf_buf text;
    struct rf_arena a;
    struct rf_report *report = rf_report_new();
    struct rf_list_builder *b = rf_list_begin(RF_LIST_HOSTS, NULL);
    rf_buf_init(&text);
    rf_arena_init(&a, 0);
    for (unsigned i = 0; i < N; i++)
        rf_buf_printf(&text, "%sh%u.%s\n", below(4) ? "" : "=", below(3 * N),
                      below(2) ? "example.com" : "cn");
    assert_int_equal(
        rf_list_add_file(b, RF_STR("l"), rf_buf_str(&text), report, RF_WARNING), 0);
    struct rf_list *l = rf_list_finish(b);
    struct rf_list_host_query q[N];
    size_t hits = 0;
    for (unsigned i = 0; i < N; i++)
        q[i] = (struct rf_list_host_query){
            rf_arena_printf(&a, "%sh%u.%s", below(2) ? "a.b." : "", below(3 * N),
                            below(2) ? "example.com" : "cn"),
            NOW, 0};
    q[0].host = rf_str("", 0);
    rf_list_find_host_batch(l, q, N);
    for (unsigned i = 0; i < N; i++) {
        assert_int_equal(q[i].found, rf_list_find_host(l, q[i].host, NOW));
        hits += q[i].found != RF_LIST_NONE;
    }
    assert_in_range(hits, N / 10, N / 2);
    rf_list_free(l);
    rf_report_free(report);
    rf_buf_fini(&text);
    rf_arena_fini(&a);
}

/* A name of up to `labels` labels of 1 to 63 letters, 253 bytes at most. */
static struct rf_str make_host(struct rf_arena *a, unsigned labels)
{
    static const uint8_t lengths[] = {1, 1, 1, 2, 7, 8, 9, 15, 16, 17, 24, 63};
    char name[256];
    size_t n = 0;
    for (unsigned i = 0; i < labels; i++) {
        size_t length = lengths[below(labels > 12 ? 3 : sizeof lengths)];
        if (n + 1 + length > 253)
            break;
        if (n > 0)
            name[n++] = '.';
        for (size_t k = 0; k < length; k++)
            name[n++] = (char)('a' + (k + 1 < length ? k % 26 : below(3)));
    }
    return rf_arena_dup(a, rf_str(name, n));
}

static bool lies_below(struct rf_str host, struct rf_str entry)
{
    return host.n >= entry.n &&
           memcmp(host.p + host.n - entry.n, entry.p, entry.n) == 0 &&
           (host.n == entry.n || host.p[host.n - entry.n - 1] == '.');
}

/* The longest entry that the host is, or lies below. */
static struct rf_str longest_entry(const struct rf_str *v, size_t n, struct rf_str host)
{
    struct rf_str best = {"", 0};
    for (size_t i = 0; i < n; i++)
        if (v[i].n > best.n && lies_below(host, v[i]))
            best = v[i];
    return best;
}

static void hosts_of_any_shape_are_those_of_the_model(void **state)
{
    (void)state;
    enum { N = 600 };
    struct rf_buf text;
    struct rf_arena a;
    struct rf_report *report = rf_report_new();
    struct rf_list_builder *b = rf_list_begin(RF_LIST_HOSTS, NULL);
    struct rf_str *v = rf_mem_calloc(N, sizeof *v);
    struct rf_list_host_query *q = rf_mem_calloc(2 * N, sizeof *q);
    rf_buf_init(&text);
    rf_arena_init(&a, 0);
    for (unsigned i = 0; i < N; i++) {
        v[i] = make_host(&a, 2 + below(below(4) ? 5 : 126));
        rf_buf_printf(&text, "%.*s\n", RF_STR_FMT(v[i]));
    }
    assert_int_equal(
        rf_list_add_file(b, RF_STR("l"), rf_buf_str(&text), report, RF_WARNING), 0);
    struct rf_list *l = rf_list_finish(b);
    for (unsigned i = 0; i < 2 * N; i++) {
        struct rf_str e = v[below(N)], head = make_host(&a, 1 + below(9));
        bool dot = below(8);
        if (below(8) == 0)
            q[i].host = make_host(&a, 2 + below(126));
        else if (e.n + head.n + dot <= 253 && below(4))
            q[i].host = rf_arena_printf(&a, "%.*s%s%.*s", RF_STR_FMT(head), &"."[!dot],
                                        RF_STR_FMT(e));
        else
            q[i].host = e;
        q[i].now_ms = NOW;
    }
    rf_list_find_host_batch(l, q, 2 * N);
    for (unsigned i = 0; i < 2 * N; i++) {
        struct rf_str best = longest_entry(v, N, q[i].host);
        struct rf_list_entry entry = {.text = {"", 0}};
        if (q[i].found != RF_LIST_NONE)
            rf_list_entry(l, q[i].found, &a, &entry);
        if (!rf_str_eq(entry.text, best))
            fail_msg("%.*s is below %.*s, found %.*s", RF_STR_FMT(q[i].host),
                     RF_STR_FMT(best), RF_STR_FMT(entry.text));
        assert_int_equal(rf_list_find_host(l, q[i].host, NOW) != RF_LIST_NONE,
                         best.n > 0);
    }
    rf_list_free(l);
    rf_report_free(report);
    rf_buf_fini(&text);
    rf_arena_fini(&a);
    free(v);
    free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookups_are_those_of_the_model),
        cmocka_unit_test(sifted_lists_hold_the_same),
        cmocka_unit_test(settled_digits_are_their_own_normal_form),
        cmocka_unit_test(hosts_in_batches_are_found_as_alone),
        cmocka_unit_test(hosts_of_any_shape_are_those_of_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
