/* The one table of operators: which classes of fields have them. The term compiler and
 * the schema read it. Pure data. */
#ifndef RF_RULE_OPERATOR_H
#define RF_RULE_OPERATOR_H

#include "lib/ruleset/ruleset.h"

enum rf_operator {
    RF_W_IS,
    RF_W_IN,
    RF_W_CONTAINS,
    RF_W_WORDS,
    RF_W_STARTS_WITH,
    RF_W_ENDS_WITH,
    RF_W_REGEX,
    RF_W_LENGTH,
    RF_W_EXISTS,
    RF_W_PREFIX,
    RF_W_COUNTRY,
    RF_W_TYPE,
    RF_W_NEAR,
    RF_W_TLD,
    RF_W_SUFFIX,
    RF_W_MIXED_SCRIPT,
    RF_W_SHORTENER,
    RF_W_LT,
    RF_W_LTE,
    RF_W_GT,
    RF_W_GTE,
    RF_W_BETWEEN,
    RF_W_LOOKS_LIKE,
    RF_W_COUNT
};

struct rf_operator_info {
    const char *name;
    unsigned classes;   /* 1 << enum rf_operand_class */
    bool negatable;     /* has a not_ form */
    const char *schema; /* of its value, JSON; NULL: as the field's own values */
};

const struct rf_operator_info *rf_operator_info(enum rf_operator w);
/* The operator of that name, `not_` form told by *negate; RF_W_COUNT if there is none. */
enum rf_operator rf_operator_find(struct rf_str name, bool *negate);
/* Whether fields of the class have it, in that form. */
bool rf_operator_fits(enum rf_operator w, bool negate, enum rf_operand_class class);

#endif
