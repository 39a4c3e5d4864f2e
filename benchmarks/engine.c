/* engine: NDJSON in, NDJSON out in memory, lists and counters, one thread. */
#include <stdlib.h>

#include "benchmarks/allocations.h"
#include "benchmarks/benches.h"
#include "benchmarks/clock.h"
#include "benchmarks/judge.h"
#include "benchmarks/table.h"
#include "lib/base/mem.h"

#define COUNTERS 4000000

static void profile(struct judge *j, const struct work *w, struct head h)
{
    judge_run_steps(j, rf_str(w->traffic.lines.p, h.bytes));
    double n = (double)j->nrecords;
    table_add("engine", w->name, "ns/record: frame, decode", (double)j->decode_ns / n,
              NOTE, 0);
    table_add("engine", w->name, "ns/record: judge", (double)j->judge_ns / n, NOTE, 0);
    table_add("engine", w->name, "ns/record: encode", (double)j->encode_ns / n, NOTE, 0);
    table_add("engine", w->name, "% of records hit", 100 * (double)j->nhit_records / n,
              NOTE, 0);
    table_add("engine", w->name, "records of one run", n, NOTE, 0);
}

void bench_engine(struct subject *s, const struct work *w, const struct options *o)
{
    static const struct rf_hash_key key;
    struct judge *j = rf_mem_calloc(1, sizeof *j);
    struct rf_counters *counters = rf_counters_new(COUNTERS, &key);
    struct runs own = {0}, lit = {0}, vs = {0};
    uint64_t allocations = 0;
    judge_init(j, w->rs, counters);
    struct head h = judge_fitting(j, w, o->quick ? 2.5e8 : 1e9);
    struct rf_str lines = rf_str(w->traffic.lines.p, h.bytes);
    for (unsigned i = 0; i <= o->runs; i++) {
        uint64_t before = allocations_of_thread();
        double x = (double)judge_run(j, lines);
        allocations = allocations_of_thread() - before;
        double y = (double)yardstick_run(&s->lit, w->folded, h.texts);
        double z = (double)yardstick_run(&s->vs, w->folded, h.texts);
        if (i == 0)
            continue; /* warm-up */
        runs_add(&own, x);
        runs_add(&lit, y);
        runs_add(&vs, z);
    }
    table_add("engine", w->name, "x LIT", runs_ratio(&own, &lit),
              s->real ? NOTE : AT_MOST, 3);
    table_add("engine", w->name, "x VS", runs_ratio(&own, &vs),
              s->real && s->vs.db ? AT_MOST : NOTE, 0.6);
    table_add("engine", w->name, "ns/record", runs_median(&own) / (double)h.records, NOTE,
              0);
    table_add("engine", w->name, "allocations in 100,000 records",
              (double)allocations * 1e5 / (double)h.records, AT_MOST, 0);
    profile(j, w, h);
    judge_fini(j);
    rf_counters_free(counters);
    free(j);
}
