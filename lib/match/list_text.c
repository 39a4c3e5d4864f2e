/* From lines of a file to entries: columns, diagnostics. Cold, but lists of tens of
 * millions are read here: the usual line, "+" and digits, is taken without a look at
 * the rest of the machinery. */
#include "lib/base/limits.h"
#include "lib/base/utf8.h"
#include "lib/codec/when.h"
#include "lib/match/list_internal.h"

#define MAX_SHOWN 100                /* bad lines of one file */
#define MAX_SHOWN_BYTES (64u * 1024) /* of a line, to find what to show of it */
#define COLUMNS 4

static void complain(struct rf_report *r, enum rf_severity severity, uint32_t source,
                     uint32_t begin, uint32_t end, const struct rf_list_error *e)
{
    struct rf_diag *d =
        rf_report_add(r, severity, e->code, source, begin, end, "%s", e->message);
    if (e->hint)
        rf_report_hint(r, d, "%s", e->hint);
}

bool rf_list_add(struct rf_list_builder *b, struct rf_str value, struct rf_report *r,
                 enum rf_severity severity, uint32_t source, uint32_t begin, uint32_t end)
{
    struct rf_list_error e = rf_list_insert(b, value, 0, 0);
    if (e.code)
        complain(r, severity, source, begin, end, &e);
    return !e.code;
}

/* A file being read, and its bad lines. */
struct reading {
    struct rf_list_builder *b;
    struct rf_report *r;
    enum rf_severity severity;
    struct rf_str name;
    uint32_t line;
    size_t bad;
    struct rf_str columns; /* of the line before: what stood behind the entry, */
    uint32_t meta;         /* and what it became */
};

/* `at` lies in the line, which is `whole`. */
static void complain_of_line(struct reading *f, struct rf_str whole, struct rf_str at,
                             const struct rf_list_error *e)
{
    if (f->bad++ >= MAX_SHOWN)
        return;
    uint32_t begin = (uint32_t)(at.p - whole.p);
    whole.n = whole.n < MAX_SHOWN_BYTES ? whole.n : MAX_SHOWN_BYTES;
    uint32_t source = rf_report_source_line(f->r, f->name, whole, f->line);
    complain(f->r, f->severity, source, begin, begin + (uint32_t)at.n, e);
}

static struct rf_str trimmed(struct rf_str s)
{
    while (s.n && memchr(" \t\r", s.p[s.n - 1], 3))
        s.n--;
    while (s.n && *s.p == ' ')
        s = rf_str_sub(s, 1);
    return s;
}

/* Splits at tabs, each column trimmed; false where there are more than COLUMNS. */
static bool split(struct rf_str line, struct rf_str columns[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        const char *tab = memchr(line.p, '\t', line.n);
        size_t n = tab ? (size_t)(tab - line.p) : line.n;
        columns[i] = trimmed(rf_str(line.p, n));
        line = rf_str_sub(line, tab ? n + 1 : n);
    }
    return line.n == 0;
}

static bool read_expiry(struct rf_str s, uint32_t *expires)
{
    int64_t ms;
    *expires = 0;
    if (s.n == 0)
        return true;
    if (!rf_when_rfc3339(s, &ms))
        return false;
    int64_t seconds = ms / 1000; /* what ends after 2106 does not end */
    *expires = seconds > UINT32_MAX ? 0 : seconds < 1 ? 1 : (uint32_t)seconds;
    return true;
}

#define BAD(code, message, hint) ((struct rf_list_error){code, message, hint})

/* The columns behind the entry to *meta. *at is where an error lies. */
static struct rf_list_error read_columns(struct reading *f, struct rf_str line,
                                         struct rf_str *entry, struct rf_str *at,
                                         uint32_t *meta)
{
    struct rf_str columns[COLUMNS];
    uint32_t expires;
    if (!rf_utf8_valid(line))
        return BAD("RF307", "not UTF-8", NULL);
    if (!split(line, columns))
        return BAD("RF306", "more than four columns", "entry, reason, source, expires");
    *at = columns[3];
    if (!read_expiry(columns[3], &expires))
        return BAD("RF305", "not a time of RFC 3339", "like 2026-12-31T23:59:59Z");
    *at = columns[1];
    if (columns[1].n + columns[2].n > RF_LIST_COLUMN_BYTES)
        return BAD("RF306", "reason and source of more than 4096 bytes", NULL);
    rf_arena_reset(&f->b->scratch);
    *meta = rf_list_add_meta(f->b, columns[1], columns[2], expires);
    *entry = *at = columns[0];
    return (struct rf_list_error){0};
}

static void read_line(struct reading *f, struct rf_str whole)
{
    struct rf_str line = trimmed(whole);
    struct rf_str entry, at = line;
    uint32_t meta;
    if (line.n == 0 || line.p[0] == '#')
        return;
    struct rf_list_error e = read_columns(f, line, &entry, &at, &meta);
    if (!e.code)
        e = rf_list_insert(f->b, entry, f->line, meta);
    if (e.code)
        complain_of_line(f, whole, at.n ? at : line, &e);
}

/* ---- the usual line ---- */

/* What stands at p, before end, up to the end of the line; NULL: more than that. */
static const char *line_end(const char *p, const char *end)
{
    if (p < end && *p == '\r')
        p++;
    if (p == end)
        return p;
    return *p == '\n' ? p + 1 : NULL;
}

/* The same where columns follow, alike those of the line before or good ones. */
static const char *usual_columns(struct reading *f, const char *p, const char *end)
{
    struct rf_str columns = f->columns, entry, at;
    if (columns.n && (size_t)(end - p) > columns.n &&
        memcmp(p, columns.p, columns.n) == 0 && p[columns.n] == '\n')
        return p + columns.n + 1;
    const char *lf = memchr(p, '\n', (size_t)(end - p));
    columns = rf_str(p, lf ? (size_t)(lf - p) : (size_t)(end - p));
    if (read_columns(f, trimmed(columns), &entry, &at, &f->meta).code)
        return NULL;
    f->columns = columns;
    return lf ? lf + 1 : end;
}

/* Takes a line of "+" and digits that are in normal form as they stand, and columns
 * behind them; returns where the next begins, or NULL with nothing taken. */
static const char *usual_line(struct reading *f, const char *p, const char *end)
{
    const char *first = ++p, *next;
    uint64_t value = 0;
    uint32_t meta = 0;
    for (; p < end && (unsigned char)(*p - '0') < 10; p++)
        value = value * 10 + (uint64_t)(*p - '0');
    struct rf_str digits = rf_str(first, (size_t)(p - first));
    if (digits.n > RF_LIMIT_E164_DIGITS || !rf_plan_settled(digits))
        return NULL;
    if (p < end && *p == '\t') {
        next = usual_columns(f, p, end);
        meta = f->meta;
    } else {
        next = line_end(p, end);
    }
    if (next)
        rf_list_add_key(f->b, rf_number_key(false, value, (unsigned)digits.n), f->line,
                        meta);
    return next;
}

size_t rf_list_add_file(struct rf_list_builder *b, struct rf_str name,
                        struct rf_str bytes, struct rf_report *r,
                        enum rf_severity severity)
{
    struct reading f = {.b = b, .r = r, .severity = severity, .name = name};
    bool numbers = b->type == RF_LIST_NUMBERS || b->type == RF_LIST_SENDERS;
    const char *p = bytes.p, *end = p + bytes.n;
    if (rf_str_starts(bytes, RF_STR("\xef\xbb\xbf")))
        p += 3;
    while (p < end) {
        f.line++;
        const char *next = numbers && *p == '+' ? usual_line(&f, p, end) : NULL;
        if (!next) {
            const char *lf = memchr(p, '\n', (size_t)(end - p));
            next = lf ? lf + 1 : end;
            read_line(&f, rf_str(p, (size_t)((lf ? lf : end) - p)));
        }
        p = next;
    }
    if (f.bad > MAX_SHOWN)
        rf_report_add(r, severity, "RF309", RF_NO_SOURCE, 0, 0,
                      "%.*s: %zu more bad lines not shown", RF_STR_FMT(name),
                      f.bad - MAX_SHOWN);
    b->bad_lines += f.bad;
    return f.bad;
}
