/* A rule's own tests as compiled from `tests:`; run by `ringfence test`. */
#ifndef RF_RULESET_RULE_TEST_H
#define RF_RULESET_RULE_TEST_H

#include "lib/ruleset/ruleset.h"

enum rf_expect {
    RF_EXPECT_ANY,    /* only `verdict:` or `first_hit:` is asked */
    RF_EXPECT_HIT,    /* this rule hits the last record */
    RF_EXPECT_NONE,   /* it does not */
    RF_EXPECT_ACTION, /* it hits, and is of this action */
};

/* One record of a test as a feed line (JSON object, neutral values filled in), in which
 * {n} in string values stands for the copy's number in n digits. */
struct rf_test_record {
    struct rf_str json;
    int64_t at_ms; /* after the test's begin */
    uint32_t repeat;
    int64_t every_ms;
};

struct rf_rule_test {
    enum rf_expect expect;
    enum rf_action action; /* with RF_EXPECT_ACTION */
    bool has_verdict;
    enum rf_verdict verdict; /* of the whole ruleset at the last record */
    uint32_t first_hit;      /* 1-based number of the first record hit; 0: not asked */
    const struct rf_test_record *records;
    uint32_t nrecords;
    struct rf_place place;
};

#endif
