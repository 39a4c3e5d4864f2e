#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>

#include "lib/base/buf.h"
#include "lib/match/matcher.h"

struct fixture {
    struct rf_matcher_builder *b;
    struct rf_matcher *m;
    struct rf_match_scratch *s;
    struct rf_arena a;
};

static void begin(struct fixture *f)
{
    *f = (struct fixture){.b = rf_matcher_builder_new()};
    rf_arena_init(&f->a, 0);
}

static uint32_t add(struct fixture *f, enum rf_match_view view, enum rf_pattern_kind kind,
                    const char *text)
{
    struct rf_pattern_error err;
    uint32_t id = rf_matcher_add(f->b, view, kind, rf_str_of(text), &err);
    if (id == RF_PATTERN_NONE)
        fail_msg("'%s' refused: %s", text, err.message);
    return id;
}

static void build(struct fixture *f)
{
    struct rf_pattern_error err;
    f->m = rf_matcher_build(f->b, &err);
    if (!f->m)
        fail_msg("%s", err.message);
    f->s = rf_match_scratch_new(f->m);
}

static void end(struct fixture *f)
{
    rf_match_scratch_free(f->s);
    rf_matcher_free(f->m);
    rf_matcher_builder_free(f->b);
    rf_arena_fini(&f->a);
}

/* The hits on text as "0 3 5". */
static const char *hits(struct fixture *f, enum rf_match_view view, struct rf_str text)
{
    struct rf_hits h;
    struct rf_buf out;
    rf_matcher_scan(f->m, f->s, view, text, &f->a, &h);
    rf_buf_init(&out);
    for (size_t i = 0; i < h.n; i++)
        rf_buf_printf(&out, "%s%u", i ? " " : "", h.ids[i]);
    struct rf_str kept = rf_arena_dup(&f->a, rf_str(out.n ? out.p : "", out.n));
    rf_buf_fini(&out);
    return kept.p;
}

static void equal_patterns_share_an_id(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    assert_int_equal(add(&f, RF_VIEW_TEXT, RF_PATTERN_WORD, "fee"), 0);
    assert_int_equal(add(&f, RF_VIEW_TEXT, RF_PATTERN_CONTAINS, "fee"), 1);
    assert_int_equal(add(&f, RF_VIEW_RAW, RF_PATTERN_CONTAINS, "fee"), 2);
    assert_int_equal(add(&f, RF_VIEW_TEXT, RF_PATTERN_WORD, "fee"), 0);
    assert_int_equal(add(&f, RF_VIEW_TEXT, RF_PATTERN_REGEX, ""), 3);
    build(&f);
    assert_int_equal(rf_matcher_count(f.m), 4);
    assert_int_equal(rf_matcher_kind(f.m, 1), RF_PATTERN_CONTAINS);
    assert_int_equal(rf_matcher_view(f.m, 2), RF_VIEW_RAW);
    assert_true(rf_str_eqz(rf_matcher_text(f.m, 2), "fee"));
    assert_string_equal(hits(&f, RF_VIEW_TEXT, RF_STR("")), "3");
    end(&f);
}

static void contains_is_exact_on_raw_text(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    add(&f, RF_VIEW_RAW, RF_PATTERN_CONTAINS, "USPS");
    add(&f, RF_VIEW_RAW, RF_PATTERN_CONTAINS, "usps");
    add(&f, RF_VIEW_RAW, RF_PATTERN_CONTAINS, "s");
    add(&f, RF_VIEW_RAW, RF_PATTERN_CONTAINS, "É");
    build(&f);
    assert_string_equal(hits(&f, RF_VIEW_RAW, RF_STR("usp USPS")), "0 2");
    assert_string_equal(hits(&f, RF_VIEW_RAW, RF_STR("Usps É")), "2 3");
    assert_string_equal(hits(&f, RF_VIEW_RAW, RF_STR("USPS usps é")), "0 1 2");
    end(&f);
}

static void words_need_edges_at_some_occurrence(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    add(&f, RF_VIEW_TEXT, RF_PATTERN_WORD, "fee");
    add(&f, RF_VIEW_TEXT, RF_PATTERN_CONTAINS, "fee");
    add(&f, RF_VIEW_TEXT, RF_PATTERN_WORD, "快递");
    build(&f);
    assert_string_equal(hits(&f, RF_VIEW_TEXT, RF_STR("coffee feed")), "1");
    assert_string_equal(hits(&f, RF_VIEW_TEXT, RF_STR("coffee, fee")), "0 1");
    assert_string_equal(hits(&f, RF_VIEW_TEXT, RF_STR("您的快递到了")), "2");
    size_t from, to;
    assert_true(rf_matcher_locate(f.m, f.s, 0, RF_STR("coffee, fee"), &from, &to));
    assert_int_equal(from, 8);
    assert_int_equal(to, 11);
    assert_false(rf_matcher_locate(f.m, f.s, 0, RF_STR("coffee"), &from, &to));
    end(&f);
}

static void odd_keywords_are_found(void **state)
{
    (void)state;
    struct fixture f;
    struct rf_pattern_error err;
    char longer[300];
    memset(longer, 'x', sizeof longer);
    longer[299] = 'y';
    begin(&f);
    rf_matcher_add(f.b, RF_VIEW_RAW, RF_PATTERN_CONTAINS, rf_str("\0ab", 3), &err);
    rf_matcher_add(f.b, RF_VIEW_RAW, RF_PATTERN_CONTAINS, rf_str("a\0b", 3), &err);
    rf_matcher_add(f.b, RF_VIEW_RAW, RF_PATTERN_CONTAINS, rf_str(longer, 300), &err);
    rf_matcher_add(f.b, RF_VIEW_RAW, RF_PATTERN_CONTAINS, rf_str(longer, 299), &err);
    build(&f);
    assert_string_equal(hits(&f, RF_VIEW_RAW, rf_str("-\0ab", 4)), "0");
    assert_string_equal(hits(&f, RF_VIEW_RAW, rf_str("-a\0b", 4)), "1");
    assert_string_equal(hits(&f, RF_VIEW_RAW, rf_str(longer, 300)), "2 3");
    assert_string_equal(hits(&f, RF_VIEW_RAW, rf_str(longer, 299)), "3");
    assert_string_equal(hits(&f, RF_VIEW_RAW, rf_str(longer + 1, 298)), "");
    end(&f);
}

static void regexes_are_candidates_by_their_literals(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    add(&f, RF_VIEW_TEXT, RF_PATTERN_REGEX, "\\bfee\\b");
    add(&f, RF_VIEW_TEXT, RF_PATTERN_REGEX, "\\d{4}");
    add(&f, RF_VIEW_TEXT, RF_PATTERN_REGEX, "Parcel|快递");
    build(&f);
    assert_true(rf_matcher_has_literals(f.m, 0));
    assert_false(rf_matcher_has_literals(f.m, 1));
    assert_string_equal(hits(&f, RF_VIEW_TEXT, RF_STR("coffee")), "");
    assert_string_equal(hits(&f, RF_VIEW_TEXT, RF_STR("coffee, a fee")), "0");
    assert_string_equal(hits(&f, RF_VIEW_TEXT, RF_STR("快fee")), "");
    assert_string_equal(hits(&f, RF_VIEW_TEXT, RF_STR("がfee")), "0"); /* perhaps */
    assert_string_equal(hits(&f, RF_VIEW_TEXT, RF_STR("parcel")), "2");
    assert_string_equal(hits(&f, RF_VIEW_TEXT, RF_STR("123 45 快递")), "2");
    assert_string_equal(hits(&f, RF_VIEW_TEXT, RF_STR("123456")), "1");
    uint64_t budget = RF_MATCH_BUDGET;
    assert_int_equal(rf_matcher_confirm(f.m, f.s, 0, RF_STR("coffee"), &budget),
                     RF_MATCH_NO);
    assert_int_equal(rf_matcher_confirm(f.m, f.s, 2, RF_STR("parcel"), &budget),
                     RF_MATCH_YES);
    end(&f);
}

/* "{,2}" is literal text to PCRE2 before 10.43, a repeat from then on; where there is
 * nothing to repeat it is literal text to all. */
static void braces_that_are_no_repeat_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
    } cases[] = {
        {"{,2}cdefg", "x{,2}cdefg"},          {"^{,2}cdefg", "{,2}cdefg"},
        {"({,2}cdefg)", "x{,2}cdefg"},        {"a|{,2}cdefg", "x{,2}cdefg"},
        {"a{0}{,2}c{ 1 }", "b{,2}c{ 1 }"},    {"a{0}{,2}cdefg", "x{,2}cdefg"},
        {"(?:a|{,2}cdefg)h", "{,2}cdefgh"},   {"\\b{,2}cdefg", "x{,2}cdefg"},
        {"^(?:xy{,2}cdefg)$", "xy{,2}cdefg"},
    };
    struct fixture f;
    enum { N = sizeof cases / sizeof *cases };
    begin(&f);
    for (uint32_t i = 0; i < N; i++)
        add(&f, RF_VIEW_RAW, RF_PATTERN_REGEX, cases[i].pattern);
    build(&f);
    for (uint32_t i = 0; i < N; i++) {
        uint64_t budget = RF_MATCH_BUDGET;
        struct rf_hits h;
        struct rf_str text = rf_arena_dup(&f.a, rf_str_of(cases[i].text));
        rf_matcher_scan(f.m, f.s, RF_VIEW_RAW, text, &f.a, &h);
        bool candidate = false;
        for (size_t k = 0; k < h.n; k++)
            candidate |= h.ids[k] == i;
        if (!candidate || rf_matcher_confirm(f.m, f.s, i, text, &budget) != RF_MATCH_YES)
            fail_msg("%s does not match %s", cases[i].pattern, cases[i].text);
    }
    end(&f);
}

/* Folded views: caseless, dot-all; raw text and fields: as PCRE2 is without options. */
static void options_follow_the_view(void **state)
{
    (void)state;
    static const enum rf_match_view views[] = {RF_VIEW_TEXT, RF_VIEW_COMPACT,
                                               RF_VIEW_SHAPE, RF_VIEW_RAW, RF_VIEW_FIELD};
    struct fixture f;
    begin(&f);
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(add(&f, views[i], RF_PATTERN_REGEX, "A.b$"), i);
    build(&f);
    for (uint32_t i = 0; i < 5; i++) {
        bool folded = i < 3;
        uint64_t budget = RF_MATCH_BUDGET;
        assert_int_equal(rf_matcher_confirm(f.m, f.s, i, RF_STR("a-b"), &budget),
                         folded ? RF_MATCH_YES : RF_MATCH_NO);
        assert_int_equal(rf_matcher_confirm(f.m, f.s, i, RF_STR("A\nb"), &budget),
                         folded ? RF_MATCH_YES : RF_MATCH_NO);
        assert_int_equal(rf_matcher_confirm(f.m, f.s, i, RF_STR("A-b\n"), &budget),
                         RF_MATCH_YES);
        assert_int_equal(rf_matcher_confirm(f.m, f.s, i, RF_STR("A-b\r"), &budget),
                         RF_MATCH_NO);
    }
    end(&f);
}

static void mistakes_are_told_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *message;
        size_t at;
    } table[] = {
        {"(*UTF)a", "settings such as (*UTF) are not allowed", 0},
        {"(*LIMIT_MATCH=5)a", "settings such as (*UTF) are not allowed", 0},
        {"(*CRLF)a", "settings such as (*UTF) are not allowed", 0},
        {"a\\Cb", "using \\C is disabled by the application", 3},
        {"ab(?C1)c", "callouts are not allowed", 2},
        {"é(?:a(?C'x'))", "callouts are not allowed", 6},
        {"(?C)a(?C)", "callouts are not allowed", 0},
        {"a)b", "unmatched closing parenthesis", 1},
        {"(a", "missing closing parenthesis", 2},
        {"[b-a]", "range out of order in character class", 3},
        {"*a", "quantifier does not follow a repeatable item", 0},
        {"\xff", "pattern is not valid UTF-8", 0},
    };
    struct fixture f;
    begin(&f);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct rf_pattern_error err;
        assert_int_equal(rf_matcher_add(f.b, RF_VIEW_TEXT, RF_PATTERN_REGEX,
                                        rf_str_of(table[i].pattern), &err),
                         RF_PATTERN_NONE);
        assert_string_equal(err.message, table[i].message);
        assert_int_equal(err.at, table[i].at);
    }
    struct rf_pattern_error err;
    assert_int_equal(
        rf_matcher_add(f.b, RF_VIEW_COMPACT, RF_PATTERN_CONTAINS, RF_STR(""), &err),
        RF_PATTERN_NONE);
    assert_int_equal(add(&f, RF_VIEW_TEXT, RF_PATTERN_REGEX, "(*COMMIT)ab"), 0);
    assert_int_equal(add(&f, RF_VIEW_TEXT, RF_PATTERN_REGEX, "[(?C1)]\\Q(?C1)\\E"), 1);
    build(&f);
    end(&f);
}

static void fields_are_asked_directly(void **state)
{
    (void)state;
    struct fixture f;
    uint64_t budget = RF_MATCH_BUDGET;
    begin(&f);
    add(&f, RF_VIEW_FIELD, RF_PATTERN_CONTAINS, "smsc");
    add(&f, RF_VIEW_FIELD, RF_PATTERN_WORD, "smsc");
    add(&f, RF_VIEW_FIELD, RF_PATTERN_REGEX, "^smsc-\\d$");
    build(&f);
    assert_int_equal(rf_matcher_confirm(f.m, f.s, 0, RF_STR("xsmsc-3"), &budget),
                     RF_MATCH_YES);
    assert_int_equal(rf_matcher_confirm(f.m, f.s, 1, RF_STR("xsmsc-3"), &budget),
                     RF_MATCH_NO);
    assert_int_equal(rf_matcher_confirm(f.m, f.s, 1, RF_STR("smsc-3"), &budget),
                     RF_MATCH_YES);
    assert_int_equal(rf_matcher_confirm(f.m, f.s, 2, RF_STR("smsc-3"), &budget),
                     RF_MATCH_YES);
    assert_int_equal(rf_matcher_confirm(f.m, f.s, 2, RF_STR("SMSC-3"), &budget),
                     RF_MATCH_NO);
    end(&f);
}

static void ten_thousand_keywords_are_told_apart(void **state)
{
    (void)state;
    struct fixture f;
    char word[32];
    begin(&f);
    for (int i = 0; i < 10000; i++) {
        snprintf(word, sizeof word, "w%04dx", i);
        add(&f, RF_VIEW_TEXT, RF_PATTERN_CONTAINS, word);
    }
    build(&f);
    assert_string_equal(hits(&f, RF_VIEW_TEXT, RF_STR("w0042x w9999xw0007x w123x")),
                        "7 42 9999");
    end(&f);
}

/* A text's views, room around them; raw in capitals or not, with something left out. */
static struct rf_match_text views_of(char room[RF_VIEW_FIELD][300], uint32_t random)
{
    static const char *const words[] = {"fee", " ", "free", "x", "win", "7", "-"};
    struct rf_match_text t;
    char text[128] = "";
    for (int i = 0; i < 12; i++, random /= 3)
        strcat(text, words[(random + (uint32_t)i) % 7]);
    for (int v = 0; v < RF_VIEW_FIELD; v++) {
        char *p = room[v] + 16;
        t.views[v] = rf_str(p, 0);
        for (const char *c = text; *c; c++) {
            bool letter = *c >= 'a' && *c <= 'z';
            if ((v == RF_VIEW_COMPACT && !letter && *c != '7') ||
                (v == RF_VIEW_SHAPE && !letter))
                continue;
            p[t.views[v].n++] =
                v == RF_VIEW_RAW && letter && random % 3 == 1 ? (char)(*c - 0x20) : *c;
        }
        if (v == RF_VIEW_RAW && random % 3 == 2)
            p[random % t.views[v].n] = '!';
    }
    return t;
}

static void views_are_scanned_together_as_one_by_one(void **state)
{
    (void)state;
    enum { TEXTS = 200 };
    static char rooms[TEXTS][RF_VIEW_FIELD][300];
    struct rf_match_text texts[TEXTS];
    struct rf_hits all[TEXTS], one;
    struct fixture f;
    size_t found = 0;
    begin(&f);
    for (int v = 0; v < RF_VIEW_FIELD; v++) {
        add(&f, v, RF_PATTERN_CONTAINS, v == RF_VIEW_RAW ? "FEE" : "fee");
        add(&f, v, RF_PATTERN_WORD, "free");
        add(&f, v, RF_PATTERN_REGEX, "w\\s*in.*fee");
        add(&f, v, RF_PATTERN_REGEX, v == RF_VIEW_SHAPE ? "^x*$" : "(x|win)7");
        add(&f, v, RF_PATTERN_REGEX, "w ?i ?n ?f");
    }
    build(&f);
    for (uint32_t i = 0; i < TEXTS; i++)
        texts[i] = views_of(rooms[i], i * 2654435761u);
    for (unsigned views = 0; views < 1u << RF_VIEW_FIELD; views++) {
        rf_matcher_scan_all(f.m, f.s, views, texts, TEXTS, &f.a, all);
        for (uint32_t i = 0; i < TEXTS; i++) {
            size_t n = 0;
            for (unsigned v = 0; v < RF_VIEW_FIELD; v++) {
                if (!(views >> v & 1))
                    continue;
                rf_matcher_scan(f.m, f.s, v, texts[i].views[v], &f.a, &one);
                for (size_t k = 0; k < one.n; k++) {
                    bool listed = false;
                    for (size_t j = 0; j < all[i].n; j++)
                        listed |= all[i].ids[j] == one.ids[k];
                    assert_true(listed);
                }
                n += one.n;
            }
            assert_int_equal(n, all[i].n);
            found += n;
            for (size_t j = 1; j < n; j++)
                assert_true(all[i].ids[j - 1] < all[i].ids[j]);
        }
    }
    assert_true(found > 1000);
    end(&f);
}

/* Threads share a matcher; forms with callouts are made by whoever needs them first. */
static void *confirm_all(void *arg)
{
    struct fixture *f = arg;
    struct rf_match_scratch *s = rf_match_scratch_new(f->m);
    struct rf_arena a;
    char text[2000];
    size_t good = 0;
    rf_arena_init(&a, 0);
    memset(text, '-', sizeof text);
    memcpy(text + 1900, "needle77", 8);
    for (uint32_t id = 0; id < rf_matcher_count(f->m); id++) {
        struct rf_hits h;
        uint64_t budget = RF_MATCH_BUDGET;
        rf_matcher_scan(f->m, s, RF_VIEW_TEXT, rf_str(text, sizeof text), &a, &h);
        good += h.n == 1 && h.ids[0] == 77 &&
                (rf_matcher_confirm(f->m, s, id, rf_str(text, sizeof text), &budget) ==
                 RF_MATCH_YES) == (id == 77);
    }
    rf_arena_fini(&a);
    rf_match_scratch_free(s);
    return good == rf_matcher_count(f->m) ? f : NULL;
}

static void threads_share_a_matcher(void **state)
{
    (void)state;
    struct fixture f;
    char pattern[32];
    pthread_t threads[4];
    begin(&f);
    for (int i = 0; i < 100; i++) {
        snprintf(pattern, sizeof pattern, "needle%02d\\b", i);
        add(&f, RF_VIEW_TEXT, RF_PATTERN_REGEX, pattern);
    }
    build(&f);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, confirm_all, &f), 0);
    for (int i = 0; i < 4; i++) {
        void *done;
        pthread_join(threads[i], &done);
        assert_non_null(done);
    }
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_patterns_share_an_id),
        cmocka_unit_test(contains_is_exact_on_raw_text),
        cmocka_unit_test(words_need_edges_at_some_occurrence),
        cmocka_unit_test(odd_keywords_are_found),
        cmocka_unit_test(regexes_are_candidates_by_their_literals),
        cmocka_unit_test(braces_that_are_no_repeat_are_found),
        cmocka_unit_test(options_follow_the_view),
        cmocka_unit_test(mistakes_are_told_with_their_place),
        cmocka_unit_test(fields_are_asked_directly),
        cmocka_unit_test(ten_thousand_keywords_are_told_apart),
        cmocka_unit_test(views_are_scanned_together_as_one_by_one),
        cmocka_unit_test(threads_share_a_matcher),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
