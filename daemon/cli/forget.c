/* ringfence forget: what was counted of a number begins anew, on all daemons at once. */
#include <jansson.h>

#include "daemon/cli/change.h"

/* Lists are not changed: whoever clears a number should know that it is still named. */
static void print_lists(const json_t *reply)
{
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(reply, "lists"), i, name)
        cli_error("it still stands in the list %s: see 'ringfence list del %s'",
                  json_string_value(name), json_string_value(name));
}

int cmd_forget(int argc, char **argv)
{
    struct cli_change c;
    json_t *reply;
    int rc = cli_change_options(argc, argv, CLI_CHANGE_HAS_RULE, &c);
    if (rc != 0)
        return rc;
    if (argc - optind != 1)
        return cli_usage("one number expected");
    json_t *request = cli_change_request("forget", &c);
    if (request) {
        json_object_set_new(request, "number", json_string(argv[optind]));
        if (c.rule)
            json_object_set_new(request, "rule", json_string(c.rule));
    }
    rc = cli_changed(&c, request, &reply);
    if (rc == 0)
        print_lists(reply);
    json_decref(reply);
    return rc;
}
