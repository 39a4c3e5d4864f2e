#include "daemon/address.h"

#include <arpa/inet.h>

static int parse_unix(struct address *a, struct rf_str path, const char **why)
{
    if (path.n == 0 || path.n >= sizeof a->sa.un.sun_path || memchr(path.p, 0, path.n)) {
        *why = "a unix: listener takes a path of 1 to 107 bytes";
        return RF_ERR_INVALID;
    }
    a->sa.un.sun_family = AF_UNIX;
    memcpy(a->sa.un.sun_path, path.p, path.n);
    a->len = (socklen_t)sizeof a->sa.un;
    return RF_OK;
}

static bool parse_port(struct rf_str s, in_port_t *out)
{
    unsigned port = 0;
    if (s.n == 0 || s.n > 5)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        port = port * 10 + (unsigned)(s.p[i] - '0');
    }
    *out = htons((uint16_t)port);
    return port <= 65535;
}

/* Split HOST:PORT or [HOST]:PORT. */
static bool split(struct rf_str s, char host[64], struct rf_str *port)
{
    const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
    if (!colon)
        return false;
    struct rf_str h = rf_str(s.p, (size_t)(colon - s.p));
    *port = rf_str_sub(s, h.n + 1);
    if (h.n >= 2 && h.p[0] == '[' && h.p[h.n - 1] == ']')
        h = rf_str(h.p + 1, h.n - 2);
    if (h.n == 0 || h.n >= 64)
        return false;
    if (rf_str_eqz(h, "localhost"))
        h = RF_STR("127.0.0.1");
    memcpy(host, h.p, h.n);
    host[h.n] = 0;
    return true;
}

static int parse_tcp(struct address *a, struct rf_str s, const char **why)
{
    char host[64];
    struct rf_str port;
    in_port_t p = 0;
    bool ok = split(s, host, &port) && parse_port(port, &p);
    if (ok && inet_pton(AF_INET, host, &a->sa.in.sin_addr) == 1) {
        a->sa.in.sin_family = AF_INET;
        a->sa.in.sin_port = p;
        a->len = (socklen_t)sizeof a->sa.in;
    } else if (ok && inet_pton(AF_INET6, host, &a->sa.in6.sin6_addr) == 1) {
        a->sa.in6.sin6_family = AF_INET6;
        a->sa.in6.sin6_port = p;
        a->len = (socklen_t)sizeof a->sa.in6;
    } else {
        *why = "a tcp:// address takes an IP address and a port";
        return RF_ERR_INVALID;
    }
    return RF_OK;
}

int address_parse(struct address *a, struct rf_str s, const char **why)
{
    memset(a, 0, sizeof *a);
    if (rf_str_starts(s, RF_STR("unix:")))
        return parse_unix(a, rf_str_sub(s, 5), why);
    if (rf_str_starts(s, RF_STR("tcp://")))
        return parse_tcp(a, rf_str_sub(s, 6), why);
    *why = rf_str_starts(s, RF_STR("tls://"))
               ? "tls:// is not supported yet"
               : "unix:/PATH or tcp://ADDRESS:PORT expected";
    return RF_ERR_INVALID;
}

bool address_exposed(const struct address *a)
{
    const struct in6_addr *six = &a->sa.in6.sin6_addr;
    if (a->sa.any.sa_family == AF_INET)
        return ntohl(a->sa.in.sin_addr.s_addr) >> 24 != 127;
    if (a->sa.any.sa_family != AF_INET6)
        return false;
    if (IN6_IS_ADDR_V4MAPPED(six))
        return six->s6_addr[12] != 127;
    return !IN6_IS_ADDR_LOOPBACK(six);
}
