/* Runs compiled regexes under a budget of abstract steps. PCRE2's match limit alone does
 * not bound a match: it starts anew at every start offset, and machine code passes over
 * long runs without counting. So texts over RF_BUDGET_FIRST bytes, and shorter ones that
 * meet a small match limit, run a form of the pattern whose callouts count. No clock: the
 * same pattern, text and budget give the same answer. Hot; one runner per thread. */
#ifndef RF_MATCH_BUDGET_H
#define RF_MATCH_BUDGET_H

#include "lib/match/pattern.h"

#define RF_BUDGET_FIRST 2048 /* bytes; such texts run without callouts first, */
#define RF_BUDGET_SHORT 512  /* those over this under a smaller limit */

struct rf_regex_runner {
    pcre2_match_data *data;
    pcre2_match_context *plain, *counted;
    pcre2_jit_stack *stack;
};

void rf_regex_runner_init(struct rf_regex_runner *r);
void rf_regex_runner_fini(struct rf_regex_runner *r);

/* Charge for looking at a text of so many bytes; false: the budget is spent. */
bool rf_regex_charge(uint64_t *budget, size_t bytes);

/* Whether regex matches text (valid UTF-8), charged to *budget. After RF_MATCH_YES the
 * match's byte range is in *begin and *end. */
enum rf_match_result rf_regex_run(struct rf_regex_runner *r, struct rf_regex *regex,
                                  struct rf_str text, uint64_t *budget, size_t *begin,
                                  size_t *end);

#endif
