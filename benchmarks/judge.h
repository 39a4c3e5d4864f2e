/* NDJSON in, NDJSON out in memory, in batches as the daemon's workers do it. */
#ifndef BENCH_JUDGE_H
#define BENCH_JUDGE_H

#include "benchmarks/work.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/limits.h"
#include "lib/codec/codec.h"
#include "lib/engine/engine.h"

struct judge {
    const struct rf_ruleset *rs;
    struct rf_decoder *decoder;
    struct rf_engine *engine;
    struct rf_arena arena;
    struct rf_buf out; /* replies of one batch */
    struct rf_record records[RF_LIMIT_BATCH];
    struct rf_judgment judgments[RF_LIMIT_BATCH];
    /* sums of the last judge_run */
    size_t nrecords, nhits, nhit_records, out_bytes;
    uint32_t *hits_of; /* if not NULL: gets the number of hits of each record */
    uint64_t decode_ns, judge_ns, encode_ns; /* judge_run_steps only */
};

void judge_init(struct judge *j, const struct rf_ruleset *rs,
                struct rf_counters *counters);
void judge_fini(struct judge *j);
/* All lines; returns the thread's processor time in ns. */
uint64_t judge_run(struct judge *j, struct rf_str lines);
/* The same with the time of each step taken, which costs a little. */
uint64_t judge_run_steps(struct judge *j, struct rf_str lines);
/* The head of the traffic that takes about so long. Runs some of it. */
struct head judge_fitting(struct judge *j, const struct work *w, double ns);

#endif
