/* A set of 64-bit hashes, open addressing. */
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/count/share_state.h"

enum { IDS_MIN = 16 };

static uint32_t place_of(const struct share_ids *t, uint64_t id)
{
    uint32_t i = (uint32_t)(id >> 17) & (t->cap - 1);
    while (t->id[i] && t->id[i] != id)
        i = (i + 1) & (t->cap - 1);
    return i;
}

static void grow(struct share_ids *t)
{
    struct share_ids to = {.cap = t->cap ? 2 * t->cap : IDS_MIN, .zero = t->zero};
    to.id = rf_mem_calloc(to.cap, sizeof *to.id);
    for (uint32_t i = 0; i < t->cap; i++)
        if (t->id[i])
            share_ids_add(&to, t->id[i]);
    free(t->id);
    to.n += t->zero;
    *t = to;
}

void share_ids_add(struct share_ids *t, uint64_t id)
{
    if (share_ids_has(t, id))
        return;
    t->n++;
    if (id == 0) {
        t->zero = true;
        return;
    }
    if (2 * t->n >= t->cap) {
        t->n--;
        grow(t);
        t->n++;
    }
    t->id[place_of(t, id)] = id;
}

bool share_ids_has(const struct share_ids *t, uint64_t id)
{
    if (id == 0)
        return t->zero;
    return t->cap && t->id[place_of(t, id)] == id;
}

void share_ids_clear(struct share_ids *t)
{
    free(t->id);
    *t = (struct share_ids){0};
}
