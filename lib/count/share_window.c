/* What is exchanged of a window: its slices' numbers, with members or registers. */
#include <math.h>

#include "lib/base/limits.h"
#include "lib/count/share_state.h"
#include "lib/count/window.h"

enum {
    THOUSANDTHS = 1000,
    REPEATS = 8, /* share of the known records that may wait where no member is new */
    TTL_SPARE_MS = 60 * 1000,
};

/* ---- the node's numbers: 0 records, 1 amounts in thousandths, or hits ---- */

static int64_t number_get(const struct node *n, const struct node *ext, unsigned i,
                          unsigned k)
{
    if (k == 0)
        return n->slots.count[i];
    return n->type == NODE_RATIO ? ext->hits[i] : llround(ext->sums[i] * THOUSANDTHS);
}

static uint32_t add_saturated(uint32_t to, int64_t add)
{
    return add > UINT32_MAX - to ? UINT32_MAX : to + (uint32_t)add;
}

static void number_add(struct node *n, struct node *ext, unsigned i, unsigned k,
                       int64_t add)
{
    if (k == 0)
        n->slots.count[i] = add_saturated(n->slots.count[i], add);
    else if (n->type == NODE_RATIO)
        ext->hits[i] = add_saturated(ext->hits[i], add);
    else
        ext->sums[i] += (double)add / THOUSANDTHS;
}

/* ---- which slices ---- */

static int64_t newest_slice(const struct node *n)
{
    int64_t newest = -1;
    for (unsigned i = 0; i < COUNT_SLOTS; i++) {
        struct slice s = {.turn = n->slots.turn[i], .slot = i};
        if (s.turn && slice_number(s) > newest)
            newest = slice_number(s);
    }
    return newest;
}

static bool has_slice_in(const struct node *n, int64_t end)
{
    for (unsigned i = 0; i < COUNT_SLOTS; i++) {
        struct slice s = {.turn = n->slots.turn[i], .slot = i};
        if (s.turn && slice_number(s) <= end && slice_number(s) > end - COUNT_SLOTS)
            return true;
    }
    return false;
}

/* The slice with which the window of the key ends: now, where the key was seen within it;
 * a record from the future that spoiled a slot does not move it. */
static int64_t end_of(const struct node *n, int64_t window_ms, int64_t now_ms)
{
    int64_t now = slice_number(slice_of(now_ms, window_ms)), newest = newest_slice(n);
    if (newest >= now && newest < now + COUNT_SLOTS)
        return newest;
    return has_slice_in(n, now) ? now : newest;
}

static void forget(struct share_block *b, unsigned i, int64_t slice)
{
    b->slot[i] = (struct share_slot){.slice = slice};
    memset(&b->cell[i * b->numbers], 0, b->numbers * sizeof *b->cell);
    if (b->ids)
        share_ids_clear(&b->ids[i]);
}

static void forget_all(struct share_block *b)
{
    for (unsigned i = 0; i < COUNT_SLOTS; i++)
        forget(b, i, -1);
}

/* The slot now is of that slice; false: it, or the node's, is of a newer one. */
static bool take_slot(struct share_block *b, const struct node *n, int64_t slice)
{
    struct slice at = window_slice(slice);
    if (b->slot[at.slot].slice > slice || n->slots.turn[at.slot] > at.turn)
        return false;
    if (b->slot[at.slot].slice < slice)
        forget(b, at.slot, slice);
    return true;
}

/* ---- asking ---- */

/* Own records of all slices asked for, and what of them is new to the others. */
struct unsent {
    double own, records, amount, members;
};

static bool has_members(const struct share_block *b)
{
    return b->type == NODE_DISTINCT;
}

static void look(struct share_block *b, const struct node *n, struct node *ext,
                 struct rf_share_part *part, struct unsent *u)
{
    struct slice at = window_slice(part->slice);
    bool held = n->slots.turn[at.slot] == at.turn;
    for (unsigned k = 0; held && k < b->numbers; k++) {
        const struct share_cell *cell = &b->cell[at.slot * b->numbers + k];
        int64_t own = number_get(n, ext, at.slot, k) - cell->imported;
        int64_t add = own - cell->sent;
        part->add[k] = add > 0 ? add : 0;
        u->own += k == 0 ? (double)own : 0;
    }
    u->records += (double)part->add[0];
    u->amount += (double)part->add[1] / THOUSANDTHS;
    if (held && has_members(b))
        u->members += share_members_new(b, ext, at.slot);
}

/* New members behind one raised register: few of many members raise one. */
static double raise_weight(const struct rf_count_spec *spec,
                           const struct rf_count_value *v)
{
    bool exact = spec->distinct_cap <= RF_LIMIT_DISTINCT_EXACT;
    return exact ? 1 : fmax(1, v->value / RF_SHARE_REGISTERS_BYTES);
}

/* Is it worth a push? v: what the window holds. */
static bool is_due(const struct share *sh, const struct rf_count_spec *spec,
                   const struct unsent *u, const struct rf_count_value *v)
{
    if (sh->last)
        return u->members + u->records > 0;
    if (rf_count_has_members(spec)) {
        double members = u->members * raise_weight(spec, v);
        return share_step(sh, spec->over, members, members) ||
               ((u->records >= (double)v->records / REPEATS || sh->slack == 0) &&
                share_step(sh, 0, 0, u->records));
    }
    if (spec->kind == RF_COUNT_SUM)
        return share_step(sh, spec->over, u->amount, u->records);
    if (spec->kind == RF_COUNT_RATIO || spec->kind == RF_COUNT_AVERAGE)
        return share_step(sh, fmax(spec->over, (double)v->records), u->records,
                          u->records);
    return share_step(sh, spec->over, u->records, u->records);
}

static void commit(struct share_block *b, struct node *ext, struct rf_share_part *part)
{
    unsigned i = (unsigned)(part->slice % COUNT_SLOTS);
    for (unsigned k = 0; k < b->numbers; k++) {
        b->cell[i * b->numbers + k].sent += part->add[k];
        b->cell[i * b->numbers + k].off += part->add[k];
    }
    if (has_members(b))
        share_members_fill(b, ext, i, part);
}

/* In use here, and at half of `over`: read at every collection. */
static bool is_watched(const struct share *sh, const struct rf_count_spec *spec,
                       double own, int64_t end, const struct rf_count_value *v)
{
    int64_t now = slice_number(slice_of(sh->now_ms, window_clamp(spec->window_ms)));
    return own > 0 && end > now - COUNT_SLOTS &&
           window_measure(spec, v) * 2 >= spec->over;
}

static void head(const struct share_block *b, struct rf_share_ask *ask)
{
    const struct rf_count_spec *spec = &b->spec->spec;
    int64_t window = window_clamp(spec->window_ms);
    bool exact = spec->distinct_cap <= RF_LIMIT_DISTINCT_EXACT;
    ask->form = !has_members(b) ? RF_SHARE_NUMBERS
                : exact         ? RF_SHARE_MEMBERS
                                : RF_SHARE_REGISTERS;
    ask->numbers = b->numbers;
    ask->members_max = spec->distinct_cap + 1;
    ask->ttl_ms = window + window / 4 + TTL_SPARE_MS;
}

/* Registers are large: older slices, which hardly change, are read when a slice ends. */
static void leave_old(struct rf_share_ask *ask, int64_t end)
{
    unsigned n = 0;
    for (unsigned i = 0; i < ask->nparts; i++)
        if (ask->part[i].registers || ask->part[i].add[0] ||
            ask->part[i].slice >= end - 1)
            ask->part[n++] = ask->part[i];
    for (unsigned i = n; i < ask->nparts; i++)
        ask->part[i] = (struct rf_share_part){0};
    ask->nparts = n;
}

static bool prepare(struct rf_counters *c, struct stripe *s, struct node *n,
                    struct share_block *b, struct rf_share_ask *ask)
{
    const struct rf_count_spec *spec = &b->spec->spec;
    struct node *ext = window_extension(s, n);
    struct unsent u = {0};
    struct rf_count_value v;
    int64_t end = end_of(n, window_clamp(spec->window_ms), c->share->now_ms);
    if (!n->shared) {
        forget_all(b);
        n->shared = 1;
        b->stale = true;
    }
    head(b, ask);
    for (int64_t slice = end - COUNT_SLOTS + 1; slice <= end; slice++) {
        if (slice < 0 || !take_slot(b, n, slice))
            continue;
        ask->part[ask->nparts].slice = slice;
        look(b, n, ext, &ask->part[ask->nparts++], &u);
    }
    window_evaluate(spec, n, ext, window_slice(end), &v);
    b->watched = is_watched(c->share, spec, u.own, end, &v);
    ask->adds = is_due(c->share, spec, &u, &v);
    bool reads = !c->share->last && (b->stale || b->watched || end != b->end);
    if (!ask->adds && !reads)
        return false;
    for (unsigned i = 0; i < ask->nparts; i++) {
        ask->part[i].card = b->slot[ask->part[i].slice % COUNT_SLOTS].card;
        if (ask->adds)
            commit(b, ext, &ask->part[i]);
        else
            memset(ask->part[i].add, 0, sizeof ask->part[i].add);
    }
    if (ask->form == RF_SHARE_REGISTERS && !b->stale && end == b->end)
        leave_old(ask, end);
    b->stale = false;
    b->end = end;
    return ask->nparts > 0;
}

/* ---- answers ---- */

/* A total that fell: the store lost data. What it holds now counts as known, and what was
 * sent without a reply may still come. */
static void take_total(struct node *n, struct node *ext, unsigned i, unsigned k,
                       struct share_cell *cell, int64_t total)
{
    if (total < cell->last)
        cell->off = total - cell->imported + cell->lost;
    cell->last = total;
    int64_t others = total - cell->off;
    if (others <= cell->imported)
        return;
    number_add(n, ext, i, k, others - cell->imported);
    cell->imported = others;
}

static void take_part(struct stripe *s, struct node *n, struct node *ext,
                      struct share_block *b, const struct rf_share_part *part,
                      const struct rf_share_got *got)
{
    struct slice at = window_slice(part->slice);
    struct share_slot *slot = &b->slot[at.slot];
    if (slot->slice != part->slice || n->slots.turn[at.slot] > at.turn)
        return;
    bool empty = got->total[0] == 0 && got->card == 0 && !got->registers;
    if (n->slots.turn[at.slot] < at.turn && !empty)
        window_begin_slice(s, n, ext, at);
    if (n->slots.turn[at.slot] != at.turn)
        return;
    for (unsigned k = 0; k < b->numbers; k++)
        take_total(n, ext, at.slot, k, &b->cell[at.slot * b->numbers + k], got->total[k]);
    if (has_members(b))
        share_members_take(s, b, ext, at.slot, part, got);
}

static double own_records(const struct share_block *b, const struct node *n, int64_t end)
{
    double own = 0;
    for (unsigned i = 0; i < COUNT_SLOTS; i++) {
        struct slice at = {.turn = n->slots.turn[i], .slot = i};
        int64_t slice = slice_number(at);
        if (at.turn && slice <= end && slice > end - COUNT_SLOTS)
            own += n->slots.count[i];
        if (at.turn && b->slot[i].slice == slice)
            own -= (double)b->cell[i * b->numbers].imported;
    }
    return own;
}

static void answer(struct rf_counters *c, struct stripe *s, struct node *n,
                   struct share_block *b, const struct rf_share_ask *ask,
                   const struct rf_share_reply *reply)
{
    const struct rf_count_spec *spec = &b->spec->spec;
    struct node *ext = window_extension(s, n);
    struct rf_count_value v;
    for (unsigned i = 0; i < ask->nparts; i++)
        take_part(s, n, ext, b, &ask->part[i], &reply->part[i]);
    int64_t end = end_of(n, window_clamp(spec->window_ms), c->share->now_ms);
    window_evaluate(spec, n, ext, window_slice(end), &v);
    b->watched = is_watched(c->share, spec, own_records(b, n, end), end, &v);
    if (s->block_bytes > c->blocks_per_stripe)
        table_trim(c, s, n, (uint32_t)(c->share->now_ms / 1000));
}

const struct share_form share_window = {prepare, answer};
