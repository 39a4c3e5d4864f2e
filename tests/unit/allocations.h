/* Stands in for malloc and its kin (which operator new calls) and for mmap, and counts
 * what is taken and given back: for tests of code that is to do neither once warm. To be
 * included by the one source file of a test program. Nothing is counted under a
 * sanitizer, which has stand-ins of its own. */
#ifndef TESTS_ALLOCATIONS_H
#define TESTS_ALLOCATIONS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTING 0
#else
#define COUNTING 1
#endif

static uint64_t allocations; /* so far, by one thread */

#if COUNTING
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);
void __libc_free(void *p);

/* Of libraries, too. */
#pragma GCC visibility push(default)
void *malloc(size_t n)
{
    allocations++;
    return __libc_malloc(n);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *p, size_t n)
{
    allocations++;
    return __libc_realloc(p, n);
}

void *aligned_alloc(size_t align, size_t n)
{
    allocations++;
    return __libc_memalign(align, n);
}

void free(void *p)
{
    allocations += p != NULL;
    __libc_free(p);
}

void *mmap(void *p, size_t n, int prot, int flags, int fd, off_t offset)
{
    allocations++;
    return (void *)syscall(SYS_mmap, p, n, prot, flags, fd, offset);
}
#pragma GCC visibility pop
#endif

/* To be called where something is known to have been taken after `before`. */
static inline void assert_allocations_are_counted(uint64_t before)
{
    if (COUNTING)
        assert_true(allocations > before);
}

static inline void assert_no_allocations(uint64_t before)
{
    if (COUNTING)
        assert_int_equal(allocations, before);
    else
        print_message("SKIP: allocations are not counted under a sanitizer\n");
}

#endif
