#include "lib/base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"

/* A `large` arena of that size grows by a sixteenth of it, at least by a huge page, in
 * huge pages: what is read at random among many costs a tenth less so. */
#define LARGE ((size_t)4 << 20)

struct rf_arena_chunk {
    struct rf_arena_chunk *next;
    size_t bytes; /* of data */
    bool mapped;  /* by rf_mem_map */
    _Alignas(16) char data[];
};

/* c may be NULL: then there is no room, but a place for no bytes. */
static void begin_chunk(struct rf_arena *a, struct rf_arena_chunk *c)
{
    a->current = c;
    a->next = c ? c->data : (char *)a;
    a->end = c ? c->data + c->bytes : a->next;
}

void rf_arena_init(struct rf_arena *a, size_t chunk_bytes)
{
    *a = (struct rf_arena){.chunk_bytes = chunk_bytes ? chunk_bytes : 64 * 1024};
    begin_chunk(a, NULL);
}

void rf_arena_fini(struct rf_arena *a)
{
    struct rf_arena_chunk *c = a->first;
    while (c) {
        struct rf_arena_chunk *next = c->next;
        if (c->mapped)
            rf_mem_unmap(c, sizeof *c + c->bytes);
        else
            free(c);
        c = next;
    }
    a->first = NULL;
    a->held = 0;
    begin_chunk(a, NULL);
}

void rf_arena_reset(struct rf_arena *a)
{
    begin_chunk(a, a->first);
}

/* A chunk with room for n bytes. */
static struct rf_arena_chunk *new_chunk(struct rf_arena *a, size_t n)
{
    struct rf_arena_chunk *c;
    bool large = a->large && a->held >= LARGE;
    size_t bytes = sizeof *c + (n > a->chunk_bytes ? n : a->chunk_bytes);
    if (large) {
        bytes = bytes > a->held / 16 ? bytes : a->held / 16;
        bytes = (bytes + RF_MEM_HUGE - 1) / RF_MEM_HUGE * RF_MEM_HUGE;
    }
    c = large ? rf_mem_map(bytes) : rf_mem_alloc(bytes);
    c->mapped = large;
    c->bytes = bytes - sizeof *c;
    a->held += bytes;
    return c;
}

/* Moves on to a chunk with room for n bytes: a kept one, else a new one. */
static void next_chunk(struct rf_arena *a, size_t n)
{
    struct rf_arena_chunk *next = a->current ? a->current->next : a->first;
    if (!next || next->bytes < n) {
        struct rf_arena_chunk *c = new_chunk(a, n);
        c->next = next;
        if (a->current)
            a->current->next = c;
        else
            a->first = c;
        next = c;
    }
    begin_chunk(a, next);
}

void *rf_arena_alloc_next(struct rf_arena *a, size_t n)
{
    if (n > SIZE_MAX / 2)
        rf_mem_die(n);
    next_chunk(a, (n + 15) & ~(size_t)15);
    return rf_arena_alloc(a, n);
}

void *rf_arena_calloc(struct rf_arena *a, size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n))
        rf_mem_die(SIZE_MAX);
    void *p = rf_arena_alloc(a, n);
    return memset(p, 0, n);
}

void *rf_arena_calloc_lines(struct rf_arena *a, size_t count, size_t size)
{
    enum { LINE = 64 };
    size_t n;
    if (__builtin_mul_overflow(count, size, &n) || n > SIZE_MAX / 2)
        rf_mem_die(SIZE_MAX);
    char *p = rf_arena_alloc(a, n + LINE);
    p += (LINE - (uintptr_t)p % LINE) % LINE;
    return memset(p, 0, n);
}

struct rf_str rf_arena_dup(struct rf_arena *a, struct rf_str s)
{
    char *p = rf_arena_alloc(a, s.n + 1);
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return rf_str(p, s.n);
}

struct rf_str rf_arena_printf(struct rf_arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        return rf_str("", 0);
    char *p = rf_arena_alloc(a, (size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return rf_str(p, (size_t)n);
}

size_t rf_arena_bytes(const struct rf_arena *a)
{
    size_t n = 0;
    for (struct rf_arena_chunk *c = a->first; c; c = c->next)
        n += c->bytes;
    return n;
}
