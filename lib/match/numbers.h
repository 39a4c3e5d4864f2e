/* Keys of numbers, and the set of single numbers: in order of their keys, cut into runs
 * of one cache line. A run has its first key in a search tree and of the others the
 * difference to it, in 16 bits or as many as the greatest needs: 2.6 to 3.2 bytes a
 * number in lists of millions, found in the tree's nodes and one line. Packed cold; read
 * by any thread. */
#ifndef RF_MATCH_NUMBERS_H
#define RF_MATCH_NUMBERS_H

#include "lib/base/str.h"
#include "lib/match/tree.h"

#define RF_NUMBERS_DIGITS 17 /* longer numbers fit no key */
#define RF_NUMBERS_NO_KEY 0
#define RF_NUMBERS_NONE UINT32_MAX

/* A key orders by form, then by length, then by value: bit 62 is set for short numbers,
 * bits 57-61 hold how many digits, the rest their value. */
#define RF_NUMBER_VALUE_BITS 57
#define RF_NUMBER_SHORT (INT64_C(1) << 62)

static inline int64_t rf_number_key(bool is_short, uint64_t value, unsigned digits)
{
    return (is_short ? RF_NUMBER_SHORT : 0) | (int64_t)digits << RF_NUMBER_VALUE_BITS |
           (int64_t)value;
}

/* The value of up to RF_NUMBERS_DIGITS digits. */
uint64_t rf_number_value(struct rf_str digits);
/* The number of a key as text ("+86138", "106"); buf has room for 20. */
struct rf_str rf_number_text(int64_t key, char buf[20]);

/* A prefix key orders by form, then as digit strings compare: bits 5-61 hold the value
 * with zeros behind it up to 17 digits, the last five bits how many digits are its own.
 * The numbers of a prefix are then those from its key to its end. More than 17 digits
 * are cut off. */
int64_t rf_prefix_key(bool is_short, uint64_t value, unsigned digits);
int64_t rf_prefix_end(int64_t key);
struct rf_str rf_prefix_text(int64_t key, char buf[20]); /* without the "*" */

#define RF_NUMBERS_REST_BYTES 55
#define RF_NUMBERS_SLICES 16

/* 64 bytes. The keys from its first up to the next run's lie in slices of 1 << step keys,
 * the last of which has all that remain. */
struct rf_number_run {
    uint8_t rests[RF_NUMBERS_REST_BYTES]; /* n - 1 differences of `bits` bits, 16 to 57 */
    uint8_t n, bits;
    uint8_t step;
    uint8_t near[2]; /* bit i, little endian: an interval may hold keys of slice i */
    uint8_t rank[4]; /* of the first, little endian: how many stand before it */
};

struct rf_numbers {
    struct rf_tree firsts;            /* key of each run's first */
    const struct rf_number_run *runs; /* 8 readable bytes behind the last */
    uint32_t n;                       /* numbers */
};

/* Pack as many of the n > 0 ascending, different keys as fit; returns how many. */
uint32_t rf_numbers_pack(const int64_t *keys, size_t stride_bytes, uint32_t n,
                         uint32_t rank, struct rf_number_run *run);
/* Note which slices intervals may hold keys of; all of them until this is called. */
void rf_numbers_mark(struct rf_number_run *run, unsigned step, uint32_t near);
/* Of n <= RF_TREE_BATCH keys the rank among all, less than s->n, or RF_NUMBERS_NONE; and
 * whether an interval may hold the key, as the runs were marked. */
void rf_numbers_find_batch(const struct rf_numbers *s, const int64_t *keys, size_t n,
                           uint32_t *found, bool *near);
/* rf_numbers_find_batch as it is on processors without AVX2; for tests. */
void rf_numbers_find_batch_portable(const struct rf_numbers *s, const int64_t *keys,
                                    size_t n, uint32_t *found, bool *near);
/* The key of that rank. O(log n). */
int64_t rf_numbers_at(const struct rf_numbers *s, uint32_t rank);

#endif
