/* Hashes. SipHash-2-4-128 (Aumasson and Bernstein) for everything a sender can choose,
 * under a key he does not know; pure functions, any thread. */
#ifndef RF_BASE_HASH_H
#define RF_BASE_HASH_H

#include "lib/base/str.h"

struct rf_hash_key {
    uint64_t k0, k1;
};

struct rf_hash128 {
    uint64_t lo, hi;
};

/* 128-bit SipHash-2-4 of n bytes. */
struct rf_hash128 rf_hash_bytes(const struct rf_hash_key *key, const void *p, size_t n);

/* Fast unkeyed 64-bit hash for build-time and rule-author data only (FNV-1a with a final
 * mix). */
uint64_t rf_hash_fnv(const void *p, size_t n);

#endif
