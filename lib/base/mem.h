/* malloc that never returns NULL: out of memory ends the process with a message on
 * purpose (a daemon restarted by its supervisor answers again; one limping does not).
 * Sizes a peer controls must be bounded before they come here. */
#ifndef RF_BASE_MEM_H
#define RF_BASE_MEM_H

#include <stddef.h>

/* n bytes; n == 0 gives a pointer to free. */
void *rf_mem_alloc(size_t n) __attribute__((malloc, returns_nonnull));
/* count * size bytes, cleared. */
void *rf_mem_calloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
/* Resize to count * size bytes. */
void *rf_mem_realloc(void *p, size_t count, size_t size) __attribute__((returns_nonnull));
#define RF_MEM_HUGE ((size_t)2 << 20) /* a huge page */
/* n bytes, 64-byte aligned, for large tables: in huge pages where there are some. To be
 * freed by free(). */
void *rf_mem_pages(size_t n) __attribute__((malloc, returns_nonnull));
/* n bytes, a multiple of RF_MEM_HUGE, not cleared by us, mapped by themselves: in huge
 * pages where there are some, given back to the kernel by rf_mem_unmap of the same n. */
void *rf_mem_map(size_t n) __attribute__((returns_nonnull));
void rf_mem_unmap(void *p, size_t n);
/* Have the kernel give memory now for bytes from .. until of what rf_mem_pages returned
 * at p, whole huge pages: later the first to touch them would wait for it, for as long as
 * thousands of records take. What they hold stays. Where the kernel cannot, nothing. */
void rf_mem_ready(void *p, size_t from, size_t until);
/* abort(): n bytes could not be had. */
void rf_mem_die(size_t n) __attribute__((noreturn));

#endif
