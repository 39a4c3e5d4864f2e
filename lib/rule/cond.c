#include "lib/rule/compile.h"

#include <stdarg.h>
#include <stdio.h>

struct rf_diag *rf_rule_error_here(struct rf_load *ld, const struct rf_scope *sc,
                                   const char *code, const struct rf_yaml_node *at,
                                   const char *fmt, ...)
{
    char message[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    if (!sc->use)
        return rf_rule_error(ld, code, at, "%s", message);
    int mute = ld->mute;
    ld->mute = 0;
    struct rf_diag *d = rf_rule_error(ld, code, sc->use, "this macro: %s", message);
    ld->mute = mute;
    return d;
}

static void kind_names(unsigned kinds, char out[32])
{
    size_t n = 0;
    out[0] = '\0';
    for (int k = RF_KIND_SMS; k < RF_KIND_COUNT; k++)
        if (kinds >> k & 1)
            n += (size_t)snprintf(out + n, 32 - n, "%s%s", n ? ", " : "",
                                  rf_kind_name((enum rf_kind)k));
}

void rf_rule_check_kinds(struct rf_load *ld, const struct rf_scope *sc, enum rf_operand o,
                         const struct rf_yaml_node *at)
{
    char have[32], apply[32];
    unsigned kinds = rf_operand_kinds(o);
    if (kinds & sc->kinds || sc->kinds == 0)
        return;
    kind_names(kinds, have);
    kind_names(sc->kinds, apply);
    rf_rule_error_here(ld, sc, RF_CODE_KIND, at,
                       "'%s' is a field of %s records, this rule applies to %s",
                       rf_operand_info(o)->name, have, apply);
}

struct rf_node *rf_rule_node(struct rf_load *ld, enum rf_node_kind kind, uint32_t index,
                             const struct rf_yaml_node *at)
{
    struct rf_node *n = RF_NEW(ld->arena, struct rf_node);
    n->kind = kind;
    n->index = index;
    n->has_behavior = kind == RF_NODE_BEHAVIOR || kind == RF_NODE_AFTER;
    n->place = rf_rule_place(ld, at);
    ld->nodes++;
    return n;
}

static const struct rf_node *with_children(struct rf_load *ld, enum rf_node_kind kind,
                                           const struct rf_yaml_node *at,
                                           const struct rf_node *const *children,
                                           uint32_t n)
{
    struct rf_node *node = rf_rule_node(ld, kind, 0, at);
    node->children = children;
    node->nchildren = n;
    for (uint32_t i = 0; i < n; i++)
        node->has_behavior |= children[i]->has_behavior;
    return node;
}

static const struct rf_node *nothing(struct rf_load *ld, const struct rf_yaml_node *at)
{
    return rf_rule_node(ld, RF_NODE_ALL, 0, at);
}

static const struct rf_node *list_of(struct rf_load *ld, struct rf_scope *sc,
                                     enum rf_node_kind kind,
                                     const struct rf_yaml_node *at,
                                     const struct rf_yaml_node *list)
{
    if (list->n == 0 && !list->bad)
        rf_rule_error(ld, RF_CODE_EMPTY, list, "an empty list of conditions");
    const struct rf_node **children =
        RF_NEW_ARRAY(ld->arena, const struct rf_node *, list->n);
    for (uint32_t i = 0; i < list->n; i++)
        children[i] = rf_rule_cond(ld, sc, list->items[i]);
    if (list->n == 1 && kind != RF_NODE_NOT)
        return children[0];
    return with_children(ld, kind, at, children, list->n);
}

static const struct rf_node *negation(struct rf_load *ld, const struct rf_yaml_node *at,
                                      const struct rf_node *of)
{
    const struct rf_node **child = RF_NEW_ARRAY(ld->arena, const struct rf_node *, 1);
    child[0] = of;
    return with_children(ld, RF_NODE_NOT, at, child, 1);
}

/* all, any, none: each a list of conditions. */
static const struct rf_node *group(struct rf_load *ld, struct rf_scope *sc,
                                   const struct rf_yaml_node *key,
                                   const struct rf_yaml_node *value)
{
    if (value->bad)
        return nothing(ld, key);
    if (value->kind != RF_YAML_LIST) {
        struct rf_diag *d =
            rf_rule_error(ld, RF_CODE_TYPE, value, "'%.*s' takes a list of conditions",
                          RF_STR_FMT(key->s));
        rf_rule_hint(ld, d, "%.*s: [{...}, {...}]", RF_STR_FMT(key->s));
        return nothing(ld, key);
    }
    if (rf_str_eqz(key->s, "all"))
        return list_of(ld, sc, RF_NODE_ALL, key, value);
    const struct rf_node *any = list_of(ld, sc, RF_NODE_ANY, key, value);
    return rf_str_eqz(key->s, "any") ? any : negation(ld, key, any);
}

static const struct rf_node *not_one(struct rf_load *ld, struct rf_scope *sc,
                                     const struct rf_yaml_node *key,
                                     const struct rf_yaml_node *value)
{
    if (value->kind == RF_YAML_LIST && !value->bad) {
        struct rf_diag *d =
            rf_rule_error(ld, RF_CODE_TYPE, value, "'not' takes one condition");
        rf_rule_hint(ld, d, "'none' takes a list");
        return nothing(ld, key);
    }
    return negation(ld, key, rf_rule_cond(ld, sc, value));
}

/* ---- macros ---- */

static const char *const conditions[] = {"all", "any", "none", "not",
                                         "use", "hit", "pair", "after"};

static void check_macro(struct rf_load *ld, struct rf_macro *m)
{
    struct rf_scope sc = {.kinds = RF_IN_ALL, .rule = RF_NO_SCOPE_RULE};
    size_t before = rf_report_count(ld->report, RF_ERROR);
    uint32_t nodes = ld->nodes;
    int mute = ld->mute;
    ld->mute = 0;
    ld->nodes = 0;
    m->state = RF_MACRO_OPEN;
    if (m->when)
        m->node = rf_rule_cond(ld, &sc, m->when);
    m->size = ld->nodes;
    m->shared = !sc.behavior && !sc.hit;
    m->operands = sc.operands;
    m->event = sc.event;
    m->regex = sc.regex;
    ld->nodes = nodes;
    ld->mute = mute;
    bool good = m->when && m->state == RF_MACRO_OPEN &&
                rf_report_count(ld->report, RF_ERROR) == before;
    m->state = good ? RF_MACRO_GOOD : RF_MACRO_BAD;
}

void rf_rule_check_macros(struct rf_load *ld)
{
    for (uint32_t i = 0; i < ld->macros.n; i++) {
        struct rf_macro *m = RF_VEC_AT(ld->macros, struct rf_macro, i);
        if (m->state == RF_MACRO_NEW)
            check_macro(ld, m);
    }
}

/* A macro whose compiled form serves every rule. */
static const struct rf_node *use_shared(struct rf_load *ld, struct rf_scope *sc,
                                        const struct rf_macro *m)
{
    for (int o = 0; o < RF_OPERAND_COUNT; o++)
        if (m->operands >> o & 1)
            rf_rule_check_kinds(ld, sc, (enum rf_operand)o, m->when);
    sc->operands |= m->operands;
    sc->event |= m->event;
    sc->regex |= m->regex;
    ld->nodes += m->size;
    return m->node;
}

static const struct rf_node *inline_macro(struct rf_load *ld, struct rf_scope *sc,
                                          const struct rf_macro *m,
                                          const struct rf_yaml_node *at)
{
    const struct rf_yaml_node *use = sc->use;
    const struct rf_node *n;
    if (!sc->use)
        sc->use = at;
    ld->mute++;
    if (ld->nodes + m->size > RF_CONDITION_NODES) {
        rf_rule_error_here(ld, sc, RF_CODE_LIMIT, at,
                           "too large: more than %d conditions with the macros used",
                           RF_CONDITION_NODES);
        n = nothing(ld, at);
    } else if (m->shared) {
        n = use_shared(ld, sc, m);
    } else {
        n = rf_rule_cond(ld, sc, m->when);
    }
    ld->mute--;
    sc->use = use;
    return n;
}

static const struct rf_node *use_one(struct rf_load *ld, struct rf_scope *sc,
                                     const struct rf_yaml_node *at)
{
    struct rf_str id;
    if (!rf_want_string(ld, at, "use", &id))
        return nothing(ld, at);
    uint32_t i = rf_map_get(&ld->macro_ids, id);
    if (i == RF_MAP_NONE) {
        struct rf_diag *d =
            rf_rule_error(ld, RF_CODE_MACRO, at, "no macro '%.*s'", RF_STR_FMT(id));
        rf_rule_suggest_id(ld, d, id, &ld->macros, sizeof(struct rf_macro), NULL);
        return nothing(ld, at);
    }
    struct rf_macro *m = RF_VEC_AT(ld->macros, struct rf_macro, i);
    if (m->state == RF_MACRO_NEW)
        check_macro(ld, m);
    if (m->state == RF_MACRO_OPEN)
        rf_rule_error(ld, RF_CODE_CYCLE, at,
                      "macro '%.*s' uses itself, here or by others", RF_STR_FMT(id));
    if (m->state != RF_MACRO_GOOD)
        return nothing(ld, at);
    return inline_macro(ld, sc, m, at);
}

static const struct rf_node *use(struct rf_load *ld, struct rf_scope *sc,
                                 const struct rf_yaml_node *key,
                                 const struct rf_yaml_node *value)
{
    uint32_t n;
    const struct rf_yaml_node *const *items = rf_want_items(ld, &value, "use", &n);
    if (n == 1)
        return use_one(ld, sc, items[0]);
    const struct rf_node **children = RF_NEW_ARRAY(ld->arena, const struct rf_node *, n);
    for (uint32_t i = 0; i < n; i++)
        children[i] = use_one(ld, sc, items[i]);
    return with_children(ld, RF_NODE_ALL, key, children, n);
}

/* ---- one key of a condition ---- */

/* What people call a field elsewhere. */
static const char *synonym(struct rf_str key)
{
    static const char *const table[][2] = {
        {"sender", "from"},     {"caller", "from"},     {"calling", "from"},
        {"originator", "from"}, {"receiver", "to"},     {"recipient", "to"},
        {"callee", "to"},       {"called", "to"},       {"destination", "to"},
        {"message", "text"},    {"body", "text"},       {"content", "text"},
        {"link", "url"},        {"links", "url"},       {"number", "phone"},
        {"time", "hour"},       {"day", "weekday"},     {"and", "all"},
        {"or", "any"},          {"count", "rate"},      {"mean", "average"},
        {"spike", "surge"},     {"unique", "distinct"}, {"macro", "use"},
        {"operator", "peer"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (rf_str_eqz(key, table[i][0]))
            return table[i][1];
    return NULL;
}

static void unknown_condition(struct rf_load *ld, struct rf_scope *sc,
                              const struct rf_yaml_node *key)
{
    const char
        *names[RF_OPERAND_COUNT + RF_BEHAVIORS + sizeof conditions / sizeof *conditions];
    size_t n = 0;
    static const char *const operators[] = {
        "contains", "words",  "regex",   "starts_with", "ends_with", "is",   "in",
        "length",   "exists", "country", "type",        "prefix",    "near", "list"};
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        names[n++] = conditions[i];
    for (size_t i = 0; i < RF_BEHAVIORS; i++)
        names[n++] = rf_behavior_keys[i].what;
    for (int o = 0; o < RF_OPERAND_COUNT; o++)
        names[n++] = rf_operand_info((enum rf_operand)o)->name;
    struct rf_diag *d =
        rf_rule_error(ld, RF_CODE_FIELD, key, "there is no field or condition '%.*s'",
                      RF_STR_FMT(key->s));
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (rf_str_eqz(key->s, operators[i])) {
            rf_rule_hint(ld, d, "it stands under a field: text: {%s: ...}", operators[i]);
            return;
        }
    }
    const char *event = "event";
    sc->event |= rf_diag_suggest(key->s, &event, 1) != NULL; /* one mistake, told once */
    if (synonym(key->s))
        rf_rule_hint(ld, d, "did you mean '%s'?", synonym(key->s));
    else
        rf_rule_suggest(ld, d, key->s, names, n);
}

static bool is_behavior(struct rf_str key)
{
    for (size_t i = 0; i < RF_BEHAVIORS; i++)
        if (rf_str_eqz(key, rf_behavior_keys[i].what))
            return true;
    return false;
}

static const struct rf_node *by_name(struct rf_load *ld, struct rf_scope *sc,
                                     const struct rf_yaml_node *key,
                                     const struct rf_yaml_node *value)
{
    static const struct {
        const char *name;
        const struct rf_node *(*compile)(struct rf_load *, struct rf_scope *,
                                         const struct rf_yaml_node *,
                                         const struct rf_yaml_node *);
    } table[] = {{"all", group},       {"any", group},
                 {"none", group},      {"not", not_one},
                 {"use", use},         {"pair", rf_rule_pair},
                 {"hit", rf_rule_hit}, {"after", rf_rule_after}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (rf_str_eqz(key->s, table[i].name))
            return table[i].compile(ld, sc, key, value);
    if (is_behavior(key->s))
        return rf_rule_behavior(ld, sc, key, value);
    enum rf_operand o = rf_operand_find(key->s);
    if (o != RF_OPERAND_NONE)
        return rf_rule_field(ld, sc, o, key, value);
    unknown_condition(ld, sc, key);
    return nothing(ld, key);
}

const struct rf_node *rf_rule_cond(struct rf_load *ld, struct rf_scope *sc,
                                   const struct rf_yaml_node *n)
{
    if (n->bad)
        return nothing(ld, n);
    if (n->kind == RF_YAML_LIST)
        return list_of(ld, sc, RF_NODE_ALL, n, n);
    if (n->kind != RF_YAML_MAP || n->n == 0) {
        struct rf_diag *d =
            rf_rule_error(ld, n->kind == RF_YAML_MAP ? RF_CODE_EMPTY : RF_CODE_TYPE, n,
                          "a condition must be a map or a list of them");
        if (n->kind == RF_YAML_SCALAR && rf_map_get(&ld->macro_ids, n->s) != RF_MAP_NONE)
            rf_rule_hint(ld, d, "use: %.*s", RF_STR_FMT(n->s));
        return nothing(ld, n);
    }
    if (n->n == 1)
        return by_name(ld, sc, n->pairs[0].key, n->pairs[0].value);
    const struct rf_node **children =
        RF_NEW_ARRAY(ld->arena, const struct rf_node *, n->n);
    for (uint32_t i = 0; i < n->n; i++)
        children[i] = by_name(ld, sc, n->pairs[i].key, n->pairs[i].value);
    return with_children(ld, RF_NODE_ALL, n, children, n->n);
}
