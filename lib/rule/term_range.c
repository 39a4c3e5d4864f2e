/* Numbers, hours, weekdays and dates as ranges; the length of strings. */
#include "lib/rule/term.h"

#include <math.h>
#include <string.h>

#include "lib/rule/scalar.h"

/* ---- one value ---- */

static bool number(const struct rf_term_context *c, const struct rf_yaml_node *at,
                   struct rf_range *out)
{
    if (!rf_want_number(c->ld, at, c->what, &out->lo))
        return false;
    out->hi = out->lo;
    return true;
}

/* "22:00", or 22: the whole hour where equality is asked for. Minutes of the day. */
static bool hour(const struct rf_term_context *c, const struct rf_yaml_node *at,
                 struct rf_range *out)
{
    int64_t h;
    struct rf_str s = at->kind == RF_YAML_SCALAR ? at->s : rf_str("", 0);
    int64_t minutes = -1;
    if (at->bad)
        return false;
    if (rf_scalar_int(at, &h) && s.n <= 2 && h >= 0 && h <= 24) {
        minutes = h * 60;
    } else if (s.n == 5 && s.p[2] == ':' && strspn(s.p, "0123456789") == 2 &&
               strspn(s.p + 3, "0123456789") == 2 && s.p[3] < '6') {
        minutes = ((s.p[0] - '0') * 10 + s.p[1] - '0') * 60 + (s.p[3] - '0') * 10 +
                  s.p[4] - '0';
    }
    if (minutes < 0 || minutes > 24 * 60 || (minutes == 24 * 60 && c->word == RF_W_IS)) {
        struct rf_diag *d =
            rf_rule_error(c->ld, RF_CODE_VALUE, at, "%s must be a time of day", c->what);
        rf_rule_hint(c->ld, d, "\"22:00\", or 22");
        return false;
    }
    out->lo = out->hi = (double)minutes;
    if (c->word == RF_W_IS && s.n <= 2)
        out->hi += 59;
    return true;
}

/* A day by its first three letters or its full name. */
static int day_of(struct rf_str s)
{
    static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};
    for (int i = 0; i < 7; i++)
        if (rf_str_eqz(s, days[i]) || (s.n == 3 && memcmp(s.p, days[i], 3) == 0))
            return i;
    return -1;
}

/* mon, or mon-fri; sat-mon runs over the week's end. */
static bool weekday(const struct rf_term_context *c, const struct rf_yaml_node *at,
                    struct rf_range *out)
{
    struct rf_str s = at->kind == RF_YAML_SCALAR ? at->s : rf_str("", 0);
    int lo = day_of(s), hi = lo;
    if (at->bad)
        return false;
    const char *dash = s.n ? memchr(s.p, '-', s.n) : NULL;
    if (dash) {
        lo = day_of(rf_str(s.p, (size_t)(dash - s.p)));
        hi = day_of(rf_str_sub(s, (size_t)(dash - s.p) + 1));
    }
    if (lo < 0 || hi < 0) {
        struct rf_diag *d = rf_rule_error(c->ld, RF_CODE_WORD, at,
                                          "%s must be a day of the week", c->what);
        rf_rule_hint(c->ld, d, "mon, tue, wed, thu, fri, sat, sun, or mon-fri");
        return false;
    }
    *out = (struct rf_range){.lo = lo, .hi = hi, .wraps = lo > hi};
    return true;
}

static bool date(const struct rf_term_context *c, const struct rf_yaml_node *at,
                 struct rf_range *out)
{
    int64_t ms;
    bool day = false;
    if (at->bad)
        return false;
    if (at->kind != RF_YAML_SCALAR || !rf_scalar_parse_time(at->s, &ms, &day) || !day) {
        struct rf_diag *d =
            rf_rule_error(c->ld, RF_CODE_VALUE, at, "%s must be a date", c->what);
        rf_rule_hint(c->ld, d, "\"2026-01-31\"");
        return false;
    }
    out->lo = out->hi = (double)(ms / 86400000);
    return true;
}

static bool value(const struct rf_term_context *c, const struct rf_yaml_node *at,
                  struct rf_range *out)
{
    *out = (struct rf_range){0};
    switch (c->class) {
    case RF_CLASS_HOUR:
        return hour(c, at, out);
    case RF_CLASS_WEEKDAY:
        return weekday(c, at, out);
    case RF_CLASS_DATE:
        return date(c, at, out);
    default:
        return number(c, at, out);
    }
}

/* ---- operators ---- */

static bool between(const struct rf_term_context *c, const struct rf_yaml_node *at,
                    struct rf_range *out)
{
    struct rf_range hi;
    if (at->kind != RF_YAML_LIST || at->n != 2) {
        struct rf_diag *d =
            rf_rule_error(c->ld, RF_CODE_TYPE, at, "%s takes two values", c->what);
        rf_rule_hint(c->ld, d, "between: [first, last]");
        return false;
    }
    if (!value(c, at->items[0], out) || !value(c, at->items[1], &hi))
        return false;
    out->hi = hi.hi;
    out->hi_open = c->class == RF_CLASS_HOUR; /* until 06:00 is before 06:00 */
    bool circular = c->class == RF_CLASS_HOUR || c->class == RF_CLASS_WEEKDAY;
    out->wraps = circular && out->lo > out->hi;
    if (out->lo > out->hi && !circular) {
        rf_rule_error(c->ld, RF_CODE_NEVER, at, "%s: the first is above the last",
                      c->what);
        return false;
    }
    if (c->class == RF_CLASS_HOUR && out->lo == out->hi) {
        rf_rule_error(c->ld, RF_CODE_NEVER, at, "%s: no time lies between", c->what);
        return false;
    }
    return true;
}

/* One comparison as a range; `word` is IS, LT ... BETWEEN. */
static bool compare(const struct rf_term_context *c, const struct rf_yaml_node *at,
                    struct rf_range *out)
{
    if (c->word == RF_W_BETWEEN)
        return between(c, at, out);
    if (!value(c, at, out))
        return false;
    if (c->word == RF_W_LT || c->word == RF_W_LTE)
        out->lo = -INFINITY;
    if (c->word == RF_W_GT || c->word == RF_W_GTE)
        out->hi = INFINITY;
    out->lo_open = c->word == RF_W_GT;
    out->hi_open = c->word == RF_W_LT;
    return true;
}

bool rf_term_ranges(const struct rf_term_context *c, struct rf_term *out)
{
    const struct rf_yaml_node *v = c->value;
    bool several =
        v->kind == RF_YAML_LIST &&
        (c->word != RF_W_BETWEEN || (v->n > 0 && v->items[0]->kind == RF_YAML_LIST));
    uint32_t n = 1;
    const struct rf_yaml_node *const *items = &v;
    if (several)
        items = rf_want_items(c->ld, &c->value, c->what, &n);
    struct rf_range *ranges = RF_NEW_ARRAY(c->ld->arena, struct rf_range, n);
    bool good = n > 0;
    for (uint32_t i = 0; i < n; i++)
        good &= compare(c, items[i], &ranges[i]);
    out->op = RF_OP_RANGE;
    out->ranges = ranges;
    out->n = n;
    return good;
}

/* ---- length ---- */

/* {gt: 5, lte: 70}: all of them, one range. */
static bool narrowed(const struct rf_term_context *c, struct rf_range *out)
{
    bool good = true;
    *out = (struct rf_range){.lo = 0, .hi = INFINITY};
    for (uint32_t i = 0; i < c->value->n; i++) {
        const struct rf_yaml_pair *p = &c->value->pairs[i];
        struct rf_term_context sub = *c;
        struct rf_range r;
        bool negate;
        sub.class = RF_CLASS_NUMBER;
        sub.word = rf_operator_find(p->key->s, &negate);
        if (negate || sub.word == RF_W_COUNT || sub.word == RF_W_EXISTS ||
            !rf_operator_fits(sub.word, false, RF_CLASS_NUMBER)) {
            static const char *const words[] = {"is", "lt",  "lte",
                                                "gt", "gte", "between"};
            struct rf_diag *d =
                rf_rule_error(c->ld, RF_CODE_OPERATOR, p->key, "unknown operator '%.*s'",
                              RF_STR_FMT(p->key->s));
            rf_rule_suggest(c->ld, d, p->key->s, words, 6);
            good = false;
        } else if (!compare(&sub, p->value, &r)) {
            good = false;
        } else {
            if (r.lo > out->lo || (r.lo == out->lo && r.lo_open)) {
                out->lo = r.lo;
                out->lo_open = r.lo_open;
            }
            if (r.hi < out->hi || (r.hi == out->hi && r.hi_open)) {
                out->hi = r.hi;
                out->hi_open = r.hi_open;
            }
        }
    }
    return good;
}

bool rf_term_length(const struct rf_term_context *c, struct rf_term *out)
{
    struct rf_term_context sub = *c;
    sub.class = RF_CLASS_NUMBER;
    sub.word = RF_W_IS;
    bool good;
    if (c->value->kind == RF_YAML_MAP && c->value->n > 0) {
        struct rf_range *r = RF_NEW(c->ld->arena, struct rf_range);
        good = narrowed(c, r);
        out->ranges = r;
        out->n = 1;
    } else {
        good = rf_term_ranges(&sub, out);
    }
    out->op = RF_OP_LENGTH;
    return good;
}
