/* What records cost under a ruleset: measured apart for each pattern, list and rule. One
 * thread. */
#ifndef DAEMON_CLI_BENCH_H
#define DAEMON_CLI_BENCH_H

#include "lib/base/buf.h"
#include "lib/ruleset/ruleset.h"

/* Something that was tried so many times, and what that took. */
struct bench_cost {
    uint64_t tried, held; /* patterns: matched; lists: found; rules: hit */
    double ns;            /* of all records together */
};

struct bench {
    const struct rf_ruleset *rs;
    size_t records, bad; /* bad: not judged, for they could not be read */
    /* ns of all records: as `eval` does them; and of that, measured on their own */
    double whole_ns, decode_ns, views_ns, scan_ns, confirm_ns, lists_ns;
    struct bench_cost *patterns; /* by id: regexes that PCRE2 tried */
    struct bench_cost *lists;    /* by index in rs->lists */
    struct bench_cost *rules;    /* by index; ns: at most, of its regexes and lists */
};

/* Measure the lines, each with its LF. */
void bench_measure(struct bench *b, const struct rf_ruleset *rs, struct rf_str lines);
void bench_fini(struct bench *b);

#endif
