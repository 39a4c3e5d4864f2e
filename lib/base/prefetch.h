/* Having memory fetched before it is read. Any thread. */
#ifndef RF_BASE_PREFETCH_H
#define RF_BASE_PREFETCH_H

/* Have the cache line at p fetched; p may be anything. The empty statement keeps GCC from
 * taking functions that do nothing else for such without effect, whose calls it leaves
 * out. */
static inline __attribute__((always_inline)) void rf_prefetch(const void *p)
{
    __builtin_prefetch(p);
    __asm__ volatile("");
}

#endif
