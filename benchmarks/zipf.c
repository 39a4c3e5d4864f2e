#include "benchmarks/zipf.h"

#include <stdlib.h>

#include "lib/base/mem.h"

void zipf_init(struct zipf *z, size_t n, double shift)
{
    double sum = 0;
    z->n = n;
    z->sums = rf_mem_calloc(n, sizeof *z->sums);
    for (size_t i = 0; i < n; i++)
        z->sums[i] = sum += 1 / ((double)i + 1 + shift);
}

void zipf_fini(struct zipf *z)
{
    free(z->sums);
}

size_t zipf_draw(const struct zipf *z, struct random *r)
{
    double x = random_unit(r) * z->sums[z->n - 1];
    size_t lo = 0, hi = z->n - 1;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (z->sums[mid] > x)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}
