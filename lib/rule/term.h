/* Internal to lib/rule: one operator of a field's test, shared by term*.c. */
#ifndef RF_RULE_TERM_H
#define RF_RULE_TERM_H

#include "lib/rule/compile.h"
#include "lib/rule/operator.h"

/* A value as written, or an entry of a list taken for values. */
struct rf_written {
    struct rf_str s;
    const struct rf_yaml_node *at;
    bool entry;         /* of a list: positions inside it are unknown */
    bool changed;       /* of one that was changed while running */
    int64_t expires_ms; /* of an entry that expires, else RF_LIST_NEVER */
};

struct rf_term_context {
    struct rf_load *ld;
    const struct rf_scope *sc;
    enum rf_operand operand;
    enum rf_operand_class class;
    enum rf_operator word;
    const char *what;                 /* "text: contains", for messages */
    const struct rf_yaml_node *value; /* of the operator */
};

/* The strings that stand there, lists of words or strings opened; false after an error.
 * at_least as a list asks, else 1. */
bool rf_term_strings(const struct rf_term_context *c, struct rf_vec *written,
                     uint32_t *at_least);
/* Named lists that stand there (IN). */
bool rf_term_lists(const struct rf_term_context *c, struct rf_term *out);
/* Those strings, each once, in the form in which they are compared (op). */
bool rf_term_set(const struct rf_term_context *c, enum rf_op op, struct rf_term *out);
/* `is` of strings: a set of them, or named lists. */
bool rf_term_equals(const struct rf_term_context *c, struct rf_term *out);
/* A string in the form in which it is compared with the operand's values; false after
 * an error. */
bool rf_term_normal(const struct rf_term_context *c, const struct rf_written *w,
                    struct rf_str *out);
/* Patterns of the matcher: contains, words, regex (term_pattern.c). */
bool rf_term_patterns(const struct rf_term_context *c, struct rf_term *out);
/* Ranges of numbers, hours, weekdays, dates; and length (term_range.c). */
bool rf_term_ranges(const struct rf_term_context *c, struct rf_term *out);
bool rf_term_length(const struct rf_term_context *c, struct rf_term *out);

#endif
