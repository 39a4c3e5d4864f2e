/* How often a condition is expected to be possible: from 0 (never) to 1 (every record).
 * Estimates of lengths and kinds, for choosing what a rule is filed under. Cold. */
#ifndef RF_RULESET_COST_H
#define RF_RULESET_COST_H

#include "lib/ruleset/index.h"

/* From here on being filed under a condition is not worth it. */
#define RF_COST_ALWAYS 0.9

/* The best trigger among a test's terms, with its cost in *cost; the term's number in
 * *term. RF_TRIGGER_NONE with cost 1 where there is none. */
enum rf_trigger rf_cost_test(const struct rf_ruleset *rs, const struct rf_test *test,
                             double *cost, uint32_t *term);

#endif
