/* A regex as an automaton of up to 64 places, each of which takes one character: all
 * places that a text can have reached are followed at once, a bit for each. It is never
 * stricter than PCRE2, and of most short regexes on most texts exact, so that PCRE2 need
 * not be asked. Made cold; run by any number of threads. */
#ifndef RF_MATCH_AUTOMATON_H
#define RF_MATCH_AUTOMATON_H

#include "lib/base/arena.h"
#include "lib/base/str.h"

#define RF_PLACES 64

/* On what a step hangs besides the character taken. */
enum {
    RF_STEP_EDGE = 1,  /* \b, before it */
    RF_STEP_BEGIN = 2, /* the text begins before it */
    RF_STEP_END = 4,   /* the text, or its last line break, ends it all */
    RF_STEPS = 8,
};

struct rf_automaton {
    uint64_t first[4];     /* by EDGE and BEGIN: places a match may begin with */
    uint64_t last[4];      /* by EDGE and END: places it may end with */
    uint64_t ending;       /* all of those */
    uint64_t edged;        /* places with steps behind them that hang on EDGE */
    uint64_t open;         /* those that it may begin with in the midst of a text; and */
    uint64_t begins[4];    /* bit by byte: characters that they take begin with it */
    const uint64_t *want;  /* by class of characters: the places that take it */
    const uint64_t *then;  /* by place: those behind it, then the same if EDGE */
    const uint64_t *runs;  /* by class: places from which it leads to the next one only;
                            * NULL: a match may begin or end in the midst of a text */
    uint8_t n;             /* places */
    uint8_t only;          /* the one byte that open places begin with, or 0 */
    bool complete;         /* nothing of the regex was left out; and */
    bool beyond;           /* the same for characters beyond ASCII */
    uint8_t class_of[129]; /* by ASCII character; the last one: all others */
};

struct rf_regex_ask;

/* The automaton of a regex that pcre2_compile has taken with UTF and UCP, in a. caseless,
 * folded: as for rf_needs_extract. NULL where it would tell nothing. */
struct rf_automaton *rf_automaton_new(struct rf_str pattern, bool caseless, bool folded,
                                      struct rf_regex_ask *ask, struct rf_arena *a);

/* Whether the regex may match some of the text. */
bool rf_automaton_in(const struct rf_automaton *x, struct rf_str text);
/* The same of matches that begin at text[at], as far as some characters tell. */
bool rf_automaton_at(const struct rf_automaton *x, struct rf_str text, size_t at);
/* Whether that is soon found: matches begin at a text's beginning only, or are short. */
static inline bool rf_automaton_quick(const struct rf_automaton *x)
{
    return !x->open || x->n <= 2;
}

/* What may stand before and behind a literal where a match begins with it: bits of enum
 * rf_neighbor. Most near misses are told so, without a look at the automaton. */
struct rf_beside {
    uint8_t before, behind;
};

#define RF_BESIDE_ANY UINT8_MAX

/* The same as far as the automaton tells, of a literal without ASCII capitals; the text
 * has none either. */
struct rf_beside rf_automaton_beside(const struct rf_automaton *x, struct rf_str literal);
/* Whether they stand beside text[begin, end). */
bool rf_automaton_stands(struct rf_beside b, struct rf_str text, size_t begin,
                         size_t end);

/* Whether rf_automaton_in is PCRE2's own answer for that text. */
bool rf_automaton_exact(const struct rf_automaton *x, struct rf_str text);

#endif
