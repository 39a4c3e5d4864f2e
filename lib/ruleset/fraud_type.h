/* The closed list of fraud types (ringfence-rules(5)), extended by settings.fraud_types.
 * Constant data, any thread. */
#ifndef RF_RULESET_FRAUD_TYPE_H
#define RF_RULESET_FRAUD_TYPE_H

#include "lib/ruleset/settings.h"

/* The built-in types, sorted by id; *n gets how many. */
const struct rf_fraud_type *rf_fraud_types(size_t *n);

#endif
