/* What is compared with: bare scans of the same patterns over the same folded texts. */
#ifndef BENCH_YARDSTICK_H
#define BENCH_YARDSTICK_H

#include <hs/hs.h>

#include "benchmarks/work.h"

struct yardstick {
    hs_database_t *db; /* NULL: could not be made */
    hs_scratch_t *scratch;
    size_t npatterns, nprefilter, nrefused;
    double compile_s;
    uint64_t matches; /* of the last run */
};

/* LIT: every distinct keyword, and every run of plain characters of four bytes or more in
 * a regex, as one pure-literal database. */
void yardstick_lit(struct yardstick *y, const struct rf_ruleset *rs);
/* VS: one expression per keyword and regex, byte mode, SINGLEMATCH; PREFILTER where it is
 * refused without. Compiled once: kept in the folder `cache`, NULL: nowhere. */
void yardstick_vs(struct yardstick *y, const struct rf_ruleset *rs, const char *cache);
void yardstick_fini(struct yardstick *y);
/* Scan the texts; returns the thread's processor time in ns. */
uint64_t yardstick_run(struct yardstick *y, const struct rf_str *texts, size_t n);

#endif
