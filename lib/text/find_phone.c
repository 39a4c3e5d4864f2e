/* Phone numbers in a text. Which digits are a possible number the caller's plan knows. */
#include "lib/text/find_parts.h"

#include "lib/text/prop.h"

enum { GROUPS = 16, TEXT_DIGITS = RF_LIMIT_SHORT_DIGITS, LEAST_DIGITS = 3, WHOLE = 8 };

/* Digits that stand together. */
struct group {
    size_t begin, end;
    size_t n; /* digits; more than TEXT_DIGITS are not kept */
    char digits[TEXT_DIGITS];
    bool space_after; /* of the single separators: white space */
};

struct run {
    struct group g[GROUPS];
    int n;
    bool plus; /* before the first group */
    size_t begin, end;
};

/* The value of the decimal digit at raw offset i, -1 if none stands there. */
static int digit_at(struct rf_str raw, size_t i, size_t *len)
{
    *len = 1;
    if (i >= raw.n)
        return -1;
    if ((signed char)raw.p[i] >= 0)
        return raw.p[i] >= '0' && raw.p[i] <= '9' ? raw.p[i] - '0' : -1;
    uint32_t c = rf_text_next(raw.p + i, raw.n - i, len);
    if (rf_prop_class(rf_text_prop(c)) != RF_CLASS_DIGIT)
        return -1;
    uint32_t to = rf_text_fold_word(c) & RF_FOLD_PAYLOAD;
    return to >= '0' && to <= '9' ? (int)to - '0' : -1;
}

/* Bytes of the plus sign at raw offset i, 0 if none stands there. */
static size_t plus_at(struct rf_str raw, size_t i)
{
    size_t len;
    if (i >= raw.n)
        return 0;
    uint32_t c = rf_text_next(raw.p + i, raw.n - i, &len);
    return c == '+' || c == 0xff0b || c == 0xfe62 || c == 0x207a ? len : 0;
}

enum separator { SEPARATOR_NONE, SEPARATOR_SPACE, SEPARATOR_DASH, SEPARATOR_PARENTHESIS };

/* What separates groups of digits: spaces (not line breaks), dashes, dots in any height,
 * parentheses. */
static enum separator separator_of(uint32_t c)
{
    switch (c) {
    case '\t':
    case ' ':
    case 0xa0:
    case 0x1680:
    case 0x202f:
    case 0x205f:
    case 0x3000:
        return SEPARATOR_SPACE;
    case '-':
    case '.':
    case 0xb7:
    case 0x2022:
    case 0x2212:
    case 0x2219:
    case 0x22c5:
    case 0x30fb:
    case 0xfe58:
    case 0xfe63:
    case 0xff0d:
    case 0xff0e:
        return SEPARATOR_DASH;
    case '(':
    case ')':
    case 0xff08:
    case 0xff09:
        return SEPARATOR_PARENTHESIS;
    }
    return c >= 0x2000 && c <= 0x200a   ? SEPARATOR_SPACE
           : c >= 0x2010 && c <= 0x2015 ? SEPARATOR_DASH
                                        : SEPARATOR_NONE;
}

/* Bytes of the separator at raw offset i: one of these, a parenthesis with another beside
 * it counting as one. */
static size_t separator_at(struct rf_str raw, size_t i, bool *space)
{
    size_t len, more;
    *space = false;
    if (i >= raw.n)
        return 0;
    enum separator kind = separator_of(rf_text_next(raw.p + i, raw.n - i, &len)), next;
    *space = kind == SEPARATOR_SPACE;
    if (kind == SEPARATOR_NONE || i + len >= raw.n)
        return kind == SEPARATOR_NONE ? 0 : len;
    next = separator_of(rf_text_next(raw.p + i + len, raw.n - i - len, &more));
    bool both = next != SEPARATOR_NONE &&
                (kind == SEPARATOR_PARENTHESIS) != (next == SEPARATOR_PARENTHESIS);
    return both ? len + more : len;
}

static bool read_group(struct rf_str raw, size_t i, struct group *g)
{
    size_t len;
    int d;
    *g = (struct group){.begin = i};
    for (; (d = digit_at(raw, i, &len)) >= 0; i += len) {
        if (g->n < TEXT_DIGITS)
            g->digits[g->n] = (char)('0' + d);
        g->n++;
    }
    g->end = i;
    return g->n > 0;
}

/* Read the run of digits at raw offset i; false if none stands there. */
static bool read_run(struct rf_str raw, size_t i, struct run *r)
{
    size_t plus = plus_at(raw, i);
    r->n = 0;
    r->begin = i;
    r->plus = plus > 0;
    bool space;
    i += plus;
    if (plus)
        i += separator_at(raw, i, &space);
    while (r->n < GROUPS && read_group(raw, i, &r->g[r->n])) {
        struct group *g = &r->g[r->n++];
        r->end = g->end;
        i = g->end + separator_at(raw, g->end, &g->space_after);
        if (i == g->end)
            break;
    }
    return r->n > 0;
}

/* The digits of groups first to last, after '+' if it belongs to them; empty if there
 * are too few or too many. */
static struct rf_str number_of(const struct run *r, int first, int last, char *buf)
{
    size_t n = 0, plus = r->plus && first == 0;
    for (int i = first; i <= last; i++) {
        if (n + r->g[i].n > TEXT_DIGITS)
            return rf_str(buf, 0);
        memcpy(buf + 1 + n, r->g[i].digits, r->g[i].n);
        n += r->g[i].n;
    }
    buf[0] = '+';
    return n < LEAST_DIGITS ? rf_str(buf, 0) : rf_str(buf + 1 - plus, n + plus);
}

static bool possible(const struct rf_find_options *opt, struct rf_str number)
{
    return number.n && opt->possible(opt->ctx, number, number.p[0] == '+');
}

/* The last group of the number that begins with group first, -1 if none does: the
 * longest, but digits that are a number together are not joined over a space. */
static int last_group(const struct rf_find_options *opt, const struct run *r, int first,
                      char *buf)
{
    const struct group *g = &r->g[first];
    if (g->n >= WHOLE && g->space_after && possible(opt, number_of(r, first, first, buf)))
        return first;
    for (int last = r->n - 1; last >= first; last--)
        if (possible(opt, number_of(r, first, last, buf)))
            return last;
    return -1;
}

static void take_run(struct rf_arena *a, const struct rf_find_options *opt,
                     const struct run *r, struct rf_finds *out)
{
    char buf[TEXT_DIGITS + 1];
    for (int i = 0; i < r->n && out->n_phones < RF_LIMIT_PHONES; i++) {
        int last = last_group(opt, r, i, buf);
        if (last < 0)
            continue;
        if (!out->phones)
            out->phones = RF_NEW_ARRAY(a, struct rf_found_phone, RF_LIMIT_PHONES);
        out->phones[out->n_phones++] =
            (struct rf_found_phone){i == 0 ? r->begin : r->g[i].begin, r->g[last].end,
                                    rf_arena_dup(a, number_of(r, i, last, buf))};
        i = last;
    }
}

/* Whether a run may begin at raw offset i; *len gets the bytes of the character there. */
static bool may_begin(struct rf_str raw, size_t i, size_t *len)
{
    unsigned char b = (unsigned char)raw.p[i];
    *len = 1;
    if (b < 0x80)
        return (b >= '0' && b <= '9') || b == '+';
    uint32_t c = rf_text_next(raw.p + i, raw.n - i, len);
    return rf_prop_class(rf_text_prop(c)) == RF_CLASS_DIGIT || plus_at(raw, i) > 0;
}

/* A run of digits ends where so many bytes that are none stand together: two separators
 * have fewer. */
enum { APART = 7 };

/* How many bytes at offset i can be passed over: digits too few for a number, without a
 * plus sign, and what stands apart behind them. 0 if that cannot be told so cheaply. */
static size_t too_few(const struct rf_find_options *opt, const struct rf_bytes *bytes,
                      size_t i)
{
    uint64_t digits = rf_bytes_at(bytes->set[RF_BYTES_DIGIT], i);
    uint64_t signs = rf_bytes_at(bytes->set[RF_BYTES_SIGN], i);
    uint64_t apart = ~(digits | signs);
    apart &= apart >> 1; /* two of them from here on */
    apart &= apart >> 2;
    apart &= apart >> (APART - 4);
    if (apart == 0)
        return 0;
    uint64_t run = (apart & -apart) - 1;
    if (signs & run || (unsigned)__builtin_popcountll(digits & run) >= opt->least)
        return 0;
    return (unsigned)__builtin_ctzll(apart);
}

static size_t next_candidate(const struct rf_bytes *bytes, size_t i)
{
    size_t digit = rf_bytes_next(bytes, RF_BYTES_DIGIT, i);
    size_t sign = rf_bytes_next(bytes, RF_BYTES_SIGN, i);
    return digit < sign ? digit : sign;
}

/* Phones in raw[from, to). */
static void scan(struct rf_arena *a, const struct rf_find_options *opt, struct rf_str raw,
                 const struct rf_bytes *bytes, size_t from, size_t to,
                 struct rf_finds *out)
{
    struct run r;
    raw.n = to;
    for (size_t i = from, len; out->n_phones < RF_LIMIT_PHONES; i += len) {
        i = next_candidate(bytes, i);
        if (i >= to)
            return;
        len = too_few(opt, bytes, i);
        if (len > 0 || !may_begin(raw, i, &len) || !read_run(raw, i, &r))
            continue;
        take_run(a, opt, &r, out);
        len = r.end - i;
    }
}

void rf_find_phones(struct rf_arena *a, const struct rf_find_options *opt,
                    struct rf_str raw, const struct rf_bytes *bytes, struct rf_finds *out)
{
    size_t from = 0;
    if (bytes->digits < opt->least && !bytes->any[RF_BYTES_SIGN])
        return;
    for (size_t k = 0; k < out->n_urls; k++) {
        scan(a, opt, raw, bytes, from, out->urls[k].begin, out);
        from = out->urls[k].end;
    }
    scan(a, opt, raw, bytes, from, raw.n, out);
}
