/* The benches, one file each; defined in BENCHMARKS.md. */
#ifndef BENCH_BENCHES_H
#define BENCH_BENCHES_H

#include "benchmarks/yardstick.h"

/* A workload with its yardsticks, shared by `match` and `engine`. */
struct subject {
    struct work work;
    struct yardstick lit, vs;
    bool real; /* R-real: other ratios are required */
};

void bench_match(struct subject *s, const struct options *o);
void bench_engine(struct subject *s, const struct options *o);

#endif
