/* Rules and configuration as the tool's subcommands load them. */
#include <stdlib.h>

#include "daemon/changes.h"
#include "daemon/cli/cli.h"

void cli_rules_add(struct cli_rules *r, const char *path)
{
    if (r->npaths == sizeof r->paths / sizeof *r->paths) {
        cli_error("more than %zu rule paths", sizeof r->paths / sizeof *r->paths);
        exit(EX_USAGE);
    }
    r->paths[r->npaths++] = path;
}

static int load_config(struct cli_rules *r)
{
    if (!r->config_path) {
        config_default(&r->config);
        return 0;
    }
    int rc = config_load(&r->config, r->config_path, r->report);
    return rc == 0 ? 0 : rc == RF_ERR_INVALID ? EX_CONFIG : EX_NOINPUT;
}

static int expand(struct cli_rules *r)
{
    for (size_t i = 0; i < r->npaths; i++) {
        const char *why = "no such file or folder";
        int rc = files_expand(&r->files, rf_str_of(r->paths[i]), &why);
        if (rc != 0) {
            cli_error("%s: %s", r->paths[i],
                      rc == RF_ERR_NOENT ? "no such file or folder" : why);
            return EX_NOINPUT;
        }
    }
    files_sort(&r->files);
    return 0;
}

/* NULL: there are none, or they cannot be read, which is said. */
static struct changes *read_changes(const struct cli_rules *r)
{
    const char *why = "";
    if (!r->with_changes || !r->config_path)
        return NULL;
    struct changes *c = changes_read(r->config.state_dir.p, &why);
    if (!c)
        cli_error("%s: %s: lists are shown without what was changed while running",
                  r->config.state_dir.p, why);
    return c;
}

int cli_rules_load(struct cli_rules *r)
{
    files_init(&r->files);
    r->report = rf_report_new();
    int rc = load_config(r);
    if (rc == 0)
        rc = expand(r);
    if (rc != 0)
        return rc;
    struct changes *changes = read_changes(r);
    struct rf_rule_options options = {.strict = r->strict,
                                      .changes = changes ? changes_overlay : NULL,
                                      .changes_arg = changes,
                                      .keep_tests = r->keep_tests,
                                      .on_regex = r->on_regex,
                                      .on_regex_arg = r->on_regex_arg};
    struct rf_rule_io io = files_io(&r->files);
    r->ruleset = rf_rule_load(r->files.v, r->files.n, &r->config.settings, &io, &options,
                              r->report);
    changes_close(changes);
    return r->ruleset ? 0 : EX_DATAERR;
}

void cli_show_report(struct rf_report *report, FILE *f)
{
    struct rf_buf b;
    rf_buf_init(&b);
    rf_report_render(report, &b, cli_color(f));
    if (b.n)
        fwrite(b.p, 1, b.n, f);
    rf_buf_fini(&b);
}

int cli_rules_load_shown(struct cli_rules *r)
{
    int rc = cli_rules_load(r);
    cli_show_report(r->report, stderr);
    return rc;
}

void cli_rules_fini(struct cli_rules *r)
{
    rf_ruleset_free(r->ruleset);
    rf_report_free(r->report);
    files_fini(&r->files);
    config_fini(&r->config);
}
