/* Hot: a line whose strings hold neither escapes nor control characters. Once it is known
 * where its quotes are, nothing in a string is looked at again; what most members are is
 * taken here, all else where the careful way takes it, too. */
#include "lib/base/digits.h"
#include "lib/base/limits.h"
#include "lib/codec/decoding.h"
#include "lib/codec/quotes.h"

#define DIGITS 15 /* of an integer that is read here: exact as a double, too */
#define SECONDS_BELOW 100000000000LL

struct plain {
    struct rf_decoding *g;
    const char *line, *end;
    const char *p;     /* what is before it is consumed */
    const uint16_t *q; /* the quotes from p on */
    uint64_t took;     /* fields taken here, not yet told to g */
};

static inline const char *past_space(const char *p, const char *end)
{
    while (p < end && *p == ' ')
        p++;
    return p;
}

/* The walker stays in registers: what is not inlined does not see it. */
#define APART __attribute__((noinline))

static APART const char *char_in_space(const char *p, const char *end, char c)
{
    p = past_space(p, end);
    return p < end && *p == c ? past_space(p + 1, end) : NULL;
}

/* The character and the space around it, mostly none. At the line's end it may take what
 * is behind it, where no string and no value begins. */
static inline bool take_char(struct plain *w, char c)
{
    const char *behind = w->p + 1;
    if (w->p[0] != c || w->p[1] == ' ')
        behind = char_in_space(w->p, w->end, c);
    if (!behind)
        return false;
    w->p = behind;
    return true;
}

/* The string at the next quote, which p is at. */
static inline bool take_string(struct plain *w, struct rf_str *s)
{
    const char *begin = w->line + w->q[0] + 1, *end = w->line + w->q[1];
    if (w->p + 1 != begin || end >= w->end)
        return false;
    *s = rf_str(begin, (size_t)(end - begin));
    w->q += 2;
    w->p = end + 1;
    return true;
}

/* ---- values ---- */

static inline void took(struct plain *w, enum rf_field f, const char *value)
{
    w->took |= 1ull << f;
    w->g->at[f] = (size_t)(value - w->line);
}

static inline bool is_new(const struct plain *w, enum rf_field f)
{
    return !((w->g->seen | w->took) >> f & 1);
}

/* Tells g what was taken. */
static inline void settle(struct plain *w)
{
    w->g->seen |= w->took;
    w->g->r->present |= w->took;
    w->took = 0;
}

static APART void odd_text(struct rf_decoding *g, enum rf_field f, struct rf_str s)
{
    rf_decoding_take(g, f, &(struct rf_json_token){.type = RF_JSON_STRING, .raw = s});
}

/* A string as the value of a field met for the first time; false: there is more to it. */
static inline bool read_string(const struct plain *w, const struct rf_way *way,
                               struct rf_str s, union rf_value *out)
{
    if (way->text) {
        out->s = rf_str(s.p - way->around, s.n + 2 * way->around);
        return s.n <= way->most;
    }
    if (way->type != RF_FT_ENUM)
        return false;
    int word = rf_names_word_padded(w->g->reader.names, (enum rf_field)way->field, s);
    out->i = word;
    return word >= 0;
}
_Static_assert(RF_QUOTES_LINE <= (int)RF_LIMIT_TEXT_BYTES, "no text is cut here");

static inline void take_text(struct plain *w, const struct rf_way *way, struct rf_str s)
{
    enum rf_field f = (enum rf_field)way->field;
    if (f == RF_FIELD_NONE)
        return;
    if (is_new(w, f) && read_string(w, way, s, &w->g->r->value[f])) {
        took(w, f, s.p - 1);
        return;
    }
    settle(w);
    odd_text(w->g, f, s);
}

/* Digits without a zero before them as such a value; false: there is more to it. */
static inline bool read_integer(const struct rf_way *way, struct rf_str s,
                                union rf_value *out)
{
    int64_t v = (int64_t)rf_digits_value(s.p, s.n);
    switch (way->type) {
    case RF_FT_TIME:
        out->i = v < SECONDS_BELOW ? v * 1000 : v;
        return s.n < DIGITS;
    case RF_FT_INT:
        out->i = v;
        return true;
    case RF_FT_NUM:
        out->d = (double)v;
        return true;
    default:
        return false;
    }
}

/* Bytes of the number at p where it is a plain integer, else 0. */
static inline size_t integer(const struct plain *w)
{
    size_t left = (size_t)(w->end - w->p);
    if (w->p >= w->end || *w->p < '1' || *w->p > '9')
        return 0;
    size_t n = rf_digits_run(rf_str(w->p, left < DIGITS + 1 ? left : DIGITS + 1));
    bool more = n == left || n > DIGITS || w->p[n] == '.' || (w->p[n] | 0x20) == 'e';
    return more ? 0 : n;
}

static inline bool take_integer(struct plain *w, const struct rf_way *way)
{
    enum rf_field f = (enum rf_field)way->field;
    size_t n = integer(w);
    if (n == 0 || f == RF_FIELD_NONE || !is_new(w, f) ||
        !read_integer(way, rf_str(w->p, n), &w->g->r->value[f]))
        return false;
    took(w, f, w->p);
    w->p += n;
    return true;
}

/* Another value, at p. Returns what is behind it, or NULL. */
static APART const char *other(struct rf_decoding *g, enum rf_field f, const char *p,
                               const char *end)
{
    struct rf_json_token t;
    size_t n = p < end ? rf_json_value(rf_str(p, (size_t)(end - p)), &t) : 0;
    if (n && f != RF_FIELD_NONE && t.type != RF_JSON_NULL)
        rf_decoding_take(g, f, &t);
    return n ? p + n : NULL;
}

/* The same; those quotes within it are consumed. */
static inline bool take_other(struct plain *w, enum rf_field f)
{
    settle(w);
    const char *behind = other(w->g, f, w->p, w->end);
    if (!behind)
        return false;
    w->p = behind;
    while (w->line + *w->q < w->p)
        w->q++;
    return true;
}

/* ---- the line ---- */

/* A member. */
static inline bool take_member(struct plain *w)
{
    const char *name = w->line + w->q[0] + 1, *colon = w->line + w->q[1] + 1;
    if (w->p + 1 != name || colon > w->end)
        return false;
    struct rf_str s = rf_str(name, (size_t)(colon - 1 - name));
    const struct rf_way *way = rf_names_way_padded(w->g->reader.names, s);
    const char *end = w->line + w->q[3];
    if (memcmp(colon, ":\"", 2) == 0 && end < w->end) {
        w->q += 4;
        w->p = end + 1;
        s = rf_str(colon + 2, (size_t)(end - colon - 2));
    } else {
        w->q += 2;
        w->p = colon;
        if (!take_char(w, ':'))
            return false;
        if (w->p >= w->end || *w->p != '"')
            return take_integer(w, way) || take_other(w, (enum rf_field)way->field);
        if (!take_string(w, &s))
            return false;
    }
    take_text(w, way, s);
    return true;
}

static inline bool walk(struct plain *w)
{
    w->p = past_space(w->p, w->end);
    if (!take_char(w, '{'))
        return false;
    do {
        if (!take_member(w))
            return false;
    } while (take_char(w, ','));
    settle(w);
    return take_char(w, '}') && w->p == w->end;
}

bool rf_decoding_plain(struct rf_decoding *g, struct rf_str line)
{
    struct rf_quotes quotes; /* large: not cleared */
    struct plain w = {g, line.p, line.p + line.n, line.p, quotes.at, 0};
    return rf_quotes_find(line, &quotes) && walk(&w);
}
