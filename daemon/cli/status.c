/* ringfence status: every problem, since when, what it means and what to do. */
#include <jansson.h>
#include <string.h>

#include "daemon/cli/cli.h"

/* What people changed at run time: no problem, but to be known. */
static void print_overrides(const json_t *reply)
{
    size_t i;
    json_t *o;
    json_array_foreach(json_object_get(reply, "overrides"), i, o)
    {
        bool forgotten = strcmp(cli_str(o, "what"), "forget") == 0;
        bool ends = *cli_str(o, "until") && !forgotten;
        printf("%s%s %.*s%s%s%s%s since %s by %s: %s\n",
               i ? "" : "\nchanged at run time\n",
               forgotten                            ? "  forgotten"
               : strcmp(cli_str(o, "what"), "rule") ? "  mode"
                                                    : "  rule",
               forgotten ? 8 : 64, cli_str(o, "name"), forgotten ? "" : ": ",
               cli_str(o, "mode"), ends ? " until " : "", ends ? cli_str(o, "until") : "",
               cli_str(o, "since"), cli_str(o, "who"), cli_str(o, "reason"));
    }
}

static void print(const json_t *reply)
{
    printf("%s: ringfenced %s, pid %lld, up %lld s, mode %s\n", cli_str(reply, "state"),
           cli_str(reply, "version"), cli_int(reply, "pid"), cli_int(reply, "uptime"),
           cli_str(reply, "mode"));
    printf("ruleset %s, generation %lld: %lld rules, %lld lists; %lld connections\n",
           cli_str(reply, "ruleset"), cli_int(reply, "gen"), cli_int(reply, "rules"),
           cli_int(reply, "lists"), cli_int(reply, "connections"));
    size_t i;
    json_t *p, *redis = json_object_get(reply, "redis");
    if (json_is_object(redis))
        printf("redis %s: %s; here daemon %s, totals %s\n", cli_str(redis, "address"),
               json_is_true(json_object_get(redis, "up")) ? "answers" : "is away",
               cli_str(redis, "daemon"), cli_str(redis, "totals"));
    print_overrides(reply);
    json_array_foreach(json_object_get(reply, "problems"), i, p)
    {
        printf("\n%s (%s) since %s\n", cli_str(p, "code"), cli_str(p, "severity"),
               cli_str(p, "since"));
        if (*cli_str(p, "detail"))
            printf("  %s\n", cli_str(p, "detail"));
        printf("  %s\n  %s\n", cli_str(p, "meaning"), cli_str(p, "what_to_do"));
    }
}

int cmd_status(int argc, char **argv)
{
    struct cli_ask_options o;
    json_t *reply = NULL;
    int rc = cli_ask_options(argc, argv, &o);
    if (rc == 0 && optind < argc)
        return cli_usage("status takes no argument");
    if (rc == 0)
        rc = cli_asked(&o, json_pack("{ss}", "command", "status"), &reply);
    if (rc == 0) {
        if (!o.json)
            print(reply);
        const char *state = cli_str(reply, "state");
        rc = strcmp(state, "well") == 0 ? 0 : strcmp(state, "degraded") == 0 ? 1 : 2;
    }
    json_decref(reply);
    return rc;
}
