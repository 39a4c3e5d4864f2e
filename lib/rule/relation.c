/* pair and hit: a record's fields together, and other rules. */
#include "lib/rule/compile.h"

#include "lib/ruleset/fraud_type.h"

static const struct rf_key_info pair_keys[] = {
    {"of", RF_KEY_REQUIRED,
     "{\"type\":\"array\",\"items\":{\"$ref\":\"#/definitions/field\"},\"minItems\":2,"
     "\"maxItems\":2}"},
    {"in", 0, "{\"$ref\":\"#/definitions/lists\"}"},
    {"not_in", 0, "{\"$ref\":\"#/definitions/lists\"}"}};
const struct rf_keys rf_pair_keys = {"pair", pair_keys, 3};

/* A list's id, or {list: ID}. */
static const struct rf_named_list *pair_list(struct rf_load *ld,
                                             const struct rf_yaml_node *n)
{
    uint32_t at_least = 1;
    if (!rf_rule_is_list_ref(n))
        return rf_rule_list(ld, n);
    const struct rf_named_list *l = rf_rule_list_ref(ld, n, &at_least);
    if (at_least == 1)
        return l;
    rf_rule_error(ld, RF_CODE_VALUE, rf_yaml_get(n, "at_least"),
                  "at_least counts words in a text; a pair is in a list once");
    return NULL;
}

static bool pair_lists(struct rf_load *ld, const struct rf_yaml_node *value,
                       struct rf_pair_test *p)
{
    const struct rf_list **lists;
    const struct rf_yaml_node *const *items =
        rf_want_items(ld, &value, "pair: in", &p->nlists);
    bool good = p->nlists > 0;
    p->lists = lists = RF_NEW_ARRAY(ld->arena, const struct rf_list *, p->nlists);
    for (uint32_t i = 0; i < p->nlists; i++) {
        const struct rf_named_list *l = pair_list(ld, items[i]);
        if (l && l->type != RF_LIST_PAIRS)
            rf_rule_error(ld, RF_CODE_LIST_TYPE, items[i],
                          "'%.*s' is a list of %s, 'pair' takes one of pairs",
                          RF_STR_FMT(l->id), rf_list_type_name(l->type));
        good &= l && l->type == RF_LIST_PAIRS;
        lists[i] = l ? l->list : NULL;
    }
    return good;
}

const struct rf_node *rf_rule_pair(struct rf_load *ld, struct rf_scope *sc,
                                   const struct rf_yaml_node *key,
                                   const struct rf_yaml_node *value)
{
    const struct rf_yaml_node *of = rf_yaml_get(value, "of");
    const struct rf_yaml_node *in = rf_yaml_get(value, "in");
    const struct rf_yaml_node *not_in = rf_yaml_get(value, "not_in");
    struct rf_pair_test p = {.negate = not_in != NULL};
    struct rf_node *none = rf_rule_node(ld, RF_NODE_ALL, 0, key);
    if (!rf_keys_check(ld, value, &rf_pair_keys) || !of || of->bad)
        return none;
    if (of->kind != RF_YAML_LIST || of->n != 2) {
        struct rf_diag *d =
            rf_rule_error(ld, RF_CODE_TYPE, of, "pair: of takes two fields");
        rf_rule_hint(ld, d, "of: [from, trunk]");
        return none;
    }
    if (!in == !not_in) {
        rf_rule_error(ld, RF_CODE_MISSING, key, "pair needs one of 'in' and 'not_in'");
        return none;
    }
    p.a = rf_want_operand(ld, sc, of->items[0], "pair: of");
    p.b = rf_want_operand(ld, sc, of->items[1], "pair: of");
    if (!pair_lists(ld, in ? in : not_in, &p) || p.a == RF_OPERAND_NONE ||
        p.b == RF_OPERAND_NONE)
        return none;
    sc->operands |= UINT64_C(1) << p.a | UINT64_C(1) << p.b;
    *(struct rf_pair_test *)rf_vec_push(ld, &ld->pairs, sizeof p) = p;
    struct rf_node *n = rf_rule_node(ld, RF_NODE_PAIR, ld->pairs.n - 1, key);
    n->place.end = value->end;
    return n;
}

/* ---- hit ---- */

#define WORDS(list) "{\"$ref\":\"#/definitions/" list "\"}"
static const struct rf_key_info hit_keys[] = {{"rule", 0, WORDS("strings_plain")},
                                              {"tag", 0, WORDS("strings_plain")},
                                              {"fraud_type", 0, WORDS("strings_plain")},
                                              {"level", 0, WORDS("levels")},
                                              {"verdict", 0, WORDS("verdicts")}};
const struct rf_keys rf_hit_keys = {"hit", hit_keys, 5};

static void check_rule_ids(struct rf_load *ld, const struct rf_scope *sc,
                           const struct rf_yaml_node *value)
{
    uint32_t n;
    const struct rf_yaml_node *const *items = rf_want_items(ld, &value, "rule", &n);
    for (uint32_t i = 0; i < n; i++) {
        struct rf_str id;
        if (!rf_want_string(ld, items[i], "rule", &id))
            continue;
        uint32_t rule = rf_map_get(&ld->rule_ids, id);
        if (rule == RF_MAP_NONE) {
            struct rf_diag *d = rf_rule_error(ld, RF_CODE_RULE, items[i],
                                              "there is no rule '%.*s'", RF_STR_FMT(id));
            rf_rule_suggest_id(ld, d, id, &ld->rules, sizeof(struct rf_decl), NULL);
        } else if (rule == sc->rule) {
            rf_rule_error_here(ld, sc, RF_CODE_HIT, items[i],
                               "a rule cannot ask for a hit of its own");
        }
    }
}

static void check_words(struct rf_load *ld, const struct rf_yaml_node *value,
                        const char *what, const char *const *words, size_t count)
{
    uint32_t n;
    const struct rf_yaml_node *const *items = rf_want_items(ld, &value, what, &n);
    for (uint32_t i = 0; i < n; i++)
        rf_want_word(ld, items[i], what, words, count);
}

static void check_fraud_types(struct rf_load *ld, const struct rf_yaml_node *value)
{
    uint32_t n, type;
    const struct rf_yaml_node *const *items = rf_want_items(ld, &value, "fraud_type", &n);
    for (uint32_t i = 0; i < n; i++)
        rf_want_fraud_type(ld, items[i], &type);
}

static void check_hit(struct rf_load *ld, const struct rf_scope *sc,
                      const struct rf_yaml_node *key, const struct rf_yaml_node *value)
{
    uint32_t n;
    if (rf_str_eqz(key->s, "rule"))
        check_rule_ids(ld, sc, value);
    else if (rf_str_eqz(key->s, "tag"))
        rf_want_strings(ld, value, "tag", &n);
    else if (rf_str_eqz(key->s, "fraud_type"))
        check_fraud_types(ld, value);
    else if (rf_str_eqz(key->s, "level"))
        check_words(ld, value, "level", rf_level_words, RF_LEVEL_COUNT);
    else if (rf_str_eqz(key->s, "verdict"))
        check_words(ld, value, "verdict", rf_verdict_words, 3);
}

const struct rf_node *rf_rule_hit(struct rf_load *ld, struct rf_scope *sc,
                                  const struct rf_yaml_node *key,
                                  const struct rf_yaml_node *value)
{
    struct rf_node *none = rf_rule_node(ld, RF_NODE_ALL, 0, key);
    sc->hit = true;
    if (!rf_keys_check(ld, value, &rf_hit_keys))
        return none;
    if (value->n == 0) {
        rf_rule_error(ld, RF_CODE_EMPTY, value, "hit asks for no rule");
        return none;
    }
    for (uint32_t i = 0; i < value->n; i++)
        if (!value->pairs[i].value->bad)
            check_hit(ld, sc, value->pairs[i].key, value->pairs[i].value);
    if (sc->rule == RF_NO_SCOPE_RULE)
        return none;
    *(struct rf_hit_draft *)rf_vec_push(ld, &ld->hit_drafts,
                                        sizeof(struct rf_hit_draft)) =
        (struct rf_hit_draft){.node = value, .rule = sc->rule};
    struct rf_node *n = rf_rule_node(ld, RF_NODE_HIT, ld->hit_drafts.n - 1, key);
    n->place.end = value->end;
    return n;
}
