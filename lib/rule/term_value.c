/* Values of strings in the form in which they are compared. */
#include "lib/rule/term.h"

#include <ctype.h>

#include "lib/record/host.h"
#include "lib/text/fold.h"

static bool never(const struct rf_term_context *c, const struct rf_written *w,
                  const char *why, const char *hint)
{
    struct rf_diag *d =
        rf_rule_error(c->ld, RF_CODE_NEVER, w->at, "'%.*s' %s", RF_STR_FMT(w->s), why);
    if (hint)
        rf_rule_hint(c->ld, d, "%s", hint);
    return false;
}

static bool folded(const struct rf_term_context *c, const struct rf_written *w,
                   enum rf_fold_kind kind, struct rf_str *out)
{
    *out = rf_fold_value(c->ld->arena, kind, w->s);
    if (out->n > 0)
        return true;
    return never(c, w, "can never match: nothing of it stands in this view",
                 kind == RF_FOLD_TEXT ? "text.raw is the text as sent"
                                      : "text holds more than letters");
}

static bool view_value(const struct rf_term_context *c, const struct rf_written *w,
                       struct rf_str *out)
{
    switch (c->operand) {
    case RF_OPERAND_TEXT:
        return folded(c, w, RF_FOLD_TEXT, out);
    case RF_OPERAND_TEXT_COMPACT:
        return folded(c, w, RF_FOLD_COMPACT, out);
    case RF_OPERAND_TEXT_SHAPE:
        return folded(c, w, RF_FOLD_SHAPE, out);
    default:
        *out = rf_rule_keep(c->ld, w->s);
        return true;
    }
}

/* "+86138", "106", "138-0013". */
static bool prefix_value(const struct rf_term_context *c, const struct rf_written *w,
                         struct rf_str *out)
{
    char *p = rf_arena_alloc(c->ld->arena, w->s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < w->s.n; i++) {
        char ch = w->s.p[i];
        if (strchr(" -().", ch) && ch)
            continue;
        if (!isdigit((unsigned char)ch) && !(ch == '+' && n == 0))
            return never(c, w, "is no prefix of a number",
                         ch == '*' ? "leave the * out" : "digits, + before them");
        p[n++] = ch;
    }
    *out = rf_str(p, n);
    return n > 0 || never(c, w, "is no prefix of a number", NULL);
}

static bool address_value(const struct rf_term_context *c, const struct rf_written *w,
                          struct rf_str *out)
{
    struct rf_addr a;
    if (c->word == RF_W_PREFIX)
        return prefix_value(c, w, out);
    if (c->word != RF_W_IS)
        return folded(c, w, RF_FOLD_TEXT, out);
    rf_addr_normalize(c->ld->arena, c->ld->rs->plan, w->s, -1, &a);
    *out = rf_rule_keep(c->ld, a.norm);
    return a.form != RF_ADDR_NONE || never(c, w, "is no address", NULL);
}

static bool host_name(const struct rf_term_context *c, const struct rf_written *w,
                      struct rf_str *out)
{
    struct rf_host h;
    struct rf_str s = w->s;
    if (c->word != RF_W_IS && rf_str_starts(s, RF_STR(".")))
        s = rf_str_sub(s, 1);
    if (rf_host_normalize(c->ld->arena, s, &h) != 0)
        return never(c, w, "is no host name", NULL);
    *out = rf_rule_keep(c->ld, h.name);
    if (c->operand != RF_OPERAND_DOMAIN || c->word != RF_W_IS)
        return true;
    struct rf_str domain = rf_host_domain(*out);
    if (rf_str_eq(domain, *out))
        return true;
    struct rf_diag *d = rf_rule_error(
        c->ld, RF_CODE_NEVER, w->at, "'%.*s' is no registrable domain", RF_STR_FMT(w->s));
    if (domain.n)
        rf_rule_hint(c->ld, d, "domain: %.*s, or host: %.*s", RF_STR_FMT(domain),
                     RF_STR_FMT(*out));
    return false;
}

/* Host names hold ASCII in lower case only. */
static bool part_of_host(const struct rf_term_context *c, const struct rf_written *w,
                         struct rf_str *out)
{
    char *p = rf_arena_alloc(c->ld->arena, w->s.n + 1);
    for (size_t i = 0; i < w->s.n; i++) {
        if ((unsigned char)w->s.p[i] >= 0x80)
            return never(c, w, "can never match: hosts are compared as A-labels (xn--)",
                         "whole names may be written either way: is, suffix, in");
        p[i] = (char)tolower((unsigned char)w->s.p[i]);
    }
    *out = rf_str(p, w->s.n);
    return true;
}

static bool url_value(const struct rf_term_context *c, const struct rf_written *w,
                      struct rf_str *out)
{
    struct rf_host h;
    if (c->word == RF_W_TLD || c->word == RF_W_SUFFIX)
        return host_name(c, w, out);
    *out = rf_rule_keep(c->ld, w->s);
    if (c->word != RF_W_IS)
        return true;
    if (rf_host_of_url(c->ld->arena, w->s, &h, out) != 0)
        return never(c, w, "is no URL", NULL);
    *out = rf_rule_keep(c->ld, *out);
    return true;
}

/* from.country and to.country hold ISO codes in upper case. */
static bool country_value(const struct rf_term_context *c, const struct rf_written *w,
                          struct rf_str *out)
{
    *out = rf_rule_keep(c->ld, w->s);
    if (c->word != RF_W_IS)
        return true;
    if (w->s.n != 2 || !rf_plan_find(w->s))
        return never(c, w, "is no country code",
                     "home and foreign: from: {country: foreign}");
    char *p = (char *)out->p; /* the copy just made */
    p[0] = (char)toupper((unsigned char)p[0]);
    p[1] = (char)toupper((unsigned char)p[1]);
    return true;
}

bool rf_term_normal(const struct rf_term_context *c, const struct rf_written *w,
                    struct rf_str *out)
{
    switch (c->class) {
    case RF_CLASS_VIEW:
        return view_value(c, w, out);
    case RF_CLASS_ADDRESS:
        return address_value(c, w, out);
    case RF_CLASS_HOST:
        return c->word == RF_W_CONTAINS ? part_of_host(c, w, out) : host_name(c, w, out);
    case RF_CLASS_URL:
        return url_value(c, w, out);
    default:
        if (c->operand == RF_OPERAND_FROM_COUNTRY || c->operand == RF_OPERAND_TO_COUNTRY)
            return country_value(c, w, out);
        *out = rf_rule_keep(c->ld, w->s);
        return true;
    }
}
