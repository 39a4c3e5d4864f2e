/* The control command `stats`: interception totals of this daemon, or of all through
 * Redis, as rows of days or hours and their sum. */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/clock.h"
#include "daemon/ops/control_server.h"
#include "daemon/ops/span.h"
#include "daemon/store/totals_ask.h"
#include "daemon/tally.h"
#include "lib/base/mem.h"

#define DAYS_MAX 40000 /* a century */
#define DAY_MS 86400000LL
#define ALL_GROUPS (-1)

struct query {
    struct span span;
    bool by_day; /* a span of hours, told as days */
    int group;   /* enum totals_group, or all */
    uint32_t now;
};

/* What is answered, as it grows. */
struct answer {
    const struct query *query;
    json_t *rows, *sum, *warnings;
    uint32_t last_day; /* of the last row */
};

static const char *const group_names[TOTALS_GROUPS] = {
    [TOTALS_KIND] = "kind", [TOTALS_RULE] = "rule",   [TOTALS_FRAUD] = "fraud",
    [TOTALS_GRID] = "grid", [TOTALS_TRUNK] = "trunk", [TOTALS_FEED] = "feed",
};

/* "fraud:TYPE:KIND:VERDICT" is of the group "fraud", "sms:block" of "kind". */
static bool in_group(int group, const char *field)
{
    int of = TOTALS_KIND;
    for (int g = TOTALS_KIND + 1; g < TOTALS_GROUPS; g++) {
        size_t n = strlen(group_names[g]);
        if (strncmp(field, group_names[g], n) == 0 && field[n] == ':')
            of = g;
    }
    return group == ALL_GROUPS || group == of;
}

/* ---- the question ----------------------------------------------------------------- */

/* "day", "hour", a group, or one of each: "day,rule". */
static bool read_by(struct query *q, const char *by, bool *hours)
{
    while (*by) {
        size_t n = strcspn(by, ",");
        struct rf_str word = rf_str(by, n);
        int group = ALL_GROUPS;
        for (int g = 0; g < TOTALS_GROUPS; g++)
            if (rf_str_eqz(word, group_names[g]))
                group = g;
        if (group != ALL_GROUPS && q->group == ALL_GROUPS)
            q->group = group;
        else if (rf_str_eqz(word, "day") && !*hours && !q->by_day)
            q->by_day = true;
        else if (rf_str_eqz(word, "hour") && !*hours && !q->by_day)
            *hours = true;
        else
            return false;
        by += n + (by[n] == ',' && by[n + 1]);
    }
    return true;
}

static struct rf_str text_arg(const json_t *args, const char *name)
{
    const char *text = json_string_value(json_object_get(args, name));
    return rf_str_of(text ? text : "");
}

static bool is_text_or_absent(const json_t *args, const char *name)
{
    const json_t *o = json_object_get(args, name);
    return !o || json_is_null(o) || json_is_string(o);
}

/* NULL, or the error to answer. */
static json_t *read_query(struct server *s, const json_t *args, struct query *q)
{
    const char *why = "since, until and by are strings";
    bool hours = false;
    int64_t now_ms = clock_wall_ms();
    *q = (struct query){.group = ALL_GROUPS};
    if (!is_text_or_absent(args, "since") || !is_text_or_absent(args, "until") ||
        !is_text_or_absent(args, "by"))
        return control_error("bad_request", why);
    if (!read_by(q, text_arg(args, "by").p, &hours))
        return control_error("bad_request",
                             "--by takes day or hour, and one of kind, rule, fraud, "
                             "grid, trunk and feed: day,rule");
    const struct live_set *set = live_enter(&s->live, server_main_reader(s));
    bool ok = span_parse(&set->rs->zone, now_ms, text_arg(args, "since"),
                         text_arg(args, "until"), hours, &q->span, &why);
    q->now = tally_hour(&set->rs->zone, now_ms);
    live_leave(&s->live, server_main_reader(s));
    if (ok && q->span.hours &&
        totals_hour_number(q->now) - totals_hour_number(q->span.since) >
            TOTALS_HOURS_KEPT) {
        ok = false;
        why = "hours are kept for eight days: ask for days";
    }
    return ok ? NULL : control_error("bad_request", why);
}

/* ---- the answer ------------------------------------------------------------------- */

static void begin(struct answer *a, const struct query *q)
{
    *a = (struct answer){q, json_array(), json_object(), json_array(), 0};
}

static void add(json_t *o, const char *field, json_int_t n)
{
    if (n)
        json_object_set_new(
            o, field, json_integer(json_integer_value(json_object_get(o, field)) + n));
}

static void add_all(json_t *sum, const json_t *more)
{
    const char *field;
    json_t *n;
    json_object_foreach((json_t *)more, field, n) add(sum, field, json_integer_value(n));
}

/* The next day's or hour's totals, which it takes; those without any leave no row. */
static void add_row(struct answer *a, uint32_t key, json_t *totals)
{
    char text[SPAN_TEXT];
    bool hour = a->query->span.hours;
    uint32_t day = hour ? key / 100 : key;
    add_all(a->sum, totals);
    if (json_object_size(totals) && hour && a->query->by_day && a->last_day == day) {
        json_t *last = json_array_get(a->rows, json_array_size(a->rows) - 1);
        add_all(json_object_get(last, "totals"), totals);
    } else if (json_object_size(totals)) {
        bool as_hour = hour && !a->query->by_day;
        span_text(as_hour ? key : day, as_hour, text);
        json_array_append_new(a->rows, json_pack("{s:s,s:O}", as_hour ? "hour" : "day",
                                                 text, "totals", totals));
        a->last_day = day;
    }
    json_decref(totals);
}

static json_t *finish(struct answer *a, const char *scope)
{
    const struct span *span = &a->query->span;
    char since[SPAN_TEXT], until[SPAN_TEXT];
    span_text(span->since, span->hours, since);
    span_text(span->until, span->hours, until);
    return json_pack("{s:b,s:s,s:s,s:s,s:o,s:o,s:o}", "ok", 1, "scope", scope, "since",
                     since, "until", until,
                     span->hours && !a->query->by_day ? "hours" : "days", a->rows,
                     "totals", a->sum, "warnings", a->warnings);
}

/* ---- of this daemon --------------------------------------------------------------- */

struct collect {
    int group;
    json_t *totals;
};

static void on_count(void *arg, struct rf_str field, uint64_t count)
{
    struct collect *c = arg;
    char name[256];
    snprintf(name, sizeof name, "%.*s", RF_STR_FMT(field));
    if (in_group(c->group, name))
        add(c->totals, name, (json_int_t)count);
}

static void add_own(struct server *s, struct answer *a, uint32_t key)
{
    char message[256] = "";
    struct collect c = {a->query->group, json_object()};
    if (a->query->span.hours)
        totals_hour(s->totals, key, on_count, &c);
    else if (totals_day(s->totals, key, on_count, &c, message, sizeof message) != 0)
        json_array_append_new(a->warnings, json_string(message));
    add_row(a, key, c.totals);
}

json_t *control_stats(struct server *s, const json_t *args)
{
    static uint32_t keys[DAYS_MAX];
    struct query q;
    struct answer a;
    json_t *error = read_query(s, args, &q);
    if (error)
        return error;
    begin(&a, &q);
    size_t n = q.span.hours ? totals_hours(s->totals, keys)
                            : totals_days(s->totals, keys, DAYS_MAX);
    for (size_t i = 0; i < n; i++)
        if (keys[i] >= q.span.since && keys[i] <= q.span.until)
            add_own(s, &a, keys[i]);
    return finish(&a, "daemon");
}

/* ---- of all daemons: the store thread asks ---------------------------------------- */

struct question {
    struct query query;
    struct control *control;
    uint64_t number;
};

static bool wants(const struct totals_ask *ask, const char *field)
{
    return in_group(ask->group, field);
}

static void on_asked(struct totals_ask *ask)
{
    struct question *q = ask->arg;
    struct answer a;
    json_t *reply;
    if (ask->why) {
        reply = control_error("redis_away", ask->why);
    } else {
        begin(&a, &q->query);
        for (size_t i = 0; i < ask->n; i++) {
            add_row(&a, ask->keys[i], ask->totals[i]);
            ask->totals[i] = NULL;
        }
        reply = finish(&a, "all");
    }
    control_answer_later(q->control, q->number, reply);
    totals_ask_free(ask);
    free(q);
}

/* Days that can be there: no older than they are kept, none to come but tomorrow's of a
 * daemon whose clock is ahead. */
static void clip(const struct server *s, struct query *q)
{
    int64_t kept_days = s->config.keep_ms / DAY_MS + 2;
    struct span *span = &q->span;
    uint32_t last = span_next(span->hours ? q->now : q->now / 100, span->hours);
    if (span->until > last)
        span->until = last;
    while (!span->hours && span->since < span->until &&
           totals_hour_number(q->now) - totals_hour_number(span->since * 100) >
               kept_days * 24)
        span->since = span_next(span->since, false);
}

json_t *control_stats_all(struct server *s, const json_t *args, struct control *c,
                          uint64_t number)
{
    struct query query;
    json_t *error = read_query(s, args, &query);
    if (error)
        return error;
    if (!s->store)
        return control_error("not_shared", "counters.redis is null: this daemon shares "
                                           "its totals with no other");
    struct query asked = query;
    clip(s, &asked);
    size_t n = 0;
    for (uint32_t k = asked.span.since; k <= asked.span.until;
         k = span_next(k, asked.span.hours))
        n++;
    struct totals_ask *ask = totals_ask_new(n);
    for (size_t i = 0; i < n; i++)
        ask->keys[i] =
            i ? span_next(ask->keys[i - 1], asked.span.hours) : asked.span.since;
    struct question *q = rf_mem_alloc(sizeof *q);
    *q = (struct question){query, c, number};
    ask->wants = wants;
    ask->group = query.group;
    ask->done = on_asked;
    ask->arg = q;
    totals_ask(s->store, ask);
    return NULL;
}
