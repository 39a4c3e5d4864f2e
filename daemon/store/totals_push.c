#include "daemon/store/totals_push.h"

#include <stdlib.h>

#include "lib/base/mem.h"

enum {
    SHEETS = 4,
    DUE_MAX = TOTALS_HOURS_MAX + TOTALS_HOURS_MAX / 24 + 2 + SHEETS,
};

/* A hash that still changes: what is confirmed of it, by slot. */
struct sheet {
    uint32_t key; /* 0: none */
    bool day;
    uint64_t confirmed[TOTALS_SLOTS];
};

/* A hash to be gone through once. */
struct due {
    uint32_t key;
    bool day;
    uint32_t confirmed, sent; /* slots below are; `sent` begins anew each round */
};

struct totals_push {
    const struct totals *totals;
    unsigned keep_days;
    bool all; /* due, and not yet laid out */
    uint32_t now;
    struct sheet sheet[SHEETS];
    struct due due[DUE_MAX];
    size_t ndue;
    /* the round */
    unsigned at_sheet;
    size_t at_due;
    uint32_t slot;        /* of the sheet */
    uint32_t filled, end; /* whose values `value` holds */
    uint64_t value[TOTALS_SLOTS];
};

struct totals_push *totals_push_new(const struct totals *t, unsigned keep_days)
{
    struct totals_push *p = rf_mem_calloc(1, sizeof *p);
    p->totals = t;
    p->keep_days = keep_days;
    p->all = true;
    return p;
}

void totals_push_free(struct totals_push *p)
{
    free(p);
}

void totals_push_all(struct totals_push *p)
{
    p->all = true;
}

size_t totals_push_due(const struct totals_push *p)
{
    size_t n = p->all;
    for (size_t i = 0; i < p->ndue; i++)
        n += p->due[i].confirmed != UINT32_MAX;
    return n;
}

/* ---- ages ------------------------------------------------------------------------- */

static int64_t first_hour(uint32_t key, bool day)
{
    return totals_hour_number(day ? key * 100 : key);
}

/* Hours since its beginning, at least 0. */
static uint32_t age_h(const struct totals_push *p, uint32_t key, bool day)
{
    int64_t age = totals_hour_number(p->now) - first_hour(key, day);
    return age < 0 ? 0 : (uint32_t)age;
}

static bool too_old(const struct totals_push *p, uint32_t key, bool day)
{
    uint32_t age = age_h(p, key, day);
    return day ? age / 24 > TOTALS_WEEK_H / 24 || age / 24 > p->keep_days
               : age > TOTALS_WEEK_H;
}

/* ---- laying out ------------------------------------------------------------------- */

static void add_due(struct totals_push *p, uint32_t key, bool day)
{
    for (size_t i = 0; i < p->ndue; i++)
        if (p->due[i].key == key && p->due[i].day == day)
            return;
    if (p->ndue < DUE_MAX && !too_old(p, key, day))
        p->due[p->ndue++] = (struct due){.key = key, .day = day};
}

/* The newest first, each day before its hours. */
static void lay_out(struct totals_push *p)
{
    uint32_t hours[TOTALS_HOURS_MAX];
    size_t n = totals_hours(p->totals, hours);
    p->all = false;
    p->ndue = 0;
    for (size_t i = 0; i < SHEETS; i++)
        memset(p->sheet[i].confirmed, 0, sizeof p->sheet[i].confirmed);
    while (n--) {
        add_due(p, hours[n] / 100, true);
        add_due(p, hours[n], false);
    }
}

/* A day is the sum of its hours. */
static void fill(struct totals_push *p, uint32_t key, bool day)
{
    if (p->filled == key)
        return;
    p->filled = key;
    memset(p->value, 0, sizeof p->value);
    if (!day) {
        p->end = totals_cells(p->totals, key, p->value);
        return;
    }
    for (uint32_t h = 0; h < 24; h++)
        p->end = totals_cells(p->totals, key * 100 + h, p->value);
}

static bool is_clean(struct totals_push *p, const struct sheet *s)
{
    fill(p, s->key, s->day);
    for (uint32_t slot = 0; slot < p->end; slot++)
        if (p->value[slot] > s->confirmed[slot])
            return false;
    return true;
}

static struct sheet *find_sheet(struct totals_push *p, uint32_t key, bool day)
{
    for (unsigned i = 0; i < SHEETS; i++)
        if (p->sheet[i].key == key && p->sheet[i].day == day)
            return &p->sheet[i];
    return NULL;
}

/* A sheet that is none of those wanted; what is open in it stays due. */
static void replace_sheet(struct totals_push *p, const uint32_t want[SHEETS],
                          uint32_t key, bool day)
{
    for (unsigned i = 0; i < SHEETS; i++) {
        struct sheet *s = &p->sheet[i];
        bool wanted = false;
        for (unsigned k = 0; k < SHEETS; k++)
            wanted |= s->key && s->key == want[k];
        if (wanted)
            continue;
        if (s->key && !is_clean(p, s))
            add_due(p, s->key, s->day);
        memset(s, 0, sizeof *s);
        s->key = key;
        s->day = day;
        return;
    }
}

static void turn_sheets(struct totals_push *p, uint32_t now, uint32_t before)
{
    const uint32_t want[SHEETS] = {now / 100, now, before / 100, before};
    for (unsigned k = 0; k < SHEETS; k++)
        if (!find_sheet(p, want[k], k % 2 == 0))
            replace_sheet(p, want, want[k], k % 2 == 0);
}

/* Those with a sheet, done or too old leave. */
static void tidy_due(struct totals_push *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->ndue; i++) {
        struct due *d = &p->due[i];
        d->sent = d->confirmed;
        if (d->confirmed != UINT32_MAX && !too_old(p, d->key, d->day) &&
            !find_sheet(p, d->key, d->day))
            p->due[kept++] = *d;
    }
    p->ndue = kept;
}

void totals_push_round(struct totals_push *p, uint32_t now, uint32_t before)
{
    if (totals_hour_number(now) < totals_hour_number(p->now))
        p->all = true; /* the clock was set back: what seemed too old may not be */
    p->now = now;
    p->filled = 0;
    turn_sheets(p, now, before);
    if (p->all)
        lay_out(p);
    tidy_due(p);
    p->at_sheet = 0;
    p->at_due = 0;
    p->slot = 0;
    p->filled = 0;
}

/* ---- batches ---------------------------------------------------------------------- */

/* Put the fields that differ from what is confirmed (NULL: from 0) into the batch. */
static void collect(struct totals_push *p, struct totals_batch *b, uint32_t key, bool day,
                    uint32_t from, const uint64_t *confirmed)
{
    fill(p, key, day);
    b->key = key;
    b->day = day;
    b->age_h = age_h(p, key, day);
    b->from = from;
    b->n = 0;
    uint32_t slot = from;
    for (; slot < p->end && b->n < TOTALS_BATCH; slot++) {
        if (p->value[slot] <= (confirmed ? confirmed[slot] : 0) ||
            !totals_field(p->totals, slot).n)
            continue;
        b->slot[b->n] = slot;
        b->value[b->n++] = p->value[slot];
    }
    b->end = slot < p->end ? slot : UINT32_MAX;
}

static bool next_of_sheets(struct totals_push *p, struct totals_batch *b)
{
    while (p->at_sheet < SHEETS) {
        struct sheet *s = &p->sheet[p->at_sheet];
        if (s->key && !too_old(p, s->key, s->day)) {
            collect(p, b, s->key, s->day, p->slot, s->confirmed);
            p->slot = b->end;
            if (b->n)
                return true;
        }
        p->at_sheet++;
        p->slot = 0;
    }
    return false;
}

static bool next_of_due(struct totals_push *p, struct totals_batch *b)
{
    while (p->at_due < p->ndue) {
        struct due *d = &p->due[p->at_due];
        if (d->sent != UINT32_MAX) {
            collect(p, b, d->key, d->day, d->sent, NULL);
            d->sent = b->end;
            if (b->n)
                return true;
            if (d->confirmed == b->from)
                d->confirmed = b->end;
        }
        p->at_due++;
    }
    return false;
}

bool totals_push_next(struct totals_push *p, struct totals_batch *b)
{
    return next_of_sheets(p, b) || next_of_due(p, b);
}

void totals_push_confirm(struct totals_push *p, const struct totals_batch *b)
{
    struct sheet *s = find_sheet(p, b->key, b->day);
    for (unsigned i = 0; s && i < b->n; i++)
        if (s->confirmed[b->slot[i]] < b->value[i])
            s->confirmed[b->slot[i]] = b->value[i];
    for (size_t i = 0; i < p->ndue; i++) {
        struct due *d = &p->due[i];
        if (d->key == b->key && d->day == b->day && d->confirmed == b->from)
            d->confirmed = b->end;
    }
}
