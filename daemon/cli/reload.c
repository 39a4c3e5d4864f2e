/* ringfence reload: load the rules anew; with mistakes in them the old ones stay. */
#include <jansson.h>

#include "daemon/cli/cli.h"

static void print(const json_t *reply)
{
    const char *diagnostics = json_string_value(json_object_get(reply, "diagnostics"));
    if (diagnostics)
        fputs(diagnostics, stderr);
    if (!json_is_true(json_object_get(reply, "ok")))
        return;
    printf("%s: generation %lld, %lld rules\n",
           json_is_true(json_object_get(reply, "changed")) ? "reloaded"
                                                           : "nothing changed",
           cli_int(reply, "gen"), cli_int(reply, "rules"));
}

int cmd_reload(int argc, char **argv)
{
    struct cli_ask_options o;
    json_t *reply = NULL;
    int rc = cli_ask_options(argc, argv, &o);
    if (rc == 0 && optind < argc)
        return cli_usage("reload takes no argument");
    if (rc == 0)
        rc = cli_asked(&o, json_pack("{sssb}", "command", "reload", "force", o.force),
                       &reply);
    if (reply && !o.json)
        print(reply);
    json_decref(reply);
    return rc;
}
