#include "lib/rule/term.h"

#include <ctype.h>
#include <stdio.h>

/* ---- words of a closed set ---- */

static bool one_bit(const struct rf_term_context *c, const struct rf_yaml_node *at,
                    uint64_t *mask)
{
    const char *names[32];
    char text[400];
    size_t n = 0, used = 0;
    enum rf_field f = rf_operand_info(c->operand)->field;
    bool flag;
    if (c->class == RF_CLASS_BOOL) {
        if (!rf_want_bool(c->ld, at, c->what, &flag))
            return false;
        *mask |= UINT64_C(1) << flag;
        return true;
    }
    int first = f == RF_FIELD_KIND; /* "none" is no kind that a rule may ask for */
    for (struct rf_str s; n < 32 && (s = rf_field_enum_name(f, (int)n + first)).n; n++) {
        names[n] = text + used;
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%.*s", RF_STR_FMT(s)) + 1;
    }
    int i = rf_want_word(c->ld, at, c->what, names, n);
    if (i >= 0)
        *mask |= UINT64_C(1) << (i + first);
    return i >= 0;
}

static bool one_of(const struct rf_term_context *c, struct rf_term *out)
{
    uint32_t n;
    const struct rf_yaml_node *const *items =
        rf_want_items(c->ld, &c->value, c->what, &n);
    bool good = n > 0;
    out->op = RF_OP_ONE_OF;
    for (uint32_t i = 0; i < n; i++)
        good &= one_bit(c, items[i], &out->mask);
    out->n = n;
    return good;
}

static bool types(const struct rf_term_context *c, struct rf_term *out)
{
    uint32_t n;
    const char *names[RF_TYPE_COUNT];
    const struct rf_yaml_node *const *items =
        rf_want_items(c->ld, &c->value, c->what, &n);
    bool good = n > 0;
    for (unsigned i = 0; i < RF_TYPE_COUNT; i++)
        names[i] = rf_addr_type_name(i);
    for (uint32_t i = 0; i < n; i++) {
        int t = rf_want_word(c->ld, items[i], c->what, names, RF_TYPE_COUNT);
        good &= t >= 0;
        if (t >= 0)
            out->mask |= UINT64_C(1) << t;
    }
    out->op = RF_OP_TYPE;
    out->n = n;
    return good;
}

/* ---- countries ---- */

static bool one_country(const struct rf_term_context *c, const struct rf_written *w,
                        struct rf_countries *out, char (*iso)[2])
{
    if (rf_str_eqz(w->s, "home")) {
        out->home = true;
    } else if (rf_str_eqz(w->s, "foreign")) {
        out->foreign = true;
    } else if (w->s.n == 2 && rf_plan_find(w->s)) {
        for (int i = 0; i < 2; i++)
            iso[out->n][i] = (char)toupper((unsigned char)w->s.p[i]);
        out->n++;
    } else {
        struct rf_diag *d = rf_rule_error(c->ld, RF_CODE_WORD, w->at,
                                          "there is no country '%.*s'", RF_STR_FMT(w->s));
        rf_rule_hint(c->ld, d, "an ISO 3166 code like CN, or home, foreign");
        return false;
    }
    return true;
}

static bool countries(const struct rf_term_context *c, struct rf_term *out)
{
    struct rf_vec written = {0};
    if (!rf_term_strings(c, &written, &out->at_least))
        return false;
    char(*iso)[2] = rf_arena_calloc(c->ld->arena, written.n, sizeof *iso);
    bool good = true;
    for (uint32_t i = 0; i < written.n; i++)
        good &= one_country(c, RF_VEC_AT(written, struct rf_written, i), &out->countries,
                            iso);
    out->op = RF_OP_COUNTRY;
    out->countries.iso = (const char(*)[2])iso;
    out->n = written.n;
    return good;
}

/* ---- near ---- */

static const struct rf_key_info near_keys[] = {
    {"field", RF_KEY_REQUIRED, "{\"$ref\":\"#/definitions/field\"}"},
    {"last", RF_KEY_REQUIRED, "{\"type\":\"integer\",\"minimum\":1,\"maximum\":15}"}};
const struct rf_keys rf_near_keys = {"near", near_keys, 2};

static bool near(const struct rf_term_context *c, struct rf_term *out)
{
    const struct rf_yaml_node *field = rf_yaml_get(c->value, "field");
    const struct rf_yaml_node *last = rf_yaml_get(c->value, "last");
    int64_t digits;
    if (!rf_keys_check(c->ld, c->value, &rf_near_keys) || !field || !last)
        return false;
    enum rf_operand o = rf_want_operand(c->ld, c->sc, field, "near: field");
    if (o == RF_OPERAND_NONE || !rf_want_int(c->ld, last, "near: last", 1, 15, &digits))
        return false;
    if (rf_operand_info(o)->class != RF_CLASS_ADDRESS || o == c->operand) {
        rf_rule_error(c->ld, RF_CODE_CLASS, field, "near: field must be another address");
        return false;
    }
    out->op = RF_OP_NEAR;
    out->near.field = o;
    out->near.last = (int)digits;
    return true;
}

/* ---- one operator ---- */

static bool flag(const struct rf_term_context *c, enum rf_op op, struct rf_term *out)
{
    out->op = op;
    return rf_want_bool(c->ld, c->value, c->what, &out->flag);
}

static bool is(const struct rf_term_context *c, struct rf_term *out)
{
    switch (c->class) {
    case RF_CLASS_BOOL:
    case RF_CLASS_ENUM:
        return one_of(c, out);
    case RF_CLASS_NUMBER:
    case RF_CLASS_HOUR:
    case RF_CLASS_WEEKDAY:
    case RF_CLASS_DATE:
        return rf_term_ranges(c, out);
    default:
        return rf_term_equals(c, out);
    }
}

static bool by_word(const struct rf_term_context *c, struct rf_term *out)
{
    switch (c->word) {
    case RF_W_IS:
        return is(c, out);
    case RF_W_IN:
        return rf_term_lists(c, out);
    case RF_W_CONTAINS:
    case RF_W_WORDS:
    case RF_W_REGEX:
        return rf_term_patterns(c, out);
    case RF_W_STARTS_WITH:
        return rf_term_set(c, RF_OP_STARTS_WITH, out);
    case RF_W_ENDS_WITH:
        return rf_term_set(c, RF_OP_ENDS_WITH, out);
    case RF_W_PREFIX:
        return rf_term_set(c, RF_OP_PREFIX, out);
    case RF_W_TLD:
        return rf_term_set(c, RF_OP_TLD, out);
    case RF_W_SUFFIX:
        return rf_term_set(c, RF_OP_SUFFIX, out);
    case RF_W_LENGTH:
        return rf_term_length(c, out);
    case RF_W_EXISTS:
        return flag(c, RF_OP_EXISTS, out);
    case RF_W_MIXED_SCRIPT:
        return flag(c, RF_OP_MIXED_SCRIPT, out);
    case RF_W_SHORTENER:
        return flag(c, RF_OP_SHORTENER, out);
    case RF_W_COUNTRY:
        return countries(c, out);
    case RF_W_TYPE:
        return types(c, out);
    case RF_W_NEAR:
        return near(c, out);
    default:
        return rf_term_ranges(c, out);
    }
}

/* The operators that fields of the class have, as a hint. */
static void suggest_operators(const struct rf_term_context *c, struct rf_diag *d,
                              struct rf_str word)
{
    static const char *const negated[] = {
        "not_is",        "not_in",    "not_contains", "not_words", "not_starts_with",
        "not_ends_with", "not_regex", "not_length",   "",          "not_prefix",
        "not_country",   "not_type",  "not_near",     "not_tld",   "not_suffix"};
    const char *names[2 * RF_W_COUNT];
    size_t n = 0;
    for (int w = 0; w < RF_W_LOOKS_LIKE; w++)
        if (rf_operator_fits((enum rf_operator)w, false, c->class))
            names[n++] = rf_operator_info((enum rf_operator)w)->name;
    size_t plain = n;
    for (size_t w = 0; w < sizeof negated / sizeof *negated; w++)
        if (rf_operator_fits((enum rf_operator)w, true, c->class))
            names[n++] = negated[w];
    bool near = rf_diag_suggest(word, names, n) != NULL;
    rf_rule_suggest(c->ld, d, word, names, near ? n : plain);
}

static bool refuse_word(const struct rf_term_context *c, const struct rf_yaml_node *op)
{
    const char *field = rf_operand_info(c->operand)->name;
    struct rf_diag *d;
    if (c->word == RF_W_COUNT) {
        d = rf_rule_error(c->ld, RF_CODE_OPERATOR, op, "unknown operator '%.*s'",
                          RF_STR_FMT(op->s));
        suggest_operators(c, d, op->s);
    } else if (!rf_operator_fits(c->word, false, c->class)) {
        d = rf_rule_error(c->ld, RF_CODE_CLASS, op, "'%s' has no operator '%.*s'", field,
                          RF_STR_FMT(op->s));
        suggest_operators(c, d, rf_str("", 0));
    } else {
        d = rf_rule_error(c->ld, RF_CODE_NEGATION, op, "there is no '%.*s' for '%s'",
                          RF_STR_FMT(op->s), field);
        if (rf_operator_info(c->word)->negatable || c->word > RF_W_SHORTENER)
            rf_rule_hint(c->ld, d, "none: [{%s: ...}]", field);
        else
            rf_rule_hint(c->ld, d, "%s: false", rf_operator_info(c->word)->name);
    }
    return false;
}

bool rf_rule_term(struct rf_load *ld, const struct rf_scope *sc, enum rf_operand operand,
                  const struct rf_yaml_node *op, const struct rf_yaml_node *value,
                  struct rf_term *out)
{
    char what[64];
    bool negate = false;
    struct rf_term_context c = {.ld = ld,
                                .sc = sc,
                                .operand = operand,
                                .class = rf_operand_info(operand)->class,
                                .word = RF_W_IS,
                                .what = what,
                                .value = value};
    if (op)
        c.word = rf_operator_find(op->s, &negate);
    snprintf(what, sizeof what, "%s%s%.*s", rf_operand_info(operand)->name,
             op ? ": " : "", op ? (int)(op->s.n > 30 ? 30 : op->s.n) : 0,
             op ? op->s.p : "");
    if (c.word == RF_W_LOOKS_LIKE) {
        rf_rule_error(ld, RF_CODE_LATER, op, "'looks_like' is not supported yet");
        return false;
    }
    if (c.word == RF_W_COUNT || !rf_operator_fits(c.word, negate, c.class))
        return refuse_word(&c, op);
    out->at_least = 1;
    out->negate = negate;
    if (value->bad)
        return false;
    return by_word(&c, out);
}
