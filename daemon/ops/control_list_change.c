/* The control commands `list_add` and `list_del`. */
#include <errno.h>
#include <stdio.h>

#include "daemon/changes.h"
#include "daemon/clock.h"
#include "daemon/ops/control_change.h"
#include "daemon/ops/control_list.h"
#include "daemon/ops/control_server.h"

#define ENTRY_MAX 900 /* bytes; with the name of its list, a key of the ledger */

/* ---- what is asked ---------------------------------------------------------------- */

static struct rf_str str_arg(const json_t *args, const char *name)
{
    const json_t *o = json_object_get(args, name);
    return json_is_string(o) ? rf_str(json_string_value(o), json_string_length(o))
                             : RF_STR("");
}

/* The diagnostic that a list file would get, under the name ENTRY. */
static json_t *entry_error(struct rf_report *r)
{
    struct rf_buf text;
    const struct rf_diag *d = rf_report_at(r, 0);
    rf_buf_init(&text);
    rf_buf_printf(&text, "%.*s%s%.*s", RF_STR_FMT(d->message), d->hint.n ? ": " : "",
                  RF_STR_FMT(d->hint));
    rf_buf_addc(&text, '\0');
    json_t *o = control_error("bad_entry", text.p);
    text.n = 0;
    rf_report_render(r, &text, false);
    json_object_set_new(o, "diagnostics", control_str(rf_buf_str(&text)));
    json_object_set_new(o, "diagnostic", json_string(d->code));
    rf_buf_fini(&text);
    return o;
}

bool control_entry(const struct rf_ruleset *rs, const struct rf_named_list *l,
                   const json_t *args, struct rf_arena *a, struct rf_str *out,
                   json_t **error)
{
    struct rf_str given = str_arg(args, "entry");
    if (!given.n || given.n > ENTRY_MAX) {
        *error = control_error("bad_request", "an \"entry\" of up to 900 bytes expected");
        return false;
    }
    struct rf_report *r = rf_report_new();
    uint32_t source = rf_report_source(r, RF_STR("ENTRY"), given);
    bool good = rf_list_normal(l->type, rs->plan, given, a, r, source, out);
    if (!good)
        *error = entry_error(r);
    rf_report_free(r);
    return good && out->n <= ENTRY_MAX;
}

/* ---- doing it --------------------------------------------------------------------- */

static json_t *failure(int rc)
{
    char text[200];
    if (rc == RF_ERR_LIMIT)
        return control_error("full",
                             "there are too many changes of lists; move those that "
                             "are there to stay to the lists' files");
    snprintf(text, sizeof text, "it is too long (%d)", rc);
    return control_error("bad_request", text);
}

/* What was done, for people and machines; what is not on disk is in force all the same.
 */
static json_t *done(struct server *s, const struct rf_named_list *l, const char *what,
                    const struct changes_request *r, int rc)
{
    struct rf_list_change c = {
        .entry = r->entry,
        .who = r->who,
        .why = r->why,
        .since_ms = clock_wall_ms(),
        .expires_ms = r->expires_ms == LEDGER_NEVER ? RF_LIST_NEVER : r->expires_ms};
    json_t *o = control_change_json(&c);
    json_object_set_new(o, "ok", json_true());
    json_object_set_new(o, "name", control_str(l->id));
    json_object_set_new(o, "done", json_string(what));
    if (rc == RF_ERR_IO) {
        json_object_set_new(o, "warning",
                            json_string("in force, but not on disk: see `status`"));
        problem_set(&s->problems, PROBLEM_CHANGES_UNWRITTEN, 0, "%s: %s", s->state.dir,
                    strerror(errno));
    }
    return o;
}

static json_t *add(struct server *s, const struct rf_named_list *l,
                   const struct changes_request *r)
{
    int rc = changes_add(s->changes, r, clock_wall_ms());
    return rc == RF_OK || rc == RF_ERR_IO ? done(s, l, "added", r, rc) : failure(rc);
}

/* An entry that only an earlier `add` put there goes with it; what a file has, or a wider
 * entry holds, needs a removal. Expiries are not asked about: what a file lets expire may
 * be there again after its next refresh. */
static bool needs_removal(const struct rf_ruleset *rs, const struct rf_named_list *l,
                          struct rf_str entry)
{
    uint32_t found[64];
    size_t n = rf_list_find_all(l->list, rs->plan, entry, found, 64);
    for (size_t i = 0; i < n; i++) {
        struct rf_arena a;
        struct rf_list_entry e;
        rf_arena_init(&a, 4096);
        rf_list_entry(l->list, found[i], &a, &e);
        bool other = !e.live || !rf_str_eq(e.text, entry);
        rf_arena_fini(&a);
        if (other)
            return true;
    }
    return false;
}

static json_t *del(struct server *s, const struct rf_ruleset *rs,
                   const struct rf_named_list *l, const struct changes_request *r)
{
    int64_t now_ms = clock_wall_ms();
    if (needs_removal(rs, l, r->entry)) {
        int rc = changes_remove(s->changes, r, now_ms);
        return rc == RF_OK || rc == RF_ERR_IO ? done(s, l, "removed", r, rc)
                                              : failure(rc);
    }
    int rc = changes_take_back(s->changes, r, now_ms);
    if (rc == RF_ERR_NOENT)
        return control_error("not_listed", "it is not in the list");
    return rc == RF_OK || rc == RF_ERR_IO ? done(s, l, "taken back", r, rc) : failure(rc);
}

static json_t *change(struct server *s, const struct rf_ruleset *rs, const json_t *args,
                      bool removing)
{
    json_t *error = NULL, *o = NULL;
    struct rf_arena a;
    struct control_change c;
    struct changes_request r;
    const struct rf_named_list *l = control_find_list(rs, args, &error);
    if (!l || (error = control_change_read(s, args, false, &c)))
        return error;
    if (rf_str_eqz(l->id, RF_PROTECTED_LIST))
        return control_error("built_in", "'protected' is built in: protected.numbers of "
                                         "the configuration names its numbers");
    rf_arena_init(&a, 4096);
    r = (struct changes_request){
        l->id, {"", 0}, rf_str_of(c.who), c.reason, LEDGER_NEVER};
    if (c.expires_ms != LEDGER_NEVER) /* lists know expiries to the second */
        r.expires_ms = (c.expires_ms + 999) / 1000 * 1000;
    if (control_entry(rs, l, args, &a, &r.entry, &error))
        o = removing ? del(s, rs, l, &r) : add(s, l, &r);
    rf_arena_fini(&a);
    return o ? o : error;
}

static json_t *run(struct server *s, const json_t *args, bool removing)
{
    const struct live_set *set = live_enter(&s->live, server_main_reader(s));
    json_t *o = change(s, set->rs, args, removing);
    live_leave(&s->live, server_main_reader(s));
    return o;
}

json_t *control_list_add(struct server *s, const json_t *args)
{
    return run(s, args, false);
}

json_t *control_list_del(struct server *s, const json_t *args)
{
    return run(s, args, true);
}
