/* libringfence: the rule engine of Ringfence for other programs. Load rules, judge
 * records, read why: the same code and the same answers as `ringfence eval`.
 *
 * A filter holds one ruleset, its counters and event time. One thread at a time may use a
 * filter; filters are independent of each other. The library starts no thread and opens
 * nothing: bytes of rule and list files come from a callback. Records and replies are
 * those of ringfence-feed(7), rules those of ringfence-rules(5). */
#ifndef RINGFENCE_H
#define RINGFENCE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RF_API __attribute__((visibility("default")))

struct rf_filter;

/* Gives the bytes of the file `name` (as passed to rf_filter_open, or a list's path
 * relative to the rule file that names it) in memory from malloc, which the library
 * frees. 0, or not 0 when there is no such file. */
typedef int rf_filter_read(void *ctx, const char *name, char **bytes, size_t *n);

struct rf_filter_options {
    size_t size;          /* sizeof(struct rf_filter_options) */
    const char *country;  /* home numbering plan, ISO 3166; NULL: CN */
    const char *timezone; /* of `hour`, `weekday`, `date`; NULL: Asia/Shanghai */
    const char *language; /* of `advice`; NULL: zh */
    size_t counters;      /* most behavior counters held; 0: 1,000,000 */
};

/* Load the named rule files as one ruleset. NULL when they have errors. *diagnostics, if
 * not NULL, gets all errors and warnings as text (empty when there are none), to be freed
 * with free(). options may be NULL. */
RF_API struct rf_filter *rf_filter_open(const char *const *names, size_t n,
                                        rf_filter_read *read, void *ctx,
                                        const struct rf_filter_options *options,
                                        char **diagnostics);
RF_API void rf_filter_close(struct rf_filter *f);

/* Judge one record, a line of JSON without its end. Returns the reply, a line of JSON
 * with its end, valid until the next call; *reply_n gets its bytes. Never NULL: a line
 * that is no record is answered with an error reply. */
RF_API const char *rf_filter_judge(struct rf_filter *f, const char *line, size_t n,
                                   size_t *reply_n);
/* The same, but tells why: the JSON object of `ringfence explain --json`. The record
 * counts as ever. */
RF_API const char *rf_filter_why(struct rf_filter *f, const char *line, size_t n,
                                 size_t *why_n);
/* "1.0.0" */
RF_API const char *rf_version(void);

#ifdef __cplusplus
}
#endif

#endif
