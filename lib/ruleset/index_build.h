/* What the files that build the index share. Cold. */
#ifndef RF_RULESET_INDEX_BUILD_H
#define RF_RULESET_INDEX_BUILD_H

#include "lib/ruleset/index.h"

/* A pair (group, member) on its way into rf_groups. */
struct pair {
    uint32_t group, member;
};

struct pairs {
    struct pair *v;
    size_t n, cap;
};

/* What building knows of a test. */
struct filed {
    double cost;
    uint32_t term;
    bool wanted; /* some rule is filed under it */
};

struct build {
    struct rf_ruleset *rs;
    struct rf_index *x;
    struct filed *tests;
    struct pairs rules; /* (test, position) */
};

void pairs_add(struct pairs *p, uint32_t group, uint32_t member);
/* Sort pairs into groups by counting; frees them. */
struct rf_groups pairs_group(struct rf_arena *a, struct pairs *p, uint32_t ngroups);

/* The term by which a test is found. */
static inline const struct rf_term *filed_term(const struct build *b, uint32_t test)
{
    return &b->rs->tests[test].terms[b->tests[test].term];
}

/* Whether the term's lists are small enough to be joined with others. */
bool index_is_small(const struct rf_term *t);
/* From what is seen in a record to the tests whose triggers (x->tests) say so. */
void index_tests(struct build *b);

#endif
