#include "lib/record/host.h"

#include <arpa/inet.h>
#include <idn2.h>

#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/record/punycode.h"
#include "lib/text/prop.h"

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
        } else if (!is_digit(c) && !(c >= 'a' && c <= 'z') && c != '-' && c != '_') {
            return false;
        } else if (++label > LABEL_BYTES) {
            return false;
        }
    }
    return label > 0 && n <= RF_LIMIT_HOST_BYTES;
}

static bool is_dot(uint32_t c)
{
    return c == '.' || c == 0x3002 || c == 0xff0e || c == 0xff61;
}

/* Append label in[0, n) to out[0, *at) as an A-label. */
static int put_label(const uint32_t *in, int n, char *out, size_t *at)
{
    char buf[LABEL_BYTES];
    bool ascii = true;
    for (int i = 0; i < n; i++)
        ascii = ascii && in[i] < 0x80;
    int len = 0;
    if (!ascii)
        len = rf_punycode_encode(in, n, buf, LABEL_BYTES - 4);
    else
        for (; len < n && len < LABEL_BYTES; len++)
            buf[len] = (char)in[len];
    if (len < n || *at + (size_t)len + 6 > RF_LIMIT_HOST_BYTES)
        return RF_ERR_INVALID;
    memcpy(out + *at, "xn--", ascii ? 0 : 4);
    *at += ascii ? 0 : 4;
    memcpy(out + *at, buf, (size_t)len);
    *at += (size_t)len;
    return 0;
}

/* What IDNA 2008 does not allow (emoji) is encoded as it stands, since it is in use. */
static int encode_labels(struct rf_str s, char *out, size_t *n)
{
    uint32_t label[LABEL_BYTES];
    int k = 0;
    *n = 0;
    for (size_t i = 0, len; i < s.n; i += len) {
        uint32_t c = rf_utf8_decode(s.p + i, s.n - i, &len);
        if (!is_dot(c)) {
            enum rf_class class = rf_prop_class(rf_text_prop(c));
            if (k == LABEL_BYTES || class == RF_CLASS_SPACE || c < ' ' || c == 0xfffd)
                return RF_ERR_INVALID;
            label[k++] = c < 0x80 ? (uint32_t)lower((char)c) : c;
            continue;
        }
        if (put_label(label, k, out, n) != 0)
            return RF_ERR_INVALID;
        out[(*n)++] = '.';
        k = 0;
    }
    return put_label(label, k, out, n);
}

/* s, followed by a NUL, to A-labels. */
static int to_ascii(struct rf_arena *a, struct rf_str s, struct rf_str *out)
{
    char *ascii = NULL, buf[RF_LIMIT_HOST_BYTES + 1];
    size_t n;
    int rc = idn2_lookup_u8((const uint8_t *)s.p, (uint8_t **)&ascii,
                            IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (rc == IDN2_OK) {
        *out = rf_arena_dup(a, rf_str_of(ascii));
        idn2_free(ascii);
        return 0;
    }
    if (encode_labels(s, buf, &n) != 0)
        return RF_ERR_INVALID;
    *out = rf_arena_dup(a, rf_str(buf, n));
    return 0;
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

static int take_name(struct rf_arena *a, struct rf_str s, struct rf_host *out)
{
    char buf[RAW_HOST_BYTES];
    int len = unescape(s, buf, RAW_HOST_BYTES - 1);
    if (len <= 0 || memchr(buf, 0, (size_t)len))
        return RF_ERR_INVALID;
    struct rf_str name = rf_arena_dup(a, rf_str(buf, (size_t)len));
    if (!all_ascii(name) && to_ascii(a, name, &name) != 0)
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
