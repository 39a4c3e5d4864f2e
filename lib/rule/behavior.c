/* rate, distinct, sum, ratio and after: counters and marks of one rule. */
#include <math.h>

#include "lib/rule/canon.h"

#define FIELD "{\"$ref\":\"#/definitions/field\"}"
#define FIELDS "{\"$ref\":\"#/definitions/fields\"}"
#define DURATION "{\"$ref\":\"#/definitions/duration\"}"
#define NUMBER "{\"type\":\"number\"}"
#define COUNT "{\"type\":\"integer\",\"minimum\":1}"
#define KEYS(name, of_flags, of_schema)                                                  \
    static const struct rf_key_info name[] = {                                           \
        {"key", 0, FIELDS},         {"window", RF_KEY_REQUIRED, DURATION},               \
        {"over", 0, NUMBER},        {"under", 0, NUMBER},                                \
        {"min", 0, COUNT},          {"clear", RF_KEY_LATER, NULL},                       \
        {"of", of_flags, of_schema}};

KEYS(rate_keys, 0, NULL)
KEYS(field_keys, RF_KEY_REQUIRED, FIELD)
KEYS(ratio_keys, RF_KEY_REQUIRED, "{\"$ref\":\"#/definitions/condition\"}")
#define N(keys) (sizeof(keys) / sizeof *(keys))

const struct rf_keys rf_behavior_keys[4] = {{"rate", rate_keys, N(rate_keys) - 1},
                                            {"distinct", field_keys, N(field_keys)},
                                            {"sum", field_keys, N(field_keys)},
                                            {"ratio", ratio_keys, N(ratio_keys)}};

static const struct rf_key_info after_keys[] = {
    {"rule", RF_KEY_REQUIRED, "{\"$ref\":\"#/definitions/id\"}"},
    {"key", RF_KEY_REQUIRED, FIELDS},
    {"was", 0, FIELDS},
    {"within", RF_KEY_REQUIRED, DURATION},
    {"at_least", 0, DURATION},
    {"times", 0, COUNT}};
const struct rf_keys rf_after_keys = {"after", after_keys, N(after_keys)};

static enum rf_count_kind kind_of(struct rf_str name)
{
    enum rf_count_kind k = RF_COUNT_RATE;
    while (!rf_str_eqz(name, rf_behavior_keys[k].what))
        k++;
    return k;
}

/* Whether a behavior may stand here. */
static bool allowed(struct rf_load *ld, struct rf_scope *sc,
                    const struct rf_yaml_node *key)
{
    sc->behavior = true;
    if (sc->allow)
        rf_rule_error_here(ld, sc, RF_CODE_ALLOW, key,
                           "an allow rule may not use a behavior ('%.*s')",
                           RF_STR_FMT(key->s));
    if (sc->in_ratio)
        rf_rule_error_here(ld, sc, RF_CODE_NESTED, key,
                           "'ratio' cannot count by another behavior ('%.*s')",
                           RF_STR_FMT(key->s));
    return !sc->allow && !sc->in_ratio;
}

/* ---- counters ---- */

static bool take_of(struct rf_load *ld, struct rf_scope *sc, struct rf_counter *c,
                    const struct rf_yaml_node *of)
{
    c->of = RF_OPERAND_NONE;
    if (c->spec.kind == RF_COUNT_RATE)
        return true;
    if (!of)
        return false;
    if (c->spec.kind == RF_COUNT_RATIO) {
        sc->in_ratio = true;
        c->of_cond = rf_rule_cond(ld, sc, of);
        sc->in_ratio = false;
        return true;
    }
    bool sum = c->spec.kind == RF_COUNT_SUM;
    c->of = rf_want_operand(ld, sc, of, sum ? "sum: of" : "distinct: of");
    if (sum && c->of != RF_OPERAND_NONE &&
        rf_operand_info(c->of)->class != RF_CLASS_NUMBER) {
        struct rf_diag *d =
            rf_rule_error(ld, RF_CODE_CLASS, of, "sum: of takes a number, '%.*s' is none",
                          RF_STR_FMT(of->s));
        rf_rule_hint(ld, d, "duration, ring");
        return false;
    }
    return c->of != RF_OPERAND_NONE;
}

static bool threshold(struct rf_load *ld, enum rf_count_kind kind, const char *what,
                      const struct rf_yaml_node *n, bool *has, double *out)
{
    *has = n != NULL;
    if (!n)
        return true;
    if (!rf_want_number(ld, n, what, out))
        return false;
    if (kind == RF_COUNT_RATIO && (*out < 0 || *out > 1)) {
        rf_rule_error(ld, RF_CODE_VALUE, n, "%s of a ratio lies between 0 and 1", what);
        return false;
    }
    if (kind != RF_COUNT_SUM && *out < 0) {
        rf_rule_error(ld, RF_CODE_VALUE, n, "%s cannot be negative", what);
        return false;
    }
    return true;
}

static bool thresholds(struct rf_load *ld, enum rf_count_kind kind,
                       const struct rf_yaml_node *key, const struct rf_yaml_node *value,
                       struct rf_behavior *out)
{
    const struct rf_yaml_node *min = rf_yaml_get(value, "min");
    int64_t m = 0;
    bool good = threshold(ld, kind, "over", rf_yaml_get(value, "over"), &out->has_over,
                          &out->over);
    good &= threshold(ld, kind, "under", rf_yaml_get(value, "under"), &out->has_under,
                      &out->under);
    if (min)
        good &= rf_want_int(ld, min, "min", 1, INT64_C(1) << 40, &m);
    out->min = (uint64_t)m;
    if (!out->has_over && !out->has_under) {
        struct rf_diag *d =
            rf_rule_error(ld, RF_CODE_THRESHOLD, key, "'%.*s' needs 'over' or 'under'",
                          RF_STR_FMT(key->s));
        rf_rule_hint(ld, d, "over: 50 holds from 51 on");
        return false;
    }
    if (good && out->has_over && out->has_under && out->over >= out->under) {
        rf_rule_error(ld, RF_CODE_NEVER, rf_yaml_get(value, "under"),
                      "no value is over %g and under %g", out->over, out->under);
        return false;
    }
    return good;
}

static struct rf_str canon(struct rf_load *ld, const struct rf_scope *sc,
                           const struct rf_counter *c)
{
    struct rf_buf b;
    rf_buf_init(&b);
    rf_canon_str(&b, ld->rs->rules[sc->rule].id);
    rf_canon_str(&b, rf_str_of(rf_behavior_keys[c->spec.kind].what));
    rf_canon_key(&b, &c->key);
    rf_buf_printf(&b, "w%lld;", (long long)c->spec.window_ms);
    if (c->of != RF_OPERAND_NONE)
        rf_canon_str(&b, rf_str_of(rf_operand_info(c->of)->name));
    if (c->of_cond)
        rf_rule_canon(ld, c->of_cond, &b);
    struct rf_str s = rf_arena_dup(&ld->tmp, rf_buf_str(&b));
    rf_buf_fini(&b);
    return s;
}

/* The rule's counter alike in all, or c as a new one. */
static uint32_t share(struct rf_load *ld, const struct rf_scope *sc, struct rf_counter *c)
{
    static const struct rf_hash_key zero;
    struct rf_str text = canon(ld, sc, c);
    for (uint32_t i = sc->first_counter; i < ld->counters.n; i++)
        if (rf_str_eq(*RF_VEC_AT(ld->counter_canons, struct rf_str, i), text))
            return i;
    c->spec.id = rf_hash_bytes(&zero, text.p, text.n);
    c->rule = sc->rule;
    *(struct rf_counter *)rf_vec_push(ld, &ld->counters, sizeof *c) = *c;
    *(struct rf_str *)rf_vec_push(ld, &ld->counter_canons, sizeof text) = text;
    return ld->counters.n - 1;
}

static void raise_cap(struct rf_count_spec *spec, const struct rf_behavior *b)
{
    double cap = fmax(b->has_over ? b->over : 0, b->has_under ? b->under : 0);
    uint32_t n = cap >= UINT32_MAX ? UINT32_MAX : (uint32_t)ceil(cap);
    if (spec->kind == RF_COUNT_DISTINCT && n > spec->distinct_cap)
        spec->distinct_cap = n;
}

const struct rf_node *rf_rule_behavior(struct rf_load *ld, struct rf_scope *sc,
                                       const struct rf_yaml_node *key,
                                       const struct rf_yaml_node *value)
{
    struct rf_counter c = {.spec.kind = kind_of(key->s)};
    struct rf_behavior b = {0};
    const struct rf_yaml_node *of_key = rf_yaml_get(value, "key");
    const struct rf_yaml_node *window = rf_yaml_get(value, "window");
    bool good = allowed(ld, sc, key);
    sc->counts = true;
    if (!rf_keys_check(ld, value, &rf_behavior_keys[c.spec.kind]))
        return rf_rule_node(ld, RF_NODE_ALL, 0, key);
    bool nested = sc->in_ratio;
    good &= take_of(ld, sc, &c, rf_yaml_get(value, "of"));
    sc->in_ratio = nested;
    if (of_key)
        good &= rf_want_key(ld, sc, of_key, "key", &c.key);
    good &= window && rf_want_duration(ld, window, "window", RF_COUNT_WINDOW_MIN_MS,
                                       RF_COUNT_WINDOW_MAX_MS, &c.spec.window_ms);
    good &= thresholds(ld, c.spec.kind, key, value, &b);
    if (!good || sc->rule == RF_NO_SCOPE_RULE)
        return rf_rule_node(ld, good ? RF_NODE_BEHAVIOR : RF_NODE_ALL, 0, key);
    b.counter = share(ld, sc, &c);
    raise_cap(&RF_VEC_AT(ld->counters, struct rf_counter, b.counter)->spec, &b);
    *(struct rf_behavior *)rf_vec_push(ld, &ld->behaviors, sizeof b) = b;
    struct rf_node *n = rf_rule_node(ld, RF_NODE_BEHAVIOR, ld->behaviors.n - 1, key);
    n->place.end = value->end;
    return n;
}

/* ---- marks ---- */

static bool after_times(struct rf_load *ld, const struct rf_yaml_node *value,
                        struct rf_after *a)
{
    const struct rf_yaml_node *within = rf_yaml_get(value, "within");
    const struct rf_yaml_node *at_least = rf_yaml_get(value, "at_least");
    const struct rf_yaml_node *times = rf_yaml_get(value, "times");
    int64_t n = 1;
    bool good = within && rf_want_duration(ld, within, "within", RF_COUNT_WINDOW_MIN_MS,
                                           RF_COUNT_WINDOW_MAX_MS, &a->within_ms);
    if (good && at_least)
        good =
            rf_want_duration(ld, at_least, "at_least", 0, a->within_ms, &a->at_least_ms);
    if (times)
        good &= rf_want_int(ld, times, "times", 1, RF_MARK_TIMES_MAX, &n);
    a->times = (uint32_t)n;
    return good;
}

static uint32_t rule_named(struct rf_load *ld, const struct rf_yaml_node *n,
                           const char *what)
{
    struct rf_str id;
    if (!n || !rf_want_string(ld, n, what, &id))
        return RF_MAP_NONE;
    uint32_t rule = rf_map_get(&ld->rule_ids, id);
    if (rule == RF_MAP_NONE) {
        struct rf_diag *d =
            rf_rule_error(ld, RF_CODE_RULE, n, "there is no rule '%.*s'", RF_STR_FMT(id));
        rf_rule_suggest_id(ld, d, id, &ld->rules, sizeof(struct rf_decl), NULL);
    }
    return rule;
}

static struct rf_mark_spec mark_spec(const struct rf_load *ld, uint32_t target,
                                     const struct rf_key *was, const struct rf_after *a)
{
    static const struct rf_hash_key zero;
    struct rf_buf b;
    rf_buf_init(&b);
    rf_canon_str(&b, RF_VEC_AT(ld->rules, struct rf_decl, target)->id);
    rf_canon_key(&b, was);
    rf_buf_printf(&b, "%lld %lld %u", (long long)a->within_ms, (long long)a->at_least_ms,
                  a->times);
    struct rf_mark_spec spec = {.id = rf_hash_bytes(&zero, b.p, b.n),
                                .within_ms = a->within_ms,
                                .at_least_ms = a->at_least_ms,
                                .times = a->times};
    rf_buf_fini(&b);
    return spec;
}

static bool after_keys_of(struct rf_load *ld, struct rf_scope *sc,
                          const struct rf_yaml_node *value, struct rf_key *key,
                          struct rf_key *was)
{
    const struct rf_scope any = {.kinds = RF_IN_ALL};
    const struct rf_yaml_node *k = rf_yaml_get(value, "key");
    const struct rf_yaml_node *w = rf_yaml_get(value, "was");
    if (!k || !rf_want_key(ld, sc, k, "key", key))
        return false;
    *was = *key;
    if (w && !rf_want_key(ld, &any, w, "was", was))
        return false;
    if (was->n == key->n)
        return true;
    rf_rule_error(ld, RF_CODE_VALUE, w, "'was' must name as many fields as 'key'");
    return false;
}

const struct rf_node *rf_rule_after(struct rf_load *ld, struct rf_scope *sc,
                                    const struct rf_yaml_node *key,
                                    const struct rf_yaml_node *value)
{
    struct rf_after a = {0};
    struct rf_after_draft draft = {.node = key};
    bool good = allowed(ld, sc, key);
    if (!rf_keys_check(ld, value, &rf_after_keys))
        return rf_rule_node(ld, RF_NODE_ALL, 0, key);
    draft.target = rule_named(ld, rf_yaml_get(value, "rule"), "rule");
    good &= draft.target != RF_MAP_NONE;
    good &= after_keys_of(ld, sc, value, &a.key, &draft.mark.was);
    good &= after_times(ld, value, &a);
    if (!good || sc->rule == RF_NO_SCOPE_RULE)
        return rf_rule_node(ld, good ? RF_NODE_AFTER : RF_NODE_ALL, 0, key);
    draft.mark.spec = mark_spec(ld, draft.target, &draft.mark.was, &a);
    *(struct rf_after *)rf_vec_push(ld, &ld->afters, sizeof a) = a;
    *(struct rf_after_draft *)rf_vec_push(ld, &ld->after_drafts, sizeof draft) = draft;
    struct rf_node *n = rf_rule_node(ld, RF_NODE_AFTER, ld->afters.n - 1, key);
    n->place.end = value->end;
    return n;
}
