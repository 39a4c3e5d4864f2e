#include "lib/text/fold.h"

#include "lib/text/find.h"
#include "lib/text/prop.h"
#include "lib/text/segment.h"
#include "lib/text/weave.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Slack beyond the raw length, so that the usual text needs no second buffer. */
enum { SLACK = 64, NARROW = 16 };
#define NO_LOOKS SIZE_MAX

/* raw is read from the left; everything at p[0, n) is finished but for step 5.
 * Invariant: cap - n >= raw bytes left, so what does not grow needs no check. */
struct folder {
    struct rf_arena *arena;
    struct rf_str raw;
    char *p;
    uint32_t *map; /* cap + 1 entries, or NULL */
    size_t n, cap;
    size_t looks; /* no look-alike stands before this offset */
};

/* What becomes of ASCII: 0 is dropped; white space is a space. */
static const char ascii_to[128] = {
    0,   0,   0,   0,   0,   0,   0,   0,    0,   ' ', ' ', ' ', ' ',  ' ', 0,   0,
    0,   0,   0,   0,   0,   0,   0,   0,    0,   0,   0,   0,   0,    0,   0,   0,
    ' ', '!', '"', '#', '$', '%', '&', '\'', '(', ')', '*', '+', ',',  '-', '.', '/',
    '0', '1', '2', '3', '4', '5', '6', '7',  '8', '9', ':', ';', '<',  '=', '>', '?',
    '@', 'a', 'b', 'c', 'd', 'e', 'f', 'g',  'h', 'i', 'j', 'k', 'l',  'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w',  'x', 'y', 'z', '[', '\\', ']', '^', '_',
    '`', 'a', 'b', 'c', 'd', 'e', 'f', 'g',  'h', 'i', 'j', 'k', 'l',  'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w',  'x', 'y', 'z', '{', '|',  '}', '~', 0};

static bool is_ascii(char c)
{
    return (signed char)c >= 0;
}

static uint32_t kind_of(uint32_t word)
{
    return word >> RF_FOLD_KIND_SHIFT;
}

#ifdef __SSE2__

enum { WIDE = 16 };

/* The offsets from i on in a map, 16 of them. */
static inline void map_wide(uint32_t *map, size_t i)
{
    __m128i at = _mm_add_epi32(_mm_set1_epi32((int)i), _mm_setr_epi32(0, 1, 2, 3));
    for (unsigned k = 0; k < WIDE; k += 4) {
        _mm_storeu_si128((__m128i *)(map + k), at);
        at = _mm_add_epi32(at, _mm_set1_epi32(4));
    }
}

/* Printable ASCII at raw offset i without a space after a space, 16 bytes at a time;
 * returns where that ends at the latest. What is left fold_ascii's loop does as well. */
static size_t fold_wide(struct folder *f, size_t i)
{
    const __m128i space = _mm_set1_epi8(' '), del = _mm_set1_epi8(0x7f);
    unsigned after_space = f->n > 0 && f->p[f->n - 1] == ' ';
    for (unsigned done = WIDE; done == WIDE && i + WIDE <= f->raw.n;) {
        __m128i c = _mm_loadu_si128((const __m128i *)(f->raw.p + i));
        __m128i from_a = _mm_sub_epi8(c, _mm_set1_epi8('A'));
        __m128i capital =
            _mm_cmpeq_epi8(_mm_min_epu8(from_a, _mm_set1_epi8('Z' - 'A')), from_a);
        __m128i other = _mm_or_si128(_mm_cmplt_epi8(c, space), _mm_cmpeq_epi8(c, del));
        unsigned spaces = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(c, space));
        unsigned stop = (unsigned)_mm_movemask_epi8(other) |
                        (spaces & (spaces << 1 | after_space)) | 1u << WIDE;
        done = (unsigned)__builtin_ctz(stop);
        c = _mm_or_si128(c, _mm_and_si128(capital, space)); /* lower case */
        _mm_storeu_si128((__m128i *)(f->p + f->n), c);      /* cap - n >= raw left */
        if (f->map)
            map_wide(f->map + f->n, i);
        if (done == WIDE) { /* the constant: += done would wait for this block's answer */
            f->n += WIDE;
            i += WIDE;
        } else {
            f->n += done;
            i += done;
        }
        after_space = spaces >> (WIDE - 1) & 1;
    }
    return i;
}

#else

static size_t fold_wide(struct folder *f, size_t i)
{
    (void)f;
    return i;
}

#endif

/* Fold up to NARROW bytes of ASCII that stand at raw offset i; returns where they end. */
static size_t fold_narrow(struct folder *f, size_t i)
{
    const unsigned char *raw = (const unsigned char *)f->raw.p;
    char *restrict p = f->p;
    uint32_t *restrict map = f->map;
    size_t o = f->n, n = f->raw.n - i > NARROW ? i + NARROW : f->raw.n;
    char last = o > 0 ? p[o - 1] : 0;
    for (; i < n && raw[i] < 0x80; i++) {
        char c = ascii_to[raw[i]];
        bool drop = (c == 0) | ((c == ' ') & (last == ' '));
        p[o] = c; /* without a branch that texts would mispredict */
        if (map)
            map[o] = (uint32_t)i;
        last = drop ? last : c;
        o += !drop;
    }
    f->n = o;
    return i;
}

/* Fold the ASCII that stands at raw offset i; returns where it ends. */
static size_t fold_ascii(struct folder *f, size_t i)
{
    while (i < f->raw.n && is_ascii(f->raw.p[i])) {
        i = fold_wide(f, i);
        i = fold_narrow(f, i);
    }
    return i;
}

static inline void put(struct folder *f, uint32_t c, uint32_t at)
{
    if (c == ' ' && f->n > 0 && f->p[f->n - 1] == ' ')
        return;
    size_t len = rf_utf8_encode(c, f->p + f->n);
    if (f->map)
        for (size_t k = 0; k < len; k++)
            f->map[f->n + k] = at;
    f->n += len;
}

/* Room for need more bytes and what is left of raw from offset i. */
static void reserve(struct folder *f, size_t need, size_t i)
{
    need += f->raw.n - i;
    if (f->cap - f->n >= need)
        return;
    f->cap = 2 * f->cap + need;
    char *p = rf_view_room(f->arena, f->cap);
    memcpy(p, f->p, f->n);
    f->p = p;
    if (f->map) {
        uint32_t *map = rf_arena_alloc(f->arena, (f->cap + 1) * sizeof *map);
        memcpy(map, f->map, f->n * sizeof *map);
        f->map = map;
    }
}

/* Take the last code point of the output back into the segment. */
static void take_back(struct folder *f, struct rf_segment *s)
{
    size_t at = rf_text_back(f->p, f->n), len;
    uint32_t c = rf_text_next(f->p + at, f->n - at, &len);
    f->n = at;
    rf_segment_add(s, c, f->map ? f->map[at] : 0);
}

static void add_fold(struct folder *f, struct rf_segment *s, uint32_t c, uint32_t word,
                     size_t at)
{
    if (word & RF_FOLD_LOOKS && f->looks > f->n)
        f->looks = f->n;
    rf_segment_add_fold(s, c, word, (uint32_t)at);
}

/* The long way, for what interacts with its neighbors: a character at raw offset i and
 * all after it that may act on it. Returns where that ends. */
static size_t fold_segment(struct folder *f, size_t i)
{
    struct rf_segment s;
    rf_segment_init(&s, f->arena);
    while (i < f->raw.n) {
        size_t len;
        uint32_t c = rf_text_next(f->raw.p + i, f->raw.n - i, &len);
        uint32_t word = rf_text_fold_word(c);
        if (kind_of(word) != RF_TO_NONE) {
            if (s.n > 0 && !(word & RF_FOLD_BACK))
                break;
            if (s.n == 0 && f->n > 0 && word & RF_FOLD_BACK)
                take_back(f, &s);
            add_fold(f, &s, c, word, i);
        }
        i += len;
    }
    rf_segment_finish(&s);
    reserve(f, RF_UTF8_MAX * s.n, i);
    for (size_t k = 0; k < s.n; k++)
        put(f, s.v[k].c, s.v[k].at);
    return i;
}

struct ahead {
    uint32_t c, word;
    size_t len;
};

static inline __attribute__((always_inline)) struct ahead look(const struct folder *f,
                                                               size_t i)
{
    struct ahead a;
    a.c = rf_text_next(f->raw.p + i, f->raw.n - i, &a.len);
    a.word = rf_text_fold_word(a.c);
    return a;
}

/* What becomes of one that nothing joins. */
static inline __attribute__((always_inline)) void
put_folded(struct folder *f, const struct ahead *now, size_t at)
{
    uint32_t to = now->word & RF_FOLD_PAYLOAD;
    if (to) {
        put(f, to, (uint32_t)at);
        return;
    }
    char *p = f->p + f->n;
    const char *raw = f->raw.p + at;
    p[0] = raw[0]; /* two bytes or more: ASCII never comes here */
    p[1] = raw[1];
    for (size_t k = 2; k < now->len; k++)
        p[k] = raw[k];
    for (size_t k = 0; f->map && k < now->len; k++)
        f->map[f->n + k] = (uint32_t)at;
    f->n += now->len;
}

static bool is_han_lead(unsigned char b)
{
    return b >= RF_HAN_LEAD_ANY && b <= RF_HAN_LEAD_LAST;
}

/* Copy the ideographs at raw offset i that stay themselves, whatever is behind them but
 * ideographs and ASCII; returns where that ends. */
static size_t copy_han(struct folder *f, size_t i)
{
    const unsigned char *raw = (const unsigned char *)f->raw.p;
    for (; i + 3 <= f->raw.n && is_han_lead(raw[i]); i += 3, f->n += 3) {
        uint32_t c =
            ((raw[i] & 15u) << 12 | (raw[i + 1] & 63u) << 6 | (raw[i + 2] & 63u)) -
            RF_HAN_FIRST;
        if (!(rf_text_han_same[c / 32] >> c % 32 & 1))
            break;
        if (i + 3 < f->raw.n && raw[i + 3] >= 0x80 && !is_han_lead(raw[i + 3]))
            break; /* may act on this one */
        memcpy(f->p + f->n, raw + i, 3);
        for (size_t k = 0; f->map && k < 3; k++)
            f->map[f->n + k] = (uint32_t)i;
    }
    return i;
}

/* Fold what is not ASCII at raw offset i; returns where ASCII begins again. */
static size_t fold_others(struct folder *f, size_t i)
{
    struct ahead now, next = {0, 0, 0};
    for (bool known = false;; known = true) {
        size_t end = copy_han(f, i);
        if (end == f->raw.n || is_ascii(f->raw.p[end]))
            return end;
        now = known && end == i ? next : look(f, end);
        i = end;
        size_t after = i + now.len;
        bool more = after < f->raw.n && !is_ascii(f->raw.p[after]);
        next.word = 0;
        if (more)
            next = look(f, after);
        if (kind_of(now.word) == RF_TO_ONE && !(now.word & RF_FOLD_BACK) &&
            kind_of(next.word) != RF_TO_NONE && !(next.word & RF_FOLD_BACK)) {
            if (now.word & RF_FOLD_LOOKS && f->looks > f->n)
                f->looks = f->n;
            reserve(f, RF_UTF8_MAX, after);
            put_folded(f, &now, i);
            i = after;
        } else {
            i = fold_segment(f, i);
            more = i < f->raw.n && !is_ascii(f->raw.p[i]);
            if (more)
                next = look(f, i);
        }
        if (!more)
            return i;
    }
}

/* ---- step 5: look-alikes in runs with an ASCII letter ---- */

static bool in_run(uint32_t prop)
{
    enum rf_class class = rf_prop_class(prop);
    return class == RF_CLASS_LETTER || class == RF_CLASS_DIGIT;
}

static size_t run_begin(struct rf_str s, size_t i)
{
    while (i > 0) {
        size_t at = rf_text_back(s.p, i), len;
        if (!in_run(rf_text_prop(rf_text_next(s.p + at, i - at, &len))))
            break;
        i = at;
    }
    return i;
}

/* The end of the run at i; *acts tells whether something in it must be changed. */
static size_t run_end(struct rf_str s, size_t i, bool *acts)
{
    bool ascii = false, looks = false;
    while (i < s.n) {
        size_t len;
        uint32_t c = rf_text_next(s.p + i, s.n - i, &len), prop = rf_text_prop(c);
        if (!in_run(prop))
            break;
        ascii |= c - 'a' < 26;
        looks |= rf_prop_looks(prop) != 0;
        i += len;
    }
    *acts = ascii && looks;
    return i;
}

/* Copy p[from, to) to offset o <= from, look-alikes replaced if acts; the new end. */
static size_t copy_run(struct folder *f, size_t o, size_t from, size_t to, bool acts)
{
    while (from < to) {
        size_t len;
        uint32_t c = rf_text_next(f->p + from, to - from, &len);
        char looks = acts ? rf_prop_looks(rf_text_prop(c)) : 0;
        if (f->map)
            memmove(f->map + o, f->map + from, (looks ? 1 : len) * sizeof *f->map);
        if (looks)
            f->p[o++] = looks;
        else
            memmove(f->p + o, f->p + from, len), o += len;
        from += len;
    }
    return o;
}

bool rf_fold_looks_act(struct rf_str s, size_t from)
{
    bool acts = false;
    for (size_t i = run_begin(s, from), len; i < s.n && !acts; i += len) {
        i = run_end(s, i, &acts);
        if (i == s.n)
            break;
        rf_text_next(s.p + i, s.n - i, &len);
    }
    return acts;
}

static void fold_looks(struct folder *f)
{
    const struct rf_str s = rf_str(f->p, f->n);
    size_t i = run_begin(s, f->looks), o = i;
    while (i < f->n) {
        bool acts;
        size_t end = run_end(s, i, &acts);
        o = copy_run(f, o, i, end, acts);
        i = end;
        if (i < f->n) {
            size_t len;
            rf_text_next(f->p + i, f->n - i, &len);
            o = copy_run(f, o, i, i + len, false);
            i += len;
        }
    }
    f->n = o;
}

void rf_fold(struct rf_arena *a, struct rf_str raw, bool want_map, struct rf_view *out)
{
    struct folder f = {.arena = a, .raw = raw, .cap = raw.n + SLACK, .looks = NO_LOOKS};
    f.p = rf_view_room(a, f.cap);
    if (want_map)
        f.map = rf_arena_alloc(a, (f.cap + 1) * sizeof *f.map);
    for (size_t i = 0; i < raw.n;) {
        i = fold_ascii(&f, i);
        if (i < raw.n)
            i = fold_others(&f, i);
    }
    if (f.looks != NO_LOOKS)
        fold_looks(&f);
    if (f.map)
        f.map[f.n] = (uint32_t)raw.n;
    *out = (struct rf_view){rf_str(f.p, f.n), f.map, NULL};
}
