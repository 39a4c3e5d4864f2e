#include "daemon/cli/check_price.h"

#include <stdlib.h>

#include "daemon/clock.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/base/utf8.h"
#include "lib/match/budget.h"
#include "lib/match/matcher.h"
#include "lib/match/regex.h"
#include "lib/rule/code.h"

enum {
    COUNTED_BYTES = RF_BUDGET_FIRST + 1, /* from here on steps are counted, not bounded */
    SMALL_BYTES = 2 * RF_BUDGET_FIRST,   /* texts on which growth shows */
    TIMES = RF_LIMIT_TEXT_BYTES / SMALL_BYTES,
    SOLE = 8,       /* characters of a pattern that are repeated alone */
    SOME_STEPS = 6, /* for each byte of the ordinary texts that have it tried, and */
    EVERY_PART = 4, /* one for so many bytes where all have: worth a word */
    ROUNDS = 5,     /* of a time that is measured, the least counts */
};

/* Steps at SMALL_BYTES from which a text of RF_LIMIT_TEXT_BYTES may take a tenth of the
 * budget, if they grow with the square. */
#define SMALL_STEPS (RF_MATCH_BUDGET / 10 / (TIMES * TIMES))

/* Ordinary texts, folded as they stand. */
static const char *const ordinary[] = {
    "hi, are you still coming to dinner tonight? we start at 7, bring some bread please",
    "your parcel 8842 has arrived at the shop and waits for you until friday 18:00",
    "【银行】您尾号1234的账户于3月5日10:21支出人民币88.50元,余额1200.00元。",
    "妈,我今天晚上加班,不回来吃饭了,你们先吃吧",
    "verification code 482913. it is valid for 5 minutes, do not tell it to anybody",
    "see www.example.com/news for the opening hours of our shop in march",
};

/* What a text is made of to annoy one regex. */
struct probe {
    const struct rf_matcher *m;
    struct rf_match_scratch *scratch;
    struct rf_arena arena;
    uint32_t id;
    bool folded;
    struct rf_buf letters;                /* the pattern's own, in order */
    char sole[SOLE + 4][RF_UTF8_MAX + 1]; /* to be repeated; ends in "" */
    size_t nsole;
    struct rf_str seen, last; /* all but the first of them; the last */
    struct rf_buf text;
};

void price_note(void *arg, uint32_t id, uint32_t source, uint32_t begin, uint32_t end)
{
    struct prices *p = arg;
    if (p->n == p->cap) {
        p->cap = p->cap ? 2 * p->cap : 64;
        p->v = rf_mem_realloc(p->v, p->cap, sizeof *p->v);
    }
    p->v[p->n++] = (struct price_place){id, source, begin, end};
}

void price_fini(struct prices *p)
{
    free(p->v);
}

/* ---- texts ------------------------------------------------------------------------ */

static void add_sole(struct probe *p, const char *s, size_t n)
{
    for (size_t i = 0; i < p->nsole; i++)
        if (strlen(p->sole[i]) == n && memcmp(p->sole[i], s, n) == 0)
            return;
    if (p->nsole == sizeof p->sole / sizeof *p->sole)
        return;
    memcpy(p->sole[p->nsole], s, n);
    p->sole[p->nsole++][n] = '\0';
}

static void on_char(void *arg, uint32_t cp, bool caseless, size_t at,
                    enum rf_regex_place place)
{
    struct probe *p = arg;
    char s[RF_UTF8_MAX];
    (void)caseless;
    (void)at;
    if (place == RF_REGEX_NEGATED_CLASS)
        return;
    if (p->folded && cp >= 'A' && cp <= 'Z')
        cp |= 0x20;
    size_t n = rf_utf8_encode(cp, s);
    rf_buf_add(&p->letters, s, n);
    if (p->nsole < SOLE)
        add_sole(p, s, n);
}

/* Of what a text is made: characters over and over, and whether something that no match
 * goes on over ends them. */
struct shape {
    struct rf_str unit;
    bool ended;
};

/* The pattern's letters but for the first, so that the scan has it tried, then the unit
 * over and over up to n bytes, which nearly match, and the last letter, which PCRE2 may
 * look for beforehand. */
static struct rf_str repeated(struct probe *p, struct shape shape, size_t n)
{
    const struct rf_str end = shape.ended ? RF_STR("|") : RF_STR("");
    p->text.n = 0;
    rf_buf_adds(&p->text, p->seen);
    while (p->text.n + shape.unit.n + end.n + p->last.n <= n)
        rf_buf_adds(&p->text, shape.unit);
    rf_buf_adds(&p->text, end);
    rf_buf_adds(&p->text, p->last);
    return rf_buf_str(&p->text);
}

/* ---- runs ------------------------------------------------------------------------- */

/* Whether the scan would have the regex tried on that text. */
static bool tried(struct probe *p, struct rf_str text)
{
    struct rf_hits hits = {0};
    enum rf_match_view view = rf_matcher_view(p->m, p->id);
    if (view == RF_VIEW_FIELD)
        return true;
    rf_arena_reset(&p->arena);
    rf_matcher_scan(p->m, p->scratch, view, text, &p->arena, &hits);
    for (size_t i = 0; i < hits.n; i++)
        if (hits.ids[i] == p->id)
            return true;
    return false;
}

static uint64_t steps(struct probe *p, struct rf_str text)
{
    uint64_t budget = RF_MATCH_BUDGET;
    enum rf_match_result r = rf_matcher_confirm(p->m, p->scratch, p->id, text, &budget);
    return r == RF_MATCH_LIMIT ? RF_MATCH_BUDGET : RF_MATCH_BUDGET - budget;
}

/* Whether the longest text of that shape takes the whole budget. */
static bool spends(struct probe *p, struct shape shape)
{
    struct rf_str text = repeated(p, shape, SMALL_BYTES);
    if (text.n > SMALL_BYTES || !tried(p, text))
        return false;
    uint64_t took = steps(p, text);
    return took == RF_MATCH_BUDGET ||
           (took >= SMALL_STEPS &&
            steps(p, repeated(p, shape, RF_LIMIT_TEXT_BYTES)) == RF_MATCH_BUDGET);
}

static double us_of(struct probe *p, struct rf_str text)
{
    double began = clock_monotonic_us();
    steps(p, text);
    return clock_monotonic_us() - began;
}

/* ---- the two warnings ------------------------------------------------------------- */

/* The units of which a text is repeated: single characters, then all of the letters. */
static struct rf_str unit_at(const struct probe *p, size_t i)
{
    return i < p->nsole ? rf_str_of(p->sole[i]) : rf_buf_str(&p->letters);
}

/* The length of s without its last character. */
static size_t before_last(struct rf_str s)
{
    while (s.n && (s.p[--s.n] & 0xC0) == 0x80)
        ;
    return s.n;
}

/* A match would end the search: the letters, and the last behind them, shall nearly
 * match. */
static void break_match(struct probe *p)
{
    uint64_t budget = RF_MATCH_BUDGET;
    while (rf_matcher_confirm(p->m, p->scratch, p->id, rf_buf_str(&p->letters),
                              &budget) == RF_MATCH_YES &&
           p->letters.n)
        p->letters.n = before_last(rf_buf_str(&p->letters));
    if (p->letters.n > RF_UTF8_MAX)
        p->letters.n = before_last(rf_buf_str(&p->letters));
}

static void take_pattern(struct probe *p, uint32_t id)
{
    struct rf_str all;
    size_t first = 1;
    p->id = id;
    p->folded = rf_matcher_view(p->m, id) <= RF_VIEW_SHAPE;
    p->letters.n = p->nsole = 0;
    rf_regex_literal_chars(rf_matcher_text(p->m, id), p->folded, on_char, p);
    all = rf_buf_str(&p->letters);
    while (first < all.n && (all.p[first] & 0xC0) == 0x80)
        first++;
    p->seen = rf_str_sub(all, first < all.n ? first : all.n);
    p->last = rf_str_sub(all, before_last(all));
    break_match(p);
    add_sole(p, "a", 1);
    add_sole(p, "1", 1);
    add_sole(p, "中", strlen("中"));
}

/* The first shape of texts that take the whole budget; false: there is none. */
static bool find_hostile(struct probe *p, struct shape *shape)
{
    for (size_t i = 0; i <= p->nsole; i++) {
        shape->unit = unit_at(p, i);
        for (int ended = 0; ended < 2 && shape->unit.n; ended++) {
            shape->ended = ended;
            if (spends(p, *shape))
                return true;
        }
    }
    return false;
}

static void check_hostile(struct probe *p, const struct price_place *at,
                          struct rf_report *report)
{
    struct shape worst;
    if (!find_hostile(p, &worst))
        return;
    struct rf_diag *d =
        rf_report_add(report, RF_WARNING, RF_CODE_COSTLY, at->source, at->begin, at->end,
                      "a hostile text makes this regex take about %.0f ms and then "
                      "count as not matching",
                      us_of(p, repeated(p, worst, RF_LIMIT_TEXT_BYTES)) / 1000);
    rf_report_hint(
        report, d,
        "bound its repeats: {0,20} for *, a narrower class for ., none within another");
}

/* How many ordinary texts have the regex tried; those that have are together in p->text,
 * long enough for their steps to be counted. */
static size_t gather_ordinary(struct probe *p)
{
    size_t n = 0;
    p->text.n = 0;
    for (size_t i = 0; i < sizeof ordinary / sizeof *ordinary; i++) {
        if (!tried(p, rf_str_of(ordinary[i])))
            continue;
        n++;
        rf_buf_addz(&p->text, ordinary[i]);
        rf_buf_addc(&p->text, ' ');
    }
    while (n && p->text.n < COUNTED_BYTES) {
        size_t bytes = p->text.n;
        rf_buf_reserve(&p->text, bytes);
        rf_buf_add(&p->text, p->text.p, bytes);
    }
    return n;
}

/* What it takes on such a text in the mean, each as a short message. */
static double ordinary_us(struct probe *p)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < sizeof ordinary / sizeof *ordinary; i++) {
        struct rf_str text = rf_str_of(ordinary[i]);
        double least = 1e9;
        if (!tried(p, text))
            continue;
        for (int k = 0; k < ROUNDS; k++) {
            double us = us_of(p, text);
            least = us < least ? us : least;
        }
        sum += least;
        n++;
    }
    return n ? sum / (double)n : 0;
}

static void check_always(struct probe *p, const struct price_place *at,
                         struct rf_report *report)
{
    size_t n;
    if (rf_matcher_view(p->m, p->id) == RF_VIEW_FIELD ||
        rf_matcher_has_literals(p->m, p->id) || !(n = gather_ordinary(p)))
        return; /* else ruled out by what is cheap to see, as a run of digits */
    struct rf_str text = rf_buf_str(&p->text);
    uint64_t took = steps(p, text);
    bool every = n == sizeof ordinary / sizeof *ordinary;
    if (took < SOME_STEPS * text.n && !(every && took * EVERY_PART >= text.n))
        return;
    struct rf_diag *d = rf_report_add(
        report, RF_WARNING, RF_CODE_ALWAYS, at->source, at->begin, at->end,
        "no word must stand in what this regex matches: no text rules it out, and each "
        "takes about %.2f us",
        ordinary_us(p));
    rf_report_hint(report, d, "give it a word of two letters or more that must be there");
}

static int by_id(const void *pa, const void *pb)
{
    const struct price_place *a = pa, *b = pb;
    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    return (a->begin > b->begin) - (a->begin < b->begin);
}

void price_report(struct prices *p, const struct rf_matcher *m, struct rf_report *report)
{
    struct probe probe = {.m = m, .scratch = rf_match_scratch_new(m)};
    rf_arena_init(&probe.arena, 0);
    rf_buf_init(&probe.letters);
    rf_buf_init(&probe.text);
    if (p->n)
        qsort(p->v, p->n, sizeof *p->v, by_id);
    for (size_t i = 0; i < p->n; i++) {
        if (i > 0 && p->v[i].id == p->v[i - 1].id)
            continue;
        take_pattern(&probe, p->v[i].id);
        check_always(&probe, &p->v[i], report);
        check_hostile(&probe, &p->v[i], report);
    }
    rf_buf_fini(&probe.letters);
    rf_buf_fini(&probe.text);
    rf_arena_fini(&probe.arena);
    rf_match_scratch_free(probe.scratch);
}
