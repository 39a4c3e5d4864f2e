/* The hot path: ruleset + record + counters -> verdict. One engine per worker thread and
 * ruleset; the ruleset and the counters are shared. The order of decision is that of
 * ringfence-rules(5). Same ruleset, records and counters: same answers. */
#ifndef RF_ENGINE_ENGINE_H
#define RF_ENGINE_ENGINE_H

#include "lib/count/count.h"
#include "lib/record/record.h"
#include "lib/ruleset/judgment.h"

struct rf_engine;

/* Scratch memory of one worker for one ruleset; both must outlive it. `all_enforced`:
 * treat monitor rules as enforced (rule tests). */
struct rf_engine *rf_engine_new(const struct rf_ruleset *rs, struct rf_counters *counters,
                                bool all_enforced);
void rf_engine_free(struct rf_engine *e);

/* Judge n <= RF_LIMIT_BATCH records in order. Every record must have a ts. Results and
 * what they point to are in `arena`. Records that are not to be judged (errors, passed
 * deadline) get the configured default. now_ms: the clock, read once per batch; used for
 * deadlines alone. */
void rf_engine_judge(struct rf_engine *e, struct rf_arena *arena,
                     const struct rf_record *records, size_t n, int64_t now_ms,
                     struct rf_judgment *out);

#endif
