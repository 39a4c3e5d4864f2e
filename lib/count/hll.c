#include "lib/count/hll.h"

#include "lib/base/mem.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    HLL_RANKS = 40, /* ranks above are cut: 2^52 values would be needed to see one */
    HLL_SLOTS = 9,
};

struct hll {
    uint8_t *slot[HLL_SLOTS]; /* registers, or NULL: nothing seen */
    uint16_t merged_mask;     /* slots that `merged` is the union of */
    bool stale;               /* merged changed since the estimate */
    double estimate;
    uint32_t histogram[HLL_RANKS + 2]; /* of merged */
    uint8_t merged[HLL_REGISTERS];
};

static void merged_empty(struct hll *h)
{
    memset(h->merged, 0, sizeof h->merged);
    memset(h->histogram, 0, sizeof h->histogram);
    h->histogram[0] = HLL_REGISTERS;
    h->merged_mask = 0;
    h->stale = true;
}

struct hll *hll_new(size_t *bytes)
{
    struct hll *h = rf_mem_calloc(1, sizeof *h);
    merged_empty(h);
    *bytes += sizeof *h;
    return h;
}

void hll_clear(struct hll *h, unsigned slot, size_t *bytes)
{
    if (!h->slot[slot])
        return;
    free(h->slot[slot]);
    h->slot[slot] = NULL;
    *bytes -= HLL_REGISTERS;
    if (h->merged_mask >> slot & 1)
        merged_empty(h);
}

void hll_free(struct hll *h, size_t *bytes)
{
    for (unsigned s = 0; s < HLL_SLOTS; s++)
        hll_clear(h, s, bytes);
    *bytes -= sizeof *h;
    free(h);
}

static void raise_register(struct hll *h, unsigned i, uint8_t rank)
{
    if (h->merged[i] >= rank)
        return;
    h->histogram[h->merged[i]]--;
    h->histogram[rank]++;
    h->merged[i] = rank;
    h->stale = true;
}

static unsigned register_of(uint64_t value)
{
    return (unsigned)(value >> (64 - HLL_BITS));
}

static uint8_t rank_of(uint64_t value)
{
    uint64_t rest = value << HLL_BITS;
    unsigned zeros = rest ? (unsigned)__builtin_clzll(rest) : 64;
    return (uint8_t)(zeros < HLL_RANKS ? zeros + 1 : HLL_RANKS + 1);
}

static void need_slot(struct hll *h, unsigned slot, size_t *bytes)
{
    if (h->slot[slot])
        return;
    h->slot[slot] = rf_mem_calloc(HLL_REGISTERS, 1);
    *bytes += HLL_REGISTERS;
}

static void raise_in(struct hll *h, unsigned slot, unsigned i, uint8_t rank)
{
    if (h->slot[slot][i] >= rank)
        return;
    h->slot[slot][i] = rank;
    if (h->merged_mask >> slot & 1)
        raise_register(h, i, rank);
}

void hll_add(struct hll *h, unsigned slot, uint64_t value, size_t *bytes)
{
    need_slot(h, slot, bytes);
    raise_in(h, slot, register_of(value), rank_of(value));
}

void hll_raise(uint8_t *registers, uint64_t value)
{
    uint8_t *r = &registers[register_of(value)];
    *r = *r > rank_of(value) ? *r : rank_of(value);
}

void hll_copy(const struct hll *h, unsigned slot, uint8_t *out)
{
    if (h->slot[slot])
        memcpy(out, h->slot[slot], HLL_REGISTERS);
    else
        memset(out, 0, HLL_REGISTERS);
}

/* From outside: ranks above the highest are cut. */
void hll_merge(struct hll *h, unsigned slot, const uint8_t *registers, size_t *bytes)
{
    need_slot(h, slot, bytes);
    for (unsigned i = 0; i < HLL_REGISTERS; i++)
        raise_in(h, slot, i, registers[i] > HLL_RANKS + 1 ? HLL_RANKS + 1 : registers[i]);
}

static double sigma(double x)
{
    double y = 1, z = x, before;
    do {
        x *= x;
        before = z;
        z += x * y;
        y += y;
    } while (z != before);
    return z;
}

static double tau(double x)
{
    if (x <= 0 || x >= 1)
        return 0;
    double y = 1, z = 1 - x, before;
    do {
        x = sqrt(x);
        before = z;
        y *= 0.5;
        z -= (1 - x) * (1 - x) * y;
    } while (z != before);
    return z / 3;
}

static double estimate(const uint32_t *histogram)
{
    const double m = HLL_REGISTERS;
    if (histogram[0] == HLL_REGISTERS)
        return 0;
    double z = m * tau(1 - histogram[HLL_RANKS + 1] / m);
    for (int k = HLL_RANKS; k >= 1; k--)
        z = 0.5 * (z + histogram[k]);
    z += m * sigma(histogram[0] / m);
    return 0.72134752044448170368 * m * m / z; /* 1 / (2 ln 2) */
}

static void merge(struct hll *h, uint16_t mask)
{
    merged_empty(h);
    for (unsigned s = 0; s < HLL_SLOTS; s++)
        if (mask >> s & 1)
            for (unsigned i = 0; i < HLL_REGISTERS; i++)
                h->merged[i] =
                    h->merged[i] > h->slot[s][i] ? h->merged[i] : h->slot[s][i];
    h->histogram[0] = 0;
    for (unsigned i = 0; i < HLL_REGISTERS; i++)
        h->histogram[h->merged[i]]++;
    h->merged_mask = mask;
}

double hll_count(struct hll *h, uint16_t mask)
{
    uint16_t held = 0;
    for (unsigned s = 0; s < HLL_SLOTS; s++)
        held |= (uint16_t)((h->slot[s] != NULL) << s);
    if ((mask & held) != h->merged_mask)
        merge(h, mask & held);
    if (h->stale) {
        h->estimate = estimate(h->histogram);
        h->stale = false;
    }
    return h->estimate;
}
