#include "lib/base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/base/utf8.h"

struct source {
    struct rf_str name, text;
    uint32_t before; /* lines of the file before the text */
    uint32_t *lines; /* where each begins; made when first asked for */
    uint32_t nlines;
};

struct entry {
    struct rf_diag diag;
    size_t order; /* of adding */
};

struct rf_report {
    struct rf_arena arena;
    struct source *sources;
    size_t nsources;
    struct entry entries[RF_REPORT_MAX];
    size_t n;
    size_t counts[2];
    bool sorted;
};

struct rf_report *rf_report_new(void)
{
    struct rf_report *r = rf_mem_calloc(1, sizeof *r);
    rf_arena_init(&r->arena, 0);
    return r;
}

void rf_report_free(struct rf_report *r)
{
    if (!r)
        return;
    rf_arena_fini(&r->arena);
    for (size_t i = 0; i < r->nsources; i++)
        free(r->sources[i].lines);
    free(r->sources);
    free(r);
}

uint32_t rf_report_source(struct rf_report *r, struct rf_str name, struct rf_str text)
{
    if ((r->nsources & (r->nsources + 1)) == 0)
        r->sources =
            rf_mem_realloc(r->sources, (r->nsources + 1) * 2, sizeof *r->sources);
    r->sources[r->nsources] = (struct source){.name = rf_arena_dup(&r->arena, name),
                                              .text = rf_arena_dup(&r->arena, text)};
    return (uint32_t)r->nsources++;
}

uint32_t rf_report_source_line(struct rf_report *r, struct rf_str name,
                               struct rf_str text, uint32_t line)
{
    uint32_t i = rf_report_source(r, name, text);
    r->sources[i].before = line - 1;
    return i;
}

struct rf_str rf_report_source_name(const struct rf_report *r, uint32_t i)
{
    return i < r->nsources ? r->sources[i].name : rf_str("", 0);
}

struct rf_str rf_report_source_text(const struct rf_report *r, uint32_t i)
{
    return i < r->nsources ? r->sources[i].text : rf_str("", 0);
}

static struct rf_str vformat(struct rf_arena *a, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    char *p = rf_arena_alloc(a, (size_t)(n < 0 ? 0 : n) + 1);
    p[0] = '\0';
    vsnprintf(p, (size_t)(n < 0 ? 0 : n) + 1, fmt, again);
    va_end(again);
    return rf_str(p, (size_t)(n < 0 ? 0 : n));
}

struct rf_diag *rf_report_add(struct rf_report *r, enum rf_severity severity,
                              const char *code, uint32_t source, uint32_t begin,
                              uint32_t end, const char *fmt, ...)
{
    r->counts[severity]++;
    if (r->n == RF_REPORT_MAX)
        return NULL;
    struct entry *e = &r->entries[r->n];
    va_list ap;
    va_start(ap, fmt);
    e->diag = (struct rf_diag){.severity = severity,
                               .code = code,
                               .source = source,
                               .begin = begin,
                               .end = end < begin ? begin : end,
                               .message = vformat(&r->arena, fmt, ap)};
    va_end(ap);
    e->order = r->n++;
    r->sorted = false;
    return &e->diag;
}

void rf_report_hint(struct rf_report *r, struct rf_diag *d, const char *fmt, ...)
{
    if (!d)
        return;
    va_list ap;
    va_start(ap, fmt);
    d->hint = vformat(&r->arena, fmt, ap);
    va_end(ap);
}

size_t rf_report_count(const struct rf_report *r, enum rf_severity severity)
{
    return r->counts[severity];
}

size_t rf_report_size(const struct rf_report *r)
{
    return r->n;
}

static int by_place(const void *pa, const void *pb)
{
    const struct entry *a = pa, *b = pb;
    if (a->diag.source != b->diag.source)
        return a->diag.source < b->diag.source ? -1 : 1;
    if (a->diag.begin != b->diag.begin)
        return a->diag.begin < b->diag.begin ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

const struct rf_diag *rf_report_at(struct rf_report *r, size_t i)
{
    if (!r->sorted)
        qsort(r->entries, r->n, sizeof *r->entries, by_place);
    r->sorted = true;
    return i < r->n ? &r->entries[i].diag : NULL;
}

static void index_lines(struct source *s)
{
    uint32_t n = 1;
    for (size_t i = 0; i < s->text.n; i++)
        n += s->text.p[i] == '\n';
    s->lines = rf_mem_calloc(n, sizeof *s->lines);
    for (size_t i = 0; i < s->text.n; i++)
        if (s->text.p[i] == '\n')
            s->lines[++s->nlines] = (uint32_t)i + 1;
    s->nlines++;
}

/* The bytes of the line that holds byte `at` of source i, and its number. O(log lines)
 * after the first. */
static struct rf_str line_at(const struct rf_report *r, uint32_t i, size_t at,
                             unsigned *number)
{
    *number = 1;
    if (i >= r->nsources)
        return rf_str("", 0);
    struct source *s = &r->sources[i];
    if (!s->lines)
        index_lines(s);
    uint32_t lo = 0, hi = s->nlines;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->lines[mid] <= at)
            lo = mid;
        else
            hi = mid;
    }
    size_t begin = s->lines[lo];
    size_t end = lo + 1 < s->nlines ? s->lines[lo + 1] - 1 : s->text.n;
    if (end > begin && s->text.p[end - 1] == '\r')
        end--;
    *number = s->before + lo + 1;
    return rf_str(s->text.p + begin, end - begin);
}

void rf_report_position(const struct rf_report *r, uint32_t source, uint32_t at,
                        unsigned *line, unsigned *column)
{
    struct rf_str text = rf_report_source_text(r, source);
    struct rf_str l = line_at(r, source, at, line);
    size_t off = text.n ? (size_t)(text.p + (at > text.n ? text.n : at) - l.p) : 0;
    *column = (unsigned)rf_utf8_count(rf_str(l.p, off)) + 1;
}

/* Columns on a terminal of the n bytes at p; tabs are printed as one space. */
static unsigned width(const char *p, size_t n)
{
    unsigned w = 0;
    for (size_t i = 0, len; i < n; i += len) {
        uint32_t c = rf_utf8_decode(p + i, n - i, &len);
        w += c == '\t' ? 1u : (unsigned)rf_utf8_width(c);
    }
    return w;
}

/* The line with control characters as spaces and ill-formed bytes as U+FFFD. */
static void add_line(struct rf_buf *out, struct rf_str line)
{
    for (size_t i = 0, len; i < line.n; i += len) {
        uint32_t c = rf_utf8_decode(line.p + i, line.n - i, &len);
        char u[RF_UTF8_MAX];
        if (c == '\t')
            c = ' ';
        if (c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0))
            rf_buf_add(out, u, rf_utf8_encode(c, u));
    }
}

#define EXCERPT_COLUMNS 160 /* of a long source line, around what is pointed at */
#define EXCERPT_BEFORE 60

/* The part of a long line that shows byte `off` of it: begins at a character. */
static struct rf_str window(struct rf_str line, size_t off)
{
    size_t begin = 0, at = 0, len;
    unsigned columns = width(line.p, off);
    for (; columns > EXCERPT_BEFORE && begin < off; begin += len)
        columns -=
            (unsigned)rf_utf8_width(rf_utf8_decode(line.p + begin, line.n - begin, &len));
    columns = 0;
    for (at = begin; at < line.n && columns < EXCERPT_COLUMNS; at += len)
        columns +=
            (unsigned)rf_utf8_width(rf_utf8_decode(line.p + at, line.n - at, &len));
    return rf_str(line.p + begin, at - begin);
}

static void render_excerpt(struct rf_report *r, const struct rf_diag *d,
                           struct rf_buf *out, bool color)
{
    unsigned number;
    struct rf_str text = rf_report_source_text(r, d->source);
    struct rf_str line = line_at(r, d->source, d->begin, &number);
    size_t off = (size_t)(text.p + (d->begin > text.n ? text.n : d->begin) - line.p);
    if (line.n == 0) {
        if (d->hint.n)
            rf_buf_printf(out, "      | %.*s\n", RF_STR_FMT(d->hint));
        return;
    }
    if (off > line.n)
        off = line.n;
    if (width(line.p, line.n) > EXCERPT_COLUMNS) {
        struct rf_str part = window(line, off);
        off -= (size_t)(part.p - line.p);
        line = part;
    }
    size_t len = d->end - d->begin;
    if (len > line.n - off)
        len = line.n - off;
    rf_buf_printf(out, "%5u | ", number);
    add_line(out, line);
    rf_buf_addz(out, "\n      | ");
    for (unsigned w = width(line.p, off); w > 0; w--)
        rf_buf_addc(out, ' ');
    rf_buf_addz(out, color ? "\033[1;32m^" : "^");
    unsigned marks = width(line.p + off, len);
    for (unsigned w = 1; w < marks; w++)
        rf_buf_addc(out, '~');
    if (d->hint.n)
        rf_buf_printf(out, " %.*s", RF_STR_FMT(d->hint));
    rf_buf_addz(out, color ? "\033[0m\n" : "\n");
}

static void render_one(struct rf_report *r, const struct rf_diag *d, struct rf_buf *out,
                       bool color)
{
    const char *word = d->severity == RF_ERROR ? "error" : "warning";
    if (d->source != RF_NO_SOURCE) {
        unsigned line, column;
        rf_report_position(r, d->source, d->begin, &line, &column);
        rf_buf_printf(out, "%s%.*s:%u:%u:%s ", color ? "\033[1m" : "",
                      RF_STR_FMT(rf_report_source_name(r, d->source)), line, column,
                      color ? "\033[0m" : "");
    }
    const char *paint = d->severity == RF_ERROR ? "\033[1;31m" : "\033[1;35m";
    rf_buf_printf(out, "%s%s[%s]:%s %.*s\n", color ? paint : "", word, d->code,
                  color ? "\033[0m" : "", RF_STR_FMT(d->message));
    if (d->source != RF_NO_SOURCE)
        render_excerpt(r, d, out, color);
    else if (d->hint.n)
        rf_buf_printf(out, "      | %.*s\n", RF_STR_FMT(d->hint));
}

void rf_report_render(struct rf_report *r, struct rf_buf *out, bool color)
{
    for (size_t i = 0; i < r->n; i++)
        render_one(r, rf_report_at(r, i), out, color);
    size_t all = r->counts[RF_WARNING] + r->counts[RF_ERROR];
    if (all > r->n)
        rf_buf_printf(out, "%zu more diagnostics not shown\n", all - r->n);
}

static void render_one_json(struct rf_report *r, const struct rf_diag *d,
                            struct rf_buf *out)
{
    rf_buf_addc(out, '{');
    if (d->source != RF_NO_SOURCE) {
        unsigned line, column, end_line, end_column;
        rf_report_position(r, d->source, d->begin, &line, &column);
        rf_report_position(r, d->source, d->end, &end_line, &end_column);
        rf_buf_addz(out, "\"file\":");
        rf_buf_add_json(out, rf_report_source_name(r, d->source));
        rf_buf_printf(out,
                      ",\"line\":%u,\"column\":%u,\"end_line\":%u,\"end_column\":%u,",
                      line, column, end_line, end_column);
    }
    rf_buf_printf(out, "\"severity\":\"%s\",\"code\":\"%s\",\"message\":",
                  d->severity == RF_ERROR ? "error" : "warning", d->code);
    rf_buf_add_json(out, d->message);
    if (d->hint.n) {
        rf_buf_addz(out, ",\"hint\":");
        rf_buf_add_json(out, d->hint);
    }
    rf_buf_addc(out, '}');
}

void rf_report_render_json(struct rf_report *r, struct rf_buf *out)
{
    rf_buf_addc(out, '[');
    for (size_t i = 0; i < r->n; i++) {
        if (i)
            rf_buf_addc(out, ',');
        render_one_json(r, rf_report_at(r, i), out);
    }
    rf_buf_addc(out, ']');
}

#define SUGGEST_MAX 64 /* longer words get no suggestion */

/* Edits (insert, delete, replace, swap of neighbors) from a to b. */
static unsigned edits(struct rf_str a, struct rf_str b)
{
    unsigned d[3][SUGGEST_MAX + 1];
    for (unsigned j = 0; j <= b.n; j++)
        d[0][j] = j;
    for (unsigned i = 1; i <= a.n; i++) {
        unsigned *row = d[i % 3], *up = d[(i - 1) % 3], *up2 = d[(i + 1) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= b.n; j++) {
            unsigned best = up[j - 1] + (a.p[i - 1] != b.p[j - 1]);
            if (up[j] + 1 < best)
                best = up[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] &&
                up2[j - 2] + 1 < best)
                best = up2[j - 2] + 1;
            row[j] = best;
        }
    }
    return d[a.n % 3][b.n];
}

const char *rf_diag_suggest(struct rf_str word, const char *const *candidates, size_t n)
{
    const char *best = NULL;
    unsigned best_edits = word.n / 3 > 1 ? (unsigned)(word.n / 3) + 1 : 2;
    if (word.n == 0 || word.n > SUGGEST_MAX)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        struct rf_str c = rf_str_of(candidates[i]);
        if (c.n == 0 || c.n > SUGGEST_MAX)
            continue;
        unsigned e = edits(word, c);
        if (e < best_edits) {
            best_edits = e;
            best = candidates[i];
        }
    }
    return best;
}
