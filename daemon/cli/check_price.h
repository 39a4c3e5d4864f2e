/* What regexes cost, for `ringfence check`: those that no literal rules out and so run on
 * every text, and those that a hostile text can make spend a record's budget. Which are
 * told is the same each time; the prices are measured on this machine. Cold. */
#ifndef CLI_CHECK_PRICE_H
#define CLI_CHECK_PRICE_H

#include "lib/rule/load.h"

struct price_place {
    uint32_t id, source, begin, end; /* as rf_rule_regex_fn tells */
};

struct prices {
    struct price_place *v;
    size_t n, cap;
};

/* An rf_rule_regex_fn; arg is a struct prices, at first zero. */
void price_note(void *arg, uint32_t id, uint32_t source, uint32_t begin, uint32_t end);
/* Add a warning to the report for each costly regex, at its first place. */
void price_report(struct prices *p, const struct rf_matcher *m, struct rf_report *report);
void price_fini(struct prices *p);

#endif
