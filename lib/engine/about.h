/* What is counted of one value, for those who answer a complaint: counters and marks
 * whose key is one field that can hold it, and running alerts of such keys. Cold. */
#ifndef RF_ENGINE_ABOUT_H
#define RF_ENGINE_ABOUT_H

#include "lib/engine/engine.h"

struct rf_about {
    uint32_t rule;         /* that counts, leaves the mark or raised the alert */
    enum rf_operand field; /* the key */
    uint32_t counter;      /* of the ruleset; UINT32_MAX: what follows is no counter */
    uint32_t mark;         /* of the ruleset; UINT32_MAX: no mark */
    struct rf_count_value value; /* of the counter */
    bool met;                    /* the counter's thresholds, or the mark's `times` */
    const struct rf_alert_event *alert; /* NULL: none */
};

typedef void (*rf_about_fn)(void *arg, const struct rf_about *a);

/* Call fn for every counter in which something is counted under the value at now_ms, for
 * every mark of it that still counts, and for every alert that runs. value: an address in
 * normal form or a normalized host, as class (RF_CLASS_ADDRESS, RF_CLASS_HOST) says; of a
 * host its domain is asked about, too. The engine (with its overrides) must not be
 * judging meanwhile. */
void rf_engine_about(struct rf_engine *e, struct rf_str value,
                     enum rf_operand_class class, int64_t now_ms, rf_about_fn fn,
                     void *arg);

#endif
