/* Running the rules' own tests (`tests:` of rule files). */
#ifndef DAEMON_CLI_RUN_TEST_H
#define DAEMON_CLI_RUN_TEST_H

#include "lib/base/buf.h"
#include "lib/ruleset/rule_test.h"

struct test_result {
    uint32_t rule, test; /* indexes */
    bool passed, hit;    /* hit: by the last record */
    struct rf_str why;   /* of a failure, in the arena */
};

/* Run test number `test` of rule number `rule` with fresh counters and as if all rules
 * were enforced. *result's strings lie in the arena. */
void run_test(const struct rf_ruleset *rs, uint32_t rule, uint32_t test,
              struct rf_arena *arena, struct test_result *result);

#endif
