#include "lib/rule/operator.h"

#define C(class) (1u << RF_CLASS_##class)
#define TEXTS (C(VIEW) | C(STRING) | C(ADDRESS))
#define HOSTS (C(HOST) | C(URL))
#define TIMES (C(HOUR) | C(DATE))
#define ALL_CLASSES (TEXTS | HOSTS | C(NUMBER) | C(BOOL) | C(ENUM) | TIMES | C(WEEKDAY))

#define STRINGS "{\"$ref\":\"#/definitions/strings\"}"
#define BOOLEAN "{\"type\":\"boolean\"}"

static const struct rf_operator_info table[RF_W_COUNT] = {
    [RF_W_IS] = {"is", ALL_CLASSES, true, NULL},
    [RF_W_IN] = {"in", TEXTS | HOSTS, true, "{\"$ref\":\"#/definitions/lists\"}"},
    [RF_W_CONTAINS] = {"contains", TEXTS | HOSTS, true, STRINGS},
    [RF_W_WORDS] = {"words", TEXTS, true, STRINGS},
    [RF_W_STARTS_WITH] = {"starts_with", TEXTS, true, STRINGS},
    [RF_W_ENDS_WITH] = {"ends_with", TEXTS, true, STRINGS},
    [RF_W_REGEX] = {"regex", TEXTS | HOSTS, true, STRINGS},
    [RF_W_LENGTH] = {"length", TEXTS, true, "{\"$ref\":\"#/definitions/length\"}"},
    [RF_W_EXISTS] = {"exists", ALL_CLASSES, false, BOOLEAN},
    [RF_W_PREFIX] = {"prefix", C(ADDRESS), true, STRINGS},
    [RF_W_COUNTRY] = {"country", C(ADDRESS), true, STRINGS},
    [RF_W_TYPE] = {"type", C(ADDRESS), true, "{\"$ref\":\"#/definitions/types\"}"},
    [RF_W_NEAR] = {"near", C(ADDRESS), true, "{\"$ref\":\"#/definitions/near\"}"},
    [RF_W_TLD] = {"tld", HOSTS, true, STRINGS},
    [RF_W_SUFFIX] = {"suffix", HOSTS, true, STRINGS},
    [RF_W_MIXED_SCRIPT] = {"mixed_script", HOSTS, false, BOOLEAN},
    [RF_W_SHORTENER] = {"shortener", HOSTS, false, BOOLEAN},
    [RF_W_LT] = {"lt", C(NUMBER) | TIMES, false, NULL},
    [RF_W_LTE] = {"lte", C(NUMBER) | TIMES, false, NULL},
    [RF_W_GT] = {"gt", C(NUMBER) | TIMES, false, NULL},
    [RF_W_GTE] = {"gte", C(NUMBER) | TIMES, false, NULL},
    [RF_W_BETWEEN] = {"between", C(NUMBER) | TIMES | C(WEEKDAY), false, NULL},
    [RF_W_LOOKS_LIKE] = {"looks_like", C(ADDRESS) | HOSTS, true, NULL},
};

const struct rf_operator_info *rf_operator_info(enum rf_operator w)
{
    return &table[w];
}

enum rf_operator rf_operator_find(struct rf_str name, bool *negate)
{
    *negate = rf_str_starts(name, RF_STR("not_"));
    if (*negate)
        name = rf_str_sub(name, 4);
    for (int w = 0; w < RF_W_COUNT; w++)
        if (rf_str_eqz(name, table[w].name))
            return (enum rf_operator)w;
    return RF_W_COUNT;
}

bool rf_operator_fits(enum rf_operator w, bool negate, enum rf_operand_class class)
{
    unsigned negatable = TEXTS | HOSTS | C(ENUM);
    return table[w].classes >> class & 1 &&
           (!negate || (table[w].negatable && negatable >> class & 1));
}
