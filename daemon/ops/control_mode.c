/* The control commands `mode` and `rule`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/ops/control_change.h"
#include "daemon/ops/control_list.h"
#include "daemon/ops/control_server.h"
#include "daemon/overrides.h"
#include "lib/base/mem.h"

static const char *text_arg(const json_t *args, const char *name)
{
    const char *s = json_string_value(json_object_get(args, name));
    return s ? s : "";
}

/* Set or, for "reset", delete the key; the answer. */
static json_t *change(struct server *s, const struct control_change *c, const char *key,
                      const char *mode, const char *what)
{
    char until[40], text[512];
    bool reset = strcmp(mode, "reset") == 0;
    struct ledger *l = overrides_ledger(s->overrides);
    struct ledger_entry e = control_change_entry(c, rf_str_of(key), rf_str_of(mode));
    int rc = reset ? ledger_del(l, &e, c->now_ms) : ledger_set(l, &e, c->now_ms);
    overrides_refresh(s->overrides);
    snprintf(text, sizeof text, "%s: %s%s", what,
             reset ? "as in the files and the configuration" : mode,
             reset ? "" : control_until(c->expires_ms, until));
    return control_change_done(c, rc, what, text);
}

/* ---- mode ---------------------------------------------------------------------------
 */

static bool is_kind(const char *name)
{
    for (int k = RF_KIND_SMS; k < RF_KIND_COUNT; k++)
        if (strcmp(name, rf_kind_name((enum rf_kind)k)) == 0)
            return true;
    return false;
}

/* Of all kinds: also what was said of a single one. */
static json_t *reset_all(struct server *s, const struct control_change *c)
{
    char key[32];
    struct ledger *l = overrides_ledger(s->overrides);
    int rc = RF_ERR_NOENT;
    for (int k = RF_KIND_NONE; k < RF_KIND_COUNT; k++) {
        snprintf(key, sizeof key, "mode:%s", k ? rf_kind_name((enum rf_kind)k) : "*");
        struct ledger_entry e = control_change_entry(c, rf_str_of(key), RF_STR(""));
        int one = ledger_del(l, &e, c->now_ms);
        rc = one == RF_ERR_NOENT ? rc : one;
    }
    overrides_refresh(s->overrides);
    return control_change_done(c, rc, "the mode", "mode: as in the configuration");
}

json_t *control_mode(struct server *s, const json_t *args)
{
    struct control_change c;
    char key[32], what[64];
    const char *mode = text_arg(args, "mode"), *kind = text_arg(args, "kind");
    bool reset = strcmp(mode, "reset") == 0;
    if (!reset && strcmp(mode, "enforce") != 0 && strcmp(mode, "monitor") != 0)
        return control_error("bad_request", "the mode is monitor, enforce or reset");
    if (*kind && !is_kind(kind))
        return control_error("bad_request", "the kind is sms, call or visit");
    json_t *error = control_change_read(s, args, true, &c);
    if (error)
        return error;
    if (reset && !*kind)
        return reset_all(s, &c);
    int64_t newest_ms =
        overrides_mode_ms(s->overrides); /* another's clock may be ahead */
    c.now_ms = c.now_ms > newest_ms ? c.now_ms : newest_ms + 1;
    snprintf(key, sizeof key, "mode:%s", *kind ? kind : "*");
    snprintf(what, sizeof what, "mode%s%s", *kind ? " of " : "", kind);
    return change(s, &c, key, mode, what);
}

/* ---- rule ---------------------------------------------------------------------------
 */

json_t *control_no_such_rule(const struct rf_ruleset *rs, const char *id)
{
    char message[256];
    const char **ids = rf_mem_calloc(rs->nrules + 1, sizeof *ids);
    struct rf_arena a;
    rf_arena_init(&a, 0);
    for (uint32_t i = 0; i < rs->nrules; i++)
        ids[i] = rf_arena_dup(&a, rs->rules[i].id).p;
    const char *near = rf_diag_suggest(rf_str_of(id), ids, rs->nrules);
    snprintf(message, sizeof message, "no rule '%.64s'%s%s%s", id,
             near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
    rf_arena_fini(&a);
    free(ids);
    return control_error("no_such_rule", message);
}

/* What keeps the rule from doing what was asked. */
static void add_note(struct server *s, const struct rf_rule *r, const char *mode,
                     json_t *answer)
{
    enum rf_mode configured = s->config.settings.mode;
    bool held_back = strcmp(mode, "enforce") == 0;
    for (int k = RF_KIND_SMS; k < RF_KIND_COUNT && held_back; k++)
        if (r->kinds >> k & 1)
            held_back = overrides_kind_mode(s->overrides, (enum rf_kind)k, configured) ==
                        RF_MODE_MONITOR;
    if (r->expires_ms <= clock_wall_ms())
        json_object_set_new(answer, "note",
                            json_string("the rule has expired: it hits nothing until "
                                        "its file says otherwise"));
    else if (held_back)
        json_object_set_new(answer, "note",
                            json_string("the mode of its kinds is monitor: it decides "
                                        "nothing"));
}

/* A rule that is gone from the files can still be reset. */
json_t *control_rule(struct server *s, const json_t *args)
{
    struct control_change c;
    char key[96], what[96];
    const char *id = text_arg(args, "rule"), *mode = text_arg(args, "mode");
    bool reset = strcmp(mode, "reset") == 0;
    if (strcmp(mode, "enable") == 0)
        mode = "enforce";
    if (!reset && strcmp(mode, "enforce") != 0 && strcmp(mode, "monitor") != 0 &&
        strcmp(mode, "off") != 0)
        return control_error("bad_request", "enable, monitor, off or reset expected");
    json_t *answer = control_change_read(s, args, true, &c);
    if (answer)
        return answer;
    snprintf(key, sizeof key, "rule:%.64s", id);
    snprintf(what, sizeof what, "rule %.64s", id);
    const struct live_set *set = live_enter(&s->live, server_main_reader(s));
    uint32_t i = rf_ruleset_find_rule(set->rs, rf_str_of(id));
    if (i == UINT32_MAX && !reset)
        answer = control_no_such_rule(set->rs, id);
    else
        answer = change(s, &c, key, mode, what);
    if (i != UINT32_MAX && json_is_true(json_object_get(answer, "ok")))
        add_note(s, &set->rs->rules[i], mode, answer);
    live_leave(&s->live, server_main_reader(s));
    return answer;
}

/* ---- for `status` ------------------------------------------------------------ */

static void add_override(void *arg, const struct ledger_entry *e)
{
    const char *colon = memchr(e->key.p, ':', e->key.n);
    if (!colon)
        return;
    size_t head = (size_t)(colon - e->key.p);
    json_t *o = json_pack("{s:o,s:o}", "what", control_str(rf_str(e->key.p, head)),
                          "name", control_str(rf_str_sub(e->key, head + 1)));
    if (!rf_str_starts(e->key, RF_STR("forget:")))
        json_object_set_new(o, "mode", control_str(e->value));
    json_object_set_new(o, "since", control_time(e->time_ms));
    json_object_set_new(o, "until", control_time(e->expires_ms));
    json_object_set_new(o, "who", control_str(e->who));
    json_object_set_new(o, "reason", control_str(e->why));
    json_array_append_new(arg, o);
}

void control_add_overrides(struct server *s, json_t *status)
{
    json_t *modes = json_object(), *all = json_array();
    enum rf_mode configured = s->config.settings.mode;
    const char *one = NULL;
    bool same = true;
    for (int k = RF_KIND_SMS; k < RF_KIND_COUNT; k++) {
        enum rf_mode m = overrides_kind_mode(s->overrides, (enum rf_kind)k, configured);
        same &= !one || strcmp(one, rf_mode_name(m)) == 0;
        one = rf_mode_name(m);
        json_object_set_new(modes, rf_kind_name((enum rf_kind)k), json_string(one));
    }
    ledger_each(overrides_ledger(s->overrides), RF_STR(""), add_override, all);
    json_object_set_new(status, "mode", json_string(same ? one : "mixed"));
    json_object_set_new(status, "modes", modes);
    json_object_set_new(status, "overrides", all);
}
