/* The time that `stats` is asked about: whole days or whole hours of a zone. Pure. */
#ifndef DAEMON_OPS_SPAN_H
#define DAEMON_OPS_SPAN_H

#include "lib/base/str.h"
#include "lib/ruleset/zone.h"

enum { SPAN_TEXT = 16 }; /* bytes of span_text with its NUL */

struct span {
    bool hours;            /* the bounds are yyyymmddhh, else yyyymmdd */
    uint32_t since, until; /* both belong to it */
};

/* A bound is a day (2026-01-31), an hour (2026-01-31T14), a time (RFC 3339: its hour) or
 * a time ago (-7d, -2w: its day; -12h, -90m: its hour). Where one bound is an hour, or
 * hours is true, the span is of hours, and a day means its first or last hour. An empty
 * `until` is now, an empty `since` the day of until. False: *why for people. */
bool span_parse(const struct rf_zone *zone, int64_t now_ms, struct rf_str since,
                struct rf_str until, bool hours, struct span *out, const char **why);
/* The day or hour after one. */
uint32_t span_next(uint32_t key, bool hour);
/* "2026-01-31" or "2026-01-31T14". */
void span_text(uint32_t key, bool hour, char out[SPAN_TEXT]);

#endif
