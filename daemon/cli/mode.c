/* ringfence mode: enforce or monitor, on all daemons at once. */
#include <jansson.h>
#include <string.h>

#include "daemon/cli/change.h"

static bool is_mode(const char *word)
{
    return strcmp(word, "monitor") == 0 || strcmp(word, "enforce") == 0 ||
           strcmp(word, "reset") == 0;
}

static bool is_kind(const char *word)
{
    return strcmp(word, "sms") == 0 || strcmp(word, "call") == 0 ||
           strcmp(word, "visit") == 0;
}

int cmd_mode(int argc, char **argv)
{
    struct cli_change c;
    json_t *reply;
    int rc = cli_change_options(argc, argv, CLI_CHANGE_HAS_FOR | CLI_CHANGE_HAS_KIND, &c);
    if (rc != 0)
        return rc;
    if (argc - optind != 1 || !is_mode(argv[optind]))
        return cli_usage("monitor, enforce or reset expected");
    if (c.kind && !is_kind(c.kind)) /* an empty one would mean all */
        return cli_usage("--kind takes sms, call or visit, not '%s'", c.kind);
    json_t *request = cli_change_request("mode", &c);
    if (request) {
        json_object_set_new(request, "mode", json_string(argv[optind]));
        if (c.kind)
            json_object_set_new(request, "kind", json_string(c.kind));
    }
    rc = cli_changed(&c, request, &reply);
    json_decref(reply);
    return rc;
}
