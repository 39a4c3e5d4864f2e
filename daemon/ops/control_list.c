/* The control commands `list` and `list_get`. */
#include "daemon/ops/control_list.h"

#include <stdio.h>

#include "daemon/changes.h"
#include "daemon/clock.h"
#include "daemon/ops/control_server.h"

#define LIST_ROWS 1000 /* unless the request says otherwise */
#define LIST_ROWS_MAX 100000
#define SOURCES_MAX 1000 /* of one value in one list */

json_t *control_str(struct rf_str s)
{
    json_t *o = json_stringn(s.p ? s.p : "", s.n);
    return o ? o : json_string("?");
}

json_t *control_time(int64_t ms)
{
    char text[CLOCK_TEXT];
    if (ms == RF_LIST_NEVER)
        return json_null();
    clock_text(ms, text);
    return json_string(text);
}

static void set_str(json_t *o, const char *name, struct rf_str s)
{
    if (s.n)
        json_object_set_new(o, name, control_str(s));
}

static void set_expires(json_t *o, int64_t ms)
{
    if (ms != RF_LIST_NEVER)
        json_object_set_new(o, "expires", control_time(ms));
}

json_t *control_change_json(const struct rf_list_change *c)
{
    json_t *o = json_pack("{s:o,s:o}", "entry", control_str(c->entry), "who",
                          control_str(c->who));
    set_str(o, "reason", c->why);
    json_object_set_new(o, "since", control_time(c->since_ms));
    set_expires(o, c->expires_ms);
    return o;
}

/* An entry of the list or an added one, with what tells where it comes from. */
static json_t *entry_json(const struct rf_list_entry *e)
{
    json_t *o = json_pack("{s:o}", "entry", control_str(e->text));
    set_str(o, e->live ? "who" : "source", e->source);
    set_str(o, "reason", e->reason);
    if (e->live)
        json_object_set_new(o, "since", control_time(e->since_ms));
    set_expires(o, e->expires_ms);
    return o;
}

/* ---- list ------------------------------------------------------------------------- */

static json_t *list_json(const struct rf_named_list *l)
{
    json_t *o = json_pack("{s:o,s:s,s:I}", "name", control_str(l->id), "type",
                          rf_list_type_name(l->type), "entries",
                          (json_int_t)rf_list_size(l->list));
    json_object_set_new(o, "added", json_integer(rf_list_added(l->list)));
    json_object_set_new(o, "removed", json_integer(rf_list_removals(l->list)));
    json_object_set_new(o, "path", l->path.n ? control_str(l->path) : json_null());
    json_object_set_new(o, "refresh", json_integer(l->refresh_ms));
    json_object_set_new(o, "problem",
                        l->problem.n ? control_str(l->problem) : json_null());
    return o;
}

const struct rf_named_list *control_find_list(const struct rf_ruleset *rs,
                                              const json_t *args, json_t **error)
{
    const char *names[256];
    size_t n = 0;
    char message[200];
    const char *name = json_string_value(json_object_get(args, "name"));
    if (!name) {
        *error = control_error("bad_request", "which list? \"name\" expected");
        return NULL;
    }
    const struct rf_named_list *l = rf_ruleset_find_list(rs, rf_str_of(name));
    if (l)
        return l;
    for (uint32_t i = 0; i < rs->nlists && n < sizeof names / sizeof *names; i++)
        names[n++] = rs->lists[i].id.p;
    const char *near = rf_diag_suggest(rf_str_of(name), names, n);
    snprintf(message, sizeof message, "there is no list '%.64s'%s%s%s", name,
             near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
    *error = control_error("no_such_list", message);
    return NULL;
}

static uint64_t number_arg(const json_t *args, const char *name, uint64_t fallback,
                           uint64_t max)
{
    const json_t *o = json_object_get(args, name);
    json_int_t n = json_is_integer(o) ? json_integer_value(o) : (json_int_t)fallback;
    return n < 0 ? 0 : (uint64_t)n > max ? max : (uint64_t)n;
}

/* Row i: entries of the list, then those added, then removals. */
static json_t *row_json(const struct rf_list *l, uint64_t i, struct rf_arena *a)
{
    uint64_t entries = (uint64_t)rf_list_size(l) + rf_list_added(l);
    struct rf_list_change c;
    struct rf_list_entry e;
    json_t *o;
    if (i >= entries) {
        c = rf_list_removal(l, (uint32_t)(i - entries));
        o = control_change_json(&c);
        json_object_set_new(o, "kind", json_string("removed"));
        return o;
    }
    rf_list_entry(l, (uint32_t)i, a, &e);
    o = entry_json(&e);
    if (e.live)
        json_object_set_new(o, "kind", json_string("added"));
    if (rf_list_removed(l, (uint32_t)i, clock_wall_ms(), &c))
        json_object_set_new(o, "hidden", json_true());
    return o;
}

static json_t *rows_json(const struct rf_list *l, const json_t *args)
{
    json_t *rows = json_array();
    struct rf_arena a;
    uint64_t n = (uint64_t)rf_list_size(l) + rf_list_added(l) + rf_list_removals(l);
    uint64_t from = number_arg(args, "offset", 0, UINT32_MAX);
    uint64_t limit = number_arg(args, "limit", LIST_ROWS, LIST_ROWS_MAX);
    rf_arena_init(&a, 0);
    for (uint64_t i = from; i < n && i < from + limit; i++) {
        rf_arena_reset(&a);
        json_array_append_new(rows, row_json(l, i, &a));
    }
    rf_arena_fini(&a);
    return rows;
}

/* As the list is with all changes made so far, though they be in force a moment later. */
static struct rf_list *view_of(struct server *s, const struct rf_ruleset *rs,
                               const struct rf_named_list *l)
{
    bool built_in = rf_str_eqz(l->id, RF_PROTECTED_LIST);
    return built_in || !changes_waiting(s->changes)
               ? NULL
               : rf_list_view(l->list,
                              changes_overlay(s->changes, l->id, l->list, rs->plan));
}

static void drop_view(struct rf_list *view)
{
    if (view)
        rf_list_view_free(view);
}

static json_t *one_list(struct server *s, const struct rf_ruleset *rs, const json_t *args)
{
    json_t *error = NULL;
    const struct rf_named_list *l = control_find_list(rs, args, &error);
    if (!l)
        return error;
    struct rf_list *view = view_of(s, rs, l);
    struct rf_named_list seen = *l;
    seen.list = view ? view : l->list;
    json_t *o = json_pack("{s:b,s:[o],s:o}", "ok", 1, "lists", list_json(&seen), "rows",
                          rows_json(seen.list, args));
    drop_view(view);
    return o;
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
    const struct live_set *set = live_enter(&s->live, server_main_reader(s));
    json_t *o =
        json_object_get(args, "name") ? one_list(s, set->rs, args) : all_lists(set->rs);
    live_leave(&s->live, server_main_reader(s));
    return o;
}

/* ---- list_get --------------------------------------------------------------------- */

/* Where an entry of the list stands: a line of its file, or values in a rule file. */
static void set_place(json_t *o, const struct rf_ruleset *rs,
                      const struct rf_named_list *l, uint32_t line)
{
    if (l->path.n) {
        json_object_set_new(o, "path", control_str(l->path));
        json_object_set_new(o, "line", json_integer(line));
        return;
    }
    if (l->place.source >= rs->nsources)
        return;
    struct rf_str text = rs->sources[l->place.source].text;
    line = 1;
    for (uint32_t i = 0; i < l->place.begin && i < text.n; i++)
        line += text.p[i] == '\n';
    json_object_set_new(o, "path", control_str(rs->sources[l->place.source].name));
    json_object_set_new(o, "line", json_integer(line));
}

static json_t *source_json(const struct rf_ruleset *rs, const struct rf_named_list *named,
                           const struct rf_list *l, uint32_t i, struct rf_arena *a)
{
    int64_t now_ms = clock_wall_ms();
    struct rf_list_change removal;
    struct rf_list_entry e;
    rf_list_entry(l, i, a, &e);
    json_t *o = entry_json(&e);
    bool built_in = rf_str_eqz(named->id, RF_PROTECTED_LIST);
    const char *kind = e.live          ? "added"
                       : built_in      ? "built_in"
                       : named->path.n ? "file"
                                       : "values";
    json_object_set_new(o, "kind", json_string(kind));
    if (!e.live && !built_in)
        set_place(o, rs, named, e.line);
    if (e.expires_ms <= now_ms)
        json_object_set_new(o, "expired", json_true());
    if (rf_list_removed(l, i, now_ms, &removal))
        json_object_set_new(o, "hidden", json_true());
    return o;
}

static json_t *removals_json(json_t *sources, const struct rf_list *l,
                             const struct rf_plan *home, struct rf_str value)
{
    struct rf_list_change removals[16];
    size_t n = rf_list_find_removals(l, home, value, removals, 16);
    for (size_t i = 0; i < n; i++) {
        json_t *o = control_change_json(&removals[i]);
        json_object_set_new(o, "kind", json_string("removed"));
        json_array_append_new(sources, o);
    }
    return sources;
}

bool control_list_sources(struct server *s, const struct rf_ruleset *rs,
                          const struct rf_named_list *named, struct rf_str value,
                          json_t *o)
{
    uint32_t found[SOURCES_MAX];
    struct rf_arena a;
    struct rf_list_entry e;
    struct rf_list *view = view_of(s, rs, named);
    const struct rf_list *l = view ? view : named->list;
    json_t *sources = json_array();
    size_t n = rf_list_find_all(l, rs->plan, value, found, SOURCES_MAX);
    uint32_t by = rf_list_find_value(l, rs->plan, value, clock_wall_ms());
    rf_arena_init(&a, 0);
    for (size_t i = 0; i < n; i++)
        json_array_append_new(sources, source_json(rs, named, l, found[i], &a));
    removals_json(sources, l, rs->plan, value);
    json_object_set_new(o, "listed", json_boolean(by != RF_LIST_NONE));
    if (by != RF_LIST_NONE) {
        rf_list_entry(l, by, &a, &e);
        json_object_set_new(o, "by", control_str(e.text));
    }
    bool known = json_array_size(sources) > 0;
    json_object_set_new(o, "sources", sources);
    rf_arena_fini(&a);
    drop_view(view);
    return known;
}

static json_t *get(struct server *s, const struct rf_ruleset *rs, const json_t *args)
{
    json_t *error = NULL;
    struct rf_str entry;
    struct rf_arena a;
    const struct rf_named_list *l = control_find_list(rs, args, &error);
    if (!l)
        return error;
    rf_arena_init(&a, 4096);
    json_t *o = NULL;
    if (control_entry(rs, l, args, &a, &entry, &error)) {
        o = json_pack("{s:b,s:o,s:o}", "ok", 1, "list", list_json(l), "entry",
                      control_str(entry));
        control_list_sources(s, rs, l, entry, o);
    }
    rf_arena_fini(&a);
    return o ? o : error;
}

json_t *control_list_get(struct server *s, const json_t *args)
{
    const struct live_set *set = live_enter(&s->live, server_main_reader(s));
    json_t *o = get(s, set->rs, args);
    live_leave(&s->live, server_main_reader(s));
    return o;
}
