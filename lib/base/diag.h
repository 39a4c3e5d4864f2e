/* Diagnostics of the cold path: collected in a report so that one run shows all mistakes,
 * rendered by one function for tool, log and web page. Byte offsets become line and
 * column only when printed. One thread at a time. */
#ifndef RF_BASE_DIAG_H
#define RF_BASE_DIAG_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"

enum rf_severity { RF_WARNING, RF_ERROR };

struct rf_report;

#define RF_NO_SOURCE UINT32_MAX /* a diagnostic that belongs to no file */

struct rf_diag {
    enum rf_severity severity;
    const char *code;            /* "RF012", static */
    uint32_t source;             /* from rf_report_source, or RF_NO_SOURCE */
    uint32_t begin, end;         /* byte range in the source; end >= begin */
    struct rf_str message, hint; /* hint may be empty; stands behind the carets */
};

struct rf_report *rf_report_new(void);
void rf_report_free(struct rf_report *r);

/* Make a file known: name as shown to people, text copied. Returns its number. */
uint32_t rf_report_source(struct rf_report *r, struct rf_str name, struct rf_str text);
/* The same of line number `line` of a file alone, whose other lines nobody will need. */
uint32_t rf_report_source_line(struct rf_report *r, struct rf_str name,
                               struct rf_str text, uint32_t line);
/* Name and text of source number i. */
struct rf_str rf_report_source_name(const struct rf_report *r, uint32_t i);
struct rf_str rf_report_source_text(const struct rf_report *r, uint32_t i);

/* Add a diagnostic; message by printf. code must be static. Past RF_REPORT_MAX they are
 * counted, not kept. Returns it (until the next add), or NULL where it was only counted.
 */
#define RF_REPORT_MAX 1000
struct rf_diag *rf_report_add(struct rf_report *r, enum rf_severity severity,
                              const char *code, uint32_t source, uint32_t begin,
                              uint32_t end, const char *fmt, ...)
    __attribute__((format(printf, 7, 8)));
/* Set the hint of the diagnostic just added (d may be NULL: nothing happens). */
void rf_report_hint(struct rf_report *r, struct rf_diag *d, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* How many of that severity were added, kept or not. */
size_t rf_report_count(const struct rf_report *r, enum rf_severity severity);
size_t rf_report_size(const struct rf_report *r); /* diagnostics kept */
/* The i-th kept diagnostic in order of source, position and adding. */
const struct rf_diag *rf_report_at(struct rf_report *r, size_t i);

/* 1-based line and column (in code points) of byte `at` of source i. */
void rf_report_position(const struct rf_report *r, uint32_t source, uint32_t at,
                        unsigned *line, unsigned *column);

/* Render all, place, severity, code, message; the source line; carets by
 * display width with the hint. color: ANSI colors. A last line counts what was not kept.
 */
void rf_report_render(struct rf_report *r, struct rf_buf *out, bool color);
/* The same as a JSON array of {file,line,column,end_column,severity,code,message,hint}.
 */
void rf_report_render_json(struct rf_report *r, struct rf_buf *out);

/* The candidate nearest to `word` by edit distance (at most a third of its length, at
 * least 1), or NULL: for "did you mean". */
const char *rf_diag_suggest(struct rf_str word, const char *const *candidates, size_t n);

#endif
