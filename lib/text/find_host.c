/* Reading a host in a text, in which its dots may be disguised and nothing need stand
 * between it and the next sentence. */
#include "lib/text/find_parts.h"

#include "lib/record/host.h"
#include "lib/text/prop.h"

enum { SPACES = 3, ENDS = 132 };

enum dot {
    DOT_NONE,
    DOT_PLAIN,
    DOT_BRACKET, /* [.] (.) */
    DOT_LOOSE,   /* spaces round it, or another full stop: may end a sentence */
};

/* A place where the host may end. */
struct end {
    size_t text, raw; /* bytes of text before it, raw offset of it */
    enum dot dot;     /* the loosest before it that ends a sentence, or the last */
    bool plain;       /* only plain dots and ASCII so far */
};

struct reader {
    struct rf_str raw;
    enum rf_host_place place;
    struct rf_host_spelled *out;
    struct end ends[ENDS];
    int n;
    size_t at; /* raw offset */
    enum dot dot;
    bool plain;
};

/* Words that are top-level domains too: no host ends in them unless more follows, by
 * definition. */
static const char *const common_words[] = {"am", "as", "at", "be", "by", "do",
                                           "id", "in", "is", "it", "me", "my",
                                           "no", "so", "to", "us", NULL};
/* These stand after a full stop without a space more often in people's messages than in
 * hosts; a name with a digit or hyphen before them is a host all the same. */
static const char *const sentence_words[] = {
    "call", "care", "gd",  "got",  "how",  "im",    "like", "lol", "love",
    "meet", "next", "now", "open", "talk", "today", "you",  NULL};

static bool among(struct rf_str tld, const char *const *words)
{
    for (; *words; words++)
        if (rf_str_eqz(tld, *words))
            return true;
    return false;
}

/* Whether a name in that public suffix is more likely the end of a sentence and the
 * beginning of the next. */
static bool common_word(struct rf_str name)
{
    struct rf_str suffix = rf_host_suffix(name);
    if (!among(suffix, sentence_words))
        return among(suffix, common_words);
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '-' || (name.p[i] >= '0' && name.p[i] <= '9'))
            return false;
    return true;
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

bool rf_find_more_url(struct rf_str raw, size_t at)
{
    if (at >= raw.n)
        return false;
    char c = raw.p[at];
    if (c == ':')
        return at + 1 < raw.n && raw.p[at + 1] >= '0' && raw.p[at + 1] <= '9';
    return c == '/' || c == '?' || c == '#';
}

/* Bytes of the label character at raw offset i, 0 if it is none. */
static size_t label_char(const struct reader *r, size_t i)
{
    if (i >= r->raw.n)
        return 0;
    char c = r->raw.p[i];
    if ((signed char)c >= 0)
        return is_alnum(c) || c == '-' || c == '_';
    if (r->place == RF_HOST_BARE)
        return 0;
    size_t len;
    enum rf_class class =
        rf_prop_class(rf_text_prop(rf_text_next(r->raw.p + i, r->raw.n - i, &len)));
    return class == RF_CLASS_LETTER || class == RF_CLASS_MARK || class == RF_CLASS_DIGIT
               ? len
               : 0;
}

static void add_end(struct reader *r)
{
    if (r->n < ENDS)
        r->ends[r->n++] = (struct end){r->out->n, r->at, r->dot, r->plain};
}

/* Read a label; false if none stands here. */
static bool read_label(struct reader *r)
{
    size_t begin = r->at, len;
    bool ascii = true;
    while ((len = label_char(r, r->at)) > 0) {
        if (r->out->n + len + 1 >= RF_HOST_SPELLED_BYTES)
            return false;
        if (len > 1 && ascii) {
            if (r->at > begin)
                add_end(r);
            ascii = r->plain = false;
        }
        memcpy(r->out->text + r->out->n, r->raw.p + r->at, len);
        r->out->n += len;
        r->at += len;
    }
    if (r->at > begin)
        add_end(r);
    return r->at > begin;
}

/* What stands for a dot at raw offset i; *len gets its bytes. */
static enum dot dot_here(const struct reader *r, size_t i, size_t *len)
{
    static const char *const loose[] = {"。", "．", "｡"};
    struct rf_str rest = rf_str_sub(r->raw, i);
    *len = 1;
    if (rf_str_starts(rest, RF_STR(".")))
        return DOT_PLAIN;
    *len = 3;
    if (rf_str_starts(rest, RF_STR("[.]")) || rf_str_starts(rest, RF_STR("(.)")))
        return DOT_BRACKET;
    for (size_t k = 0; k < sizeof loose / sizeof *loose; k++)
        if (r->place != RF_HOST_BARE && rf_str_starts(rest, rf_str_of(loose[k])))
            return DOT_LOOSE;
    return DOT_NONE;
}

static size_t skip_spaces(const struct reader *r, size_t i)
{
    size_t max = r->place == RF_HOST_BARE ? i : i + SPACES;
    while (i < max && i < r->raw.n && r->raw.p[i] == ' ')
        i++;
    return i;
}

/* Read a dot that a label follows. */
static bool read_dot(struct reader *r)
{
    size_t before = skip_spaces(r, r->at), len;
    enum dot dot = dot_here(r, before, &len);
    size_t after = skip_spaces(r, before + len);
    if (dot == DOT_NONE || label_char(r, after) == 0)
        return false;
    if (dot == DOT_PLAIN && after - r->at > len)
        dot = DOT_LOOSE;
    if (dot != DOT_PLAIN)
        r->plain = false;
    r->dot = dot;
    r->out->text[r->out->n++] = '.';
    r->at = after;
    return true;
}

/* Whether the name that ends there is an address or a registrable name of a known public
 * suffix. */
static bool known(const struct reader *r, const struct rf_host *host)
{
    if (host->ip)
        return r->place != RF_HOST_BARE;
    struct rf_str domain = rf_host_domain(host->name);
    return domain.n && rf_host_public(host->name) &&
           (r->place != RF_HOST_AFTER_WWW || domain.n < host->name.n);
}

/* Whether a host that ends there is more likely a word and the next sentence. */
static bool wordy(const struct reader *r, const struct end *e, struct rf_str name)
{
    return (r->place == RF_HOST_BARE || e->dot == DOT_LOOSE) && common_word(name) &&
           !rf_find_more_url(r->raw, e->raw);
}

enum fit {
    FIT_NOT,
    FIT_KNOWN,
    FIT_WORDY, /* known, but not to be taken */
};

/* Whether the last label, where ASCII, can be a known suffix or end an address: cheap. */
static bool plausible(const struct rf_host_spelled *h, size_t n)
{
    char label[64];
    size_t at = n;
    while (at > 0 && h->text[at - 1] != '.')
        at--;
    if (n - at >= sizeof label)
        return false;
    for (size_t i = at; i < n; i++) {
        char c = h->text[i];
        if ((signed char)c < 0 || (i == at && c >= '0' && c <= '9'))
            return true;
        label[i - at] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    return rf_host_public(rf_str(label, n - at));
}

static enum fit fit_of(struct rf_arena *a, const struct reader *r, const struct end *e)
{
    struct rf_host host;
    if (!plausible(r->out, e->text) ||
        rf_host_normalize(a, rf_str(r->out->text, e->text), &host) != 0 ||
        !known(r, &host))
        return FIT_NOT;
    return wordy(r, e, host.name) ? FIT_WORDY : FIT_KNOWN;
}

/* The last end of the plain reading, or NULL. */
static const struct end *plain_end(const struct reader *r)
{
    const struct end *plain = NULL;
    for (int i = 0; i < r->n; i++)
        if (r->ends[i].plain)
            plain = &r->ends[i];
    return plain;
}

/* The plain end, where no suffix is known. */
static const struct end *unknown(struct rf_arena *a, const struct reader *r,
                                 const struct end *plain)
{
    struct rf_host host;
    bool just_www =
        r->place == RF_HOST_AFTER_WWW && plain && !memchr(r->out->text, '.', plain->text);
    if (!plain || just_www || r->place == RF_HOST_BARE ||
        rf_host_normalize(a, rf_str(r->out->text, plain->text), &host) != 0)
        return NULL;
    return plain;
}

static const struct end *choose(struct rf_arena *a, const struct reader *r)
{
    const struct end *plain = plain_end(r);
    if (plain && fit_of(a, r, plain) == FIT_KNOWN)
        return plain;
    for (int i = r->n; i > 0; i--) {
        enum fit fit = fit_of(a, r, &r->ends[i - 1]);
        if (fit == FIT_KNOWN)
            return &r->ends[i - 1];
        if (fit == FIT_WORDY && r->place == RF_HOST_BARE)
            return NULL;
    }
    return unknown(a, r, plain);
}

/* No top-level domain has a hyphen (but "xn--"): there the next sentence may begin. */
static void split_last_label(struct reader *r)
{
    if (r->n == 0)
        return;
    struct end last = r->ends[r->n - 1];
    size_t begin = last.text;
    while (begin > 0 && r->out->text[begin - 1] != '.')
        begin--;
    const char *hyphen = memchr(r->out->text + begin, '-', last.text - begin);
    size_t n = hyphen ? (size_t)(hyphen - r->out->text) : 0;
    if (n <= begin ||
        rf_str_starts(rf_str(r->out->text + begin, last.text - begin), RF_STR("xn--")))
        return;
    struct end e = {n, last.raw - (last.text - n), last.dot, false};
    r->ends[r->n - 1] = e;
    if (r->n < ENDS)
        r->ends[r->n++] = last;
}

bool rf_find_host(struct rf_arena *a, struct rf_str raw, size_t at,
                  enum rf_host_place place, struct rf_host_spelled *out, size_t *past)
{
    struct reader r; /* large: not cleared as a whole */
    r.raw = raw;
    r.place = place;
    r.out = out;
    r.n = 0;
    r.at = at;
    r.dot = DOT_NONE;
    r.plain = true;
    out->n = 0;
    while (read_label(&r) && r.n < ENDS && read_dot(&r))
        ;
    split_last_label(&r);
    *past = r.at;
    const struct end *e = choose(a, &r);
    if (!e)
        return false;
    out->n = e->text;
    out->end = e->raw;
    return true;
}
