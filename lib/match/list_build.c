/* From values and files to a list: lines, columns, diagnostics. Cold. */
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/base/utf8.h"
#include "lib/codec/when.h"
#include "lib/match/list_internal.h"

#define MAX_SHOWN 100                  /* bad lines of one file */
#define MAX_SOURCE_BYTES (1024 * 1024) /* larger files are not copied to show a line */
#define COLUMNS 4

struct rf_list_builder *rf_list_begin(enum rf_list_type type, const struct rf_plan *home)
{
    struct rf_list_builder *b = rf_mem_calloc(1, sizeof *b);
    b->list = rf_mem_calloc(1, sizeof *b->list);
    b->list->type = type;
    b->home = home;
    rf_arena_init(&b->list->arena, 4096);
    rf_arena_init(&b->scratch, 0);
    rf_keys_init(&b->infos);
    rf_list_info(b, rf_str("", 0), rf_str("", 0));
    return b;
}

uint32_t rf_list_push_text(struct rf_list *l, struct rf_str text,
                           struct rf_entry_meta meta, struct rf_str *copy)
{
    uint32_t n = l->n_texts;
    if ((n & (n - 1)) == 0)
        l->texts = rf_mem_realloc(l->texts, n ? (size_t)n * 2 : 1, sizeof *l->texts);
    *copy = rf_arena_dup(&l->arena, text);
    l->texts[n] = (struct rf_list_text){*copy, meta};
    return l->n_texts++;
}

uint32_t rf_list_info(struct rf_list_builder *b, struct rf_str reason,
                      struct rf_str source)
{
    struct rf_list *l = b->list;
    uint64_t cursor = 0;
    rf_arena_reset(&b->scratch);
    struct rf_str key = rf_arena_printf(&b->scratch, "%.*s\t%.*s", RF_STR_FMT(reason),
                                        RF_STR_FMT(source));
    uint32_t i = rf_keys_next(&b->infos, key, &cursor);
    if (i != RF_KEYS_NONE)
        return i;
    i = l->n_infos++;
    if ((i & (i - 1)) == 0)
        l->infos = rf_mem_realloc(l->infos, i ? (size_t)i * 2 : 1, sizeof *l->infos);
    key = rf_arena_dup(&l->arena, key);
    l->infos[i] =
        (struct rf_list_info){rf_str(key.p, reason.n), rf_str_sub(key, reason.n + 1)};
    rf_keys_add(&b->infos, key, i);
    return i;
}

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
    struct rf_list_error e = rf_list_insert(b, value, (struct rf_entry_meta){0});
    if (e.code)
        complain(r, severity, source, begin, end, &e);
    return !e.code;
}

/* A file being read, and its bad lines. */
struct reading {
    struct rf_list_builder *b;
    struct rf_report *r;
    enum rf_severity severity;
    struct rf_str name, bytes;
    uint32_t source; /* RF_NO_SOURCE until the first bad line */
    uint32_t line;
    size_t bad;
};

static void complain_of_line(struct reading *f, struct rf_str at,
                             const struct rf_list_error *e)
{
    if (f->bad++ >= MAX_SHOWN)
        return;
    if (f->bytes.n > MAX_SOURCE_BYTES) {
        struct rf_diag *d =
            rf_report_add(f->r, f->severity, e->code, RF_NO_SOURCE, 0, 0, "%.*s:%u: %s",
                          RF_STR_FMT(f->name), f->line, e->message);
        if (e->hint)
            rf_report_hint(f->r, d, "%s", e->hint);
        return;
    }
    if (f->source == RF_NO_SOURCE)
        f->source = rf_report_source(f->r, f->name, f->bytes);
    uint32_t begin = (uint32_t)(at.p - f->bytes.p);
    complain(f->r, f->severity, f->source, begin, begin + (uint32_t)at.n, e);
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

static void read_line(struct reading *f, struct rf_str line)
{
    struct rf_str columns[COLUMNS];
    struct rf_entry_meta meta = {.line = f->line};
    struct rf_list_error e = {0};
    struct rf_str at = line;
    if (line.n == 0 || line.p[0] == '#')
        return;
    if (!rf_utf8_valid(line))
        e = (struct rf_list_error){"RF307", "not UTF-8", NULL};
    else if (!split(line, columns))
        e = (struct rf_list_error){"RF306", "more than four columns",
                                   "entry, reason, source, expires"};
    else if (!read_expiry(at = columns[3], &meta.expires))
        e = (struct rf_list_error){"RF305", "not a time of RFC 3339",
                                   "like 2026-12-31T23:59:59Z"};
    if (!e.code) {
        at = columns[0];
        if (columns[1].n || columns[2].n)
            meta.info = rf_list_info(f->b, columns[1], columns[2]);
        e = rf_list_insert(f->b, at, meta);
    }
    if (e.code)
        complain_of_line(f, at.n ? at : line, &e);
}

size_t rf_list_add_file(struct rf_list_builder *b, struct rf_str name,
                        struct rf_str bytes, struct rf_report *r,
                        enum rf_severity severity)
{
    struct reading f = {b, r, severity, name, bytes, RF_NO_SOURCE, 0, 0};
    struct rf_str rest = bytes;
    if (rf_str_starts(rest, RF_STR("\xef\xbb\xbf")))
        rest = rf_str_sub(rest, 3);
    while (rest.n) {
        const char *lf = memchr(rest.p, '\n', rest.n);
        size_t n = lf ? (size_t)(lf - rest.p) : rest.n;
        f.line++;
        read_line(&f, trimmed(rf_str(rest.p, n)));
        rest = rf_str_sub(rest, lf ? n + 1 : n);
    }
    if (f.bad > MAX_SHOWN)
        rf_report_add(r, severity, "RF309", RF_NO_SOURCE, 0, 0,
                      "%.*s: %zu more bad lines not shown", RF_STR_FMT(name),
                      f.bad - MAX_SHOWN);
    return f.bad;
}

/* A sum over the entries, so that their order has no part in it. */
static uint64_t content_hash(const struct rf_list *l)
{
    struct rf_arena a;
    struct rf_list_entry e;
    uint64_t sum = l->type;
    rf_arena_init(&a, 0);
    for (uint32_t i = 0; i < rf_list_size(l); i++) {
        rf_list_entry(l, i, &a, &e);
        struct rf_str s = rf_arena_printf(&a, "%.*s\t%.*s\t%.*s\t%lld",
                                          RF_STR_FMT(e.text), RF_STR_FMT(e.reason),
                                          RF_STR_FMT(e.source), (long long)e.expires_ms);
        sum += rf_hash_fnv(s.p, s.n);
        rf_arena_reset(&a);
    }
    rf_arena_fini(&a);
    return sum;
}

struct rf_list *rf_list_finish(struct rf_list_builder *b)
{
    struct rf_list *l = b->list;
    rf_numbers_freeze(&l->numbers);
    l->hash = content_hash(l);
    rf_keys_fini(&b->infos);
    rf_arena_fini(&b->scratch);
    free(b);
    return l;
}
