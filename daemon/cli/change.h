/* Options and requests of the subcommands that change something at run time: all take a
 * reason, most an end. */
#ifndef DAEMON_CLI_CHANGE_H
#define DAEMON_CLI_CHANGE_H

#include <stdint.h>

#include "daemon/cli/cli.h"

struct cli_change {
    struct cli_ask_options ask;
    const char *reason, *kind, *rule; /* or NULL */
    int64_t for_ms;                   /* 0: without end */
};

/* Help of the options all of them have. */
#define CLI_CHANGE_HELP                                                                  \
    "      --reason TEXT   why, for `status`, events and those who come after\n"         \
    "  -s, --socket PATH   control socket\n"                                             \
    "  -c, --config FILE   configuration, instead of " CONFIG_PATH "\n"                  \
    "      --json          as JSON\n"
#define CLI_CHANGE_FOR "      --for TIME      end by itself after 30m, 12h, 7d ...\n"

/* Which options a subcommand has besides. */
enum { CLI_CHANGE_HAS_FOR = 1, CLI_CHANGE_HAS_KIND = 2, CLI_CHANGE_HAS_RULE = 4 };

/* Read them; a missing reason is an error. 0 or EX_USAGE. */
int cli_change_options(int argc, char **argv, unsigned has, struct cli_change *c);
/* A request with the reason, the time and the user. */
struct json_t *cli_change_request(const char *command, const struct cli_change *c);
/* Ask, and print what was done: its text, then warnings and notes on stderr. *reply
 * (which may be NULL) is to be json_decref'ed. */
int cli_changed(const struct cli_change *c, struct json_t *request,
                struct json_t **reply);
/* Who runs this; under sudo, who did that. May be NULL. */
const char *cli_user(void);

#endif
