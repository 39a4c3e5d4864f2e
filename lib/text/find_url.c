/* URLs in a text: what makes one begin, and where it ends. */
#include "lib/text/find_parts.h"

#include "lib/record/host.h"
#include "lib/text/prop.h"

enum { LABEL_BYTES = 63 };

struct finder {
    struct rf_arena *arena;
    struct rf_str raw;
    struct rf_finds *out;
    size_t from; /* nothing may begin before this offset */
};

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* RFC 3986: letters and digits, and -._~:/?#[]@!$&'()*+,;=%. */
static bool is_url_char(char c)
{
    static const uint64_t set[4] = {UINT64_C(0xaffffffa00000000),
                                    UINT64_C(0x47fffffeafffffff)};
    unsigned char u = (unsigned char)c;
    return set[u / 64] >> u % 64 & 1;
}

static bool ends_host(char c)
{
    return c == '/' || c == '?' || c == '#';
}

/* Whether the ')' that ends raw[begin, end) closes a bracket of the URL. */
static bool closes_own(struct rf_str raw, size_t begin, size_t end)
{
    int open = 0;
    for (size_t i = begin; i < end; i++)
        open += (raw.p[i] == '(') - (raw.p[i] == ')');
    return open >= 0;
}

/* Cut punctuation off the end of raw[begin, end); a bracket that the URL opens stays. */
static size_t cut_punctuation(struct rf_str raw, size_t begin, size_t end)
{
    while (end > begin) {
        char c = raw.p[end - 1];
        if (!strchr(".,;:!?'*()[]", c))
            break;
        if (c == ')' && closes_own(raw, begin, end))
            break;
        end--;
    }
    return end;
}

/* The end of port, path and query that follow the host at raw offset i; what begins with
 * an impossible port is no part of the URL. */
static size_t rest_end(struct rf_str raw, size_t i)
{
    size_t begin = i, host_end = i;
    unsigned port = 0;
    if (!rf_find_more_url(raw, i))
        return i;
    if (raw.p[i] == ':') {
        for (i++; i < raw.n && raw.p[i] >= '0' && raw.p[i] <= '9'; i++)
            if ((port = port * 10 + (unsigned)(raw.p[i] - '0')) > 65535)
                return host_end;
        begin = i;
        if (i == raw.n || !ends_host(raw.p[i]))
            return i;
    }
    while (i < raw.n && is_url_char(raw.p[i]))
        i++;
    return cut_punctuation(raw, begin, i);
}

/* The port that raw[begin, end), the rest of a URL, begins with; *path gets where that
 * ends. -1: it is none, 0: there is none. */
static int64_t port_of(struct rf_str raw, size_t begin, size_t end, size_t *path)
{
    int64_t port = 0;
    *path = begin;
    if (begin == end || raw.p[begin] != ':')
        return 0;
    size_t i = begin + 1;
    for (; i < end && raw.p[i] >= '0' && raw.p[i] <= '9'; i++)
        if ((port = port * 10 + (raw.p[i] - '0')) > 65535)
            return -1;
    *path = i;
    return port;
}

/* Take the URL that begins at raw offset begin, with the host spelled as h. */
static bool take(struct finder *f, size_t begin, struct rf_str scheme,
                 const struct rf_host_spelled *h)
{
    size_t end = rest_end(f->raw, h->end), path;
    int64_t port = port_of(f->raw, h->end, end, &path);
    if (port < 0)
        return false;
    struct rf_host host = h->host;
    host.port = (uint32_t)port;
    if (!f->out->urls)
        f->out->urls = rf_arena_alloc(f->arena, RF_LIMIT_URLS * sizeof *f->out->urls);
    f->out->urls[f->out->n_urls++] = (struct rf_found_url){
        begin, end,
        rf_host_join(f->arena, scheme, &host, rf_str(f->raw.p + path, end - path)),
        host.name};
    f->from = end;
    return true;
}

static bool ends_with(struct rf_str raw, size_t end, const char *word, size_t from)
{
    size_t n = strlen(word);
    if (end < n || end - n < from)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((raw.p[end - n + i] | 0x20) != word[i])
            return false;
    return true;
}

/* The offset behind "user@" if that stands at raw offset i, else i. */
static size_t skip_user(struct rf_str raw, size_t i)
{
    size_t host = i;
    for (; i < raw.n && is_url_char(raw.p[i]) && !ends_host(raw.p[i]); i++)
        if (raw.p[i] == '@')
            host = i + 1;
    return host;
}

/* "[v6]" in place of a name. */
static bool bracketed(struct rf_arena *a, struct rf_str raw, size_t i,
                      struct rf_host_spelled *h)
{
    size_t n = 0;
    while (i + n < raw.n && n < RF_LIMIT_HOST_BYTES && raw.p[i + n] != ']')
        n++;
    if (i + n >= raw.n || raw.p[i] != '[' || raw.p[i + n] != ']')
        return false;
    h->end = i + n + 1;
    return rf_host_normalize(a, rf_str(raw.p + i, n + 1), &h->host) == 0;
}

/* At "://". */
static size_t after_scheme(struct finder *f, size_t i)
{
    static const char *const schemes[][2] = {
        {"https", "https"}, {"http", "http"}, {"hxxps", "https"}, {"hxxp", "http"}};
    struct rf_host_spelled h;
    size_t past;
    for (size_t k = 0; k < sizeof schemes / sizeof *schemes; k++) {
        if (!ends_with(f->raw, i, schemes[k][0], f->from))
            continue;
        size_t host = skip_user(f->raw, i + 3);
        if (!bracketed(f->arena, f->raw, host, &h) &&
            !rf_find_host(f->arena, f->raw, host, RF_HOST_AFTER_SCHEME, &h, &past))
            break;
        if (take(f, i - strlen(schemes[k][0]), rf_str_of(schemes[k][1]), &h))
            return f->from;
        break;
    }
    return i + 3;
}

/* Whether an ASCII host may begin at raw offset i: not after '@', a letter or digit, but
 * in scripts without spaces a letter is no obstacle. */
static bool may_begin(struct rf_str raw, size_t i)
{
    if (i == 0)
        return true;
    if (raw.p[i - 1] == '@' || is_alnum(raw.p[i - 1]))
        return false;
    if ((signed char)raw.p[i - 1] >= 0)
        return true;
    size_t at = rf_text_back(raw.p, i), len;
    uint32_t prop = rf_text_prop(rf_text_next(raw.p + at, i - at, &len));
    enum rf_class class = rf_prop_class(prop);
    return prop & RF_PROP_NO_EDGE ||
           (class != RF_CLASS_LETTER && class != RF_CLASS_DIGIT);
}

/* At 'w'. */
static size_t after_www(struct finder *f, size_t i)
{
    struct rf_host_spelled h;
    size_t past = i + 1;
    if (!ends_with(f->raw, i + 3, "www", f->from) || i + 3 >= f->raw.n ||
        is_alnum(f->raw.p[i + 3]) || !may_begin(f->raw, i))
        return i + 1;
    if (rf_find_host(f->arena, f->raw, i, RF_HOST_AFTER_WWW, &h, &past) &&
        take(f, i, RF_STR(""), &h))
        return f->from;
    return i + 3;
}

/* Behind what could be a host name or the local part of an address. */
static size_t name_end(struct rf_str raw, size_t i)
{
    while (i < raw.n &&
           (is_alnum(raw.p[i]) || raw.p[i] == '-' || raw.p[i] == '_' || raw.p[i] == '.'))
        i++;
    return i;
}

/* Whether a label of letters and digits is a top-level domain. */
static bool known_label(struct rf_str label)
{
    char lower[LABEL_BYTES];
    if (label.n > LABEL_BYTES)
        return false;
    for (size_t i = 0; i < label.n; i++)
        lower[i] = (char)(label.p[i] >= 'A' && label.p[i] <= 'Z' ? label.p[i] | 0x20
                                                                 : label.p[i]);
    return rf_host_public(rf_str(lower, label.n));
}

/* The end of what cannot be a host's last label though it is one ("2.50", "a.m",
 * "ok.See"), or 0: the label behind the first dot, with no other behind it. */
static size_t no_suffix_end(const struct finder *f, size_t dot)
{
    struct rf_str raw = f->raw;
    size_t i = dot + 1, end = i;
    bool digits = true, plain = true;
    for (;
         end < raw.n && (is_alnum(raw.p[end]) || raw.p[end] == '-' || raw.p[end] == '_');
         end++) {
        digits = digits && raw.p[end] >= '0' && raw.p[end] <= '9';
        plain = plain && raw.p[end] != '-' && raw.p[end] != '_';
    }
    if (end < raw.n && strchr(".[(", raw.p[end]))
        return 0;
    if (digits || end == i + 1)
        return end;
    bool first = dot > f->from && is_alnum(raw.p[dot - 1]); /* a label is before it */
    return first && plain && !known_label(rf_str(raw.p + i, end - i)) ? end : 0;
}

/* At a dot, plain or in brackets, behind the first label of what may be a bare host. */
static size_t bare(struct finder *f, size_t dot)
{
    struct rf_host_spelled h;
    size_t i = dot, past;
    while (i > f->from && dot - i < RF_LIMIT_HOST_BYTES &&
           (is_alnum(f->raw.p[i - 1]) || f->raw.p[i - 1] == '-'))
        i--;
    while (i < dot && f->raw.p[i] == '-')
        i++;
    if (i == dot)
        return dot + 1;
    if (!may_begin(f->raw, i))
        return name_end(f->raw, dot + 1);
    bool found = rf_find_host(f->arena, f->raw, i, RF_HOST_BARE, &h, &past);
    if (past <= dot)
        past = dot + 1;
    if (!found || (past < f->raw.n && f->raw.p[past] == '@'))
        return past;
    return take(f, i, RF_STR(""), &h) ? f->from : past;
}

static size_t step(struct finder *f, size_t i)
{
    struct rf_str rest = rf_str_sub(f->raw, i);
    size_t end;
    switch (f->raw.p[i]) {
    case ':':
        return rf_str_starts(rest, RF_STR("://")) ? after_scheme(f, i) : i + 1;
    case 'w':
    case 'W':
        return rest.n > 4 ? after_www(f, i) : i + 1;
    case '.':
        if (rest.n < 2 || !is_alnum(rest.p[1]))
            return i + 1;
        if ((end = no_suffix_end(f, i)) > 0)
            return end;
        return bare(f, i);
    case '[':
    case '(':
        return rest.n > 3 && rest.p[1] == '.' && is_alnum(rest.p[3]) ? bare(f, i) : i + 1;
    }
    return i + 1;
}

void rf_find_urls(struct rf_arena *a, struct rf_str raw, const struct rf_bytes *bytes,
                  struct rf_finds *out)
{
    struct finder f = {a, raw, out, 0};
    size_t i = rf_bytes_next(bytes, RF_BYTES_URL, 0);
    while (i < raw.n && out->n_urls < RF_LIMIT_URLS)
        i = rf_bytes_next(bytes, RF_BYTES_URL, step(&f, i));
}
