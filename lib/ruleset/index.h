/* Which rules are worth trying on a record: an inverted index from what was seen (a
 * pattern, a value, a list entry) to the rules whose rarest necessary condition that is.
 * Built once, cold, as the last step of a load; read by all engines.
 *
 * Each rule is filed under a set of tests, its triggers: `when` can be true or unknown
 * (with a behavior) only if at least one of them may hold. A rule without such a set is
 * tried on every record of its kinds. */
#ifndef RF_RULESET_INDEX_H
#define RF_RULESET_INDEX_H

#include "lib/base/map.h"
#include "lib/ruleset/ruleset.h"

/* Lists of numbers: those of i are v[first[i]] up to v[first[i + 1]]. */
struct rf_groups {
    uint32_t *first, *v;
};

/* How a test is known to be possible. */
enum rf_trigger {
    RF_TRIGGER_NONE,    /* it is not: evaluate it to know */
    RF_TRIGGER_PATTERN, /* the scan named one of its patterns */
    RF_TRIGGER_VALUE,   /* a value of its operand is one of its strings */
    RF_TRIGGER_PREFIX,  /* a value begins with one of its strings */
    RF_TRIGGER_SUFFIX,  /* a host is one of its strings or below it */
    RF_TRIGGER_COUNTRY, /* a number is of one of its countries */
    RF_TRIGGER_PRESENT, /* its operand is there */
    RF_TRIGGER_WORD,    /* the enumerator or boolean is one of its */
    RF_TRIGGER_LIST,    /* a value is in one of its lists */
};

/* Tests filed under strings of one operand, found as `trigger` says. Countries are
 * strings of two letters, besides "home" and "foreign". */
struct rf_value_index {
    enum rf_operand operand;
    enum rf_trigger trigger;
    uint64_t lengths;  /* PREFIX: 1 << bytes of a string, the last bit for more */
    struct rf_map ids; /* string -> group of tests */
    struct rf_groups tests;
};

#define RF_INDEX_NONE UINT32_MAX
#define RF_INDEX_LENGTHS 63 /* longer prefixes are not filed */

/* Tests filed under the presence of one operand. */
struct rf_present_index {
    enum rf_operand operand;
    uint32_t *tests;
    uint32_t n;
};

#define RF_INDEX_WORDS 16 /* enumerators and booleans of one operand */

struct rf_word_index {
    enum rf_operand operand;
    struct rf_groups tests; /* by position */
};

/* Tests of one operand against lists. `any` holds the entries of all small ones: what is
 * not in it is in none of them. */
struct rf_list_index {
    enum rf_operand operand;
    struct rf_list *any;
    uint32_t *small, *large; /* tests */
    uint32_t nsmall, nlarge;
    uint32_t first_large;          /* number of large[0] among those of all operands */
    const struct rf_list **joined; /* the lists in `any`, each once */
    uint32_t njoined;
};

struct rf_index {
    uint8_t *trigger;               /* enum rf_trigger by test */
    struct rf_groups pattern_tests; /* by pattern id */
    struct rf_groups test_rules;    /* by test: positions in ruleset->order */
    uint32_t *guards; /* beside each of them: a test that must be possible too, or NONE */
    struct rf_groups needed; /* by position: tests that must hold for `when` to */
    struct rf_value_index *values;
    uint32_t nvalues;
    struct rf_present_index *present;
    uint32_t npresent;
    struct rf_word_index *words;
    uint32_t nwords;
    struct rf_list_index *lists;
    uint32_t nlists;
    uint32_t nbits;                  /* 64-bit words of a set of rules */
    uint64_t *always[RF_KIND_COUNT]; /* positions tried on every record of the kind */
};

/* Build the index of a finished ruleset (matcher included) in its arena. */
void rf_index_build(struct rf_ruleset *rs);
/* Entries were added to lists or are there no more: have them found. Replaced overlays of
 * each index of lists go to old[nlists] (NULL: none), to be freed once no engine can be
 * in them. One writer at a time, while engines run. */
void rf_index_changed(struct rf_ruleset *rs, struct rf_overlay **old);
/* Free what does not lie in the arena. */
void rf_index_fini(struct rf_index *x);

#endif
