#include "lib/match/keys.h"

#include <stdlib.h>

#include "lib/base/hash.h"
#include "lib/base/mem.h"

void rf_keys_init(struct rf_keys *k)
{
    *k = (struct rf_keys){0};
}

void rf_keys_fini(struct rf_keys *k)
{
    free(k->keys);
    free(k->slots);
    rf_keys_init(k);
}

static void insert(struct rf_keys *k, uint32_t i)
{
    uint32_t at = (uint32_t)rf_hash_fnv(k->keys[i].s.p, k->keys[i].s.n);
    while (k->slots[at & (k->cap - 1)])
        at++;
    k->slots[at & (k->cap - 1)] = i + 1;
}

static void grow(struct rf_keys *k)
{
    k->cap = k->cap ? k->cap * 2 : 16;
    free(k->slots);
    k->slots = rf_mem_calloc(k->cap, sizeof *k->slots);
    k->keys = rf_mem_realloc(k->keys, k->cap - k->cap / 4, sizeof *k->keys);
    for (uint32_t i = 0; i < k->n; i++)
        insert(k, i);
}

void rf_keys_add(struct rf_keys *k, struct rf_str s, uint32_t entry)
{
    if (k->n == k->cap - k->cap / 4)
        grow(k);
    k->keys[k->n] = (struct rf_key){s, entry};
    insert(k, k->n++);
}

/* The cursor is the probe to look at next, counted from 1. */
uint32_t rf_keys_next(const struct rf_keys *k, struct rf_str s, uint64_t *cursor)
{
    if (k->n == 0)
        return RF_KEYS_NONE;
    uint64_t at = *cursor ? *cursor : (rf_hash_fnv(s.p, s.n) & UINT32_MAX) + 1;
    for (;; at++) {
        uint32_t slot = k->slots[(at - 1) & (k->cap - 1)];
        if (slot == 0)
            return RF_KEYS_NONE;
        if (rf_str_eq(k->keys[slot - 1].s, s)) {
            *cursor = at + 1;
            return k->keys[slot - 1].entry;
        }
    }
}

size_t rf_keys_bytes(const struct rf_keys *k)
{
    return k->cap * sizeof *k->slots + (k->cap - k->cap / 4) * sizeof *k->keys;
}
