/* The trace behind `ringfence explain`: one record judged by the same code, and what was
 * seen on the way. Cold. */
#ifndef RF_ENGINE_EXPLAIN_H
#define RF_ENGINE_EXPLAIN_H

#include "lib/engine/engine.h"
#include "lib/engine/facts.h"

/* Where a pattern was found: in its view, and in the text as it was sent. */
struct rf_explained_match {
    enum rf_operand operand;
    uint32_t pattern;          /* id in the ruleset's matcher */
    size_t begin, end;         /* bytes of the view */
    size_t raw_begin, raw_end; /* bytes of the original text */
};

/* A counter of the rule, its value after this record, under each key. */
struct rf_explained_counter {
    uint32_t counter; /* index into ruleset->counters */
    struct rf_hash128 key;
    struct rf_count_value value;
};

enum rf_explained_state {
    RF_EXPLAINED_OTHER_KIND, /* not for records of this kind */
    RF_EXPLAINED_OFF,
    RF_EXPLAINED_EXPIRED,
    RF_EXPLAINED_FAILED, /* tried, did not hit */
    RF_EXPLAINED_HIT,
};

struct rf_explained_rule {
    uint32_t rule;
    enum rf_explained_state state;
    const struct rf_node *failed; /* FAILED: the first condition that did */
    struct rf_explained_match *matches;
    uint32_t nmatches;
    struct rf_explained_counter *counters;
    uint32_t ncounters;
};

struct rf_explanation {
    struct rf_judgment judgment;
    struct rf_facts *facts; /* views with maps, finds, addresses; lives in the arena */
    struct rf_explained_rule *rules; /* by rule index, all rules of the ruleset */
};

/* Judge one record (which counts, as ever) and tell why. Results lie in `arena`. */
void rf_engine_explain(struct rf_engine *e, struct rf_arena *arena,
                       const struct rf_record *record, int64_t now_ms,
                       struct rf_explanation *out);

#endif
