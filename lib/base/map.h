/* Hash map from byte strings to 32-bit values, for cold code and read-only use later.
 * Keys are views: their bytes must outlive the map. Writers alone; any number of readers
 * once nobody writes. */
#ifndef RF_BASE_MAP_H
#define RF_BASE_MAP_H

#include "lib/base/str.h"

#define RF_MAP_NONE UINT32_MAX

struct rf_map_slot;

struct rf_map {
    struct rf_map_slot *slots;
    size_t cap, n; /* power of two or 0; entries */
};

void rf_map_init(struct rf_map *m);
void rf_map_fini(struct rf_map *m);
/* The value of key, or RF_MAP_NONE. */
uint32_t rf_map_get(const struct rf_map *m, struct rf_str key);
/* Set key to value; returns the value it had, or RF_MAP_NONE. */
uint32_t rf_map_put(struct rf_map *m, struct rf_str key, uint32_t value);

#endif
