#include "benchmarks/yardstick.h"

#include <stdio.h>
#include <stdlib.h>

#include "benchmarks/clock.h"
#include "benchmarks/real.h"
#include "benchmarks/table.h"
#include "lib/base/hash.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"

#define LITERAL_BYTES 4 /* shorter runs of a regex are no literals */

/* Distinct expressions, in the order they came. */
struct set {
    struct rf_arena arena;
    struct rf_map seen;
    const char **v;
    size_t *lengths;
    unsigned *flags, *ids;
    size_t n, cap;
};

static void set_init(struct set *s)
{
    *s = (struct set){0};
    rf_arena_init(&s->arena, 0);
    rf_map_init(&s->seen);
}

static void set_fini(struct set *s)
{
    rf_arena_fini(&s->arena);
    rf_map_fini(&s->seen);
    free(s->v);
    free(s->lengths);
    free(s->flags);
    free(s->ids);
}

static void set_add(struct set *s, struct rf_str x, unsigned flags)
{
    if (rf_map_get(&s->seen, x) != RF_MAP_NONE)
        return;
    if (s->n == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 1024;
        s->v = rf_mem_realloc(s->v, s->cap, sizeof *s->v);
        s->lengths = rf_mem_realloc(s->lengths, s->cap, sizeof *s->lengths);
        s->flags = rf_mem_realloc(s->flags, s->cap, sizeof *s->flags);
        s->ids = rf_mem_realloc(s->ids, s->cap, sizeof *s->ids);
    }
    struct rf_str kept = rf_arena_dup(&s->arena, x);
    rf_map_put(&s->seen, kept, 0);
    s->v[s->n] = kept.p;
    s->lengths[s->n] = kept.n;
    s->flags[s->n] = flags;
    s->ids[s->n] = (unsigned)s->n;
    s->n++;
}

static void finish(struct yardstick *y, const struct set *s, const char *name,
                   uint64_t began)
{
    y->compile_s = (double)(clock_thread_ns() - began) / 1e9;
    y->npatterns = s->n;
    if (y->db && hs_alloc_scratch(y->db, &y->scratch) != HS_SUCCESS)
        abort();
    table_say("%s: %zu expressions, %zu as prefilter, %zu refused, compiled in %.2f s%s",
              name, s->n, y->nprefilter, y->nrefused, y->compile_s,
              y->db ? "" : ": FAILED");
}

/* ---- LIT ---- */

/* Characters that never stand for themselves, or end a run. */
static bool plain(unsigned char c)
{
    return !strchr("\\^$.[]|()?*+{}", c) && c != 0;
}

/* Behind the bracket that closes the class or count at i. */
static size_t behind(struct rf_str s, size_t i, char close)
{
    i++;
    size_t first = i + (i < s.n && s.p[i] == '^');
    for (; i < s.n && (s.p[i] != close || i == first); i++)
        i += s.p[i] == '\\';
    return i + 1;
}

/* Behind "?:", "?i)", "?<name>" and the like, which follow a parenthesis. */
static size_t behind_group(struct rf_str s, size_t i)
{
    if (i < s.n && s.p[i] == '?')
        while (i < s.n && !strchr(":=!>)", s.p[i]))
            i++;
    else
        return i;
    return i + 1;
}

/* Take a run; the last character is dropped where the next may repeat it no times. */
static void add_run(struct set *set, struct rf_str s, size_t begin, size_t end)
{
    char low[256];
    size_t n = 0;
    if (end < s.n && strchr("?*{", s.p[end]))
        while (end > begin && (s.p[--end] & 0xc0) == 0x80)
            continue;
    for (size_t i = begin; i < end && n < sizeof low; i++)
        low[n++] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : s.p[i];
    if (n >= LITERAL_BYTES)
        set_add(set, rf_str(low, n), 0);
}

static void add_regex_literals(struct set *set, struct rf_str s)
{
    for (size_t i = 0; i < s.n;) {
        size_t begin = i;
        while (i < s.n && plain((unsigned char)s.p[i]))
            i++;
        add_run(set, s, begin, i);
        if (i >= s.n)
            break;
        if (s.p[i] == '\\')
            i += 2;
        else if (s.p[i] == '[')
            i = behind(s, i, ']');
        else if (s.p[i] == '{')
            i = behind(s, i, '}');
        else if (s.p[i] == '(')
            i = behind_group(s, i + 1);
        else
            i++;
    }
}

void yardstick_lit(struct yardstick *y, const struct rf_ruleset *rs)
{
    struct set s;
    hs_compile_error_t *error = NULL;
    *y = (struct yardstick){0};
    set_init(&s);
    for (uint32_t i = 0; i < rf_matcher_count(rs->matcher); i++) {
        struct rf_str text = rf_matcher_text(rs->matcher, i);
        if (rf_matcher_view(rs->matcher, i) == RF_VIEW_FIELD)
            continue;
        if (rf_matcher_kind(rs->matcher, i) == RF_PATTERN_REGEX)
            add_regex_literals(&s, text);
        else
            set_add(&s, text, 0);
    }
    uint64_t began = clock_thread_ns();
    if (hs_compile_lit_multi(s.v, s.flags, s.ids, s.lengths, (unsigned)s.n, HS_MODE_BLOCK,
                             NULL, &y->db, &error) != HS_SUCCESS)
        hs_free_compile_error(error);
    finish(y, &s, "LIT", began);
    set_fini(&s);
}

/* ---- VS ---- */

static void add_keyword(struct set *set, struct rf_str s)
{
    struct rf_buf b;
    rf_buf_init(&b);
    for (size_t i = 0; i < s.n; i++) {
        if (!plain((unsigned char)s.p[i]))
            rf_buf_addc(&b, '\\');
        rf_buf_addc(&b, s.p[i]);
    }
    set_add(set, rf_buf_str(&b), HS_FLAG_SINGLEMATCH);
    rf_buf_fini(&b);
}

static bool accepted(struct rf_str s, unsigned flags)
{
    char text[4096];
    hs_expr_info_t *info = NULL;
    hs_compile_error_t *error = NULL;
    snprintf(text, sizeof text, "%.*s", RF_STR_FMT(s));
    bool ok = hs_expression_info(text, flags, &info, &error) == HS_SUCCESS;
    if (!ok)
        hs_free_compile_error(error);
    free(info);
    return ok;
}

static void add_regex(struct yardstick *y, struct set *set, struct rf_str s)
{
    unsigned flags = HS_FLAG_CASELESS | HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH;
    if (!accepted(s, flags)) {
        flags |= HS_FLAG_PREFILTER;
        if (!accepted(s, flags)) {
            y->nrefused++;
            return;
        }
        y->nprefilter++;
    }
    set_add(set, s, flags);
}

/* What only shows when all are compiled together is made a prefilter, then dropped. */
static bool mend(struct yardstick *y, struct set *s, const hs_compile_error_t *error)
{
    if (error->expression < 0)
        return false;
    size_t i = (size_t)error->expression;
    if (!(s->flags[i] & HS_FLAG_PREFILTER)) {
        s->flags[i] |= HS_FLAG_PREFILTER;
        y->nprefilter++;
        return true;
    }
    s->n--;
    s->v[i] = s->v[s->n];
    s->flags[i] = s->flags[s->n];
    y->nrefused++;
    return s->n > 0;
}

static void compile_vs(struct yardstick *y, struct set *s)
{
    bool again = true;
    while (!y->db && again) {
        hs_compile_error_t *error = NULL;
        if (hs_compile_multi(s->v, s->flags, s->ids, (unsigned)s->n, HS_MODE_BLOCK, NULL,
                             &y->db, &error) != HS_SUCCESS) {
            again = mend(y, s, error);
            hs_free_compile_error(error);
        }
    }
}

/* The file of a database: named by expressions, flags and the library. */
static void name_of(char out[512], const struct set *s, const char *cache)
{
    uint64_t hash = rf_hash_fnv(hs_version(), strlen(hs_version()));
    for (size_t i = 0; i < s->n; i++)
        hash = hash * 31 + s->flags[i] + rf_hash_fnv(s->v[i], s->lengths[i]);
    snprintf(out, 512, "%s/vs-%016llx", cache, (unsigned long long)hash);
}

/* A database kept by an earlier run; Vectorscan refuses one of another machine. */
static bool fetch(struct yardstick *y, const char *name)
{
    struct rf_arena a;
    struct rf_str bytes;
    rf_arena_init(&a, 0);
    bool ok = real_read(&a, "", name, &bytes) &&
              hs_deserialize_database(bytes.p, bytes.n, &y->db) == HS_SUCCESS;
    rf_arena_fini(&a);
    return ok;
}

static void keep(const struct yardstick *y, const char *name)
{
    char *bytes = NULL;
    size_t n;
    FILE *f = fopen(name, "wb");
    if (f && hs_serialize_database(y->db, &bytes, &n) == HS_SUCCESS)
        fwrite(bytes, 1, n, f);
    if (f)
        fclose(f);
    free(bytes);
}

void yardstick_vs(struct yardstick *y, const struct rf_ruleset *rs, const char *cache)
{
    struct set s;
    char name[512];
    *y = (struct yardstick){0};
    set_init(&s);
    for (uint32_t i = 0; i < rf_matcher_count(rs->matcher); i++) {
        struct rf_str text = rf_matcher_text(rs->matcher, i);
        if (rf_matcher_view(rs->matcher, i) == RF_VIEW_FIELD)
            continue;
        if (rf_matcher_kind(rs->matcher, i) == RF_PATTERN_REGEX)
            add_regex(y, &s, text);
        else
            add_keyword(&s, text);
    }
    uint64_t began = clock_thread_ns();
    name_of(name, &s, cache ? cache : "");
    if (!cache || !fetch(y, name)) {
        compile_vs(y, &s);
        if (cache && y->db)
            keep(y, name);
    }
    finish(y, &s, "VS", began);
    set_fini(&s);
}

void yardstick_fini(struct yardstick *y)
{
    hs_free_scratch(y->scratch);
    hs_free_database(y->db);
}

/* ---- run ---- */

static int on_match(unsigned id, unsigned long long from, unsigned long long to,
                    unsigned flags, void *arg)
{
    (void)id;
    (void)from;
    (void)to;
    (void)flags;
    ++*(uint64_t *)arg;
    return 0;
}

uint64_t yardstick_run(struct yardstick *y, const struct rf_str *texts, size_t n)
{
    uint64_t began = clock_thread_ns();
    y->matches = 0;
    for (size_t i = 0; y->db && i < n; i++)
        hs_scan(y->db, texts[i].p, (unsigned)texts[i].n, 0, y->scratch, on_match,
                &y->matches);
    return clock_thread_ns() - began;
}
