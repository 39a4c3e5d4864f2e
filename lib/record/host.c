#include "lib/record/host.h"

#include <arpa/inet.h>

#include "lib/base/error.h"
#include "lib/record/idna.h"

enum { LABEL_BYTES = 63, RAW_HOST_BYTES = 1024, IPV4_PARTS = 4 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Copy s without percent escapes into buf; the length, or -1 when it is too long. */
static int unescape(struct rf_str s, char *buf, int max)
{
    int n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (n == max)
            return -1;
        int hi = s.p[i] == '%' && i + 2 < s.n ? hex_value(s.p[i + 1]) : -1;
        int lo = hi >= 0 ? hex_value(s.p[i + 2]) : -1;
        buf[n++] = lo >= 0 ? (char)(hi * 16 + lo) : s.p[i];
        i += lo >= 0 ? 2 : 0;
    }
    return n;
}

/* Of a label, in lower case. */
static bool is_name_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

/* Lower case in place; whether s is labels of letters, digits, '-' and '_' (RFC 1035, as
 * the DNS takes it). */
static bool make_ascii(char *p, size_t n)
{
    size_t label = 0;
    for (size_t i = 0; i < n; i++) {
        char c = p[i] = lower(p[i]);
        if (c == '.') {
            if (label == 0)
                return false;
            label = 0;
        } else if (!is_name_char(c)) {
            return false;
        } else if (++label > LABEL_BYTES) {
            return false;
        }
    }
    return label > 0 && n <= RF_LIMIT_HOST_BYTES;
}

/* ---- addresses ---- */

/* One part of an IPv4 address: decimal, 0 octal or 0x hex; -1 if it is none of these. */
static int64_t ipv4_part(struct rf_str s)
{
    int base = 10;
    if (s.n > 1 && s.p[0] == '0') {
        bool hex = lower(s.p[1]) == 'x';
        base = hex ? 16 : 8;
        s = rf_str_sub(s, hex ? 2 : 1);
    }
    int64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        int d = hex_value(s.p[i]);
        if (d < 0 || d >= base || v > UINT32_MAX)
            return -1;
        v = v * base + d;
    }
    return s.n || base == 16 ? v : -1;
}

/* inet_aton: the last part fills what the others leave. */
static bool ipv4_parse(struct rf_str s, uint32_t *out)
{
    uint64_t v = 0;
    for (int parts = 1;; parts++) {
        size_t n = 0;
        while (n < s.n && s.p[n] != '.')
            n++;
        int64_t part = ipv4_part(rf_str(s.p, n));
        bool last = n == s.n;
        if (part < 0 || parts > IPV4_PARTS || (!last && part > 255))
            return false;
        if (last) {
            int left = 8 * (IPV4_PARTS + 1 - parts);
            *out = (uint32_t)(v << left | (uint64_t)part);
            return (uint64_t)part < UINT64_C(1) << left;
        }
        v = v << 8 | (uint64_t)part;
        s = rf_str_sub(s, n + 1);
    }
}

/* A name whose last label is a number can be an IPv4 address only (URL Standard, 3.5). */
static bool ends_in_number(struct rf_str s)
{
    size_t i = s.n;
    bool digits = true;
    while (i > 0 && s.p[i - 1] != '.')
        digits = is_digit(s.p[--i]) && digits;
    return digits || ipv4_part(rf_str_sub(s, i)) >= 0;
}

static int take_ipv6(struct rf_arena *a, struct rf_str s, struct rf_host *out)
{
    char in[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN];
    struct in6_addr addr;
    if (s.n >= sizeof in)
        return RF_ERR_INVALID;
    memcpy(in, s.p, s.n);
    in[s.n] = 0;
    if (inet_pton(AF_INET6, in, &addr) != 1 ||
        !inet_ntop(AF_INET6, &addr, text, sizeof text))
        return RF_ERR_INVALID;
    out->name = rf_arena_dup(a, rf_str_of(text));
    out->ip = true;
    return 0;
}

/* ---- putting it together ---- */

static bool all_ascii(struct rf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((signed char)s.p[i] < 0)
            return false;
    return true;
}

/* What becomes of a character of a name that needs no more than lower case; 0: it does.
 */
static const char plain_to[256] = {
    ['-'] = '-', ['.'] = '.', ['_'] = '_', ['0'] = '0', ['1'] = '1', ['2'] = '2',
    ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8',
    ['9'] = '9', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e',
    ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k',
    ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q',
    ['R'] = 'r', ['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w',
    ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c',
    ['d'] = 'd', ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i',
    ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o',
    ['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't', ['u'] = 'u',
    ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z'};

/* Takes a name that needs nothing but lower case and is no address: most are so. False
 * where there is more to it. */
static bool take_plain(struct rf_arena *a, struct rf_str s, struct rf_host *out)
{
    s.n -= s.n > 0 && s.p[s.n - 1] == '.';
    if (s.n == 0 || s.n > RF_LIMIT_HOST_BYTES)
        return false;
    char *p = rf_arena_alloc(a, s.n + 1);
    size_t label = 0, longest = 0; /* where it begins */
    bool other = false, empty = false;
    for (size_t i = 0; i < s.n; i++) { /* without a branch on what is rare or irregular */
        char c = p[i] = plain_to[(unsigned char)s.p[i]];
        other |= c == 0;
        bool dot = c == '.';
        size_t n = i - label;
        empty |= dot & (n == 0);
        longest = (dot & (n > longest)) ? n : longest;
        label = dot ? i + 1 : label;
    }
    if (other || empty || label == s.n || is_digit(p[label]) || longest > LABEL_BYTES ||
        s.n - label > LABEL_BYTES)
        return false;
    p[s.n] = 0;
    out->name = rf_str(p, s.n);
    out->ip = false;
    return true;
}

static int take_name(struct rf_arena *a, struct rf_str s, struct rf_host *out)
{
    if (take_plain(a, s, out))
        return 0;
    char buf[RAW_HOST_BYTES];
    int len = unescape(s, buf, RAW_HOST_BYTES - 1);
    if (len <= 0 || memchr(buf, 0, (size_t)len))
        return RF_ERR_INVALID;
    struct rf_str name = rf_arena_dup(a, rf_str(buf, (size_t)len));
    if (!all_ascii(name) && rf_idna_to_ascii(a, name, &name) != 0)
        return RF_ERR_INVALID;
    if (name.n && name.p[name.n - 1] == '.')
        name.n--;
    if (!make_ascii((char *)name.p, name.n))
        return RF_ERR_INVALID;
    uint32_t ip;
    out->ip = ends_in_number(name);
    if (out->ip) {
        if (!ipv4_parse(name, &ip))
            return RF_ERR_INVALID;
        name = rf_arena_printf(a, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255,
                               ip & 255);
    }
    out->name = name;
    return 0;
}

/* Cut ":port" off the end of *s. */
static int take_port(struct rf_str *s, uint32_t *port)
{
    size_t n = s->n;
    while (n > 0 && is_digit(s->p[n - 1]))
        n--;
    *port = 0;
    if (n == 0 || s->p[n - 1] != ':')
        return 0;
    for (size_t i = n; i < s->n; i++) {
        *port = *port * 10 + (uint32_t)(s->p[i] - '0');
        if (*port > 65535)
            return RF_ERR_INVALID;
    }
    s->n = n - 1;
    return 0;
}

int rf_host_normalize(struct rf_arena *a, struct rf_str in, struct rf_host *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = in.n; i > 0; i--) {
        if (in.p[i - 1] == '@') {
            in = rf_str_sub(in, i);
            break;
        }
    }
    struct in6_addr addr;
    if (in.n && in.p[0] != '[' && in.n <= INET6_ADDRSTRLEN && memchr(in.p, ':', in.n) &&
        inet_pton(AF_INET6, rf_arena_dup(a, in).p, &addr) == 1)
        return take_ipv6(a, in, out);
    if (take_port(&in, &out->port) != 0)
        return RF_ERR_INVALID;
    if (in.n > 2 && in.p[0] == '[' && in.p[in.n - 1] == ']')
        return take_ipv6(a, rf_str(in.p + 1, in.n - 2), out);
    return take_name(a, in, out);
}

int rf_host_of_name(struct rf_arena *a, struct rf_str in, struct rf_host *out)
{
    memset(out, 0, sizeof *out);
    return take_name(a, in, out);
}
