/* ringfenced(8): judges records of sms, calls and visits that feeds send. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/ops/log.h"
#include "daemon/rules.h"
#include "daemon/server.h"

static const char usage[] =
    "usage: ringfenced [-c FILE] [-t]\n"
    "       ringfenced -V | -h\n"
    "  -c FILE  configuration, instead of " CONFIG_PATH "\n"
    "  -t       test configuration and rules, then exit: 0, or 78 with what is wrong\n"
    "  -V       version\n"
    "  -h       this text\n"
    "Runs in the foreground and logs to stderr. TERM answers what was read and ends; "
    "HUP\n"
    "loads rules and lists anew; USR1 opens the event log anew.\n";

struct options {
    const char *config;
    bool test;
};

/* Fills the options, or prints what was asked for and exits. */
static void read_options(int argc, char **argv, struct options *o)
{
    int c;
    while ((c = getopt(argc, argv, "c:tVh")) != -1) {
        switch (c) {
        case 'c':
            o->config = optarg;
            break;
        case 't':
            o->test = true;
            break;
        case 'V':
            puts("ringfenced " RF_VERSION);
            exit(SERVER_OK);
        case 'h':
            fputs(usage, stdout);
            exit(SERVER_OK);
        default:
            fputs(usage, stderr);
            exit(SERVER_USAGE);
        }
    }
    if (optind < argc) {
        fprintf(stderr, "ringfenced: unexpected argument '%s'\n%s", argv[optind], usage);
        exit(SERVER_USAGE);
    }
}

static void print(struct rf_report *report)
{
    struct rf_buf text;
    rf_buf_init(&text);
    rf_report_render(report, &text, isatty(STDERR_FILENO) && !getenv("NO_COLOR"));
    log_text(text.p, text.n);
    rf_buf_fini(&text);
}

static int test_rules(const struct config *config)
{
    struct rf_report *report = rf_report_new();
    struct rf_ruleset *rs = rules_load(config, NULL, false, NULL, report);
    print(report);
    if (rs)
        fprintf(stderr, "ringfenced: configuration and %u rules are good\n",
                (unsigned)rs->nrules);
    else
        fprintf(stderr, "ringfenced: the rules have errors\n");
    rf_report_free(report);
    rf_ruleset_free(rs);
    return rs ? SERVER_OK : SERVER_CONFIG;
}

int main(int argc, char **argv)
{
    static struct server server;
    struct options o = {.config = CONFIG_PATH};
    read_options(argc, argv, &o);
    struct rf_report *report = rf_report_new();
    int rc = SERVER_CONFIG;
    bool ok = config_load(&server.config, o.config, report) == RF_OK;
    print(report);
    rf_report_free(report);
    if (ok)
        rc = o.test ? test_rules(&server.config) : server_run(&server);
    else
        fprintf(stderr, "ringfenced: %s: the configuration has errors\n", o.config);
    config_fini(&server.config);
    return rc;
}
