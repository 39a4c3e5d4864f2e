/* What matcher_build.c makes and matcher.c reads. Private to the two. */
#ifndef RF_MATCH_MATCHER_INNER_H
#define RF_MATCH_MATCHER_INNER_H

#include "lib/match/automaton.h"
#include "lib/match/budget.h"
#include "lib/match/matcher.h"
#include "lib/match/chain.h"
#include "lib/match/scan.h"

/* What a literal of a pattern says where it stands. */
enum rf_scan_check {
    RF_CHECK_NOTHING, /* its set is seen */
    RF_CHECK_EDGES,   /* the same if it is a word there */
    RF_CHECK_ALL,     /* the same if the keyword stands there, byte for byte */
    RF_CHECK_LEADS,   /* the same if the pattern's automaton may begin there */
};
#define RF_CHECK_FURTHER 8 /* flag: the pattern has a necessary condition besides */

struct rf_pattern {
    struct rf_str text;
    uint8_t view, kind;
    uint8_t sets;           /* bit per set of literals; 0: it is tried on every text */
    struct rf_regex *regex; /* of a REGEX */
    struct rf_chain_table *chain;   /* necessary, too; or NULL */
    struct rf_automaton *automaton; /* of a REGEX, or NULL */
};

/* The patterns of a view without literals. */
struct rf_always {
    struct rf_chains *chains;          /* of the first ones, or NULL */
    const struct rf_automaton **gates; /* by pattern: what tells at a text's beginning
                                        * that it is not to be tried, or NULL */
    uint32_t *ids;
    uint32_t n;
};

/* Literals are sought in the views, and in these squeezed: the forms of texts. */
#define RF_FORM_SQUEEZED RF_VIEW_FIELD /* plus view */
_Static_assert(RF_FORM_SQUEEZED + RF_VIEW_FIELD <= RF_SCAN_FORMS, "a form each");

/* Forms that are often alike share a scan; others would only see what they do not want.
 */
enum { RF_SCAN_SENT, RF_SCAN_LETTERS, RF_SCAN_SQUEEZED, RF_MATCHER_SCANS };

/* The sieves of two forms that share a scan. */
enum { RF_SIEVE_BOTH, RF_SIEVE_ONE, RF_SIEVE_OTHER };

struct rf_matcher {
    struct rf_arena arena; /* texts and arrays */
    struct rf_pattern *patterns;
    uint32_t n;
    bool jit;
    struct rf_scan scans[RF_MATCHER_SCANS];
    struct rf_always always[RF_VIEW_FIELD];
};

struct rf_match_scratch {
    struct rf_regex_runner runner;
    uint8_t *seen; /* by pattern: its sets seen in this text; all clear between scans */
    uint32_t *touched; /* patterns not clear */
    uint64_t *order;   /* bit per pattern; all clear between scans */
    char *changed;     /* texts in lower case, and squeezed */
    size_t room;       /* bytes there */
    uint32_t *chains;  /* by chain of the patterns without literals: it stands */
    struct rf_scan_sweep sweep;
};

#endif
