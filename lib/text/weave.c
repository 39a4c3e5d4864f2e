#include "lib/text/weave.h"

#include "lib/base/cpu.h"
#include "lib/text/find.h"
#include "lib/text/prop.h"
#include "lib/text/segment.h"
#include "lib/text/sift.h"

void rf_fold_views_portable(struct rf_arena *a, struct rf_str raw,
                            const struct rf_finds *finds, unsigned wanted,
                            struct rf_view out[RF_FOLD_KINDS])
{
    struct rf_view *text = &out[RF_FOLD_TEXT];
    bool shape = wanted >> RF_FOLD_SHAPE & 1;
    rf_fold(a, raw, shape && finds->n_urls + finds->n_phones > 0, text);
    if (shape)
        rf_fold_shape(a, text, finds, false, &out[RF_FOLD_SHAPE]);
    text->map = NULL;
    if (wanted >> RF_FOLD_COMPACT & 1)
        rf_fold_compact(a, text, &out[RF_FOLD_COMPACT]);
}

#ifdef __x86_64__

/* ---- what is left out of the shape ---- */

static void cut(uint64_t *set, size_t begin, size_t end)
{
    uint64_t first = UINT64_MAX << begin % 64, last = (UINT64_C(1) << end % 64) - 1;
    if (begin / 64 == end / 64) {
        set[begin / 64] |= first & last;
        return;
    }
    set[begin / 64] |= first;
    for (size_t w = begin / 64 + 1; w < end / 64; w++)
        set[w] = UINT64_MAX;
    set[end / 64] |= last;
}

static const uint64_t *cut_of(struct rf_arena *a, size_t n, const struct rf_finds *finds)
{
    if (finds->n_urls + finds->n_phones == 0)
        return NULL;
    uint64_t *set = rf_arena_calloc(a, n / 64 + 2, sizeof *set);
    for (size_t i = 0; i < finds->n_urls; i++)
        cut(set, finds->urls[i].begin, finds->urls[i].end);
    for (size_t i = 0; i < finds->n_phones; i++)
        cut(set, finds->phones[i].begin, finds->phones[i].end);
    return set;
}

/* ---- the long way ---- */

/* Append c, which comes from raw offset at and is kept in those views. */
static inline void put(struct rf_weaver *w, uint32_t c, size_t at, bool compact,
                       bool shape)
{
    char bytes[RF_UTF8_MAX] = {0};
    if (c == ' ' && w->after_space)
        return;
    w->after_space = c == ' ';
    if (w->cut && w->cut[at / 64] >> at % 64 & 1)
        shape = false;
    size_t len = rf_utf8_encode(c, bytes);
    char *to = w->room;
    memcpy(to + w->n[RF_FOLD_TEXT], bytes, sizeof bytes);
    memcpy(to + RF_FOLD_COMPACT * w->stride + w->n[RF_FOLD_COMPACT], bytes, sizeof bytes);
    memcpy(to + RF_FOLD_SHAPE * w->stride + w->n[RF_FOLD_SHAPE], bytes, sizeof bytes);
    w->n[RF_FOLD_TEXT] += len;
    w->n[RF_FOLD_COMPACT] += compact ? len : 0;
    w->n[RF_FOLD_SHAPE] += shape ? len : 0;
}

static void note_looks(struct rf_weaver *w, uint32_t word)
{
    if (word & RF_FOLD_LOOKS && w->looks > w->n[RF_FOLD_TEXT])
        w->looks = w->n[RF_FOLD_TEXT];
}

static uint32_t kind_of(uint32_t word)
{
    return word >> RF_FOLD_KIND_SHIFT;
}

struct ahead {
    uint32_t c, word;
    size_t len;
};

/* What stands at raw offset i; behind the text, what acts on nothing. */
static inline struct ahead look(const struct rf_weaver *w, size_t i)
{
    struct ahead a = {0, 0, 0};
    if (i < w->raw.n) {
        a.c = rf_text_next(w->raw.p + i, w->raw.n - i, &a.len);
        a.word = rf_text_fold_word(a.c);
    }
    return a;
}

/* The character here and all that may act on it; false where it acts itself on what was
 * written, or there is no room. */
static bool weave_segment(struct rf_weaver *w)
{
    struct rf_segment s;
    struct ahead a;
    size_t i = w->at;
    rf_segment_init(&s, w->arena);
    for (; i < w->raw.n; i += a.len) {
        a = look(w, i);
        if (kind_of(a.word) == RF_TO_NONE)
            continue;
        if (s.n > 0 && !(a.word & RF_FOLD_BACK))
            break;
        if (s.n == 0 && w->n[RF_FOLD_TEXT] > 0 && a.word & RF_FOLD_BACK)
            return false;
        note_looks(w, a.word);
        rf_segment_add_fold(&s, a.c, a.word, (uint32_t)i);
    }
    rf_segment_finish(&s);
    if (w->n[RF_FOLD_TEXT] + RF_UTF8_MAX * s.n > i + RF_WEAVE_AHEAD)
        return false;
    for (size_t k = 0; k < s.n; k++) {
        uint32_t prop = rf_text_prop(s.v[k].c);
        put(w, s.v[k].c, s.v[k].at, rf_sift_keeps(RF_FOLD_COMPACT, prop),
            rf_sift_keeps(RF_FOLD_SHAPE, prop));
    }
    w->at = i;
    return true;
}

/* Whether it becomes one character, and nothing acts on that. */
static bool is_simple(const struct ahead *now, const struct ahead *next)
{
    return kind_of(now->word) == RF_TO_ONE && !(now->word & RF_FOLD_BACK) &&
           kind_of(next->word) != RF_TO_NONE && !(next->word & RF_FOLD_BACK);
}

/* Whether it is of a script of which most is read one by one: not ideographs, nor what is
 * from Devanagari to Thai, whose marks are quiet for the most part. */
static bool is_slow(uint32_t c)
{
    return c >= 0x80 && !(c >= 0x900 && c < 0xe80) &&
           !(c >= RF_HAN_FIRST && c < RF_HAN_END);
}

/* Beyond ASCII one that takes the long way seldom comes alone: on to where the short one
 * is likely again. */
static bool weave_some(struct rf_weaver *w)
{
    struct ahead now = look(w, w->at), next;
    do {
        if (w->n[RF_FOLD_TEXT] > w->at + RF_WEAVE_AHEAD)
            return false;
        next = look(w, w->at + now.len);
        if (is_simple(&now, &next)) {
            uint32_t to = now.word & RF_FOLD_PAYLOAD;
            note_looks(w, now.word);
            put(w, to ? to : now.c, w->at, now.word & RF_FOLD_IN_COMPACT,
                now.word & RF_FOLD_IN_SHAPE);
            w->at += now.len;
        } else {
            if (!weave_segment(w))
                return false;
            next = look(w, w->at);
        }
        now = next;
    } while (is_slow(now.c));
    return true;
}

static bool weave(struct rf_weaver *w)
{
    enum rf_weave_stop stop = rf_weave_begin(w, w->raw);
    for (; stop == RF_WEAVE_LONG; stop = rf_weave_on(w, w->raw))
        if (!weave_some(w))
            return false;
    return stop == RF_WEAVE_END &&
           (w->looks == SIZE_MAX ||
            !rf_fold_looks_act(rf_str(w->room, w->n[RF_FOLD_TEXT]), w->looks));
}

void rf_fold_views(struct rf_arena *a, struct rf_str raw, const struct rf_finds *finds,
                   unsigned wanted, struct rf_view out[RF_FOLD_KINDS])
{
    struct rf_weaver w;
    if (!rf_cpu_has_avx512()) {
        rf_fold_views_portable(a, raw, finds, wanted, out);
        return;
    }
    w.arena = a;
    w.raw = raw;
    w.cut = cut_of(a, raw.n, finds);
    w.stride = RF_VIEW_AHEAD + raw.n + RF_WEAVE_SLACK + RF_VIEW_PADDING;
    w.room = (char *)rf_arena_alloc(a, RF_FOLD_KINDS * w.stride) + RF_VIEW_AHEAD;
    if (!weave(&w)) {
        rf_fold_views_portable(a, raw, finds, wanted, out);
        return;
    }
    for (size_t k = 0; k < RF_FOLD_KINDS; k++)
        out[k] = (struct rf_view){.s = rf_str(w.room + k * w.stride, w.n[k])};
}

#else

void rf_fold_views(struct rf_arena *a, struct rf_str raw, const struct rf_finds *finds,
                   unsigned wanted, struct rf_view out[RF_FOLD_KINDS])
{
    rf_fold_views_portable(a, raw, finds, wanted, out);
}

#endif
