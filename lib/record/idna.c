#include "lib/record/idna.h"

#include <idn2.h>

#include "lib/base/error.h"
#include "lib/base/limits.h"
#include "lib/record/idna_table.h"
#include "lib/record/punycode.h"
#include "lib/text/prop.h"

#include "idna.inc"

enum { LABEL_BYTES = 63, POINTS = 512 };

/* A name's code points, as they stand or as IDNA maps them. */
struct name {
    uint32_t c[POINTS];
    size_t n;
};

enum verdict {
    AS_IT_STANDS, /* mapped it would be the same, or it is not valid */
    AS_MAPPED,
    ASK_LIBIDN2,
};

static uint32_t word_of(uint32_t c)
{
    uint32_t block = idna_index[c >> RF_IDNA_BITS];
    return idna_block[block << RF_IDNA_BITS | (c & ((1 << RF_IDNA_BITS) - 1))];
}

static uint32_t kind_of(uint32_t word)
{
    return word >> RF_IDNA_KIND_SHIFT;
}

static bool is_dot(uint32_t c)
{
    return c == '.' || c == 0x3002 || c == 0xff0e || c == 0xff61;
}

static uint32_t lower(uint32_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* ---- what IDNA makes of a name ---- */

static bool add(struct name *out, uint32_t c)
{
    if (out->n == POINTS)
        return false;
    out->c[out->n++] = c;
    return true;
}

/* Append what becomes of c. */
static bool add_mapped(struct name *out, uint32_t c, uint32_t word)
{
    if (kind_of(word) != RF_IDNA_MAPPED)
        return add(out, c);
    const uint32_t *to = idna_several + (word & RF_IDNA_PAYLOAD);
    for (uint32_t i = 1; i <= to[0]; i++)
        if (!add(out, to[i]))
            return false;
    return true;
}

/* Whether NFC certainly leaves the name as it is. */
static bool is_nfc(const struct name *name)
{
    uint32_t last = 0;
    for (size_t i = 0; i < name->n; i++) {
        uint32_t ccc = rf_prop_ccc(rf_text_prop(name->c[i]));
        if (word_of(name->c[i]) & RF_IDNA_NOT_NFC || (ccc && ccc < last))
            return false;
        last = ccc;
    }
    return true;
}

/* Whether label c[0, n) begins as encoded ones do. */
static bool is_encoded(const uint32_t *c, size_t n)
{
    return n >= 4 && lower(c[0]) == 'x' && lower(c[1]) == 'n' && c[2] == '-' &&
           c[3] == '-';
}

/* Whether label c[0, n) is certainly a valid one. */
static bool is_plain(const uint32_t *c, size_t n)
{
    if (n == 0 || c[0] == '-' || c[n - 1] == '-' ||
        (n >= 4 && c[2] == '-' && c[3] == '-'))
        return false;
    for (size_t i = 0; i < n; i++) {
        uint32_t word = word_of(c[i]);
        if (kind_of(word) != RF_IDNA_SAME || word & RF_IDNA_ASK)
            return false;
    }
    return !(word_of(c[0]) & RF_IDNA_NOT_FIRST);
}

typedef bool label_test(const uint32_t *c, size_t n);

static bool any_label(const struct name *name, label_test *test)
{
    for (size_t begin = 0, i = 0; i <= name->n; i++) {
        if (i < name->n && !is_dot(name->c[i]))
            continue;
        if (test(name->c + begin, i - begin))
            return true;
        begin = i + 1;
    }
    return false;
}

static bool is_not_plain(const uint32_t *c, size_t n)
{
    return !is_plain(c, n);
}

/* Fill mapped with what becomes of the name before normalization. */
static enum verdict map(const struct name *name, struct name *mapped)
{
    bool changed = false, ask = false, forbidden = false;
    mapped->n = 0;
    for (size_t i = 0; i < name->n; i++) {
        uint32_t c = name->c[i], word = word_of(c);
        forbidden |= kind_of(word) == RF_IDNA_FORBIDDEN;
        changed |= kind_of(word) == RF_IDNA_MAPPED;
        ask |= word & RF_IDNA_ASK;
        if (!add_mapped(mapped, c, word))
            return ASK_LIBIDN2;
    }
    if (!is_nfc(mapped) || any_label(mapped, is_encoded))
        return ASK_LIBIDN2; /* NFC may join what is forbidden to what is not */
    if (forbidden || !changed)
        return AS_IT_STANDS;
    return ask || any_label(mapped, is_not_plain) ? ASK_LIBIDN2 : AS_MAPPED;
}

/* ---- to A-labels ---- */

/* Append label in[0, n) to out[0, *at) as an A-label. */
static int put_label(const uint32_t *in, size_t n, char *out, size_t *at)
{
    char buf[LABEL_BYTES];
    bool ascii = true;
    if (n > LABEL_BYTES)
        return RF_ERR_INVALID;
    for (size_t i = 0; i < n; i++)
        ascii = ascii && in[i] < 0x80;
    int len = 0;
    if (!ascii)
        len = rf_punycode_encode(in, (int)n, buf, LABEL_BYTES - 4);
    else
        for (; len < (int)n; len++)
            buf[len] = (char)in[len];
    if (len < (int)n || *at + (size_t)len + 6 > RF_LIMIT_HOST_BYTES)
        return RF_ERR_INVALID;
    memcpy(out + *at, "xn--", ascii ? 0 : 4);
    *at += ascii ? 0 : 4;
    memcpy(out + *at, buf, (size_t)len);
    *at += (size_t)len;
    return 0;
}

static int encode(struct rf_arena *a, const struct name *name, struct rf_str *out)
{
    char buf[RF_LIMIT_HOST_BYTES + 1];
    size_t n = 0;
    for (size_t begin = 0, i = 0; i <= name->n; i++) {
        if (i < name->n && !is_dot(name->c[i]))
            continue;
        if (put_label(name->c + begin, i - begin, buf, &n) != 0)
            return RF_ERR_INVALID;
        if (i < name->n)
            buf[n++] = '.';
        begin = i + 1;
    }
    *out = rf_arena_dup(a, rf_str(buf, n));
    return 0;
}

static int encode_as_it_stands(struct rf_arena *a, const struct name *name,
                               struct rf_str *out)
{
    for (size_t i = 0; i < name->n; i++) {
        uint32_t c = name->c[i];
        if (rf_prop_class(rf_text_prop(c)) == RF_CLASS_SPACE || c < ' ' || c == 0xfffd)
            return RF_ERR_INVALID;
    }
    return encode(a, name, out);
}

static int ask_libidn2(struct rf_arena *a, struct rf_str s, struct rf_str *out)
{
    char *ascii = NULL;
    if (idn2_lookup_u8((const uint8_t *)s.p, (uint8_t **)&ascii,
                       IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
        return RF_ERR_INVALID;
    *out = rf_arena_dup(a, rf_str_of(ascii));
    idn2_free(ascii);
    return 0;
}

int rf_idna_to_ascii(struct rf_arena *a, struct rf_str s, struct rf_str *out)
{
    struct name name, mapped;
    name.n = 0;
    for (size_t i = 0, len; i < s.n; i += len)
        if (!add(&name, lower(rf_utf8_decode(s.p + i, s.n - i, &len))))
            return RF_ERR_INVALID;
    enum verdict v = map(&name, &mapped);
    if ((v == AS_MAPPED && encode(a, &mapped, out) == 0) ||
        (v != AS_IT_STANDS && ask_libidn2(a, s, out) == 0))
        return 0;
    return encode_as_it_stands(a, &name, out);
}
