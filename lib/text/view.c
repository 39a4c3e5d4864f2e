/* The views made from the folded one, and questions about what views can hold. */
#include "lib/text/fold.h"

#include "lib/text/find.h"
#include "lib/text/prop.h"

/* Whether a view of that kind keeps characters of the class. */
static bool kept(enum rf_fold_kind kind, enum rf_class class)
{
    if (kind == RF_FOLD_TEXT || class == RF_CLASS_LETTER || class == RF_CLASS_MARK)
        return true;
    return kind == RF_FOLD_COMPACT &&
           (class == RF_CLASS_DIGIT || class == RF_CLASS_NUMBER);
}

/* The same for b of a folded text, which has no capitals. */
static bool kept_ascii(enum rf_fold_kind kind, unsigned char b)
{
    unsigned digit = kind == RF_FOLD_COMPACT;
    return (b - (unsigned)'a' < 26) | (digit & (b - (unsigned)'0' < 10));
}

static inline bool kept_other(enum rf_fold_kind kind, struct rf_str s, size_t i,
                              size_t *len)
{
    unsigned char b = (unsigned char)s.p[i];
    if (b >= RF_HAN_LEAD_FIRST && b <= RF_HAN_LEAD_LAST) {
        *len = 3;
        return true;
    }
    return kept(kind, rf_prop_class(rf_text_prop(rf_text_next(s.p + i, s.n - i, len))));
}

/* Raw ranges to leave out, in text order. */
struct cuts {
    const struct rf_finds *finds;
    size_t url, phone; /* the next ones; those before end at or before the place */
};

/* Whether the raw offset, not less than the last one asked for, lies in a cut. */
static bool is_cut(struct cuts *c, size_t at)
{
    const struct rf_finds *f = c->finds;
    if (!f)
        return false;
    while (c->url < f->n_urls && f->urls[c->url].end <= at)
        c->url++;
    while (c->phone < f->n_phones && f->phones[c->phone].end <= at)
        c->phone++;
    return (c->url < f->n_urls && f->urls[c->url].begin <= at) ||
           (c->phone < f->n_phones && f->phones[c->phone].begin <= at);
}

/* Without a map, and with nothing to cut out. */
static size_t filter_plain(enum rf_fold_kind kind, struct rf_str s, char *restrict p)
{
    size_t n = 0, len;
    for (size_t i = 0; i < s.n; i += len) {
        unsigned char b = (unsigned char)s.p[i];
        len = 1;
        if (b < 0x80) {
            p[n] = (char)b;
            n += kept_ascii(kind, b);
            continue;
        }
        bool keep = kept_other(kind, s, i, &len);
        for (size_t k = 0; k < len; k++)
            p[n + k] = s.p[i + k];
        n += keep ? len : 0;
    }
    return n;
}

static void filter(struct rf_arena *a, enum rf_fold_kind kind, const struct rf_view *text,
                   const struct rf_finds *finds, struct rf_view *out)
{
    struct cuts cuts = {finds, 0, 0};
    struct rf_str s = text->s;
    char *restrict p = rf_arena_alloc(a, s.n);
    if (!text->map) {
        *out = (struct rf_view){rf_str(p, filter_plain(kind, s, p)), NULL};
        return;
    }
    uint32_t *map = rf_arena_alloc(a, (s.n + 1) * sizeof *map);
    size_t n = 0, len;
    for (size_t i = 0; i < s.n; i += len) {
        unsigned char b = (unsigned char)s.p[i];
        len = 1;
        bool keep = b < 0x80 ? kept_ascii(kind, b) : kept_other(kind, s, i, &len);
        if (finds)
            keep = keep && !is_cut(&cuts, text->map[i]);
        for (size_t k = 0; k < len; k++) {
            p[n + k] = s.p[i + k];
            map[n + k] = text->map[i + k];
        }
        n += keep ? len : 0;
    }
    map[n] = text->map[s.n];
    *out = (struct rf_view){rf_str(p, n), map};
}

void rf_fold_compact(struct rf_arena *a, const struct rf_view *text, struct rf_view *out)
{
    filter(a, RF_FOLD_COMPACT, text, NULL, out);
}

void rf_fold_shape(struct rf_arena *a, const struct rf_view *text,
                   const struct rf_finds *finds, struct rf_view *out)
{
    bool cut = finds && finds->n_urls + finds->n_phones > 0;
    filter(a, RF_FOLD_SHAPE, text, cut ? finds : NULL, out);
}

struct rf_str rf_fold_value(struct rf_arena *a, enum rf_fold_kind kind, struct rf_str s)
{
    struct rf_view text, out;
    struct rf_finds finds;
    if (kind == RF_FOLD_SHAPE) {
        rf_text_find(a, NULL, s, &finds);
        rf_fold(a, s, finds.n_urls > 0, &text);
        rf_fold_shape(a, &text, &finds, &out);
        return out.s;
    }
    rf_fold(a, s, false, &text);
    if (kind == RF_FOLD_TEXT)
        return text.s;
    rf_fold_compact(a, &text, &out);
    return out.s;
}

bool rf_fold_possible(enum rf_fold_kind kind, uint32_t c)
{
    if (c > 0x10ffff)
        return false;
    uint32_t prop = rf_text_prop(c);
    return prop & RF_PROP_HELD && kept(kind, rf_prop_class(prop));
}

size_t rf_fold_char(uint32_t c, char *out)
{
    uint32_t word =
        c > 0x10ffff ? (uint32_t)RF_TO_NONE << RF_FOLD_KIND_SHIFT : rf_text_fold_word(c);
    uint32_t payload = word & RF_FOLD_PAYLOAD;
    switch (word >> RF_FOLD_KIND_SHIFT) {
    case RF_TO_ONE:
        return rf_utf8_encode(payload ? payload : c, out);
    case RF_TO_SEVERAL:
        break;
    default:
        return 0;
    }
    size_t n = 0;
    for (uint32_t k = 1; k <= rf_text_several[payload]; k++)
        n += rf_utf8_encode(rf_text_several[payload + k], out + n);
    return n;
}
