#include "benchmarks/allocations.h"

#include <stddef.h>

static _Thread_local uint64_t calls;

uint64_t allocations_of_thread(void)
{
    return calls;
}

/* glibc's own, under the names it keeps for those who take the place of malloc. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t n);
void *malloc(size_t n);
void *calloc(size_t count, size_t size);
void *realloc(void *p, size_t n);

__attribute__((visibility("default"))) void *malloc(size_t n)
{
    calls++;
    return __libc_malloc(n);
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t size)
{
    calls++;
    return __libc_calloc(count, size);
}

__attribute__((visibility("default"))) void *realloc(void *p, size_t n)
{
    calls++;
    return __libc_realloc(p, n);
}
