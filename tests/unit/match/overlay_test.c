/* Lists changed while in use, against models that look at every entry and change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/match/overlay.h"

#define NOW INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define HOUR 3600000

static struct rf_arena arena;
static struct rf_report *report;
static uint64_t seed;

static int begin(void **state)
{
    (void)state;
    rf_arena_init(&arena, 0);
    report = rf_report_new();
    seed = 1;
    return 0;
}

static int end(void **state)
{
    (void)state;
    rf_arena_fini(&arena);
    rf_report_free(report);
    return 0;
}

static unsigned below(unsigned n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % n;
}

static const struct rf_plan *china(void)
{
    return rf_plan_find(RF_STR("CN"));
}

static struct rf_list *load(enum rf_list_type type, const char *text)
{
    struct rf_list_builder *b = rf_list_begin(type, china());
    assert_int_equal(
        rf_list_add_file(b, RF_STR("l"), rf_str_of(text), report, RF_WARNING), 0);
    return rf_list_finish(b);
}

static struct rf_list_change change(bool removed, const char *entry)
{
    return (struct rf_list_change){.entry = rf_str_of(entry),
                                   .removed = removed,
                                   .who = RF_STR("li"),
                                   .why = RF_STR("complaint 7"),
                                   .since_ms = NOW,
                                   .expires_ms = RF_LIST_NEVER};
}

static void put(struct rf_list *l, const struct rf_list_change *v, size_t n)
{
    rf_overlay_free(rf_list_put_overlay(l, rf_overlay_new(l, china(), v, n)));
}

static uint32_t find_addr(const struct rf_list *l, const char *raw, int64_t now_ms)
{
    struct rf_addr addr;
    rf_addr_normalize(&arena, china(), rf_str_of(raw), -1, &addr);
    return rf_list_find_addr(l, &addr, now_ms);
}

static uint32_t find_host(const struct rf_list *l, const char *host)
{
    return rf_list_find_host(l, rf_str_of(host), NOW);
}

/* ---- against models --------------------------------------------------------------- */

enum kind { EXACT, RANGE, PREFIX };
enum where { FILE_, ADDED, REMOVED };

struct item {
    enum kind kind;
    enum where where;
    char lo[24], hi[24], text[52];
    bool expired;
    int64_t since;
};

static void make_item(struct item *e, enum where where, int64_t since)
{
    *e = (struct item){.kind = below(3)   ? EXACT
                               : below(2) ? RANGE
                                          : PREFIX,
                       .where = where,
                       .expired = below(5) == 0,
                       .since = since};
    snprintf(e->lo, sizeof e->lo, "+861380000%04u", below(300));
    if (e->kind == PREFIX)
        e->lo[strlen(e->lo) - 1 - below(3)] = '\0';
    snprintf(e->hi, sizeof e->hi, "%s", e->lo);
    if (e->kind == RANGE)
        snprintf(e->hi + 10, sizeof e->hi - 10, "%04u",
                 (unsigned)atoi(e->lo + 10) + below(30));
    snprintf(e->text, sizeof e->text,
             e->kind == PREFIX  ? "%s*"
             : e->kind == RANGE ? "%s-%s"
                                : "%s",
             e->lo, e->hi);
}

static bool holds(const struct item *e, const char *number)
{
    if (e->kind == PREFIX)
        return strncmp(number, e->lo, strlen(e->lo)) == 0;
    return strcmp(number, e->lo) >= 0 && strcmp(number, e->hi) <= 0;
}

/* Positive where x is more special than y, or as special and newer. */
static int compare(const struct item *x, const struct item *y)
{
    if (x->kind != y->kind)
        return x->kind < y->kind ? 1 : -1;
    int c = x->kind == PREFIX  ? (int)strlen(x->lo) - (int)strlen(y->lo)
            : x->kind == RANGE ? strcmp(x->lo, y->lo)
                               : 0;
    if (c)
        return c;
    return (x->since > y->since) - (x->since < y->since);
}

static bool listed(const struct item *v, size_t n, const char *number)
{
    const struct item *best = NULL;
    for (size_t i = 0; i < n; i++)
        if (!v[i].expired && holds(&v[i], number) && (!best || compare(&v[i], best) > 0))
            best = &v[i];
    return best && best->where != REMOVED;
}

/* Of the changes of one entry only the last stays in force. */
static void supersede(struct item *v, size_t first, size_t n)
{
    for (size_t i = first; i < n; i++)
        for (size_t k = first; k < i; k++)
            if (strcmp(v[k].text, v[i].text) == 0)
                v[k].expired = true;
}

#define FILED 150
#define CHANGED 150

static struct rf_list *list_of(const struct item *v)
{
    struct rf_buf text;
    rf_buf_init(&text);
    for (size_t i = 0; i < FILED; i++)
        rf_buf_printf(&text, "%s%s\n", v[i].text,
                      v[i].expired ? "\t\t\t2025-01-01T00:00:00Z" : "");
    rf_buf_addc(&text, '\0');
    struct rf_list *l = load(RF_LIST_NUMBERS, text.p);
    rf_buf_fini(&text);
    return l;
}

static void numbers_are_those_of_the_model(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        struct item v[FILED + CHANGED];
        struct rf_list_change c[CHANGED];
        size_t found = 0;
        for (size_t i = 0; i < FILED + CHANGED; i++)
            make_item(&v[i],
                      i < FILED  ? FILE_
                      : below(2) ? ADDED
                                 : REMOVED,
                      i < FILED ? 0 : NOW - HOUR + (int64_t)i);
        struct rf_list *l = list_of(v);
        for (size_t i = 0; i < CHANGED; i++) {
            const struct item *e = &v[FILED + i];
            c[i] = change(e->where == REMOVED, e->text);
            c[i].since_ms = e->since;
            c[i].expires_ms = e->expired ? NOW - 1000 : RF_LIST_NEVER;
        }
        put(l, c, CHANGED);
        supersede(v, FILED, FILED + CHANGED);
        for (unsigned k = 0; k < 400; k++) {
            char number[24];
            snprintf(number, sizeof number, "+861380000%04u", k);
            bool want = listed(v, FILED + CHANGED, number);
            found += want;
            assert_int_equal(find_addr(l, number, NOW) != RF_LIST_NONE, want);
            assert_int_equal(rf_list_find_value(l, china(), rf_str_of(number), NOW) !=
                                 RF_LIST_NONE,
                             want);
        }
        assert_in_range(found, 20, 380);
        rf_list_free(l);
    }
}

/* Entries of one small world, as the types write them. */
static void word_of(enum rf_list_type type, unsigned i, char out[40])
{
    if (type == RF_LIST_HOSTS)
        snprintf(out, 40, "h%u.example", i);
    else if (type == RF_LIST_PAIRS)
        snprintf(out, 40, "+861380000%04u t%u", i / 5, i % 5);
    else if (type == RF_LIST_SENDERS)
        snprintf(out, 40, i % 2 ? "bank%u" : "9%05u", i);
    else
        snprintf(out, 40, "word%u", i);
}

static uint32_t found_in(const struct rf_list *l, unsigned i)
{
    char s[40];
    word_of(rf_list_get_type(l), i, s);
    char *space = strchr(s, ' ');
    switch (rf_list_get_type(l)) {
    case RF_LIST_HOSTS:
        return find_host(l, s);
    case RF_LIST_PAIRS:
        return rf_list_find_pair(l, rf_str(s, (size_t)(space - s)), rf_str_of(space + 1),
                                 NOW);
    case RF_LIST_SENDERS:
        return find_addr(l, s, NOW);
    default:
        assert_int_equal(rf_list_find_str(l, rf_str_of(s), NOW) == RF_LIST_NONE,
                         rf_list_find_folded(l, rf_str_of(s), NOW) == RF_LIST_NONE);
        return rf_list_find_str(l, rf_str_of(s), NOW);
    }
}

#define WORLD 60

static struct rf_list *world(enum rf_list_type type, const bool *in)
{
    struct rf_buf text;
    char s[40];
    rf_buf_init(&text);
    for (unsigned i = 0; i < WORLD; i++) {
        word_of(type, i, s);
        if (in[i])
            rf_buf_printf(&text, "%s\n", s);
    }
    rf_buf_addc(&text, '\0');
    struct rf_list *l = load(type, text.p);
    rf_buf_fini(&text);
    return l;
}

static void same(const struct rf_list *changed, const struct rf_list *plain)
{
    char first[24];
    for (unsigned i = 0; i < WORLD; i++) {
        assert_int_equal(found_in(changed, i) == RF_LIST_NONE,
                         found_in(plain, i) == RF_LIST_NONE);
        if (rf_list_get_type(plain) != RF_LIST_PAIRS)
            continue;
        snprintf(first, sizeof first, "+861380000%04u", i / 5);
        assert_int_equal(
            rf_list_find_first(changed, rf_str_of(first), NOW) == RF_LIST_NONE,
            rf_list_find_first(plain, rf_str_of(first), NOW) == RF_LIST_NONE);
    }
}

static void changed_is_as_built_anew(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 60; round++) {
        enum rf_list_type type = (enum rf_list_type)(1 + round % 5);
        bool in[WORLD];
        char text[WORLD][40];
        struct rf_list_change c[WORLD];
        size_t n = 0;
        for (unsigned i = 0; i < WORLD; i++)
            in[i] = below(2);
        struct rf_list *changed = world(type, in);
        for (unsigned i = 0; i < WORLD; i++) {
            if (below(3))
                continue;
            in[i] = below(2);
            word_of(type, i, text[n]);
            c[n] = change(!in[i], text[n]);
            n++;
        }
        put(changed, c, n);
        struct rf_list *plain = world(type, in);
        same(changed, plain);
        put(changed, NULL, 0); /* all changes gone */
        assert_int_equal(rf_list_added(changed), 0);
        rf_list_free(changed);
        rf_list_free(plain);
    }
}

/* ---- what people see -------------------------------------------------------------- */

static void a_removal_is_an_exception(void **state)
{
    (void)state;
    struct rf_list *l = load(RF_LIST_NUMBERS, "+86138*\n+8613900000001\n");
    struct rf_list_change c[] = {change(true, "+8613800000000"),
                                 change(true, "+8613900000001")};
    put(l, c, 2);
    assert_int_equal(find_addr(l, "+8613800000000", NOW), RF_LIST_NONE);
    assert_int_equal(find_addr(l, "+8613900000001", NOW), RF_LIST_NONE);
    assert_int_not_equal(find_addr(l, "+8613800000001", NOW), RF_LIST_NONE);
    struct rf_list_change told;
    assert_true(rf_list_removed(l, 0, NOW, &told)); /* the number, not the prefix */
    assert_string_equal(told.why.p, "complaint 7");
    assert_false(rf_list_removed(l, 1, NOW, &told));
    rf_list_free(l);
    l = load(RF_LIST_HOSTS, "example.com\n");
    struct rf_list_change host = change(true, "=www.example.com");
    put(l, &host, 1);
    assert_int_equal(find_host(l, "www.example.com"), RF_LIST_NONE);
    assert_int_not_equal(find_host(l, "a.www.example.com"), RF_LIST_NONE);
    assert_int_not_equal(find_host(l, "example.com"), RF_LIST_NONE);
    rf_list_free(l);
}

static void an_added_entry_tells_who_when_and_why(void **state)
{
    (void)state;
    struct rf_list *l = load(RF_LIST_NUMBERS, "+8613800000001\tfiled\n");
    struct rf_list_change c[] = {change(false, "+8613800000000"),
                                 change(false, "+8613800000001")};
    struct rf_list_entry e;
    put(l, c, 2);
    for (int i = 0; i < 2; i++) { /* of two alike that of the overlay */
        uint32_t found = find_addr(l, i ? "+8613800000001" : "+8613800000000", NOW);
        rf_list_entry(l, found, &arena, &e);
        assert_true(e.live);
        assert_true(rf_str_eqz(e.text, i ? "+8613800000001" : "+8613800000000"));
        assert_true(rf_str_eqz(e.source, "li"));
        assert_true(rf_str_eqz(e.reason, "complaint 7"));
        assert_int_equal(e.since_ms, NOW);
    }
    rf_list_entry(l, 0, &arena, &e);
    assert_false(e.live);
    assert_true(rf_str_eqz(e.reason, "filed"));
    rf_list_free(l);
}

static void changes_expire_at_the_record_s_time(void **state)
{
    (void)state;
    struct rf_list *l = load(RF_LIST_NUMBERS, "+8613800000001\n");
    struct rf_list_change c[] = {change(false, "+8613800000000"),
                                 change(true, "+8613800000001")};
    c[0].expires_ms = c[1].expires_ms = NOW + HOUR;
    put(l, c, 2);
    assert_int_not_equal(find_addr(l, "+8613800000000", NOW + HOUR - 1), RF_LIST_NONE);
    assert_int_equal(find_addr(l, "+8613800000001", NOW + HOUR - 1), RF_LIST_NONE);
    assert_int_equal(find_addr(l, "+8613800000000", NOW + HOUR), RF_LIST_NONE);
    assert_int_not_equal(find_addr(l, "+8613800000001", NOW + HOUR), RF_LIST_NONE);
    rf_list_free(l);
}

static void every_entry_around_a_value_is_found(void **state)
{
    (void)state;
    uint32_t found[16];
    struct rf_list_change told[16];
    struct rf_list *l =
        load(RF_LIST_NUMBERS, "+8613800000000\ta\n+8613800000000\tb\n"
                              "+8613800000000\tc\t\t2020-01-01T00:00:00Z\n"
                              "+86138*\n+861380*\n+8613800000000-+8613800000009\n"
                              "+86139*\n+8613800000001\n");
    struct rf_list_change c[] = {change(false, "+8613800*"),
                                 change(true, "+8613800000000")};
    put(l, c, 2);
    assert_int_equal(rf_list_find_all(l, china(), RF_STR("+86 138 0000 0000"), found, 16),
                     7);
    assert_int_equal(rf_list_find_removals(l, china(), RF_STR("013800000000"), told, 16),
                     1);
    assert_int_equal(rf_list_find_all(l, china(), RF_STR("+861380*"), found, 16), 2);
    assert_int_equal(
        rf_list_find_all(l, china(), RF_STR("+8613800000002-+8613800000003"), found, 16),
        1);
    assert_int_equal(rf_list_find_all(l, china(), RF_STR("nobody"), found, 16), 0);
    rf_list_free(l);
    l = load(RF_LIST_HOSTS, "=a.b.example\nb.example\nexample\nc.example\n");
    assert_int_equal(rf_list_find_all(l, china(), RF_STR("A.b.example."), found, 16), 3);
    rf_list_free(l);
}

static void normal_forms_and_mistakes(void **state)
{
    (void)state;
    struct rf_str out;
    struct rf_str bad = RF_STR("https://x.example/p");
    const struct rf_plan *home = china();
    assert_true(rf_list_normal(RF_LIST_NUMBERS, home, RF_STR("138 0000 0000"), &arena,
                               report, RF_NO_SOURCE, &out));
    assert_true(rf_str_eqz(out, "+8613800000000"));
    assert_true(rf_list_normal(RF_LIST_PAIRS, home, RF_STR("13800000000 T.1"), &arena,
                               report, RF_NO_SOURCE, &out));
    assert_true(rf_str_eqz(out, "+8613800000000 T.1"));
    uint32_t source = rf_report_source(report, RF_STR("ENTRY"), bad);
    assert_false(rf_list_normal(RF_LIST_HOSTS, home, bad, &arena, report, source, &out));
    assert_int_equal(rf_report_count(report, RF_ERROR), 1);
    assert_string_equal(rf_report_at(report, 0)->code, "RF303");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_are_those_of_the_model, begin, end),
        cmocka_unit_test_setup_teardown(changed_is_as_built_anew, begin, end),
        cmocka_unit_test_setup_teardown(a_removal_is_an_exception, begin, end),
        cmocka_unit_test_setup_teardown(an_added_entry_tells_who_when_and_why, begin,
                                        end),
        cmocka_unit_test_setup_teardown(changes_expire_at_the_record_s_time, begin, end),
        cmocka_unit_test_setup_teardown(every_entry_around_a_value_is_found, begin, end),
        cmocka_unit_test_setup_teardown(normal_forms_and_mistakes, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
