/* What tests against naive models share: chance that is the same in each run, and keys.
 */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include "lib/count/count.h"

static const struct rf_hash_key zero_key;

static inline uint64_t random_below(uint64_t n)
{
    static uint64_t state = 88172645463325252ULL;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 11) % n;
}

static inline struct rf_hash128 hash_of(struct rf_counters *c, uint64_t n)
{
    struct rf_hash128 h;
    rf_counters_hash(c, &n, sizeof n, &h);
    return h;
}

#endif
