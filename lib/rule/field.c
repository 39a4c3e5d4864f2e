#include "lib/rule/canon.h"

/* A field's test: its terms, and one copy of it for all rules that write it alike. */

static bool terms_of(struct rf_load *ld, const struct rf_scope *sc, enum rf_operand o,
                     const struct rf_yaml_node *value, struct rf_test *out)
{
    bool map = value->kind == RF_YAML_MAP && !rf_rule_is_list_ref(value);
    uint32_t n = map ? value->n : 1;
    struct rf_term *terms = RF_NEW_ARRAY(ld->arena, struct rf_term, n);
    bool good = true;
    for (uint32_t i = 0; i < n; i++)
        good &= map ? rf_rule_term(ld, sc, o, value->pairs[i].key, value->pairs[i].value,
                                   &terms[i])
                    : rf_rule_term(ld, sc, o, NULL, value, &terms[i]);
    *out = (struct rf_test){.operand = o, .nterms = n, .terms = terms};
    return good;
}

/* The index of the test, made if it is new; RF_MAP_NONE after an error. */
static uint32_t intern(struct rf_load *ld, const struct rf_scope *sc, enum rf_operand o,
                       const struct rf_yaml_node *value)
{
    struct rf_buf b;
    struct rf_test test;
    rf_buf_init(&b);
    rf_buf_printf(&b, "T%s ", rf_operand_info(o)->name);
    rf_canon_yaml(&b, value);
    uint32_t index = rf_map_get(&ld->test_ids, rf_buf_str(&b));
    if (index == RF_MAP_NONE && terms_of(ld, sc, o, value, &test)) {
        struct rf_str canon = rf_arena_dup(&ld->tmp, rf_buf_str(&b));
        index = ld->tests.n;
        *(struct rf_test *)rf_vec_push(ld, &ld->tests, sizeof test) = test;
        *(struct rf_str *)rf_vec_push(ld, &ld->canons, sizeof canon) = canon;
        rf_map_put(&ld->test_ids, canon, index);
    }
    rf_buf_fini(&b);
    return index;
}

/* `event: release` in an sms rule: no record of it has that. */
static void check_events(struct rf_load *ld, const struct rf_scope *sc,
                         const struct rf_test *test, const struct rf_yaml_node *at)
{
    uint64_t possible = (sc->kinds & RF_IN_CALL ? RF_EVENTS_CALL : 0) |
                        (sc->kinds & RF_IN_SMS ? RF_EVENTS_SMS : 0);
    for (uint32_t i = 0; i < test->nterms; i++) {
        const struct rf_term *t = &test->terms[i];
        if (t->op == RF_OP_ONE_OF && !t->negate && possible && !(t->mask & possible))
            rf_rule_error_here(ld, sc, RF_CODE_NEVER, at,
                               "no %s record has such an event",
                               sc->kinds & RF_IN_CALL ? "call" : "sms");
    }
}

const struct rf_node *rf_rule_field(struct rf_load *ld, struct rf_scope *sc,
                                    enum rf_operand operand,
                                    const struct rf_yaml_node *key,
                                    const struct rf_yaml_node *value)
{
    rf_rule_check_kinds(ld, sc, operand, key);
    sc->operands |= UINT64_C(1) << operand;
    ld->rs->needs.operand[operand] = true;
    if (operand == RF_OPERAND_EVENT && !sc->in_ratio)
        sc->event = true;
    if (value->bad)
        return rf_rule_node(ld, RF_NODE_ALL, 0, key);
    if (value->kind == RF_YAML_MAP && value->n == 0) {
        rf_rule_error(ld, RF_CODE_EMPTY, value, "'%.*s' is tested for nothing",
                      RF_STR_FMT(key->s));
        return rf_rule_node(ld, RF_NODE_ALL, 0, key);
    }
    uint32_t index = intern(ld, sc, operand, value);
    if (index == RF_MAP_NONE)
        return rf_rule_node(ld, RF_NODE_ALL, 0, key);
    const struct rf_test *test = RF_VEC_AT(ld->tests, struct rf_test, index);
    if (operand == RF_OPERAND_EVENT)
        check_events(ld, sc, test, value);
    for (uint32_t i = 0; i < test->nterms; i++)
        sc->regex |= test->terms[i].op == RF_OP_REGEX;
    struct rf_node *n = rf_rule_node(ld, RF_NODE_TEST, index, key);
    n->place.end = value->end;
    return n;
}
