#include "lib/base/map.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/base/tips.h"

struct rf_map_slot {
    struct rf_tips tips; /* of the key: mostly all of it */
    const char *p;
    uint32_t n, value; /* value RF_MAP_NONE: empty */
};

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
    return h ^ h >> 32;
}

/* Eight bytes at a time, the last of them overlapping those before. Who looks keys up may
 * make them collide: he costs himself a comparison with what was put there. */
static uint32_t hash_of(struct rf_str s, struct rf_tips tips)
{
    uint64_t h = mix(mix(s.n, tips.head), tips.tail), word;
    for (size_t i = 8; i + 8 < s.n; i += 8) {
        memcpy(&word, s.p + i, 8);
        h = mix(h, word);
    }
    return (uint32_t)(h ^ h >> 16);
}

static struct rf_str key_of(const struct rf_map_slot *s)
{
    return rf_str(s->p, s->n);
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

static struct rf_map_slot *find(const struct rf_map *m, struct rf_str key,
                                struct rf_tips tips)
{
    for (size_t i = hash_of(key, tips) & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
        struct rf_map_slot *s = &m->slots[i];
        if (s->value == RF_MAP_NONE || rf_tips_same(key_of(s), s->tips, key, tips))
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
            *find(m, key_of(&old.slots[i]), old.slots[i].tips) = old.slots[i];
    free(old.slots);
}

uint32_t rf_map_get(const struct rf_map *m, struct rf_str key)
{
    return m->n ? find(m, key, rf_tips(key))->value : RF_MAP_NONE;
}

uint32_t rf_map_put(struct rf_map *m, struct rf_str key, uint32_t value)
{
    if (key.n > UINT32_MAX)
        rf_mem_die(key.n);
    if ((m->n + 1) * 4 > m->cap * 3)
        grow(m);
    struct rf_tips tips = rf_tips(key);
    struct rf_map_slot *s = find(m, key, tips);
    uint32_t before = s->value;
    if (before == RF_MAP_NONE)
        m->n++;
    *s = (struct rf_map_slot){tips, key.p, (uint32_t)key.n, value};
    return before;
}
