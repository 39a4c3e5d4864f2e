/* Tests of a record alone: an operand's values against terms. Hot. */
#include "lib/engine/state.h"

#include "lib/base/utf8.h"
#include "lib/record/host.h"

static enum rf_answer yes(bool b)
{
    return b ? RF_YES : RF_NO;
}

/* ---- patterns ---- */

static enum rf_answer of_match(struct rf_engine *e, enum rf_match_result r)
{
    if (r == RF_MATCH_LIMIT) {
        e->degraded |= RF_DEGRADED_REGEX;
        return RF_LIMIT;
    }
    return yes(r == RF_MATCH_YES);
}

/* Whether the pattern holds in the scanned view `text`: what the scan said, confirmed
 * where it is a regex. */
static enum rf_answer scanned_pattern(struct rf_engine *e, uint32_t id, bool regex,
                                      struct rf_str text)
{
    if (!rf_set_has(&e->seen, id))
        return RF_NO;
    if (!regex)
        return RF_YES;
    struct rf_memo *memo = &e->patterns[id];
    if (memo->serial != e->serial) {
        enum rf_match_result r =
            rf_matcher_confirm(e->rs->matcher, e->scratch, id, text, &e->budget);
        memo->serial = e->serial;
        memo->answer = (uint8_t)of_match(e, r);
    }
    return memo->answer;
}

static enum rf_answer pattern_holds(struct rf_engine *e, enum rf_operand o, uint32_t id,
                                    bool regex, struct rf_str text)
{
    if (rf_operand_view(o) != RF_VIEW_FIELD)
        return scanned_pattern(e, id, regex, text);
    if (!regex && !rf_sieve_may_hold(e->sieves, e->serial, e->arena, text,
                                     rf_matcher_text(e->rs->matcher, id)))
        return RF_NO;
    enum rf_match_result r =
        rf_matcher_confirm(e->rs->matcher, e->scratch, id, text, &e->budget);
    return of_match(e, r);
}

static enum rf_answer patterns(struct rf_engine *e, enum rf_operand o,
                               const struct rf_term *t, struct rf_str text)
{
    int64_t ts = e->facts->record->value[RF_FIELD_TS].i;
    uint32_t held = 0;
    bool limit = false;
    for (uint32_t i = 0; i < t->n; i++) {
        if (t->expires_ms && t->expires_ms[i] <= ts)
            continue;
        enum rf_answer a =
            pattern_holds(e, o, t->patterns[i], t->op == RF_OP_REGEX, text);
        if (a == RF_LIMIT)
            limit = true;
        if (a == RF_YES && ++held >= t->at_least)
            return RF_YES;
    }
    return limit ? RF_LIMIT : RF_NO;
}

/* ---- strings ---- */

static bool expired(const struct rf_engine *e, const struct rf_term *t, uint32_t i)
{
    return t->expires_ms && t->expires_ms[i] <= e->facts->record->value[RF_FIELD_TS].i;
}

static bool among(const struct rf_engine *e, const struct rf_term *t, struct rf_str s)
{
    uint32_t lo = 0, hi = t->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int c = rf_str_cmp(t->strs[mid], s);
        if (c == 0)
            return !expired(e, t, mid);
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}

static bool any_affix(const struct rf_engine *e, const struct rf_term *t, struct rf_str s)
{
    for (uint32_t i = 0; i < t->n; i++)
        if ((t->op == RF_OP_ENDS_WITH ? rf_str_ends(s, t->strs[i])
                                      : rf_str_starts(s, t->strs[i])) &&
            !expired(e, t, i))
            return true;
    return false;
}

static bool in_range(double x, const struct rf_range *r)
{
    bool above = r->lo_open ? x > r->lo : x >= r->lo;
    bool below = r->hi_open ? x < r->hi : x <= r->hi;
    return r->wraps ? above || below : above && below;
}

static bool any_range(const struct rf_term *t, double x)
{
    for (uint32_t i = 0; i < t->n; i++)
        if (in_range(x, &t->ranges[i]))
            return true;
    return false;
}

/* ---- hosts ---- */

static bool below_suffix(struct rf_str host, struct rf_str suffix)
{
    return rf_str_ends(host, suffix) &&
           (host.n == suffix.n || host.p[host.n - suffix.n - 1] == '.');
}

static bool host_term(const struct rf_engine *e, const struct rf_term *t,
                      struct rf_str host)
{
    switch (t->op) {
    case RF_OP_TLD:
        return among(e, t, rf_host_tld(host)) || among(e, t, rf_host_suffix(host));
    case RF_OP_SUFFIX:
        for (uint32_t i = 0; i < t->n; i++)
            if (below_suffix(host, t->strs[i]) && !expired(e, t, i))
                return true;
        return false;
    case RF_OP_MIXED_SCRIPT:
        return rf_host_mixed_script(host) == t->flag;
    default:
        return rf_host_shortener(host) == t->flag;
    }
}

/* ---- lists ---- */

static bool in_list(struct rf_engine *e, enum rf_operand o, const struct rf_values *v,
                    uint32_t i, const struct rf_list *list)
{
    int64_t ts = e->facts->record->value[RF_FIELD_TS].i;
    enum rf_operand_class class = rf_operand_info(o)->class;
    enum rf_list_type type = rf_list_get_type(list);
    uint32_t found;
    if (list == e->protected_list)
        return rf_protected_find(e->protected, &v->addrs[i]).n > 0;
    if (class == RF_CLASS_ADDRESS && (type == RF_LIST_NUMBERS || type == RF_LIST_SENDERS))
        found = rf_list_find_addr(list, &v->addrs[i], ts);
    else if (type == RF_LIST_HOSTS)
        found =
            rf_list_find_host(list, class == RF_CLASS_URL ? v->hosts[i] : v->strs[i], ts);
    else if (class == RF_CLASS_ADDRESS)
        found = rf_list_find_folded(list, v->addrs[i].norm, ts);
    else if (class == RF_CLASS_VIEW && o != RF_OPERAND_TEXT_RAW)
        found = rf_list_find_folded(list, v->strs[i], ts);
    else
        found = rf_list_find_str(list, v->strs[i], ts);
    return found != RF_LIST_NONE;
}

static bool in_lists(struct rf_engine *e, enum rf_operand o, const struct rf_values *v,
                     uint32_t i, const struct rf_term *t)
{
    for (uint32_t k = 0; k < t->n; k++)
        if (in_list(e, o, v, i, t->lists[k]))
            return true;
    return false;
}

/* ---- addresses ---- */

/* RF_UNKNOWN stands for "has no country", which fails `country` and `not_country`. */
static enum rf_answer country(struct rf_engine *e, const struct rf_addr *a,
                              const struct rf_countries *c)
{
    if (a->form != RF_ADDR_E164)
        return RF_UNKNOWN;
    bool foreign = rf_addr_foreign(e->facts->plan, a);
    if ((c->home && !foreign) || (c->foreign && foreign))
        return RF_YES;
    for (uint32_t i = 0; i < c->n; i++)
        if (memcmp(c->iso[i], a->country, 2) == 0)
            return RF_YES;
    return RF_NO;
}

static enum rf_answer near(struct rf_engine *e, const struct rf_addr *a,
                           const struct rf_term *t)
{
    const struct rf_values *other = rf_facts_get(e->facts, t->near.field);
    if (other->n == 0)
        return RF_UNKNOWN;
    for (uint32_t i = 0; i < other->n; i++)
        if (rf_addr_near(a, &other->addrs[i], (unsigned)t->near.last))
            return RF_YES;
    return RF_NO;
}

/* The bytes that string operators look at. */
static struct rf_str text_of(enum rf_operand o, const struct rf_values *v, uint32_t i)
{
    return rf_operand_info(o)->class == RF_CLASS_ADDRESS ? v->addrs[i].norm : v->strs[i];
}

/* The term without its `not_`. */
static enum rf_answer plain_term(struct rf_engine *e, enum rf_operand o,
                                 const struct rf_values *v, uint32_t i,
                                 const struct rf_term *t)
{
    switch (t->op) {
    case RF_OP_EXISTS:
        return yes(t->flag);
    case RF_OP_IS:
        return yes(among(e, t, text_of(o, v, i)));
    case RF_OP_IN:
        return yes(in_lists(e, o, v, i, t));
    case RF_OP_CONTAINS:
    case RF_OP_WORDS:
    case RF_OP_REGEX:
        return patterns(e, o, t, text_of(o, v, i));
    case RF_OP_STARTS_WITH:
    case RF_OP_ENDS_WITH:
    case RF_OP_PREFIX:
        return yes(any_affix(e, t, text_of(o, v, i)));
    case RF_OP_LENGTH:
        return yes(any_range(t, (double)rf_utf8_count(text_of(o, v, i))));
    case RF_OP_RANGE:
        return yes(any_range(t, v->num));
    case RF_OP_ONE_OF:
        return yes(t->mask >> (unsigned)v->num & 1);
    case RF_OP_TYPE:
        return yes(v->addrs[i].types & t->mask);
    case RF_OP_COUNTRY:
        return country(e, &v->addrs[i], &t->countries);
    case RF_OP_NEAR:
        return near(e, &v->addrs[i], t);
    case RF_OP_TLD:
    case RF_OP_SUFFIX:
    case RF_OP_MIXED_SCRIPT:
    case RF_OP_SHORTENER:
        break;
    }
    bool url = rf_operand_info(o)->class == RF_CLASS_URL;
    return yes(host_term(e, t, url ? v->hosts[i] : v->strs[i]));
}

enum rf_answer rf_engine_term(struct rf_engine *e, enum rf_operand o,
                              const struct rf_values *v, uint32_t i,
                              const struct rf_term *t)
{
    enum rf_answer a = plain_term(e, o, v, i, t);
    if (a == RF_UNKNOWN)
        return RF_NO;
    if (!t->negate)
        return a;
    return a == RF_YES ? RF_NO : RF_YES; /* at its limit a regex does not match */
}

/* A field that is absent fails every test except `exists: false`. */
static enum rf_answer absent(const struct rf_test *test)
{
    for (uint32_t k = 0; k < test->nterms; k++)
        if (test->terms[k].op != RF_OP_EXISTS || test->terms[k].flag)
            return RF_NO;
    return RF_YES;
}

/* Whether value i passes all terms. */
static enum rf_answer one_value(struct rf_engine *e, const struct rf_test *test,
                                const struct rf_values *v, uint32_t i)
{
    enum rf_answer all = RF_YES;
    for (uint32_t k = 0; k < test->nterms; k++) {
        enum rf_answer a = rf_engine_term(e, test->operand, v, i, &test->terms[k]);
        if (a == RF_NO)
            return RF_NO;
        if (a == RF_LIMIT)
            all = RF_LIMIT;
    }
    return all;
}

static enum rf_answer evaluate(struct rf_engine *e, const struct rf_test *test)
{
    const struct rf_values *v = rf_facts_get(e->facts, test->operand);
    if (v->n == 0)
        return absent(test);
    enum rf_answer any = RF_NO;
    for (uint32_t i = 0; i < v->n; i++) {
        enum rf_answer a = one_value(e, test, v, i);
        if (a == RF_YES)
            return RF_YES;
        if (a == RF_LIMIT)
            any = RF_LIMIT;
    }
    return any;
}

static enum rf_answer remembered(struct rf_engine *e, uint32_t index)
{
    struct rf_memo *memo = &e->tests[index];
    if (memo->serial != e->serial) {
        memo->answer = (uint8_t)evaluate(e, &e->rs->tests[index]);
        memo->serial = e->serial;
    }
    return memo->answer;
}

/* As evaluate() would find it; the answer is remembered with the pattern. */
static enum rf_answer only_regex(struct rf_engine *e, const struct rf_test_info *info)
{
    const struct rf_values *v = rf_facts_get(e->facts, (enum rf_operand)info->view);
    return v->n ? scanned_pattern(e, info->regex, true, v->strs[0]) : RF_NO;
}

enum rf_answer rf_engine_test(struct rf_engine *e, uint32_t index)
{
    const struct rf_test_info *info = &e->rs->index->tests[index];
    if (!e->explained && info->trigger != RF_TRIGGER_NONE &&
        !rf_set_has(&e->fired, index))
        return RF_NO;
    if (!e->explained && info->sure)
        return RF_YES;
    enum rf_answer a =
        info->regex == RF_INDEX_NONE ? remembered(e, index) : only_regex(e, info);
    if (a != RF_LIMIT)
        return a;
    e->limited = true;
    return e->limit_as_match ? RF_YES : RF_NO;
}
