/* Where a host that was read in a text ends. */
#include "lib/record/host.h"
#include "lib/text/find_host.h"

enum { WORD_BYTES = 8 };

/* Words that are top-level domains too: no host ends in them unless more follows, by
 * definition. */
static const char common_words[][WORD_BYTES] = {"am", "as", "at", "be", "by", "do",
                                                "id", "in", "is", "it", "me", "my",
                                                "no", "so", "to", "us", ""};
/* These stand after a full stop without a space more often in people's messages than in
 * hosts; a name with a digit or hyphen before them is a host all the same. */
static const char sentence_words[][WORD_BYTES] = {
    "call", "care", "gd",  "got",  "how",  "im",    "like", "lol", "love",
    "meet", "next", "now", "open", "talk", "today", "you",  ""};

/* Whether one of the words, behind which an empty one stands, is tld. */
static bool among(struct rf_str tld, const char (*words)[WORD_BYTES])
{
    char padded[WORD_BYTES] = {0};
    if (tld.n >= WORD_BYTES)
        return false;
    for (size_t i = 0; i < tld.n; i++)
        padded[i] = tld.p[i];
    for (; **words; words++)
        if (memcmp(padded, *words, WORD_BYTES) == 0)
            return true;
    return false;
}

/* Whether a name in that public suffix is more likely the end of a sentence and the
 * beginning of the next. */
static bool common_word(struct rf_str name, struct rf_str suffix)
{
    if (!among(suffix, sentence_words))
        return among(suffix, common_words);
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '-' || (name.p[i] >= '0' && name.p[i] <= '9'))
            return false;
    return true;
}

/* Whether a label is written like the first word of a sentence. */
static bool capitalized(struct rf_str label)
{
    return label.n > 1 && label.p[0] >= 'A' && label.p[0] <= 'Z' && label.p[1] >= 'a' &&
           label.p[1] <= 'z';
}

static struct rf_str last_label(const struct rf_host_reader *r,
                                const struct rf_host_end *e)
{
    size_t at = e->text;
    while (at > 0 && r->out->text[at - 1] != '.')
        at--;
    return rf_str(r->out->text + at, e->text - at);
}

/* Whether the text before that end has a label beyond "www" and a dot. */
static bool complete(const struct rf_host_reader *r, const struct rf_host_end *e)
{
    size_t labels = 0;
    for (size_t i = 0; i < e->text; i++)
        labels += r->out->text[i] == '.';
    size_t www = r->place == RF_HOST_AFTER_WWW ? 1 : 0;
    return labels > www;
}

/* Whether what follows that end is, for certain, more of the same name: "691587。xv". */
static bool goes_on(const struct rf_host_reader *r, const struct rf_host_end *e)
{
    const struct rf_host_end *next = e + 1;
    return next < r->ends + r->n && next->dot != RF_DOT_SPACED &&
           r->out->text[e->text] == '.' && (signed char)r->out->text[e->text + 1] >= 0 &&
           !capitalized(last_label(r, next));
}

/* Whether the name that ends there is an address or a registrable name of a known public
 * suffix; *suffix gets that. */
static bool known(const struct rf_host_reader *r, const struct rf_host_end *e,
                  const struct rf_host *host, struct rf_str *suffix)
{
    struct rf_str domain;
    *suffix = rf_str(host->name.p, 0);
    if (host->ip)
        return r->place != RF_HOST_BARE && !goes_on(r, e);
    return rf_host_split(host->name, &domain, suffix) && domain.n &&
           (r->place != RF_HOST_AFTER_WWW || domain.n < host->name.n);
}

/* The last end of the firm reading, or NULL. */
static const struct rf_host_end *firm_end(const struct rf_host_reader *r)
{
    for (int i = r->n; i > 0; i--)
        if (r->ends[i - 1].firm && i - 1 != r->split)
            return &r->ends[i - 1];
    return NULL;
}

/* Whether a host that ends there is more likely a word and the next sentence. */
static bool wordy(const struct rf_host_reader *r, const struct rf_host_end *e,
                  struct rf_str name, struct rf_str suffix)
{
    bool loose = e->dot == RF_DOT_FULL || e->dot == RF_DOT_SPACED;
    if ((!loose && r->place != RF_HOST_BARE) || rf_find_more_url(r->raw, e->raw))
        return false;
    const struct rf_host_end *firm = firm_end(r);
    return common_word(name, suffix) || (loose && firm && e > firm && complete(r, firm) &&
                                         capitalized(last_label(r, e)));
}

enum fit {
    FIT_NOT,
    FIT_KNOWN,
    FIT_WORDY, /* known, but not to be taken */
};

/* Whether the last label, where ASCII, can be a known suffix or end an address: cheap. */
static bool plausible(const struct rf_host_reader *r, const struct rf_host_end *e)
{
    char lower[64];
    struct rf_str label = last_label(r, e);
    if (label.n >= sizeof lower)
        return false;
    for (size_t i = 0; i < label.n; i++) {
        char c = label.p[i];
        if ((signed char)c < 0 || c == '%' || (i == 0 && c >= '0' && c <= '9'))
            return true;
        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    return rf_host_public(rf_str(lower, label.n));
}

static bool normalize(struct rf_arena *a, struct rf_host_reader *r,
                      const struct rf_host_end *e)
{
    if (r->normalized == e)
        return true;
    int rc = rf_host_of_name(a, rf_str(r->out->text, e->text), &r->out->host);
    r->normalized = rc == 0 ? e : NULL;
    return rc == 0;
}

static enum fit fit_of(struct rf_arena *a, struct rf_host_reader *r,
                       const struct rf_host_end *e)
{
    struct rf_str suffix;
    if (!plausible(r, e) || !normalize(a, r, e) || !known(r, e, &r->out->host, &suffix))
        return FIT_NOT;
    return wordy(r, e, r->out->host.name, suffix) ? FIT_WORDY : FIT_KNOWN;
}

/* A bare host: only where its suffix is known. The next sentence may follow its dot, but
 * a path shows that the whole was meant. */
static const struct rf_host_end *choose_bare(struct rf_arena *a, struct rf_host_reader *r)
{
    const struct rf_host_end *whole = firm_end(r);
    if (!whole)
        return NULL;
    enum fit fit = fit_of(a, r, whole);
    if (fit != FIT_NOT || rf_find_more_url(r->raw, whole->raw))
        return fit == FIT_KNOWN ? whole : NULL;
    for (const struct rf_host_end *e = r->ends + r->n; e-- > r->ends;) {
        fit = fit_of(a, r, e);
        if (fit != FIT_NOT)
            return fit == FIT_KNOWN ? e : NULL;
    }
    return NULL;
}

/* The longest end behind `after` whose suffix is known, or NULL. */
static const struct rf_host_end *longest_known(struct rf_arena *a,
                                               struct rf_host_reader *r,
                                               const struct rf_host_end *after)
{
    for (const struct rf_host_end *e = r->ends + r->n; e-- > r->ends && e != after;)
        if (fit_of(a, r, e) == FIT_KNOWN)
            return e;
    return NULL;
}

/* Where no suffix is known: what is written without a gap, in letters of which words are
 * made; of other scripts, what leads up to an ASCII label behind a dot. */
static const struct rf_host_end *unknown(const struct rf_host_reader *r)
{
    const struct rf_host_end *best = NULL;
    for (const struct rf_host_end *e = r->ends; e < r->ends + r->n; e++) {
        bool sentence = e->dot == RF_DOT_FULL && capitalized(last_label(r, e));
        if (e->tight && !sentence)
            best = e;
        else if ((!best || !complete(r, best)) && e->ascii && !e->spaced && !sentence &&
                 complete(r, e))
            best = e;
    }
    bool named = best && (r->place == RF_HOST_AFTER_SCHEME ||
                          memchr(r->out->text, '.', best->text));
    return named ? best : NULL;
}

static const struct rf_host_end *choose(struct rf_arena *a, struct rf_host_reader *r)
{
    const struct rf_host_end *firm = firm_end(r), *last = r->ends + r->n - 1, *e;
    bool path = rf_find_more_url(r->raw, last->raw);
    if (firm && fit_of(a, r, firm) == FIT_KNOWN)
        return firm;
    if (path && !last->spaced)
        return last;
    if (r->split >= 0 && fit_of(a, r, &r->ends[r->split]) == FIT_KNOWN)
        return &r->ends[r->split];
    e = longest_known(a, r, firm);
    return e ? e : unknown(r);
}

const struct rf_host_end *rf_find_end(struct rf_arena *a, struct rf_host_reader *r)
{
    if (r->n == 0)
        return NULL;
    const struct rf_host_end *e =
        r->place == RF_HOST_BARE ? choose_bare(a, r) : choose(a, r);
    return e && normalize(a, r, e) ? e : NULL;
}
