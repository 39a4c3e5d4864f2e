/* Cold: rule loading. */
#include "lib/match/regex_escape.h"

#include "lib/base/utf8.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Digits of the given base from `from` to below `to`; false when they are none or more.
 */
static bool number(struct rf_str s, size_t from, size_t to, int base, uint32_t *out)
{
    uint32_t v = 0;
    if (from == to)
        return false;
    for (size_t i = from; i < to; i++) {
        int d = hex_value(s.p[i]);
        if (d < 0 || d >= base || v > 0x10FFFF)
            return false;
        v = v * (uint32_t)base + (uint32_t)d;
    }
    *out = v;
    return v <= 0x10FFFF;
}

/* Offset of the first `close` from i on, or s.n. */
static size_t find(struct rf_str s, size_t i, char close)
{
    while (i < s.n && s.p[i] != close)
        i++;
    return i;
}

/* A {...} at *at, which moves behind it: its content as a number of that base. */
static enum rf_escape_kind braced(struct rf_str s, size_t *at, size_t skip, int base,
                                  uint32_t *cp)
{
    size_t from = *at + 1 + skip, to = find(s, *at, '}');
    if (to == s.n)
        return RF_ESC_GIVE_UP;
    *at = to + 1;
    return from <= to && number(s, from, to, base, cp) ? RF_ESC_CHAR : RF_ESC_ONE;
}

static enum rf_escape_kind hex(struct rf_str s, size_t *at, uint32_t *cp)
{
    if (*at < s.n && s.p[*at] == '{')
        return braced(s, at, 0, 16, cp);
    size_t to = *at;
    while (to < s.n && to < *at + 2 && hex_value(s.p[to]) >= 0)
        to++;
    if (!number(s, *at, to, 16, cp))
        *cp = 0;
    *at = to;
    return RF_ESC_CHAR;
}

/* \0, or in a class any octal digit, and up to two more of them; any other number may be
 * a back-reference, or octal and digits: nothing is known of it. */
static enum rf_escape_kind digits(struct rf_str s, size_t *at, bool in_class,
                                  uint32_t *cp)
{
    size_t from = *at, to = from;
    if (s.p[from] != '0' && (!in_class || s.p[from] > '7')) {
        while (*at < s.n && is_digit(s.p[*at]))
            ++*at;
        return in_class ? RF_ESC_ONE : RF_ESC_UNKNOWN;
    }
    while (to < s.n && to < from + 3 && s.p[to] >= '0' && s.p[to] <= '7')
        to++;
    *at = to;
    return number(s, from, to, 8, cp) ? RF_ESC_CHAR : RF_ESC_GIVE_UP;
}

/* What follows \g or \k: a name or number in some kind of brackets, or bare. */
static enum rf_escape_kind reference(struct rf_str s, size_t *at)
{
    if (*at == s.n)
        return RF_ESC_GIVE_UP;
    char open = s.p[*at];
    if (open == '{' || open == '<' || open == '\'') {
        size_t to = find(s, *at + 1, open == '{' ? '}' : open == '<' ? '>' : '\'');
        *at = to + 1;
        return to < s.n ? RF_ESC_UNKNOWN : RF_ESC_GIVE_UP;
    }
    if (open == '-' || open == '+')
        ++*at;
    while (*at < s.n && is_digit(s.p[*at]))
        ++*at;
    return RF_ESC_UNKNOWN;
}

static enum rf_escape_kind property(struct rf_str s, size_t *at)
{
    if (*at == s.n)
        return RF_ESC_GIVE_UP;
    if (s.p[*at] != '{') {
        ++*at;
        return RF_ESC_ONE;
    }
    size_t to = find(s, *at, '}');
    *at = to + 1;
    return to < s.n ? RF_ESC_ONE : RF_ESC_GIVE_UP;
}

static enum rf_escape_kind letter(struct rf_str s, size_t *at, char c, bool in_class,
                                  uint32_t *cp)
{
    static const char names[] = "aefnrt", values[] = "\a\033\f\n\r\t";
    const char *known = strchr(names, c);
    if (known) {
        *cp = (uint32_t)values[known - names];
        return RF_ESC_CHAR;
    }
    switch (c) {
    case 'x':
        return hex(s, at, cp);
    case 'o':
        return *at < s.n && s.p[*at] == '{' ? braced(s, at, 0, 8, cp) : RF_ESC_GIVE_UP;
    case 'N':
        if (*at + 2 < s.n && memcmp(s.p + *at, "{U+", 3) == 0)
            return braced(s, at, 2, 16, cp);
        return RF_ESC_ONE;
    case 'c': /* control character: of no use as a literal */
        *at += *at < s.n;
        return RF_ESC_ONE;
    case 'p':
    case 'P':
        return property(s, at);
    case 'g':
    case 'k':
        return reference(s, at);
    case 'b':
        *cp = '\b';
        return in_class ? RF_ESC_CHAR : RF_ESC_ASSERT;
    case 'Q':
        return RF_ESC_QUOTE;
    case 'E':
        return RF_ESC_UNQUOTE;
    default:
        if (strchr("dDwWsShHvVRX", c))
            return RF_ESC_ONE;
        return strchr("ABzZGK", c) ? RF_ESC_ASSERT : RF_ESC_GIVE_UP;
    }
}

enum rf_escape_kind rf_regex_escape(struct rf_str s, size_t *at, bool in_class,
                                    uint32_t *cp)
{
    size_t i = *at + 1, len;
    if (i >= s.n) {
        *at = s.n;
        return RF_ESC_GIVE_UP;
    }
    char c = s.p[i];
    if (is_digit(c)) {
        *at = i;
        return digits(s, at, in_class, cp);
    }
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        *at = i + 1;
        return letter(s, at, c, in_class, cp);
    }
    *cp = rf_utf8_decode(s.p + i, s.n - i, &len);
    *at = i + len;
    return RF_ESC_CHAR;
}
