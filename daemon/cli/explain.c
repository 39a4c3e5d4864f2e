/* ringfence explain: why a record got its verdict. One JSON object a record
 * (lib/engine/explain_json.h); without --json it is printed for people. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cli/cli.h"
#include "daemon/clock.h"
#include "lib/base/utf8.h"
#include "lib/engine/explain_json.h"

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

/* ---- for people ---- */

static void print_value(const json_t *v)
{
    if (json_is_string(v)) {
        printf(" \"%s\"", json_string_value(v));
        return;
    }
    printf(" %s %s", cli_str(v, "number"), cli_str(v, "country"));
    for (size_t i = 0; i < json_array_size(json_object_get(v, "type")); i++)
        printf(" %s", json_string_value(json_array_get(json_object_get(v, "type"), i)));
}

static void print_list(const json_t *list)
{
    char when[CLOCK_TEXT];
    bool removed = json_is_true(json_object_get(list, "removed"));
    printf("  %sin list %s: %s as %s %s", removed ? "not " : "", cli_str(list, "list"),
           cli_str(list, "value"), cli_str(list, "entry"), cli_str(list, "reason"));
    if (*cli_str(list, "who")) {
        clock_text(json_integer_value(json_object_get(list, "since")), when);
        printf(" (%s by %s, %s)\n", removed ? "removed" : "added", cli_str(list, "who"),
               when);
    } else {
        printf(" %s\n", cli_str(list, "source"));
    }
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
    json_array_foreach(json_object_get(x, "lists"), i, list) print_list(list);
}

#define EXCERPT_COLUMNS 100 /* of a condition that failed */

static void print_failed(const char *at, const char *text)
{
    size_t n = 0, bytes = strlen(text);
    unsigned columns = 0;
    while (n < bytes && columns < EXCERPT_COLUMNS) {
        size_t len;
        columns += (unsigned)rf_utf8_width(rf_utf8_decode(text + n, bytes - n, &len));
        n += len;
    }
    printf("         failed at %s: %.*s%s\n", at, (int)n, text, n < bytes ? " ..." : "");
}

static void print_rule(const json_t *r)
{
    size_t i;
    json_t *m, *c;
    printf("  %-4s %s (%s, %s) %s\n", cli_str(r, "state"), cli_str(r, "rule"),
           cli_str(r, "action"), cli_str(r, "mode"), cli_str(r, "at"));
    if (*cli_str(r, "failed_at"))
        print_failed(cli_str(r, "failed_at"), cli_str(r, "failed"));
    json_array_foreach(json_object_get(r, "matches"), i, m)
        printf("         %s matches '%s' at bytes %lld-%lld: \"%s\"\n",
               cli_str(m, "view"), cli_str(m, "pattern"), cli_int(m, "begin"),
               cli_int(m, "end"), cli_str(m, "original"));
    json_array_foreach(json_object_get(r, "counters"), i, c)
    {
        printf("         %s = %.15g of %lld records, by", cli_str(c, "behavior"),
               json_real_value(json_object_get(c, "value")), cli_int(c, "records"));
        for (size_t k = 0; k < json_array_size(json_object_get(c, "key")); k++)
            printf(" %s",
                   json_string_value(json_array_get(json_object_get(c, "key"), k)));
        putchar('\n');
    }
}

/* The rules that hit come first. */
static void print_rules(const json_t *rules, bool hit)
{
    size_t i;
    json_t *r;
    json_array_foreach(rules, i, r)
    {
        if ((strcmp(cli_str(r, "state"), "hit") == 0) == hit)
            print_rule(r);
    }
}

static void print_explained(json_t *x)
{
    char *reply =
        json_dumps(json_object_get(x, "reply"), JSON_COMPACT | JSON_REAL_PRECISION(15));
    printf("%s\n", reply ? reply : "");
    free(reply);
    if (json_object_get(x, "protected"))
        puts("  allowed for a protected number, above every rule");
    print_facts(x);
    print_rules(json_object_get(x, "rules"), true);
    print_rules(json_object_get(x, "rules"), false);
}

static void explain_line(struct rf_session *s, const struct cli_rules *rules,
                         const struct options *opt, struct rf_str line)
{
    struct rf_explanation x;
    struct rf_buf reply;
    rf_buf_init(&reply);
    struct rf_outcome o = rf_session_explain(s, line, &x);
    rf_session_reply(s, &reply);
    json_t *out =
        rf_explain_json(rules->ruleset, &o, &x, opt->rule, opt->all, rf_buf_str(&reply));
    if (opt->json) {
        json_dumpf(out, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
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
    if (!lines)
        return EX_NOINPUT;
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
    return cli_lines_close(lines);
}

int cmd_explain(int argc, char **argv)
{
    struct cli_rules rules = {.with_changes = true};
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
