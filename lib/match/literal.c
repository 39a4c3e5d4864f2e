/* Cold: rule loading. Recursive descent over the pattern's tokens. Each part of a pattern
 * yields either all strings it can match (`exact`) or at least a set of which one must
 * stand in the text (`need`). */
#include "lib/match/literal.h"

#include <unicode/uchar.h>

#include "lib/base/utf8.h"
#include "lib/match/literal_set.h"
#include "lib/match/regex.h"
#include "lib/match/regex_lex.h"

#define CLASS_MEMBERS 8 /* larger classes are any character */
#define REPEAT_MAX 8    /* exact repeats spelled out */

struct reader {
    struct rf_regex_lex lex;
    struct rf_token t; /* the token being looked at */
    struct rf_arena *a;
    bool folded;
};

struct info {
    bool exact;                 /* `strings` are all it can match; else: */
    struct rf_literals strings; /* exact */
    struct rf_literals need;    /* one of these must stand in the text; may be none */
};

/* A sequence while it is read: `run` may stand at its end as read so far. */
struct sequence {
    struct rf_literals run, best;
    bool exact; /* run is all of it */
};

static struct info alternation(struct reader *r);

static void next(struct reader *r)
{
    r->t = rf_regex_lex_next(&r->lex);
}

static void keep_better(struct rf_literals *best, struct rf_literals x)
{
    if (rf_literals_score(x) > rf_literals_score(*best))
        *best = x;
}

/* What the part makes necessary, exact or not. */
static struct rf_literals needed(const struct info *i)
{
    return i->exact ? i->strings : i->need;
}

/* Add cp as the scan sees it: ASCII lower case. */
static bool add_char(struct reader *r, struct rf_literals *to, uint32_t cp)
{
    char *p = rf_arena_alloc(r->a, RF_UTF8_MAX);
    if (cp >= 'A' && cp <= 'Z')
        cp |= 0x20;
    return rf_literals_add(to, rf_str(p, rf_utf8_encode(cp, p)), r->a);
}

/* The ways cp can stand in a text that it matches. */
static void add_variants(struct reader *r, struct rf_literals *to, uint32_t cp,
                         bool caseless)
{
    uint32_t v[RF_CASE_VARIANTS];
    size_t n = 1, added = 0;
    v[0] = cp;
    if (caseless)
        n = rf_regex_case_variants(cp, v);
    for (size_t i = 0; i < n; i++) {
        bool ascii = v[i] < 0x80;
        if (n > 1 && r->folded && !ascii &&
            u_hasBinaryProperty((UChar32)v[i], UCHAR_CHANGES_WHEN_NFKC_CASEFOLDED))
            continue;
        added += add_char(r, to, v[i]);
    }
    if (added == 0) /* nothing folded can match: as written is as good as any */
        add_char(r, to, cp);
}

static struct info one_char(struct reader *r, uint32_t cp, bool caseless)
{
    struct info i = {.exact = true};
    add_variants(r, &i.strings, cp, caseless);
    return i;
}

static struct info class(struct reader *r, const struct rf_token *t)
{
    struct info i = {.exact = !t->negated};
    struct rf_class_lex c;
    struct rf_class_item item;
    size_t members = 0;
    rf_class_lex_init(&c, r->lex.s, t->inner);
    while (i.exact && rf_class_lex_next(&c, &item)) {
        members += item.known && item.lo ? item.hi - item.lo + 1 : CLASS_MEMBERS + 1;
        i.exact = members <= CLASS_MEMBERS;
        for (uint32_t cp = item.lo; i.exact && cp <= item.hi; cp++)
            add_variants(r, &i.strings, cp, t->caseless);
    }
    return i;
}

/* A group whose OPEN token is being looked at; its CLOSE is consumed. */
static struct info group(struct reader *r)
{
    enum rf_group_kind kind = r->t.group;
    next(r);
    struct info in = alternation(r);
    if (r->t.kind == RF_TOK_CLOSE)
        next(r);
    else
        r->lex.failed = true;
    switch (kind) {
    case RF_GROUP_PLAIN:
        return in;
    case RF_GROUP_LOOK:
        return (struct info){true, rf_literals_empty(r->a), needed(&in)};
    case RF_GROUP_NEGATIVE:
        return (struct info){.exact = true, .strings = rf_literals_empty(r->a)};
    case RF_GROUP_OPAQUE:
        break;
    }
    return (struct info){0};
}

/* One item without its repeat; consumes its tokens. */
static struct info item(struct reader *r)
{
    struct rf_token t = r->t;
    struct info i = {0};
    if (t.kind == RF_TOK_OPEN)
        return group(r);
    if (t.kind == RF_TOK_CHAR && t.cp) /* the scan takes no NUL */
        i = one_char(r, t.cp, t.caseless);
    else if (t.kind == RF_TOK_CLASS)
        i = class(r, &t);
    else if (t.kind == RF_TOK_ASSERT)
        i = (struct info){.exact = true, .strings = rf_literals_empty(r->a)};
    next(r);
    return i;
}

/* End the run: nothing is known of what stands between it and what follows. */
static void cut(struct reader *r, struct sequence *s)
{
    keep_better(&s->best, s->run);
    s->run = rf_literals_empty(r->a);
    s->exact = false;
}

static void append_strings(struct reader *r, struct sequence *s, struct rf_literals x)
{
    struct rf_literals joined;
    if (rf_literals_product(s->run, x, r->a, &joined)) {
        s->run = joined;
        return;
    }
    cut(r, s);
    s->run = x;
}

static void append(struct reader *r, struct sequence *s, const struct info *i)
{
    keep_better(&s->best, i->need);
    if (i->exact)
        append_strings(r, s, i->strings);
    else
        cut(r, s);
}

/* The item min to max times. */
static void append_repeat(struct reader *r, struct sequence *s, const struct info *i,
                          uint32_t min, uint32_t max)
{
    struct rf_literals maybe = rf_literals_empty(r->a);
    if (min == 0) {
        if (max == 1 && i->exact && rf_literals_join(&maybe, i->strings, r->a))
            append_strings(r, s, maybe);
        else
            cut(r, s);
        return;
    }
    uint32_t spelled = min < REPEAT_MAX ? min : REPEAT_MAX;
    for (uint32_t k = 0; k < spelled; k++)
        append(r, s, i);
    if (max == spelled)
        return;
    cut(r, s);
    if (i->exact) /* whatever the number, it ends with one more of them */
        s->run = i->strings;
}

static struct info sequence(struct reader *r)
{
    struct sequence s = {.run = rf_literals_empty(r->a), .exact = true};
    while (r->t.kind != RF_TOK_END && r->t.kind != RF_TOK_GIVE_UP &&
           r->t.kind != RF_TOK_ALT && r->t.kind != RF_TOK_CLOSE) {
        struct info i = item(r);
        uint32_t min = 1, max = 1;
        if (r->t.kind == RF_TOK_REPEAT) {
            min = r->t.min;
            max = r->t.max;
            next(r);
        }
        /* A second repeat (by version) may make it optional: believe nothing then. */
        if (r->t.kind == RF_TOK_REPEAT)
            i = (struct info){0};
        if (min == 1 && max == 1)
            append(r, &s, &i);
        else
            append_repeat(r, &s, &i, min, max);
    }
    if (!s.exact)
        keep_better(&s.best, s.run);
    return (struct info){s.exact, s.run, s.best};
}

/* The better of what the part makes necessary and what look-arounds in it do. */
static struct rf_literals best_of(const struct info *i)
{
    struct rf_literals best = needed(i);
    keep_better(&best, i->need);
    return best;
}

static struct info alternation(struct reader *r)
{
    struct info first = sequence(r);
    if (r->t.kind != RF_TOK_ALT)
        return first;
    /* Sets of their own: those of the parts may share memory. */
    struct info all = {.exact = first.exact};
    struct rf_literals need = best_of(&first);
    bool known = need.n > 0;
    rf_literals_join(&all.strings, first.strings, r->a);
    rf_literals_join(&all.need, need, r->a);
    while (r->t.kind == RF_TOK_ALT) {
        next(r);
        struct info branch = sequence(r);
        need = best_of(&branch);
        all.exact = all.exact && branch.exact &&
                    rf_literals_join(&all.strings, branch.strings, r->a);
        known = known && need.n && rf_literals_join(&all.need, need, r->a);
    }
    if (!known)
        all.need = (struct rf_literals){0};
    return all;
}

struct rf_literals rf_literal_extract(struct rf_str pattern, bool caseless, bool folded,
                                      struct rf_arena *a)
{
    struct reader r = {.a = a, .folded = folded};
    rf_regex_lex_init(&r.lex, pattern, caseless);
    next(&r);
    struct info all = alternation(&r);
    struct rf_literals best = best_of(&all);
    if (r.lex.failed || r.t.kind != RF_TOK_END || rf_literals_score(best) == 0)
        return (struct rf_literals){0};
    return best;
}
