/* The control commands `status`, `counters` and `version`, and the table of commands. */
#include "daemon/ops/control_server.h"

#include <stdio.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/ops/control_list.h"
#include "daemon/store/store.h"
#include "daemon/worker.h"
#include "lib/count/share.h"

/* Null where it never happened. */
static json_t *time_json(int64_t ms)
{
    return ms <= 0 ? json_null() : control_time(ms);
}

static json_t *int_json(uint64_t n)
{
    return json_integer((json_int_t)n);
}

/* ---- status ----------------------------------------------------------------------- */

static json_t *problems_json(struct server *s)
{
    json_t *all = json_array();
    for (int p = 0; p < PROBLEM_COUNT; p++) {
        struct problem_state now;
        const struct problem_info *i = problem_info((enum problem)p);
        if (!problem_get(&s->problems, (enum problem)p, &now))
            continue;
        json_t *o = json_pack("{s:s,s:s,s:o}", "code", i->code, "severity", i->severity,
                              "since", time_json(now.since_ms));
        json_object_set_new(o, "detail", control_str(rf_str_of(now.detail)));
        json_object_set_new(o, "meaning", json_string(i->meaning));
        json_object_set_new(o, "what_to_do", json_string(i->what_to_do));
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *feeds_json(struct server *s)
{
    json_t *all = json_array();
    struct feed *f;
    for (unsigned i = 0; (f = feeds_at(&s->feeds, i)); i++)
        json_array_append_new(
            all, json_pack("{s:o,s:o,s:o,s:o}", "feed", control_str(f->name),
                           "connections", int_json(atomic_load(&f->connections)),
                           "records", int_json(atomic_load(&f->records)), "last",
                           time_json(atomic_load(&f->last_ms))));
    return all;
}

static void add_ruleset(struct server *s, json_t *o)
{
    const struct live_set *set = live_enter(&s->live, server_main_reader(s));
    json_object_set_new(o, "gen", int_json(set->gen));
    json_object_set_new(o, "ruleset", json_string(set->rs->hash));
    json_object_set_new(o, "ruleset_since", time_json(set->since_ms));
    json_object_set_new(o, "rules", int_json(set->rs->nrules));
    json_object_set_new(o, "lists", int_json(set->rs->nlists));
    live_leave(&s->live, server_main_reader(s));
}

/* null where nothing is shared. */
static json_t *redis_json(struct server *s)
{
    if (!s->store)
        return json_null();
    return json_pack("{s:o,s:b,s:o,s:s,s:o}", "address",
                     control_str(s->config.redis.address), "up", store_is_up(s->store),
                     "pending", int_json(store_pending(s->store)), "daemon",
                     s->state.daemon, "totals", control_str(totals_id(s->totals)));
}

static json_t *status_json(struct server *s)
{
    json_t *listen = json_array();
    json_t *o = json_pack("{s:b,s:s,s:o}", "ok", 1, "state", problems_state(&s->problems),
                          "problems", problems_json(s));
    json_object_set_new(o, "version", json_string(RF_VERSION));
    json_object_set_new(o, "pid", int_json((uint64_t)getpid()));
    json_object_set_new(o, "host", json_string(s->source.host));
    json_object_set_new(o, "started", time_json(s->started_ms));
    json_object_set_new(o, "uptime",
                        json_integer((clock_wall_ms() - s->started_ms) / 1000));
    add_ruleset(s, o);
    control_add_overrides(s, o);
    json_object_set_new(o, "workers", int_json(s->nworkers));
    json_object_set_new(o, "connections", int_json(atomic_load(&s->connections)));
    for (size_t i = 0; i < s->config.listen.n; i++)
        json_array_append_new(listen, control_str(s->config.listen.v[i]));
    json_object_set_new(o, "listen", listen);
    json_object_set_new(o, "feeds", feeds_json(s));
    json_object_set_new(o, "redis", redis_json(s));
    json_object_set_new(o, "counter_keys", int_json(rf_counters_keys(s->counters)));
    return o;
}

/* ---- counters --------------------------------------------------------------------- */

static json_t *kinds_json(const _Atomic uint64_t values[RF_KIND_COUNT][3])
{
    json_t *kinds = json_object();
    for (int k = 0; k < RF_KIND_COUNT; k++) {
        json_t *verdicts = json_object();
        for (int v = 0; v < 3; v++)
            json_object_set_new(verdicts, rf_verdict_name((enum rf_verdict)v),
                                int_json(atomic_load(&values[k][v])));
        json_object_set_new(kinds, rf_kind_name((enum rf_kind)k), verdicts);
    }
    return kinds;
}

static void add_named(json_t *o, const struct stats *sum)
{
    json_t *errors = json_object(), *repaired = json_object(), *open = json_object();
    for (int e = RF_RECORD_OK + 1; e < RF_RECORD_ERROR_COUNT; e++)
        json_object_set_new(errors, stats_error_name((enum rf_record_error)e),
                            int_json(atomic_load(&sum->errors[e])));
    for (int f = 0; f < RF_FIELD_COUNT; f++)
        if (atomic_load(&sum->repaired[f]))
            json_object_set_new(repaired, rf_field_info((enum rf_field)f)->name,
                                int_json(atomic_load(&sum->repaired[f])));
    for (int f = 0; f < STATS_FAIL_COUNT; f++)
        json_object_set_new(open, stats_fail_open_name((enum stats_fail_open)f),
                            int_json(atomic_load(&sum->fail_open[f])));
    json_object_set_new(o, "errors_total", errors);
    json_object_set_new(o, "repaired_total", repaired);
    json_object_set_new(o, "fail_open_total", open);
}

/* By sink. */
static json_t *dropped_json(struct server *s)
{
    return json_pack(
        "{s:o,s:o,s:o}", "file", int_json(atomic_load(&s->events.log.dropped)), "redis",
        int_json(atomic_load(&s->events.redis.dropped)), "follow",
        int_json(atomic_load(&s->events.live.dropped) + atomic_load(&s->events.unread)));
}

/* What other daemons count, too. */
static void add_shared(json_t *o, struct rf_counters *counters)
{
    struct rf_share_figures f;
    rf_share_figures(counters, &f);
    json_object_set_new(o, "shared_keys", int_json(f.keys));
    json_object_set_new(o, "shared_keys_waiting", int_json(f.waiting));
    json_object_set_new(o, "shared_keys_evicted_total", int_json(f.evicted));
    json_object_set_new(o, "shared_records_lost_total", int_json(f.lost));
    json_object_set_new(o, "shared_queue_full_total", int_json(f.full));
    json_object_set_new(o, "shared_calls_dropped_total", int_json(f.news_dropped));
}

static json_t *counters_json(struct server *s)
{
    struct stats sum = {0};
    json_t *o = json_pack("{s:b}", "ok", 1);
    stats_sum(&sum, &s->stats);
    for (unsigned i = 0; i < s->nworkers; i++)
        stats_sum(&sum, &s->workers[i]->stats);
    json_object_set_new(o, "records_total", kinds_json(sum.records));
    json_object_set_new(o, "would_total", kinds_json(sum.would));
    add_named(o, &sum);
#define X(field, help) json_object_set_new(o, #field, int_json(atomic_load(&sum.field)));
    STATS_PLAIN(X)
#undef X
    json_object_set_new(o, "connections", int_json(atomic_load(&s->connections)));
    json_object_set_new(o, "events_written_total",
                        int_json(atomic_load(&s->events.log.written)));
    json_object_set_new(o, "events_dropped_total", dropped_json(s));
    json_object_set_new(o, "counter_keys", int_json(rf_counters_keys(s->counters)));
    json_object_set_new(o, "redis_up",
                        s->store ? json_boolean(store_is_up(s->store)) : json_null());
    json_object_set_new(o, "redis_backlog",
                        int_json(s->store ? store_pending(s->store) : 0));
    add_shared(o, s->counters);
    json_object_set_new(o, "counter_bytes", int_json(rf_counters_bytes(s->counters)));
    json_object_set_new(o, "counters_evicted_total",
                        int_json(rf_counters_evicted(s->counters)));
    json_object_set_new(o, "alerts_running", int_json(rf_alerts_running(s->counters)));
    json_object_set_new(o, "totals_overflows", int_json(totals_overflows(s->totals)));
    json_object_set_new(o, "marks_lost_total", int_json(atomic_load(&s->marks_lost)));
    json_object_set_new(o, "totals_lost_hours", int_json(totals_lost_hours(s->totals)));
    return o;
}

static json_t *version(struct server *s, const json_t *args)
{
    (void)args;
    return json_pack("{s:b,s:s,s:I,s:I}", "ok", 1, "version", RF_VERSION, "pid",
                     (json_int_t)getpid(), "started", (json_int_t)s->started_ms);
}

/* ---- the table -------------------------------------------------------------------- */

static json_t *status(struct server *s, const json_t *args)
{
    (void)args;
    return status_json(s);
}

static json_t *counters(struct server *s, const json_t *args)
{
    (void)args;
    return counters_json(s);
}

json_t *control_run(struct server *s, const char *command, const json_t *args)
{
    static const struct {
        const char *name;
        json_t *(*run)(struct server *, const json_t *);
    } commands[] = {
        {"version", version},           {"status", status},
        {"counters", counters},         {"stats", control_stats},
        {"list", control_list},         {"list_get", control_list_get},
        {"lookup", control_lookup},     {"list_add", control_list_add},
        {"list_del", control_list_del}, {"mode", control_mode},
        {"rule", control_rule},         {"forget", control_forget},
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, command) == 0)
            return commands[i].run(s, args);
    return control_error("unknown_command", "see `ringfence --help` for what there is");
}
