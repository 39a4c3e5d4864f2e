/* What a normalized host name tells. */
#include "lib/record/host.h"

#include <libpsl.h>

#include "lib/record/punycode.h"
#include "lib/text/prop.h"

enum { LABEL_POINTS = 63 };

/* Well-known URL shorteners: the name alone says nothing of where the link leads. */
static const char *const shorteners[] = {
    "bit.ly",      "bitly.com",    "bitly.ws",    "j.mp",          "t.co",
    "tinyurl.com", "goo.gl",       "is.gd",       "v.gd",          "ow.ly",
    "buff.ly",     "rebrand.ly",   "cutt.ly",     "rb.gy",         "shorturl.at",
    "tiny.cc",     "t.ly",         "s.id",        "bl.ink",        "t.cn",
    "url.cn",      "dwz.cn",       "suo.im",      "mrw.so",        "sourl.cn",
    "u.nu",        "soo.gd",       "clck.ru",     "goo.su",        "vk.cc",
    "lnkd.in",     "adf.ly",       "shorte.st",   "bc.vc",         "ouo.io",
    "lnk.to",      "lnk.bio",      "tr.im",       "po.st",         "mcaf.ee",
    "dlvr.it",     "ift.tt",       "trib.al",     "snip.ly",       "short.io",
    "shrtco.de",   "tny.im",       "hyperurl.co", "qr.ae",         "surl.li",
    "n9.cl",       "acortar.link", "urlz.fr",     "kutt.it",       "han.gl",
    "me2.do",      "tinyurl.is",   "shorturl.gg", "shorturl.asia", "shrtm.nu",
    "clk.im",      "lihi.cc",      "reurl.cc",    "pse.is",        "ppt.cc",
    "tinu.be",     "t2m.io",       "qps.ru",      "shor.by",       "gg.gg",
};

struct rf_str rf_host_tld(struct rf_str name)
{
    size_t i = name.n;
    bool digits = true;
    while (i > 0 && name.p[i - 1] != '.') {
        i--;
        digits = digits && name.p[i] >= '0' && name.p[i] <= '9';
    }
    bool v6 = name.n && memchr(name.p, ':', name.n);
    return digits || v6 ? rf_str(name.p + name.n, 0) : rf_str_sub(name, i);
}

/* name with a NUL in buf, for libpsl. */
static const char *terminated(struct rf_str name, char *buf)
{
    size_t n = name.n < RF_LIMIT_HOST_BYTES ? name.n : RF_LIMIT_HOST_BYTES;
    memcpy(buf, name.p, n);
    buf[n] = 0;
    return buf;
}

static bool is_listed(const char *suffix)
{
    return psl_is_public_suffix2(psl_builtin(), suffix,
                                 PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE);
}

/* The bytes of name's suffix at its end. A top-level domain that the list does not know
 * is one itself: libpsl 0.21 takes "x.m" for listed. */
static size_t suffix_bytes(struct rf_str name)
{
    char buf[RF_LIMIT_HOST_BYTES + 1];
    struct rf_str tld = rf_host_tld(name);
    if (tld.n == 0 || name.n > RF_LIMIT_HOST_BYTES)
        return 0;
    const char *s = terminated(name, buf);
    const char *suffix = is_listed(s + (tld.p - name.p))
                             ? psl_unregistrable_domain(psl_builtin(), s)
                             : NULL;
    return suffix ? name.n - (size_t)(suffix - s) : tld.n;
}

struct rf_str rf_host_suffix(struct rf_str name)
{
    return rf_str_sub(name, name.n - suffix_bytes(name));
}

struct rf_str rf_host_domain(struct rf_str name)
{
    size_t n = suffix_bytes(name);
    if (n == 0 || n >= name.n)
        return rf_str(name.p, 0);
    size_t i = name.n - n - 1; /* the dot before the suffix */
    while (i > 0 && name.p[i - 1] != '.')
        i--;
    return rf_str_sub(name, i);
}

bool rf_host_public(struct rf_str name)
{
    char buf[RF_LIMIT_HOST_BYTES + 1];
    struct rf_str tld = rf_host_tld(name);
    return tld.n && tld.n <= RF_LIMIT_HOST_BYTES && is_listed(terminated(tld, buf));
}

/* ---- scripts ---- */

/* Scripts as bits, all that are not named here as two: one, or more than one. */
enum {
    LATIN = 1,
    HAN = 2,
    KANA = 4,
    BOPOMOFO = 8,
    HANGUL = 16,
    ANOTHER = 32,
    MORE = 64,
};

static uint32_t script_bit(uint32_t script, uint32_t *other)
{
    switch (script) {
    case RF_SCRIPT_COMMON:
    case RF_SCRIPT_INHERITED:
        return 0;
    case RF_SCRIPT_LATIN:
        return LATIN;
    case RF_SCRIPT_HAN:
        return HAN;
    case RF_SCRIPT_HIRAGANA:
    case RF_SCRIPT_KATAKANA:
        return KANA;
    case RF_SCRIPT_BOPOMOFO:
        return BOPOMOFO;
    case RF_SCRIPT_HANGUL:
        return HANGUL;
    }
    uint32_t bit = *other && *other != script ? ANOTHER | MORE : ANOTHER;
    *other = script;
    return bit;
}

/* UTS #39, 5.2, highly restrictive. */
static bool restricted(uint32_t scripts)
{
    return (scripts & (scripts - 1)) == 0 ||
           (scripts & ~(uint32_t)(LATIN | HAN | KANA)) == 0 ||
           (scripts & ~(uint32_t)(LATIN | HAN | BOPOMOFO)) == 0 ||
           (scripts & ~(uint32_t)(LATIN | HAN | HANGUL)) == 0;
}

static bool label_mixes(struct rf_str label)
{
    uint32_t c[LABEL_POINTS], scripts = 0, other = 0;
    if (!rf_str_starts(label, RF_STR("xn--")))
        return false;
    int n = rf_punycode_decode(rf_str_sub(label, 4), c, LABEL_POINTS);
    for (int i = 0; i < n; i++)
        scripts |= script_bit(rf_prop_script(rf_text_prop(c[i])), &other);
    return !restricted(scripts);
}

bool rf_host_mixed_script(struct rf_str name)
{
    for (size_t begin = 0; begin < name.n;) {
        size_t end = begin;
        while (end < name.n && name.p[end] != '.')
            end++;
        if (label_mixes(rf_str(name.p + begin, end - begin)))
            return true;
        begin = end + 1;
    }
    return false;
}

bool rf_host_shortener(struct rf_str name)
{
    for (size_t i = 0; i < sizeof shorteners / sizeof *shorteners; i++) {
        struct rf_str s = rf_str_of(shorteners[i]);
        if (rf_str_ends(name, s) && (name.n == s.n || name.p[name.n - s.n - 1] == '.'))
            return true;
    }
    return false;
}
