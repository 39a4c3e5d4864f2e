/* Cold: rule loading. Characters, classes and escapes of a pattern: what they match. */
#include "lib/match/literal_inner.h"

#include <unicode/uchar.h>

#include "lib/base/utf8.h"
#include "lib/match/regex.h"
#include "lib/match/regex_ask.h"
#include "lib/match/squeeze.h"
#include "lib/text/fold.h"

#define CLASS_MEMBERS 8 /* larger classes are any character */
#define RANGE_MAX 512   /* members of a class looked at one by one */

struct info rf_info_any(void)
{
    struct rf_set all = rf_set_all();
    return (struct info){.span = all, .chain = {.tail = all}};
}

struct info rf_info_nothing(struct reader *r)
{
    return (struct info){.exact = true, .strings = rf_literals_empty(r->a)};
}

/* Add cp as the scan sees it: ASCII lower case, in the squeezed text perhaps nothing. */
static void add_char(struct reader *r, struct rf_literals *to, uint32_t cp)
{
    char *p = rf_arena_alloc(r->a, RF_UTF8_MAX);
    size_t n = rf_utf8_encode(cp, p);
    if (r->squeezed)
        n = n == 1 && rf_squeeze_table[cp] ? 1 : 0;
    if (n == 1 && p[0] >= 'A' && p[0] <= 'Z')
        p[0] |= 0x20;
    rf_literals_add(to, rf_str(p, n), r->a);
}

/* Whether a folded text may hold cp. */
static bool possible(uint32_t cp)
{
    return cp < 0x80 ||
           (rf_fold_possible(RF_FOLD_TEXT, cp) &&
            !u_hasBinaryProperty((UChar32)cp, UCHAR_CHANGES_WHEN_NFKC_CASEFOLDED));
}

/* The ways cp can stand in a text that it matches. */
static void add_variants(struct reader *r, struct info *to, uint32_t cp, bool caseless)
{
    uint32_t v[RF_CASE_VARIANTS];
    size_t n = 1, added = 0;
    v[0] = cp;
    if (caseless)
        n = rf_regex_case_variants(cp, v);
    for (size_t i = 0; i < n; i++) {
        if (n > 1 && r->folded && !possible(v[i]))
            continue;
        add_char(r, &to->strings, v[i]);
        added++;
        rf_set_add_char(&to->span, v[i]);
    }
    if (added == 0) { /* nothing folded can match: as written is as good as any */
        add_char(r, &to->strings, cp);
        rf_set_add_beyond(&to->span);
    }
}

static struct info one_char(struct reader *r, uint32_t cp, bool caseless)
{
    struct info i = {.exact = true};
    add_variants(r, &i, cp, caseless);
    return i;
}

/* Whether folded texts hold white space beyond ASCII. */
static bool space_beyond_ascii(void)
{
    static const uint32_t spaces[] = {
        0x85,   0xA0,   0x1680, 0x180E, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005,
        0x2006, 0x2007, 0x2008, 0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
        if (rf_fold_possible(RF_FOLD_TEXT, spaces[i]))
            return true;
    return false;
}

/* The same of the escape at that place of the pattern. */
static bool escape_beyond_ascii(struct reader *r, size_t at)
{
    struct rf_str s = r->lex.s;
    bool space =
        at + 1 < s.n && s.p[at] == '\\' && s.p[at + 1] && strchr("shvR", s.p[at + 1]);
    return !space || !r->folded || space_beyond_ascii();
}

/* The ways cp and its variants can stand in the text beyond ASCII. */
static void add_beyond(struct reader *r, struct rf_set *to, uint32_t cp, bool caseless)
{
    uint32_t v[RF_CASE_VARIANTS];
    size_t n = 1;
    v[0] = cp;
    if (caseless)
        n = rf_regex_case_variants(cp, v);
    for (size_t i = 0; i < n; i++) {
        bool may = n > 1 ? possible(v[i]) : rf_fold_possible(RF_FOLD_TEXT, v[i]);
        if (v[i] >= 0x80 && (!r->folded || may))
            rf_set_add_char(to, v[i]);
    }
}

/* What a class may match beyond ASCII; false: perhaps anything. */
static bool class_beyond(struct reader *r, const struct rf_token *t, struct rf_set *to)
{
    struct rf_class_lex c;
    struct rf_class_item item;
    if (t->negated)
        return false;
    rf_class_lex_init(&c, r->lex.s, t->inner);
    while (rf_class_lex_next(&c, &item)) {
        if (!item.known ? escape_beyond_ascii(r, item.at)
                        : item.hi >= 0x80 && item.hi - item.lo > RANGE_MAX)
            return false;
        for (uint32_t cp = item.lo; item.known && cp <= item.hi; cp++)
            if (cp >= 0x80 || (t->caseless && !r->folded))
                add_beyond(r, to, cp, t->caseless);
    }
    return true;
}

/* The escape, of a class's member or alone, takes nothing beyond ASCII there; or with a
 * capital letter all of it. */
static bool white(struct reader *r, size_t at, const char *letters)
{
    struct rf_str s = r->lex.s;
    return r->folded && at + 1 < s.n && s.p[at] == '\\' && s.p[at + 1] &&
           strchr(letters, s.p[at + 1]) && !space_beyond_ascii();
}

bool rf_info_all_beyond(struct reader *r, const struct rf_token *t)
{
    struct rf_class_lex c;
    struct rf_class_item item;
    if (t->kind == RF_TOK_ONE)
        return r->lex.s.p[t->at] == '.' || white(r, t->at, "SHV");
    if (t->kind != RF_TOK_CLASS || !t->negated || (t->caseless && !r->folded))
        return false;
    rf_class_lex_init(&c, r->lex.s, t->inner);
    while (rf_class_lex_next(&c, &item))
        if (item.known ? item.hi >= 0x80 : !white(r, item.at, "shv"))
            return false;
    return true;
}

/* What a class or escape takes, as PCRE2 says. Its strings are left open. */
static struct info asked(struct reader *r, const struct rf_token *t)
{
    struct info i = {0};
    struct rf_str token = rf_str(r->lex.s.p + t->at, r->lex.at - t->at);
    rf_regex_ask(r->ask, token, t->caseless, &i.span);
    if (t->kind == RF_TOK_CLASS ? !class_beyond(r, t, &i.span)
                                : escape_beyond_ascii(r, t->at))
        rf_set_add_beyond(&i.span);
    return i;
}

/* What its span leaves in the squeezed text, unless that is too much. */
static void squeeze_strings(struct reader *r, struct info *i)
{
    size_t members = 0;
    bool nothing = rf_set_beyond(&i->span);
    for (uint32_t c = 0; c < 0x80; c++) {
        bool has = rf_set_has(&i->span, (unsigned char)c);
        nothing |= has && !rf_squeeze_table[c];
        members += has && rf_squeeze_table[c] && (c < 'A' || c > 'Z');
    }
    i->exact = members <= CLASS_MEMBERS;
    if (!i->exact)
        return;
    for (uint32_t c = 0; c < 0x80; c++)
        if (rf_set_has(&i->span, (unsigned char)c) && rf_squeeze_table[c])
            add_char(r, &i->strings, c);
    if (nothing)
        rf_literals_add(&i->strings, rf_str("", 0), r->a);
}

static void class_strings(struct reader *r, const struct rf_token *t, struct info *i)
{
    struct rf_class_lex c;
    struct rf_class_item item;
    struct info members = {0};
    size_t n = 0;
    bool few = !t->negated;
    rf_class_lex_init(&c, r->lex.s, t->inner);
    while (few && rf_class_lex_next(&c, &item)) {
        few = item.known && item.lo && item.hi - item.lo <= RANGE_MAX;
        for (uint32_t cp = item.lo; few && cp <= item.hi; cp++) {
            if (r->folded && cp >= 0x80 && !rf_fold_possible(RF_FOLD_TEXT, cp))
                continue;
            few = ++n <= CLASS_MEMBERS;
            add_variants(r, &members, cp, t->caseless);
        }
    }
    i->exact = few && n > 0;
    i->strings = members.strings;
}

static struct info class(struct reader *r, const struct rf_token *t)
{
    struct info i = asked(r, t);
    if (r->squeezed)
        squeeze_strings(r, &i);
    else
        class_strings(r, t, &i);
    return i;
}

static struct info one_of_many(struct reader *r, const struct rf_token *t)
{
    struct info i = asked(r, t);
    if (r->squeezed)
        squeeze_strings(r, &i);
    return i;
}

static struct info characters(struct reader *r, const struct rf_token *t)
{
    switch (t->kind) {
    case RF_TOK_CHAR:
        return one_char(r, t->cp, t->caseless);
    case RF_TOK_CLASS:
        return class(r, t);
    default:
        return one_of_many(r, t);
    }
}

/* \R and \X may take more than one character. */
static bool takes_many(const struct reader *r, const struct rf_token *t)
{
    struct rf_str token = rf_str_sub(r->lex.s, t->at);
    return t->kind == RF_TOK_ONE &&
           (rf_str_starts(token, RF_STR("\\R")) || rf_str_starts(token, RF_STR("\\X")));
}

struct info rf_info_token(struct reader *r, const struct rf_token *t)
{
    if (t->kind == RF_TOK_ASSERT)
        return rf_info_nothing(r);
    if (t->kind == RF_TOK_UNKNOWN || (t->kind == RF_TOK_CHAR && !t->cp))
        return rf_info_any();     /* the scan takes no NUL */
    if (t->kind == RF_TOK_REPEAT) /* of nothing or of a repeat: literal text by version */
        return rf_info_any();
    struct info i = characters(r, t);
    struct rf_set all = rf_set_all();
    if (takes_many(r, t))
        rf_set_join(&i.span, &all);
    i.chain = rf_chain_run(&i.span, 1, takes_many(r, t), r->a);
    return i;
}
