#include "benchmarks/clock.h"

#include <stdlib.h>
#include <time.h>

static uint64_t now_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t clock_thread_ns(void)
{
    return now_ns(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t clock_wall_ns(void)
{
    return now_ns(CLOCK_MONOTONIC);
}

void runs_add(struct runs *r, double x)
{
    if (r->n < RUNS_MAX)
        r->v[r->n++] = x;
}

static int ascending(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}

double runs_median(const struct runs *r)
{
    struct runs s = *r;
    if (s.n == 0)
        return 0;
    qsort(s.v, s.n, sizeof *s.v, ascending);
    return s.n % 2 ? s.v[s.n / 2] : (s.v[s.n / 2 - 1] + s.v[s.n / 2]) / 2;
}

double runs_ratio(const struct runs *a, const struct runs *b)
{
    struct runs q = {.n = a->n < b->n ? a->n : b->n};
    for (size_t i = 0; i < q.n; i++)
        q.v[i] = b->v[i] > 0 ? a->v[i] / b->v[i] : 0;
    return runs_median(&q);
}
