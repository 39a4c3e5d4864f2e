/* `tests:` of a rule: records become feed lines with neutral values filled in. */
#include "lib/record/plan.h"
#include "lib/rule/compile.h"
#include "lib/rule/scalar.h"

#define REF(name) "{\"$ref\":\"#/definitions/" name "\"}"
#define COUNT "{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000000}"
#define DAY_MS 86400000LL

static const struct rf_key_info test_keys[] = {
    {"expect", 0,
     "{\"enum\":[\"hit\",\"none\",\"block\",\"warn\",\"allow\",\"alert\",\"mark\","
     "\"score\"]}"},
    {"first_hit", 0, COUNT},
    {"verdict", 0, REF("verdict")},
    {"repeat", 0, COUNT},
    {"every", 0, REF("duration")},
    {"record", 0, REF("record")},
    {"records", 0, "{\"type\":\"array\",\"items\":" REF("record_at") ",\"minItems\":1}"},
    {"note", 0, REF("string")}};
const struct rf_keys rf_test_keys = {"a test", test_keys,
                                     sizeof test_keys / sizeof *test_keys};

/* ---- neutral numbers ---- */

/* A mobile number of home beginning with calling code and `head`, 7 to 12 digits. */
static bool mobile(struct rf_load *ld, unsigned head, struct rf_str *out)
{
    static const char tail[] = "2010203040";
    for (size_t n = 3; n <= 9; n++) {
        struct rf_addr a;
        struct rf_str s =
            rf_arena_printf(&ld->tmp, "+%u%u%.*s", rf_plan_calling_code(ld->rs->plan),
                            head, (int)n, tail);
        rf_addr_normalize(&ld->tmp, ld->rs->plan, s, -1, &a);
        if (a.form == RF_ADDR_E164 && a.types & RF_TYPE_MOBILE &&
            !rf_addr_foreign(ld->rs->plan, &a)) {
            *out = s;
            return true;
        }
    }
    return false;
}

/* The first and the last mobile range of home found: two numbers far from each other. */
static void neutral_numbers(struct rf_load *ld)
{
    if (ld->neutral_from.n)
        return;
    ld->neutral_from = RF_STR("+8613020102030");
    ld->neutral_to = RF_STR("+8619920102030");
    if (!ld->rs->plan)
        return;
    for (unsigned head = 100; head < 1000; head++)
        if (mobile(ld, head, &ld->neutral_from))
            break;
    for (unsigned head = 999; head >= 100; head--)
        if (mobile(ld, head, &ld->neutral_to))
            break;
}

/* ---- a record ---- */

struct record {
    struct rf_load *ld;
    const struct rf_rule *rule;
    struct rf_buf json;
    enum rf_kind kind;
    uint64_t present; /* 1 << field */
    bool good;
};

static void member(struct record *rec, const char *name, struct rf_str value, bool quoted)
{
    rf_buf_printf(&rec->json, "%s\"%s\":", rec->json.n > 1 ? "," : "", name);
    if (quoted)
        rf_buf_add_json(&rec->json, value);
    else
        rf_buf_adds(&rec->json, value);
}

static void bad_value(struct record *rec, enum rf_field f, const struct rf_yaml_node *n,
                      const char *what)
{
    rf_rule_error(rec->ld, RF_CODE_TEST_RECORD, n, "'%s' must be %s",
                  rf_field_info(f)->name, what);
    rec->good = false;
}

static void list_member(struct record *rec, enum rf_field f, const struct rf_yaml_node *n)
{
    uint32_t count;
    const struct rf_yaml_node *const *items =
        rf_want_items(rec->ld, &n, rf_field_info(f)->name, &count);
    struct rf_buf b;
    rf_buf_init(&b);
    for (uint32_t i = 0; i < count; i++) {
        struct rf_str s;
        rec->good &= rf_want_string(rec->ld, items[i], rf_field_info(f)->name, &s);
        rf_buf_addc(&b, i ? ',' : '[');
        rf_buf_add_json(&b, s);
    }
    rf_buf_addc(&b, ']');
    if (count)
        member(rec, rf_field_info(f)->name, rf_buf_str(&b), false);
    rf_buf_fini(&b);
}

/* A plain number goes as it is, so that the decoder reads what the feed would bring. */
static void number_member(struct record *rec, enum rf_field f,
                          const struct rf_yaml_node *n)
{
    double d;
    int64_t i;
    bool copied = memchr(n->s.p, '{', n->s.n) != NULL;
    const char *name = rf_field_info(f)->name;
    if (copied && n->style != RF_YAML_PLAIN) {
        member(rec, name, n->s, true);
    } else if (!rf_scalar_number(n, &d)) {
        bad_value(rec, f, n, "a number");
    } else if (rf_scalar_int(n, &i)) {
        member(rec, name, rf_arena_printf(&rec->ld->tmp, "%lld", (long long)i), false);
    } else {
        member(rec, name, rf_arena_printf(&rec->ld->tmp, "%.15g", d), false);
    }
}

static void enum_member(struct record *rec, enum rf_field f, const struct rf_yaml_node *n)
{
    const char *names[16];
    size_t count = 0, first = f == RF_FIELD_KIND;
    struct rf_str s;
    for (; count < 16 && (s = rf_field_enum_name(f, (int)(count + first))).n; count++)
        names[count] = rf_arena_dup(&rec->ld->tmp, s).p;
    int i = rf_want_word(rec->ld, n, rf_field_info(f)->name, names, count);
    rec->good &= i >= 0;
    if (i >= 0 && f == RF_FIELD_KIND)
        rec->kind = (enum rf_kind)(i + 1);
    else if (i >= 0)
        member(rec, rf_field_info(f)->name, n->s, true);
}

static void string_member(struct record *rec, enum rf_field f,
                          const struct rf_yaml_node *n)
{
    struct rf_str s;
    bool empty = n->kind == RF_YAML_SCALAR && n->s.n == 0 && n->style != RF_YAML_PLAIN;
    if (empty || rf_want_string(rec->ld, n, rf_field_info(f)->name, &s))
        member(rec, rf_field_info(f)->name, n->s, true);
    else
        rec->good = false;
}

static void add_field(struct record *rec, enum rf_field f, const struct rf_yaml_node *n)
{
    bool flag;
    if (n->bad || rf_yaml_is_null(n))
        return; /* null is absent */
    rec->present |= UINT64_C(1) << f;
    if (n->kind != RF_YAML_SCALAR && rf_field_info(f)->type != RF_FT_STRS) {
        bad_value(rec, f, n, "one value");
        return;
    }
    switch (rf_field_info(f)->type) {
    case RF_FT_STRS:
        list_member(rec, f, n);
        break;
    case RF_FT_BOOL:
        if (rf_scalar_bool(n, &flag))
            member(rec, rf_field_info(f)->name, rf_str_of(flag ? "true" : "false"),
                   false);
        else
            bad_value(rec, f, n, "true or false");
        break;
    case RF_FT_INT:
    case RF_FT_NUM:
        number_member(rec, f, n);
        break;
    case RF_FT_ID:
    case RF_FT_TIME:
        member(rec, rf_field_info(f)->name, n->s, !rf_scalar_needs_quotes(n));
        break;
    case RF_FT_ENUM:
        enum_member(rec, f, n);
        break;
    default:
        string_member(rec, f, n);
    }
}

static void unknown_field(struct record *rec, const struct rf_yaml_node *key)
{
    const char *names[RF_FIELD_COUNT];
    for (int f = 0; f < RF_FIELD_COUNT; f++)
        names[f] = rf_field_info((enum rf_field)f)->name;
    struct rf_diag *d = rf_rule_error(rec->ld, RF_CODE_TEST_FIELD, key,
                                      "a record has no field '%.*s'", RF_STR_FMT(key->s));
    rf_rule_suggest(rec->ld, d, key->s, names, RF_FIELD_COUNT);
    rec->good = false;
}

static bool has(const struct record *rec, enum rf_field f)
{
    return rec->present >> f & 1;
}

/* The kind: as given, or the only one the rule applies to. */
static void settle_kind(struct record *rec, const struct rf_yaml_node *node)
{
    unsigned kinds = rec->rule->kinds;
    for (int k = RF_KIND_SMS; rec->kind == RF_KIND_NONE && k < RF_KIND_COUNT; k++)
        if (kinds == 1u << k)
            rec->kind = (enum rf_kind)k;
    if (rec->kind == RF_KIND_NONE) {
        rec->good = false;
        if (kinds && !has(rec, RF_FIELD_KIND))
            rf_rule_error(rec->ld, RF_CODE_TEST_RECORD, node,
                          "the rule applies to several kinds: the record needs 'kind'");
    }
}

static void settle_rest(struct record *rec, const struct rf_yaml_node *node)
{
    bool complete = true;
    neutral_numbers(rec->ld);
    if (!has(rec, RF_FIELD_FROM))
        member(rec, "from", rec->ld->neutral_from, true);
    if (!has(rec, RF_FIELD_TO) && rec->kind != RF_KIND_VISIT)
        member(rec, "to", rec->ld->neutral_to, true);
    if (rec->kind == RF_KIND_SMS)
        complete = has(rec, RF_FIELD_TEXT) || has(rec, RF_FIELD_UD);
    else if (rec->kind == RF_KIND_VISIT)
        complete = has(rec, RF_FIELD_URL) || has(rec, RF_FIELD_HOST);
    if (!complete && rec->good)
        rf_rule_error(rec->ld, RF_CODE_TEST_RECORD, node, "%s",
                      rec->kind == RF_KIND_SMS ? "the record of an sms needs 'text'"
                                               : "the record of a visit needs 'url' or "
                                                 "'host'");
    rec->good &= complete;
}

/* Keys of a record that say when and how often it comes. */
static bool timing_key(struct rf_str key)
{
    return rf_str_eqz(key, "at") || rf_str_eqz(key, "repeat") || rf_str_eqz(key, "every");
}

static bool record(struct rf_load *ld, const struct rf_rule *rule,
                   const struct rf_yaml_node *node, bool timed,
                   struct rf_test_record *out)
{
    struct record rec = {.ld = ld, .rule = rule, .good = true};
    if (node->bad)
        return false;
    if (node->kind != RF_YAML_MAP || node->n == 0) {
        rf_rule_error(ld, RF_CODE_TYPE, node, "a record must be a map of fields");
        return false;
    }
    rf_buf_init(&rec.json);
    rf_buf_addc(&rec.json, '{');
    for (uint32_t i = 0; i < node->n; i++) {
        const struct rf_yaml_pair *p = &node->pairs[i];
        enum rf_field f = rf_field_find(p->key->s);
        if (f != RF_FIELD_NONE)
            add_field(&rec, f, p->value);
        else if (!timed || !timing_key(p->key->s))
            unknown_field(&rec, p->key);
    }
    settle_kind(&rec, node);
    settle_rest(&rec, node);
    member(&rec, "kind", rf_str_of(rf_kind_name(rec.kind)), true);
    rf_buf_addc(&rec.json, '}');
    if (rec.good && ld->options.keep_tests)
        out->json = rf_rule_keep(ld, rf_buf_str(&rec.json));
    rf_buf_fini(&rec.json);
    return rec.good;
}

/* ---- a test ---- */

static bool timing(struct rf_load *ld, const struct rf_yaml_node *node, int64_t at_ms,
                   struct rf_test_record *out)
{
    const struct rf_yaml_node *at = rf_yaml_get(node, "at");
    const struct rf_yaml_node *repeat = rf_yaml_get(node, "repeat");
    const struct rf_yaml_node *every = rf_yaml_get(node, "every");
    int64_t n = 1;
    bool good = true;
    out->at_ms = at_ms;
    out->every_ms = 1000;
    if (at)
        good &= rf_want_duration(ld, at, "at", 0, 400 * DAY_MS, &out->at_ms);
    if (repeat)
        good &= rf_want_int(ld, repeat, "repeat", 1, 1000000, &n);
    if (every)
        good &= rf_want_duration(ld, every, "every", 0, 400 * DAY_MS, &out->every_ms);
    out->repeat = (uint32_t)n;
    return good;
}

static bool records(struct rf_load *ld, const struct rf_rule *rule,
                    const struct rf_yaml_node *node, struct rf_rule_test *out)
{
    const struct rf_yaml_node *one = rf_yaml_get(node, "record");
    const struct rf_yaml_node *many = rf_yaml_get(node, "records");
    uint32_t n = 1;
    if (!one == !many) {
        rf_rule_error(ld, RF_CODE_TEST_RECORD, node,
                      "a test needs one of 'record' and 'records'");
        return false;
    }
    if (many && many->kind != RF_YAML_LIST) {
        rf_rule_error(ld, RF_CODE_TYPE, many, "'records' must be a list");
        return false;
    }
    const struct rf_yaml_node *const *items =
        one ? &one : rf_want_items(ld, &many, "records", &n);
    struct rf_test_record *v = RF_NEW_ARRAY(ld->arena, struct rf_test_record, n);
    bool good = n > 0;
    int64_t at_ms = 0;
    for (uint32_t i = 0; i < n; i++) {
        good &= timing(ld, one ? node : items[i], at_ms, &v[i]);
        good &= record(ld, rule, items[i], !one, &v[i]);
        at_ms = v[i].at_ms + v[i].every_ms * v[i].repeat;
    }
    out->records = v;
    out->nrecords = n;
    return good;
}

static bool expectation(struct rf_load *ld, const struct rf_rule *rule,
                        const struct rf_yaml_node *n, struct rf_rule_test *out)
{
    static const char *const words[] = {"hit",   "none", "alert", "mark",
                                        "allow", "warn", "block", "score"};
    int w = rf_want_word(ld, n, "expect", words, 8);
    if (w < 0)
        return false;
    out->expect = w == 0 ? RF_EXPECT_HIT : w == 1 ? RF_EXPECT_NONE : RF_EXPECT_ACTION;
    out->action = w >= 2 ? (enum rf_action)(w - 2) : RF_ACTION_NONE;
    if (w < 2 || out->action == rule->action || (w == 2 && rule->alert))
        return true;
    struct rf_diag *d =
        rf_rule_error(ld, RF_CODE_TEST_ACTION, n, "the action of this rule is %s, not %s",
                      words[2 + rule->action], words[w]);
    rf_rule_hint(ld, d, "hit, none or %s; `verdict` asks the whole ruleset",
                 words[2 + rule->action]);
    return false;
}

static bool one_test(struct rf_load *ld, const struct rf_rule *rule,
                     const struct rf_yaml_node *node, struct rf_rule_test *out)
{
    const struct rf_yaml_node *expect = rf_yaml_get(node, "expect");
    const struct rf_yaml_node *first = rf_yaml_get(node, "first_hit");
    const struct rf_yaml_node *verdict = rf_yaml_get(node, "verdict");
    int64_t n = 0;
    bool good = true;
    if (!rf_keys_check(ld, node, &rf_test_keys))
        return false;
    if (expect)
        good &= expectation(ld, rule, expect, out);
    if (first)
        good &= rf_want_int(ld, first, "first_hit", 1, 1000000, &n);
    if (verdict) {
        int w = rf_want_word(ld, verdict, "verdict", rf_verdict_words, 3);
        good &= w >= 0;
        out->has_verdict = true;
        out->verdict = w < 0 ? RF_ALLOW : (enum rf_verdict)w;
    }
    if (!expect && !first && !verdict) {
        struct rf_diag *d = rf_rule_error(ld, RF_CODE_TEST, node,
                                          "a test needs 'expect', 'first_hit' or "
                                          "'verdict'");
        rf_rule_hint(ld, d, "expect: hit, or expect: none");
        good = false;
    }
    out->first_hit = (uint32_t)n;
    out->place = rf_rule_place(ld, node);
    return records(ld, rule, node, out) && good;
}

void rf_rule_tests(struct rf_load *ld, struct rf_rule *rule,
                   const struct rf_yaml_node *tests)
{
    if (tests->bad || rf_yaml_is_null(tests))
        return;
    if (tests->kind != RF_YAML_LIST) {
        rf_rule_error(ld, RF_CODE_TYPE, tests, "'tests' must be a list");
        return;
    }
    struct rf_rule_test *v = RF_NEW_ARRAY(ld->arena, struct rf_rule_test, tests->n);
    uint32_t good = 0;
    for (uint32_t i = 0; i < tests->n; i++)
        good += one_test(ld, rule, tests->items[i], &v[i]);
    if (!ld->options.keep_tests || good < tests->n)
        return;
    rule->tests = v;
    rule->ntests = tests->n;
}
