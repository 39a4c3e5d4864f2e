#include "lib/ruleset/cost.h"

#include "lib/base/utf8.h"

/* Letters of an alphabet are worth less than a Chinese character. */
static double literal_cost(struct rf_str s)
{
    double cost = 1;
    for (size_t i = 0, len; i < s.n; i += len) {
        uint32_t c = rf_utf8_decode(s.p + i, s.n - i, &len);
        cost *= c < 0x80 ? 0.45 : c < 0x2e80 ? 0.35 : 0.05;
    }
    return cost;
}

static double pattern_cost(const struct rf_ruleset *rs, uint32_t id)
{
    if (!rf_matcher_has_literals(rs->matcher, id))
        return 1;
    if (rf_matcher_kind(rs->matcher, id) == RF_PATTERN_REGEX)
        return 0.05;
    return literal_cost(rf_matcher_text(rs->matcher, id));
}

static double patterns_cost(const struct rf_ruleset *rs, const struct rf_term *t)
{
    double sum = 0;
    for (uint32_t i = 0; i < t->n && sum < 1; i++)
        sum += pattern_cost(rs, t->patterns[i]);
    return sum;
}

/* Whether the operand's lists can be joined in one (addresses and hosts). The built-in
 * one cannot: its numbers are meant by more spellings than a list knows. */
static bool listable(const struct rf_ruleset *rs, enum rf_operand o,
                     const struct rf_term *t)
{
    enum rf_operand_class class = rf_operand_info(o)->class;
    const struct rf_list *built_in =
        rf_ruleset_find_list(rs, RF_STR(RF_PROTECTED_LIST))->list;
    for (uint32_t i = 0; i < t->n; i++) {
        if (t->lists[i] == built_in)
            return false;
        enum rf_list_type type = rf_list_get_type(t->lists[i]);
        bool numbers = type == RF_LIST_NUMBERS || type == RF_LIST_SENDERS;
        if (class == RF_CLASS_ADDRESS ? !numbers : type != RF_LIST_HOSTS)
            return false;
    }
    return class == RF_CLASS_ADDRESS || class == RF_CLASS_HOST || class == RF_CLASS_URL;
}

static bool fits_lengths(const struct rf_term *t)
{
    for (uint32_t i = 0; i < t->n; i++)
        if (t->strs[i].n == 0 || t->strs[i].n > RF_INDEX_LENGTHS)
            return false;
    return true;
}

static double prefix_cost(const struct rf_term *t)
{
    double sum = 0;
    for (uint32_t i = 0; i < t->n; i++)
        sum += t->strs[i].n > 6 ? 0.01 : t->strs[i].n > 3 ? 0.05 : 0.5;
    return sum;
}

/* How often an operand is there, where only that is asked. */
static double present_cost(enum rf_operand o)
{
    switch (o) {
    case RF_OPERAND_URL:
    case RF_OPERAND_HOST:
    case RF_OPERAND_DOMAIN:
    case RF_OPERAND_PHONE:
    case RF_OPERAND_SHOWN:
    case RF_OPERAND_DIVERTED:
        return 0.3;
    default:
        return 0.8;
    }
}

static enum rf_trigger term_trigger(const struct rf_ruleset *rs, enum rf_operand o,
                                    const struct rf_term *t, double *cost)
{
    enum rf_operand_class class = rf_operand_info(o)->class;
    *cost = 1;
    if (t->negate)
        return RF_TRIGGER_NONE;
    switch (t->op) {
    case RF_OP_CONTAINS:
    case RF_OP_WORDS:
    case RF_OP_REGEX:
        if (class != RF_CLASS_VIEW)
            return RF_TRIGGER_NONE;
        *cost = patterns_cost(rs, t);
        return RF_TRIGGER_PATTERN;
    case RF_OP_IS:
        *cost = 0.01;
        return class == RF_CLASS_VIEW ? RF_TRIGGER_NONE : RF_TRIGGER_VALUE;
    case RF_OP_IN:
        *cost = 0.02;
        return listable(rs, o, t) ? RF_TRIGGER_LIST : RF_TRIGGER_NONE;
    case RF_OP_ONE_OF:
        *cost = 0.3 * __builtin_popcountll(t->mask & 0xffff);
        return t->mask >> RF_INDEX_WORDS ? RF_TRIGGER_NONE : RF_TRIGGER_WORD;
    case RF_OP_STARTS_WITH:
    case RF_OP_PREFIX:
        *cost = prefix_cost(t);
        return class == RF_CLASS_VIEW || !fits_lengths(t) ? RF_TRIGGER_NONE
                                                          : RF_TRIGGER_PREFIX;
    case RF_OP_SUFFIX:
        *cost = 0.02;
        return RF_TRIGGER_SUFFIX;
    case RF_OP_COUNTRY:
        *cost = t->countries.home ? 0.8 : 0.05;
        return RF_TRIGGER_COUNTRY;
    default:
        return RF_TRIGGER_NONE;
    }
}

/* Whether the test can hold for a record without the operand. */
static bool holds_absent(const struct rf_test *test)
{
    for (uint32_t i = 0; i < test->nterms; i++)
        if (test->terms[i].op != RF_OP_EXISTS || test->terms[i].flag)
            return false;
    return true;
}

enum rf_trigger rf_cost_test(const struct rf_ruleset *rs, const struct rf_test *test,
                             double *cost, uint32_t *term)
{
    enum rf_trigger best = RF_TRIGGER_NONE;
    *cost = 1;
    *term = 0;
    for (uint32_t i = 0; i < test->nterms; i++) {
        double c;
        enum rf_trigger trigger = term_trigger(rs, test->operand, &test->terms[i], &c);
        if (trigger != RF_TRIGGER_NONE && (best == RF_TRIGGER_NONE || c < *cost)) {
            best = trigger;
            *cost = c < 1 ? c : 1;
            *term = i;
        }
    }
    if (best == RF_TRIGGER_NONE && !holds_absent(test)) {
        *cost = present_cost(test->operand);
        return RF_TRIGGER_PRESENT;
    }
    return best;
}
