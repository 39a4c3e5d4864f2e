/* A static search tree over sorted 64-bit keys: the keys themselves in nodes of one cache
 * line, then the first of each node, in nodes of RF_TREE_FAN, and so on up to one node. A
 * search reads one node a level, of which only the last is likely not to be in the cache;
 * a batch goes down level by level, so that its cache misses overlap. Built cold in the
 * caller's memory; read by any thread. Whatever stands in that memory, no search reads
 * outside it: it may come from a file. */
#ifndef RF_MATCH_TREE_H
#define RF_MATCH_TREE_H

#include <stddef.h>
#include <stdint.h>

#define RF_TREE_LINE 8 /* keys of a node of level 0 */
#define RF_TREE_FAN 16
#define RF_TREE_LEVELS 9 /* 8 * 16^8 keys */
#define RF_TREE_BATCH 64
#define RF_TREE_NONE UINT32_MAX
#define RF_TREE_PAD INT64_MAX /* greater than any key */

struct rf_tree {
    const int64_t *level[RF_TREE_LEVELS]; /* level 0: the keys */
    uint32_t n[RF_TREE_LEVELS];           /* keys of each level, padding apart */
    unsigned levels;                      /* 0: empty */
};

/* Memory for n keys in words of 64 bits, a multiple of RF_TREE_LINE. */
size_t rf_tree_words(uint32_t n);
/* Fill memory of rf_tree_words(n), whose first n words are the keys, ascending. */
void rf_tree_build(int64_t *memory, uint32_t n);
/* Read what rf_tree_build filled; the memory (at best 64-byte aligned) stays the
 * caller's. */
void rf_tree_open(struct rf_tree *t, const int64_t *memory, uint32_t n);
/* The index of the last key not greater than `key`, or RF_TREE_NONE. */
uint32_t rf_tree_find(const struct rf_tree *t, int64_t key);
/* The same for n <= RF_TREE_BATCH keys. */
void rf_tree_find_batch(const struct rf_tree *t, const int64_t *keys, size_t n,
                        uint32_t *found);
/* rf_tree_find_batch as it is on processors without AVX2; for tests. */
void rf_tree_find_batch_portable(const struct rf_tree *t, const int64_t *keys, size_t n,
                                 uint32_t *found);

#endif
