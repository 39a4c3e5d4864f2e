/* ringfence eval: records in, replies out, no daemon. */
#include <string.h>

#include "daemon/cli/cli.h"
#include "lib/engine/session.h"

static const struct option longs[] = {
    {"rules", required_argument, NULL, 'r'},
    {"config", required_argument, NULL, 'c'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

#define OUT_BYTES (1 << 16) /* replies gathered before a write */

static void flush(struct rf_buf *out)
{
    if (out->n)
        fwrite(out->p, 1, out->n, stdout);
    fflush(stdout);
    out->n = 0;
}

static void judge_all(struct rf_session *s, struct cli_lines *lines)
{
    struct rf_buf out;
    struct rf_str line;
    enum cli_line got;
    rf_buf_init(&out);
    while ((got = cli_lines_next(lines, &line)) < CLI_LINES_END && !ferror(stdout)) {
        if (got == CLI_LINE)
            rf_session_line(s, line, &out);
        else
            rf_session_too_long(s, &out);
        if (out.n >= OUT_BYTES || cli_lines_waiting(lines))
            flush(&out);
    }
    flush(&out);
    rf_buf_fini(&out);
}

static int run(struct cli_rules *rules, const char *file)
{
    static const struct rf_hash_key zero; /* so that answers repeat */
    int rc = cli_rules_load_shown(rules);
    if (rc != 0)
        return rc;
    struct cli_lines *lines = cli_lines_open(file, rules->config.settings.max_line);
    if (!lines)
        return EX_NOINPUT;
    struct rf_counters *counters = rf_counters_new(rules->config.capacity, &zero);
    struct rf_session *s = rf_session_new(rules->ruleset, counters, false);
    judge_all(s, lines);
    rf_session_free(s);
    rf_counters_free(counters);
    return cli_lines_close(lines);
}

int cmd_eval(int argc, char **argv)
{
    struct cli_rules rules = {0};
    for (int c; (c = cli_getopt(argc, argv, "r:c:h", longs)) != -1;) {
        if (c == 'r')
            cli_rules_add(&rules, optarg);
        else if (c == 'c')
            rules.config_path = optarg;
    }
    if (rules.npaths == 0)
        return cli_usage("eval needs rules: -r PATH");
    if (argc - optind > 1)
        return cli_usage("eval takes one file of records");
    int rc = run(&rules, optind < argc ? argv[optind] : NULL);
    cli_rules_fini(&rules);
    return rc;
}
