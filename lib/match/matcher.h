/* Pattern sets: keywords, words and regexes over the views of one record. Literals are
 * scanned for first (scan.h), PCRE2 decides; the answer equals PCRE2's own.
 *
 * A builder collects patterns and is cold. The built matcher is immutable: any number of
 * threads read it, each with a scratch of its own. Texts are valid UTF-8 (repaired before
 * they come here) and, on the folded views, really folded: that is what makes a pattern's
 * literals necessary there. */
#ifndef RF_MATCH_MATCHER_H
#define RF_MATCH_MATCHER_H

#include "lib/base/arena.h"
#include "lib/base/str.h"

enum rf_match_view {
    RF_VIEW_TEXT,    /* folded */
    RF_VIEW_COMPACT, /* folded; letters, marks and numbers only */
    RF_VIEW_SHAPE,   /* folded, without digits, URLs and numbers */
    RF_VIEW_RAW,     /* as sent */
    RF_VIEW_FIELD,   /* any other string field: raw semantics, never scanned */
    RF_VIEW_COUNT
};

enum rf_pattern_kind {
    RF_PATTERN_CONTAINS, /* the value's bytes stand in the text */
    RF_PATTERN_WORD,     /* they do, as a whole word (lib/text/edge.h) at both ends */
    RF_PATTERN_REGEX     /* PCRE2: UTF, UCP, LF; on folded views caseless and dot-all */
};

enum rf_match_result {
    RF_MATCH_NO,
    RF_MATCH_YES,
    RF_MATCH_LIMIT /* the record's budget is spent: counts as not matching */
};

#define RF_PATTERN_NONE UINT32_MAX

/* Why a pattern was refused. */
struct rf_pattern_error {
    char message[192]; /* PCRE2's own words for what PCRE2 refuses */
    const char *hint;  /* static, what to write instead, or NULL */
    size_t at;         /* byte offset in the pattern, at most its length */
};

/* Ids, in the caller's arena. */
struct rf_hits {
    uint32_t *ids;
    size_t n;
};

struct rf_matcher;
struct rf_matcher_builder;
struct rf_match_scratch;

struct rf_matcher_builder *rf_matcher_builder_new(void);
void rf_matcher_builder_free(struct rf_matcher_builder *b);

/* The id of a pattern: dense from 0 over the whole matcher, the same for the same view,
 * kind and text. Text is copied; CONTAINS and WORD values are already folded as the view
 * is. RF_PATTERN_NONE when the pattern is refused: *err then says why. Compiles. */
uint32_t rf_matcher_add(struct rf_matcher_builder *b, enum rf_match_view view,
                        enum rf_pattern_kind kind, struct rf_str text,
                        struct rf_pattern_error *err);

/* The matcher of all patterns added; takes them over, only builder_free may follow.
 * Never NULL; err is cleared. */
struct rf_matcher *rf_matcher_build(struct rf_matcher_builder *b,
                                    struct rf_pattern_error *err);
void rf_matcher_free(struct rf_matcher *m);

/* Working memory of one thread for one matcher. Free it before the matcher. */
struct rf_match_scratch *rf_match_scratch_new(const struct rf_matcher *m);
void rf_match_scratch_free(struct rf_match_scratch *s);

/* Scan one view (not RF_VIEW_FIELD) of one record: *hits gets the ids of the CONTAINS and
 * WORD patterns of that view that hold, and of its REGEX patterns that may (a literal of
 * theirs was seen, or they have none). Ascending, each once; an array in `a`. */
void rf_matcher_scan(const struct rf_matcher *m, struct rf_match_scratch *s,
                     enum rf_match_view view, struct rf_str text, struct rf_arena *a,
                     struct rf_hits *hits);

/* The views of a record's text. */
struct rf_match_text {
    struct rf_str views[RF_VIEW_FIELD];
};

/* The same of n records: hits[i] are those of texts[i], of all views whose bit is in
 * `views`; others are not looked at. Faster than one by one: memory is read ahead over
 * all of them, and of views that are alike one is scanned. Folded views lie as
 * lib/text/fold.h makes them, with bytes around that can be read. */
void rf_matcher_scan_all(const struct rf_matcher *m, struct rf_match_scratch *s,
                         unsigned views, const struct rf_match_text *texts, size_t n,
                         struct rf_arena *a, struct rf_hits *hits);

/* What a record may spend in rf_matcher_confirm, all its views and regexes together:
 * abstract steps, about 50 ms at the worst. */
#define RF_MATCH_BUDGET ((uint64_t)1500000)

/* Whether pattern id matches text. A regex is charged to *budget and answers
 * RF_MATCH_LIMIT when that is spent; CONTAINS and WORD cost nothing. The same arguments
 * give the same answer and charge. */
enum rf_match_result rf_matcher_confirm(const struct rf_matcher *m,
                                        struct rf_match_scratch *s, uint32_t id,
                                        struct rf_str text, uint64_t *budget);

/* The byte range of the first match of pattern id, for `explain`; false when there is
 * none within RF_MATCH_BUDGET. A range may be empty. */
bool rf_matcher_locate(const struct rf_matcher *m, struct rf_match_scratch *s,
                       uint32_t id, struct rf_str text, size_t *begin, size_t *end);

/* Number of patterns; ids are below it. */
uint32_t rf_matcher_count(const struct rf_matcher *m);
enum rf_match_view rf_matcher_view(const struct rf_matcher *m, uint32_t id);
enum rf_pattern_kind rf_matcher_kind(const struct rf_matcher *m, uint32_t id);
/* The pattern as added; lives as long as the matcher. */
struct rf_str rf_matcher_text(const struct rf_matcher *m, uint32_t id);
/* False for a regex without literals: it is tried on every record but those whose
 * characters do not stand as it wants them (lib/match/chain.h). */
bool rf_matcher_has_literals(const struct rf_matcher *m, uint32_t id);
/* False when a regex runs in PCRE2's interpreter (hardened systems forbid JIT). */
bool rf_matcher_jit(const struct rf_matcher *m);

#endif
