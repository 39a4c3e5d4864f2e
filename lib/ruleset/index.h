/* Which rules are worth trying on a record: an inverted index from what was seen (a
 * pattern, a value, a list entry) to the rules whose rarest necessary condition that is.
 * Built once, cold, as the last step of a load; read by all engines.
 *
 * Each rule is filed under a set of tests, its triggers: `when` can be true or unknown
 * (with a behavior) only if at least one of them may hold. A rule without such a set is
 * tried on every record of its kinds. */
#ifndef RF_RULESET_INDEX_H
#define RF_RULESET_INDEX_H

#include "lib/base/limits.h"
#include "lib/base/tips.h"
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

/* What the index knows of a test: often all that must be read of it. */
struct rf_test_info {
    uint8_t trigger; /* enum rf_trigger */
    bool sure;       /* what is possible holds */
    uint8_t view;    /* enum rf_operand that `regex` looks at */
    uint32_t regex;  /* pattern id where it is one regex on a view, else RF_INDEX_NONE */
};

/* A string and the only test filed under it, or RF_INDEX_SEVERAL + the group of them. */
struct rf_value_slot {
    struct rf_tips tips; /* mostly all of it */
    const char *p;
    uint32_t n, test; /* test RF_INDEX_NONE: ends a search */
};

/* Tests filed under strings of one operand, found as `trigger` says. Countries are
 * strings of two letters, besides "home" and "foreign". */
struct rf_value_index {
    enum rf_operand operand;
    enum rf_trigger trigger;
    enum rf_field field; /* whose value is the operand's as it stands; else NONE */
    uint64_t lengths;    /* PREFIX: 1 << bytes of a string, the last bit for more */
    uint64_t *sieve;     /* a bit for each string, by its hash: what has none is none */
    uint32_t nsieve;     /* bits; power of two */
    uint32_t nslots;     /* power of two, at least twice the strings */
    struct rf_value_slot *slots; /* open addressing */
    struct rf_groups tests;
};

#define RF_INDEX_NONE UINT32_MAX
#define RF_INDEX_SEVERAL (UINT32_C(1) << 31)
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
    enum rf_field field;    /* whose word is the operand's; else NONE */
    uint32_t filed;         /* 1 << position: some test is */
    struct rf_groups tests; /* by position */
};

/* Tests that are possible where a value of the operand is in the list. All small lists
 * of an operand are joined in one: what is not in it is in none of them. */
struct rf_list_index {
    enum rf_operand operand;
    const struct rf_list *list;
    struct rf_list *joined;    /* the same where it was made for the index, else NULL; */
    const struct rf_list **of; /* then the lists in it, each once */
    uint32_t nof;
    uint32_t *tests;
    uint32_t n;
};

#define RF_INDEX_LISTS 64 /* looked up; tests of any further are always possible */

/* A rule filed under a test. */
struct rf_filed {
    uint32_t position : 28; /* in ruleset->order */
    uint32_t kinds : 4;     /* RF_IN_*, never 0 */
    uint32_t guard;         /* another test that must be possible too, or RF_INDEX_NONE */
};
_Static_assert(RF_LIMIT_RULES < 1 << 28, "positions fit");

/* All that are filed under one: kinds 0: `position` of them, from `guard` on in `filed`.
 */

#define RF_NEEDED_MAX 11

/* What rules a rule out, or decides, without a look at it: one cache line. */
struct rf_brief {
    uint32_t rule; /* index */
    uint8_t nneeded : 4;
    uint8_t nsure : 4;  /* of these the first are sure */
    bool whole;         /* `when` is `needed` and `behavior`, no more */
    uint16_t triggered; /* bit i: needed[i] has a trigger */
    uint32_t behavior;  /* index, or RF_INDEX_NONE */
    struct rf_span counters;
    uint32_t needed[RF_NEEDED_MAX]; /* tests without which `when` cannot hold */
} __attribute__((aligned(64)));

struct rf_index {
    struct rf_test_info *tests;
    uint32_t *pattern_test;         /* by pattern id: its only test, or RF_INDEX_NONE */
    struct rf_groups pattern_tests; /* then none or several; by pattern id */
    struct rf_filed *filed;  /* where several are filed under a test, side by side */
    struct rf_filed *only;   /* by test: the rule filed under it, if it is one */
    uint32_t nfiled;         /* rules under tests, all together */
    struct rf_brief *briefs; /* by position */
    struct rf_value_index *values;
    uint32_t nvalues;
    struct rf_present_index *present;
    uint32_t npresent;
    struct rf_word_index *words;
    uint32_t nwords;
    struct rf_list_index *lists;
    uint32_t nlists;
    uint32_t nbits;                  /* 64-bit words of a set of positions */
    uint32_t *always[RF_KIND_COUNT]; /* positions tried on every record of the kind */
    uint32_t nalways[RF_KIND_COUNT];
};

/* Build the index of a finished ruleset (matcher included) in its arena. */
void rf_index_build(struct rf_ruleset *rs);
/* Entries were added to lists or are there no more: have them found. Replaced overlays of
 * each index of lists go to old[nlists] (NULL: none), to be freed once no engine can be
 * in them. One writer at a time, while engines run. */
void rf_index_changed(struct rf_ruleset *rs, struct rf_overlay **old);
/* Free what does not lie in the arena. */
void rf_index_fini(struct rf_index *x);

/* ---- inline ---- */

/* A string that is looked for. */
struct rf_sought {
    struct rf_str s;
    struct rf_tips tips;
    uint64_t hash;
};

/* A quick hash of both ends, which who writes records may make collide: it costs him a
 * look at a few slots. */
static inline struct rf_sought rf_index_sought(struct rf_str s)
{
    struct rf_tips t = rf_tips(s);
    uint64_t h = (t.head ^ s.n) * 0x9e3779b97f4a7c15ULL ^ t.tail * 0xc2b2ae3d27d4eb4fULL;
    return (struct rf_sought){s, t, (h ^ h >> 29) * 0xbf58476d1ce4e5b9ULL};
}

/* The bit of a string in the sieve. */
static inline uint32_t rf_index_sieve(const struct rf_value_index *x,
                                      const struct rf_sought *k)
{
    return (uint32_t)(k->hash >> 32) & (x->nsieve - 1);
}

/* The slot where the search for it begins: what stands between the ends counts, too. */
static inline uint32_t rf_index_slot(const struct rf_value_index *x,
                                     const struct rf_sought *k)
{
    uint64_t h = k->hash, word;
    for (size_t i = 8; i + 8 < k->s.n; i += 8) {
        memcpy(&word, k->s.p + i, 8);
        h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
        h ^= h >> 32;
    }
    return (uint32_t)(h ^ h >> 40) & (x->nslots - 1);
}

/* Whether the string may be there. */
static inline bool rf_index_may_hold(const struct rf_value_index *x,
                                     const struct rf_sought *k)
{
    uint32_t bit = rf_index_sieve(x, k);
    return x->sieve[bit / 64] >> (bit % 64) & 1;
}

/* The string's slot, or the free one for it. */
static inline struct rf_value_slot *rf_index_find(const struct rf_value_index *x,
                                                  const struct rf_sought *k)
{
    for (uint32_t i = rf_index_slot(x, k);; i = (i + 1) & (x->nslots - 1)) {
        struct rf_value_slot *s = &x->slots[i];
        if (s->test == RF_INDEX_NONE ||
            rf_tips_same(rf_str(s->p, s->n), s->tips, k->s, k->tips))
            return s;
    }
}

#endif
