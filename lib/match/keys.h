/* Index from strings to entries, several per string allowed. Filled cold; then read by
 * any thread. Strings are views that must outlive it. */
#ifndef RF_MATCH_KEYS_H
#define RF_MATCH_KEYS_H

#include "lib/base/str.h"

#define RF_KEYS_NONE UINT32_MAX

struct rf_key {
    struct rf_str s;
    uint32_t entry;
};

struct rf_keys {
    struct rf_key *keys;
    uint32_t *slots; /* index of a key + 1, 0: empty */
    uint32_t n, cap; /* cap: a power of two, more than n */
};

void rf_keys_init(struct rf_keys *k);
void rf_keys_fini(struct rf_keys *k);
void rf_keys_add(struct rf_keys *k, struct rf_str s, uint32_t entry);
/* The first entry added under s, or RF_KEYS_NONE; then, with the same cursor, the next.
 * *cursor begins as 0. */
uint32_t rf_keys_next(const struct rf_keys *k, struct rf_str s, uint64_t *cursor);
size_t rf_keys_bytes(const struct rf_keys *k);

#endif
