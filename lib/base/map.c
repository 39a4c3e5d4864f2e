#include "lib/base/map.h"

#include <stdlib.h>

#include "lib/base/mem.h"

struct rf_map_slot {
    struct rf_str key;
    uint32_t hash, value; /* value RF_MAP_NONE: empty */
};

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
    return h ^ h >> 32;
}

/* Eight bytes at a time, the last of them overlapping those before. Who looks keys up may
 * make them collide: he costs himself a comparison with what was put there. */
static uint32_t hash_of(struct rf_str s)
{
    uint64_t h = s.n, word = 0;
    for (size_t i = 0; i + 8 < s.n; i += 8) {
        memcpy(&word, s.p + i, 8);
        h = mix(h, word);
    }
    if (s.n >= 8)
        memcpy(&word, s.p + s.n - 8, 8);
    else if (s.n)
        memcpy(&word, s.p, s.n);
    h = mix(h, word);
    return (uint32_t)(h ^ h >> 16);
}

void rf_map_init(struct rf_map *m)
{
    *m = (struct rf_map){0};
}

void rf_map_fini(struct rf_map *m)
{
    free(m->slots);
    rf_map_init(m);
}

static struct rf_map_slot *find(const struct rf_map *m, struct rf_str key, uint32_t hash)
{
    for (size_t i = hash & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
        struct rf_map_slot *s = &m->slots[i];
        if (s->value == RF_MAP_NONE || (s->hash == hash && rf_str_eq(s->key, key)))
            return s;
    }
}

static void grow(struct rf_map *m)
{
    struct rf_map old = *m;
    m->cap = old.cap ? old.cap * 2 : 16;
    m->slots = rf_mem_calloc(m->cap, sizeof *m->slots);
    for (size_t i = 0; i < m->cap; i++)
        m->slots[i].value = RF_MAP_NONE;
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].value != RF_MAP_NONE)
            *find(m, old.slots[i].key, old.slots[i].hash) = old.slots[i];
    free(old.slots);
}

uint32_t rf_map_get(const struct rf_map *m, struct rf_str key)
{
    if (m->n == 0)
        return RF_MAP_NONE;
    return find(m, key, hash_of(key))->value;
}

uint32_t rf_map_put(struct rf_map *m, struct rf_str key, uint32_t value)
{
    if ((m->n + 1) * 4 > m->cap * 3)
        grow(m);
    uint32_t hash = hash_of(key);
    struct rf_map_slot *s = find(m, key, hash);
    uint32_t before = s->value;
    if (before == RF_MAP_NONE)
        m->n++;
    *s = (struct rf_map_slot){.key = key, .hash = hash, .value = value};
    return before;
}
