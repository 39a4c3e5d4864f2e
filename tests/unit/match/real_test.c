/* The matcher's answers are plain PCRE2's and memmem's: real regexes and literals over
 * real messages, many messages together as the engine has them scanned. Ordinarily over a
 * sample of the messages; RF_EVERY=1: over all, for minutes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/match/oracle.h"

enum { TOGETHER = 32, SAMPLE = 600, MOST = 65536 };

static const enum rf_match_view views[] = {RF_VIEW_TEXT, RF_VIEW_RAW};

struct real {
    struct rf_matcher_builder *builder;
    struct rf_matcher *m;
    struct rf_match_scratch *s;
    pcre2_code *re[MOST]; /* NULL: a literal */
    uint32_t n, nregexes;
    struct rf_arena arena;
    struct rf_match_text texts[TOGETHER];
    size_t ntexts;
    bool every;
    size_t messages, compared, held;
};

/* The file's whole content, NUL-terminated, to free; NULL when it is absent. */
static char *slurp(const char *dir, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    char *p = malloc((size_t)n + 1);
    p[fread(p, 1, (size_t)n, f)] = '\0';
    fclose(f);
    return p;
}

static char *last_column(char *line)
{
    char *tab = strrchr(line, '\t');
    return tab ? tab + 1 : line;
}

/* ---- patterns ---- */

/* A pattern that is there already is the earlier one. */
static void note(struct real *r, uint32_t id, pcre2_code *re)
{
    assert_true(id <= r->n && r->n < MOST);
    if (id < r->n)
        pcre2_code_free(re);
    else
        r->re[r->n++] = re;
}

static void load_regexes(struct real *r, char *file)
{
    struct rf_pattern_error err;
    char *save = NULL;
    strtok_r(file, "\n", &save); /* column names */
    for (char *line; (line = strtok_r(NULL, "\n", &save));) {
        struct rf_str p = rf_str_of(last_column(line));
        for (int v = 0; v < 2; v++) {
            pcre2_code *re = oracle_compile(p, views[v]);
            if (re)
                note(r, rf_matcher_add(r->builder, views[v], RF_PATTERN_REGEX, p, &err),
                     re);
        }
    }
    r->nregexes = r->n;
}

static void load_literals(struct real *r, char *file)
{
    struct rf_pattern_error err;
    struct rf_buf folded;
    char *save = NULL;
    rf_buf_init(&folded);
    for (char *line = strtok_r(file, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        for (int v = 0; v < 2; v++) {
            struct rf_str p = oracle_view(rf_str_of(line), views[v], &folded);
            uint32_t id =
                rf_matcher_add(r->builder, views[v], RF_PATTERN_CONTAINS, p, &err);
            if (id != RF_PATTERN_NONE)
                note(r, id, NULL);
        }
    }
    rf_buf_fini(&folded);
}

/* ---- messages ---- */

static int oracle_says(const struct real *r, uint32_t id, struct rf_str text,
                       size_t *begin, size_t *end)
{
    struct rf_str p = rf_matcher_text(r->m, id);
    if (r->re[id])
        return oracle_match(r->re[id], text, begin, end);
    const char *at = memmem(text.p, text.n, p.p, p.n);
    *begin = at ? (size_t)(at - text.p) : 0;
    *end = *begin + p.n;
    return at != NULL;
}

static void compare(struct real *r, uint32_t id, bool seen, struct rf_str text)
{
    size_t begin = 0, end = 0, b = 0, e = 0;
    uint64_t budget = RF_MATCH_BUDGET;
    int want = oracle_says(r, id, text, &begin, &end);
    if (want < 0)
        return; /* PCRE2 itself does not know */
    r->compared++;
    if (!seen && !want && r->every)
        return; /* it is not tried */
    r->held += want == 1;
    enum rf_match_result got = rf_matcher_confirm(r->m, r->s, id, text, &budget);
    if (want != (seen && got == RF_MATCH_YES) ||
        got != (want ? RF_MATCH_YES : RF_MATCH_NO))
        fail_msg("/%.*s/ on \"%.*s\" (view %d): oracle %d, seen %d, confirm %d",
                 RF_STR_FMT(rf_matcher_text(r->m, id)), RF_STR_FMT(text),
                 (int)rf_matcher_view(r->m, id), want, seen, (int)got);
    assert_int_equal(rf_matcher_locate(r->m, r->s, id, text, &b, &e), want);
    assert_true(!want || (b == begin && e == end));
}

static void judge(struct real *r)
{
    struct rf_hits hits[TOGETHER];
    rf_matcher_scan_all(r->m, r->s, 1u << views[0] | 1u << views[1], r->texts, r->ntexts,
                        &r->arena, hits);
    for (size_t i = 0; i < r->ntexts; i++) {
        size_t at = 0;
        for (uint32_t id = 0; id < r->n; id++) {
            bool seen = at < hits[i].n && hits[i].ids[at] == id;
            at += seen;
            compare(r, id, seen, r->texts[i].views[rf_matcher_view(r->m, id)]);
        }
        assert_int_equal(at, hits[i].n);
    }
    r->messages += r->ntexts;
    r->ntexts = 0;
    rf_arena_reset(&r->arena);
}

static void add_message(struct real *r, struct rf_str message)
{
    struct rf_view folded;
    rf_fold(&r->arena, message, false, &folded);
    r->texts[r->ntexts].views[RF_VIEW_TEXT] = folded.s;
    r->texts[r->ntexts++].views[RF_VIEW_RAW] = message;
    if (r->ntexts == TOGETHER)
        judge(r);
}

static void judge_file(struct real *r, const char *dir, const char *name)
{
    char *save = NULL, *text = slurp(dir, name);
    unsigned i = 0;
    if (!text) {
        printf("SKIP: no %s in DATA\n", name);
        return;
    }
    strtok_r(text, "\n", &save); /* column names */
    for (char *line; (line = strtok_r(NULL, "\n", &save)); i++) {
        struct rf_str message = rf_str_of(last_column(line));
        if ((r->every || i % SAMPLE == 0) && rf_utf8_valid(message))
            add_message(r, message);
    }
    judge(r);
    free(text);
}

/* ---- */

static void begin(struct real *r, char *regexes, char *literals)
{
    struct rf_pattern_error err;
    r->every = getenv("RF_EVERY") != NULL;
    r->builder = rf_matcher_builder_new();
    rf_arena_init(&r->arena, 0);
    load_regexes(r, regexes);
    load_literals(r, literals);
    r->m = rf_matcher_build(r->builder, &err);
    r->s = rf_match_scratch_new(r->m);
}

static void end(struct real *r)
{
    for (uint32_t i = 0; i < r->n; i++)
        pcre2_code_free(r->re[i]);
    rf_match_scratch_free(r->s);
    rf_matcher_free(r->m);
    rf_matcher_builder_free(r->builder);
    rf_arena_fini(&r->arena);
}

static void real_patterns_match_real_messages_as_plain_pcre2(void **state)
{
    static const char *const files[] = {
        "sms/sms_en.tsv",   "sms/sms_zh.tsv",  "sms/sms_other_spamonly.tsv",
        "sms/sms_id.tsv",   "sms/sms_th.tsv",  "sms/sms_tr.tsv",
        "sms/calls_en.tsv", "sms/calls_zh.tsv"};
    static struct real r;
    const char *dir = getenv("DATA");
    char *regexes = dir ? slurp(dir, "patterns/spamassassin_regexes.tsv") : NULL;
    char *literals =
        dir ? slurp(dir, "patterns/et_open_literals_ascii_unique.txt") : NULL;
    uint32_t bare = 0;
    (void)state;
    if (regexes && literals) {
        begin(&r, regexes, literals);
        for (size_t i = 0; i < sizeof files / sizeof *files; i++)
            judge_file(&r, dir, files[i]);
        for (uint32_t i = 0; i < r.nregexes; i++)
            bare += !rf_matcher_has_literals(r.m, i);
        printf("%u regexes, %u without literals, %u literals, %zu messages; "
               "%zu comparisons, %zu matches\n",
               r.nregexes, bare, r.n - r.nregexes, r.messages, r.compared, r.held);
        assert_true(r.nregexes > 1000 && bare < r.nregexes / 4 && r.held > 500);
        end(&r);
    } else {
        printf("SKIP: no sample patterns in DATA\n");
    }
    free(regexes);
    free(literals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_patterns_match_real_messages_as_plain_pcre2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
