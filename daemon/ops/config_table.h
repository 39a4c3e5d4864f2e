/* The one table of configuration options, and the reader's parts; private to
 * daemon/ops/config*.c. Cold. */
#ifndef DAEMON_OPS_CONFIG_TABLE_H
#define DAEMON_OPS_CONFIG_TABLE_H

#include "daemon/ops/config.h"
#include "lib/rule/code.h"
#include "lib/rule/yaml.h"

enum config_type {
    CONFIG_STR,       /* struct rf_str; `null` where that is the default: empty */
    CONFIG_STRS,      /* const struct rf_str *, with a count */
    CONFIG_BOOL,      /* bool */
    CONFIG_COUNT,     /* uint64_t, min .. max */
    CONFIG_WORKERS,   /* uint64_t, or `auto` */
    CONFIG_SIZE,      /* size_t bytes, min .. max */
    CONFIG_DURATION,  /* int64_t ms, min .. max */
    CONFIG_SCORE,     /* int64_t thousandths, min .. max */
    CONFIG_ENUM,      /* int: position in names */
    CONFIG_SET,       /* unsigned: set of 1 << position in names */
    CONFIG_FIELDS,    /* map: field -> name in the feed; pairs, with a count */
    CONFIG_PAIRS,     /* map: string -> string; pairs, with a count */
    CONFIG_PAIR_LIST, /* map: string -> list of strings; a pair each, with a count */
    CONFIG_FRAUD,     /* map: id -> {en, zh}; fraud types, with a count */
    CONFIG_LATER,     /* belongs to a later version: an error when set */
};

struct config_reader;
struct config_key;

/* Look at one string of a value; says what is wrong with it. */
typedef void (*config_check)(struct config_reader *r, const struct config_key *key,
                             const struct rf_yaml_node *n);

struct config_key {
    const char *section, *name; /* section "": the name stands at the top */
    enum config_type type;
    size_t at, count_at;  /* offsets in struct config */
    const char *fallback; /* the default, in YAML */
    const char *help;     /* one sentence */
    const char *names;    /* of an enumeration, separated by spaces */
    int64_t min, max;
    config_check check;
};

extern const struct config_key config_keys[];
extern const size_t config_nkeys;

struct config_reader {
    struct config *c;
    struct rf_report *report;
    bool lenient;                      /* environment: numbers are strings, too */
    const struct rf_yaml_node *listen; /* as last set, for checks of two keys */
};

/* The row of that name, or NULL. */
const struct config_key *config_find(struct rf_str section, struct rf_str name);
/* Whether there is a section of that name. */
bool config_is_section(struct rf_str name);

/* Set one option from its node, or say what is wrong. */
void config_set(struct config_reader *r, const struct config_key *key,
                const struct rf_yaml_node *n);
/* Position of s in the key's names, or -1. */
int config_name_index(const char *names, struct rf_str s);
/* An error at node n; returns the diagnostic for a hint. */
struct rf_diag *config_error(struct config_reader *r, const struct rf_yaml_node *n,
                             const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

void config_check_listen(struct config_reader *r, const struct config_key *key,
                         const struct rf_yaml_node *n);
void config_check_country(struct config_reader *r, const struct config_key *key,
                          const struct rf_yaml_node *n);
void config_check_timezone(struct config_reader *r, const struct config_key *key,
                           const struct rf_yaml_node *n);
void config_check_filled(struct config_reader *r, const struct config_key *key,
                         const struct rf_yaml_node *n);
void config_check_socket(struct config_reader *r, const struct config_key *key,
                         const struct rf_yaml_node *n);
void config_check_number(struct config_reader *r, const struct config_key *key,
                         const struct rf_yaml_node *n);
void config_check_redis(struct config_reader *r, const struct config_key *key,
                        const struct rf_yaml_node *n);
void config_check_prefix(struct config_reader *r, const struct config_key *key,
                         const struct rf_yaml_node *n);
/* What only two options together can break. */
void config_check_all(struct config_reader *r);

#endif
