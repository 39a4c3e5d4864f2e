/* The keys of a rule. */
#include "lib/rule/compile.h"
#include "lib/rule/scalar.h"

#define REF(name) "{\"$ref\":\"#/definitions/" name "\"}"

static const struct rf_key_info rule_keys[] = {
    {"id", RF_KEY_REQUIRED, REF("id")},
    {"title", RF_KEY_REQUIRED, REF("string")},
    {"applies_to", RF_KEY_REQUIRED, REF("kinds")},
    {"when", RF_KEY_REQUIRED, REF("condition")},
    {"action", RF_KEY_REQUIRED, REF("action")},
    {"rev", 0, "{\"type\":\"integer\",\"minimum\":1}"},
    {"status", 0, "{\"enum\":[\"experimental\",\"test\",\"stable\",\"deprecated\"]}"},
    {"mode", 0, "{\"enum\":[\"enforce\",\"monitor\",\"off\"]}"},
    {"level", 0, REF("level")},
    {"fraud_type", 0, REF("string")},
    {"disposition", 0,
     "{\"enum\":[\"reject\",\"discard\",\"label\",\"divert\",\"challenge\"]}"},
    {"reason", 0, REF("string")},
    {"description", 0, REF("string")},
    {"advice", 0,
     "{\"type\":\"object\",\"propertyNames\":{\"pattern\":\"^[a-z]{2,3}(-[A-Za-z0-9]+)*$"
     "\"},\"additionalProperties\":" REF("string") "}"},
    {"author", 0, REF("string")},
    {"date", 0, REF("date")},
    {"modified", 0, REF("date")},
    {"expires", 0, REF("time")},
    {"references", 0, REF("strings_plain")},
    {"falsepositives", 0, REF("strings_plain")},
    {"tags", 0, REF("strings_plain")},
    {"excuses", 0, REF("strings_plain")},
    {"tests", 0, "{\"type\":\"array\",\"items\":" REF("test") "}"},
    {"rollout", RF_KEY_LATER, NULL},
    {"max_share", RF_KEY_LATER, NULL},
    {"max_per_minute", RF_KEY_LATER, NULL},
    {"once", RF_KEY_LATER, NULL},
    {"clear", 0, REF("clear")},
};
const struct rf_keys rf_rule_keys = {"a rule", rule_keys,
                                     sizeof rule_keys / sizeof *rule_keys};

const char *const rf_level_words[] = {"informational", "low", "medium", "high",
                                      "critical"};
const char *const rf_verdict_words[] = {"allow", "warn", "block"};
static const char *const status_words[] = {"experimental", "test", "stable",
                                           "deprecated"};
static const char *const mode_words[] = {"enforce", "monitor", "off"};
static const char *const disposition_words[] = {"reject", "discard", "label", "divert",
                                                "challenge"};

/* ---- small keys ---- */

static struct rf_str text(struct rf_load *ld, const struct rf_yaml_node *node,
                          const char *key)
{
    struct rf_str s;
    const struct rf_yaml_node *n = rf_yaml_get(node, key);
    if (!n || !rf_want_string(ld, n, key, &s))
        return rf_str("", 0);
    return rf_rule_keep(ld, s);
}

static int word(struct rf_load *ld, const struct rf_yaml_node *node, const char *key,
                const char *const *words, size_t count, int absent)
{
    const struct rf_yaml_node *n = rf_yaml_get(node, key);
    int w = n ? rf_want_word(ld, n, key, words, count) : absent;
    return w < 0 ? absent : w;
}

static unsigned kinds_of(struct rf_load *ld, const struct rf_yaml_node *n)
{
    static const char *const words[] = {"sms", "call", "visit"};
    unsigned kinds = 0;
    uint32_t count;
    if (!n)
        return 0;
    const struct rf_yaml_node *const *items = rf_want_items(ld, &n, "applies_to", &count);
    for (uint32_t i = 0; i < count; i++) {
        int w = rf_want_word(ld, items[i], "applies_to", words, 3);
        if (w >= 0)
            kinds |= 1u << (RF_KIND_SMS + w);
    }
    return kinds;
}

/* A date, or a time where `zoned`; a date begins in the configured time zone. */
static void when_key(struct rf_load *ld, const struct rf_yaml_node *node, const char *key,
                     bool time, int64_t *out)
{
    const struct rf_yaml_node *n = rf_yaml_get(node, key);
    int64_t ms;
    bool date;
    if (!n || n->bad)
        return;
    if (n->kind != RF_YAML_SCALAR || !rf_scalar_parse_time(n->s, &ms, &date) ||
        (!time && !date)) {
        struct rf_diag *d = rf_rule_error(ld, RF_CODE_VALUE, n, "'%s' must be a date%s",
                                          key, time ? " or a time with zone" : "");
        rf_rule_hint(ld, d, "\"2026-01-31\"%s", time ? ", \"2026-01-31T18:00:00Z\"" : "");
        return;
    }
    if (date)
        ms -= rf_zone_offset(&ld->rs->zone, ms);
    if (out)
        *out = ms;
}

bool rf_want_fraud_type(struct rf_load *ld, const struct rf_yaml_node *n, uint32_t *out)
{
    struct rf_str id;
    if (!rf_want_string(ld, n, "fraud_type", &id))
        return false;
    *out = rf_map_get(&ld->fraud_ids, id);
    if (*out != RF_MAP_NONE)
        return true;
    struct rf_diag *d = rf_rule_error(ld, RF_CODE_FRAUD, n,
                                      "there is no fraud type '%.*s'", RF_STR_FMT(id));
    const char *names[256];
    size_t count = 0;
    for (; count < ld->rs->nfraud_types && count < 256; count++)
        names[count] = ld->rs->fraud_types[count].id.p;
    rf_rule_suggest(ld, d, id, names, count);
    return false;
}

static void advice(struct rf_load *ld, const struct rf_yaml_node *n, struct rf_rule *r)
{
    if (!n || n->bad)
        return;
    if (n->kind != RF_YAML_MAP || n->n == 0) {
        struct rf_diag *d = rf_rule_error(ld, RF_CODE_TYPE, n,
                                          "'advice' must be a map of language and text");
        rf_rule_hint(ld, d, "advice: {en: \"...\"}");
        return;
    }
    struct rf_advice *all = RF_NEW_ARRAY(ld->arena, struct rf_advice, n->n);
    for (uint32_t i = 0; i < n->n; i++) {
        struct rf_str s, lang = n->pairs[i].key->s;
        bool good = lang.n >= 2;
        for (size_t k = 0; k < lang.n && k < 3; k++)
            good &=
                (lang.p[k] >= 'a' && lang.p[k] <= 'z') || (k == 2 && lang.p[k] == '-');
        if (!good)
            rf_rule_error(ld, RF_CODE_KEY, n->pairs[i].key,
                          "'%.*s' is no language code like en, zh", RF_STR_FMT(lang));
        if (rf_want_string(ld, n->pairs[i].value, "advice", &s))
            all[r->nadvice++] = (struct rf_advice){.lang = rf_rule_keep(ld, lang),
                                                   .text = rf_rule_keep(ld, s)};
    }
    r->advice = all;
}

/* ---- action ---- */

static bool score(struct rf_load *ld, const struct rf_yaml_node *n, struct rf_rule *r)
{
    static const struct rf_key_info keys[] = {
        {"score", RF_KEY_REQUIRED, "{\"type\":\"number\"}"}};
    static const struct rf_keys map = {"an action", keys, 1};
    const struct rf_yaml_node *value = rf_yaml_get(n, "score");
    if (!rf_keys_check(ld, n, &map) || !value || value->bad)
        return false;
    if (!rf_scalar_milli(value, &r->score) || r->score == 0 || r->score > 1000000000 ||
        r->score < -1000000000) {
        rf_rule_error(
            ld, RF_CODE_VALUE, value,
            "a score is a number but 0, up to 1000000, with at most three places");
        return false;
    }
    r->action = RF_ACTION_SCORE;
    return true;
}

static void one_action(struct rf_load *ld, const struct rf_yaml_node *n,
                       struct rf_rule *r, bool *given)
{
    static const char *const words[] = {"block", "warn", "allow", "alert", "mark"};
    static const enum rf_action actions[] = {
        RF_ACTION_BLOCK, RF_ACTION_WARN, RF_ACTION_ALLOW, RF_ACTION_NONE, RF_ACTION_MARK};
    bool alert = rf_str_eqz(n->kind == RF_YAML_SCALAR ? n->s : rf_str("", 0), "alert");
    if (n->bad)
        return;
    if (*given && !alert) {
        struct rf_diag *d =
            rf_rule_error(ld, RF_CODE_ACTION, n, "a rule has one action besides 'alert'");
        rf_rule_hint(ld, d, "write a second rule for the other");
        return;
    }
    if (n->kind == RF_YAML_MAP) {
        *given |= score(ld, n, r);
        return;
    }
    int w = rf_want_word(ld, n, "action", words, 5);
    if (w < 0)
        return;
    if (alert && r->alert)
        rf_rule_error(ld, RF_CODE_ACTION, n, "'alert' stands twice");
    if (alert) {
        r->alert = true;
        return;
    }
    *given = true;
    r->action = actions[w];
}

static void action(struct rf_load *ld, const struct rf_yaml_node *n, struct rf_rule *r)
{
    uint32_t count;
    bool given = false;
    if (!n)
        return;
    const struct rf_yaml_node *const *items = rf_want_items(ld, &n, "action", &count);
    for (uint32_t i = 0; i < count; i++)
        one_action(ld, items[i], r, &given);
}

int rf_rule_verdict_of(enum rf_action a)
{
    return a == RF_ACTION_ALLOW   ? RF_ALLOW
           : a == RF_ACTION_WARN  ? RF_WARN
           : a == RF_ACTION_BLOCK ? RF_BLOCK
                                  : -1;
}

/* False after a mistake in `action`: what goes with it cannot be judged then. */
static bool has_action(const struct rf_rule *r)
{
    return r->action != RF_ACTION_NONE || r->alert;
}

static void disposition(struct rf_load *ld, const struct rf_yaml_node *node,
                        struct rf_rule *r)
{
    const struct rf_yaml_node *n = rf_yaml_get(node, "disposition");
    if (!n)
        return;
    r->disposition = (enum rf_disposition)(
        word(ld, node, "disposition", disposition_words, 5, -1) + 1);
    if (r->disposition == RF_DISPOSITION_NONE)
        return;
    bool decides = r->action == RF_ACTION_BLOCK || r->action == RF_ACTION_WARN ||
                   r->action == RF_ACTION_SCORE;
    if (!decides && has_action(r))
        rf_rule_error(ld, RF_CODE_USELESS, n,
                      "'disposition' does nothing: only block, warn and score rules stop "
                      "a record");
}

/* ---- a rule ---- */

static const struct rf_key_info clear_keys[] = {{"under", 0, "{\"type\":\"number\"}"},
                                                {"for", 0, REF("duration")}};
const struct rf_keys rf_clear_keys = {"clear", clear_keys, 2};

/* What the alert watches is known: `under` must make sense for it. */
static void clear_under(struct rf_load *ld, const struct rf_yaml_node *n,
                        struct rf_rule *r)
{
    if (!n || !rf_want_number(ld, n, "under", &r->clear.under))
        return;
    const struct rf_behavior *b = rf_ruleset_watched(ld->behaviors.p, r->when);
    r->clear.has_under = true;
    if (!b && rf_report_count(ld->report, RF_ERROR) == 0)
        rf_rule_error(ld, RF_CODE_USELESS, n,
                      "no behavior of this rule has 'over': its alert has no value");
    else if (!b)
        return; /* it may be the one with the mistake */
    else if (r->clear.under > b->over)
        rf_rule_error(ld, RF_CODE_VALUE, n,
                      "an alert cannot end under %g when it begins over %g",
                      r->clear.under, b->over);
    else if (r->clear.under <= 0)
        rf_rule_error(ld, RF_CODE_VALUE, n, "under of clear must be above 0");
}

static void clear(struct rf_load *ld, const struct rf_yaml_node *n, struct rf_rule *r)
{
    const struct rf_yaml_node *for_ms;
    if (!n || !rf_keys_check(ld, n, &rf_clear_keys))
        return;
    if (!r->alert) {
        if (has_action(r))
            rf_rule_error(ld, RF_CODE_USELESS, n,
                          "'clear' does nothing: only an alert has an end");
        return;
    }
    if (n->n == 0)
        rf_rule_error(ld, RF_CODE_EMPTY, n, "clear needs 'under', 'for' or both");
    if (r->when)
        clear_under(ld, rf_yaml_get(n, "under"), r);
    if ((for_ms = rf_yaml_get(n, "for")))
        rf_want_duration(ld, for_ms, "for", RF_COUNT_WINDOW_MIN_MS,
                         RF_COUNT_WINDOW_MAX_MS, &r->clear.for_ms);
}

static void describe(struct rf_load *ld, const struct rf_yaml_node *node,
                     struct rf_rule *r)
{
    const struct rf_yaml_node *n;
    uint32_t count;
    int64_t rev = 1;
    r->title = text(ld, node, "title");
    r->reason = rf_yaml_get(node, "reason") ? text(ld, node, "reason") : r->title;
    r->description = text(ld, node, "description");
    text(ld, node, "author");
    when_key(ld, node, "date", false, NULL);
    when_key(ld, node, "modified", false, NULL);
    r->expires_ms = INT64_MAX;
    when_key(ld, node, "expires", true, &r->expires_ms);
    if ((n = rf_yaml_get(node, "rev")))
        rf_want_int(ld, n, "rev", 1, UINT32_MAX, &rev);
    r->rev = (uint32_t)rev;
    if ((n = rf_yaml_get(node, "references")))
        rf_want_strings(ld, n, "references", &count);
    if ((n = rf_yaml_get(node, "falsepositives")))
        rf_want_strings(ld, n, "falsepositives", &count);
    if ((n = rf_yaml_get(node, "tags")))
        r->tags = rf_want_strings(ld, n, "tags", &r->ntags);
    r->fraud_type = UINT32_MAX;
    if ((n = rf_yaml_get(node, "fraud_type")))
        rf_want_fraud_type(ld, n, &r->fraud_type);
    advice(ld, rf_yaml_get(node, "advice"), r);
}

static void standing(struct rf_load *ld, const struct rf_yaml_node *node,
                     struct rf_rule *r)
{
    r->status = (enum rf_status)word(ld, node, "status", status_words, RF_STATUS_COUNT,
                                     RF_STATUS_EXPERIMENTAL);
    bool on_trial = r->status == RF_STATUS_EXPERIMENTAL || r->status == RF_STATUS_TEST;
    r->mode = (enum rf_mode)word(ld, node, "mode", mode_words, 3,
                                 on_trial ? RF_MODE_MONITOR : RF_MODE_ENFORCE);
    r->level = (enum rf_level)word(ld, node, "level", rf_level_words, RF_LEVEL_COUNT,
                                   RF_LEVEL_MEDIUM);
}

static void excuses(struct rf_load *ld, const struct rf_yaml_node *n, uint32_t rule,
                    struct rf_rule *r)
{
    if (!n)
        return;
    r->excuses_only = true;
    if (r->action != RF_ACTION_ALLOW) {
        if (has_action(r))
            rf_rule_error(ld, RF_CODE_EXCUSES, n,
                          "only an allow rule can have 'excuses'");
        return;
    }
    *(struct rf_excuse_draft *)rf_vec_push(ld, &ld->excuse_drafts,
                                           sizeof(struct rf_excuse_draft)) =
        (struct rf_excuse_draft){.node = n, .rule = rule};
}

static void condition(struct rf_load *ld, const struct rf_yaml_node *node, uint32_t rule,
                      struct rf_rule *r)
{
    const struct rf_yaml_node *when = rf_yaml_get(node, "when");
    struct rf_scope sc = {.kinds = r->kinds,
                          .rule = rule,
                          .allow = r->action == RF_ACTION_ALLOW,
                          .first_counter = ld->counters.n};
    ld->nodes = 0;
    if (!when)
        return;
    r->when = rf_rule_cond(ld, &sc, when);
    if (ld->nodes > RF_CONDITION_NODES)
        rf_rule_error(ld, RF_CODE_LIMIT, rf_yaml_get(node, "id"),
                      "a rule may have %d conditions", RF_CONDITION_NODES);
    r->uses_hit = sc.hit;
    r->uses_regex = sc.regex;
    r->counts_calls = sc.calls;
    ld->rs->counts_calls |= sc.calls;
    r->counters = (struct rf_span){sc.first_counter, ld->counters.n - sc.first_counter};
    rf_rule_check(ld, &sc, r, node);
}

static void compile(struct rf_load *ld, uint32_t index)
{
    const struct rf_decl *d = RF_VEC_AT(ld->rules, struct rf_decl, index);
    const struct rf_yaml_node *node = d->node, *tests;
    struct rf_rule *r = &ld->rs->rules[index];
    if (!rf_keys_check(ld, node, &rf_rule_keys))
        return;
    r->place = rf_rule_place(ld, d->id_node ? d->id_node : node);
    r->kinds = kinds_of(ld, rf_yaml_get(node, "applies_to"));
    describe(ld, node, r);
    standing(ld, node, r);
    action(ld, rf_yaml_get(node, "action"), r);
    disposition(ld, node, r);
    excuses(ld, rf_yaml_get(node, "excuses"), index, r);
    condition(ld, node, index, r);
    clear(ld, rf_yaml_get(node, "clear"), r);
    if ((tests = rf_yaml_get(node, "tests")))
        rf_rule_tests(ld, r, tests);
}

void rf_rule_compile_all(struct rf_load *ld)
{
    struct rf_ruleset *rs = ld->rs;
    rs->nrules = ld->rules.n;
    rs->rules = RF_NEW_ARRAY(ld->arena, struct rf_rule, rs->nrules);
    for (uint32_t i = 0; i < rs->nrules; i++)
        rs->rules[i].id = rf_rule_keep(ld, RF_VEC_AT(ld->rules, struct rf_decl, i)->id);
    for (uint32_t i = 0; i < rs->nrules; i++)
        compile(ld, i);
}
