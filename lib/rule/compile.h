/* Internal to lib/rule: what the steps of one load share. Cold, one thread. Trees and
 * notes live in `tmp` and die with the load; what the ruleset keeps is in its arena. */
#ifndef RF_RULE_COMPILE_H
#define RF_RULE_COMPILE_H

#include "lib/base/map.h"
#include "lib/rule/code.h"
#include "lib/rule/load.h"
#include "lib/rule/yaml.h"
#include "lib/ruleset/rule_test.h"

struct rf_rule_file {
    struct rf_str name;
    const struct rf_yaml_node *root; /* NULL: not readable */
    uint32_t source;                 /* of the report */
};

/* A rule, list or macro as it stands in a file, before it is looked into. */
struct rf_decl {
    struct rf_str id; /* empty where it is missing or bad */
    const struct rf_yaml_node *node;
    const struct rf_yaml_node *id_node;
    const struct rf_rule_file *file;
};

/* Growing array in `tmp`. */
struct rf_vec {
    void *p;
    uint32_t n, cap;
};

enum rf_macro_state { RF_MACRO_NEW, RF_MACRO_OPEN, RF_MACRO_GOOD, RF_MACRO_BAD };

struct rf_macro {
    struct rf_decl decl;
    const struct rf_yaml_node *when;
    enum rf_macro_state state;
    const struct rf_node *node; /* compiled; shared by all rules where nothing in it */
    bool shared;                /* belongs to one rule alone (a counter, a hit) */
    uint64_t operands;          /* 1 << operand: looked at in it */
    bool event, regex;
    uint32_t size; /* nodes in it */
};

/* An `after` or `hit` as met, resolved when all rules are known. */
struct rf_after_draft {
    const struct rf_yaml_node *node;
    uint32_t target;
    struct rf_mark mark; /* without its rule */
};
struct rf_hit_draft {
    const struct rf_yaml_node *node;
    uint32_t rule; /* that asks */
};
struct rf_excuse_draft {
    const struct rf_yaml_node *node;
    uint32_t rule;
};

struct rf_load {
    struct rf_arena tmp;
    struct rf_ruleset *rs;
    struct rf_arena *arena; /* of rs */
    struct rf_report *report;
    const struct rf_rule_io *io;
    struct rf_rule_options options;
    struct rf_matcher_builder *patterns;
    struct rf_rule_file *files;
    size_t nfiles;
    uint32_t first_source;              /* of the report: source of files[0] */
    struct rf_vec rules, lists, macros; /* rf_decl, rf_decl, rf_macro: sorted by id */
    struct rf_map rule_ids, list_ids, macro_ids; /* to indexes of the sorted arrays */
    struct rf_map fraud_ids;
    struct rf_map test_ids;      /* canonical text of a test to its index */
    struct rf_vec tests, canons; /* rf_test, its canonical text (rf_str) */
    struct rf_vec pairs, hits, counters, counter_canons, behaviors, afters;
    struct rf_vec after_drafts, hit_drafts, excuse_drafts;
    int mute;       /* > 0: inside a macro that has been checked on its own */
    uint32_t nodes; /* of the rule or macro being compiled */
    struct rf_str neutral_from, neutral_to; /* of tests; made when first needed */
};

/* Where a condition is compiled for. */
struct rf_scope {
    unsigned kinds; /* RF_IN_* of the rule */
    uint32_t rule;  /* index, or RF_NO_SCOPE_RULE in a macro's own check */
    bool allow;     /* an allow rule: no behaviors */
    bool in_ratio;  /* inside `ratio: {of: ...}` */
    const struct rf_yaml_node *use; /* the rule's `use` that led here, or NULL */
    bool behavior, counts, calls, event, hit, regex; /* what was met */
    uint64_t operands;                               /* 1 << operand, the same */
    uint32_t first_counter;                          /* the rule's counters begin here */
};
#define RF_NO_SCOPE_RULE UINT32_MAX

/* ---- diagnostics (report.c) ---- */

/* An error, or warning, at a node; NULL while muted. The hint goes by rf_rule_hint. */
struct rf_diag *rf_rule_error(struct rf_load *ld, const char *code,
                              const struct rf_yaml_node *at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
struct rf_diag *rf_rule_warn(struct rf_load *ld, const char *code,
                             const struct rf_yaml_node *at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
#define rf_rule_hint(ld, d, ...) rf_report_hint((ld)->report, (d), __VA_ARGS__)
/* "did you mean 'x'?" where a candidate is near; else "one of a, b, c" if there are at
 * most 12, and nothing beyond. */
void rf_rule_suggest(struct rf_load *ld, struct rf_diag *d, struct rf_str word,
                     const char *const *candidates, size_t n);
/* The same over the ids of declarations (rf_decl at the head of each element); where none
 * is near, `otherwise` if not NULL. */
void rf_rule_suggest_id(struct rf_load *ld, struct rf_diag *d, struct rf_str word,
                        const struct rf_vec *decls, size_t element,
                        const char *otherwise);
struct rf_place rf_rule_place(const struct rf_load *ld, const struct rf_yaml_node *n);

/* ---- arrays and strings (report.c) ---- */

/* Room for one more element of `size` bytes, cleared. */
void *rf_vec_push(struct rf_load *ld, struct rf_vec *v, size_t size);
#define RF_VEC_AT(v, type, i) (&((type *)(v).p)[i])
/* The array in the ruleset's arena. */
void *rf_vec_keep(struct rf_load *ld, const struct rf_vec *v, size_t size);
/* A copy that lives as long as the ruleset. */
struct rf_str rf_rule_keep(struct rf_load *ld, struct rf_str s);

/* ---- keys of maps (keys.c) ---- */

enum { RF_KEY_REQUIRED = 1, RF_KEY_LATER = 2 }; /* flags */

struct rf_key_info {
    const char *name;
    unsigned flags;
    const char *schema; /* of its value, JSON; NULL with RF_KEY_LATER */
};
struct rf_keys {
    const char *what; /* "a rule" */
    const struct rf_key_info *keys;
    size_t n;
};

/* Whether node is a map; reports if not, and its unknown and missing keys. */
bool rf_keys_check(struct rf_load *ld, const struct rf_yaml_node *node,
                   const struct rf_keys *keys);

/* ---- values; each reports and returns false (or -1) if it is none (want.c) ---- */

/* A string that is not empty: a scalar that needs no quotes. Lives in `tmp`. */
bool rf_want_string(struct rf_load *ld, const struct rf_yaml_node *n, const char *what,
                    struct rf_str *out);
bool rf_want_id(struct rf_load *ld, const struct rf_yaml_node *n, const char *what,
                struct rf_str *out);
int rf_want_word(struct rf_load *ld, const struct rf_yaml_node *n, const char *what,
                 const char *const *words, size_t count);
bool rf_want_int(struct rf_load *ld, const struct rf_yaml_node *n, const char *what,
                 int64_t lo, int64_t hi, int64_t *out);
bool rf_want_number(struct rf_load *ld, const struct rf_yaml_node *n, const char *what,
                    double *out);
bool rf_want_bool(struct rf_load *ld, const struct rf_yaml_node *n, const char *what,
                  bool *out);
bool rf_want_duration(struct rf_load *ld, const struct rf_yaml_node *n, const char *what,
                      int64_t lo_ms, int64_t hi_ms, int64_t *ms);
bool rf_want_share(struct rf_load *ld, const struct rf_yaml_node *n, const char *what,
                   double *share);
/* The items of a list, or the node itself as the only one; an empty list is reported and
 * has none. */
const struct rf_yaml_node *const *rf_want_items(struct rf_load *ld,
                                                const struct rf_yaml_node *const *n,
                                                const char *what, uint32_t *count);
/* A list or one of strings, in the ruleset's arena. */
const struct rf_str *rf_want_strings(struct rf_load *ld, const struct rf_yaml_node *n,
                                     const char *what, uint32_t *count);
/* A list or one of operands that may be keys, of kinds that meet `kinds`. */
bool rf_want_key(struct rf_load *ld, const struct rf_scope *sc,
                 const struct rf_yaml_node *n, const char *what, struct rf_key *out);
/* One operand for `what`; RF_OPERAND_NONE when there is none. Notes that it is needed. */
enum rf_operand rf_want_operand(struct rf_load *ld, const struct rf_scope *sc,
                                const struct rf_yaml_node *n, const char *what);

/* A known fraud type: its index in the ruleset. */
bool rf_want_fraud_type(struct rf_load *ld, const struct rf_yaml_node *n, uint32_t *out);

extern const char *const rf_level_words[], *const rf_verdict_words[];

/* ---- conditions ---- */

/* Report a field that no record of the scope's kinds can have (cond.c). */
void rf_rule_check_kinds(struct rf_load *ld, const struct rf_scope *sc, enum rf_operand o,
                         const struct rf_yaml_node *at);
/* An error of how a condition is used here: at the rule's own `use` when it stands in a
 * macro, never muted (cond.c). */
struct rf_diag *rf_rule_error_here(struct rf_load *ld, const struct rf_scope *sc,
                                   const char *code, const struct rf_yaml_node *at,
                                   const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* Compile a condition (cond.c). Never NULL; after errors it is any node. */
const struct rf_node *rf_rule_cond(struct rf_load *ld, struct rf_scope *sc,
                                   const struct rf_yaml_node *n);
/* A field's test (test.c): `key` names the operand, `value` is what it must be. */
const struct rf_node *rf_rule_field(struct rf_load *ld, struct rf_scope *sc,
                                    enum rf_operand operand,
                                    const struct rf_yaml_node *key,
                                    const struct rf_yaml_node *value);
/* One operator of a field's test (term.c); op NULL: equals. False after an error. */
bool rf_rule_term(struct rf_load *ld, const struct rf_scope *sc, enum rf_operand operand,
                  const struct rf_yaml_node *op, const struct rf_yaml_node *value,
                  struct rf_term *out);
/* Whether a behavior may stand here; reports if not (behavior.c). */
bool rf_rule_behavior_allowed(struct rf_load *ld, struct rf_scope *sc,
                              const struct rf_yaml_node *key);
/* A condition that is a behavior (behavior.c, after.c). */
const struct rf_node *rf_rule_behavior(struct rf_load *ld, struct rf_scope *sc,
                                       const struct rf_yaml_node *key,
                                       const struct rf_yaml_node *value);
const struct rf_node *rf_rule_after(struct rf_load *ld, struct rf_scope *sc,
                                    const struct rf_yaml_node *key,
                                    const struct rf_yaml_node *value);
/* `pair` and `hit` (relation.c). */
const struct rf_node *rf_rule_pair(struct rf_load *ld, struct rf_scope *sc,
                                   const struct rf_yaml_node *key,
                                   const struct rf_yaml_node *value);
const struct rf_node *rf_rule_hit(struct rf_load *ld, struct rf_scope *sc,
                                  const struct rf_yaml_node *key,
                                  const struct rf_yaml_node *value);
/* A node of that kind without children, at a place. Counts towards the limit. */
struct rf_node *rf_rule_node(struct rf_load *ld, enum rf_node_kind kind, uint32_t index,
                             const struct rf_yaml_node *at);
/* What a condition is made of, the same over reloads: appended to out. */
void rf_rule_canon(const struct rf_load *ld, const struct rf_node *n, struct rf_buf *out);
#define RF_CONDITION_NODES 20000 /* in one rule, macros inlined */
/* The list that a node names; NULL after an error (lists.c). */
const struct rf_named_list *rf_rule_list(struct rf_load *ld,
                                         const struct rf_yaml_node *n);
/* Whether n is {list: ID, at_least: N}; the list (NULL after an error). */
bool rf_rule_is_list_ref(const struct rf_yaml_node *n);
const struct rf_named_list *
rf_rule_list_ref(struct rf_load *ld, const struct rf_yaml_node *n, uint32_t *at_least);

/* ---- the steps, in order (load.c) ---- */

void rf_rule_read_files(struct rf_load *ld, const struct rf_str *names, size_t n);
void rf_rule_declare(struct rf_load *ld);      /* declare.c: what there is, sorted */
void rf_rule_load_lists(struct rf_load *ld);   /* lists.c */
void rf_rule_check_macros(struct rf_load *ld); /* cond.c */
void rf_rule_compile_all(struct rf_load *ld);  /* rule.c */
void rf_rule_link(struct rf_load *ld);         /* link.c: after, hit, excuses, order */
void rf_rule_hash(struct rf_load *ld);         /* fingerprint.c */

/* `tests:` of a rule whose action is known (rule_tests.c). */
void rf_rule_tests(struct rf_load *ld, struct rf_rule *rule,
                   const struct rf_yaml_node *tests);
/* The verdict a rule of the action gives, or -1. */
int rf_rule_verdict_of(enum rf_action action);
/* Checks of a compiled rule beyond its parts (check.c). */
void rf_rule_check(struct rf_load *ld, const struct rf_scope *sc,
                   const struct rf_rule *rule, const struct rf_yaml_node *node);

/* Tables that the schema is generated from, too. */
extern const struct rf_keys rf_file_keys, rf_list_keys, rf_macro_keys, rf_rule_keys,
    rf_test_keys, rf_after_keys, rf_pair_keys, rf_hit_keys, rf_near_keys,
    rf_list_ref_keys, rf_clear_keys;
#define RF_BEHAVIORS (RF_COUNT_SURGE + 1)
extern const struct rf_keys rf_behavior_keys[RF_BEHAVIORS]; /* by enum rf_count_kind */
/* Whether the behavior takes `over` and `under`. */
bool rf_rule_has_threshold(enum rf_count_kind kind);

#endif
