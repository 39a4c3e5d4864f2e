/* The dispatch of ringfence(1), apart from main for the tests. */
#ifndef DAEMON_CLI_COMMON_H
#define DAEMON_CLI_COMMON_H

#include "daemon/cli/cli.h"

/* Run the subcommand that argv names; returns its exit code. */
int cli_main(int argc, char **argv);

#endif
