#include "lib/ruleset/zone.h"

#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "lib/base/error.h"

#define ZONE_NAME_MAX 64
#define CHANGES_MAX 512
#define MS_PER_DAY INT64_C(86400000)

static int32_t offset_of(UCalendar *cal, UDate when, UErrorCode *err)
{
    ucal_setMillis(cal, when, err);
    return ucal_get(cal, UCAL_ZONE_OFFSET, err) + ucal_get(cal, UCAL_DST_OFFSET, err);
}

static bool known_zone(const UChar *name, int32_t n)
{
    UChar canonical[ZONE_NAME_MAX * 2];
    UBool system = false;
    UErrorCode err = U_ZERO_ERROR;
    ucal_getCanonicalTimeZoneID(name, n, canonical, ZONE_NAME_MAX * 2, &system, &err);
    return U_SUCCESS(err) && system;
}

int rf_zone_init(struct rf_zone *z, struct rf_arena *a, struct rf_str name)
{
    UChar id[ZONE_NAME_MAX];
    UErrorCode err = U_ZERO_ERROR;
    int32_t n = 0;
    u_strFromUTF8(id, ZONE_NAME_MAX, &n, name.p, (int32_t)name.n, &err);
    if (U_FAILURE(err) || name.n == 0 || n >= ZONE_NAME_MAX || !known_zone(id, n))
        return RF_ERR_NOENT;
    UCalendar *cal = ucal_open(id, n, "en", UCAL_GREGORIAN, &err);
    if (U_FAILURE(err))
        return RF_ERR_NOENT;
    z->changes = RF_NEW_ARRAY(a, struct rf_zone_change, CHANGES_MAX);
    UDate at = 0, end = 130.0 * 365.25 * (double)MS_PER_DAY;
    z->changes[0] = (struct rf_zone_change){INT64_MIN, offset_of(cal, at, &err)};
    z->n = 1;
    while (z->n < CHANGES_MAX && U_SUCCESS(err)) {
        ucal_setMillis(cal, at, &err);
        if (!ucal_getTimeZoneTransitionDate(cal, UCAL_TZ_TRANSITION_NEXT, &at, &err) ||
            at > end)
            break;
        z->changes[z->n++] =
            (struct rf_zone_change){(int64_t)at, offset_of(cal, at, &err)};
    }
    ucal_close(cal);
    return U_SUCCESS(err) ? RF_OK : RF_ERR_NOENT;
}

int32_t rf_zone_offset(const struct rf_zone *z, int64_t ts_ms)
{
    uint32_t lo = 0, hi = z->n;
    while (hi - lo > 1) {
        uint32_t mid = (lo + hi) / 2;
        if (z->changes[mid].from_ms <= ts_ms)
            lo = mid;
        else
            hi = mid;
    }
    return z->changes[lo].offset_ms;
}

/* Howard Hinnant, "chrono-compatible low-level date algorithms". */
int64_t rf_zone_days(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

void rf_zone_civil(const struct rf_zone *z, int64_t ts_ms, struct rf_civil *out)
{
    int64_t local = ts_ms + rf_zone_offset(z, ts_ms);
    int64_t days = local / MS_PER_DAY - (local % MS_PER_DAY < 0);
    int64_t ms = local - days * MS_PER_DAY;
    out->days = days;
    out->hour = (int)(ms / 3600000);
    out->minute = (int)(ms / 60000 % 60);
    out->weekday = (int)(((days + 3) % 7 + 7) % 7);
    int64_t d = days + 719468;
    int64_t era = (d >= 0 ? d : d - 146096) / 146097;
    int64_t doe = d - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    out->day = (int)(doy - (153 * mp + 2) / 5 + 1);
    out->month = (int)(mp < 10 ? mp + 3 : mp - 9);
    out->year = (int)(yoe + era * 400 + (out->month <= 2));
}
