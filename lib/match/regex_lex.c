/* Cold: rule loading. */
#include "lib/match/regex_lex.h"

#include "lib/base/utf8.h"
#include "lib/match/regex_escape.h"

enum { SAVED_CASELESS = 1, SAVED_EXTENDED = 2 };

void rf_regex_lex_init(struct rf_regex_lex *l, struct rf_str pattern, bool caseless)
{
    *l = (struct rf_regex_lex){.s = pattern, .caseless = caseless};
}

static char peek(const struct rf_regex_lex *l, size_t ahead)
{
    return l->at + ahead < l->s.n ? l->s.p[l->at + ahead] : '\0';
}

static bool starts(const struct rf_regex_lex *l, const char *z)
{
    return rf_str_starts(rf_str_sub(l->s, l->at), rf_str_of(z));
}

/* Move behind the next c; the reading fails when there is none. */
static void skip_past(struct rf_regex_lex *l, char c)
{
    const char *end = memchr(l->s.p + l->at, c, l->s.n - l->at);
    l->failed |= !end;
    l->at = end ? (size_t)(end - l->s.p) + 1 : l->s.n;
}

/* Under (?x): white space and comments. A comment may run to the end. */
static bool skip_extended(struct rf_regex_lex *l)
{
    char c = peek(l, 0);
    if (c == '#') {
        bool open = l->failed;
        skip_past(l, '\n');
        l->failed = open;
        return true;
    }
    if (c != ' ' && (c < '\t' || c > '\r'))
        return false;
    l->at++;
    return true;
}

/* Pass over what is no token. */
static void skip_nothing(struct rf_regex_lex *l)
{
    while (l->at < l->s.n && !l->failed) {
        if (starts(l, "\\E")) {
            l->quoted = false;
            l->at += 2;
        } else if (l->quoted) {
            return;
        } else if (starts(l, "\\Q")) {
            l->quoted = true;
            l->at += 2;
        } else if (starts(l, "(?#")) {
            skip_past(l, ')');
        } else if (!l->extended || !skip_extended(l)) {
            return;
        }
    }
}

static struct rf_token give_up(struct rf_regex_lex *l)
{
    l->failed = true;
    return (struct rf_token){.kind = RF_TOK_GIVE_UP, .at = l->at};
}

static void token_char(struct rf_regex_lex *l, struct rf_token *t)
{
    size_t len;
    t->kind = RF_TOK_CHAR;
    t->cp = rf_utf8_decode(l->s.p + l->at, l->s.n - l->at, &len);
    l->at += len;
    /* Other white space that (?x) may pass over, by version. */
    if (l->extended && !l->quoted &&
        (t->cp == 0x85 || (t->cp | 1) == 0x200F || (t->cp | 1) == 0x2029))
        t->kind = RF_TOK_UNKNOWN;
}

static void token_escape(struct rf_regex_lex *l, struct rf_token *t)
{
    switch (rf_regex_escape(l->s, &l->at, false, &t->cp)) {
    case RF_ESC_CHAR:
        t->kind = RF_TOK_CHAR;
        return;
    case RF_ESC_ONE:
        t->kind = RF_TOK_ONE;
        return;
    case RF_ESC_ASSERT:
        t->kind = RF_TOK_ASSERT;
        return;
    case RF_ESC_UNKNOWN:
        t->kind = RF_TOK_UNKNOWN;
        return;
    default: /* \Q and \E were passed over before */
        *t = give_up(l);
    }
}

static uint32_t read_count(struct rf_regex_lex *l)
{
    uint32_t v = 0;
    for (; peek(l, 0) >= '0' && peek(l, 0) <= '9'; l->at++)
        v = v > 100000 ? v : v * 10 + (uint32_t)(peek(l, 0) - '0');
    return v;
}

/* "{n}", "{n,}", "{n,m}" are repeats in every version; other mixtures of digits, commas
 * and spaces are repeats or literal text by version: at least nothing, then. */
static bool token_braces(struct rf_regex_lex *l, struct rf_token *t)
{
    size_t begin = l->at, i = begin + 1;
    while (i < l->s.n && l->s.p[i] && strchr("0123456789, \t", l->s.p[i]))
        i++;
    if (i == begin + 1 || i >= l->s.n || l->s.p[i] != '}')
        return false;
    l->at = begin + 1;
    size_t digits = l->at;
    t->min = t->max = read_count(l);
    bool strict = l->at > digits;
    if (strict && peek(l, 0) == ',') {
        l->at++;
        digits = l->at;
        t->max = read_count(l);
        if (l->at == digits)
            t->max = RF_REPEAT_FOREVER;
    }
    if (!strict || l->at != i) {
        t->min = 0;
        t->max = RF_REPEAT_FOREVER;
        t->unsure = true;
    }
    l->at = i + 1;
    return true;
}

static bool token_repeat(struct rf_regex_lex *l, struct rf_token *t)
{
    char c = peek(l, 0);
    if (c == '{') {
        if (!token_braces(l, t))
            return false;
    } else if (c == '*' || c == '+' || c == '?') {
        t->min = c == '+';
        t->max = c == '?' ? 1 : RF_REPEAT_FOREVER;
        l->at++;
    } else {
        return false;
    }
    if (peek(l, 0) == '+' || peek(l, 0) == '?')
        l->at++;
    t->kind = RF_TOK_REPEAT;
    return true;
}

static void open_group(struct rf_regex_lex *l, struct rf_token *t,
                       enum rf_group_kind kind)
{
    if (l->depth == RF_REGEX_DEPTH) {
        *t = give_up(l);
        return;
    }
    l->saved[l->depth++] = (uint8_t)((l->caseless ? SAVED_CASELESS : 0) |
                                     (l->extended ? SAVED_EXTENDED : 0));
    t->kind = RF_TOK_OPEN;
    t->group = kind;
}

static void close_group(struct rf_regex_lex *l, struct rf_token *t)
{
    l->at++;
    if (l->depth == 0) {
        *t = give_up(l);
        return;
    }
    uint8_t saved = l->saved[--l->depth];
    l->caseless = saved & SAVED_CASELESS;
    l->extended = saved & SAVED_EXTENDED;
    t->kind = RF_TOK_CLOSE;
}

/* "(?imnsx-imnsx)" or "(?i:": at the first letter. False: not such a group. (?xx) is
 * left alone, it changes how classes read. */
static bool option_group(struct rf_regex_lex *l, struct rf_token *t)
{
    bool on = true, caseless = l->caseless, extended = l->extended, opens;
    size_t i = l->at;
    if (i < l->s.n && l->s.p[i] == '^') {
        caseless = extended = false;
        i++;
    }
    for (; i < l->s.n && l->s.p[i] && strchr("imnsxJU-", l->s.p[i]); i++) {
        char c = l->s.p[i];
        if (c == '-')
            on = false;
        else if (c == 'i')
            caseless = on;
        else if (c == 'x' && i > 0 && l->s.p[i - 1] == 'x')
            return false;
        else if (c == 'x')
            extended = on;
    }
    if (i >= l->s.n || (l->s.p[i] != ')' && l->s.p[i] != ':'))
        return false;
    opens = l->s.p[i] == ':';
    l->at = i + 1;
    t->kind = RF_TOK_ASSERT;
    if (opens)
        open_group(l, t, RF_GROUP_PLAIN);
    if (l->failed)
        return true;
    l->caseless = caseless;
    l->extended = extended;
    return true;
}

/* "(?(" condition ")": an assertion as the condition is read as a group of its own. */
static void conditional(struct rf_regex_lex *l, struct rf_token *t)
{
    char c = peek(l, 1);
    if (c == '*' || (c == '?' && peek(l, 2) == 'C')) {
        *t = give_up(l);
        return;
    }
    if (c != '?')
        skip_past(l, ')');
    open_group(l, t, RF_GROUP_OPAQUE);
}

/* What "(?" begins, the reader standing behind it. */
static void special_group(struct rf_regex_lex *l, struct rf_token *t)
{
    static const struct {
        const char *head;
        enum rf_group_kind kind;
        char end; /* of the name, else NUL */
    } groups[] = {
        {":", RF_GROUP_PLAIN, 0},     {"|", RF_GROUP_PLAIN, 0},
        {">", RF_GROUP_PLAIN, 0},     {"=", RF_GROUP_LOOK, 0},
        {"*", RF_GROUP_LOOK, 0},      {"!", RF_GROUP_NEGATIVE, 0},
        {"<=", RF_GROUP_LOOK, 0},     {"<*", RF_GROUP_LOOK, 0},
        {"<!", RF_GROUP_NEGATIVE, 0}, {"<", RF_GROUP_PLAIN, '>'},
        {"'", RF_GROUP_PLAIN, '\''},  {"P<", RF_GROUP_PLAIN, '>'},
    };
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        if (!starts(l, groups[i].head))
            continue;
        l->at += strlen(groups[i].head);
        if (groups[i].end)
            skip_past(l, groups[i].end);
        open_group(l, t, groups[i].kind);
        return;
    }
    char c = peek(l, 0), d = peek(l, 1);
    bool sign = c == '+' || (c == '-' && d >= '0' && d <= '9');
    if (c == '(') {
        conditional(l, t);
    } else if (c == 'R' || c == '&' || c == 'P' || sign || (c >= '0' && c <= '9')) {
        skip_past(l, ')');
        t->kind = RF_TOK_UNKNOWN;
    } else if (!option_group(l, t)) {
        *t = give_up(l);
    }
}

static void token_group(struct rf_regex_lex *l, struct rf_token *t)
{
    if (peek(l, 1) == '*') { /* verbs: (*ACCEPT) makes everything unneeded */
        *t = give_up(l);
    } else if (peek(l, 1) == '?') {
        l->at += 2;
        special_group(l, t);
    } else {
        l->at++;
        open_group(l, t, RF_GROUP_PLAIN);
    }
}

static void token_class(struct rf_regex_lex *l, struct rf_token *t)
{
    struct rf_class_lex c;
    struct rf_class_item item;
    if (starts(l, "[[:<:]]") || starts(l, "[[:>:]]")) { /* a word's beginning and end */
        l->at += 7;
        t->kind = RF_TOK_ASSERT;
        return;
    }
    l->at++;
    t->kind = RF_TOK_CLASS;
    t->negated = peek(l, 0) == '^';
    l->at += t->negated;
    t->inner = l->at;
    if (starts(l, "\\E") || starts(l, "\\Q")) { /* may hide a ^ or ] */
        *t = give_up(l);
        return;
    }
    rf_class_lex_init(&c, l->s, t->inner);
    while (rf_class_lex_next(&c, &item)) {
        /* only the end is wanted */
    }
    l->at = c.at;
    if (peek(l, 0) != ']')
        *t = give_up(l);
    l->at++;
}

struct rf_token rf_regex_lex_next(struct rf_regex_lex *l)
{
    skip_nothing(l);
    struct rf_token t = {.at = l->at, .caseless = l->caseless};
    if (l->failed)
        return give_up(l);
    if (l->at >= l->s.n)
        return t;
    if (l->quoted) {
        token_char(l, &t);
        return t;
    }
    switch (l->s.p[l->at]) {
    case '\\':
        token_escape(l, &t);
        break;
    case '[':
        token_class(l, &t);
        break;
    case '(':
        token_group(l, &t);
        break;
    case ')':
        close_group(l, &t);
        break;
    case '|':
        l->at++;
        t.kind = RF_TOK_ALT;
        break;
    case '.':
        l->at++;
        t.kind = RF_TOK_ONE;
        break;
    case '^':
    case '$':
        l->at++;
        t.kind = RF_TOK_ASSERT;
        break;
    default:
        if (!token_repeat(l, &t))
            token_char(l, &t);
    }
    if (l->failed && t.kind != RF_TOK_GIVE_UP)
        return give_up(l);
    return t;
}
