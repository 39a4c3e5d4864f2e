#include "lib/rule/compile.h"

#include <stdio.h>

#include "lib/rule/scalar.h"

bool rf_want_string(struct rf_load *ld, const struct rf_yaml_node *n, const char *what,
                    struct rf_str *out)
{
    *out = n->kind == RF_YAML_SCALAR ? n->s : rf_str("", 0);
    if (n->bad)
        return false;
    if (n->kind != RF_YAML_SCALAR) {
        rf_rule_error(ld, RF_CODE_TYPE, n, "%s must be a string, not a %s", what,
                      n->kind == RF_YAML_MAP ? "map" : "list");
        return false;
    }
    if (n->s.n == 0) {
        rf_rule_error(ld, RF_CODE_EMPTY, n, "%s is empty", what);
        return false;
    }
    if (rf_scalar_needs_quotes(n)) {
        struct rf_diag *d =
            rf_rule_error(ld, RF_CODE_QUOTE, n,
                          "%s must be a string; YAML reads %.*s as something else", what,
                          RF_STR_FMT(n->s));
        rf_rule_hint(ld, d, "put it in quotes");
        return false;
    }
    return true;
}

bool rf_want_id(struct rf_load *ld, const struct rf_yaml_node *n, const char *what,
                struct rf_str *out)
{
    if (!rf_want_string(ld, n, what, out))
        return false;
    bool good = out->n <= 64 && out->p[0] != '-';
    for (size_t i = 0; i < out->n; i++) {
        char c = out->p[i];
        good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
    }
    if (!good) {
        struct rf_diag *d = rf_rule_error(ld, RF_CODE_ID, n, "%s cannot be '%.*s'", what,
                                          RF_STR_FMT(*out));
        rf_rule_hint(ld, d, "up to 64 of a-z, 0-9 and -, not beginning with -");
    }
    return good;
}

int rf_want_word(struct rf_load *ld, const struct rf_yaml_node *n, const char *what,
                 const char *const *words, size_t count)
{
    if (n->bad)
        return -1;
    if (n->kind != RF_YAML_SCALAR) {
        struct rf_diag *d =
            rf_rule_error(ld, RF_CODE_TYPE, n, "%s must be one word", what);
        rf_rule_suggest(ld, d, rf_str("", 0), words, count);
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        if (rf_str_eqz(n->s, words[i]))
            return (int)i;
    struct rf_diag *d =
        rf_rule_error(ld, RF_CODE_WORD, n, "%s cannot be '%.*s'", what, RF_STR_FMT(n->s));
    rf_rule_suggest(ld, d, n->s, words, count);
    return -1;
}

bool rf_want_int(struct rf_load *ld, const struct rf_yaml_node *n, const char *what,
                 int64_t lo, int64_t hi, int64_t *out)
{
    if (n->bad)
        return false;
    if (rf_scalar_int(n, out) && *out >= lo && *out <= hi)
        return true;
    rf_rule_error(ld, RF_CODE_VALUE, n, "%s must be a whole number from %lld to %lld",
                  what, (long long)lo, (long long)hi);
    return false;
}

bool rf_want_number(struct rf_load *ld, const struct rf_yaml_node *n, const char *what,
                    double *out)
{
    if (n->bad)
        return false;
    if (rf_scalar_number(n, out))
        return true;
    struct rf_diag *d = rf_rule_error(ld, RF_CODE_VALUE, n, "%s must be a number", what);
    if (n->kind == RF_YAML_SCALAR && n->style != RF_YAML_PLAIN)
        rf_rule_hint(ld, d, "leave the quotes out");
    return false;
}

bool rf_want_bool(struct rf_load *ld, const struct rf_yaml_node *n, const char *what,
                  bool *out)
{
    if (n->bad)
        return false;
    if (rf_scalar_bool(n, out))
        return true;
    rf_rule_error(ld, RF_CODE_VALUE, n, "%s must be true or false", what);
    return false;
}

/* 90000 as "90s", with the largest unit that divides it. */
static void print_duration(int64_t ms, char out[32])
{
    static const struct {
        int64_t ms;
        const char *unit;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
    for (size_t i = 0; i < 5; i++) {
        if (ms % units[i].ms == 0 || i == 4) {
            snprintf(out, 32, "%lld%s", (long long)(ms / units[i].ms),
                     ms ? units[i].unit : "s");
            return;
        }
    }
}

bool rf_want_duration(struct rf_load *ld, const struct rf_yaml_node *n, const char *what,
                      int64_t lo_ms, int64_t hi_ms, int64_t *ms)
{
    char lo[32], hi[32];
    if (n->bad)
        return false;
    bool good = rf_scalar_duration(n, ms);
    if (good && *ms >= lo_ms && *ms <= hi_ms)
        return true;
    print_duration(lo_ms, lo);
    print_duration(hi_ms, hi);
    struct rf_diag *d = rf_rule_error(ld, RF_CODE_VALUE, n,
                                      "%s must be a time from %s to %s", what, lo, hi);
    if (!good)
        rf_rule_hint(ld, d, "a number and ms, s, m, h or d, like 10m");
    return false;
}

bool rf_want_share(struct rf_load *ld, const struct rf_yaml_node *n, const char *what,
                   double *share)
{
    if (n->bad)
        return false;
    if (rf_scalar_share(n, share))
        return true;
    struct rf_diag *d = rf_rule_error(ld, RF_CODE_VALUE, n, "%s must be a share", what);
    rf_rule_hint(ld, d, "from 0%% to 100%%, or from 0 to 1");
    return false;
}

const struct rf_yaml_node *const *rf_want_items(struct rf_load *ld,
                                                const struct rf_yaml_node *const *n,
                                                const char *what, uint32_t *count)
{
    if ((*n)->kind != RF_YAML_LIST) {
        *count = 1;
        return n;
    }
    *count = (*n)->n;
    if (*count == 0 && !(*n)->bad)
        rf_rule_error(ld, RF_CODE_EMPTY, *n, "%s is an empty list", what);
    return (*n)->items;
}

const struct rf_str *rf_want_strings(struct rf_load *ld, const struct rf_yaml_node *n,
                                     const char *what, uint32_t *count)
{
    uint32_t items;
    const struct rf_yaml_node *const *v = rf_want_items(ld, &n, what, &items);
    struct rf_str *out = RF_NEW_ARRAY(ld->arena, struct rf_str, items);
    *count = 0;
    for (uint32_t i = 0; i < items; i++) {
        struct rf_str s;
        if (rf_want_string(ld, v[i], what, &s))
            out[(*count)++] = rf_rule_keep(ld, s);
    }
    return out;
}

static void unknown_operand(struct rf_load *ld, const struct rf_yaml_node *n,
                            const char *what, struct rf_str name)
{
    const char *names[RF_OPERAND_COUNT];
    size_t count = 0;
    for (int o = 0; o < RF_OPERAND_COUNT; o++)
        if (rf_operand_info((enum rf_operand)o)->flags & RF_IS_KEY)
            names[count++] = rf_operand_info((enum rf_operand)o)->name;
    struct rf_diag *d = rf_rule_error(
        ld, RF_CODE_FIELD, n, "%s: there is no field '%.*s'", what, RF_STR_FMT(name));
    rf_rule_suggest(ld, d, name, names, count);
}

enum rf_operand rf_want_operand(struct rf_load *ld, const struct rf_scope *sc,
                                const struct rf_yaml_node *n, const char *what)
{
    struct rf_str name;
    if (!rf_want_string(ld, n, what, &name))
        return RF_OPERAND_NONE;
    enum rf_operand o = rf_operand_find(name);
    if (o == RF_OPERAND_NONE) {
        unknown_operand(ld, n, what, name);
        return o;
    }
    if (!(rf_operand_info(o)->flags & RF_IS_KEY)) {
        rf_rule_error(ld, RF_CODE_FIELD, n, "%s cannot be '%.*s'", what,
                      RF_STR_FMT(name));
        return RF_OPERAND_NONE;
    }
    rf_rule_check_kinds(ld, sc, o, n);
    ld->rs->needs.operand[o] = true;
    return o;
}

bool rf_want_key(struct rf_load *ld, const struct rf_scope *sc,
                 const struct rf_yaml_node *n, const char *what, struct rf_key *out)
{
    uint32_t count;
    const struct rf_yaml_node *const *v = rf_want_items(ld, &n, what, &count);
    bool good = count > 0;
    out->n = 0;
    if (count > RF_KEY_MAX) {
        rf_rule_error(ld, RF_CODE_VALUE, n, "%s takes at most %d fields", what,
                      RF_KEY_MAX);
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        enum rf_operand o = rf_want_operand(ld, sc, v[i], what);
        good = good && o != RF_OPERAND_NONE;
        for (uint32_t k = 0; k < out->n; k++) {
            if (out->operand[k] == o && o != RF_OPERAND_NONE) {
                rf_rule_error(ld, RF_CODE_DUPLICATE, v[i], "%s names '%s' twice", what,
                              rf_operand_info(o)->name);
                good = false;
            }
        }
        out->operand[out->n++] = o;
    }
    return good;
}
