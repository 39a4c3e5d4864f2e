#include "lib/codec/when.h"

#include "lib/base/digits.h"
#include "lib/ruleset/zone.h"

#define MS_OF_DAY 86400000LL
#define MS_MAX 253402300799999LL     /* 9999-12-31T23:59:59.999Z */
#define DIGITS_MAX 18                /* fit an int64_t */
#define SECONDS_BELOW 100000000000LL /* a smaller number is seconds */

/* Reads exactly n digits at *i. -1: there are none. */
static int fixed(struct rf_str s, size_t *i, size_t n)
{
    int v = 0;
    if (s.n < *i + n)
        return -1;
    for (size_t end = *i + n; *i < end; ++*i) {
        if (s.p[*i] < '0' || s.p[*i] > '9')
            return -1;
        v = v * 10 + s.p[*i] - '0';
    }
    return v;
}

static bool take(struct rf_str s, size_t *i, const char *any)
{
    if (*i >= s.n || !s.p[*i] || !strchr(any, s.p[*i]))
        return false;
    ++*i;
    return true;
}

/* ".25" at *i as ms: 250. Absent: 0; -1: a point without digits. */
static int fraction_ms(struct rf_str s, size_t *i)
{
    int v = 0, unit = 100;
    if (!take(s, i, "."))
        return 0;
    size_t start = *i;
    for (; *i < s.n && s.p[*i] >= '0' && s.p[*i] <= '9'; ++*i, unit /= 10)
        v += (s.p[*i] - '0') * unit;
    return *i > start ? v : -1;
}

/* Z or +08:00 at *i, as minutes east. */
static bool offset(struct rf_str s, size_t *i, int *minutes)
{
    *minutes = 0;
    if (take(s, i, "Zz"))
        return true;
    bool west = *i < s.n && s.p[*i] == '-';
    if (!take(s, i, "+-"))
        return false;
    int h = fixed(s, i, 2);
    if (!take(s, i, ":"))
        return false;
    int m = fixed(s, i, 2);
    *minutes = (h * 60 + m) * (west ? -1 : 1);
    return h >= 0 && h < 24 && m >= 0 && m < 60;
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

bool rf_when_rfc3339(struct rf_str s, int64_t *ms)
{
    size_t i = 0;
    int year = fixed(s, &i, 4);
    if (year < 0 || !take(s, &i, "-"))
        return false;
    int month = fixed(s, &i, 2);
    if (month < 1 || month > 12 || !take(s, &i, "-"))
        return false;
    int day = fixed(s, &i, 2);
    if (day < 1 || day > days_of(year, month) || !take(s, &i, "Tt "))
        return false;
    int hour = fixed(s, &i, 2);
    if (hour < 0 || hour > 23 || !take(s, &i, ":"))
        return false;
    int minute = fixed(s, &i, 2);
    if (minute < 0 || minute > 59 || !take(s, &i, ":"))
        return false;
    int second = fixed(s, &i, 2), east;
    if (second < 0 || second > 60)
        return false;
    int fraction = fraction_ms(s, &i);
    if (fraction < 0 || !offset(s, &i, &east) || i != s.n)
        return false;
    *ms = rf_zone_days(year, month, day) * MS_OF_DAY +
          ((hour * 60 + minute - east) * 60LL + second) * 1000 + fraction;
    return *ms >= 0 && *ms <= MS_MAX;
}

bool rf_when_number(struct rf_str s, int64_t *ms)
{
    size_t i = rf_digits_run(s), zeros = 0;
    while (zeros < i && s.p[zeros] == '0')
        zeros++;
    if (i == 0 || i - zeros > DIGITS_MAX)
        return false;
    int64_t v = (int64_t)rf_digits_value(s.p + zeros, i - zeros);
    int fraction = fraction_ms(s, &i);
    if (fraction < 0 || i != s.n)
        return false;
    *ms = v < SECONDS_BELOW ? v * 1000 + fraction : v;
    return *ms <= MS_MAX;
}
