/* ringfence check: every mistake of all rule files at once. */
#include "daemon/cli/check_price.h"
#include "daemon/cli/cli.h"

static const struct option longs[] = {
    {"config", required_argument, NULL, 'c'},
    {"strict", no_argument, NULL, 's'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void show_json(struct rf_report *report)
{
    struct rf_buf b;
    rf_buf_init(&b);
    rf_report_render_json(report, &b);
    rf_buf_addc(&b, '\n');
    fwrite(b.p, 1, b.n, stdout);
    rf_buf_fini(&b);
}

static void show_summary(const struct cli_rules *r)
{
    size_t errors = rf_report_count(r->report, RF_ERROR);
    size_t warnings = rf_report_count(r->report, RF_WARNING);
    if (r->ruleset)
        fprintf(stderr, "%u rules in %zu files: ", r->ruleset->nrules, r->files.n);
    fprintf(stderr, "%zu error%s, %zu warning%s\n", errors, errors == 1 ? "" : "s",
            warnings, warnings == 1 ? "" : "s");
}

int cmd_check(int argc, char **argv)
{
    struct prices prices = {0};
    struct cli_rules rules = {
        .keep_tests = true, .on_regex = price_note, .on_regex_arg = &prices};
    bool json = false;
    for (int c; (c = cli_getopt(argc, argv, "c:h", longs)) != -1;) {
        if (c == 'c')
            rules.config_path = optarg;
        else if (c == 's')
            rules.strict = true;
        else if (c == 'j')
            json = true;
    }
    if (optind == argc)
        return cli_usage("check needs a rule file or folder");
    while (optind < argc)
        cli_rules_add(&rules, argv[optind++]);
    int rc = cli_rules_load(&rules);
    if (rc == 0)
        price_report(&prices, rules.ruleset->matcher, rules.report);
    price_fini(&prices);
    if (json)
        show_json(rules.report);
    else
        cli_show_report(rules.report, stdout);
    if (rc == 0 && rules.strict && rf_report_count(rules.report, RF_WARNING))
        rc = EX_DATAERR;
    if (!json && rc != EX_NOINPUT)
        show_summary(&rules);
    cli_rules_fini(&rules);
    return rc;
}
