/* Draws of ranks by Zipf's law. Cold to make, O(log n) a draw; read by any thread. */
#ifndef BENCH_ZIPF_H
#define BENCH_ZIPF_H

#include <stddef.h>

#include "benchmarks/random.h"

struct zipf {
    double *sums; /* of the weights up to each rank */
    size_t n;
};

/* Ranks 0 to n - 1 with weights 1 / (rank + 1 + shift). */
void zipf_init(struct zipf *z, size_t n, double shift);
void zipf_fini(struct zipf *z);
size_t zipf_draw(const struct zipf *z, struct random *r);

#endif
