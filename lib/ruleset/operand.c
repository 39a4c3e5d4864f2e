#include "lib/ruleset/operand.h"

const struct rf_operand_info rf_operands[RF_OPERAND_COUNT] = {
#define X(NAME, name, class, field, kinds, flags)                                        \
    {name, RF_CLASS_##class, RF_FIELD_##field, kinds, flags},
    RF_OPERANDS(X)
#undef X
};

/* Kinds of each field, so that rows of the table above need not repeat them. */
static const unsigned field_kinds[RF_FIELD_COUNT] = {
#define X(NAME, name, type, kinds, names) kinds,
    RF_FIELDS(X)
#undef X
};

unsigned rf_operand_kinds(enum rf_operand o)
{
    return rf_operands[o].kinds ? rf_operands[o].kinds
                                : field_kinds[rf_operands[o].field];
}

enum rf_operand rf_operand_find(struct rf_str name)
{
    for (int o = 0; o < RF_OPERAND_COUNT; o++)
        if (rf_str_eqz(name, rf_operands[o].name))
            return (enum rf_operand)o;
    return RF_OPERAND_NONE;
}

enum rf_match_view rf_operand_view(enum rf_operand o)
{
    switch (o) {
    case RF_OPERAND_TEXT:
        return RF_VIEW_TEXT;
    case RF_OPERAND_TEXT_COMPACT:
        return RF_VIEW_COMPACT;
    case RF_OPERAND_TEXT_SHAPE:
        return RF_VIEW_SHAPE;
    case RF_OPERAND_TEXT_RAW:
        return RF_VIEW_RAW;
    default:
        return RF_VIEW_FIELD;
    }
}
