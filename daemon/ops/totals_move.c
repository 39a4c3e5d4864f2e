/* Moving hours from the mapped rows to the days' files. Cold. */
#include "daemon/ops/totals_file.h"

#include "lib/base/mem.h"

#include <stdlib.h>

void totals_row_clear(struct totals *t, unsigned i)
{
    __atomic_store_n(&t->file->hour[i], 0, __ATOMIC_RELEASE);
    memset(&t->file->row[i], 0, sizeof t->file->row[i]);
}

static bool is_old(uint32_t hour, int64_t now)
{
    return hour && totals_hour_number(hour) < now - TOTALS_HOURS_KEPT;
}

bool totals_row_included(const struct totals *t, const struct totals_day *d, unsigned i)
{
    return d->mark[totals_hour_at(t, i) % 100] == t->file->mark[i];
}

void totals_row_include(struct totals *t, struct totals_day *d, unsigned i)
{
    uint32_t end = __atomic_load_n(&t->end, __ATOMIC_ACQUIRE);
    for (uint32_t s = 0; s < end; s++) {
        uint64_t n = __atomic_load_n(&t->file->row[i].cell[s], __ATOMIC_RELAXED);
        if (n)
            totals_day_count(d, totals_name(t, s), n);
    }
    d->mark[totals_hour_at(t, i) % 100] = t->file->mark[i];
}

/* Move those rows of a day to its file, and clear them; under move_lock. */
static int move_rows(struct totals *t, uint32_t day, const bool *rows, char *message,
                     size_t bytes)
{
    struct totals_day d;
    totals_day_init(&d, day);
    int rc = totals_day_load(t, &d, message, bytes);
    if (rc == 1) {
        totals_day_set_aside(t, day);
        totals_day_fini(&d);
        totals_day_init(&d, day);
        rc = 0;
    }
    bool changed = false;
    for (unsigned i = 0; rc == 0 && i < TOTALS_ROWS; i++)
        if (rows[i] && totals_hour_at(t, i) / 100 == day &&
            !totals_row_included(t, &d, i)) {
            totals_row_include(t, &d, i);
            changed = true;
        }
    if (rc == 0 && changed)
        rc = totals_day_store(t, &d, message, bytes);
    pthread_mutex_lock(&t->lock);
    for (unsigned i = 0; rc == 0 && i < TOTALS_ROWS; i++)
        if (rows[i] && totals_hour_at(t, i) / 100 == day)
            totals_row_clear(t, i);
    pthread_mutex_unlock(&t->lock);
    totals_day_fini(&d);
    return rc;
}

void totals_row_make_way(struct totals *t, unsigned i)
{
    bool rows[TOTALS_ROWS] = {false};
    char message[256]; /* a failure shows as a lost hour */
    rows[i] = true;
    pthread_mutex_lock(&t->move_lock);
    uint32_t hour = totals_hour_at(t, i);
    if (hour)
        (void)move_rows(t, hour / 100, rows, message, sizeof message);
    pthread_mutex_unlock(&t->move_lock);
}

static void delete_old_days(struct totals *t, int64_t now)
{
    enum { MAX = 40000 }; /* a hundred years */
    uint32_t *days = rf_mem_calloc(MAX, sizeof *days);
    size_t n = totals_day_list(t, days, MAX);
    for (size_t i = 0; i < n; i++)
        if (totals_hour_number(days[i] * 100) < now - (int64_t)t->keep_days * 24)
            totals_day_delete(t, days[i]);
    free(days);
}

int totals_tick(struct totals *t, uint32_t now, char *message, size_t message_bytes)
{
    int64_t number = totals_hour_number(now);
    bool old[TOTALS_ROWS], any = false;
    int rc = 0;
    for (unsigned i = 0; i < TOTALS_ROWS; i++)
        any |= old[i] = number >= 0 && is_old(totals_hour_at(t, i), number);
    if (!any)
        return 0;
    pthread_mutex_lock(&t->move_lock);
    for (unsigned i = 0; i < TOTALS_ROWS; i++) {
        uint32_t hour = old[i] ? totals_hour_at(t, i) : 0;
        if (hour)
            rc |= move_rows(t, hour / 100, old, message, message_bytes);
    }
    pthread_mutex_unlock(&t->move_lock);
    delete_old_days(t, number);
    return rc ? -1 : 0;
}
