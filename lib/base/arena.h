/* Bump allocator for things that die together: a ruleset (built cold, freed whole) or
 * a batch (reset, chunks kept: no malloc after warm-up). One thread at a time. */
#ifndef RF_BASE_ARENA_H
#define RF_BASE_ARENA_H

#include "lib/base/str.h"

struct rf_arena_chunk;

struct rf_arena {
    struct rf_arena_chunk *first, *current;
    char *next, *end;   /* what is left of `current` */
    size_t chunk_bytes; /* size of ordinary chunks */
    size_t held;        /* bytes in all chunks */
    bool large;         /* may be set: huge pages, where there are some, from 4 MiB on */
};

/* Prepare an empty arena; nothing is allocated yet. chunk_bytes 0: 64 KiB. */
void rf_arena_init(struct rf_arena *a, size_t chunk_bytes);
/* Free all chunks. The arena is empty and usable afterwards. */
void rf_arena_fini(struct rf_arena *a);
/* Forget all allocations, keep the chunks. */
void rf_arena_reset(struct rf_arena *a);

/* n bytes, 16-byte aligned, not cleared. Never NULL: when memory ends, the process is
 * stopped with a message by abort(), as nothing sensible could be answered. n may be 0.
 */
static inline void *rf_arena_alloc(struct rf_arena *a, size_t n);
/* The same, cleared; count * size must not overflow (aborts). */
void *rf_arena_calloc(struct rf_arena *a, size_t count, size_t size);
/* The same from the beginning of a cache line on (64 bytes): for tables whose rows are
 * read at random. */
void *rf_arena_calloc_lines(struct rf_arena *a, size_t count, size_t size);
/* A copy of s, followed by a NUL that is not counted. */
struct rf_str rf_arena_dup(struct rf_arena *a, struct rf_str s);
/* printf into the arena. */
struct rf_str rf_arena_printf(struct rf_arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Bytes held in chunks (used or not). */
size_t rf_arena_bytes(const struct rf_arena *a);

/* The same where the chunk at hand has no room for n. */
void *rf_arena_alloc_next(struct rf_arena *a, size_t n);

static inline void *rf_arena_alloc(struct rf_arena *a, size_t n)
{
    char *p = a->next;
    size_t left = (size_t)(a->end - p), whole = (n + 15) & ~(size_t)15;
    if (whole < n || whole > left)
        return rf_arena_alloc_next(a, n);
    a->next = p + whole;
    return p;
}

#define RF_NEW(arena, type) ((type *)rf_arena_calloc((arena), 1, sizeof(type)))
#define RF_NEW_ARRAY(arena, type, count)                                                 \
    ((type *)rf_arena_calloc((arena), (count), sizeof(type)))

#endif
