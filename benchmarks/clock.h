/* Processor time and medians. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Processor time of this thread; time of day that never goes back. */
uint64_t clock_thread_ns(void);
uint64_t clock_wall_ns(void);

#define RUNS_MAX 31

/* Figures of interleaved runs. */
struct runs {
    double v[RUNS_MAX];
    size_t n;
};

void runs_add(struct runs *r, double x);
double runs_median(const struct runs *r);
/* Median of the quotients a[i] / b[i] of runs made side by side. */
double runs_ratio(const struct runs *a, const struct runs *b);

#endif
