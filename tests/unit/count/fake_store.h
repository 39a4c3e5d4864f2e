/* What several counter tables share, in memory, as the real store would: numbers that are
 * added to, sets that are joined, registers that are merged. Answers come at once or when
 * told, may be lost (done or not), come late or be refused. */
#ifndef TESTS_COUNT_FAKE_STORE_H
#define TESTS_COUNT_FAKE_STORE_H

#include <stdlib.h>
#include <string.h>

#include "lib/count/share.h"

enum { STORE_MAX = 4096, STORE_MEMBERS = 2048, STORE_PEAKS = 1024 };

struct item {
    uint64_t cond;
    struct rf_hash128 key;
    int64_t slice; /* -1: of the key itself */
    int64_t total[2];
    uint64_t member[STORE_MEMBERS];
    uint32_t nmembers;
    bool has_registers;
    uint8_t registers[RF_SHARE_REGISTERS_BYTES];
    int64_t first_ms;
    struct rf_share_peak peak[STORE_PEAKS];
    size_t npeaks;
};

enum fate { DONE, LOST_DONE, LOST_NOT, LOST_LATE, REFUSED };

struct store {
    struct item *item[STORE_MAX];
    unsigned n;
    struct rf_share_ask late[STORE_MAX]; /* numbers only */
    unsigned nlate;
    unsigned asks, adding, refuse_after;
    enum fate (*fate)(void);
    struct rf_counters *c; /* whose asks come now */
};

static inline struct item *store_find(struct store *st, const struct rf_share_ask *a,
                                      int64_t slice)
{
    for (unsigned i = 0; i < st->n; i++) {
        struct item *it = st->item[i];
        if (it->cond == a->cond && it->slice == slice && it->key.lo == a->key.lo &&
            it->key.hi == a->key.hi)
            return it;
    }
    return NULL;
}

static inline struct item *store_item(struct store *st, const struct rf_share_ask *a,
                                      int64_t slice)
{
    struct item *it = store_find(st, a, slice);
    if (it)
        return it;
    if (st->n == STORE_MAX)
        abort();
    it = calloc(1, sizeof *it);
    it->cond = a->cond;
    it->key = a->key;
    it->slice = slice;
    st->item[st->n++] = it;
    return it;
}

static inline void store_clear(struct store *st)
{
    while (st->n > 0)
        free(st->item[--st->n]);
}

static inline uint32_t store_join(struct item *it, const struct rf_share_part *p,
                                  uint32_t max)
{
    uint32_t added = 0;
    for (uint32_t i = 0; i < p->nmembers && it->nmembers < max; i++) {
        uint32_t k = 0;
        while (k < it->nmembers && it->member[k] != p->members[i])
            k++;
        if (k < it->nmembers)
            continue;
        it->member[it->nmembers++] = p->members[i];
        added++;
    }
    return added;
}

static inline void store_merge(struct item *it, const uint8_t *registers)
{
    it->has_registers = true;
    for (unsigned i = 0; i < sizeof it->registers; i++)
        if (registers[i] > it->registers[i])
            it->registers[i] = registers[i];
}

static inline void store_part(struct store *st, const struct rf_share_ask *a, unsigned i,
                              struct rf_share_got *got)
{
    const struct rf_share_part *p = &a->part[i];
    static struct item none;
    bool adds = p->add[0] || p->add[1] || p->nmembers || p->registers;
    struct item *it = store_find(st, a, p->slice);
    it = it ? it : adds ? store_item(st, a, p->slice) : &none;
    uint32_t added = store_join(it, p, a->members_max);
    for (unsigned k = 0; k < 2; k++)
        got->total[k] = it->total[k] += p->add[k];
    got->card = it->nmembers;
    got->has_members = it->nmembers != p->card + added;
    if (got->has_members) {
        got->members = it->member;
        got->nmembers = it->nmembers;
    }
    if (p->registers)
        store_merge(it, p->registers);
    if (it->has_registers)
        got->registers = it->registers;
}

static inline void store_peak(struct item *it, struct rf_share_peak p)
{
    size_t i = 0;
    while (i < it->npeaks && it->peak[i].hour != p.hour)
        i++;
    if (i == it->npeaks)
        it->peak[it->npeaks++] = p;
    else if (p.peak > it->peak[i].peak)
        it->peak[i].peak = p.peak;
}

static inline void store_do(struct store *st, const struct rf_share_ask *a,
                            struct rf_share_reply *r)
{
    memset(r, 0, sizeof *r);
    for (unsigned i = 0; i < a->nparts; i++)
        store_part(st, a, i, &r->part[i]);
    if (a->form == RF_SHARE_FIRST) {
        struct item *it = store_item(st, a, -1);
        if (it->first_ms == 0 || a->first_ms < it->first_ms)
            it->first_ms = a->first_ms;
        r->first_ms = it->first_ms;
    } else if (a->form == RF_SHARE_PEAKS) {
        struct item *it = store_item(st, a, -1);
        for (int i = 0; i < 2; i++)
            if (a->peak[i].hour)
                store_peak(it, a->peak[i]);
        if (a->all) {
            r->peaks = it->peak;
            r->npeaks = it->npeaks;
        }
    }
}

static inline bool store_take(void *arg, struct rf_share_ask *ask)
{
    struct store *st = arg;
    struct rf_share_reply r;
    enum fate fate = st->fate ? st->fate() : DONE;
    if (st->refuse_after && st->asks >= st->refuse_after)
        return false;
    st->asks++;
    st->adding += ask->adds;
    if (fate == DONE || fate == LOST_DONE)
        store_do(st, ask, &r);
    if (fate == LOST_LATE && st->nlate < STORE_MAX)
        st->late[st->nlate++] = *ask;
    if (fate == DONE)
        rf_share_answer(st->c, ask, &r);
    else if (fate == REFUSED)
        rf_share_refused(st->c, ask);
    else
        rf_share_lost(st->c, ask);
    return true;
}

/* Commands of connections long gone run now. */
static inline void store_run_late(struct store *st)
{
    for (unsigned i = 0; i < st->nlate; i++) {
        struct rf_share_ask *a = &st->late[i];
        for (unsigned k = 0; k < a->nparts; k++) {
            struct item *it = store_item(st, a, a->part[k].slice);
            it->total[0] += a->part[k].add[0];
            it->total[1] += a->part[k].add[1];
        }
    }
    st->nlate = 0;
}

static inline size_t store_flush(struct store *st, struct rf_counters *c, int64_t now_ms)
{
    st->c = c;
    return rf_share_collect(c, now_ms, store_take, st);
}

#endif
