#include "daemon/store/part.h"

extern const struct store_part store_totals;
extern const struct store_part store_counters;
extern const struct store_part store_health;
extern const struct store_part store_control;
extern const struct store_part store_lists;
extern const struct store_part store_marks;
extern const struct store_part store_events;

const struct store_part *const store_parts[] = {
    &store_health, &store_control, &store_counters, &store_lists,
    &store_totals, &store_marks,   &store_events,
};
const unsigned store_nparts = sizeof store_parts / sizeof *store_parts;
