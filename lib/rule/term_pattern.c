/* contains, words and regex: patterns of the matcher. */
#include "lib/rule/term.h"

#include <stdlib.h>

#include "lib/base/utf8.h"
#include "lib/match/regex.h"
#include "lib/text/fold.h"

/* The node narrowed to the character at byte `at` of its value. */
static struct rf_yaml_node character(const struct rf_term_context *c,
                                     const struct rf_written *w, size_t at)
{
    struct rf_yaml_node n = *w->at;
    if (w->entry)
        return n;
    struct rf_str text = rf_report_source_text(c->ld->report, n.source);
    n.begin = rf_yaml_offset(w->at, text, at);
    size_t len = 1;
    if (n.begin < text.n)
        rf_utf8_decode(text.p + n.begin, text.n - n.begin, &len);
    n.end = n.begin + (uint32_t)len;
    if (n.begin == w->at->begin && at > 0)
        n.end = w->at->end; /* not found: the whole scalar */
    return n;
}

static void refused(const struct rf_term_context *c, const struct rf_written *w,
                    const struct rf_pattern_error *err)
{
    struct rf_yaml_node at = character(c, w, err->at);
    struct rf_diag *d =
        rf_rule_error(c->ld, RF_CODE_REGEX, &at, "regex: %s", err->message);
    if (err->hint)
        rf_rule_hint(c->ld, d, "%s", err->hint);
}

/* ---- literal characters that the view cannot hold ---- */

struct literals {
    const struct rf_term_context *c;
    const struct rf_written *w;
    enum rf_fold_kind kind;
    bool good;
};

static void check_char(void *arg, uint32_t cp, bool caseless, size_t at,
                       enum rf_regex_place place)
{
    struct literals *l = arg;
    char fold[RF_FOLD_CHAR_BYTES], self[RF_UTF8_MAX];
    (void)caseless;
    if (place == RF_REGEX_NEGATED_CLASS || rf_fold_possible(l->kind, cp))
        return;
    l->good = false;
    struct rf_yaml_node node = character(l->c, l->w, at);
    size_t n = rf_utf8_encode(cp, self);
    bool printable = cp > 0x20 && cp != 0x7f && rf_utf8_width(cp) > 0;
    const char *field = rf_operand_info(l->c->operand)->name;
    struct rf_diag *d =
        printable ? rf_rule_error(l->c->ld, RF_CODE_NEVER, &node,
                                  "'%.*s' (U+%04X) can never match in '%s'", (int)n, self,
                                  (unsigned)cp, field)
                  : rf_rule_error(l->c->ld, RF_CODE_NEVER, &node,
                                  "U+%04X can never match in '%s'", (unsigned)cp, field);
    size_t into = rf_fold_char(cp, fold);
    if (l->kind != RF_FOLD_TEXT && rf_fold_possible(RF_FOLD_TEXT, cp))
        rf_rule_hint(l->c->ld, d, "this view holds letters%s only; text holds all",
                     l->kind == RF_FOLD_COMPACT ? ", marks and numbers" : " and marks");
    else if (into)
        rf_rule_hint(l->c->ld, d, "the folded text has '%.*s' there; text.raw is as sent",
                     (int)into, fold);
    else
        rf_rule_hint(l->c->ld, d, "the folded text drops it; text.raw is as sent");
}

static bool check_literals(const struct rf_term_context *c, const struct rf_written *w)
{
    struct literals l = {c, w, RF_FOLD_TEXT, true};
    if (c->operand == RF_OPERAND_TEXT_COMPACT)
        l.kind = RF_FOLD_COMPACT;
    else if (c->operand == RF_OPERAND_TEXT_SHAPE)
        l.kind = RF_FOLD_SHAPE;
    else if (c->operand != RF_OPERAND_TEXT)
        return true;
    rf_regex_literal_chars(w->s, true, check_char, &l);
    return l.good;
}

static uint32_t pattern(const struct rf_term_context *c, const struct rf_written *w)
{
    static const enum rf_pattern_kind kinds[] = {[RF_W_CONTAINS] = RF_PATTERN_CONTAINS,
                                                 [RF_W_WORDS] = RF_PATTERN_WORD,
                                                 [RF_W_REGEX] = RF_PATTERN_REGEX};
    struct rf_pattern_error err = {.hint = NULL};
    struct rf_str s = w->s;
    if (c->word != RF_W_REGEX && !rf_term_normal(c, w, &s))
        return RF_PATTERN_NONE;
    uint32_t id = rf_matcher_add(c->ld->patterns, rf_operand_view(c->operand),
                                 kinds[c->word], s, &err);
    if (id == RF_PATTERN_NONE)
        refused(c, w, &err);
    else if (c->word == RF_W_REGEX && !check_literals(c, w))
        return RF_PATTERN_NONE;
    else if (c->word == RF_W_REGEX && c->ld->options.on_regex)
        c->ld->options.on_regex(c->ld->options.on_regex_arg, id, w->at->source,
                                w->at->begin, w->at->end);
    return id;
}

/* A pattern and when the list entry it stems from expires. */
struct dated {
    uint32_t id;
    int64_t expires_ms;
};

/* By id, of one id the longest lived first. */
static int by_id(const void *pa, const void *pb)
{
    const struct dated *a = pa, *b = pb;
    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return (a->expires_ms < b->expires_ms) - (a->expires_ms > b->expires_ms);
}

/* Each id once, ascending, into the term; expiries only where some entry has one. */
static void set_patterns(const struct rf_term_context *c, struct dated *v, uint32_t n,
                         struct rf_term *out)
{
    uint32_t *ids = RF_NEW_ARRAY(c->ld->arena, uint32_t, n);
    int64_t *expires_ms = RF_NEW_ARRAY(c->ld->arena, int64_t, n);
    if (n)
        qsort(v, n, sizeof *v, by_id);
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0 && v[i - 1].id == v[i].id)
            continue;
        if (v[i].expires_ms != RF_LIST_NEVER)
            out->expires_ms = expires_ms;
        expires_ms[out->n] = v[i].expires_ms;
        ids[out->n++] = v[i].id;
    }
    out->patterns = ids;
}

bool rf_term_patterns(const struct rf_term_context *c, struct rf_term *out)
{
    struct rf_vec written = {0};
    if (!rf_term_strings(c, &written, &out->at_least))
        return false;
    struct dated *dated = RF_NEW_ARRAY(&c->ld->tmp, struct dated, written.n);
    bool good = true;
    for (uint32_t i = 0; i < written.n; i++) {
        const struct rf_written *w = RF_VEC_AT(written, struct rf_written, i);
        dated[i].id = pattern(c, w);
        dated[i].expires_ms = w->expires_ms;
        good &= dated[i].id != RF_PATTERN_NONE;
    }
    if (!good)
        return false;
    out->op = c->word == RF_W_CONTAINS ? RF_OP_CONTAINS
              : c->word == RF_W_WORDS  ? RF_OP_WORDS
                                       : RF_OP_REGEX;
    set_patterns(c, dated, written.n, out);
    /* What people take out of a list while running is no mistake in a rule file. */
    bool changed = written.n > 0 && RF_VEC_AT(written, struct rf_written, 0)->changed;
    if (out->at_least > out->n && out->n > 0 && !changed) {
        rf_rule_error(c->ld, RF_CODE_NEVER, c->value,
                      "at_least: %u of a list of %u different entries", out->at_least,
                      out->n);
        return false;
    }
    return true;
}
