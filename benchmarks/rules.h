/* Rulesets as YAML, made from a seed: the first n rules of one endless sequence, so that
 * a smaller ruleset is the head of a larger one and each holds the same shares. Of 20
 * rules in a row 10 are keyword rules, 5 regexes, 3 number, host or list rules, 1 is a
 * behavior rule and 1 a boolean mix. */
#ifndef BENCH_RULES_H
#define BENCH_RULES_H

#include "benchmarks/words.h"
#include "lib/base/buf.h"
#include "lib/ruleset/ruleset.h"

#define RULES_TRUNKS 250
#define RULES_HOSTS 5000 /* hosts that rules and visits name */

/* A text that hits a rule, and one in which all but one condition hold. */
struct target {
    struct rf_str hit, near;
};

struct rules {
    struct rf_arena arena;
    struct rf_str *files; /* YAML, at most RULES_FILE rules each */
    size_t nfiles;
    struct target *targets; /* of the rules on texts, in order */
    size_t ntargets;
    size_t n; /* rules */
};

/* Regexes that stand in the place of the made ones; NULL: the made ones. */
struct regexes {
    const struct rf_str *v;
    const char *const *views; /* "text" or "text.raw", of each */
    size_t n;
};

/* The first n rules. With regexes, each of those becomes one rule, and no other regex
 * rule is made. */
struct rules *rules_new(const struct words *w, size_t n, const struct regexes *regexes);
void rules_free(struct rules *r);
/* Load them as the daemon does, from memory. Ends the program when they have errors. */
struct rf_ruleset *rules_load(const struct rules *r);
/* Whether a rule may ask for this regex on that view. */
bool rules_accept(const char *view, struct rf_str regex);
/* Host k < RULES_HOSTS of those that rules name. */
struct rf_str rules_host(struct rf_arena *a, const struct words *w, size_t k);
/* The number of sender k. */
struct rf_str rules_number(struct rf_arena *a, uint64_t k);

#endif
