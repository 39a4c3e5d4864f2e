/* What people changed at run time, beside the ruleset: modes of rules and of whole kinds,
 * and values whose counters begin anew. Filled by the caller; an engine takes over what
 * it needs of it, between two batches. */
#ifndef RF_ENGINE_OVERRIDE_H
#define RF_ENGINE_OVERRIDE_H

#include "lib/base/hash.h"
#include "lib/ruleset/ruleset.h"

struct rf_engine;

struct rf_rule_mode {
    struct rf_str rule; /* id; one that the ruleset has not is passed over */
    enum rf_mode mode;
};

/* All counters and marks whose key has this value, or those of one rule, begin anew:
 * their keys are hashed together with salt. */
struct rf_forgotten {
    struct rf_hash128 value; /* rf_counters_hash of its normal form */
    struct rf_str rule;      /* empty: any */
    int64_t salt;            /* the time it was forgotten */
};

struct rf_overrides {
    uint64_t version; /* another one for every change, never 0 */
    bool has_mode[RF_KIND_COUNT];
    enum rf_mode mode[RF_KIND_COUNT]; /* ENFORCE or MONITOR, instead of the settings' */
    const struct rf_rule_mode *rules;
    size_t nrules;
    const struct rf_forgotten *forgotten;
    size_t nforgotten;
};

/* Put them in force, instead of those before; *o is not needed longer. An engine made
 * with all_enforced keeps to that. Cost: the rules of the set. */
void rf_engine_override(struct rf_engine *e, const struct rf_overrides *o);
/* The version in force; 0: none was put in force. */
uint64_t rf_engine_overridden(const struct rf_engine *e);

#endif
