#include "lib/match/tree.h"

#include "lib/base/prefetch.h"

static uint32_t parents(uint32_t n)
{
    return n / RF_TREE_FAN + (n % RF_TREE_FAN != 0);
}

static size_t padded(uint32_t n)
{
    return (size_t)parents(n) * RF_TREE_FAN;
}

size_t rf_tree_words(uint32_t n)
{
    size_t words = padded(n);
    while (n > RF_TREE_FAN) {
        n = parents(n);
        words += padded(n);
    }
    return words;
}

void rf_tree_build(int64_t *memory, uint32_t n)
{
    for (;;) {
        for (size_t i = n; i < padded(n); i++)
            memory[i] = RF_TREE_PAD;
        if (n <= RF_TREE_FAN)
            return;
        int64_t *up = memory + padded(n);
        for (uint32_t i = 0; i < parents(n); i++)
            up[i] = memory[(size_t)i * RF_TREE_FAN];
        memory = up;
        n = parents(n);
    }
}

void rf_tree_open(struct rf_tree *t, const int64_t *memory, uint32_t n)
{
    *t = (struct rf_tree){0};
    while (n > 0) {
        t->level[t->levels] = memory;
        t->n[t->levels++] = n;
        if (n <= RF_TREE_FAN)
            break;
        memory += padded(n);
        n = parents(n);
    }
}

/* How many of a node's keys are not greater. */
typedef unsigned count_fn(const int64_t *node, int64_t key);

/* Without branches: half of them would be mispredicted. */
static inline unsigned count_portable(const int64_t *node, int64_t key)
{
    unsigned n = 0;
#pragma GCC unroll 4
    for (unsigned half = RF_TREE_FAN / 2; half > 0; half /= 2)
        n += (node[n + half - 1] <= key) * half;
    return n + (node[n] <= key);
}

/* The child of node `at` of a level to go to, which at level 0 is the key found. Before
 * all keys the first, which the end of a search notices. */
static inline __attribute__((always_inline)) uint32_t descend(const struct rf_tree *t,
                                                              unsigned level, uint32_t at,
                                                              int64_t key,
                                                              count_fn *count)
{
    unsigned n = count(t->level[level] + (size_t)at * RF_TREE_FAN, key);
    uint32_t child = at * RF_TREE_FAN + n - (n > 0);
    return child < t->n[level] ? child : t->n[level] - 1;
}

uint32_t rf_tree_find(const struct rf_tree *t, int64_t key)
{
    uint32_t at = 0;
    if (t->levels == 0)
        return RF_TREE_NONE;
    for (unsigned level = t->levels; level-- > 0;)
        at = descend(t, level, at, key, count_portable);
    return t->level[0][at] <= key ? at : RF_TREE_NONE;
}

static inline void prefetch_node(const int64_t *level, uint32_t at)
{
    rf_prefetch(level + (size_t)at * RF_TREE_FAN);
    rf_prefetch(level + (size_t)at * RF_TREE_FAN + RF_TREE_FAN / 2);
}

static inline __attribute__((always_inline)) void find_batch(const struct rf_tree *t,
                                                             const int64_t *keys,
                                                             size_t n, uint32_t *found,
                                                             count_fn *count)
{
    for (size_t i = 0; i < n; i++)
        found[i] = t->levels ? 0 : RF_TREE_NONE;
    for (unsigned level = t->levels; level-- > 0;) {
        const int64_t *below = t->level[level ? level - 1 : 0];
        for (size_t i = 0; i < n; i++) {
            found[i] = descend(t, level, found[i], keys[i], count);
            prefetch_node(below, found[i]);
        }
    }
    for (size_t i = 0; t->levels && i < n; i++)
        if (t->level[0][found[i]] > keys[i])
            found[i] = RF_TREE_NONE;
}

void rf_tree_find_batch_portable(const struct rf_tree *t, const int64_t *keys, size_t n,
                                 uint32_t *found)
{
    find_batch(t, keys, n, found, count_portable);
}

#ifdef __x86_64__

#include <immintrin.h>

_Static_assert(RF_TREE_FAN == 16, "four vectors a node");

__attribute__((target("avx2,popcnt"))) static inline __m256i
greater_of(const int64_t *keys, __m256i key)
{
    return _mm256_cmpgt_epi64(_mm256_loadu_si256((const __m256i *)keys), key);
}

__attribute__((target("avx2,popcnt"))) static inline unsigned
count_avx2(const int64_t *node, int64_t key)
{
    __m256i k = _mm256_set1_epi64x(key);
    __m256i lower = _mm256_packs_epi32(greater_of(node, k), greater_of(node + 4, k));
    __m256i upper = _mm256_packs_epi32(greater_of(node + 8, k), greater_of(node + 12, k));
    unsigned greater = (unsigned)_mm256_movemask_epi8(_mm256_packs_epi16(lower, upper));
    return RF_TREE_FAN - (unsigned)__builtin_popcount(greater) / 2;
}

__attribute__((target("avx2,popcnt"))) static void
find_batch_avx2(const struct rf_tree *t, const int64_t *keys, size_t n, uint32_t *found)
{
    find_batch(t, keys, n, found, count_avx2);
}

void rf_tree_find_batch(const struct rf_tree *t, const int64_t *keys, size_t n,
                        uint32_t *found)
{
    if (__builtin_cpu_supports("avx2"))
        find_batch_avx2(t, keys, n, found);
    else
        rf_tree_find_batch_portable(t, keys, n, found);
}

#else

void rf_tree_find_batch(const struct rf_tree *t, const int64_t *keys, size_t n,
                        uint32_t *found)
{
    rf_tree_find_batch_portable(t, keys, n, found);
}

#endif
