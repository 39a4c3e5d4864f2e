#include "benchmarks/real.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/utf8.h"

#define SEED 4
#define TEXTS_MAX 1000000

bool real_read(struct rf_arena *a, const char *data, const char *name, struct rf_str *out)
{
    struct rf_str path =
        rf_arena_printf(a, "%s%s%s", data ? data : "", data && *data ? "/" : "", name);
    FILE *f = data ? fopen(path.p, "rb") : NULL;
    if (!f)
        return false;
    fseek(f, 0, SEEK_END);
    size_t n = (size_t)ftell(f);
    rewind(f);
    char *p = rf_arena_alloc(a, n + 1);
    n = fread(p, 1, n, f);
    fclose(f);
    *out = rf_str(p, n);
    return true;
}

/* The next piece of *s up to the separator. */
static struct rf_str cut(struct rf_str *s, char separator)
{
    const char *end = s->n ? memchr(s->p, separator, s->n) : NULL;
    size_t n = end ? (size_t)(end - s->p) : s->n;
    struct rf_str piece = rf_str(s->p, n);
    *s = rf_str_sub(*s, end ? n + 1 : n);
    return piece;
}

/* ---- regexes ---- */

/* The view a rule may look at for this regex, or NULL. */
static const char *view_of(struct rf_str regex)
{
    if (!rf_utf8_valid(regex))
        return NULL;
    return rules_accept("text", regex)       ? "text"
           : rules_accept("text.raw", regex) ? "text.raw"
                                             : NULL;
}

bool real_regexes(struct rf_arena *a, const char *data, struct regexes *out,
                  size_t *refused)
{
    struct rf_str text;
    if (!real_read(a, data, "patterns/spamassassin_regexes.tsv", &text))
        return false;
    struct rf_str *v = RF_NEW_ARRAY(a, struct rf_str, 1 + text.n / 16);
    const char **views = RF_NEW_ARRAY(a, const char *, 1 + text.n / 16);
    *out = (struct regexes){v, views, 0};
    *refused = 0;
    cut(&text, '\n');
    while (text.n) {
        struct rf_str line = cut(&text, '\n'), column[7];
        for (size_t i = 0; i < 7; i++)
            column[i] = cut(&line, '\t');
        if (!rf_str_eqz(column[1], "body") && !rf_str_eqz(column[1], "rawbody"))
            continue;
        struct rf_str regex =
            column[4].n ? rf_arena_printf(a, "(?%.*s)%.*s", RF_STR_FMT(column[4]),
                                          RF_STR_FMT(column[6]))
                        : column[6];
        const char *view = view_of(regex);
        if (!view) {
            ++*refused;
            continue;
        }
        v[out->n] = regex;
        views[out->n++] = view;
    }
    return true;
}

/* ---- messages ---- */

static struct rf_str unescape(struct rf_arena *a, struct rf_str s)
{
    char *p = rf_arena_alloc(a, s.n);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\\' && i + 1 < s.n) {
            c = s.p[++i];
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
        p[n++] = c;
    }
    return rf_str(p, n);
}

static void add_file(struct rf_arena *a, struct rf_str text, struct rf_str *v, size_t *n)
{
    cut(&text, '\n');
    while (text.n && *n < TEXTS_MAX) {
        struct rf_str line = cut(&text, '\n');
        for (size_t i = 0; i < 7; i++)
            cut(&line, '\t');
        if (line.n && rf_utf8_valid(line))
            v[(*n)++] = unescape(a, line);
    }
}

static void shuffle(struct rf_str *v, size_t n)
{
    struct random r = random_of(SEED, 0);
    for (size_t i = n; i > 1; i--) {
        size_t k = random_below(&r, i);
        struct rf_str x = v[k];
        v[k] = v[i - 1];
        v[i - 1] = x;
    }
}

bool real_texts(struct rf_arena *a, const char *data, const struct rf_str **out,
                size_t *n)
{
    static const char *const files[] = {
        "sms_en.tsv", "sms_id.tsv", "sms_other_spamonly.tsv",
        "sms_th.tsv", "sms_tr.tsv", "sms_zh.tsv"};
    struct rf_str *v = RF_NEW_ARRAY(a, struct rf_str, TEXTS_MAX);
    *n = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct rf_str text, name = rf_arena_printf(a, "sms/%s", files[i]);
        if (real_read(a, data, name.p, &text))
            add_file(a, text, v, n);
    }
    shuffle(v, *n);
    *out = v;
    return *n > 0;
}
