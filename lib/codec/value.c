/* Hot. */
#include "lib/codec/value.h"

#include <math.h>

#include "lib/base/limits.h"
#include "lib/codec/simdjson_in.h"
#include "lib/codec/when.h"

/* A string or the digits of a number. */
static bool read_string(struct rf_value_reader *r, const struct rf_json_token *t,
                        struct rf_str *out)
{
    if (t->type == RF_JSON_STRING)
        *out = rf_json_string(r->arena, t, &r->repaired);
    else if (t->type == RF_JSON_NUMBER)
        *out = t->raw;
    else
        return false;
    return true;
}

static const char *read_id(struct rf_value_reader *r, enum rf_field f,
                           const struct rf_json_token *t, union rf_value *out)
{
    (void)f;
    struct rf_str s = t->raw;
    bool repaired = false;
    if (t->type == RF_JSON_STRING) {
        if (s.n > RF_LIMIT_ID_BYTES)
            return "over 128 bytes";
        rf_json_string(r->arena, t, &repaired);
        if (repaired)
            return "not valid UTF-8 and JSON as written";
        out->s = rf_str(s.p - 1, s.n + 2);
        return NULL;
    }
    if (t->type != RF_JSON_NUMBER)
        return "neither a string nor an integer";
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] < '0' || s.p[i] > '9') && !(i == 0 && s.p[i] == '-'))
            return "neither a string nor an integer";
    if (s.n - (s.p[0] == '-') > RF_LIMIT_ID_DIGITS)
        return "over 20 digits";
    out->s = s;
    return NULL;
}

/* A JSON number; in a string also with zeros before it. */
static bool number_text(struct rf_str *s)
{
    bool minus = s->n && s->p[0] == '-';
    size_t zeros = 0;
    while (minus + zeros + 1 < s->n && s->p[minus + zeros] == '0' &&
           s->p[minus + zeros + 1] >= '0' && s->p[minus + zeros + 1] <= '9')
        zeros++;
    if (!minus)
        *s = rf_str_sub(*s, zeros);
    else if (zeros)
        return false;
    return s->n && rf_json_number(*s) == s->n;
}

static const char *read_double(struct rf_value_reader *r, const struct rf_json_token *t,
                               double *d)
{
    struct rf_str s;
    if (!read_string(r, t, &s) || !number_text(&s))
        return "not a number";
    return rf_simdjson_double(s, d) && isfinite(*d) ? NULL : "number out of range";
}

/* Plain digits without loss; false where they are more than that. */
static bool plain_integer(struct rf_str s, int64_t *out)
{
    size_t i = s.n && s.p[0] == '-';
    bool minus = i;
    int64_t v = 0;
    if (i == s.n)
        return false;
    for (; i < s.n; i++) {
        int digit = s.p[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_sub_overflow(v, digit, &v))
            return false;
    }
    if (!minus && v == INT64_MIN)
        return false;
    *out = minus ? v : -v;
    return true;
}

static const char *read_int(struct rf_value_reader *r, enum rf_field f,
                            const struct rf_json_token *t, union rf_value *out)
{
    (void)f;
    struct rf_str s;
    double d;
    if (read_string(r, t, &s) && plain_integer(s, &out->i))
        return NULL;
    const char *wrong = read_double(r, t, &d);
    if (wrong)
        return wrong;
    if (fabs(d) >= 9007199254740992.0)
        return "number out of range";
    if (d != floor(d))
        return "not a whole number";
    out->i = (int64_t)d;
    return NULL;
}

static const char *read_num(struct rf_value_reader *r, enum rf_field f,
                            const struct rf_json_token *t, union rf_value *out)
{
    (void)f;
    struct rf_str s;
    int64_t i;
    if (read_string(r, t, &s) && s.n <= 15 && plain_integer(s, &i)) {
        out->d = (double)i;
        return NULL;
    }
    return read_double(r, t, &out->d);
}

static const char *read_time(struct rf_value_reader *r, enum rf_field f,
                             const struct rf_json_token *t, union rf_value *out)
{
    (void)f;
    struct rf_str s;
    double d;
    if (!read_string(r, t, &s))
        return "not a time";
    if (rf_when_number(s, &out->i) || rf_when_rfc3339(s, &out->i))
        return NULL;
    /* 1.7672256e12, as some writers of JSON put it */
    if (!memchr(s.p, 'e', s.n) && !memchr(s.p, 'E', s.n))
        return "not a time";
    if (read_double(r, t, &d) || d < 0 || d >= 1e14)
        return "not a time";
    out->i = (int64_t)(d < 1e11 ? d * 1000 : d);
    return NULL;
}

static const char *read_bool(struct rf_value_reader *r, enum rf_field f,
                             const struct rf_json_token *t, union rf_value *out)
{
    (void)f;
    struct rf_str s;
    if (t->type == RF_JSON_TRUE || t->type == RF_JSON_FALSE) {
        out->b = t->type == RF_JSON_TRUE;
        return NULL;
    }
    if (!read_string(r, t, &s))
        return "neither true nor false";
    bool number = t->type == RF_JSON_NUMBER;
    out->b = rf_str_eqz(s, number ? "1" : "true");
    return out->b || rf_str_eqz(s, number ? "0" : "false") ? NULL
                                                           : "neither true nor false";
}

static const char *read_enum(struct rf_value_reader *r, enum rf_field f,
                             const struct rf_json_token *t, union rf_value *out)
{
    struct rf_str s;
    if (!read_string(r, t, &s))
        return "not a string";
    int i = rf_names_word(r->names, f, s);
    out->i = i;
    return i < 0 ? "not a word known here" : NULL;
}

static const char *read_str(struct rf_value_reader *r, enum rf_field f,
                            const struct rf_json_token *t, union rf_value *out)
{
    if (!read_string(r, t, &out->s))
        return "not a string";
    if (f == RF_FIELD_CALL && out->s.n > RF_LIMIT_CALL_BYTES)
        return "over 64 bytes";
    return NULL;
}

static bool inside_char(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* The first and the last part of a long text, at borders of characters, joined. */
static struct rf_str cut(struct rf_arena *a, struct rf_str s)
{
    size_t head = RF_LIMIT_TEXT_PART_BYTES, tail = s.n - RF_LIMIT_TEXT_PART_BYTES;
    while (inside_char(s.p[head]))
        head--;
    while (tail < s.n && inside_char(s.p[tail]))
        tail++;
    char *p = rf_arena_alloc(a, head + s.n - tail);
    memcpy(p, s.p, head);
    memcpy(p + head, s.p + tail, s.n - tail);
    return rf_str(p, head + s.n - tail);
}

static const char *read_text(struct rf_value_reader *r, enum rf_field f,
                             const struct rf_json_token *t, union rf_value *out)
{
    (void)f;
    if (!read_string(r, t, &out->s))
        return "not a string";
    if (out->s.n > RF_LIMIT_TEXT_BYTES) {
        out->s = cut(r->arena, out->s);
        r->repaired = true;
    }
    return NULL;
}

static const char *read_strs(struct rf_value_reader *r, enum rf_field f,
                             const struct rf_json_token *t, union rf_value *out)
{
    (void)f;
    struct rf_json_token element;
    size_t n = 0, pos = 0;
    if (t->type != RF_JSON_ARRAY)
        return "not a list of strings";
    while (rf_json_next_element(t, &pos, &element))
        n++;
    struct rf_str *v = rf_arena_alloc(r->arena, n * sizeof *v);
    n = pos = 0;
    while (rf_json_next_element(t, &pos, &element)) {
        if (element.type == RF_JSON_NULL)
            continue;
        if (!read_string(r, &element, &v[n++]))
            return "not a list of strings";
    }
    out->list = (struct rf_strs){v, n};
    return NULL;
}

const char *rf_value_read(struct rf_value_reader *r, enum rf_field f,
                          const struct rf_json_token *t, union rf_value *out)
{
    static const char *(*const readers[])(struct rf_value_reader *, enum rf_field,
                                          const struct rf_json_token *,
                                          union rf_value *) = {
        [RF_FT_ID] = read_id,     [RF_FT_TIME] = read_time, [RF_FT_STR] = read_str,
        [RF_FT_TEXT] = read_text, [RF_FT_ADDR] = read_str,  [RF_FT_INT] = read_int,
        [RF_FT_NUM] = read_num,   [RF_FT_BOOL] = read_bool, [RF_FT_ENUM] = read_enum,
        [RF_FT_STRS] = read_strs,
    };
    return readers[rf_field_info(f)->type](r, f, t, out);
}
