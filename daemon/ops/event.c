#include "daemon/ops/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/ops/mask.h"
#include "daemon/ops/stats.h"
#include "lib/base/utf8.h"

void event_source_init(struct event_source *s, const struct rf_hash_key *key)
{
    atomic_store(&s->key, key);
    if (gethostname(s->host, sizeof s->host) != 0 || !s->host[0] ||
        !rf_utf8_valid(rf_str_of(s->host)))
        snprintf(s->host, sizeof s->host, "localhost");
    s->host[sizeof s->host - 1] = 0;
}

/* ,"name": */
static void name_it(struct rf_buf *out, const char *name)
{
    rf_buf_addz(out, ",\"");
    rf_buf_addz(out, name);
    rf_buf_addz(out, "\":");
}

static void head(struct rf_buf *out, const struct event_source *s, const char *type,
                 uint64_t gen, int64_t now_ms)
{
    char when[CLOCK_TEXT];
    clock_text(now_ms, when);
    rf_buf_addz(out, "{\"time\":\"");
    rf_buf_add(out, when, CLOCK_TEXT - 1);
    rf_buf_addz(out, "\",\"type\":\"");
    rf_buf_addz(out, type);
    rf_buf_addz(out, "\",\"host\":");
    rf_buf_add_json(out, rf_str_of(s->host));
    name_it(out, "gen");
    rf_buf_add_uint(out, gen);
}

/* A member that is left out where it is empty. Ill-formed bytes (a note that was cut)
 * become U+FFFD. */
static void member(struct rf_buf *out, const char *name, struct rf_str value)
{
    if (value.n == 0)
        return;
    name_it(out, name);
    if (rf_utf8_valid(value)) {
        rf_buf_add_json(out, value);
        return;
    }
    struct rf_buf repaired;
    rf_buf_init(&repaired);
    rf_utf8_repair(value, &repaired);
    rf_buf_add_json(out, rf_buf_str(&repaired));
    rf_buf_fini(&repaired);
}

static struct rf_str field(const struct rf_record *r, enum rf_field f)
{
    return rf_record_has(r, f) ? r->value[f].s : RF_STR("");
}

static int ton(const struct rf_record *r, enum rf_field f)
{
    return rf_record_has(r, f) ? (int)r->value[f].i : -1;
}

static void party(struct rf_buf *out, const struct event_source *s, const char *name,
                  const char *key_name, const struct rf_addr *a)
{
    if (a->form == RF_ADDR_NONE)
        return;
    name_it(out, name);
    rf_buf_addc(out, '"');
    mask_add(out, atomic_load(&s->key), a);
    rf_buf_addc(out, '"');
    if (key_name) {
        name_it(out, key_name);
        rf_buf_addc(out, '"');
        mask_add_key(out, atomic_load(&s->key), a);
        rf_buf_addc(out, '"');
    }
}

static void parties(struct rf_buf *out, const struct event_source *s,
                    struct rf_arena *arena, const struct event_decision *d)
{
    const struct rf_record *r = d->record;
    struct rf_addr from, to, subscriber;
    rf_addr_normalize(arena, d->rs->plan, field(r, RF_FIELD_FROM),
                      ton(r, RF_FIELD_FROM_TON), &from);
    rf_addr_normalize(arena, d->rs->plan, field(r, RF_FIELD_TO), ton(r, RF_FIELD_TO_TON),
                      &to);
    if (rf_record_has(r, RF_FIELD_SUBSCRIBER))
        rf_addr_normalize(arena, d->rs->plan, field(r, RF_FIELD_SUBSCRIBER), -1,
                          &subscriber);
    else
        subscriber = r->kind == RF_KIND_VISIT ? from : to;
    party(out, s, "from", "from_key", &from);
    party(out, s, "to", "to_key", &to);
    party(out, s, "subscriber", NULL, &subscriber);
}

static void decided_by(struct rf_buf *out, const struct event_decision *d)
{
    uint32_t i = d->judgment->rule;
    if (i == RF_NO_RULE) {
        if (d->record->error != RF_RECORD_OK)
            member(out, "reason", rf_str_of(stats_error_name(d->record->error)));
        return;
    }
    const struct rf_rule *rule = &d->rs->rules[i];
    member(out, "rule", rule->id);
    name_it(out, "rev");
    rf_buf_add_uint(out, rule->rev);
    member(out, "mode",
           rf_str_of(rf_mode_name(RF_MODE_ENFORCE))); /* others decide nothing */
    member(out, "level", rf_str_of(rf_level_name(rule->level)));
    if (rule->fraud_type != UINT32_MAX)
        member(out, "fraud_type", d->rs->fraud_types[rule->fraud_type].id);
    member(out, "reason", rule->reason);
}

void event_add_decision(struct rf_buf *out, const struct event_source *s,
                        struct rf_arena *arena, const struct event_decision *d)
{
    const struct rf_record *r = d->record;
    head(out, s, "verdict", d->gen, d->now_ms);
    member(out, "ref", d->ref);
    member(out, "kind", rf_str_of(rf_kind_name(r->kind)));
    member(out, "verdict", rf_str_of(rf_verdict_name(d->judgment->verdict)));
    decided_by(out, d);
    parties(out, s, arena, d);
    member(out, "grid", field(r, RF_FIELD_GRID));
    member(out, "trunk", field(r, RF_FIELD_TRUNK));
    member(out, "peer", field(r, RF_FIELD_PEER));
    member(out, "feed", d->feed);
    if (rf_record_has(r, RF_FIELD_TEST) && r->value[RF_FIELD_TEST].b)
        rf_buf_addz(out, ",\"test\":true");
    rf_buf_addz(out, "}\n");
}

/* The next word of an alert's note, "rule level key"; the key is all that is left. */
static struct rf_str word(struct rf_str *note, bool last)
{
    const char *space = note->n && !last ? memchr(note->p, ' ', note->n) : NULL;
    struct rf_str w = rf_str(note->p, space ? (size_t)(space - note->p) : note->n);
    *note = rf_str_sub(*note, w.n + (space != NULL));
    return w;
}

void event_add_alert(struct rf_buf *out, const struct event_source *s, uint64_t gen,
                     int64_t now_ms, const struct rf_alert_event *e)
{
    static const char *const states[] = {"begin", "update", "end"};
    struct rf_str note = rf_str(e->note, e->note_bytes);
    struct rf_str rule = word(&note, false), level = word(&note, false);
    struct rf_str key = word(&note, true);
    char since[CLOCK_TEXT], hash[40];
    clock_text(e->since_ms, since);
    int n =
        snprintf(hash, sizeof hash, "%016" PRIx64 "%016" PRIx64, e->key.hi, e->key.lo);
    head(out, s, "alert", gen, now_ms);
    member(out, "alert", rule);
    member(out, "state", rf_str_of(states[e->change]));
    member(out, "key", key.n ? key : rf_str(hash, (size_t)n));
    rf_buf_printf(out, ",\"count\":%.17g,\"threshold\":%.17g", e->value, e->over);
    member(out, "level", level);
    rf_buf_printf(out, ",\"since\":\"%s\"}\n", since);
}

void event_add_ops(struct rf_buf *out, const struct event_source *s, uint64_t gen,
                   int64_t now_ms, const char *code, const char *state, const char *text)
{
    head(out, s, "ops", gen, now_ms);
    member(out, "code", rf_str_of(code));
    member(out, "state", rf_str_of(state));
    member(out, "text", rf_str_of(text));
    rf_buf_addz(out, "}\n");
}
