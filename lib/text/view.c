/* The views made from the folded one, and questions about what views can hold. */
#include "lib/text/fold.h"

#include "lib/text/find.h"
#include "lib/text/prop.h"
#include "lib/text/sift.h"

/* The first byte of the text view whose source begins at that raw offset or behind. */
static size_t first_from(const struct rf_view *text, size_t raw)
{
    size_t lo = 0, hi = text->s.n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (text->map[mid] < raw)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Take what stands in raw[begin, end) out of kept. */
static void cut(const struct rf_view *text, size_t begin, size_t end, uint64_t *kept)
{
    size_t to = first_from(text, end);
    for (size_t i = first_from(text, begin); i < to; i++)
        kept[i / 64] &= ~(UINT64_C(1) << i % 64);
}

/* A copy of kept without what was found. */
static const uint64_t *without(struct rf_arena *a, const struct rf_view *text,
                               const struct rf_finds *finds, const uint64_t *kept)
{
    size_t bytes = rf_sift_words(text->s.n) * sizeof *kept;
    uint64_t *left = memcpy(rf_arena_alloc(a, bytes), kept, bytes);
    for (size_t i = 0; i < finds->n_urls; i++)
        cut(text, finds->urls[i].begin, finds->urls[i].end, left);
    for (size_t i = 0; i < finds->n_phones; i++)
        cut(text, finds->phones[i].begin, finds->phones[i].end, left);
    return left;
}

static void pack_map(const struct rf_view *text, const uint64_t *kept, uint32_t *map)
{
    size_t n = 0;
    for (size_t i = 0; i < text->s.n; i++) {
        map[n] = text->map[i];
        n += kept[i / 64] >> i % 64 & 1;
    }
    map[n] = text->map[text->s.n];
}

/* What the views made from text keep of it. */
static const struct rf_sift *sift_of(struct rf_arena *a, struct rf_view *text)
{
    if (!text->sift) {
        text->sift = rf_arena_alloc(a, sizeof *text->sift);
        rf_sift_text(a, text->s, text->sift);
    }
    return text->sift;
}

static void pack(struct rf_arena *a, const struct rf_view *text, const uint64_t *kept,
                 bool want_map, struct rf_view *out)
{
    char *p = rf_view_room(a, text->s.n);
    *out = (struct rf_view){.s = rf_str(p, rf_sift_pack(text->s, kept, p))};
    if (!want_map)
        return;
    out->map = rf_arena_alloc(a, (text->s.n + 1) * sizeof *out->map);
    pack_map(text, kept, out->map);
}

void rf_fold_compact(struct rf_arena *a, struct rf_view *text, struct rf_view *out)
{
    pack(a, text, sift_of(a, text)->compact, text->map != NULL, out);
}

void rf_fold_shape(struct rf_arena *a, struct rf_view *text, const struct rf_finds *finds,
                   bool want_map, struct rf_view *out)
{
    const uint64_t *kept = sift_of(a, text)->shape;
    if (finds && finds->n_urls + finds->n_phones > 0)
        kept = without(a, text, finds, kept);
    pack(a, text, kept, want_map, out);
}

struct rf_str rf_fold_value(struct rf_arena *a, enum rf_fold_kind kind, struct rf_str s)
{
    struct rf_view text, out;
    struct rf_finds finds;
    if (kind == RF_FOLD_SHAPE) {
        rf_text_find(a, NULL, s, &finds);
        rf_fold(a, s, finds.n_urls > 0, &text);
        rf_fold_shape(a, &text, &finds, false, &out);
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
    return prop & RF_PROP_HELD && rf_sift_keeps(kind, prop);
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
