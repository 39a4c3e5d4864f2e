#include "lib/text/segment.h"

#include "lib/text/prop.h"

/* Hangul syllables are computed (Unicode 15, 3.12). */
enum {
    S_BASE = 0xac00,
    L_BASE = 0x1100,
    V_BASE = 0x1161,
    T_BASE = 0x11a7,
    L_COUNT = 19,
    V_COUNT = 21,
    T_COUNT = 28,
    S_COUNT = L_COUNT * V_COUNT * T_COUNT,
    FEW_TO_SORT = 16,
    CLASSES = 256,
};

void rf_segment_init(struct rf_segment *s, struct rf_arena *a)
{
    s->arena = a;
    s->v = s->few;
    s->n = 0;
    s->cap = RF_SEGMENT_SHORT;
    s->bare = false;
}

static void grow(struct rf_segment *s)
{
    struct rf_segment_item *v = rf_arena_alloc(s->arena, 2 * s->cap * sizeof *v);
    memcpy(v, s->v, s->n * sizeof *v);
    s->v = v;
    s->cap *= 2;
}

static void push(struct rf_segment *s, uint32_t c, uint32_t at)
{
    uint32_t p = rf_text_prop(c);
    if (s->bare && p & RF_PROP_MN)
        return;
    if (rf_prop_class(p) != RF_CLASS_MARK)
        s->bare = p & RF_PROP_BARE;
    if (s->n == s->cap)
        grow(s);
    s->v[s->n++] = (struct rf_segment_item){c, at};
}

static const struct rf_text_pair *find_split(uint32_t c)
{
    uint32_t lo = 0, hi = rf_text_n_split;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (rf_text_split[mid].c < c)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < rf_text_n_split && rf_text_split[lo].c == c ? &rf_text_split[lo] : NULL;
}

void rf_segment_add(struct rf_segment *s, uint32_t c, uint32_t at)
{
    if (c - S_BASE < S_COUNT) {
        uint32_t i = c - S_BASE, t = i % T_COUNT;
        push(s, L_BASE + i / (V_COUNT * T_COUNT), at);
        push(s, V_BASE + i / T_COUNT % V_COUNT, at);
        if (t)
            push(s, T_BASE + t, at);
        return;
    }
    const struct rf_text_pair *pair = find_split(c);
    if (pair) {
        rf_segment_add(s, pair->a, at);
        push(s, pair->b, at);
    } else {
        push(s, c, at);
    }
}

void rf_segment_add_fold(struct rf_segment *s, uint32_t c, uint32_t word, uint32_t at)
{
    uint32_t payload = word & RF_FOLD_PAYLOAD;
    if (word >> RF_FOLD_KIND_SHIFT == RF_TO_ONE) {
        rf_segment_add(s, payload ? payload : c, at);
        return;
    }
    for (uint32_t k = 1; k <= rf_text_several[payload]; k++)
        rf_segment_add(s, rf_text_several[payload + k], at);
}

static uint32_t ccc(const struct rf_segment_item *i)
{
    return rf_prop_ccc(rf_text_prop(i->c));
}

static void sort_few(struct rf_segment_item *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct rf_segment_item x = v[i];
        uint32_t key = ccc(&x);
        size_t k = i;
        for (; k > 0 && ccc(&v[k - 1]) > key; k--)
            v[k] = v[k - 1];
        v[k] = x;
    }
}

/* By counting: a text of marks only must not cost n squared. */
static void sort_many(struct rf_arena *a, struct rf_segment_item *v, size_t n)
{
    uint32_t start[CLASSES + 1] = {0};
    struct rf_segment_item *from = rf_arena_alloc(a, n * sizeof *from);
    memcpy(from, v, n * sizeof *from);
    for (size_t i = 0; i < n; i++)
        start[ccc(&from[i]) + 1]++;
    for (size_t i = 0; i < CLASSES; i++)
        start[i + 1] += start[i];
    for (size_t i = 0; i < n; i++)
        v[start[ccc(&from[i])]++] = from[i];
}

static void reorder(struct rf_segment *s)
{
    for (size_t i = 0; i < s->n;) {
        size_t end = i;
        while (end < s->n && ccc(&s->v[end]) != 0)
            end++;
        if (end - i > FEW_TO_SORT)
            sort_many(s->arena, s->v + i, end - i);
        else if (end - i > 1)
            sort_few(s->v + i, end - i);
        i = end + 1;
    }
}

static uint32_t join_hangul(uint32_t a, uint32_t b)
{
    if (a - L_BASE < L_COUNT && b - V_BASE < V_COUNT)
        return S_BASE + ((a - L_BASE) * V_COUNT + (b - V_BASE)) * T_COUNT;
    if (a - S_BASE < S_COUNT && (a - S_BASE) % T_COUNT == 0 &&
        b - T_BASE - 1 < T_COUNT - 1)
        return a + (b - T_BASE);
    return 0;
}

/* The primary composite of a and b, or 0. */
static uint32_t join(uint32_t a, uint32_t b)
{
    uint32_t lo = 0, hi = rf_text_n_join;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        const struct rf_text_pair *p = &rf_text_join[mid];
        if (p->a < a || (p->a == a && p->b < b))
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < rf_text_n_join && rf_text_join[lo].a == a && rf_text_join[lo].b == b)
        return rf_text_join[lo].c;
    return join_hangul(a, b);
}

static void compose(struct rf_segment *s)
{
    size_t out = 0, starter = SIZE_MAX;
    uint32_t last = 0; /* combining class before, when not at the starter itself */
    for (size_t i = 0; i < s->n; i++) {
        struct rf_segment_item x = s->v[i];
        uint32_t class = ccc(&x);
        if (starter != SIZE_MAX && (out == starter + 1 || last < class)) {
            uint32_t c = join(s->v[starter].c, x.c);
            if (c) {
                s->v[starter].c = c;
                continue;
            }
        }
        if (class == 0)
            starter = out;
        last = class;
        s->v[out++] = x;
    }
    s->n = out;
}

/* Places that reordering mixed up: each the least of its own and the later ones. */
static void level_places(struct rf_segment *s)
{
    for (size_t i = s->n; i > 1; i--)
        if (s->v[i - 2].at > s->v[i - 1].at)
            s->v[i - 2].at = s->v[i - 1].at;
}

void rf_segment_finish(struct rf_segment *s)
{
    reorder(s);
    compose(s);
    level_places(s);
}
