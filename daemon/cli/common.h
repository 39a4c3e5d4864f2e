/* The dispatch of ringfence(1), apart from main for the tests. */
#ifndef DAEMON_CLI_COMMON_H
#define DAEMON_CLI_COMMON_H

#include "daemon/cli/cli.h"

/* Run the subcommand that argv names; returns its exit code. */
int cli_main(int argc, char **argv);
/* All subcommands, ending in one without a name. */
const struct command *cli_commands(void);

#endif
