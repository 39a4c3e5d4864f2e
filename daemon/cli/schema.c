/* ringfence schema: JSON Schema (draft-07) of rule files or of the configuration. */
#include "daemon/cli/cli.h"

static const struct option longs[] = {
    {"config", no_argument, NULL, 'C'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

int cmd_schema(int argc, char **argv)
{
    bool of_config = false;
    for (int c; (c = cli_getopt(argc, argv, "h", longs)) != -1;)
        of_config = of_config || c == 'C';
    if (optind < argc)
        return cli_usage("schema takes no argument");
    struct rf_buf b;
    rf_buf_init(&b);
    if (of_config)
        config_schema(&b);
    else
        rf_rule_schema(&b);
    fwrite(b.p, 1, b.n, stdout);
    rf_buf_fini(&b);
    return EX_OK;
}
