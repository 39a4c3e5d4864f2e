/* A time zone as a flat table of offsets, made once by ICU at load time. Immutable. */
#ifndef RF_RULESET_ZONE_H
#define RF_RULESET_ZONE_H

#include "lib/base/arena.h"

struct rf_zone_change {
    int64_t from_ms;   /* UTC */
    int32_t offset_ms; /* east of UTC */
};

struct rf_zone {
    struct rf_zone_change *changes; /* sorted; the first holds since ever */
    uint32_t n;
};

/* Civil time in a zone. */
struct rf_civil {
    int64_t days; /* since 1970-01-01 */
    int year, month, day, hour, minute;
    int weekday; /* 0 Monday to 6 Sunday */
};

/* Table of the IANA zone `name` for 1970 to 2100. RF_ERR_NOENT: no such zone. */
int rf_zone_init(struct rf_zone *z, struct rf_arena *a, struct rf_str name);
/* Offset from UTC in ms at ts_ms (of the last change not after it). */
int32_t rf_zone_offset(const struct rf_zone *z, int64_t ts_ms);
/* Civil time of ts_ms. */
void rf_zone_civil(const struct rf_zone *z, int64_t ts_ms, struct rf_civil *out);
/* Civil day to days since 1970-01-01 (proleptic Gregorian). */
int64_t rf_zone_days(int year, int month, int day);

#endif
