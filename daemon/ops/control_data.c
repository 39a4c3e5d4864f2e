/* The control command `stats`. */
#include "daemon/ops/control_server.h"

#include <inttypes.h>
#include <stdio.h>

#include "daemon/clock.h"
#include "daemon/tally.h"

#define DAYS_MAX 40000 /* a century */

/* ---- stats ------------------------------------------------------------------------ */

static void add_count(void *arg, struct rf_str field, uint64_t count)
{
    json_t *o = arg;
    char name[256];
    snprintf(name, sizeof name, "%.*s", RF_STR_FMT(field));
    json_int_t before = json_integer_value(json_object_get(o, name));
    if (count)
        json_object_set_new(o, name, json_integer(before + (json_int_t)count));
}

static void add_all(json_t *sum, const json_t *day)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)day, name, value)
        add_count(sum, rf_str_of(name), (uint64_t)json_integer_value(value));
}

static uint32_t today(struct server *s)
{
    const struct live_set *set = live_enter(&s->live, server_main_reader(s));
    uint32_t hour = tally_hour(&set->rs->zone, clock_wall_ms());
    live_leave(&s->live, server_main_reader(s));
    return hour / 100;
}

/* "2026-01-31" as 20260131; the default where it is absent; false where it is no day. */
static bool read_day(const json_t *args, const char *name, uint32_t fallback,
                     uint32_t *out)
{
    unsigned y, m, d;
    int end = 0;
    const json_t *o = json_object_get(args, name);
    *out = fallback;
    if (!o || json_is_null(o))
        return true;
    const char *text = json_string_value(o);
    if (!text || sscanf(text, "%4u-%2u-%2u%n", &y, &m, &d, &end) != 3 || text[end] ||
        m < 1 || m > 12 || d < 1 || d > 31)
        return false;
    *out = (y * 100 + m) * 100 + d;
    return true;
}

static json_t *day_json(struct server *s, uint32_t day, json_t *sum, json_t *warnings)
{
    char text[16], message[256] = "";
    json_t *totals = json_object();
    if (totals_day(s->totals, day, add_count, totals, message, sizeof message) != 0)
        json_array_append_new(warnings, json_string(message));
    add_all(sum, totals);
    snprintf(text, sizeof text, "%04u-%02u-%02u", day / 10000 % 10000, day / 100 % 100,
             day % 100);
    return json_pack("{s:s,s:o}", "day", text, "totals", totals);
}

json_t *control_stats(struct server *s, const json_t *args)
{
    static uint32_t days[DAYS_MAX];
    uint32_t since, until, now = today(s);
    if (!read_day(args, "until", now, &until) || !read_day(args, "since", until, &since))
        return control_error("bad_request", "since and until take days, 2026-01-31");
    json_t *all = json_array(), *sum = json_object(), *warnings = json_array();
    size_t n = totals_days(s->totals, days, DAYS_MAX);
    for (size_t i = 0; i < n; i++)
        if (days[i] >= since && days[i] <= until)
            json_array_append_new(all, day_json(s, days[i], sum, warnings));
    return json_pack("{s:b,s:o,s:o,s:o}", "ok", 1, "days", all, "totals", sum, "warnings",
                     warnings);
}
