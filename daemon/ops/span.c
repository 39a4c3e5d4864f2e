#include "daemon/ops/span.h"

#include <stdio.h>

#include "lib/codec/when.h"

#define MINUTE_MS 60000LL
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define AGO_MAX 1000000 /* of a unit */

/* A bound as hour (yyyymmddhh); of a day, `hour` is false and the rest 00. */
struct bound {
    uint32_t at;
    bool hour;
};

static uint32_t hour_of(const struct rf_zone *zone, int64_t ms)
{
    struct rf_civil c;
    rf_zone_civil(zone, ms, &c);
    return (uint32_t)(((c.year * 100 + c.month) * 100 + c.day) * 100 + c.hour);
}

static unsigned days_in(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* So many digits; false where one is none. */
static bool digits(struct rf_str s, size_t at, size_t n, unsigned *out)
{
    *out = 0;
    for (size_t i = at; i < at + n; i++) {
        if (i >= s.n || s.p[i] < '0' || s.p[i] > '9')
            return false;
        *out = *out * 10 + (unsigned)(s.p[i] - '0');
    }
    return true;
}

/* "2026-01-31" or "2026-01-31T14" */
static bool parse_day(struct rf_str s, struct bound *b)
{
    unsigned y, m, d, h = 0;
    if ((s.n != 10 && s.n != 13) || !digits(s, 0, 4, &y) || s.p[4] != '-' ||
        !digits(s, 5, 2, &m) || s.p[7] != '-' || !digits(s, 8, 2, &d))
        return false;
    b->hour = s.n == 13;
    if (b->hour && (s.p[10] != 'T' || !digits(s, 11, 2, &h)))
        return false;
    if (y < 1970 || m < 1 || m > 12 || d < 1 || d > days_in(y, m) || h > 23)
        return false;
    b->at = ((y * 100 + m) * 100 + d) * 100 + h;
    return true;
}

/* "-7d" */
static bool parse_ago(const struct rf_zone *zone, int64_t now_ms, struct rf_str s,
                      struct bound *b)
{
    static const struct {
        char unit;
        bool hour;
        int64_t ms;
    } units[] = {{'m', true, MINUTE_MS},
                 {'h', true, HOUR_MS},
                 {'d', false, DAY_MS},
                 {'w', false, 7 * DAY_MS}};
    int64_t n = 0;
    if (s.n < 3 || s.p[0] != '-')
        return false;
    for (size_t i = 1; i < s.n - 1; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' || n > AGO_MAX)
            return false;
        n = n * 10 + (s.p[i] - '0');
    }
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        if (s.p[s.n - 1] != units[u].unit || n * units[u].ms > now_ms)
            continue;
        b->hour = units[u].hour;
        b->at = hour_of(zone, now_ms - n * units[u].ms);
        b->at -= b->hour ? 0 : b->at % 100;
        return true;
    }
    return false;
}

static bool parse(const struct rf_zone *zone, int64_t now_ms, struct rf_str s,
                  struct bound *b)
{
    int64_t ms;
    if (parse_day(s, b) || parse_ago(zone, now_ms, s, b))
        return true;
    b->hour = true;
    if (!rf_when_rfc3339(s, &ms))
        return false;
    b->at = hour_of(zone, ms);
    return true;
}

bool span_parse(const struct rf_zone *zone, int64_t now_ms, struct rf_str since,
                struct rf_str until, bool hours, struct span *out, const char **why)
{
    struct bound from, to = {.at = hour_of(zone, now_ms), .hour = false};
    *why = "--since and --until take days (2026-01-31), hours (2026-01-31T14), times "
           "(RFC 3339) or times ago (-7d, -12h)";
    to.at -= to.at % 100;
    if (until.n && !parse(zone, now_ms, until, &to))
        return false;
    from = (struct bound){.at = to.at - to.at % 100, .hour = false};
    if (since.n && !parse(zone, now_ms, since, &from))
        return false;
    out->hours = hours || from.hour || to.hour;
    out->since = out->hours ? from.at : from.at / 100;
    out->until = out->hours ? to.at + (to.hour ? 0 : 23) : to.at / 100;
    *why = "--since is later than --until";
    return out->since <= out->until;
}

uint32_t span_next(uint32_t key, bool hour)
{
    if (hour && key % 100 < 23)
        return key + 1;
    uint32_t day = hour ? key / 100 : key;
    unsigned y = day / 10000, m = day / 100 % 100, d = day % 100 + 1;
    if (d > days_in(y, m)) {
        d = 1;
        y += m == 12;
        m = m % 12 + 1;
    }
    day = (y * 100 + m) * 100 + d;
    return hour ? day * 100 : day;
}

void span_text(uint32_t key, bool hour, char out[SPAN_TEXT])
{
    uint32_t day = hour ? key / 100 : key;
    int n = snprintf(out, SPAN_TEXT, "%04u-%02u-%02u", day / 10000 % 10000,
                     day / 100 % 100, day % 100);
    if (hour)
        snprintf(out + n, SPAN_TEXT - (size_t)n, "T%02u", key % 100);
}
