#include "lib/match/tree.h"

#include "lib/base/cpu.h"
#include "lib/base/prefetch.h"

static uint32_t fan_of(unsigned level)
{
    return level ? RF_TREE_FAN : RF_TREE_LINE;
}

/* Nodes of a level of n keys. */
static uint32_t nodes(unsigned level, uint32_t n)
{
    return n / fan_of(level) + (n % fan_of(level) != 0);
}

static size_t padded(unsigned level, uint32_t n)
{
    return (size_t)nodes(level, n) * fan_of(level);
}

size_t rf_tree_words(uint32_t n)
{
    unsigned level = 0;
    size_t words = padded(level, n);
    for (; n > fan_of(level); level++) {
        n = nodes(level, n);
        words += padded(level + 1, n);
    }
    return words;
}

void rf_tree_build(int64_t *memory, uint32_t n)
{
    for (unsigned level = 0;; level++) {
        size_t end = padded(level, n);
        for (size_t i = n; i < end; i++)
            memory[i] = RF_TREE_PAD;
        if (n <= fan_of(level))
            return;
        for (uint32_t i = 0; i < nodes(level, n); i++)
            memory[end + i] = memory[(size_t)i * fan_of(level)];
        memory += end;
        n = nodes(level, n);
    }
}

void rf_tree_open(struct rf_tree *t, const int64_t *memory, uint32_t n)
{
    *t = (struct rf_tree){0};
    while (n > 0) {
        unsigned level = t->levels++;
        t->level[level] = memory;
        t->n[level] = n;
        if (n <= fan_of(level))
            break;
        memory += padded(level, n);
        n = nodes(level, n);
    }
}

/* How many of a node's `fan` keys are not greater. */
typedef unsigned count_fn(const int64_t *node, unsigned fan, int64_t key);

/* Without branches: half of them would be mispredicted. */
static inline unsigned count_portable(const int64_t *node, unsigned fan, int64_t key)
{
    unsigned n = 0;
#pragma GCC unroll 4
    for (unsigned half = fan / 2; half > 0; half /= 2)
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
    const uint32_t fan = level ? RF_TREE_FAN : RF_TREE_LINE;
    unsigned n = count(t->level[level] + (size_t)at * fan, fan, key);
    uint32_t child = at * fan + n - (n > 0);
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

/* Have the node of the level fetched; above level 0 both its lines are often at hand. */
static inline void prefetch_node(const struct rf_tree *t, unsigned level, uint32_t at)
{
    rf_prefetch(t->level[level] + (size_t)at * fan_of(level));
    if (level)
        rf_prefetch(t->level[level] + (size_t)at * RF_TREE_FAN + RF_TREE_FAN / 2);
}

static inline __attribute__((always_inline)) void find_batch(const struct rf_tree *t,
                                                             const int64_t *keys,
                                                             size_t n, uint32_t *found,
                                                             count_fn *count)
{
    for (size_t i = 0; i < n; i++)
        found[i] = t->levels ? 0 : RF_TREE_NONE;
    if (t->levels == 0)
        return;
    for (unsigned level = t->levels - 1; level > 0; level--) {
        for (size_t i = 0; i < n; i++) {
            found[i] = descend(t, level, found[i], keys[i], count);
            prefetch_node(t, level - 1, found[i]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        found[i] = descend(t, 0, found[i], keys[i], count);
        if (t->level[0][found[i]] > keys[i])
            found[i] = RF_TREE_NONE;
    }
}

void rf_tree_find_batch_portable(const struct rf_tree *t, const int64_t *keys, size_t n,
                                 uint32_t *found)
{
    find_batch(t, keys, n, found, count_portable);
}

#ifdef __x86_64__

#include <immintrin.h>

_Static_assert(RF_TREE_FAN == 16 && RF_TREE_LINE == 8, "four or two vectors a node");

__attribute__((target("avx2,popcnt"))) static inline __m256i
greater_of(const int64_t *keys, __m256i key)
{
    return _mm256_cmpgt_epi64(_mm256_loadu_si256((const __m256i *)keys), key);
}

__attribute__((target("avx2,popcnt"))) static inline unsigned
count_avx2(const int64_t *node, unsigned fan, int64_t key)
{
    __m256i k = _mm256_set1_epi64x(key);
    __m256i lower = _mm256_packs_epi32(greater_of(node, k), greater_of(node + 4, k));
    if (fan == RF_TREE_LINE)
        return RF_TREE_LINE -
               (unsigned)__builtin_popcount((unsigned)_mm256_movemask_epi8(lower)) / 4;
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
    if (rf_cpu_has_avx2())
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
