/* The compiled, immutable form of rules, lists and settings: lib/rule writes it,
 * lib/engine reads it. Everything in it lives in its arena (or is owned by it) and is
 * freed whole. Any number of threads may read it.
 *
 * A rule's condition is a tree of nodes. Tests of a record alone are shared by all rules
 * (each is evaluated at most once a record); counters and marks belong to one rule. */
#ifndef RF_RULESET_RULESET_H
#define RF_RULESET_RULESET_H

#include "lib/base/arena.h"
#include "lib/base/diag.h"
#include "lib/count/count.h"
#include "lib/match/overlay.h"
#include "lib/match/matcher.h"
#include "lib/record/address.h"
#include "lib/ruleset/operand.h"
#include "lib/ruleset/settings.h"
#include "lib/ruleset/zone.h"

enum rf_level {
    RF_LEVEL_INFORMATIONAL,
    RF_LEVEL_LOW,
    RF_LEVEL_MEDIUM,
    RF_LEVEL_HIGH,
    RF_LEVEL_CRITICAL,
    RF_LEVEL_COUNT
};
enum rf_status {
    RF_STATUS_EXPERIMENTAL,
    RF_STATUS_TEST,
    RF_STATUS_STABLE,
    RF_STATUS_DEPRECATED,
    RF_STATUS_COUNT
};
enum rf_disposition {
    RF_DISPOSITION_NONE,
    RF_DISPOSITION_REJECT,
    RF_DISPOSITION_DISCARD,
    RF_DISPOSITION_LABEL,
    RF_DISPOSITION_DIVERT,
    RF_DISPOSITION_CHALLENGE,
    RF_DISPOSITION_COUNT
};
/* What a rule decides. MARK decides nothing; a rule may raise alerts besides any of them.
 */
enum rf_action {
    RF_ACTION_NONE,
    RF_ACTION_MARK,
    RF_ACTION_ALLOW,
    RF_ACTION_WARN,
    RF_ACTION_BLOCK,
    RF_ACTION_SCORE
};

/* Where something was written, for diagnostics and explain. */
struct rf_place {
    uint32_t source; /* index into ruleset->sources, or RF_NO_SOURCE */
    uint32_t begin, end;
};

/* ---- tests of a record alone ---- */

enum rf_op {
    RF_OP_EXISTS,      /* flag: must it exist */
    RF_OP_IS,          /* strs: equal to one (addresses: normal form; hosts: exactly) */
    RF_OP_IN,          /* lists: in one of them */
    RF_OP_CONTAINS,    /* patterns */
    RF_OP_WORDS,       /* patterns */
    RF_OP_REGEX,       /* patterns */
    RF_OP_STARTS_WITH, /* strs */
    RF_OP_ENDS_WITH,   /* strs */
    RF_OP_PREFIX,      /* strs: of the normal form ("+86138", "106") */
    RF_OP_LENGTH,      /* ranges, in characters */
    RF_OP_RANGE,   /* ranges: is lt lte gt gte between of numbers, hour, weekday, date */
    RF_OP_ONE_OF,  /* mask: bit per enumerator or boolean (1 << 0 false, 1 << 1 true) */
    RF_OP_TYPE,    /* mask: address type bits (RF_TYPE_*), any of them */
    RF_OP_COUNTRY, /* countries */
    RF_OP_NEAR,    /* near */
    RF_OP_TLD,     /* strs: public suffix without leading dot */
    RF_OP_SUFFIX,  /* strs: the host is it or below it */
    RF_OP_MIXED_SCRIPT, /* flag */
    RF_OP_SHORTENER,    /* flag */
};

/* Numbers from lo to hi; `wraps`: hour windows past midnight (x >= lo || x <= hi). */
struct rf_range {
    double lo, hi;
    bool lo_open, hi_open, wraps;
};

struct rf_countries {
    const char (*iso)[2];
    uint32_t n;
    bool home, foreign; /* the home country of the record's plan; any other */
};

/* One operator with its values: it holds if any of the values matches, `at_least` of them
 * where that is more than one; `negate` turns it round for that one value of the operand.
 */
struct rf_term {
    enum rf_op op;
    bool negate;
    bool flag;
    uint32_t at_least;
    uint32_t n;                /* of the array used below */
    const int64_t *expires_ms; /* beside patterns and strs from lists; NULL: none does */
    union {
        const struct rf_str *strs;          /* sorted bytewise when op is IS */
        const struct rf_list *const *lists; /* IN */
        const uint32_t *patterns;           /* sorted ids of the matcher */
        const struct rf_range *ranges;
        uint64_t mask;
        struct rf_countries countries;
        struct {
            enum rf_operand field;
            int last; /* digits that may differ */
        } near;
    };
};

/* An operand and terms that one of its values must all pass. */
struct rf_test {
    enum rf_operand operand;
    uint32_t nterms;
    const struct rf_term *terms;
};

/* ---- condition trees ---- */

enum rf_node_kind {
    RF_NODE_ALL,      /* children; empty: true */
    RF_NODE_ANY,      /* children; empty: false */
    RF_NODE_NOT,      /* one child (`none` is NOT of ANY) */
    RF_NODE_TEST,     /* index into ruleset->tests */
    RF_NODE_PAIR,     /* index into ruleset->pairs */
    RF_NODE_HIT,      /* index into ruleset->hits */
    RF_NODE_BEHAVIOR, /* index into ruleset->behaviors */
    RF_NODE_AFTER,    /* index into ruleset->afters */
};

struct rf_node {
    enum rf_node_kind kind;
    uint32_t index;
    uint32_t nchildren;
    bool has_behavior; /* a BEHAVIOR or AFTER at or below: unknown while qualifying */
    const struct rf_node *const *children;
    struct rf_place place;
};

/* pair: {of: [a, b], in: LIST}; negate: a is listed, but not with this b. */
struct rf_pair_test {
    enum rf_operand a, b;
    const struct rf_list *const *lists;
    uint32_t nlists;
    bool negate;
};

/* hit: other rules that have hit this record. Resolved to sorted rule indexes at load
 * (without rules of action alert or mark, and without those that use `hit` themselves).
 */
struct rf_hit_test {
    bool by_rule; /* named by id: counts in monitor mode too; else only when enforced */
    const uint32_t *rules;
    uint32_t n;
};

#define RF_KEY_MAX 4 /* fields in one key */
struct rf_key {
    enum rf_operand operand[RF_KEY_MAX];
    uint32_t n; /* 0: one counter for all */
};

/* What one rule counts; behaviors alike in condition, of, key and window share it. */
struct rf_counter {
    struct rf_count_spec spec;
    struct rf_key key;
    enum rf_operand of;            /* a field, or RF_OPERAND_NONE */
    const struct rf_node *of_cond; /* ratio */
    uint32_t rule;
};

struct rf_behavior {
    uint32_t counter; /* index into ruleset->counters */
    bool has_over, has_under, has_at_most;
    double over, under;
    double at_most; /* `within` of new, seconds */
    uint64_t min;   /* counted records from which it can hold */
};

/* Whether a counter's value meets all thresholds. */
static inline bool rf_behavior_holds(const struct rf_behavior *b,
                                     const struct rf_count_value *v)
{
    return v->records >= b->min && (!b->has_over || v->value > b->over) &&
           (!b->has_under || v->value < b->under) &&
           (!b->has_at_most || v->value <= b->at_most);
}

struct rf_after {
    uint32_t mark; /* index into ruleset->marks */
    struct rf_key key;
    int64_t within_ms, at_least_ms;
    uint32_t times;
};

/* What a hit of `rule` leaves behind for `after` conditions. */
struct rf_mark {
    struct rf_mark_spec spec;
    uint32_t rule; /* the rule that leaves it */
    struct rf_key was;
};

/* ---- rules ---- */

struct rf_advice {
    struct rf_str lang, text;
};

/* Indexes [first, first + n) of an array of the ruleset. */
struct rf_span {
    uint32_t first, n;
};

/* When an alert ends, where the rule says so. */
struct rf_clear {
    bool has_under;
    double under;
    int64_t for_ms; /* 0: not said */
};

struct rf_rule_test; /* lib/ruleset/rule_test.h */

struct rf_rule {
    /* what judging looks at lies together */
    const struct rf_node *when;
    int64_t expires_ms;      /* event time from which it is off; INT64_MAX: never */
    struct rf_span counters; /* counted before `when` is tested */
    struct rf_span marks;    /* left on a hit */
    unsigned kinds;          /* RF_IN_* */
    enum rf_mode mode;
    enum rf_level level;
    enum rf_action action;
    bool alert;
    bool uses_hit;     /* evaluated last */
    bool uses_regex;   /* some test of it may meet the regex budget */
    bool counts_calls; /* some counter is `concurrent` */

    int64_t score; /* thousandths, of action SCORE */
    struct rf_str id, title, reason, description;
    uint32_t rev;
    enum rf_status status;
    struct rf_clear clear;
    enum rf_disposition disposition;
    uint32_t fraud_type; /* index into ruleset->fraud_types, or UINT32_MAX */
    const struct rf_advice *advice;
    uint32_t nadvice;
    const struct rf_str *tags;
    uint32_t ntags;
    const uint32_t *excuses; /* sorted rule indexes an allow rule excuses from */
    uint32_t nexcuses;
    bool excuses_only; /* `excuses` was given (even if it names nothing now) */
    const struct rf_rule_test *tests;
    uint32_t ntests;
    struct rf_place place; /* of the rule's id */
};

struct rf_source {
    struct rf_str name, text; /* a rule file, for explain */
};

/* Which operands any rule looks at: the engine prepares only those. */
struct rf_needs {
    bool operand[RF_OPERAND_COUNT];
};

#define RF_PROTECTED_LIST "protected" /* built in */

struct rf_named_list {
    struct rf_str id;
    enum rf_list_type type;
    struct rf_list *list; /* one reference held */
    struct rf_str path;   /* of a file list, else empty */
    int64_t refresh_ms;   /* 0: not */
    uint64_t min_entries;
    double max_shrink;
    bool opened;           /* entries are patterns or values: changes need a load */
    bool kept_old;         /* the new content was refused, this is the one before */
    struct rf_str problem; /* why, else empty */
    struct rf_place place;
};

struct rf_ruleset {
    struct rf_arena arena;
    struct rf_settings settings; /* deep copy in the arena */
    const struct rf_plan *plan;  /* of settings.country */
    struct rf_zone zone;         /* of settings.timezone */

    struct rf_rule *rules; /* sorted by id bytewise: index order is id order */
    uint32_t nrules;
    uint32_t *order; /* rule indexes in order of evaluation: those with uses_hit last */

    struct rf_test *tests;
    uint32_t ntests;
    struct rf_pair_test *pairs;
    uint32_t npairs;
    struct rf_hit_test *hits;
    uint32_t nhits;
    struct rf_counter *counters; /* grouped by rule */
    uint32_t ncounters;
    bool counts_calls; /* some rule does */
    struct rf_behavior *behaviors;
    uint32_t nbehaviors;
    struct rf_after *afters;
    uint32_t nafters;
    struct rf_mark *marks; /* grouped by rule */
    uint32_t nmarks;

    struct rf_named_list *lists; /* sorted by id; the built-in `protected` among them */
    uint32_t nlists;
    struct rf_fraud_type *fraud_types;
    uint32_t nfraud_types;
    struct rf_matcher *matcher;
    struct rf_needs needs;
    struct rf_index *index; /* lib/ruleset/index.h */

    struct rf_source *sources;
    uint32_t nsources;
    char hash[33]; /* of everything that decides: rules, lists, settings; hex */
};

/* Release a ruleset and its references to lists. NULL is nothing. */
void rf_ruleset_free(struct rf_ruleset *rs);
/* Index of the rule of that id, or UINT32_MAX. O(log n). */
uint32_t rf_ruleset_find_rule(const struct rf_ruleset *rs, struct rf_str id);
/* The list of that id, or NULL. */
const struct rf_named_list *rf_ruleset_find_list(const struct rf_ruleset *rs,
                                                 struct rf_str id);
/* The first behavior with `over` at or below the node: what an alert of the rule watches;
 * NULL if there is none. `all` is what the nodes' indexes count from. */
const struct rf_behavior *rf_ruleset_watched(const struct rf_behavior *all,
                                             const struct rf_node *n);
/* Words of the enumerations above, as rule files write them. */
const char *rf_level_name(enum rf_level l);
const char *rf_mode_name(enum rf_mode m);
const char *rf_action_name(enum rf_action a);
const char *rf_behavior_name(enum rf_count_kind k);
const char *rf_verdict_name(enum rf_verdict v);
const char *rf_disposition_name(enum rf_disposition d);

#endif
