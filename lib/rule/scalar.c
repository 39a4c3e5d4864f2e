#include "lib/rule/scalar.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "lib/ruleset/zone.h"

static bool plain(const struct rf_yaml_node *n)
{
    return n->kind == RF_YAML_SCALAR && n->style == RF_YAML_PLAIN;
}

static size_t digits(struct rf_str s, size_t at)
{
    size_t n = 0;
    while (at + n < s.n && s.p[at + n] >= '0' && s.p[at + n] <= '9')
        n++;
    return n;
}

/* YAML 1.2 core schema: [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+
 * )?
 */
static bool decimal(struct rf_str s, bool *integer)
{
    size_t at = s.n && (s.p[0] == '-' || s.p[0] == '+');
    size_t whole = digits(s, at), frac = 0;
    at += whole;
    *integer = whole > 0 && at == s.n;
    if (at < s.n && s.p[at] == '.') {
        frac = digits(s, ++at);
        at += frac;
    }
    if (whole + frac == 0)
        return false;
    if (at < s.n && (s.p[at] == 'e' || s.p[at] == 'E')) {
        at++;
        at += at < s.n && (s.p[at] == '-' || s.p[at] == '+');
        size_t n = digits(s, at);
        if (n == 0)
            return false;
        at += n;
    }
    return at == s.n;
}

static bool is_word(struct rf_str s, const char *const *words)
{
    for (; *words; words++)
        if (rf_str_eqz(s, *words))
            return true;
    return false;
}

static bool based(struct rf_str s)
{
    if (s.n < 3 || s.p[0] != '0' || (s.p[1] != 'x' && s.p[1] != 'o'))
        return false;
    size_t n = strspn(s.p + 2, s.p[1] == 'o' ? "01234567" : "0123456789abcdefABCDEF");
    return n + 2 == s.n;
}

bool rf_scalar_needs_quotes(const struct rf_yaml_node *n)
{
    static const char *const words[] = {"true",  "True",  "TRUE",  "false", "False",
                                        "FALSE", ".nan",  ".NaN",  ".NAN",  ".inf",
                                        ".Inf",  ".INF",  "-.inf", "-.Inf", "-.INF",
                                        "+.inf", "+.Inf", "+.INF", NULL};
    bool integer;
    return plain(n) && (rf_yaml_is_null(n) || decimal(n->s, &integer) || based(n->s) ||
                        is_word(n->s, words));
}

bool rf_scalar_bool(const struct rf_yaml_node *n, bool *out)
{
    static const char *const yes[] = {"true", "True", "TRUE", NULL};
    static const char *const no[] = {"false", "False", "FALSE", NULL};
    *out = plain(n) && is_word(n->s, yes);
    return *out || (plain(n) && is_word(n->s, no));
}

/* s.p is followed by a NUL or a byte that ends a number (all strings here are copies in
 * an arena). */
static bool parse_int(struct rf_str s, int64_t *out)
{
    bool integer;
    if (!decimal(s, &integer) || !integer)
        return false;
    errno = 0;
    *out = strtoll(s.p, NULL, 10);
    return errno == 0;
}

bool rf_scalar_int(const struct rf_yaml_node *n, int64_t *out)
{
    return plain(n) && parse_int(n->s, out);
}

/* Not strtod(): its decimal point depends on the process's locale. */
static double to_double(struct rf_str s)
{
    double value = 0;
    int places = 0, exponent = 0;
    size_t at = s.p[0] == '-' || s.p[0] == '+';
    bool point = false;
    for (; at < s.n && s.p[at] != 'e' && s.p[at] != 'E'; at++) {
        if (s.p[at] == '.') {
            point = true;
            continue;
        }
        value = value * 10 + (s.p[at] - '0');
        places += point;
    }
    if (at < s.n)
        exponent = atoi(s.p + at + 1);
    exponent = exponent > 999 ? 999 : exponent < -999 ? -999 : exponent;
    exponent -= places;
    value = exponent < 0 ? value / pow(10, -exponent) : value * pow(10, exponent);
    return s.p[0] == '-' ? -value : value;
}

static bool parse_number(struct rf_str s, double *out)
{
    bool integer;
    if (!decimal(s, &integer))
        return false;
    *out = to_double(s);
    return isfinite(*out);
}

bool rf_scalar_number(const struct rf_yaml_node *n, double *out)
{
    return plain(n) && parse_number(n->s, out);
}

bool rf_scalar_milli(const struct rf_yaml_node *n, int64_t *out)
{
    double d;
    if (!rf_scalar_number(n, &d) || fabs(d) >= 1e12)
        return false;
    *out = llround(d * 1000);
    return fabs((double)*out / 1000 - d) < 1e-9 * (1 + fabs(d));
}

struct unit {
    const char *name;
    int64_t factor;
};

/* Digits and one of the units, up to limit. */
static bool with_unit(struct rf_str s, const struct unit *units, int64_t limit,
                      int64_t *out)
{
    size_t n = digits(s, 0);
    int64_t value;
    if (n == 0 || n > 18 || !parse_int(rf_str(s.p, n), &value))
        return false;
    struct rf_str rest = rf_str_sub(s, n);
    for (; units->name; units++) {
        if (rf_str_eqz(rest, units->name)) {
            *out = value <= limit / units->factor ? value * units->factor : 0;
            return value <= limit / units->factor;
        }
    }
    *out = 0;
    return rest.n == 0 && value == 0;
}

bool rf_scalar_parse_duration(struct rf_str s, int64_t *ms)
{
    static const struct unit units[] = {{"ms", 1},
                                        {"s", 1000},
                                        {"m", 60000},
                                        {"h", 3600000},
                                        {"d", 86400000},
                                        {"w", 7 * 86400000LL},
                                        {"y", 365 * 86400000LL},
                                        {NULL, 0}};
    return with_unit(s, units, 1000 * 365 * 86400000LL, ms);
}

bool rf_scalar_duration(const struct rf_yaml_node *n, int64_t *ms)
{
    return n->kind == RF_YAML_SCALAR && rf_scalar_parse_duration(n->s, ms);
}

bool rf_scalar_size(const struct rf_yaml_node *n, int64_t *bytes)
{
    static const struct unit units[] = {{"", 1},          {"B", 1},         {"KiB", 1024},
                                        {"MiB", 1 << 20}, {"GiB", 1 << 30}, {NULL, 0}};
    return n->kind == RF_YAML_SCALAR && with_unit(n->s, units, 1LL << 50, bytes);
}

bool rf_scalar_share(const struct rf_yaml_node *n, double *share)
{
    struct rf_str s = n->kind == RF_YAML_SCALAR ? n->s : rf_str("", 0);
    double scale = 1;
    if (s.n && s.p[s.n - 1] == '%') {
        scale = 100;
        s.n--;
        while (s.n && s.p[s.n - 1] == ' ')
            s.n--;
    }
    if (!parse_number(s, share))
        return false;
    *share /= scale;
    return *share >= 0 && *share <= 1;
}

/* Exactly n digits at s.p[at]. */
static bool number_at(struct rf_str s, size_t at, size_t n, int *out)
{
    if (at + n > s.n || digits(rf_str(s.p, at + n), at) != n)
        return false;
    *out = 0;
    for (size_t i = 0; i < n; i++)
        *out = *out * 10 + (s.p[at + i] - '0');
    return true;
}

static bool parse_date(struct rf_str s, int64_t *days)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int y, m, d;
    if (s.n < 10 || s.p[4] != '-' || s.p[7] != '-' || !number_at(s, 0, 4, &y) ||
        !number_at(s, 5, 2, &m) || !number_at(s, 8, 2, &d) || m < 1 || m > 12 || d < 1)
        return false;
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    if (d > lengths[m - 1] + (m == 2 && leap))
        return false;
    *days = rf_zone_days(y, m, d);
    return true;
}

/* "Z" or "+08:00" from at to the end of s. */
static bool parse_offset(struct rf_str s, size_t at, int64_t *ms)
{
    int h, m;
    *ms = 0;
    if (at + 1 == s.n)
        return s.p[at] == 'Z' || s.p[at] == 'z';
    if (at + 6 != s.n || (s.p[at] != '+' && s.p[at] != '-') || s.p[at + 3] != ':' ||
        !number_at(s, at + 1, 2, &h) || !number_at(s, at + 4, 2, &m) || h > 23 || m > 59)
        return false;
    *ms = (h * 60 + m) * 60000LL * (s.p[at] == '-' ? -1 : 1);
    return true;
}

bool rf_scalar_parse_time(struct rf_str s, int64_t *ms, bool *date)
{
    int64_t days, offset;
    int h, m, sec, milli = 0;
    if (!parse_date(s, &days))
        return false;
    *ms = days * 86400000LL;
    *date = s.n == 10;
    if (*date)
        return true;
    if (s.n < 20 || !strchr("Tt ", s.p[10]) || s.p[13] != ':' || s.p[16] != ':' ||
        !number_at(s, 11, 2, &h) || !number_at(s, 14, 2, &m) ||
        !number_at(s, 17, 2, &sec) || h > 23 || m > 59 || sec > 60)
        return false;
    size_t at = 19;
    if (s.p[at] == '.') {
        size_t n = digits(s, ++at);
        for (size_t i = 0; i < 3; i++)
            milli = milli * 10 + (i < n ? s.p[at + i] - '0' : 0);
        if (n == 0)
            return false;
        at += n;
    }
    if (at >= s.n || !parse_offset(s, at, &offset))
        return false;
    *ms += ((h * 60 + m) * 60 + sec) * 1000LL + milli - offset;
    return true;
}
