/* The strings and lists that stand behind an operator. */
#include "lib/rule/term.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- what stands there ---- */

static void warn_list_id(const struct rf_term_context *c, const struct rf_written *w)
{
    if (rf_map_get(&c->ld->list_ids, w->s) == RF_MAP_NONE)
        return;
    struct rf_diag *d = rf_rule_warn(c->ld, RF_CODE_LIST_VALUE, w->at,
                                     "'%.*s' is sought as a word, but is also the id of "
                                     "a list",
                                     RF_STR_FMT(w->s));
    rf_rule_hint(c->ld, d, "for the list: {list: %.*s}", RF_STR_FMT(w->s));
}

static bool open_list(const struct rf_term_context *c, const struct rf_yaml_node *at,
                      struct rf_vec *written, uint32_t *at_least)
{
    const struct rf_named_list *l = rf_rule_list_ref(c->ld, at, at_least);
    if (!l)
        return false;
    if (l->type != RF_LIST_WORDS && l->type != RF_LIST_STRINGS) {
        rf_rule_error(c->ld, RF_CODE_LIST_TYPE, at,
                      "%s takes a list of words or strings; '%.*s' is one of %s", c->what,
                      RF_STR_FMT(l->id), rf_list_type_name(l->type));
        return false;
    }
    c->ld->rs->lists[l - c->ld->rs->lists].opened = true;
    uint32_t size = l->list ? rf_list_size(l->list) : 0;
    uint32_t added = l->list ? rf_list_added(l->list) : 0;
    bool changed = l->list && (added || rf_list_removals(l->list));
    for (uint32_t i = 0; i < size + added; i++) {
        struct rf_list_entry e;
        struct rf_list_change removal;
        if (rf_list_removed(l->list, i, RF_LIST_NEVER, &removal))
            continue;
        rf_list_entry(l->list, i, &c->ld->tmp, &e);
        struct rf_written *w = rf_vec_push(c->ld, written, sizeof *w);
        *w = (struct rf_written){e.text, at, true, changed, e.expires_ms};
    }
    return true;
}

static bool one_string(const struct rf_term_context *c, const struct rf_yaml_node *at,
                       struct rf_vec *written)
{
    struct rf_written w = {.at = at, .expires_ms = RF_LIST_NEVER};
    if (at->kind == RF_YAML_MAP && !at->bad) {
        struct rf_diag *d = rf_rule_error(c->ld, RF_CODE_TYPE, at,
                                          "%s takes strings or {list: ID}", c->what);
        rf_rule_hint(c->ld, d, "alternatives: any: [{...}, {...}]");
        return false;
    }
    if (!rf_want_string(c->ld, at, c->what, &w.s))
        return false;
    warn_list_id(c, &w);
    *(struct rf_written *)rf_vec_push(c->ld, written, sizeof w) = w;
    return true;
}

bool rf_term_strings(const struct rf_term_context *c, struct rf_vec *written,
                     uint32_t *at_least)
{
    uint32_t n;
    const struct rf_yaml_node *const *items =
        rf_want_items(c->ld, &c->value, c->what, &n);
    bool good = n > 0;
    *at_least = 1;
    for (uint32_t i = 0; i < n; i++) {
        if (!rf_rule_is_list_ref(items[i])) {
            good &= one_string(c, items[i], written);
            continue;
        }
        uint32_t want = 1;
        good &= open_list(c, items[i], written, &want);
        if (want > 1 && n > 1) {
            rf_rule_error(c->ld, RF_CODE_VALUE, items[i],
                          "a list with at_least must stand alone");
            good = false;
        }
        *at_least = want;
    }
    return good;
}

/* ---- in ---- */

/* Types of lists that values of the class can be in. */
static unsigned list_types(enum rf_operand_class class)
{
    unsigned plain = 1u << RF_LIST_WORDS | 1u << RF_LIST_STRINGS;
    if (class == RF_CLASS_ADDRESS)
        return plain | 1u << RF_LIST_NUMBERS | 1u << RF_LIST_SENDERS;
    if (class == RF_CLASS_HOST || class == RF_CLASS_URL)
        return 1u << RF_LIST_HOSTS;
    return plain;
}

static void wrong_type(const struct rf_term_context *c, const struct rf_yaml_node *at,
                       const struct rf_named_list *l)
{
    char names[80] = "";
    size_t n = 0;
    for (int t = 0; t < RF_LIST_TYPES; t++)
        if (list_types(c->class) >> t & 1)
            n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "",
                                  rf_list_type_name((enum rf_list_type)t));
    struct rf_diag *d = rf_rule_error(c->ld, RF_CODE_LIST_TYPE, at,
                                      "'%.*s' is a list of %s, '%s' can be in one of %s",
                                      RF_STR_FMT(l->id), rf_list_type_name(l->type),
                                      rf_operand_info(c->operand)->name, names);
    if (l->type == RF_LIST_PAIRS)
        rf_rule_hint(c->ld, d, "pair: {of: [from, trunk], in: %.*s}", RF_STR_FMT(l->id));
}

bool rf_term_lists(const struct rf_term_context *c, struct rf_term *out)
{
    uint32_t n;
    const struct rf_yaml_node *const *items =
        rf_want_items(c->ld, &c->value, c->what, &n);
    const struct rf_list **lists = RF_NEW_ARRAY(c->ld->arena, const struct rf_list *, n);
    bool good = n > 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at_least = 1;
        const struct rf_named_list *l = rf_rule_is_list_ref(items[i])
                                            ? rf_rule_list_ref(c->ld, items[i], &at_least)
                                            : rf_rule_list(c->ld, items[i]);
        if (l && !(list_types(c->class) >> l->type & 1)) {
            wrong_type(c, items[i], l);
            l = NULL;
        }
        if (l && at_least > 1) {
            rf_rule_error(c->ld, RF_CODE_VALUE, items[i],
                          "at_least counts words in a text; one value is in a list once");
            l = NULL;
        }
        good &= l != NULL;
        lists[i] = l ? l->list : NULL;
    }
    out->op = RF_OP_IN;
    out->lists = lists;
    out->n = n;
    return good;
}

/* ---- strings ---- */

/* A string and when the list entry it stems from expires. */
struct dated {
    struct rf_str s;
    int64_t expires_ms;
};

/* Bytewise, of one string the longest lived first. */
static int by_bytes(const void *pa, const void *pb)
{
    const struct dated *a = pa, *b = pb;
    int c = rf_str_cmp(a->s, b->s);
    return c ? c : (a->expires_ms < b->expires_ms) - (a->expires_ms > b->expires_ms);
}

/* Each string once, ascending, into the term; expiries only where some entry has one. */
static void set_strings(const struct rf_term_context *c, struct dated *v, uint32_t n,
                        struct rf_term *out)
{
    struct rf_str *strs = RF_NEW_ARRAY(c->ld->arena, struct rf_str, n);
    int64_t *expires_ms = RF_NEW_ARRAY(c->ld->arena, int64_t, n);
    if (n)
        qsort(v, n, sizeof *v, by_bytes);
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0 && rf_str_eq(v[i - 1].s, v[i].s))
            continue;
        if (v[i].expires_ms != RF_LIST_NEVER)
            out->expires_ms = expires_ms;
        expires_ms[out->n] = v[i].expires_ms;
        strs[out->n++] = v[i].s;
    }
    out->strs = strs;
}

bool rf_term_set(const struct rf_term_context *c, enum rf_op op, struct rf_term *out)
{
    struct rf_vec written = {0};
    if (!rf_term_strings(c, &written, &out->at_least))
        return false;
    if (out->at_least > 1) {
        rf_rule_error(c->ld, RF_CODE_VALUE, c->value,
                      "at_least needs contains, words or regex");
        return false;
    }
    struct dated *v = RF_NEW_ARRAY(&c->ld->tmp, struct dated, written.n);
    bool good = true;
    for (uint32_t i = 0; i < written.n; i++) {
        const struct rf_written *w = RF_VEC_AT(written, struct rf_written, i);
        v[i].expires_ms = w->expires_ms;
        good &= rf_term_normal(c, w, &v[i].s);
    }
    out->op = op;
    if (good)
        set_strings(c, v, written.n, out);
    return good;
}

/* Whether `is` has a named list anywhere among its values. */
static bool names_list(const struct rf_yaml_node *value, uint32_t *n)
{
    *n = value->kind == RF_YAML_LIST ? value->n : 1;
    if (value->kind != RF_YAML_LIST)
        return rf_rule_is_list_ref(value);
    for (uint32_t i = 0; i < value->n; i++)
        if (rf_rule_is_list_ref(value->items[i]))
            return true;
    return false;
}

bool rf_term_equals(const struct rf_term_context *c, struct rf_term *out)
{
    uint32_t n, lists = 0;
    if (!names_list(c->value, &n))
        return rf_term_set(c, RF_OP_IS, out);
    for (uint32_t i = 0; c->value->kind == RF_YAML_LIST && i < n; i++)
        lists += rf_rule_is_list_ref(c->value->items[i]);
    if (c->value->kind == RF_YAML_LIST && lists < n) {
        struct rf_diag *d =
            rf_rule_error(c->ld, RF_CODE_TYPE, c->value,
                          "%s: values and a list cannot be mixed", c->what);
        const char *name = rf_operand_info(c->operand)->name;
        rf_rule_hint(c->ld, d, "any: [{%s: ...}, {%s: {in: ...}}]", name, name);
        return false;
    }
    return rf_term_lists(c, out);
}
