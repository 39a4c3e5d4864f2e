/* Hot: one judgment to one reply line. Members stand in the order of ringfence-feed(7).
 */
#include "lib/codec/codec.h"

#include <stdio.h>

struct reply {
    struct rf_buf *out;
    const struct rf_ruleset *rs;
    const struct rf_record *record;
    const struct rf_judgment *j;
    const struct rf_rule *rule; /* that decided, or NULL */
};

/* ,"name":"word" with a word that needs no escapes. */
static inline void add_word(struct rf_buf *out, const char *member, const char *word)
{
    rf_buf_addz(out, member);
    rf_buf_addz(out, word);
    rf_buf_addc(out, '"');
}

static void add_text(struct rf_buf *out, const char *member, struct rf_str s)
{
    if (s.n == 0)
        return;
    rf_buf_addz(out, member);
    rf_buf_add_json(out, s);
}

/* 4500 thousandths are 4.5. */
static void add_score(struct rf_buf *out, int64_t thousandths)
{
    uint64_t v = thousandths < 0 ? -(uint64_t)thousandths : (uint64_t)thousandths;
    char fraction[4];
    rf_buf_addz(out, ",\"score\":");
    if (thousandths < 0)
        rf_buf_addc(out, '-');
    rf_buf_add_uint(out, v / 1000);
    if (v % 1000 == 0)
        return;
    snprintf(fraction, sizeof fraction, "%03u", (unsigned)(v % 1000));
    size_t n = 3;
    while (fraction[n - 1] == '0')
        n--;
    rf_buf_addc(out, '.');
    rf_buf_add(out, fraction, n);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Language tags are equal in any case (RFC 5646). */
static bool tag_eq(struct rf_str a, struct rf_str b)
{
    for (size_t i = 0; i < a.n && i < b.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return a.n == b.n && a.n > 0;
}

static const struct rf_advice *advice_of(const struct rf_rule *rule, struct rf_str lang)
{
    for (uint32_t i = 0; i < rule->nadvice; i++)
        if (tag_eq(rule->advice[i].lang, lang))
            return &rule->advice[i];
    return NULL;
}

/* "zh" of "zh-CN". */
static struct rf_str primary(struct rf_str lang)
{
    size_t n = 0;
    while (n < lang.n && lang.p[n] != '-' && lang.p[n] != '_')
        n++;
    return rf_str(lang.p, n);
}

/* In the record's language, or its primary one, or the configured one, or English, or
 * what there is. */
static struct rf_str choose_advice(const struct reply *r)
{
    struct rf_str lang = rf_str("", 0);
    if (r->rule->nadvice == 0)
        return lang;
    if (rf_record_has(r->record, RF_FIELD_LANG))
        lang = r->record->value[RF_FIELD_LANG].s;
    struct rf_str wanted[] = {lang, primary(lang), r->rs->settings.language,
                              RF_STR("en")};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const struct rf_advice *a = advice_of(r->rule, wanted[i]);
        if (a)
            return a->text;
    }
    return r->rule->advice[0].text;
}

/* What the rule that decided has to say. Where nothing is done to the record (an allow,
 * or global monitor mode), neither are disposition and advice told. */
static void add_decision(const struct reply *r)
{
    const struct rf_rule *rule = r->rule;
    bool acts = r->j->verdict != RF_ALLOW;
    if (rule && acts && rule->disposition != RF_DISPOSITION_NONE)
        add_word(r->out, ",\"disposition\":\"", rf_disposition_name(rule->disposition));
    if (rule) {
        rf_buf_addz(r->out, ",\"rule\":\"");
        rf_buf_adds(r->out, rule->id);
        rf_buf_addc(r->out, '"');
        add_text(r->out, ",\"reason\":", rule->reason.n ? rule->reason : rule->title);
        if (rule->fraud_type < r->rs->nfraud_types)
            add_text(r->out, ",\"fraud_type\":", r->rs->fraud_types[rule->fraud_type].id);
        if (acts)
            add_text(r->out, ",\"advice\":", choose_advice(r));
    }
    if (r->j->verdict == RF_BLOCK)
        add_text(r->out, ",\"redress\":", r->rs->settings.redress);
}

/* Ids are [a-z0-9-]: no escapes. */
static void add_rules(const struct reply *r, const char *member, const uint32_t *rules,
                      uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        rf_buf_addz(r->out, i == 0 ? member : ",");
        rf_buf_addc(r->out, '"');
        rf_buf_adds(r->out, r->rs->rules[rules[i]].id);
        rf_buf_addc(r->out, '"');
    }
    if (n)
        rf_buf_addc(r->out, ']');
}

static void add_repaired(struct rf_buf *out, uint64_t fields)
{
    const char *before = ",\"repaired\":[\"";
    for (int f = 0; fields >> f; f++)
        if (fields >> f & 1) {
            add_word(out, before, rf_field_info(f)->name);
            before = ",\"";
        }
    if (fields)
        rf_buf_addc(out, ']');
}

static void add_degraded(struct rf_buf *out, unsigned set)
{
    static const char *const names[] = {"redis", "ts", "deadline", "regex"};
    const char *before = ",\"degraded\":[\"";
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (set >> i & 1) {
            add_word(out, before, names[i]);
            before = ",\"";
        }
    if (set)
        rf_buf_addc(out, ']');
}

static void add_error(struct rf_buf *out, const struct rf_record *record)
{
    if (record->error == RF_RECORD_OK)
        return;
    add_word(out, ",\"error\":{\"code\":\"", rf_record_error_name(record->error));
    add_text(out, ",\"message\":", record->error_message);
    if (record->error_at != RF_NO_OFFSET) {
        rf_buf_addz(out, ",\"at\":");
        rf_buf_add_uint(out, record->error_at);
    }
    rf_buf_addc(out, '}');
}

bool rf_reply_is_plain(const struct rf_record *record, const struct rf_judgment *j)
{
    return j->verdict == RF_ALLOW && !j->has_would && j->rule == RF_NO_RULE &&
           !j->has_score && j->nhits == 0 && j->nshadow == 0 && record->repaired == 0 &&
           (j->degraded | record->degraded) == 0 && record->error == RF_RECORD_OK;
}

/* Whatever stands between verdict and ref. */
static void add_findings(const struct reply *r)
{
    const struct rf_judgment *j = r->j;
    if (j->has_would)
        add_word(r->out, ",\"would\":\"", rf_verdict_name(j->would));
    add_decision(r);
    if (j->has_score)
        add_score(r->out, j->score);
    add_rules(r, ",\"rules\":[", j->hits, j->nhits);
    add_rules(r, ",\"shadow\":[", j->shadow, j->nshadow);
    add_repaired(r->out, r->record->repaired);
    add_degraded(r->out, j->degraded | r->record->degraded);
    add_error(r->out, r->record);
}

/* ---- the line ---- */

/* Writes at p, where there is room; returns where the next goes. */
static inline char *put(char *p, struct rf_str s)
{
    if (s.n < 8 || s.n > 16) {
        memcpy(p, s.p, s.n);
    } else { /* most ids: without a call */
        memcpy(p, s.p, 8);
        memcpy(p + s.n - 8, s.p + s.n - 8, 8);
    }
    return p + s.n;
}

/* The same of a literal. */
#define PUT(p, literal)                                                                  \
    ((char *)memcpy(p, literal, sizeof(literal) - 1) + sizeof(literal) - 1)

void rf_encode_reply(struct rf_buf *out, const struct rf_ruleset *rs,
                     const struct rf_record *record, const struct rf_judgment *j,
                     struct rf_str ref, uint64_t gen)
{
    struct rf_str id = record->id.n ? record->id : RF_STR("null");
    char *p = rf_buf_reserve(out, sizeof "{'id':,'verdict':'allow'" + id.n);
    p = put(PUT(p, "{\"id\":"), id);
    if (rf_reply_is_plain(record, j)) {
        out->n = (size_t)(PUT(p, ",\"verdict\":\"allow\"") - out->p);
    } else {
        struct reply r = {out, rs, record, j, NULL};
        if (j->rule != RF_NO_RULE)
            r.rule = &rs->rules[j->rule];
        out->n = (size_t)(p - out->p);
        add_word(out, ",\"verdict\":\"", rf_verdict_name(j->verdict));
        add_findings(&r);
    }
    add_text(out, ",\"ref\":", ref);
    rf_buf_addz(out, ",\"gen\":");
    rf_buf_add_uint(out, gen);
    rf_buf_add(out, "}\n", 2);
}
