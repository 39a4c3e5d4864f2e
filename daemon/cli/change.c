#include "daemon/cli/change.h"

#include <jansson.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/rule/scalar.h"

static int take(struct cli_change *c, int option)
{
    if (cli_ask_take(&c->ask, option))
        return 0;
    if (option == 'R')
        c->reason = optarg;
    else if (option == 'K')
        c->kind = optarg;
    else if (option == 'I')
        c->rule = optarg;
    else if (!rf_scalar_parse_duration(rf_str_of(optarg), &c->for_ms) || c->for_ms <= 0)
        return cli_usage("--for takes a time such as 30m, 12h or 7d, not '%s'", optarg);
    return 0;
}

int cli_change_options(int argc, char **argv, unsigned has, struct cli_change *c)
{
    static const struct option longs[] = {
        CLI_ASK_LONGS,
        {"reason", required_argument, NULL, 'R'},
        {"for", required_argument, NULL, 'F'},
        {"kind", required_argument, NULL, 'K'},
        {"rule", required_argument, NULL, 'I'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *c = (struct cli_change){0};
    for (int o; (o = cli_getopt(argc, argv, CLI_ASK_SHORTS "h", longs)) != -1;) {
        int rc = take(c, o);
        if (rc != 0)
            return rc;
    }
    if ((c->for_ms && !(has & CLI_CHANGE_HAS_FOR)) ||
        (c->kind && !(has & CLI_CHANGE_HAS_KIND)) ||
        (c->rule && !(has & CLI_CHANGE_HAS_RULE)))
        return cli_usage("%s takes no --%s", argv[0],
                         c->for_ms && !(has & CLI_CHANGE_HAS_FOR)  ? "for"
                         : c->kind && !(has & CLI_CHANGE_HAS_KIND) ? "kind"
                                                                   : "rule");
    if (!c->reason || !*c->reason)
        return cli_usage("say why: --reason TEXT");
    return 0;
}

const char *cli_user(void)
{
    const char *sudo = getenv("SUDO_USER");
    const struct passwd *p = getpwuid(getuid());
    return sudo && *sudo ? sudo : p ? p->pw_name : NULL;
}

json_t *cli_change_request(const char *command, const struct cli_change *c)
{
    json_t *o = json_pack("{ss,ss*,ss*}", "command", command, "reason", c->reason, "who",
                          cli_user());
    if (o && c->for_ms)
        json_object_set_new(o, "for", json_integer(c->for_ms));
    return o;
}

static const char *get(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

int cli_changed(const struct cli_change *c, json_t *request, json_t **reply)
{
    *reply = NULL;
    if (!request)
        return cli_usage("that is not UTF-8");
    int rc = cli_asked(&c->ask, request, reply);
    if (rc != 0)
        return rc;
    if (!c->ask.json && get(*reply, "text"))
        puts(get(*reply, "text"));
    if (get(*reply, "warning"))
        cli_error("%s", get(*reply, "warning"));
    if (get(*reply, "note"))
        cli_error("%s", get(*reply, "note"));
    return 0;
}
