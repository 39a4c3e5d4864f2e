/* A set of small numbers, as a bit each (so that all of them stay in the cache) and as a
 * list (so that it is emptied by what it holds). */
#ifndef RF_ENGINE_SET_H
#define RF_ENGINE_SET_H

#include "lib/base/arena.h"

struct rf_set {
    uint64_t *words;
    const uint32_t *v; /* the members: `room`, or memory of who gave them */
    uint32_t *room, n;
};

/* Empty, for numbers below `max`; in the arena. */
static inline void rf_set_init(struct rf_set *s, struct rf_arena *a, uint32_t max)
{
    s->words = RF_NEW_ARRAY(a, uint64_t, max / 64 + 1);
    s->v = s->room = RF_NEW_ARRAY(a, uint32_t, max);
    s->n = 0;
}

static inline bool rf_set_has(const struct rf_set *s, uint32_t i)
{
    return s->words[i / 64] >> (i % 64) & 1;
}

static inline void rf_set_clear(struct rf_set *s)
{
    for (uint32_t i = 0; i < s->n; i++)
        s->words[s->v[i] / 64] = 0;
    s->v = s->room;
    s->n = 0;
}

/* Only between rf_set_clear and the next rf_set_take. */
static inline void rf_set_add(struct rf_set *s, uint32_t i)
{
    if (rf_set_has(s, i))
        return;
    s->words[i / 64] |= UINT64_C(1) << (i % 64);
    s->room[s->n++] = i;
}

/* These are the members from now on; v has to stay until the set is cleared or takes
 * others. */
static inline void rf_set_take(struct rf_set *s, const uint32_t *v, uint32_t n)
{
    rf_set_clear(s);
    for (uint32_t i = 0; i < n; i++)
        s->words[v[i] / 64] |= UINT64_C(1) << (v[i] % 64);
    s->v = v;
    s->n = n;
}

#endif
