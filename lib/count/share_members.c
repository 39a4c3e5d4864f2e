/* The different values of one slice, exchanged: exact ones as a set, joined by everybody,
 * which takes no harm from being told twice; above the exact limit as registers. */
#include <stdlib.h>

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/count/distinct.h"
#include "lib/count/hll.h"
#include "lib/count/share_state.h"

_Static_assert(RF_SHARE_REGISTERS_BYTES == HLL_REGISTERS, "one byte a register");

static bool is_exact(const struct share_block *b)
{
    return b->spec->spec.distinct_cap <= RF_LIMIT_DISTINCT_EXACT;
}

struct scan {
    const struct share_ids *known;
    uint64_t *out;
    uint32_t n;
};

static void count_new(void *arg, uint64_t value)
{
    struct scan *scan = arg;
    if (share_ids_has(scan->known, value))
        return;
    if (scan->out)
        scan->out[scan->n] = value;
    scan->n++;
}

/* Registers raised since the last exchange. */
static uint32_t registers_new(const struct node *ext, const struct share_ids *known,
                              unsigned i)
{
    uint8_t now[HLL_REGISTERS];
    const uint8_t *then = (const uint8_t *)known->id;
    uint32_t n = 0;
    distinct_registers(ext, i, now);
    for (unsigned r = 0; r < HLL_REGISTERS; r++)
        n += now[r] > (then ? then[r] : 0);
    return n;
}

uint32_t share_members_new(struct share_block *b, struct node *ext, unsigned i)
{
    struct share_slot *slot = &b->slot[i];
    struct scan scan = {.known = &b->ids[i]};
    if (!is_exact(b))
        return registers_new(ext, &b->ids[i], i);
    if (distinct_is_dense(ext) || distinct_slot_count(ext, i) == slot->seen)
        return 0;
    distinct_each(ext, i, count_new, &scan);
    if (scan.n == 0)
        slot->seen = distinct_slot_count(ext, i);
    return scan.n;
}

void share_members_fill(struct share_block *b, struct node *ext, unsigned i,
                        struct rf_share_part *part)
{
    uint32_t n = share_members_new(b, ext, i);
    if (n == 0)
        return;
    if (!is_exact(b)) {
        part->registers = rf_mem_alloc(HLL_REGISTERS);
        distinct_registers(ext, i, part->registers);
        return;
    }
    struct scan scan = {.known = &b->ids[i], .out = rf_mem_alloc(n * sizeof *scan.out)};
    distinct_each(ext, i, count_new, &scan);
    part->members = scan.out;
    part->nmembers = scan.n;
}

/* More than we would ever send there are not remembered: who else writes there? */
static void know(struct share_ids *ids, const uint64_t *members, uint32_t n)
{
    for (uint32_t k = 0; k < n && ids->n < 4 * RF_LIMIT_DISTINCT_EXACT; k++)
        share_ids_add(ids, members[k]);
}

/* Fewer than were known to be there: the store lost some, all are sent again. What a full
 * set did not take is not offered again. */
static void take_exact(struct stripe *s, struct share_block *b, struct node *ext,
                       unsigned i, const struct rf_share_part *part,
                       const struct rf_share_got *got)
{
    struct share_slot *slot = &b->slot[i];
    uint32_t cap = b->spec->spec.distinct_cap;
    if (got->card < slot->card) {
        share_ids_clear(&b->ids[i]);
        slot->seen = 0;
    }
    if (!got->has_members || got->card > cap)
        know(&b->ids[i], part->members, part->nmembers);
    if (got->has_members)
        know(&b->ids[i], got->members, got->nmembers);
    for (uint32_t k = 0; got->has_members && k < got->nmembers; k++)
        distinct_add(ext, i, got->members[k], cap, &s->block_bytes);
    slot->card = got->card;
}

void share_members_take(struct stripe *s, struct share_block *b, struct node *ext,
                        unsigned i, const struct rf_share_part *part,
                        const struct rf_share_got *got)
{
    if (is_exact(b)) {
        if (!distinct_is_dense(ext))
            take_exact(s, b, ext, i, part, got);
        return;
    }
    if (!got->registers)
        return;
    distinct_merge(ext, i, got->registers, &s->block_bytes);
    if (!b->ids[i].id)
        b->ids[i].id = rf_mem_alloc(HLL_REGISTERS);
    memcpy(b->ids[i].id, got->registers, HLL_REGISTERS);
}
