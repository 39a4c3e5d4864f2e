#include "lib/engine/explain_json.h"

#include <jansson.h>

static json_t *str(struct rf_str s)
{
    return json_stringn_nocheck(s.p ? s.p : "", s.n);
}

static void set_str(json_t *o, const char *key, struct rf_str s)
{
    json_object_set_new(o, key, str(s));
}

/* ---- what was seen ---- */

static const enum rf_operand shown[] = {
    RF_OPERAND_TEXT,     RF_OPERAND_TEXT_COMPACT, RF_OPERAND_TEXT_SHAPE,
    RF_OPERAND_FROM,     RF_OPERAND_TO,           RF_OPERAND_SHOWN,
    RF_OPERAND_DIVERTED, RF_OPERAND_SUBSCRIBER,   RF_OPERAND_PHONE,
    RF_OPERAND_URL,      RF_OPERAND_HOST,         RF_OPERAND_DOMAIN,
};

static json_t *address(const struct rf_addr *a)
{
    json_t *o = json_object(), *types = json_array();
    set_str(o, "number", a->norm);
    if (a->country[0])
        set_str(o, "country", rf_str(a->country, 2));
    for (unsigned i = 0; i < RF_TYPE_COUNT; i++)
        if (a->types >> i & 1)
            json_array_append_new(types, json_string(rf_addr_type_name(i)));
    json_object_set_new(o, "type", types);
    return o;
}

static void add_hit(const struct rf_named_list *l, struct rf_facts *f, uint32_t found,
                    struct rf_str value, json_t *out)
{
    struct rf_list_entry entry;
    rf_list_entry(l->list, found, f->arena, &entry);
    json_t *hit = json_object();
    set_str(hit, "list", l->id);
    set_str(hit, "value", value);
    set_str(hit, "entry", entry.text);
    if (entry.reason.n)
        set_str(hit, "reason", entry.reason);
    if (entry.source.n)
        set_str(hit, entry.live ? "who" : "source", entry.source);
    if (entry.live)
        json_object_set_new(hit, "since", json_integer(entry.since_ms));
    json_array_append_new(out, hit);
}

#define REMOVALS_MAX 8

/* What takes the value out of a list while running. */
static void add_removals(const struct rf_named_list *l, struct rf_facts *f,
                         struct rf_str value, json_t *out)
{
    struct rf_list_change v[REMOVALS_MAX];
    int64_t ts = f->record->value[RF_FIELD_TS].i;
    size_t n = rf_list_find_removals(l->list, f->rs->plan, value, v, REMOVALS_MAX);
    for (size_t i = 0; i < n; i++) {
        if (v[i].expires_ms <= ts)
            continue;
        json_t *o = json_object();
        set_str(o, "list", l->id);
        set_str(o, "value", value);
        set_str(o, "entry", v[i].entry);
        json_object_set_new(o, "removed", json_true());
        set_str(o, "reason", v[i].why);
        set_str(o, "who", v[i].who);
        json_object_set_new(o, "since", json_integer(v[i].since_ms));
        json_array_append_new(out, o);
    }
}

/* Every list that holds the value, with the entry and its provenance, and removals that
 * take it out. */
static void add_lists(struct rf_facts *f, enum rf_operand o, uint32_t i, json_t *out)
{
    const struct rf_ruleset *rs = f->rs;
    const struct rf_values *v = rf_facts_get(f, o);
    int64_t ts = f->record->value[RF_FIELD_TS].i;
    for (uint32_t k = 0; k < rs->nlists; k++) {
        const struct rf_named_list *l = &rs->lists[k];
        uint32_t found = RF_LIST_NONE;
        bool fits = true;
        if (v->addrs && (l->type == RF_LIST_NUMBERS || l->type == RF_LIST_SENDERS))
            found = rf_list_find_addr(l->list, &v->addrs[i], ts);
        else if (!v->addrs && l->type == RF_LIST_HOSTS && o == RF_OPERAND_HOST)
            found = rf_list_find_host(l->list, v->strs[i], ts);
        else
            fits = false;
        if (found != RF_LIST_NONE)
            add_hit(l, f, found, rf_facts_bytes(f, o, i), out);
        else if (fits && rf_list_removals(l->list))
            add_removals(l, f, rf_facts_bytes(f, o, i), out);
    }
}

static void add_facts(struct rf_facts *f, json_t *out)
{
    json_t *views = json_object(), *lists = json_array();
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        enum rf_operand o = shown[i];
        const struct rf_values *v = rf_facts_get(f, o);
        if (v->n == 0)
            continue;
        json_t *values = json_array();
        for (uint32_t k = 0; k < v->n; k++) {
            json_array_append_new(values,
                                  v->addrs ? address(&v->addrs[k]) : str(v->strs[k]));
            if (v->addrs || o == RF_OPERAND_HOST)
                add_lists(f, o, k, lists);
        }
        json_object_set_new(views, rf_operand_info(o)->name, values);
    }
    json_object_set_new(out, "views", views);
    json_object_set_new(out, "lists", lists);
}

/* ---- rules ---- */

static json_t *place(const struct rf_ruleset *rs, const struct rf_place *p)
{
    if (p->source >= rs->nsources)
        return json_string("built in");
    const struct rf_source *s = &rs->sources[p->source];
    unsigned line = 1, column = 1;
    for (uint32_t i = 0; i < p->begin && i < s->text.n; i++) {
        column += ((unsigned char)s->text.p[i] & 0xc0) != 0x80;
        if (s->text.p[i] == '\n') {
            line++;
            column = 1;
        }
    }
    return json_sprintf("%.*s:%u:%u", RF_STR_FMT(s->name), line, column);
}

/* The source text of a condition, up to the end of its first line. */
static struct rf_str excerpt(const struct rf_ruleset *rs, const struct rf_place *p)
{
    if (p->source >= rs->nsources)
        return RF_STR("");
    struct rf_str text = rs->sources[p->source].text;
    size_t begin = p->begin < text.n ? p->begin : text.n, end = begin;
    while (end < text.n && end < p->end && text.p[end] != '\n')
        end++;
    return rf_str(text.p + begin, end - begin);
}

static json_t *matches(const struct rf_ruleset *rs, struct rf_facts *f,
                       const struct rf_explained_rule *r)
{
    json_t *all = json_array();
    struct rf_str raw = f->record->value[RF_FIELD_TEXT].s;
    for (uint32_t i = 0; i < r->nmatches; i++) {
        const struct rf_explained_match *m = &r->matches[i];
        json_t *o = json_object();
        json_object_set_new(o, "view", json_string(rf_operand_info(m->operand)->name));
        set_str(o, "pattern", rf_matcher_text(rs->matcher, m->pattern));
        json_object_set_new(o, "begin", json_integer((json_int_t)m->raw_begin));
        json_object_set_new(o, "end", json_integer((json_int_t)m->raw_end));
        set_str(o, "original", rf_str(raw.p + m->raw_begin, m->raw_end - m->raw_begin));
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *counters(const struct rf_ruleset *rs, const struct rf_explained_rule *r)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < r->ncounters; i++) {
        const struct rf_explained_counter *c = &r->counters[i];
        const struct rf_counter *counter = &rs->counters[c->counter];
        json_t *o = json_object(), *key = json_array();
        for (uint32_t k = 0; k < counter->key.n; k++)
            json_array_append_new(
                key, json_string(rf_operand_info(counter->key.operand[k])->name));
        json_object_set_new(o, "behavior",
                            json_string(rf_behavior_name(counter->spec.kind)));
        json_object_set_new(o, "key", key);
        if (counter->spec.kind != RF_COUNT_CONCURRENT &&
            counter->spec.kind != RF_COUNT_NEW)
            json_object_set_new(o, "window_ms", json_integer(counter->spec.window_ms));
        json_object_set_new(o, "value", json_real(c->value.value));
        json_object_set_new(o, "records", json_integer((json_int_t)c->value.records));
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *rule(const struct rf_ruleset *rs, const struct rf_explanation *x,
                    const struct rf_explained_rule *r)
{
    static const char *const states[] = {"other kind", "off", "expired", "no", "hit"};
    const struct rf_rule *rule = &rs->rules[r->rule];
    json_t *o = json_object();
    set_str(o, "rule", rule->id);
    json_object_set_new(o, "state", json_string(states[r->state]));
    json_object_set_new(o, "mode", json_string(rf_mode_name(rule->mode)));
    json_object_set_new(o, "action", json_string(rf_action_name(rule->action)));
    json_object_set_new(o, "at", place(rs, &rule->place));
    if (r->failed) {
        json_object_set_new(o, "failed_at", place(rs, &r->failed->place));
        set_str(o, "failed", excerpt(rs, &r->failed->place));
    }
    if (r->nmatches)
        json_object_set_new(o, "matches", matches(rs, x->facts, r));
    if (r->ncounters)
        json_object_set_new(o, "counters", counters(rs, r));
    return o;
}

json_t *rf_explain_json(const struct rf_ruleset *rs, const struct rf_outcome *o,
                        const struct rf_explanation *x, const char *only, bool all,
                        struct rf_str reply)
{
    json_t *out = json_object(), *rules = json_array();
    json_object_set_new(out, "reply", json_loadb(reply.p, reply.n, 0, NULL));
    if (x->judgment.protected)
        json_object_set_new(out, "protected", json_true());
    if (rf_record_judged(o->record))
        add_facts(x->facts, out);
    for (uint32_t i = 0; i < rs->nrules; i++) {
        const struct rf_explained_rule *r = &x->rules[i];
        bool wanted = only ? rf_str_eqz(rs->rules[i].id, only)
                           : all || r->state >= RF_EXPLAINED_EXPIRED;
        if (wanted)
            json_array_append_new(rules, rule(rs, x, r));
    }
    json_object_set_new(out, "rules", rules);
    return out;
}
