/* The tool `ringfence`: one table of subcommands (ringfence.c), one file each. stdout is
 * data, stderr messages. Exit codes are sysexits.h's. */
#ifndef DAEMON_CLI_CLI_H
#define DAEMON_CLI_CLI_H

#include <getopt.h>
#include <stdio.h>
#include <sysexits.h>

#include "daemon/files.h"
#include "daemon/ops/config.h"
#include "lib/rule/load.h"

struct command {
    const char *name;
    const char *args;                  /* "[-c FILE] PATH..." */
    const char *summary;               /* one line */
    const char *help;                  /* options, one a line */
    int (*run)(int argc, char **argv); /* argv[0] is the subcommand */
};

int cmd_check(int argc, char **argv);
int cmd_test(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_send(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_reload(int argc, char **argv);
int cmd_schema(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_lookup(int argc, char **argv);
int cmd_mode(int argc, char **argv);
int cmd_rule(int argc, char **argv);
int cmd_events(int argc, char **argv);
int cmd_forget(int argc, char **argv);
/* `list compile`; argv[0] is "compile". */
int list_compile(int argc, char **argv);
int cmd_bench(int argc, char **argv);

/* ---- options every subcommand shares ---- */

/* getopt_long for a subcommand: handles --help (prints it, exit 0) and errors (prints
 * usage, exit 64) itself; returns what getopt_long does else. */
int cli_getopt(int argc, char **argv, const char *shorts, const struct option *longs);
/* Print "ringfence: message" and a pointer to --help; returns EX_USAGE. */
int cli_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Print "ringfence: message" to stderr. */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Print s for people; control characters, which records may bring, become '?'. */
void cli_put(const char *s);
/* Whether to color what goes to the stream: a terminal, and NO_COLOR not set. */
bool cli_color(FILE *f);

/* ---- rules (cli/rules.c) ---- */

/* Rule paths and configuration as given on a command line. */
struct cli_rules {
    const char *config_path; /* -c, or NULL: defaults */
    const char *paths[256];  /* -r, or arguments */
    size_t npaths;
    bool strict, keep_tests;
    bool with_changes; /* and what was changed in lists, of config_path's state_dir */
    rf_rule_regex_fn on_regex; /* as in rf_rule_options */
    void *on_regex_arg;

    struct config config; /* after cli_rules_load, whatever it returned */
    struct files files;
    struct rf_report *report;   /* diagnostics of configuration and rules */
    struct rf_ruleset *ruleset; /* NULL on errors */
};

/* Add a path; exits 64 when there are too many. */
void cli_rules_add(struct cli_rules *r, const char *path);
/* Load configuration and rules. 0; EX_NOINPUT: no such file (said on stderr); EX_DATAERR:
 * the report has errors; EX_CONFIG: in the configuration. Nothing of the report is shown.
 */
int cli_rules_load(struct cli_rules *r);
/* The same, and the diagnostics go to stderr. */
int cli_rules_load_shown(struct cli_rules *r);
void cli_rules_fini(struct cli_rules *r);
/* Write the report's diagnostics to f. */
void cli_show_report(struct rf_report *report, FILE *f);

/* ---- lines (cli/lines.c) ---- */

enum cli_line { CLI_LINE, CLI_LINE_TOO_LONG, CLI_LINES_END };
struct cli_lines;

/* Read NDJSON lines as the daemon frames them; path NULL or "-": stdin. NULL, said on
 * stderr, when it cannot be opened. */
struct cli_lines *cli_lines_open(const char *path, size_t max_line);
/* The next line, valid until the next call. */
enum cli_line cli_lines_next(struct cli_lines *l, struct rf_str *line);
/* Whether the next line must be read first: what was written before is due now. */
bool cli_lines_waiting(const struct cli_lines *l);
/* 0; EX_IOERR, said on stderr, where the reading failed. */
int cli_lines_close(struct cli_lines *l);

/* ---- control (cli/ask.c) ---- */

struct json_t;
/* Members of a reply: "" and 0 where there is none of that kind. */
const char *cli_str(const struct json_t *o, const char *key);
long long cli_int(const struct json_t *o, const char *key);
/* The configuration of the daemon asked for: as given, else the one at the default place
 * if it can be read, else NULL. */
const char *cli_config_path(const char *given);
/* The control socket's path: given, or of the configuration at config_path. 0, or an exit
 * code, said on stderr. Caller frees. */
int cli_socket(const char *config_path, const char *path, char **out);
/* Options of the subcommands that ask a daemon, their entries in a table of getopt, and
 * their short forms; take: whether c was one of them. */
#define CLI_ASK_LONGS                                                                    \
    {"socket", required_argument, NULL, 's'}, {"config", required_argument, NULL, 'c'},  \
    {                                                                                    \
        "json", no_argument, NULL, 'j'                                                   \
    }
#define CLI_ASK_SHORTS "s:c:"
struct cli_ask_options {
    const char *socket, *config_path;
    bool json, force;
};
bool cli_ask_take(struct cli_ask_options *o, int c);
/* Read them, where there are no others; 0 or EX_USAGE. */
int cli_ask_options(int argc, char **argv, struct cli_ask_options *o);
/* Ask the daemon that the options name; the reply is printed where --json was given. 0
 * and the reply object (to be json_decref'ed); EX_DATAERR where the daemon refused (said
 * on stderr), with *reply set; EX_UNAVAILABLE or EX_CONFIG, said on stderr. */
int cli_asked(const struct cli_ask_options *o, struct json_t *request,
              struct json_t **reply);

#endif
