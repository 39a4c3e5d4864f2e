/* Counts this program's calls of malloc, calloc, realloc and what rests on them. */
#ifndef BENCH_ALLOCATIONS_H
#define BENCH_ALLOCATIONS_H

#include <stdint.h>

/* Calls by this thread so far. */
uint64_t allocations_of_thread(void);

#endif
