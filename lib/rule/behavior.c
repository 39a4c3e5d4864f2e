/* Behaviors that count: their keys, thresholds and counters. */
#include <math.h>
#include <stdio.h>

#include "lib/rule/canon.h"

#define RF_SURGE_TIMES_MAX 1000

#define FIELD "{\"$ref\":\"#/definitions/field\"}"
#define FIELDS "{\"$ref\":\"#/definitions/fields\"}"
#define DURATION "{\"$ref\":\"#/definitions/duration\"}"
#define NUMBER "{\"type\":\"number\"}"
#define COUNT "{\"type\":\"integer\",\"minimum\":1}"
#define THRESHOLDS                                                                       \
    {"over", 0, NUMBER},                                                                 \
    {                                                                                    \
        "under", 0, NUMBER                                                               \
    }
#define COUNTED                                                                          \
    {"key", 0, FIELDS}, {"window", RF_KEY_REQUIRED, DURATION},                           \
    {                                                                                    \
        "min", 0, COUNT                                                                  \
    }
#define TABLE(keys, n)                                                                   \
    {                                                                                    \
        n, keys, sizeof(keys) / sizeof *(keys)                                           \
    }

static const struct rf_key_info rate_keys[] = {COUNTED, THRESHOLDS};
static const struct rf_key_info field_keys[] = {
    COUNTED, THRESHOLDS, {"of", RF_KEY_REQUIRED, FIELD}};
static const struct rf_key_info ratio_keys[] = {
    COUNTED,
    THRESHOLDS,
    {"of", RF_KEY_REQUIRED, "{\"$ref\":\"#/definitions/condition\"}"}};
static const struct rf_key_info concurrent_keys[] = {{"key", 0, FIELDS}, THRESHOLDS};
static const struct rf_key_info new_keys[] = {{"key", RF_KEY_REQUIRED, FIELDS},
                                              {"within", RF_KEY_REQUIRED, DURATION}};
static const struct rf_key_info surge_keys[] = {
    COUNTED,
    {"of", 0, FIELD},
    {"times", RF_KEY_REQUIRED, "{\"type\":\"number\",\"exclusiveMinimum\":0}"},
    {"than", RF_KEY_REQUIRED, DURATION}};

const struct rf_keys rf_behavior_keys[RF_BEHAVIORS] = {
    [RF_COUNT_RATE] = TABLE(rate_keys, "rate"),
    [RF_COUNT_DISTINCT] = TABLE(field_keys, "distinct"),
    [RF_COUNT_SUM] = TABLE(field_keys, "sum"),
    [RF_COUNT_RATIO] = TABLE(ratio_keys, "ratio"),
    [RF_COUNT_AVERAGE] = TABLE(field_keys, "average"),
    [RF_COUNT_CONCURRENT] = TABLE(concurrent_keys, "concurrent"),
    [RF_COUNT_NEW] = TABLE(new_keys, "new"),
    [RF_COUNT_SURGE] = TABLE(surge_keys, "surge")};

bool rf_rule_has_threshold(enum rf_count_kind kind)
{
    return kind != RF_COUNT_NEW && kind != RF_COUNT_SURGE;
}

static enum rf_count_kind kind_of(struct rf_str name)
{
    enum rf_count_kind k = RF_COUNT_RATE;
    while (!rf_str_eqz(name, rf_behavior_keys[k].what))
        k++;
    return k;
}

bool rf_rule_behavior_allowed(struct rf_load *ld, struct rf_scope *sc,
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

/* `of` as a field; that of a sum or average must be a number. */
static bool of_field(struct rf_load *ld, const struct rf_scope *sc, struct rf_counter *c,
                     const struct rf_yaml_node *of)
{
    const char *name = rf_behavior_keys[c->spec.kind].what;
    bool number = c->spec.kind == RF_COUNT_SUM || c->spec.kind == RF_COUNT_AVERAGE;
    char what[32];
    snprintf(what, sizeof what, "%s: of", name);
    c->of = rf_want_operand(ld, sc, of, what);
    if (number && c->of != RF_OPERAND_NONE &&
        rf_operand_info(c->of)->class != RF_CLASS_NUMBER) {
        struct rf_diag *d =
            rf_rule_error(ld, RF_CODE_CLASS, of, "%s takes a number, '%.*s' is none",
                          what, RF_STR_FMT(of->s));
        rf_rule_hint(ld, d, "duration, ring");
        return false;
    }
    c->spec.members = c->spec.kind == RF_COUNT_SURGE;
    return c->of != RF_OPERAND_NONE;
}

static bool take_of(struct rf_load *ld, struct rf_scope *sc, struct rf_counter *c,
                    const struct rf_yaml_node *of)
{
    c->of = RF_OPERAND_NONE;
    switch (c->spec.kind) {
    case RF_COUNT_RATE:
    case RF_COUNT_CONCURRENT:
    case RF_COUNT_NEW:
        return true;
    case RF_COUNT_RATIO:
        if (!of)
            return false;
        sc->in_ratio = true;
        c->of_cond = rf_rule_cond(ld, sc, of);
        sc->in_ratio = false;
        return true;
    default:
        return of ? of_field(ld, sc, c, of) : c->spec.kind == RF_COUNT_SURGE;
    }
}

/* The span of time that is looked at; of `concurrent` and `new` it is not the rule's. */
static bool take_window(struct rf_load *ld, const struct rf_yaml_node *value,
                        struct rf_count_spec *spec)
{
    const struct rf_yaml_node *window = rf_yaml_get(value, "window");
    int64_t max =
        spec->kind == RF_COUNT_SURGE ? RF_COUNT_THAN_MIN_MS : RF_COUNT_WINDOW_MAX_MS;
    if (spec->kind == RF_COUNT_CONCURRENT || spec->kind == RF_COUNT_NEW) {
        spec->window_ms =
            spec->kind == RF_COUNT_NEW ? RF_COUNT_SEEN_MS : RF_COUNT_CALL_MS;
        return true;
    }
    return window && rf_want_duration(ld, window, "window", RF_COUNT_WINDOW_MIN_MS, max,
                                      &spec->window_ms);
}

/* `than` of a surge, in whole days. */
static bool take_than(struct rf_load *ld, const struct rf_yaml_node *value,
                      struct rf_count_spec *spec)
{
    const struct rf_yaml_node *than = rf_yaml_get(value, "than");
    if (spec->kind != RF_COUNT_SURGE)
        return true;
    if (!than || !rf_want_duration(ld, than, "than", RF_COUNT_THAN_MIN_MS,
                                   RF_COUNT_THAN_MAX_MS, &spec->than_ms))
        return false;
    if (spec->than_ms % RF_COUNT_THAN_MIN_MS == 0)
        return true;
    rf_rule_error(ld, RF_CODE_VALUE, than, "than must be whole days, like 7d");
    return false;
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
    if (kind != RF_COUNT_SUM && kind != RF_COUNT_AVERAGE && *out < 0) {
        rf_rule_error(ld, RF_CODE_VALUE, n, "%s cannot be negative", what);
        return false;
    }
    return true;
}

static bool over_under(struct rf_load *ld, enum rf_count_kind kind,
                       const struct rf_yaml_node *key, const struct rf_yaml_node *value,
                       struct rf_behavior *out)
{
    bool good = threshold(ld, kind, "over", rf_yaml_get(value, "over"), &out->has_over,
                          &out->over);
    good &= threshold(ld, kind, "under", rf_yaml_get(value, "under"), &out->has_under,
                      &out->under);
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

/* The multiple of the usual is the value, so `times` is its `over`. */
static bool times(struct rf_load *ld, const struct rf_yaml_node *n,
                  struct rf_behavior *out)
{
    if (!n || !rf_want_number(ld, n, "times", &out->over))
        return false;
    out->has_over = true;
    if (out->over > 0 && out->over <= RF_SURGE_TIMES_MAX)
        return true;
    rf_rule_error(ld, RF_CODE_VALUE, n, "times must be above 0, at most %d",
                  RF_SURGE_TIMES_MAX);
    return false;
}

static bool within(struct rf_load *ld, const struct rf_yaml_node *n,
                   struct rf_behavior *out)
{
    int64_t ms;
    if (!n ||
        !rf_want_duration(ld, n, "within", RF_COUNT_WINDOW_MIN_MS, RF_COUNT_SEEN_MS, &ms))
        return false;
    out->has_at_most = true;
    out->at_most = (double)ms / 1000;
    return true;
}

/* When the behavior holds. */
static bool thresholds(struct rf_load *ld, enum rf_count_kind kind,
                       const struct rf_yaml_node *key, const struct rf_yaml_node *value,
                       struct rf_behavior *out)
{
    const struct rf_yaml_node *min = rf_yaml_get(value, "min");
    /* of no record there is no share and no mean */
    int64_t m = kind == RF_COUNT_RATIO || kind == RF_COUNT_AVERAGE;
    bool good = kind == RF_COUNT_NEW     ? within(ld, rf_yaml_get(value, "within"), out)
                : kind == RF_COUNT_SURGE ? times(ld, rf_yaml_get(value, "times"), out)
                                         : over_under(ld, kind, key, value, out);
    if (min)
        good &= rf_want_int(ld, min, "min", 1, INT64_C(1) << 40, &m);
    out->min = (uint64_t)m;
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
    if (c->spec.kind == RF_COUNT_SURGE)
        rf_buf_printf(&b, "t%lld;", (long long)c->spec.than_ms);
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
    c->spec.rule = ld->rs->rules[sc->rule].id;
    c->rule = sc->rule;
    *(struct rf_counter *)rf_vec_push(ld, &ld->counters, sizeof *c) = *c;
    *(struct rf_str *)rf_vec_push(ld, &ld->counter_canons, sizeof text) = text;
    return ld->counters.n - 1;
}

/* A surge compares any number of values: it has no threshold to be exact up to. */
static void raise_cap(struct rf_count_spec *spec, const struct rf_behavior *b)
{
    double cap = fmax(b->has_over ? b->over : 0, b->has_under ? b->under : 0);
    uint32_t n = spec->members || cap >= UINT32_MAX ? UINT32_MAX : (uint32_t)ceil(cap);
    if (rf_count_has_members(spec) && n > spec->distinct_cap)
        spec->distinct_cap = n;
}

/* How often others must hear of the counter goes by the lowest it is compared with. */
static void lower_over(struct rf_count_spec *spec, const struct rf_behavior *b)
{
    bool by_min = spec->kind == RF_COUNT_RATIO || spec->kind == RF_COUNT_AVERAGE ||
                  spec->kind == RF_COUNT_SURGE;
    double over = by_min        ? (double)b->min
                  : b->has_over ? b->over
                                : b->has_under * b->under;
    if (over > 0 && (spec->over == 0 || over < spec->over))
        spec->over = over;
}

/* Everything of a behavior but where it stands. */
static bool read_behavior(struct rf_load *ld, struct rf_scope *sc,
                          const struct rf_yaml_node *key,
                          const struct rf_yaml_node *value, struct rf_counter *c,
                          struct rf_behavior *b)
{
    const struct rf_yaml_node *of_key = rf_yaml_get(value, "key");
    bool nested = sc->in_ratio;
    bool good = take_of(ld, sc, c, rf_yaml_get(value, "of"));
    sc->in_ratio = nested;
    if (c->spec.kind == RF_COUNT_CONCURRENT)
        rf_rule_check_kinds(ld, sc, RF_OPERAND_CALL, key);
    if (of_key)
        good &= rf_want_key(ld, sc, of_key, "key", &c->key);
    good &= of_key || c->spec.kind != RF_COUNT_NEW;
    good &= take_window(ld, value, &c->spec);
    good &= take_than(ld, value, &c->spec);
    return thresholds(ld, c->spec.kind, key, value, b) && good;
}

const struct rf_node *rf_rule_behavior(struct rf_load *ld, struct rf_scope *sc,
                                       const struct rf_yaml_node *key,
                                       const struct rf_yaml_node *value)
{
    struct rf_counter c = {.spec.kind = kind_of(key->s)};
    struct rf_behavior b = {0};
    bool good = rf_rule_behavior_allowed(ld, sc, key);
    sc->counts = true;
    if (!rf_keys_check(ld, value, &rf_behavior_keys[c.spec.kind]))
        return rf_rule_node(ld, RF_NODE_ALL, 0, key);
    good &= read_behavior(ld, sc, key, value, &c, &b);
    if (!good || sc->rule == RF_NO_SCOPE_RULE)
        return rf_rule_node(ld, good ? RF_NODE_BEHAVIOR : RF_NODE_ALL, 0, key);
    sc->calls |= c.spec.kind == RF_COUNT_CONCURRENT;
    b.counter = share(ld, sc, &c);
    struct rf_count_spec *spec =
        &RF_VEC_AT(ld->counters, struct rf_counter, b.counter)->spec;
    raise_cap(spec, &b);
    lower_over(spec, &b);
    *(struct rf_behavior *)rf_vec_push(ld, &ld->behaviors, sizeof b) = b;
    struct rf_node *n = rf_rule_node(ld, RF_NODE_BEHAVIOR, ld->behaviors.n - 1, key);
    n->place.end = value->end;
    return n;
}
