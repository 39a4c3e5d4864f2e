/* ringfence status: every problem, since when, what it means and what to do. */
#include <jansson.h>
#include <string.h>

#include "daemon/cli/cli.h"

static const char *get(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static long long num(const json_t *o, const char *key)
{
    return (long long)json_integer_value(json_object_get(o, key));
}

/* What people changed at run time: no problem, but to be known. */
static void print_overrides(const json_t *reply)
{
    size_t i;
    json_t *o;
    json_array_foreach(json_object_get(reply, "overrides"), i, o)
    {
        bool forgotten = strcmp(get(o, "what"), "forget") == 0;
        bool ends = *get(o, "until") && !forgotten;
        printf("%s%s %.*s%s%s%s%s since %s by %s: %s\n",
               i ? "" : "\nchanged at run time\n",
               forgotten                        ? "  forgotten"
               : strcmp(get(o, "what"), "rule") ? "  mode"
                                                : "  rule",
               forgotten ? 8 : 64, get(o, "name"), forgotten ? "" : ": ", get(o, "mode"),
               ends ? " until " : "", ends ? get(o, "until") : "", get(o, "since"),
               get(o, "who"), get(o, "reason"));
    }
}

static void print(const json_t *reply)
{
    printf("%s: ringfenced %s, pid %lld, up %lld s, mode %s\n", get(reply, "state"),
           get(reply, "version"), num(reply, "pid"), num(reply, "uptime"),
           get(reply, "mode"));
    printf("ruleset %s, generation %lld: %lld rules, %lld lists; %lld connections\n",
           get(reply, "ruleset"), num(reply, "gen"), num(reply, "rules"),
           num(reply, "lists"), num(reply, "connections"));
    size_t i;
    json_t *p, *redis = json_object_get(reply, "redis");
    if (json_is_object(redis))
        printf("redis %s: %s; here daemon %s, totals %s\n", get(redis, "address"),
               json_is_true(json_object_get(redis, "up")) ? "answers" : "is away",
               get(redis, "daemon"), get(redis, "totals"));
    print_overrides(reply);
    json_array_foreach(json_object_get(reply, "problems"), i, p)
    {
        printf("\n%s (%s) since %s\n", get(p, "code"), get(p, "severity"),
               get(p, "since"));
        if (*get(p, "detail"))
            printf("  %s\n", get(p, "detail"));
        printf("  %s\n  %s\n", get(p, "meaning"), get(p, "what_to_do"));
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
        const char *state = get(reply, "state");
        rc = strcmp(state, "well") == 0 ? 0 : strcmp(state, "degraded") == 0 ? 1 : 2;
    }
    json_decref(reply);
    return rc;
}
