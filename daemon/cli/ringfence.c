/* ringfence(1): dispatch by one table of subcommands. */
#include <signal.h>
#include <string.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/common.h"

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_DFL);
    return cli_main(argc, argv);
}
