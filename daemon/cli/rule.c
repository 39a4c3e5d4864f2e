/* ringfence rule: the mode of one rule, on all daemons at once. */
#include <jansson.h>
#include <string.h>

#include "daemon/cli/change.h"

static bool is_mode(const char *word)
{
    return strcmp(word, "enable") == 0 || strcmp(word, "monitor") == 0 ||
           strcmp(word, "off") == 0 || strcmp(word, "reset") == 0;
}

int cmd_rule(int argc, char **argv)
{
    struct cli_change c;
    json_t *reply;
    int rc = cli_change_options(argc, argv, CLI_CHANGE_HAS_FOR, &c);
    if (rc != 0)
        return rc;
    if (argc - optind != 2 || !is_mode(argv[optind]))
        return cli_usage("enable, monitor, off or reset expected, and a rule's id");
    json_t *request = cli_change_request("rule", &c);
    if (request) {
        json_object_set_new(request, "mode", json_string(argv[optind]));
        json_object_set_new(request, "rule", json_string(argv[optind + 1]));
    }
    rc = cli_changed(&c, request, &reply);
    json_decref(reply);
    return rc;
}
