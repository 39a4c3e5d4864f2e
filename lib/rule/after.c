/* after: what another rule's hits left behind. */
#include "lib/rule/canon.h"

#define FIELDS "{\"$ref\":\"#/definitions/fields\"}"
#define DURATION "{\"$ref\":\"#/definitions/duration\"}"
#define COUNT "{\"type\":\"integer\",\"minimum\":1}"

static const struct rf_key_info after_keys[] = {
    {"rule", RF_KEY_REQUIRED, "{\"$ref\":\"#/definitions/id\"}"},
    {"key", RF_KEY_REQUIRED, FIELDS},
    {"was", 0, FIELDS},
    {"within", RF_KEY_REQUIRED, DURATION},
    {"at_least", 0, DURATION},
    {"times", 0, COUNT}};
const struct rf_keys rf_after_keys = {"after", after_keys,
                                      sizeof after_keys / sizeof *after_keys};

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
    bool good = rf_rule_behavior_allowed(ld, sc, key);
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
