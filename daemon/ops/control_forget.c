/* The control command `forget`: what was counted of a number begins anew. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ops/control_change.h"
#include "daemon/ops/control_server.h"
#include "daemon/ops/mask.h"
#include "daemon/overrides.h"
#include "lib/base/limits.h"

#define SALTS_MAX 8 /* earlier times at which a number was forgotten */
#define HEX 32
#define HOUR_MS 3600000LL

static int64_t longer(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* How long what was counted until now can still matter. */
static int64_t longest_ms(const struct rf_ruleset *rs)
{
    int64_t ms = HOUR_MS;
    for (uint32_t i = 0; i < rs->ncounters; i++) {
        const struct rf_count_spec *c = &rs->counters[i].spec;
        ms = longer(ms, c->window_ms + c->window_ms / 8);
        if (c->kind == RF_COUNT_NEW)
            ms = longer(ms, RF_COUNT_SEEN_MS);
        if (c->kind == RF_COUNT_SURGE)
            ms = longer(ms, c->than_ms + 24 * HOUR_MS);
    }
    for (uint32_t i = 0; i < rs->nmarks; i++)
        ms = longer(ms, rs->marks[i].spec.within_ms);
    return ms + rs->settings.late_ms;
}

static void add_hash(struct rf_buf *b, const struct rf_hash128 *h)
{
    rf_buf_printf(b, "%016" PRIx64 "%016" PRIx64, h->hi, h->lo);
}

/* Keys that consist of the number alone, as they are hashed now: lib/engine/behavior.c.
 */
static void add_alert_keys(struct server *s, struct rf_str norm,
                           const struct rf_hash128 *value, struct rf_buf *out)
{
    char room[sizeof(uint32_t) + RF_LIMIT_ADDR_BYTES + sizeof(int64_t)];
    int64_t salts[SALTS_MAX];
    uint32_t n = (uint32_t)norm.n;
    struct rf_hash128 h;
    memcpy(room, &n, sizeof n);
    memcpy(room + sizeof n, norm.p, norm.n);
    rf_counters_hash(s->counters, room, sizeof n + norm.n, &h);
    add_hash(out, &h);
    size_t got = overrides_salts(s->overrides, value, salts, SALTS_MAX);
    for (size_t i = 0; i < got; i++) {
        memcpy(room + sizeof n + norm.n, &salts[i], sizeof salts[i]);
        rf_counters_hash(s->counters, room, sizeof n + norm.n + sizeof salts[i], &h);
        add_hash(out, &h);
    }
}

/* Lists that still name the number. */
static json_t *lists_with(const struct rf_ruleset *rs, const struct rf_addr *addr,
                          int64_t now_ms)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < rs->nlists; i++) {
        const struct rf_named_list *l = &rs->lists[i];
        bool has = (l->type == RF_LIST_NUMBERS || l->type == RF_LIST_SENDERS) &&
                   rf_list_find_addr(l->list, addr, now_ms) != RF_LIST_NONE;
        if (has)
            json_array_append_new(all, json_stringn(l->id.p, l->id.n));
    }
    return all;
}

/* The newest time counts as salt: another daemon's clock may have been ahead. */
static int64_t newer_than_salts(struct server *s, const struct rf_hash128 *value,
                                int64_t now_ms)
{
    int64_t salts[SALTS_MAX];
    size_t n = overrides_salts(s->overrides, value, salts, SALTS_MAX);
    for (size_t i = 0; i < n; i++)
        now_ms = salts[i] >= now_ms ? salts[i] + 1 : now_ms;
    return now_ms;
}

static json_t *forget(struct server *s, const struct rf_ruleset *rs,
                      const struct rf_addr *addr, const char *rule,
                      struct control_change *c)
{
    struct rf_hash128 value;
    struct rf_buf key, keys, text;
    rf_counters_hash(s->counters, addr->norm.p, addr->norm.n, &value);
    c->now_ms = newer_than_salts(s, &value, c->now_ms);
    rf_buf_init(&key);
    rf_buf_init(&keys);
    rf_buf_init(&text);
    rf_buf_addz(&key, "forget:");
    add_hash(&key, &value);
    rf_buf_printf(&key, ":%s", *rule ? rule : "*");
    add_alert_keys(s, addr->norm, &value, &keys);
    c->expires_ms = c->now_ms + longest_ms(rs);
    struct ledger_entry e = control_change_entry(c, rf_buf_str(&key), rf_buf_str(&keys));
    int rc = ledger_set(overrides_ledger(s->overrides), &e, c->now_ms);
    overrides_refresh(s->overrides);
    mask_add(&text, atomic_load(&s->source.key), addr);
    rf_buf_printf(&text, ": counters and marks%s%s begin anew", *rule ? " of " : "",
                  rule);
    rf_buf_addc(&text, '\0');
    json_t *o = control_change_done(c, rc, "the number", text.p);
    json_object_set_new(o, "lists", lists_with(rs, addr, c->now_ms));
    rf_buf_fini(&key);
    rf_buf_fini(&keys);
    rf_buf_fini(&text);
    return o;
}

json_t *control_forget(struct server *s, const json_t *args)
{
    struct control_change c;
    struct rf_arena a;
    struct rf_addr addr;
    const char *number = json_string_value(json_object_get(args, "number"));
    const char *rule = json_string_value(json_object_get(args, "rule"));
    json_t *answer = control_change_read(s, args, true, &c);
    if (answer)
        return answer;
    if (!number)
        return control_error("bad_request", "a number is needed");
    rf_arena_init(&a, 0);
    const struct live_set *set = live_enter(&s->live, server_main_reader(s));
    rf_addr_normalize(&a, set->rs->plan, rf_str_of(number), -1, &addr);
    if (addr.form == RF_ADDR_NONE)
        answer = control_error("bad_request", "that is no number");
    else if (rule && rf_ruleset_find_rule(set->rs, rf_str_of(rule)) == UINT32_MAX)
        answer = control_no_such_rule(set->rs, rule);
    else
        answer = forget(s, set->rs, &addr, rule ? rule : "", &c);
    live_leave(&s->live, server_main_reader(s));
    rf_arena_fini(&a);
    return answer;
}
