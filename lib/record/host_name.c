/* What a normalized host name tells. */
#include "lib/record/host.h"

#include "lib/record/punycode.h"
#include "lib/record/suffix.h"
#include "lib/text/prop.h"

enum { LABEL_POINTS = 63 };

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

/* The bytes of name's suffix at its end. A top-level domain that the list does not know
 * is one itself. */
static size_t suffix_bytes(struct rf_str name)
{
    size_t n = rf_suffix_of(name).bytes;
    return n ? n : rf_host_tld(name).n;
}

struct rf_str rf_host_suffix(struct rf_str name)
{
    return rf_str_sub(name, name.n - suffix_bytes(name));
}

static struct rf_str domain_above(struct rf_str name, size_t suffix)
{
    if (suffix == 0 || suffix >= name.n)
        return rf_str(name.p, 0);
    size_t i = name.n - suffix - 1; /* the dot before the suffix */
    while (i > 0 && name.p[i - 1] != '.')
        i--;
    return rf_str_sub(name, i);
}

struct rf_str rf_host_domain(struct rf_str name)
{
    return domain_above(name, suffix_bytes(name));
}

bool rf_host_split(struct rf_str name, struct rf_str *domain, struct rf_str *suffix)
{
    size_t n = rf_suffix_of(name).bytes;
    bool listed = n > 0;
    n = listed ? n : rf_host_tld(name).n;
    *suffix = rf_str_sub(name, name.n - n);
    *domain = domain_above(name, n);
    return listed;
}

bool rf_host_public(struct rf_str name)
{
    return rf_suffix_of(name).bytes > 0;
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
    return rf_suffix_of(name).shortener;
}
