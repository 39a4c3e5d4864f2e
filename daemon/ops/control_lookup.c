/* The control command `lookup`: all that is known of a number or a host. */
#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/ops/control_list.h"
#include "daemon/ops/control_server.h"
#include "daemon/ops/mask.h"
#include "daemon/overrides.h"
#include "lib/engine/about.h"
#include "lib/record/host.h"
#include "lib/record/protected.h"

#define SALTS_MAX 8
#define VALUE_MAX 512 /* bytes of what is asked about */

struct lookup {
    struct server *server;
    const struct rf_ruleset *rs;
    struct rf_arena arena;
    struct rf_str given, normal;
    struct rf_addr addr;
    struct rf_host host;
    enum rf_operand_class class;
    int64_t now_ms;
    json_t *out;
};

/* ---- what it is ------------------------------------------------------------------- */

/* Complaints name what was on the screen: the whole URL. */
static bool is_url(struct lookup *q)
{
    return memmem(q->given.p, q->given.n, "://", 3) &&
           rf_host_of_url(&q->arena, q->given, &q->host, NULL) == 0;
}

/* A host has a dot and a last label with a letter, or is an IP address; digits that are a
 * number somewhere are one, wherever dots stand in them. */
static bool is_host(struct lookup *q)
{
    if (!memchr(q->given.p, '.', q->given.n) ||
        rf_host_normalize(&q->arena, q->given, &q->host) != 0)
        return false;
    if (q->host.ip)
        return q->addr.form != RF_ADDR_E164;
    struct rf_str tld = rf_host_tld(q->host.name);
    for (size_t i = 0; i < tld.n; i++)
        if (tld.p[i] >= 'a' && tld.p[i] <= 'z')
            return true;
    return false;
}

static void add_masked(struct lookup *q, json_t *o)
{
    struct rf_buf b;
    const struct rf_hash_key *key = atomic_load(&q->server->source.key);
    rf_buf_init(&b);
    mask_add(&b, key, &q->addr);
    json_object_set_new(o, "masked", control_str(rf_buf_str(&b)));
    b.n = 0;
    mask_add_key(&b, key, &q->addr);
    json_object_set_new(o, "key", control_str(rf_buf_str(&b)));
    rf_buf_fini(&b);
}

static json_t *number_json(struct lookup *q)
{
    static const char *const forms[] = {"none", "international", "short", "alphanumeric"};
    const struct rf_settings *s = &q->rs->settings;
    const struct rf_protected *p =
        rf_protected_new(&q->arena, q->rs->plan, s->protected_numbers, s->nprotected);
    json_t *types = json_array();
    json_t *o = json_pack("{s:o,s:s}", "normal", control_str(q->addr.norm), "form",
                          forms[q->addr.form]);
    if (q->addr.country[0])
        json_object_set_new(o, "country", control_str(rf_str(q->addr.country, 2)));
    for (unsigned i = 0; i < RF_TYPE_COUNT; i++)
        if (q->addr.types >> i & 1)
            json_array_append_new(types, json_string(rf_addr_type_name(i)));
    json_object_set_new(o, "type", types);
    json_object_set_new(o, "protected",
                        json_boolean(rf_protected_find(p, &q->addr).n > 0));
    add_masked(q, o);
    return o;
}

static json_t *host_json(struct lookup *q)
{
    struct rf_str name = q->host.name;
    return json_pack("{s:o,s:o,s:o,s:b,s:b,s:b}", "normal", control_str(name), "domain",
                     control_str(rf_host_domain(name)), "suffix",
                     control_str(rf_host_suffix(name)), "ip", q->host.ip, "shortener",
                     rf_host_shortener(name), "mixed_script", rf_host_mixed_script(name));
}

static bool identify(struct lookup *q)
{
    rf_addr_normalize(&q->arena, q->rs->plan, q->given, -1, &q->addr);
    bool host = is_url(q) || is_host(q);
    if (!host && q->addr.form == RF_ADDR_NONE)
        return false;
    q->class = host ? RF_CLASS_HOST : RF_CLASS_ADDRESS;
    q->normal = host ? q->host.name : q->addr.norm;
    json_object_set_new(q->out, host ? "host" : "number",
                        host ? host_json(q) : number_json(q));
    return true;
}

/* ---- lists ------------------------------------------------------------------------ */

/* Of what is asked about: numbers are not sought among hosts, nor hosts among numbers. */
static bool fits(const struct lookup *q, enum rf_list_type type)
{
    if (type == RF_LIST_NUMBERS)
        return q->class == RF_CLASS_ADDRESS;
    if (type == RF_LIST_HOSTS)
        return q->class == RF_CLASS_HOST;
    return type != RF_LIST_PAIRS;
}

static json_t *lists_json(struct lookup *q)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < q->rs->nlists; i++) {
        const struct rf_named_list *l = &q->rs->lists[i];
        json_t *o = json_pack("{s:o,s:s}", "name", control_str(l->id), "type",
                              rf_list_type_name(l->type));
        if (fits(q, l->type) && control_list_sources(q->server, q->rs, l, q->normal, o))
            json_array_append(all, o);
        json_decref(o);
    }
    return all;
}

/* ---- counters, marks, alerts ------------------------------------------------------ */

static void set_real(json_t *o, const char *name, bool has, double value)
{
    if (has)
        json_object_set_new(o, name, json_real(value));
}

static json_t *thresholds_json(const struct rf_ruleset *rs, uint32_t counter)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < rs->nbehaviors; i++) {
        const struct rf_behavior *b = &rs->behaviors[i];
        if (b->counter != counter)
            continue;
        json_t *o = json_object();
        set_real(o, "over", b->has_over, b->over);
        set_real(o, "under", b->has_under, b->under);
        set_real(o, "at_most", b->has_at_most, b->at_most);
        if (b->min)
            json_object_set_new(o, "min", json_integer((json_int_t)b->min));
        json_array_append_new(all, o);
    }
    return all;
}

static void add_counter(const struct rf_ruleset *rs, const struct rf_about *a, json_t *o)
{
    const struct rf_count_spec *spec = &rs->counters[a->counter].spec;
    json_object_set_new(o, "behavior", json_string(rf_behavior_name(spec->kind)));
    if (spec->kind != RF_COUNT_CONCURRENT && spec->kind != RF_COUNT_NEW)
        json_object_set_new(o, "window_ms", json_integer(spec->window_ms));
    json_object_set_new(o, "value", json_real(a->value.value));
    json_object_set_new(o, "records", json_integer((json_int_t)a->value.records));
    json_object_set_new(o, "thresholds", thresholds_json(rs, a->counter));
    json_object_set_new(o, "met", json_boolean(a->met));
}

static void add_mark(const struct rf_mark_spec *m, json_t *o)
{
    json_object_set_new(o, "times", json_integer(m->times));
    json_object_set_new(o, "within_ms", json_integer(m->within_ms));
}

static void add_alert(const struct rf_alert_event *e, json_t *o)
{
    json_object_set_new(o, "since", control_time(e->since_ms));
    json_object_set_new(o, "value", json_real(e->value));
    json_object_set_new(o, "peak", json_real(e->peak));
    json_object_set_new(o, "over", json_real(e->over));
    json_object_set_new(o, "hits", json_integer((json_int_t)e->hits));
}

static void on_about(void *arg, const struct rf_about *a)
{
    struct lookup *q = arg;
    const struct rf_rule *rule = &q->rs->rules[a->rule];
    enum rf_mode mode = overrides_rule_mode(q->server->overrides, rule->id, rule->mode);
    json_t *o = json_pack("{s:o,s:o,s:s,s:s}", "rule", control_str(rule->id), "title",
                          control_str(rule->title), "mode", rf_mode_name(mode), "field",
                          rf_operand_info(a->field)->name);
    const char *where = a->alert                ? "alerts"
                        : a->mark != UINT32_MAX ? "marks"
                                                : "counters";
    if (a->alert)
        add_alert(a->alert, o);
    else if (a->mark != UINT32_MAX)
        add_mark(&q->rs->marks[a->mark].spec, o);
    else
        add_counter(q->rs, a, o);
    json_array_append_new(json_object_get(q->out, where), o);
}

static void add_counted(struct lookup *q)
{
    struct rf_engine *e = rf_engine_new(q->rs, q->server->counters, false);
    overrides_apply(q->server->overrides, e);
    json_object_set_new(q->out, "counters", json_array());
    json_object_set_new(q->out, "marks", json_array());
    json_object_set_new(q->out, "alerts", json_array());
    rf_engine_about(e, q->normal, q->class, q->now_ms, on_about, q);
    rf_engine_free(e);
}

static json_t *forgotten_json(struct lookup *q)
{
    int64_t salts[SALTS_MAX];
    struct rf_hash128 value;
    json_t *all = json_array();
    rf_counters_hash(q->server->counters, q->normal.p, q->normal.n, &value);
    size_t n = overrides_salts(q->server->overrides, &value, salts, SALTS_MAX);
    for (size_t i = 0; i < n; i++)
        json_array_append_new(all, control_time(salts[i]));
    return all;
}

/* ---- the command ------------------------------------------------------------------ */

static const char *const not_searched[] = {
    "decisions: they are in events.file, by `key` (of numbers)",
    "counters whose key is several fields, or a part of the number",
    "totals: they know no numbers",
};

static json_t *look_up(struct lookup *q)
{
    if (!identify(q))
        return control_error("bad_request", "neither a number nor a host");
    json_t *elsewhere = json_array();
    json_object_set_new(q->out, "lists", lists_json(q));
    add_counted(q);
    json_object_set_new(q->out, "forgotten", forgotten_json(q));
    for (size_t i = 0; i < sizeof not_searched / sizeof *not_searched; i++)
        json_array_append_new(elsewhere, json_string(not_searched[i]));
    json_object_set_new(q->out, "not_searched", elsewhere);
    return json_incref(q->out);
}

json_t *control_lookup(struct server *s, const json_t *args)
{
    const char *value = json_string_value(json_object_get(args, "value"));
    if (!value || !*value || strlen(value) > VALUE_MAX)
        return control_error("bad_request", "a \"value\" of up to 512 bytes expected");
    const struct live_set *set = live_enter(&s->live, server_main_reader(s));
    struct lookup q = {.server = s,
                       .rs = set->rs,
                       .given = rf_str_of(value),
                       .now_ms = clock_wall_ms(),
                       .out = json_pack("{s:b,s:s}", "ok", 1, "value", value)};
    rf_arena_init(&q.arena, 0);
    json_t *o = look_up(&q);
    rf_arena_fini(&q.arena);
    live_leave(&s->live, server_main_reader(s));
    json_decref(q.out);
    return o;
}
