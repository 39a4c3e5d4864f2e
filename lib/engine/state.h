/* What one engine keeps: scratch of a worker for a ruleset, and of the record at hand.
 * Shared by the files of this folder only. */
#ifndef RF_ENGINE_STATE_H
#define RF_ENGINE_STATE_H

#include "lib/engine/engine.h"
#include "lib/engine/explain.h"
#include "lib/engine/facts.h"
#include "lib/engine/override.h"
#include "lib/engine/set.h"
#include "lib/engine/sieve.h"
#include "lib/record/protected.h"
#include "lib/ruleset/index.h"

/* The answer of a condition. LIMIT: a regex met the budget; counts as NO, but is told. */
enum rf_answer { RF_NO, RF_YES, RF_UNKNOWN, RF_LIMIT };

/* A record's result for one test, valid while stamp is the record's serial. */
struct rf_memo {
    uint32_t serial;
    uint8_t answer;
};

/* Hashes of a key's values in one record (a product over its fields), made once. */
#define RF_KEYS_MAX 64
struct rf_keyed {
    struct rf_keyed *next;
    const struct rf_key *key;
    uint32_t rule; /* matters only while values are forgotten */
    uint32_t n;    /* at most RF_KEYS_MAX; 0 when a field is absent */
    struct rf_hash128 v[];
};

/* A counter's values for the keys of the record at hand. */
struct rf_counted {
    uint32_t serial; /* of the record whose values these are */
    uint32_t n;
    const struct rf_hash128 *keys;
    struct rf_count_value *values;
};

/* In the batch's arena. */
struct rf_numbers {
    uint32_t *v, n;
};

/* Tests that are looked through rather than put into a set. */
#define RF_FEW_POSSIBLE 16

/* A record on its way through a batch. */
struct rf_item {
    struct rf_facts facts;
    uint64_t found;              /* lists of the index that hold a value of it */
    struct rf_numbers named;     /* patterns that the scan named */
    struct rf_numbers possible;  /* tests whose trigger was seen */
    uint64_t possible_bits;      /* 1 << (test % 64) of each of them */
    struct rf_numbers positions; /* of rules worth trying, ascending */
    struct rf_keyed *keyed;      /* keys made so far */
    bool judged;
    uint32_t room;                 /* of `possible` */
    uint32_t few[RF_FEW_POSSIBLE]; /* where `possible` lies unless they are many */
};

/* What an alert rule watches. */
struct rf_alert_watch {
    struct rf_alert_spec spec;
    uint32_t counter; /* UINT32_MAX: none */
};

/* A trunk pattern and the home plan of numbers that arrive on such trunks. */
struct rf_trunk_plan {
    const char *glob;
    const struct rf_plan *plan;
};

/* A mark to be left once the record is done: `after` never sees the record itself. */
struct rf_pending_mark {
    const struct rf_mark_spec *spec;
    struct rf_hash128 key;
};

#define RF_EVERY_RULE (UINT32_MAX - 1)

/* A value whose counters begin anew, of one rule or of all. */
struct rf_forgotten_value {
    struct rf_hash128 value;
    uint32_t rule;
    int64_t salt;
};

struct rf_engine {
    const struct rf_ruleset *rs;
    struct rf_counters *counters;
    bool all_enforced;
    uint8_t *mode; /* enum rf_mode, by rule: as in force now */
    enum rf_mode kind_mode[RF_KIND_COUNT];
    struct rf_forgotten_value *forgotten; /* sorted by value */
    size_t nforgotten;
    uint64_t overridden;  /* version of the overrides in force */
    struct rf_arena cold; /* freed with the engine */

    struct rf_match_scratch *scratch;
    const struct rf_protected *protected;
    const struct rf_list *protected_list; /* the same numbers as rules name them */
    struct rf_trunk_plan *trunk_plans;
    struct rf_alert_watch *watches; /* by rule index; of alert rules */
    uint64_t *on[RF_KIND_COUNT];    /* positions of rules for the kind that are not off */
    bool scanned[RF_VIEW_FIELD];    /* views that some pattern looks at */

    uint32_t serial;        /* of the record at hand; stamps below are compared with it */
    struct rf_memo *tests;  /* by test index */
    struct rf_set fired;    /* tests whose trigger was seen */
    struct rf_set chosen;   /* positions of rules worth trying; empty between uses */
    struct rf_filed *filed; /* rules that may be worth trying; room for all, and one */
    struct rf_set seen;     /* patterns that the scan named */
    struct rf_memo *patterns; /* by pattern id: confirmed or not */
    uint32_t *rule_hit;       /* by rule index */
    uint32_t *hit_room; /* hits (nrules), shadows (2 * nrules) of the record at hand */
    struct rf_counted *counted; /* by counter index */

    /* the record at hand */
    struct rf_arena *arena;
    struct rf_facts *facts;
    struct rf_keyed **keyed;
    struct rf_sieve sieves[RF_SIEVES]; /* of its long values */
    uint64_t budget;                   /* steps of PCRE2 left */
    unsigned degraded;                 /* RF_DEGRADED_REGEX once some regex met it */
    bool limited;                      /* a test of the rule at hand did */
    bool limit_as_match; /* answer YES for those: would the rule have hit? */
    bool qualifying;     /* behaviors are unknown */
    bool any_event;      /* tests of the event are, too */
    bool counting;       /* counters are added to; else only read */
    struct rf_pending_mark *pending;
    uint32_t npending, pending_cap;
    struct rf_explanation *explained; /* what is being explained, else NULL */
};

/* lib/engine/test.c: the answer of test `index` for the record at hand. */
enum rf_answer rf_engine_test(struct rf_engine *e, uint32_t index);
/* Value i of the operand passes the term. */
enum rf_answer rf_engine_term(struct rf_engine *e, enum rf_operand o,
                              const struct rf_values *v, uint32_t i,
                              const struct rf_term *t);

/* What follows is about this record. */
static inline void rf_engine_take(struct rf_engine *e, struct rf_item *item)
{
    e->facts = &item->facts;
    e->keyed = &item->keyed;
}

/* The same, and its tests that are possible are known. */
static inline void rf_engine_recall(struct rf_engine *e, struct rf_item *item)
{
    rf_engine_take(e, item);
    rf_set_take(&e->fired, item->possible.v, item->possible.n);
}

/* Before any rf_engine_possible of the record. */
static inline void rf_engine_recall_many(struct rf_engine *e, struct rf_item *item)
{
    if (item->possible.n > RF_FEW_POSSIBLE)
        rf_engine_recall(e, item);
}

/* Whether the test's trigger was seen: mostly not, which one word tells. */
static inline bool rf_engine_possible(const struct rf_engine *e,
                                      const struct rf_item *item, uint32_t test)
{
    if (!(item->possible_bits >> (test % 64) & 1))
        return false;
    if (item->possible.n > RF_FEW_POSSIBLE)
        return rf_set_has(&e->fired, test);
    for (uint32_t i = 0; i < item->possible.n; i++)
        if (item->possible.v[i] == test)
            return true;
    return false;
}

/* lib/engine/look_up.c: look the values of n <= RF_LIMIT_BATCH records up in the lists of
 * the index, all at once so that cache misses overlap. */
void rf_engine_look_up(struct rf_engine *e, struct rf_item *items, size_t n);

/* lib/engine/candidates.c: from what was seen in n records to the tests that are possible
 * and the rules worth trying. */
void rf_engine_find(struct rf_engine *e, struct rf_item *items, size_t n);

/* lib/engine/foresee.c: ask for the memory that judging n records will need. */
void rf_engine_foresee(struct rf_engine *e, struct rf_item *items, size_t n);

/* lib/engine/try.c: all rules at those positions, whatever decides. Fills in the hits,
 * ascending; returns the first that would have blocked but for a regex at its limit. */
uint32_t rf_engine_try(struct rf_engine *e, const struct rf_numbers *positions,
                       struct rf_judgment *j);
void rf_engine_sort(uint32_t *rules, uint32_t n);

/* lib/engine/behavior.c */
/* The hash of a key of these values; in e->arena for a moment. */
void rf_engine_hash_key(struct rf_engine *e, const struct rf_str *part, uint32_t n_parts,
                        uint32_t rule, struct rf_hash128 *out);
/* The key's hashes for this record and a counter or mark of that rule, which live as long
 * as the batch. */
const struct rf_keyed *rf_engine_keys(struct rf_engine *e, const struct rf_key *key,
                                      uint32_t rule);
/* Count the record in every counter of a rule (or read them, where it is not counted). */
void rf_engine_count(struct rf_engine *e, const struct rf_rule *rule);
/* Of an answered call: begin it in the rule's counters of calls. */
void rf_engine_answer(struct rf_engine *e, const struct rf_rule *rule);
/* What any record of a call tells: it is still up, or released. */
void rf_engine_call(struct rf_engine *e);
enum rf_answer rf_engine_behavior(struct rf_engine *e, const struct rf_behavior *b);
enum rf_answer rf_engine_after(struct rf_engine *e, const struct rf_after *a);
/* Remember the marks that a hit of `rule` leaves, and leave all remembered ones. */
void rf_engine_mark(struct rf_engine *e, const struct rf_rule *rule);
void rf_engine_leave_marks(struct rf_engine *e);

/* lib/engine/override.c */
/* The modes of the ruleset and its settings; then the rules that are on. */
void rf_engine_modes(struct rf_engine *e);
void rf_engine_switch(struct rf_engine *e);
/* What a key of that rule with this value is hashed together with; 0: nothing. */
int64_t rf_engine_salt(const struct rf_engine *e, uint32_t rule, struct rf_str value);

/* lib/engine/node.c: the answer of a condition tree. */
enum rf_answer rf_engine_node(struct rf_engine *e, const struct rf_node *node);

/* lib/engine/alert.c */
void rf_engine_alerts_init(struct rf_engine *e);
void rf_engine_alert(struct rf_engine *e, uint32_t rule, bool hit, struct rf_judgment *j);

/* lib/engine/explain.c: note what came of a rule. */
void rf_engine_explain_rule(struct rf_engine *e, uint32_t rule, bool hit);

/* lib/engine/decide.c */
/* Whether the record goes to a protected number, or truly comes from one. */
bool rf_engine_protected(struct rf_engine *e, const struct rf_record *r);
/* The verdict from the rules that hit. */
void rf_engine_decide(struct rf_engine *e, const struct rf_record *r,
                      struct rf_judgment *j, uint32_t limited_rule);

#endif
