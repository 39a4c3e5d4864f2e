/* Hosts of URLs. */
#include "lib/record/host.h"

#include "lib/base/error.h"

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* The scheme before "://", empty if there is none; *after is what follows. */
static struct rf_str scheme_of(struct rf_str url, struct rf_str *after)
{
    size_t n = 0;
    while (n < url.n && (is_letter(url.p[n]) ||
                         (n > 0 && url.p[n] && strchr("0123456789+-.", url.p[n]))))
        n++;
    *after = url;
    if (n > 0 && rf_str_starts(rf_str_sub(url, n), RF_STR("://"))) {
        *after = rf_str_sub(url, n + 3);
        return rf_str(url.p, n);
    }
    if (rf_str_starts(url, RF_STR("//")))
        *after = rf_str_sub(url, 2);
    return rf_str(url.p, 0);
}

/* Lower case, and http for the disguise hxxp. */
static struct rf_str normal_scheme(struct rf_arena *a, struct rf_str s)
{
    struct rf_str out = rf_arena_dup(a, s);
    char *p = (char *)out.p;
    for (size_t i = 0; i < out.n; i++)
        p[i] = is_letter(p[i]) ? (char)(p[i] | 0x20) : p[i];
    if (rf_str_eqz(out, "hxxp") || rf_str_eqz(out, "hxxps"))
        p[1] = p[2] = 't';
    return out;
}

static char *put(char *p, struct rf_str s)
{
    if (s.n)
        memcpy(p, s.p, s.n);
    return p + s.n;
}

static char *put_port(char *p, uint32_t port)
{
    char digits[10], *d = digits + sizeof digits;
    for (; port; port /= 10)
        *--d = (char)('0' + port % 10);
    *p++ = ':';
    return put(p, rf_str(d, (size_t)(digits + sizeof digits - d)));
}

struct rf_str rf_host_join(struct rf_arena *a, struct rf_str scheme,
                           const struct rf_host *host, struct rf_str rest)
{
    enum { MARKS = sizeof "://[]:4294967295" };
    bool v6 = host->ip && memchr(host->name.p, ':', host->name.n);
    char *begin = rf_arena_alloc(a, scheme.n + host->name.n + rest.n + MARKS);
    char *p = put(begin, scheme);
    if (scheme.n)
        p = put(p, RF_STR("://"));
    if (v6)
        *p++ = '[';
    p = put(p, host->name);
    if (v6)
        *p++ = ']';
    if (host->port)
        p = put_port(p, host->port);
    p = put(p, rest);
    return rf_str(begin, (size_t)(p - begin));
}

int rf_host_of_url(struct rf_arena *a, struct rf_str url, struct rf_host *out,
                   struct rf_str *norm)
{
    struct rf_str after, scheme = scheme_of(url, &after);
    size_t n = 0;
    while (n < after.n && after.p[n] != '/' && after.p[n] != '?' && after.p[n] != '#' &&
           after.p[n] != '\\')
        n++;
    if (rf_host_normalize(a, rf_str(after.p, n), out) != 0)
        return RF_ERR_INVALID;
    if (norm)
        *norm = rf_host_join(a, normal_scheme(a, scheme), out, rf_str_sub(after, n));
    return 0;
}
