#include "lib/base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

void rf_mem_die(size_t n)
{
    (void)n; /* visible in a debugger or core file */
    abort();
}

void *rf_mem_alloc(size_t n)
{
    void *p = malloc(n ? n : 1);
    if (!p)
        rf_mem_die(n);
    return p;
}

void *rf_mem_calloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p)
        rf_mem_die(count);
    return p;
}

void *rf_mem_realloc(void *p, size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n))
        rf_mem_die(count);
    void *q = realloc(p, n ? n : 1);
    if (!q)
        rf_mem_die(n);
    return q;
}

void *rf_mem_pages(size_t n)
{
    size_t align = n >= RF_MEM_HUGE ? RF_MEM_HUGE : 64;
    size_t bytes = (n / align + 1) * align;
    void *p = bytes > n ? aligned_alloc(align, bytes) : NULL;
    if (!p)
        rf_mem_die(n);
    if (align == RF_MEM_HUGE)
        madvise(p, bytes, MADV_HUGEPAGE); /* where it is refused, small pages do */
    return p;
}

void *rf_mem_map(size_t n)
{
    size_t room = n + RF_MEM_HUGE; /* for where the first huge page begins */
    char *p = room > n ? mmap(NULL, room, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                       : MAP_FAILED;
    if (p == MAP_FAILED)
        rf_mem_die(n);
    size_t before = (RF_MEM_HUGE - (uintptr_t)p % RF_MEM_HUGE) % RF_MEM_HUGE;
    if (before)
        munmap(p, before);
    p += before;
    munmap(p + n, RF_MEM_HUGE - before);
    madvise(p, n, MADV_HUGEPAGE); /* where it is refused, small pages do */
    return p;
}

void rf_mem_unmap(void *p, size_t n)
{
    munmap(p, n);
}

void rf_mem_ready(void *p, size_t from, size_t until)
{
#ifdef MADV_POPULATE_WRITE
    from -= from % RF_MEM_HUGE;
    until -= until % RF_MEM_HUGE;
    for (; from < until; from += RF_MEM_HUGE) /* no longer than that in others' way */
        if (madvise((char *)p + from, RF_MEM_HUGE, MADV_POPULATE_WRITE) != 0)
            return;
#else
    (void)p, (void)from, (void)until;
#endif
}
