#include "lib/record/address.h"

#include "lib/base/digits.h"
#include "lib/base/limits.h"
#include "lib/base/utf8.h"
#include "lib/record/protected.h"
#include "lib/text/fold.h"

#define MIN_FULL_DIGITS 7 /* shorter bare digits are short numbers */
#define MIN_BEHIND_IDD 3
#define SLOW_BYTES (4 * RF_LIMIT_ADDR_BYTES) /* of an alphanumeric address are folded */

enum {
    TON_INTERNATIONAL = 1,
    TON_NATIONAL = 2,
    TON_ALPHANUMERIC = 5,
    TON_ABBREVIATED = 6
};

/* "+" or not and digits, or what else was left. */
struct reading {
    struct rf_str text; /* of the raw address or of `buf` */
    bool plus, number;  /* number: text is digits only, the "+" is not in it */
    char buf[RF_LIMIT_ADDR_BYTES + RF_UTF8_MAX];
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_removed(uint32_t c)
{
    switch (c) {
    case ' ':
    case '-':
    case '(':
    case ')':
    case '.':
    case 0x85:
    case 0xa0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202f:
    case 0x205f:
    case 0x3000:
        return true;
    default:
        return (c >= '\t' && c <= '\r') || (c >= 0x2000 && c <= 0x200a);
    }
}

/* Reads plain ASCII with nothing but digits, separators and a "+" before them into buf;
 * false where there is more to it. */
static bool read_separated(struct rf_str raw, struct reading *r)
{
    size_t n = 0;
    r->plus = false;
    r->number = true;
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (is_digit(c)) {
            if (n == RF_LIMIT_ADDR_BYTES)
                break;
            r->buf[n++] = c;
        } else if (c == '+' && n == 0 && !r->plus) {
            r->plus = true;
        } else if ((unsigned char)c >= 0x80 || !is_removed((unsigned char)c)) {
            return false;
        }
    }
    r->text = rf_str(r->buf, n);
    return true;
}

/* Takes nothing but digits, with "+" before them or not, as a view. */
static inline bool view_digits(struct rf_str raw, struct reading *r)
{
    r->plus = raw.n && raw.p[0] == '+';
    r->number = true;
    r->text = r->plus ? rf_str_sub(raw, 1) : raw; /* an empty one may be NULL */
    return r->text.n <= RF_LIMIT_ADDR_BYTES && rf_digits_run(r->text) == r->text.n;
}

static bool read_plain(struct rf_str raw, struct reading *r)
{
    return view_digits(raw, r) || read_separated(raw, r);
}

/* Copies s without what is removed, fullwidth forms as ASCII; at most max bytes. */
static size_t copy_kept(struct rf_str s, char *out, size_t max)
{
    size_t n = 0, len;
    for (size_t i = 0; i < s.n; i += len) {
        uint32_t c = rf_utf8_decode(s.p + i, s.n - i, &len);
        if (c >= 0xff01 && c <= 0xff5e)
            c -= 0xff01 - '!';
        if (is_removed(c))
            continue;
        char bytes[RF_UTF8_MAX];
        size_t k = rf_utf8_encode(c, bytes);
        if (n + k > max)
            break;
        memcpy(out + n, bytes, k);
        n += k;
    }
    return n;
}

/* Any raw address: folded as texts are, since letters or other scripts are in it. */
static void read_slowly(struct rf_arena *a, struct rf_str raw, struct reading *r)
{
    struct rf_view folded;
    char *kept = rf_arena_alloc(a, SLOW_BYTES);
    rf_fold(a, rf_str(kept, copy_kept(raw, kept, SLOW_BYTES)), false, &folded);
    size_t n = copy_kept(folded.s, r->buf, RF_LIMIT_ADDR_BYTES);
    if (view_digits(rf_str(r->buf, n), r) && r->text.n)
        return;
    r->text = rf_str(r->buf, n);
    r->plus = r->number = false;
}

/* Writes a calling code, nothing for 0; returns where it ends. */
static char *put_code(char *p, unsigned code)
{
    if (code >= 100)
        *p++ = (char)('0' + code / 100);
    if (code >= 10)
        *p++ = (char)('0' + code / 10 % 10);
    if (code > 0)
        *p++ = (char)('0' + code % 10);
    return p;
}

/* 10^n modulo 2^64, as numbers of too many digits are. */
static uint64_t power_of_ten(size_t n)
{
    static const uint64_t powers[] = {1,
                                      10,
                                      100,
                                      1000,
                                      10000,
                                      100000,
                                      1000000,
                                      10000000,
                                      100000000,
                                      1000000000,
                                      10000000000,
                                      100000000000,
                                      1000000000000,
                                      10000000000000,
                                      100000000000000,
                                      1000000000000000,
                                      10000000000000000,
                                      100000000000000000,
                                      1000000000000000000};
    uint64_t v = 1;
    for (; n >= sizeof powers / sizeof *powers; n--)
        v *= 10;
    return v * powers[n];
}

/* "+", code and digits as the norm of an E.164 number. The number is read from the digits
 * given: those just written could not be read back at once. */
static void set_e164(struct rf_arena *a, unsigned calling_code, struct rf_str digits,
                     struct rf_addr *out)
{
    char *p = rf_arena_alloc(a, digits.n + 5), *end = p;
    *end++ = '+';
    end = put_code(end, calling_code);
    memcpy(end, digits.p, digits.n);
    end += digits.n;
    out->form = RF_ADDR_E164;
    out->norm = rf_str(p, (size_t)(end - p));
    out->digits =
        rf_digits_value(digits.p, digits.n) + calling_code * power_of_ten(digits.n);
}

/* What the plans say is valid, in its E.164 form. */
static bool set_valid(struct rf_arena *a, const struct rf_plan *home,
                      struct rf_str digits, bool plus, struct rf_addr *out)
{
    char buf[RF_PLAN_DIGITS];
    struct rf_plan_number n;
    if (!rf_plan_parse(home, digits, plus, buf, &n) || !n.valid)
        return false;
    set_e164(a, n.calling_code, n.national, out);
    out->types |= (uint16_t)n.types;
    memcpy(out->country, n.country, 2);
    return true;
}

/* An international number that no plan calls valid, as it stands. */
static void set_invalid(struct rf_arena *a, struct rf_str digits, struct rf_addr *out)
{
    set_e164(a, 0, digits, out);
    out->types |= RF_TYPE_INVALID;
    rf_plan_country(digits, out->country);
}

static void set_short(struct rf_arena *a, struct rf_str digits, struct rf_addr *out)
{
    bool fits = digits.n <= RF_LIMIT_SHORT_DIGITS;
    out->form = fits ? RF_ADDR_SHORT : RF_ADDR_ALPHA;
    out->types |= fits ? RF_TYPE_SHORT : RF_TYPE_ALPHANUMERIC | RF_TYPE_INVALID;
    out->norm = rf_arena_dup(a, digits);
}

/* Carriers' short numbers, which grow to any length behind 106. */
static bool is_chinese_service(const struct rf_plan *home, struct rf_str digits)
{
    return rf_str_starts(digits, RF_STR("106")) && rf_plan_calling_code(home) == 86;
}

static void set_with_plus(struct rf_arena *a, const struct rf_plan *home,
                          struct rf_str digits, struct rf_addr *out)
{
    if (set_valid(a, home, digits, true, out))
        return;
    int idd = home && digits.p[0] == '0' ? rf_plan_strip_idd(home, digits) : 0;
    if (idd > 0 && digits.n >= (size_t)idd + MIN_BEHIND_IDD) /* "+0086..." */
        digits = rf_str_sub(digits, (size_t)idd);
    if (digits.n <= RF_LIMIT_E164_DIGITS)
        set_invalid(a, digits, out);
    else
        set_short(a, digits, out);
}

/* Whether the digits, with the calling code of home before them, are a valid number. */
static bool set_national(struct rf_arena *a, const struct rf_plan *home,
                         struct rf_str digits, struct rf_addr *out)
{
    char text[4 + RF_LIMIT_SHORT_DIGITS];
    if (digits.n > RF_LIMIT_SHORT_DIGITS)
        return false;
    size_t n = (size_t)(put_code(text, rf_plan_calling_code(home)) - text);
    memcpy(text + n, digits.p, digits.n);
    return set_valid(a, home, rf_str(text, n + digits.n), true, out);
}

static void set_bare(struct rf_arena *a, const struct rf_plan *home, struct rf_str digits,
                     int ton, struct rf_addr *out)
{
    if (ton == TON_INTERNATIONAL && digits.p[0] != '0') {
        if (set_valid(a, home, digits, true, out))
            return;
        if (digits.n >= MIN_FULL_DIGITS && digits.n <= RF_LIMIT_E164_DIGITS &&
            !(home && is_chinese_service(home, digits))) {
            set_invalid(a, digits, out);
            return;
        }
    }
    if (!home || ton == TON_ABBREVIATED) {
        set_short(a, digits, out);
        return;
    }
    int idd = rf_plan_strip_idd(home, digits);
    bool full = digits.n >= MIN_FULL_DIGITS && !is_chinese_service(home, digits);
    if (ton == TON_NATIONAL && full && set_national(a, home, digits, out))
        return;
    if ((full || idd >= 0) && set_valid(a, home, digits, false, out))
        return;
    struct rf_str rest = idd >= 0 ? rf_str_sub(digits, (size_t)idd) : digits;
    if (idd >= 0 && rest.n >= MIN_BEHIND_IDD && rest.n <= RF_LIMIT_E164_DIGITS)
        set_invalid(a, rest, out);
    else
        set_short(a, digits, out);
}

void rf_addr_normalize(struct rf_arena *a, const struct rf_plan *home, struct rf_str raw,
                       int ton, struct rf_addr *out)
{
    struct reading r;
    *out = (struct rf_addr){.raw = raw};
    if (!read_plain(raw, &r))
        read_slowly(a, raw, &r);
    struct rf_str text = r.text;
    if (text.n == 0)
        return;
    if (!r.number) {
        bool letter = false;
        for (size_t i = 0; i < text.n; i++)
            letter = letter || (unsigned char)(text.p[i] | 0x20) >= 'a';
        out->form = RF_ADDR_ALPHA;
        out->types = (uint16_t)(RF_TYPE_ALPHANUMERIC | (letter ? 0 : RF_TYPE_INVALID));
        out->norm = rf_arena_dup(a, text);
    } else if (r.plus) {
        set_with_plus(a, home, text, out);
    } else {
        set_bare(a, home, text, ton, out);
    }
    if (ton == TON_ALPHANUMERIC)
        out->types |= RF_TYPE_ALPHANUMERIC;
    if (out->types & (RF_TYPE_SHORT | RF_TYPE_INVALID | RF_TYPE_ALPHANUMERIC) &&
        rf_addr_emergency(home, out))
        out->types |= RF_TYPE_EMERGENCY;
}

bool rf_addr_possible(const struct rf_plan *home, struct rf_str candidate)
{
    struct reading r;
    char buf[RF_PLAN_DIGITS];
    struct rf_plan_number n;
    return read_plain(candidate, &r) && rf_plan_parse(home, r.text, r.plus, buf, &n) &&
           rf_plan_possible(&n);
}

bool rf_addr_foreign(const struct rf_plan *home, const struct rf_addr *addr)
{
    return addr->form == RF_ADDR_E164 &&
           (!home || memcmp(addr->country, rf_plan_iso(home), 2) != 0);
}

bool rf_addr_near(const struct rf_addr *a, const struct rf_addr *b, unsigned last)
{
    if (a->form != b->form || a->form == RF_ADDR_NONE || a->form == RF_ADDR_ALPHA ||
        a->norm.n != b->norm.n)
        return false;
    size_t same = a->norm.n > last ? a->norm.n - last : 0;
    return memcmp(a->norm.p, b->norm.p, same) == 0;
}

struct rf_str rf_addr_block(const struct rf_addr *addr, unsigned n)
{
    size_t kept = addr->form == RF_ADDR_E164 ? n + 2 : n + 1;
    if ((addr->form != RF_ADDR_E164 && addr->form != RF_ADDR_SHORT) ||
        addr->norm.n < kept)
        return rf_str("", 0);
    return rf_str(addr->norm.p, addr->norm.n - n);
}
