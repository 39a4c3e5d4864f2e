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
};

static inline void skip_space(struct plain *w)
{
    while (w->p < w->end && *w->p == ' ')
        w->p++;
}

static inline bool take_char(struct plain *w, char c)
{
    if (w->p >= w->end || *w->p != c)
        return false;
    w->p++;
    skip_space(w);
    return true;
}

/* The string at the next quote, which p is at, and the space behind it. */
static inline bool take_string(struct plain *w, struct rf_str *s)
{
    const char *begin = w->line + w->q[0] + 1, *end = w->line + w->q[1];
    if (w->p + 1 != begin || end >= w->end)
        return false;
    *s = rf_str(begin, (size_t)(end - begin));
    w->q += 2;
    w->p = end + 1;
    skip_space(w);
    return true;
}

/* ---- values ---- */

static inline void took(struct rf_decoding *g, enum rf_field f, const char *value)
{
    g->seen |= 1ull << f;
    g->r->present |= 1ull << f;
    g->at[f] = (size_t)(value - g->r->line.p);
}

static void take_otherwise(struct plain *w, enum rf_field f,
                           const struct rf_json_token *t)
{
    if (f != RF_FIELD_NONE && t->type != RF_JSON_NULL)
        rf_decoding_take(w->g, f, t);
}

/* A string as the value of a field met for the first time; false: there is more to it. */
static inline bool read_string(const struct rf_decoding *g, enum rf_field f,
                               struct rf_str s, union rf_value *out)
{
    int word;
    switch (rf_field_info(f)->type) {
    case RF_FT_ID:
        out->s = rf_str(s.p - 1, s.n + 2);
        return s.n <= RF_LIMIT_ID_BYTES;
    case RF_FT_STR:
        out->s = s;
        return f != RF_FIELD_CALL || s.n <= RF_LIMIT_CALL_BYTES;
    case RF_FT_TEXT:
    case RF_FT_ADDR:
        out->s = s; /* the line is not long enough for a text that is cut */
        return true;
    case RF_FT_ENUM:
        word = rf_names_word_padded(g->reader.names, f, s);
        out->i = word;
        return word >= 0;
    default:
        return false;
    }
}
_Static_assert(RF_QUOTES_LINE <= (int)RF_LIMIT_TEXT_BYTES, "no text is cut here");

static inline void take_text(struct plain *w, enum rf_field f, struct rf_str s)
{
    struct rf_decoding *g = w->g;
    if (f == RF_FIELD_NONE)
        return;
    if (!(g->seen >> f & 1) && read_string(g, f, s, &g->r->value[f])) {
        took(g, f, s.p - 1);
        return;
    }
    take_otherwise(w, f, &(struct rf_json_token){.type = RF_JSON_STRING, .raw = s});
}

/* Digits without a zero before them as such a value; false: there is more to it. */
static inline bool read_integer(enum rf_field f, struct rf_str s, union rf_value *out)
{
    int64_t v = (int64_t)rf_digits_value(s.p, s.n);
    switch (rf_field_info(f)->type) {
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

static inline bool take_integer(struct plain *w, enum rf_field f)
{
    struct rf_decoding *g = w->g;
    size_t n = integer(w);
    if (n == 0 || f == RF_FIELD_NONE || g->seen >> f & 1 ||
        !read_integer(f, rf_str(w->p, n), &g->r->value[f]))
        return false;
    took(g, f, w->p);
    w->p += n;
    return true;
}

/* Another value; those quotes within it are consumed. */
static bool take_other(struct plain *w, enum rf_field f)
{
    struct rf_json_token t;
    size_t n = 0;
    if (w->p < w->end)
        n = rf_json_value(rf_str(w->p, (size_t)(w->end - w->p)), &t);
    if (n == 0)
        return false;
    w->p += n;
    while (w->line + *w->q < w->p)
        w->q++;
    take_otherwise(w, f, &t);
    return true;
}

static inline bool take_value(struct plain *w, enum rf_field f)
{
    struct rf_str s;
    if (w->p < w->end && *w->p == '"') {
        if (!take_string(w, &s))
            return false;
        take_text(w, f, s);
        return true;
    }
    if (!take_integer(w, f) && !take_other(w, f))
        return false;
    skip_space(w);
    return true;
}

/* ---- the line ---- */

static bool walk(struct plain *w)
{
    struct rf_str name;
    skip_space(w);
    if (!take_char(w, '{'))
        return false;
    do {
        if (!take_string(w, &name) || !take_char(w, ':') ||
            !take_value(w, rf_names_field_padded(w->g->reader.names, name)))
            return false;
    } while (take_char(w, ','));
    return take_char(w, '}') && w->p == w->end;
}

bool rf_decoding_plain(struct rf_decoding *g, struct rf_str line)
{
    struct rf_quotes quotes; /* large: not cleared */
    struct plain w = {g, line.p, line.p + line.n, line.p, quotes.at};
    return rf_quotes_find(line, &quotes) && walk(&w);
}
