/* Cold: rule loading. Members of a character class. */
#include "lib/match/regex_lex.h"

#include "lib/base/utf8.h"
#include "lib/match/regex_escape.h"

void rf_class_lex_init(struct rf_class_lex *c, struct rf_str pattern, size_t inner)
{
    *c = (struct rf_class_lex){.s = pattern, .at = inner, .first = true};
}

static bool at_is(const struct rf_class_lex *c, size_t at, char want)
{
    return at < c->s.n && c->s.p[at] == want;
}

/* "[:name:]" and its kin at c->at: 1 and passed over; 0: an ordinary bracket; -1: unsure.
 */
static int posix_item(struct rf_class_lex *c)
{
    char kind = c->at + 1 < c->s.n ? c->s.p[c->at + 1] : '\0';
    if (kind != ':' && kind != '.' && kind != '=')
        return 0;
    for (size_t i = c->at + 2; i + 1 < c->s.n; i++) {
        char b = c->s.p[i];
        if (b == '\\')
            return -1;
        if (b == ']' || (b == '[' && c->s.p[i + 1] == kind))
            return 0;
        if (b == kind && c->s.p[i + 1] == ']') {
            c->at = i + 2;
            return 1;
        }
    }
    return 0;
}

static bool stop(struct rf_class_lex *c)
{
    c->at = c->s.n;
    return false;
}

/* One member, ranges not yet joined. */
static bool single(struct rf_class_lex *c, struct rf_class_item *out)
{
    size_t len;
    *out = (struct rf_class_item){.at = c->at};
    if (at_is(c, c->at, '\\')) {
        enum rf_escape_kind kind;
        if (c->quoted && !at_is(c, c->at + 1, 'E')) {
            kind = RF_ESC_CHAR;
            out->lo = '\\';
            c->at++;
        } else {
            kind = rf_regex_escape(c->s, &c->at, true, &out->lo);
        }
        c->quoted = kind == RF_ESC_QUOTE || (c->quoted && kind != RF_ESC_UNQUOTE);
        out->known = kind == RF_ESC_CHAR;
        out->hi = out->lo;
        return kind != RF_ESC_GIVE_UP && kind != RF_ESC_ASSERT ? true : stop(c);
    }
    if (at_is(c, c->at, '[') && !c->quoted) {
        int posix = posix_item(c);
        if (posix)
            return posix > 0 ? true : stop(c);
    }
    out->known = true;
    out->lo = out->hi = rf_utf8_decode(c->s.p + c->at, c->s.n - c->at, &len);
    c->at += len;
    return true;
}

bool rf_class_lex_next(struct rf_class_lex *c, struct rf_class_item *out)
{
    struct rf_class_item end;
    bool first = c->first;
    c->first = false;
    if (c->at >= c->s.n || (at_is(c, c->at, ']') && !first && !c->quoted))
        return false;
    if (!single(c, out))
        return false;
    if (!out->known || c->quoted || !at_is(c, c->at, '-') || at_is(c, c->at + 1, ']'))
        return true;
    struct rf_class_lex ahead = *c;
    ahead.at++;
    if (!single(&ahead, &end) || !end.known)
        return true;
    out->hi = end.lo;
    *c = ahead;
    return out->lo <= out->hi ? true : stop(c);
}
