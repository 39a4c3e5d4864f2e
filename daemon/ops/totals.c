#include "daemon/ops/totals_file.h"

#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

static const struct {
    const char *prefix;
    uint32_t max; /* names; their sum leaves 256 for the `other` of each group */
} groups[TOTALS_GROUPS] = {
    [TOTALS_KIND] = {"", 64},          [TOTALS_RULE] = {"rule:", 8192},
    [TOTALS_FRAUD] = {"fraud:", 1024}, [TOTALS_GRID] = {"grid:", 4096},
    [TOTALS_TRUNK] = {"trunk:", 2048}, [TOTALS_FEED] = {"feed:", 704},
};

/* ---- names ---- */

/* Where in the index the name is, or where it would be. */
static uint32_t *index_of(const struct totals *t, struct rf_str name)
{
    uint64_t h = rf_hash_bytes(&t->key, name.p, name.n).lo;
    for (;; h++) {
        uint32_t *p = &t->index[h % TOTALS_INDEX];
        uint32_t slot = __atomic_load_n(p, __ATOMIC_ACQUIRE);
        if (!slot || rf_str_eq(totals_name(t, slot), name))
            return p;
    }
}

static enum totals_group group_of(struct rf_str name)
{
    for (int g = TOTALS_GROUPS - 1; g > TOTALS_KIND; g--)
        if (rf_str_starts(name, rf_str_of(groups[g].prefix)))
            return (enum totals_group)g;
    return TOTALS_KIND;
}

/* Give the name a slot; under the lock. 0: none is free. */
static uint32_t insert(struct totals *t, struct rf_str name, uint32_t *place)
{
    while (t->next_free < TOTALS_FIELDS && t->file->name[t->next_free].state)
        t->next_free++;
    if (t->next_free == TOTALS_FIELDS)
        return 0;
    uint32_t slot = t->next_free++;
    struct totals_name *n = &t->file->name[slot];
    memcpy(n->text, name.p, name.n);
    n->bytes = (uint32_t)name.n;
    if (slot >= t->end)
        __atomic_store_n(&t->end, slot + 1, __ATOMIC_RELEASE);
    __atomic_store_n(&n->state, 1, __ATOMIC_RELEASE); /* from here on it is valid */
    __atomic_store_n(place, slot, __ATOMIC_RELEASE);
    return slot;
}

/* The slot of a name, made within the group's bound; 0: there is none. */
static uint32_t slot_of(struct totals *t, enum totals_group group, struct rf_str name,
                        bool bounded)
{
    uint32_t *place = index_of(t, name);
    uint32_t slot = __atomic_load_n(place, __ATOMIC_ACQUIRE);
    if (slot)
        return slot;
    pthread_mutex_lock(&t->lock);
    place = index_of(t, name); /* another thread may have come first */
    slot = *place;
    if (!slot && !(bounded && t->in_group[group] >= groups[group].max)) {
        slot = insert(t, name, place);
        t->in_group[group] += slot != 0 && bounded;
    }
    pthread_mutex_unlock(&t->lock);
    return slot;
}

/* Appends s with what is no text made "?". */
static size_t append(char *text, size_t at, struct rf_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        text[at + i] = (char)(c < ' ' || c == 0x7f ? '?' : c);
    }
    return at + s.n;
}

/* "grid:G:sms:block" in text; 0: longer than a name may be. Once a record. */
static size_t spell(char text[TOTALS_NAME_MAX + 1], enum totals_group group,
                    struct rf_str name, struct rf_str tail)
{
    struct rf_str prefix = rf_str_of(groups[group].prefix);
    size_t n = 0;
    if (name.n > TOTALS_NAME_MAX || prefix.n + name.n + 1 + tail.n > TOTALS_NAME_MAX)
        return 0;
    if (group != TOTALS_KIND) {
        n = append(text, n, prefix);
        n = append(text, n, name);
        n = append(text, n, RF_STR(":"));
    }
    return append(text, n, tail);
}

uint32_t totals_slot(struct totals *t, enum totals_group group, struct rf_str name,
                     struct rf_str tail)
{
    char text[TOTALS_NAME_MAX + 1];
    size_t n = spell(text, group, name, tail);
    uint32_t slot = n ? slot_of(t, group, rf_str(text, n), true) : 0;
    if (slot)
        return slot;
    __atomic_fetch_add(&t->overflows, 1, __ATOMIC_RELAXED);
    n = spell(text, group, RF_STR("other"), tail);
    return n ? slot_of(t, group, rf_str(text, n), false) : 0;
}

uint64_t totals_overflows(const struct totals *t)
{
    return __atomic_load_n(&t->overflows, __ATOMIC_RELAXED);
}

/* ---- rows ---- */

static void begin_hour(struct totals *t, unsigned i, uint32_t hour)
{
    uint32_t old = totals_hour_at(t, i);
    if (old && old != hour)
        totals_row_make_way(t, i);
    pthread_mutex_lock(&t->lock);
    if (totals_hour_at(t, i) != hour) {
        if (totals_hour_at(t, i)) {
            __atomic_fetch_add(&t->lost_hours, 1, __ATOMIC_RELAXED);
            totals_row_clear(t, i);
        }
        uint64_t mark = 0;
        if (getrandom(&mark, sizeof mark, 0) != sizeof mark || !mark)
            mark = 1;
        t->file->mark[i] = mark;
        __atomic_store_n(&t->file->hour[i], hour, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&t->lock);
}

struct totals_row *totals_row(struct totals *t, uint32_t hour)
{
    int64_t number = totals_hour_number(hour);
    unsigned i = (unsigned)((number < 0 ? 0 : number) % TOTALS_ROWS);
    if (number >= 0 && totals_hour_at(t, i) != hour)
        begin_hour(t, i, hour);
    return &t->file->row[i];
}

void totals_add(struct totals *t, struct totals_row *row, uint32_t slot, uint64_t n)
{
    __atomic_fetch_add(&row->cell[slot], n, __ATOMIC_RELAXED);
    __atomic_fetch_add(&t->since[slot], n, __ATOMIC_RELAXED);
}

uint64_t totals_lost_hours(const struct totals *t)
{
    return __atomic_load_n(&t->lost_hours, __ATOMIC_RELAXED);
}

/* ---- reading ---- */

static void tell(const struct totals *t, const uint64_t *cell, totals_fn fn, void *arg)
{
    uint32_t end = __atomic_load_n(&t->end, __ATOMIC_ACQUIRE);
    for (uint32_t slot = 0; slot < end; slot++) {
        uint64_t n = __atomic_load_n(&cell[slot], __ATOMIC_RELAXED);
        if (n && __atomic_load_n(&t->file->name[slot].state, __ATOMIC_ACQUIRE))
            fn(arg, totals_name(t, slot), n);
    }
}

void totals_since_start(struct totals *t, totals_fn fn, void *arg)
{
    tell(t, t->since, fn, arg);
}

void totals_hour(struct totals *t, uint32_t hour, totals_fn fn, void *arg)
{
    int i = totals_row_of(t, hour);
    if (i >= 0)
        tell(t, t->file->row[i].cell, fn, arg);
}

int totals_day(struct totals *t, uint32_t day, totals_fn fn, void *arg, char *message,
               size_t message_bytes)
{
    struct totals_day d;
    totals_day_init(&d, day);
    pthread_mutex_lock(&t->move_lock);
    int rc = totals_day_load(t, &d, message, message_bytes);
    for (uint32_t h = 0; h < 24; h++) {
        int i = totals_row_of(t, day * 100 + h);
        if (i >= 0 && (rc != 0 || !totals_row_included(t, &d, (unsigned)i)))
            totals_row_include(t, &d, (unsigned)i);
    }
    pthread_mutex_unlock(&t->move_lock);
    for (size_t i = 0; i < d.n; i++)
        fn(arg, d.field[i], d.count[i]);
    totals_day_fini(&d);
    return rc ? -1 : 0;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

size_t totals_days(struct totals *t, uint32_t *days, size_t max)
{
    uint32_t *all = rf_mem_calloc(max + TOTALS_ROWS, sizeof *all);
    size_t n = totals_day_list(t, all, max), k = 0;
    for (unsigned i = 0; i < TOTALS_ROWS; i++) {
        uint32_t hour = totals_hour_at(t, i);
        if (hour)
            all[n++] = hour / 100;
    }
    qsort(all, n, sizeof *all, by_value);
    for (size_t i = 0; i < n && k < max; i++)
        if (k == 0 || days[k - 1] != all[i])
            days[k++] = all[i];
    free(all);
    return k;
}

/* ---- opening ---- */

/* Rows that a kill left half cleared, and names that nothing counts any more. */
static void tidy(struct totals *t)
{
    bool *used = rf_mem_calloc(TOTALS_FIELDS, sizeof *used);
    for (unsigned i = 0; i < TOTALS_ROWS; i++) {
        uint64_t *cell = t->file->row[i].cell;
        if (!cell[0] && memcmp(cell, cell + 1, sizeof *cell * (TOTALS_FIELDS - 1)) == 0)
            continue; /* all are 0 */
        for (uint32_t s = 0; s < TOTALS_FIELDS; s++) {
            if (cell[s] && !t->file->hour[i])
                cell[s] = 0;
            used[s] |= cell[s] != 0;
        }
    }
    for (uint32_t s = 1; s < TOTALS_FIELDS; s++)
        if (!used[s])
            t->file->name[s].state = 0;
    free(used);
}

static void make_index(struct totals *t)
{
    t->index = rf_mem_calloc(TOTALS_INDEX, sizeof *t->index);
    t->next_free = t->end = 1;
    for (uint32_t s = 1; s < TOTALS_FIELDS; s++) {
        if (!t->file->name[s].state)
            continue;
        t->end = s + 1;
        t->in_group[group_of(totals_name(t, s))]++;
        *index_of(t, totals_name(t, s)) = s;
    }
}

int totals_open(const char *dir, uint32_t now, unsigned keep_days, struct totals **out,
                char *message, size_t message_bytes)
{
    struct totals *t = rf_mem_calloc(1, sizeof *t);
    t->keep_days = keep_days;
    t->lock_fd = -1;
    pthread_mutex_init(&t->lock, NULL);
    pthread_mutex_init(&t->move_lock, NULL);
    *message = '\0';
    if (snprintf(t->dir, sizeof t->dir, "%s", dir) >= (int)sizeof t->dir) {
        snprintf(message, message_bytes, "state_dir: the path is too long");
        totals_close(t);
        return -1;
    }
    if (getrandom(&t->key, sizeof t->key, 0) != sizeof t->key ||
        totals_map(t, message, message_bytes) != 0) {
        if (!*message)
            snprintf(message, message_bytes, "no random bytes");
        totals_close(t);
        return -1;
    }
    tidy(t);
    make_index(t);
    t->since = rf_mem_calloc(TOTALS_FIELDS, sizeof *t->since);
    char later[256]; /* tried again, and told, by the next tick */
    (void)totals_tick(t, now, later, sizeof later);
    *out = t;
    return 0;
}

void totals_close(struct totals *t)
{
    if (!t)
        return;
    if (t->file)
        munmap(t->file, sizeof *t->file);
    if (t->lock_fd >= 0)
        close(t->lock_fd);
    pthread_mutex_destroy(&t->lock);
    pthread_mutex_destroy(&t->move_lock);
    free(t->index);
    free(t->since);
    free(t);
}
