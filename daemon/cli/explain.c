/* ringfence explain: why a record got its verdict. One JSON object a record is built;
 * without --json it is printed for people. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cli/cli.h"
#include "lib/engine/session.h"

static const struct option longs[] = {
    {"rules", required_argument, NULL, 'r'},
    {"config", required_argument, NULL, 'c'},
    {"rule", required_argument, NULL, 'R'},
    {"all", no_argument, NULL, 'a'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct options {
    const char *rule; /* only this one, or NULL */
    bool all;         /* rules of other kinds, too */
    bool json;
};

static json_t *str(struct rf_str s)
{
    return json_stringn_nocheck(s.p ? s.p : "", s.n);
}

static void set_str(json_t *o, const char *key, struct rf_str s)
{
    json_object_set_new(o, key, str(s));
}

/* ---- what was seen ---- */

static const enum rf_operand shown[] = {
    RF_OPERAND_TEXT,     RF_OPERAND_TEXT_COMPACT, RF_OPERAND_TEXT_SHAPE,
    RF_OPERAND_FROM,     RF_OPERAND_TO,           RF_OPERAND_SHOWN,
    RF_OPERAND_DIVERTED, RF_OPERAND_SUBSCRIBER,   RF_OPERAND_PHONE,
    RF_OPERAND_URL,      RF_OPERAND_HOST,         RF_OPERAND_DOMAIN,
};

static json_t *address(const struct rf_addr *a)
{
    json_t *o = json_object(), *types = json_array();
    set_str(o, "number", a->norm);
    if (a->country[0])
        set_str(o, "country", rf_str(a->country, 2));
    for (unsigned i = 0; i < RF_TYPE_COUNT; i++)
        if (a->types >> i & 1)
            json_array_append_new(types, json_string(rf_addr_type_name(i)));
    json_object_set_new(o, "type", types);
    return o;
}

/* Every list that holds the value, with the entry and its provenance. */
static void add_lists(struct rf_facts *f, enum rf_operand o, uint32_t i, json_t *out)
{
    const struct rf_ruleset *rs = f->rs;
    const struct rf_values *v = rf_facts_get(f, o);
    int64_t ts = f->record->value[RF_FIELD_TS].i;
    for (uint32_t k = 0; k < rs->nlists; k++) {
        const struct rf_named_list *l = &rs->lists[k];
        uint32_t found = RF_LIST_NONE;
        if (v->addrs && (l->type == RF_LIST_NUMBERS || l->type == RF_LIST_SENDERS))
            found = rf_list_find_addr(l->list, &v->addrs[i], ts);
        else if (!v->addrs && l->type == RF_LIST_HOSTS && o == RF_OPERAND_HOST)
            found = rf_list_find_host(l->list, v->strs[i], ts);
        if (found == RF_LIST_NONE)
            continue;
        struct rf_list_entry entry;
        rf_list_entry(l->list, found, f->arena, &entry);
        json_t *hit = json_object();
        set_str(hit, "list", l->id);
        set_str(hit, "value", rf_facts_bytes(f, o, i));
        set_str(hit, "entry", entry.text);
        if (entry.reason.n)
            set_str(hit, "reason", entry.reason);
        if (entry.source.n)
            set_str(hit, "source", entry.source);
        json_array_append_new(out, hit);
    }
}

static void add_facts(struct rf_facts *f, json_t *out)
{
    json_t *views = json_object(), *lists = json_array();
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        enum rf_operand o = shown[i];
        const struct rf_values *v = rf_facts_get(f, o);
        if (v->n == 0)
            continue;
        json_t *values = json_array();
        for (uint32_t k = 0; k < v->n; k++) {
            json_array_append_new(values,
                                  v->addrs ? address(&v->addrs[k]) : str(v->strs[k]));
            if (v->addrs || o == RF_OPERAND_HOST)
                add_lists(f, o, k, lists);
        }
        json_object_set_new(views, rf_operand_info(o)->name, values);
    }
    json_object_set_new(out, "views", views);
    json_object_set_new(out, "lists", lists);
}

/* ---- rules ---- */

static json_t *place(const struct rf_ruleset *rs, const struct rf_place *p)
{
    if (p->source >= rs->nsources)
        return json_string("built in");
    const struct rf_source *s = &rs->sources[p->source];
    unsigned line = 1, column = 1;
    for (uint32_t i = 0; i < p->begin && i < s->text.n; i++) {
        column += ((unsigned char)s->text.p[i] & 0xc0) != 0x80;
        if (s->text.p[i] == '\n') {
            line++;
            column = 1;
        }
    }
    return json_sprintf("%.*s:%u:%u", RF_STR_FMT(s->name), line, column);
}

/* The source text of a condition, up to the end of its first line. */
static struct rf_str excerpt(const struct rf_ruleset *rs, const struct rf_place *p)
{
    if (p->source >= rs->nsources)
        return RF_STR("");
    struct rf_str text = rs->sources[p->source].text;
    size_t begin = p->begin < text.n ? p->begin : text.n, end = begin;
    while (end < text.n && end < p->end && text.p[end] != '\n')
        end++;
    return rf_str(text.p + begin, end - begin);
}

static json_t *matches(const struct rf_ruleset *rs, struct rf_facts *f,
                       const struct rf_explained_rule *r)
{
    json_t *all = json_array();
    struct rf_str raw = f->record->value[RF_FIELD_TEXT].s;
    for (uint32_t i = 0; i < r->nmatches; i++) {
        const struct rf_explained_match *m = &r->matches[i];
        json_t *o = json_object();
        json_object_set_new(o, "view", json_string(rf_operand_info(m->operand)->name));
        set_str(o, "pattern", rf_matcher_text(rs->matcher, m->pattern));
        json_object_set_new(o, "begin", json_integer((json_int_t)m->raw_begin));
        json_object_set_new(o, "end", json_integer((json_int_t)m->raw_end));
        set_str(o, "original", rf_str(raw.p + m->raw_begin, m->raw_end - m->raw_begin));
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *counters(const struct rf_ruleset *rs, const struct rf_explained_rule *r)
{
    static const char *const kinds[] = {"rate", "distinct", "sum", "ratio"};
    json_t *all = json_array();
    for (uint32_t i = 0; i < r->ncounters; i++) {
        const struct rf_explained_counter *c = &r->counters[i];
        const struct rf_counter *counter = &rs->counters[c->counter];
        json_t *o = json_object(), *key = json_array();
        for (uint32_t k = 0; k < counter->key.n; k++)
            json_array_append_new(
                key, json_string(rf_operand_info(counter->key.operand[k])->name));
        json_object_set_new(o, "behavior", json_string(kinds[counter->spec.kind]));
        json_object_set_new(o, "key", key);
        json_object_set_new(o, "window_ms", json_integer(counter->spec.window_ms));
        json_object_set_new(o, "value", json_real(c->value.value));
        json_object_set_new(o, "records", json_integer((json_int_t)c->value.records));
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *rule(const struct rf_ruleset *rs, const struct rf_explanation *x,
                    const struct rf_explained_rule *r)
{
    static const char *const states[] = {"other kind", "off", "expired", "no", "hit"};
    const struct rf_rule *rule = &rs->rules[r->rule];
    json_t *o = json_object();
    set_str(o, "rule", rule->id);
    json_object_set_new(o, "state", json_string(states[r->state]));
    json_object_set_new(o, "mode", json_string(rf_mode_name(rule->mode)));
    json_object_set_new(o, "action", json_string(rf_action_name(rule->action)));
    json_object_set_new(o, "at", place(rs, &rule->place));
    if (r->failed) {
        json_object_set_new(o, "failed_at", place(rs, &r->failed->place));
        set_str(o, "failed", excerpt(rs, &r->failed->place));
    }
    if (r->nmatches)
        json_object_set_new(o, "matches", matches(rs, x->facts, r));
    if (r->ncounters)
        json_object_set_new(o, "counters", counters(rs, r));
    return o;
}

static json_t *explained(const struct rf_ruleset *rs, const struct rf_outcome *o,
                         const struct rf_explanation *x, const struct options *opt,
                         struct rf_str reply)
{
    json_t *out = json_object(), *rules = json_array();
    json_object_set_new(out, "reply", json_loadb(reply.p, reply.n, 0, NULL));
    if (x->judgment.protected)
        json_object_set_new(out, "protected", json_true());
    if (rf_record_judged(o->record))
        add_facts(x->facts, out);
    for (uint32_t i = 0; i < rs->nrules; i++) {
        const struct rf_explained_rule *r = &x->rules[i];
        bool wanted = opt->rule ? rf_str_eqz(rs->rules[i].id, opt->rule)
                                : opt->all || r->state >= RF_EXPLAINED_EXPIRED;
        if (wanted)
            json_array_append_new(rules, rule(rs, x, r));
    }
    json_object_set_new(out, "rules", rules);
    return out;
}

/* ---- for people ---- */

static const char *get(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static void print_value(const json_t *v)
{
    if (json_is_string(v)) {
        printf(" \"%s\"", json_string_value(v));
        return;
    }
    printf(" %s %s", get(v, "number"), get(v, "country"));
    for (size_t i = 0; i < json_array_size(json_object_get(v, "type")); i++)
        printf(" %s", json_string_value(json_array_get(json_object_get(v, "type"), i)));
}

static void print_facts(json_t *x)
{
    const char *name;
    json_t *values, *list;
    size_t i;
    json_object_foreach(json_object_get(x, "views"), name, values)
    {
        printf("  %-13s", name);
        for (i = 0; i < json_array_size(values); i++)
            print_value(json_array_get(values, i));
        putchar('\n');
    }
    json_array_foreach(json_object_get(x, "lists"), i, list)
        printf("  in list %s: %s as %s %s %s\n", get(list, "list"), get(list, "value"),
               get(list, "entry"), get(list, "reason"), get(list, "source"));
}

static void print_rule(const json_t *r)
{
    size_t i;
    json_t *m, *c;
    printf("  %-4s %s (%s, %s) %s\n", get(r, "state"), get(r, "rule"), get(r, "action"),
           get(r, "mode"), get(r, "at"));
    if (*get(r, "failed_at"))
        printf("         failed at %s: %s\n", get(r, "failed_at"), get(r, "failed"));
    json_array_foreach(json_object_get(r, "matches"), i, m) printf(
        "         %s matches '%s' at bytes %lld-%lld: \"%s\"\n", get(m, "view"),
        get(m, "pattern"), (long long)json_integer_value(json_object_get(m, "begin")),
        (long long)json_integer_value(json_object_get(m, "end")), get(m, "original"));
    json_array_foreach(json_object_get(r, "counters"), i, c)
    {
        printf("         %s = %.15g of %lld records, by", get(c, "behavior"),
               json_real_value(json_object_get(c, "value")),
               (long long)json_integer_value(json_object_get(c, "records")));
        for (size_t k = 0; k < json_array_size(json_object_get(c, "key")); k++)
            printf(" %s",
                   json_string_value(json_array_get(json_object_get(c, "key"), k)));
        putchar('\n');
    }
}

static void print_explained(json_t *x)
{
    char *reply = json_dumps(json_object_get(x, "reply"), JSON_COMPACT);
    printf("%s\n", reply ? reply : "");
    free(reply);
    if (json_object_get(x, "protected"))
        puts("  allowed for a protected number, above every rule");
    print_facts(x);
    size_t i;
    json_t *r;
    json_array_foreach(json_object_get(x, "rules"), i, r) print_rule(r);
}

static void explain_line(struct rf_session *s, const struct cli_rules *rules,
                         const struct options *opt, struct rf_str line)
{
    struct rf_explanation x;
    struct rf_buf reply;
    rf_buf_init(&reply);
    struct rf_outcome o = rf_session_explain(s, line, &x);
    rf_session_reply(s, &reply);
    json_t *out = explained(rules->ruleset, &o, &x, opt, rf_buf_str(&reply));
    if (opt->json) {
        json_dumpf(out, stdout, JSON_COMPACT);
        putchar('\n');
    } else {
        print_explained(out);
    }
    json_decref(out);
    rf_buf_fini(&reply);
}

static int run(struct cli_rules *rules, const struct options *opt, const char *file)
{
    static const struct rf_hash_key zero;
    int rc = cli_rules_load_shown(rules);
    if (rc != 0)
        return rc;
    if (opt->rule &&
        rf_ruleset_find_rule(rules->ruleset, rf_str_of(opt->rule)) == UINT32_MAX) {
        cli_error("no rule '%s'", opt->rule);
        return EX_DATAERR;
    }
    struct cli_lines *lines = cli_lines_open(file, rules->config.settings.max_line);
    if (!lines) {
        cli_error("%s: %s", file, strerror(errno));
        return EX_NOINPUT;
    }
    struct rf_counters *counters = rf_counters_new(rules->config.capacity, &zero);
    struct rf_session *s = rf_session_new(rules->ruleset, counters, false);
    struct rf_str line;
    enum cli_line got;
    while ((got = cli_lines_next(lines, &line)) < CLI_LINES_END)
        if (got == CLI_LINE)
            explain_line(s, rules, opt, line);
        else
            cli_error("a line over feed.max_line (line_too_long)");
    rf_session_free(s);
    rf_counters_free(counters);
    cli_lines_close(lines);
    return got == CLI_LINES_ERROR ? EX_IOERR : EX_OK;
}

int cmd_explain(int argc, char **argv)
{
    struct cli_rules rules = {0};
    struct options opt = {0};
    for (int c; (c = cli_getopt(argc, argv, "r:c:h", longs)) != -1;) {
        if (c == 'r')
            cli_rules_add(&rules, optarg);
        else if (c == 'c')
            rules.config_path = optarg;
        else if (c == 'R')
            opt.rule = optarg;
        opt.all = opt.all || c == 'a';
        opt.json = opt.json || c == 'j';
    }
    if (rules.npaths == 0)
        return cli_usage("explain needs rules: -r PATH");
    if (argc - optind > 1)
        return cli_usage("explain takes one file of records");
    int rc = run(&rules, &opt, optind < argc ? argv[optind] : NULL);
    cli_rules_fini(&rules);
    return rc;
}
