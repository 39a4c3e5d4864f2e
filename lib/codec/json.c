/* Hot. */
#include "lib/codec/json.h"

#include "lib/base/digits.h"
#include "lib/base/limits.h"
#include "lib/base/utf8.h"
#include "lib/codec/simdjson_in.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* A cursor; p stays where the first error was. */
struct walk {
    const char *p, *end;
    struct rf_json_error *err;
    bool wide; /* 16 bytes behind end may be read */
};

static bool fail(struct walk *w, const char *message)
{
    *w->err =
        (struct rf_json_error){w->p >= w->end ? "line ends too early" : message, w->p};
    return false;
}

static inline void skip_space(struct walk *w)
{
    while (w->p < w->end &&
           (*w->p == ' ' || *w->p == '\t' || *w->p == '\n' || *w->p == '\r'))
        w->p++;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits(struct rf_str s, size_t i)
{
    return rf_digits_run(rf_str_sub(s, i));
}

size_t rf_json_number(struct rf_str s)
{
    size_t i = s.n && s.p[0] == '-';
    size_t n = digits(s, i);
    if (n == 0)
        return 0;
    i += s.p[i] == '0' ? 1 : n;
    if (i < s.n && s.p[i] == '.') {
        n = digits(s, i + 1);
        if (n == 0)
            return 0;
        i += 1 + n;
    }
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
        size_t j = i + 1;
        j += j < s.n && (s.p[j] == '+' || s.p[j] == '-');
        n = digits(s, j);
        if (n == 0)
            return 0;
        i = j + n;
    }
    return i;
}

static int hex4(const char *p, const char *end)
{
    int v = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i], lower = (char)(c | 0x20);
        if (is_digit(c))
            v = v * 16 + c - '0';
        else if (lower >= 'a' && lower <= 'f')
            v = v * 16 + lower - 'a' + 10;
        else
            return -1;
    }
    return v;
}

/* Bytes of the escape at p, which holds a backslash; 0: no escape of JSON. */
static size_t escape_length(const char *p, const char *end)
{
    if (end - p < 2)
        return 0;
    if (p[1] == 'u')
        return hex4(p + 2, end) < 0 ? 0 : 6;
    return p[1] && strchr("\"\\/bfnrt", p[1]) ? 2 : 0;
}

/* Both of these move to the first quote, backslash or control character, or the end, and
 * set *high where bytes before it are not ASCII. */
static void walk_letters(struct walk *w, bool *high)
{
    for (; w->p < w->end; w->p++) {
        unsigned char c = (unsigned char)*w->p;
        if (c == '"' || c == '\\' || c < 0x20)
            return;
        *high |= c >= 0x80;
    }
}

#ifdef __SSE2__

static inline void walk_letters_wide(struct walk *w, bool *high)
{
    const char *p = w->p, *end = w->end;
    unsigned highs = 0;
    for (; p < end; p += 16) { /* not += n: that would wait for each block's answer */
        __m128i c = _mm_loadu_si128((const __m128i *)p); /* maybe of the padding */
        __m128i stop = _mm_or_si128(_mm_cmpeq_epi8(c, _mm_set1_epi8('"')),
                                    _mm_cmpeq_epi8(c, _mm_set1_epi8('\\')));
        __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(c, _mm_set1_epi8(0x1f)), c);
        unsigned stops = (unsigned)_mm_movemask_epi8(_mm_or_si128(stop, control));
        unsigned block = (unsigned)_mm_movemask_epi8(c);
        if (stops) {
            highs |= block & (stops ^ (stops - 1));
            p += __builtin_ctz(stops);
            break;
        }
        highs |= block;
    }
    w->p = p < end ? p : end;
    *high |= highs != 0;
}

#else

static void walk_letters_wide(struct walk *w, bool *high)
{
    walk_letters(w, high);
}

#endif

/* A string at its opening quote. */
static bool walk_string(struct walk *w, struct rf_json_token *t)
{
    const char *start = ++w->p;
    bool high = false;
    *t = (struct rf_json_token){.type = RF_JSON_STRING};
    for (;;) {
        size_t n = 1;
        if (w->wide)
            walk_letters_wide(w, &high);
        else
            walk_letters(w, &high);
        if (w->p >= w->end)
            return fail(w, "");
        if (*w->p == '"')
            break;
        if (*w->p == '\\') {
            n = escape_length(w->p, w->end);
            if (n == 0)
                return fail(w, "invalid escape");
        }
        t->escapes |= *w->p == '\\';
        t->dirty |= *w->p != '\\';
        w->p += n;
    }
    t->raw = rf_str(start, (size_t)(w->p++ - start));
    if (high)
        t->dirty |= !(w->wide ? rf_simdjson_utf8(t->raw) : rf_utf8_valid(t->raw));
    return true;
}

static bool walk_word(struct walk *w, struct rf_json_token *t)
{
    static const struct {
        struct rf_str word;
        enum rf_json_type type;
    } words[] = {{RF_STR("true"), RF_JSON_TRUE},
                 {RF_STR("false"), RF_JSON_FALSE},
                 {RF_STR("null"), RF_JSON_NULL}};
    struct rf_str rest = rf_str(w->p, (size_t)(w->end - w->p));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (rf_str_starts(rest, words[i].word)) {
            *t = (struct rf_json_token){.type = words[i].type,
                                        .raw = rf_str(w->p, words[i].word.n)};
            w->p += words[i].word.n;
            return true;
        }
    return fail(w, "expected a value");
}

static bool walk_number(struct walk *w, struct rf_json_token *t)
{
    size_t n = rf_json_number(rf_str(w->p, (size_t)(w->end - w->p)));
    if (n == 0)
        return fail(w, "invalid number");
    *t = (struct rf_json_token){.type = RF_JSON_NUMBER, .raw = rf_str(w->p, n)};
    w->p += n;
    return true;
}

static bool walk_container(struct walk *w, struct rf_json_token *t, int depth);

static bool walk_value(struct walk *w, struct rf_json_token *t, int depth)
{
    if (w->p >= w->end)
        return fail(w, "");
    if (*w->p == '"')
        return walk_string(w, t);
    if (*w->p == '{' || *w->p == '[')
        return walk_container(w, t, depth + 1);
    if (*w->p == '-' || is_digit(*w->p))
        return walk_number(w, t);
    return walk_word(w, t);
}

/* A name, the colon and its value. */
static bool walk_member(struct walk *w, struct rf_json_token *key,
                        struct rf_json_token *value, int depth)
{
    if (w->p >= w->end || *w->p != '"')
        return fail(w, "expected a name in quotes");
    if (!walk_string(w, key))
        return false;
    skip_space(w);
    if (w->p >= w->end || *w->p != ':')
        return fail(w, "expected ':'");
    w->p++;
    skip_space(w);
    return walk_value(w, value, depth);
}

/* After an element: true to go on with the next, false at the end or on error. */
static bool walk_comma(struct walk *w, char close, bool *ok)
{
    skip_space(w);
    if (w->p < w->end && *w->p == ',') {
        w->p++;
        skip_space(w);
        return true;
    }
    if (w->p < w->end && *w->p == close)
        w->p++;
    else
        *ok = fail(w, close == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
    return false;
}

static bool walk_container(struct walk *w, struct rf_json_token *t, int depth)
{
    const char *start = w->p;
    bool object = *start == '{', ok = true;
    char close = object ? '}' : ']';
    struct rf_json_token key, value;
    if (depth > RF_LIMIT_JSON_DEPTH)
        return fail(w, "nested too deep");
    w->p++;
    skip_space(w);
    if (w->p < w->end && *w->p == close) {
        w->p++;
    } else {
        do {
            if (!(object ? walk_member(w, &key, &value, depth)
                         : walk_value(w, &value, depth)))
                return false;
        } while (walk_comma(w, close, &ok));
    }
    *t = (struct rf_json_token){.type = object ? RF_JSON_OBJECT : RF_JSON_ARRAY,
                                .raw = rf_str(start, (size_t)(w->p - start))};
    return ok;
}

bool rf_json_walk(struct rf_str line, bool padded, const struct rf_json_visitor *v,
                  struct rf_json_error *err)
{
    struct walk w = {line.p, line.p + line.n, err, padded};
    struct rf_json_token key, value;
    bool ok = true;
    *err = (struct rf_json_error){0};
    skip_space(&w);
    if (w.p >= w.end || *w.p != '{') {
        *err = (struct rf_json_error){"not a JSON object", w.p};
        return false;
    }
    w.p++;
    skip_space(&w);
    if (w.p < w.end && *w.p == '}') {
        w.p++;
    } else {
        do {
            if (!walk_member(&w, &key, &value, 1))
                return false;
            v->member(v->ctx, &key, &value);
        } while (walk_comma(&w, '}', &ok));
    }
    skip_space(&w);
    return ok && (w.p == w.end || fail(&w, "more text after the object"));
}

size_t rf_json_value(struct rf_str s, struct rf_json_token *out)
{
    struct rf_json_error err = {0};
    struct walk w = {s.p, s.p + s.n, &err, false};
    return walk_value(&w, out, 1) ? (size_t)(w.p - s.p) : 0;
}

bool rf_json_next_element(const struct rf_json_token *array, size_t *pos,
                          struct rf_json_token *out)
{
    struct rf_json_error err = {0};
    struct walk w = {array->raw.p + *pos, array->raw.p + array->raw.n, &err, false};
    if (*pos == 0)
        w.p++; /* the bracket */
    skip_space(&w);
    if (w.p < w.end && *w.p == ',') {
        w.p++;
        skip_space(&w);
    }
    if (w.p >= w.end || *w.p == ']' || !walk_value(&w, out, 1))
        return false;
    *pos = (size_t)(w.p - array->raw.p);
    return true;
}

/* The code point of the \u escape at p and its bytes: a pair of surrogates is one. */
static uint32_t unicode_escape(const char *p, const char *end, size_t *len)
{
    uint32_t c = (uint32_t)hex4(p + 2, end);
    *len = 6;
    if (c >= 0xd800 && c < 0xdc00 && end - p >= 12 && p[6] == '\\' && p[7] == 'u') {
        int low = hex4(p + 8, end);
        if (low >= 0xdc00 && low < 0xe000) {
            *len = 12;
            return 0x10000 + ((c - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
        }
    }
    return c;
}

/* Writes what the escape at p stands for; *len gets its bytes. */
static char *unescape(char *o, const char *p, const char *end, size_t *len,
                      bool *repaired)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    if (p[1] == 'u') {
        uint32_t c = unicode_escape(p, end, len);
        if (c >= 0xd800 && c < 0xe000) {
            c = 0xfffd;
            *repaired = true;
        }
        return o + rf_utf8_encode(c, o);
    }
    const char *at = strchr(from, p[1]);
    *len = 2;
    *o = at ? to[at - from] : p[1];
    return o + 1;
}

/* Copies one character that needs no escape; where it is ill formed, U+FFFD. */
static char *copy_char(char *o, const char *p, const char *end, size_t *len)
{
    uint32_t c = rf_utf8_decode(p, (size_t)(end - p), len);
    return o + rf_utf8_encode(c, o);
}

/* Bytes that the text can take at most: an ill-formed byte becomes three. */
static size_t room(const struct rf_json_token *t)
{
    size_t n = t->raw.n;
    for (size_t i = 0; t->dirty && i < t->raw.n; i++)
        n += (unsigned char)t->raw.p[i] >= 0x80 ? 2 : 0;
    return n;
}

struct rf_str rf_json_unescape(struct rf_arena *a, const struct rf_json_token *t,
                               bool *repaired)
{
    char *start = rf_arena_alloc(a, room(t)), *o = start;
    const char *end = t->raw.p + t->raw.n;
    *repaired |= t->dirty;
    for (const char *p = t->raw.p; p < end;) {
        size_t n = 1;
        if (*p == '\\')
            o = unescape(o, p, end, &n, repaired);
        else if (t->dirty)
            o = copy_char(o, p, end, &n);
        else
            *o++ = *p;
        p += n;
    }
    return rf_str(start, (size_t)(o - start));
}
