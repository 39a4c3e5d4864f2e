/* Reading the rows by slot, for who shares them. */
#include "daemon/ops/totals_file.h"

#include <stdlib.h>

int totals_row_of(const struct totals *t, uint32_t hour)
{
    int64_t number = totals_hour_number(hour);
    int i = (int)((number < 0 ? 0 : number) % TOTALS_ROWS);
    return number >= 0 && totals_hour_at(t, (unsigned)i) == hour ? i : -1;
}

struct rf_str totals_id(const struct totals *t)
{
    return rf_str(t->file->header.id, TOTALS_ID_BYTES);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

size_t totals_hours(const struct totals *t, uint32_t hours[TOTALS_HOURS_MAX])
{
    size_t n = 0;
    for (unsigned i = 0; i < TOTALS_ROWS; i++) {
        uint32_t hour = totals_hour_at(t, i);
        if (hour)
            hours[n++] = hour;
    }
    qsort(hours, n, sizeof *hours, by_value);
    return n;
}

uint32_t totals_cells(const struct totals *t, uint32_t hour, uint64_t *cell)
{
    uint32_t end = __atomic_load_n(&t->end, __ATOMIC_ACQUIRE);
    int row = totals_row_of(t, hour);
    for (uint32_t slot = 0; row >= 0 && slot < end; slot++)
        cell[slot] += __atomic_load_n(&t->file->row[row].cell[slot], __ATOMIC_RELAXED);
    return end;
}

struct rf_str totals_field(const struct totals *t, uint32_t slot)
{
    bool valid = __atomic_load_n(&t->file->name[slot].state, __ATOMIC_ACQUIRE);
    return valid ? totals_name(t, slot) : RF_STR("");
}
