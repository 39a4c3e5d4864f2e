#include "lib/count/distinct.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/count/hll.h"

#include <stdlib.h>

enum {
    TAKEN = 0x8000, /* in a mask of a set: the place holds a value, seen or not */
    SEEN = 0x1ff,
    SET_MIN = 16,
};

/* Open addressing; values seen in no slot any more are dropped when it is rebuilt. */
struct set {
    uint32_t cap, taken; /* power of two; taken <= 3/4 cap */
    uint32_t cached;     /* values with a bit in cached_mask: */
    uint16_t cached_mask;
    uint16_t in_slot[COUNT_SLOTS]; /* values with that bit */
    uint16_t *mask;                /* [cap], behind value */
    uint64_t value[];              /* [cap] */
};

static size_t set_bytes(uint32_t cap)
{
    return sizeof(struct set) + (size_t)cap * (sizeof(uint64_t) + sizeof(uint16_t));
}

static struct set *set_new(uint32_t cap, size_t *bytes)
{
    struct set *t = rf_mem_calloc(1, set_bytes(cap));
    t->cap = cap;
    t->mask = (uint16_t *)(t->value + cap);
    *bytes += set_bytes(cap);
    return t;
}

static void set_free(struct set *t, size_t *bytes)
{
    *bytes -= set_bytes(t->cap);
    free(t);
}

/* Where value is, or the free place where it would be. */
static uint32_t set_find(const struct set *t, uint64_t value)
{
    uint32_t i = (uint32_t)value & (t->cap - 1);
    while ((t->mask[i] & TAKEN) && t->value[i] != value)
        i = (i + 1) & (t->cap - 1);
    return i;
}

/* Set the bits of mask at value, which has room. */
static void set_put(struct set *t, uint64_t value, uint16_t mask)
{
    uint32_t i = set_find(t, value);
    uint16_t old = t->mask[i];
    t->taken += !(old & TAKEN);
    t->value[i] = value;
    t->mask[i] = old | mask | TAKEN;
    t->cached += (mask & t->cached_mask) && !(old & t->cached_mask);
    for (unsigned s = 0; s < COUNT_SLOTS; s++)
        t->in_slot[s] += mask >> s & ~(old >> s) & 1;
}

static uint32_t set_live(const struct set *t)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->cap; i++)
        n += (t->mask[i] & SEEN) != 0;
    return n;
}

/* Empty place i, moving those behind it that belong before them. */
static void set_remove(struct set *t, uint32_t i)
{
    uint32_t last = t->cap - 1;
    for (uint32_t k = (i + 1) & last; t->mask[k] & TAKEN; k = (k + 1) & last) {
        uint32_t home = (uint32_t)t->value[k] & last;
        if (((k - home) & last) < ((k - i) & last))
            continue;
        t->value[i] = t->value[k];
        t->mask[i] = t->mask[k];
        i = k;
    }
    t->mask[i] = 0;
    t->taken--;
}

static void set_purge(struct set *t)
{
    for (uint32_t i = 0; i < t->cap; i++)
        while (t->mask[i] & TAKEN && !(t->mask[i] & SEEN))
            set_remove(t, i);
}

/* The same values without those seen nowhere, in a table at most half full; in the same
 * memory unless it is too small or much too large. */
static struct set *set_rebuild(struct set *t, uint32_t live, size_t *bytes)
{
    uint32_t cap = SET_MIN;
    while (cap < live * 2)
        cap *= 2;
    if (t->cap == cap || t->cap == 2 * cap) {
        set_purge(t);
        return t;
    }
    struct set *to = set_new(cap, bytes);
    for (uint32_t i = 0; i < t->cap; i++)
        if (t->mask[i] & SEEN)
            set_put(to, t->value[i], t->mask[i] & SEEN);
    set_free(t, bytes);
    return to;
}

static struct hll *set_to_hll(struct set *t, size_t *bytes)
{
    struct hll *h = hll_new(bytes);
    for (uint32_t i = 0; i < t->cap; i++)
        for (unsigned s = 0; s < COUNT_SLOTS; s++)
            if (t->mask[i] >> s & 1)
                hll_add(h, s, t->value[i], bytes);
    set_free(t, bytes);
    return h;
}

/* Seven values or fewer: true when value found a place. */
static bool inline_add(struct node *ext, unsigned slot, uint64_t value)
{
    int room = -1;
    for (int i = 0; i < DISTINCT_INLINE; i++) {
        if (!ext->values.mask[i]) {
            room = room < 0 ? i : room;
        } else if (ext->values.value[i] == value) {
            room = i;
            break;
        }
    }
    if (room < 0)
        return false;
    ext->values.value[room] = value;
    ext->values.mask[room] |= (uint16_t)(1u << slot);
    return true;
}

static void inline_to_set(struct node *ext, size_t *bytes)
{
    struct set *t = set_new(SET_MIN, bytes);
    for (int i = 0; i < DISTINCT_INLINE; i++)
        set_put(t, ext->values.value[i], ext->values.mask[i]);
    ext->block = t;
}

void distinct_add(struct node *ext, unsigned slot, uint64_t value, uint32_t cap,
                  size_t *bytes)
{
    if (!ext->block) {
        if (inline_add(ext, slot, value))
            return;
        inline_to_set(ext, bytes);
    }
    if (ext->dense) {
        hll_add(ext->block, slot, value, bytes);
        return;
    }
    struct set *t = ext->block;
    bool known = t->mask[set_find(t, value)] & TAKEN;
    bool exact = cap <= RF_LIMIT_DISTINCT_EXACT;
    if (!known && exact && t->in_slot[slot] > cap)
        return;
    if (!known && t->taken + 1 > t->cap / 4 * 3) {
        uint32_t live = set_live(t);
        if (!exact && live >= RF_LIMIT_DISTINCT_EXACT) {
            ext->block = set_to_hll(t, bytes);
            ext->dense = 1;
            hll_add(ext->block, slot, value, bytes);
            return;
        }
        ext->block = t = set_rebuild(t, live + 1, bytes);
    }
    set_put(t, value, (uint16_t)(1u << slot));
}

void distinct_clear(struct node *ext, unsigned slot, size_t *bytes)
{
    uint16_t bit = (uint16_t)(1u << slot);
    if (ext->dense) {
        hll_clear(ext->block, slot, bytes);
    } else if (ext->block) {
        struct set *t = ext->block;
        if (!t->in_slot[slot])
            return;
        for (uint32_t i = 0; i < t->cap; i++)
            t->mask[i] &= (uint16_t)~bit;
        t->in_slot[slot] = 0;
        t->cached = t->cached_mask = 0;
    } else {
        for (int i = 0; i < DISTINCT_INLINE; i++)
            ext->values.mask[i] &= (uint16_t)~bit;
    }
}

static uint32_t set_count(struct set *t, uint16_t mask)
{
    if (mask == t->cached_mask)
        return t->cached;
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->cap; i++)
        n += (t->mask[i] & mask) != 0;
    t->cached_mask = mask;
    return t->cached = n;
}

double distinct_count(struct node *ext, uint16_t mask)
{
    if (ext->dense)
        return hll_count(ext->block, mask);
    if (ext->block)
        return set_count(ext->block, mask);
    unsigned n = 0;
    for (int i = 0; i < DISTINCT_INLINE; i++)
        n += (ext->values.mask[i] & mask) != 0;
    return n;
}

void distinct_drop(struct node *ext, size_t *bytes)
{
    if (ext->dense)
        hll_free(ext->block, bytes);
    else if (ext->block)
        set_free(ext->block, bytes);
    ext->block = NULL;
    ext->dense = 0;
}

/* ---- for sharing ---- */

uint32_t distinct_slot_count(const struct node *ext, unsigned slot)
{
    if (ext->block)
        return ((const struct set *)ext->block)->in_slot[slot];
    uint32_t n = 0;
    for (int i = 0; i < DISTINCT_INLINE; i++)
        n += ext->values.mask[i] >> slot & 1;
    return n;
}

void distinct_each(const struct node *ext, unsigned slot,
                   void (*fn)(void *arg, uint64_t value), void *arg)
{
    const struct set *t = ext->block;
    uint32_t n = t ? t->cap : DISTINCT_INLINE;
    const uint16_t *mask = t ? t->mask : ext->values.mask;
    const uint64_t *value = t ? t->value : ext->values.value;
    for (uint32_t i = 0; i < n; i++)
        if (mask[i] >> slot & 1)
            fn(arg, value[i]);
}

static void raise(void *arg, uint64_t value)
{
    hll_raise(arg, value);
}

void distinct_registers(const struct node *ext, unsigned slot, uint8_t *out)
{
    if (distinct_is_dense(ext)) {
        hll_copy(ext->block, slot, out);
        return;
    }
    memset(out, 0, HLL_REGISTERS);
    distinct_each(ext, slot, raise, out);
}

void distinct_merge(struct node *ext, unsigned slot, const uint8_t *registers,
                    size_t *bytes)
{
    if (!ext->block)
        inline_to_set(ext, bytes);
    if (!ext->dense) {
        ext->block = set_to_hll(ext->block, bytes);
        ext->dense = 1;
    }
    hll_merge(ext->block, slot, registers, bytes);
}
