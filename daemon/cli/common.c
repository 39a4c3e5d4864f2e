#include "daemon/cli/common.h"

#include "daemon/cli/change.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/utf8.h"

#define RULES_OPTIONS "  -c, --config FILE   configuration; without it the defaults\n"
#define ASK_OPTIONS                                                                      \
    "  -s, --socket PATH   control socket\n"                                             \
    "  -c, --config FILE   configuration, instead of " CONFIG_PATH "\n"

static const struct command commands[] = {
    {"check", "[-c FILE] PATH...", "show every mistake in rule files",
     RULES_OPTIONS "      --strict        warnings and bad list lines are errors\n"
                   "      --json          diagnostics as JSON\n",
     cmd_check},
    {"test", "[-c FILE] PATH...", "run the rules' own tests",
     RULES_OPTIONS "      --coverage      which rules have hit and no-hit tests\n"
                   "      --junit FILE    write a JUnit report\n"
                   "      --json          results as JSON\n",
     cmd_test},
    {"eval", "-r PATH... [-c FILE] [FILE]", "judge records without a daemon",
     "  -r, --rules PATH    rule file or folder; may be repeated\n" RULES_OPTIONS
     "      --json          (replies are JSON in any case)\n",
     cmd_eval},
    {"explain", "-r PATH... [-c FILE] [FILE]", "tell why a record got its verdict",
     "  -r, --rules PATH    rule file or folder; may be repeated\n" RULES_OPTIONS
     "      --rule ID       only this rule\n"
     "      --all           rules that do not apply, too\n"
     "      --json          as JSON, one object a record\n",
     cmd_explain},
    {"bench", "-r PATH... [-c FILE] [FILE]", "what records cost: per pattern, list, rule",
     "  -r, --rules PATH    rule file or folder; may be repeated\n" RULES_OPTIONS
     "      --all           all of them, not the dearest 20 only\n"
     "      --json          as JSON\n",
     cmd_bench},
    {"send", "[-a ADDRESS] [-c FILE] [FILE]", "stream a file of records into a daemon",
     "  -a, --address ADDR  unix:PATH or tcp://HOST:PORT\n"
     "  -c, --config FILE   configuration, instead of " CONFIG_PATH "\n"
     "      --summary       counts by verdict instead of the replies\n"
     "      --json          the summary as JSON\n"
     "  -q, --quiet         no progress bar\n",
     cmd_send},
    {"stats", "[-s PATH] [--all] [--since TIME] [--until TIME] [--by WHAT]",
     "interception totals of a daemon, or of all",
     ASK_OPTIONS
     "      --all           of all daemons that share the Redis\n"
     "      --since TIME    2026-01-31, 2026-01-31T14, RFC 3339, -7d, -12h; default: "
     "today\n"
     "      --until TIME    the same; default: now\n"
     "      --by WHAT       day or hour, and one of kind, rule, fraud, grid, trunk, "
     "feed\n"
     "      --json          as JSON\n",
     cmd_stats},
    {"status", "[-s PATH]", "every problem of a daemon and what to do",
     ASK_OPTIONS "      --json          as JSON\n", cmd_status},
    {"reload", "[-s PATH] [--force]", "load the rules anew",
     ASK_OPTIONS "      --force         take lists that shrank, too\n"
                 "      --json          as JSON\n",
     cmd_reload},
    {"schema", "[--config]", "JSON Schema of rule files or of the configuration",
     "      --config        of ringfenced.yaml\n"
     "      --json          (a schema is JSON in any case)\n",
     cmd_schema},
    {"list", "[-s PATH] [NAME] | add|del|get NAME ENTRY | compile [-t TYPE] IN [OUT]",
     "lists of a daemon, live changes of them; list files compiled",
     ASK_OPTIONS
     "      --reason TEXT   of add and del: why\n"
     "      --expires TIME  of add and del: until then, or a duration like 7d\n"
     "      --who NAME      of add and del: who, if not the user\n"
     "  -t, --type TYPE     of compile: numbers (default), senders, hosts ...\n"
     "      --strict        of compile: bad lines are errors\n"
     "      --json          as JSON\n",
     cmd_list},
    {"lookup", "[-s PATH] NUMBER|HOST", "all that a daemon knows of a number or host",
     ASK_OPTIONS "      --json          as JSON\n", cmd_lookup},
    {"mode", "monitor|enforce|reset [--kind KIND] [--for TIME] --reason TEXT",
     "decide nothing, or decide again, at once on all daemons",
     "      --kind KIND     of sms, call or visit only\n" CLI_CHANGE_FOR CLI_CHANGE_HELP,
     cmd_mode},
    {"rule", "enable|monitor|off|reset ID [--for TIME] --reason TEXT",
     "a rule's mode, at once on all daemons", CLI_CHANGE_FOR CLI_CHANGE_HELP, cmd_rule},
    {"events", "[-s PATH] [-n N] [--follow]",
     "what a daemon decided and went through last",
     "  -n N                the last N (default 100)\n"
     "  -f, --follow        and then each as it comes\n" ASK_OPTIONS
     "      --json          as JSON, one object a line\n",
     cmd_events},
    {"forget", "NUMBER [--rule ID] --reason TEXT",
     "count a number anew, at once on all daemons",
     "      --rule ID       only what this rule counted\n" CLI_CHANGE_HELP, cmd_forget},
    {NULL, NULL, NULL, NULL, NULL},
};

/* Commands that are promised for later. */
static const char *const later[] = {"backtest", "history", "rollback", "top", "why"};

static const struct command *current; /* of this process, for usage and --help */

void cli_error(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("ringfence: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

int cli_usage(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("ringfence: ", stderr);
    vfprintf(stderr, fmt, ap);
    fprintf(stderr, "\nTry 'ringfence %s%s--help'.\n", current ? current->name : "",
            current ? " " : "");
    va_end(ap);
    return EX_USAGE;
}

/* C0, DEL, C1, line and paragraph separators, and what turns the writing direction. */
static bool is_control(uint32_t c)
{
    return c < ' ' || (c >= 0x7F && c <= 0x9F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

void cli_put(const char *s)
{
    size_t n = strlen(s), len;
    for (size_t i = 0; i < n; i += len) {
        if (is_control(rf_utf8_decode(s + i, n - i, &len)))
            putchar('?');
        else
            fwrite(s + i, 1, len, stdout);
    }
}

bool cli_color(FILE *f)
{
    const char *no = getenv("NO_COLOR");
    return (!no || !*no) && isatty(fileno(f));
}

int cli_getopt(int argc, char **argv, const char *shorts, const struct option *longs)
{
    char *command = argv[0];
    argv[0] = (char[]){"ringfence"}; /* what mistakes are told as */
    int c = getopt_long(argc, argv, shorts, longs, NULL);
    argv[0] = command;
    if (c == 'h') {
        printf("Usage: ringfence %s %s\n%s.\n\n%s  -h, --help          this text\n",
               current->name, current->args, current->summary, current->help);
        exit(EX_OK);
    }
    if (c == '?') {
        fprintf(stderr, "Try 'ringfence %s --help'.\n", current->name);
        exit(EX_USAGE);
    }
    return c;
}

static void print_help(FILE *f)
{
    fputs("Usage: ringfence COMMAND [OPTION]... [ARGUMENT]...\n\n", f);
    for (const struct command *c = commands; c->name; c++)
        fprintf(f, "  %-9s %s\n", c->name, c->summary);
    fputs("\n'ringfence COMMAND --help' tells the options of one command.\n", f);
}

static const char *nearest(const char *word)
{
    const char *names[sizeof commands / sizeof *commands];
    size_t n = 0;
    for (const struct command *c = commands; c->name; c++)
        names[n++] = c->name;
    return rf_diag_suggest(rf_str_of(word), names, n);
}

int cli_main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
        strcmp(word, "help") == 0) {
        print_help(stdout);
        return EX_OK;
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        puts("ringfence " RF_VERSION);
        return EX_OK;
    }
    for (const struct command *c = commands; c->name; c++) {
        if (strcmp(word, c->name) != 0)
            continue;
        current = c;
        int status = c->run(argc - 1, argv + 1);
        if (fflush(stdout) != 0 || ferror(stdout)) {
            cli_error("writing the output failed");
            return EX_IOERR;
        }
        return status;
    }
    if (!*word) {
        print_help(stderr);
        return EX_USAGE;
    }
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        if (strcmp(word, later[i]) == 0)
            return cli_usage("'%s' is not supported yet", word);
    const char *near = nearest(word);
    return near ? cli_usage("no command '%s', did you mean '%s'?", word, near)
                : cli_usage("no command '%s'", word);
}
