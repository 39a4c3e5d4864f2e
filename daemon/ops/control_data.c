/* The control commands `stats` and `list`. */
#include "daemon/ops/control_server.h"

#include <inttypes.h>
#include <stdio.h>

#include "daemon/clock.h"
#include "daemon/tally.h"

#define DAYS_MAX 40000 /* a century */
#define LIST_ROWS 1000 /* unless the request says otherwise */
#define LIST_ROWS_MAX 100000

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

/* ---- list ------------------------------------------------------------------------- */

static json_t *str_json(struct rf_str s)
{
    json_t *o = json_stringn(s.p ? s.p : "", s.n);
    return o ? o : json_string("?");
}

static json_t *row_json(const struct rf_list *l, uint32_t i, struct rf_arena *a)
{
    struct rf_list_entry e;
    char when[CLOCK_TEXT];
    rf_list_entry(l, i, a, &e);
    json_t *o = json_pack("{s:o}", "entry", str_json(e.text));
    if (e.reason.n)
        json_object_set_new(o, "reason", str_json(e.reason));
    if (e.source.n)
        json_object_set_new(o, "source", str_json(e.source));
    if (e.expires_ms != RF_LIST_NEVER) {
        clock_text(e.expires_ms, when);
        json_object_set_new(o, "expires", json_string(when));
    }
    return o;
}

static json_t *list_json(const struct rf_named_list *l)
{
    json_t *o = json_pack("{s:o,s:s,s:I}", "name", str_json(l->id), "type",
                          rf_list_type_name(l->type), "entries",
                          (json_int_t)rf_list_size(l->list));
    json_object_set_new(o, "path", l->path.n ? str_json(l->path) : json_null());
    json_object_set_new(o, "refresh", json_integer(l->refresh_ms));
    json_object_set_new(o, "problem", l->problem.n ? str_json(l->problem) : json_null());
    return o;
}

static uint64_t number_arg(const json_t *args, const char *name, uint64_t fallback,
                           uint64_t max)
{
    const json_t *o = json_object_get(args, name);
    json_int_t n = json_is_integer(o) ? json_integer_value(o) : (json_int_t)fallback;
    return n < 0 ? 0 : (uint64_t)n > max ? max : (uint64_t)n;
}

static json_t *rows_json(const struct rf_named_list *l, const json_t *args)
{
    json_t *rows = json_array();
    struct rf_arena a;
    uint32_t size = rf_list_size(l->list);
    uint64_t from = number_arg(args, "offset", 0, UINT32_MAX);
    uint64_t limit = number_arg(args, "limit", LIST_ROWS, LIST_ROWS_MAX);
    rf_arena_init(&a, 0);
    for (uint64_t i = from; i < size && i < from + limit; i++) {
        rf_arena_reset(&a);
        json_array_append_new(rows, row_json(l->list, (uint32_t)i, &a));
    }
    rf_arena_fini(&a);
    return rows;
}

static json_t *one_list(const struct rf_ruleset *rs, const char *name, const json_t *args)
{
    const struct rf_named_list *l = rf_ruleset_find_list(rs, rf_str_of(name));
    if (!l)
        return control_error("no_such_list", name);
    return json_pack("{s:b,s:[o],s:o}", "ok", 1, "lists", list_json(l), "rows",
                     rows_json(l, args));
}

static json_t *all_lists(const struct rf_ruleset *rs)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < rs->nlists; i++)
        json_array_append_new(all, list_json(&rs->lists[i]));
    return json_pack("{s:b,s:o}", "ok", 1, "lists", all);
}

json_t *control_list(struct server *s, const json_t *args)
{
    const char *name = json_string_value(json_object_get(args, "name"));
    const struct live_set *set = live_enter(&s->live, server_main_reader(s));
    json_t *o = name ? one_list(set->rs, name, args) : all_lists(set->rs);
    live_leave(&s->live, server_main_reader(s));
    return o;
}
