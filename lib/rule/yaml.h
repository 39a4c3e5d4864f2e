/* YAML to a tree with positions, for rule files and the configuration. Cold, one thread.
 * A strict subset of YAML 1.1: one document; no anchors, aliases or tags; scalar keys,
 * each once in a map; bounded depth. Scalars stay text: what they mean is for the schema
 * of their place to say (scalar.h). */
#ifndef RF_RULE_YAML_H
#define RF_RULE_YAML_H

#include "lib/base/arena.h"
#include "lib/base/diag.h"

enum rf_yaml_kind { RF_YAML_SCALAR, RF_YAML_LIST, RF_YAML_MAP };
enum rf_yaml_style {
    RF_YAML_PLAIN, /* of a scalar; also any block map or list */
    RF_YAML_SINGLE,
    RF_YAML_DOUBLE,
    RF_YAML_LITERAL,
    RF_YAML_FOLDED,
    RF_YAML_FLOW /* a map or list in braces */
};

struct rf_yaml_pair;

struct rf_yaml_node {
    enum rf_yaml_kind kind : 8;
    enum rf_yaml_style style : 8;
    bool bad;            /* already complained about: ask nothing more of it */
    uint32_t source;     /* of the report */
    uint32_t begin, end; /* bytes in the source, quotes and braces included */
    uint32_t n;          /* items of a list, pairs of a map */
    union {
        struct rf_str s; /* scalar: its value, unquoted */
        const struct rf_yaml_node *const *items;
        const struct rf_yaml_pair *pairs; /* in the order of the file */
    };
};

struct rf_yaml_pair {
    const struct rf_yaml_node *key; /* a scalar */
    const struct rf_yaml_node *value;
};

/* Read source number `source` of the report. NULL, with an error in the report, when it
 * cannot be read to its end; other mistakes (a key twice, an alias) are reported and the
 * tree is given without them. An empty file is an empty plain scalar. Strings live in the
 * arena. */
const struct rf_yaml_node *rf_yaml_read(struct rf_arena *a, struct rf_report *r,
                                        uint32_t source);

/* The value of that key, or NULL. n is any node; O(pairs). */
const struct rf_yaml_node *rf_yaml_get(const struct rf_yaml_node *n, const char *key);

/* Where byte `at` of a scalar's value stands in its source, seen through quotes, escapes
 * and folding; the scalar's begin where that cannot be said. text: of the source. */
uint32_t rf_yaml_offset(const struct rf_yaml_node *scalar, struct rf_str text, size_t at);

/* An absent value: empty, `~` or `null`, not quoted. */
bool rf_yaml_is_null(const struct rf_yaml_node *n);

#endif
