/* Asking the daemon over its control socket. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/cli/cli.h"
#include "daemon/ops/control.h"

#define TIMEOUT_MS 120000 /* a reload of a large ruleset takes its time */

const char *cli_str(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

long long cli_int(const json_t *o, const char *key)
{
    return (long long)json_integer_value(json_object_get(o, key));
}

const char *cli_config_path(const char *given)
{
    return given ? given : access(CONFIG_PATH, R_OK) == 0 ? CONFIG_PATH : NULL;
}

int cli_socket(const char *config_path, const char *path, char **out)
{
    if (path) {
        *out = strdup(path);
        return 0;
    }
    struct config config;
    struct rf_report *report = rf_report_new();
    int rc = config_load(&config, cli_config_path(config_path), report);
    cli_show_report(report, stderr);
    rf_report_free(report);
    *out = rc == 0 ? strdup(config.control.p) : NULL;
    config_fini(&config);
    return rc == 0 ? 0 : EX_CONFIG;
}

static int parse(const struct rf_buf *line, json_t **reply)
{
    *reply = json_loadb(line->p, line->n, 0, NULL);
    if (json_is_object(*reply))
        return 0;
    json_decref(*reply);
    cli_error("the daemon's answer is not understood");
    return EX_PROTOCOL;
}

static int ask(const char *config_path, const char *path, json_t *request, json_t **reply)
{
    char *socket;
    int rc = cli_socket(config_path, path, &socket);
    char *line = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    if (rc == 0 && strlen(line) > CONTROL_MAX_REQUEST) {
        cli_error("that is too long to ask");
        rc = EX_DATAERR;
    } else if (rc == 0) {
        const char *why = "";
        struct rf_buf b;
        rf_buf_init(&b);
        if (control_request(socket, rf_str_of(line), TIMEOUT_MS, &b, &why) != 0) {
            cli_error("%s: %s", socket, why);
            rc = EX_UNAVAILABLE;
        } else {
            rc = parse(&b, reply);
        }
        rf_buf_fini(&b);
    }
    free(line);
    free(socket);
    return rc;
}

bool cli_ask_take(struct cli_ask_options *o, int c)
{
    if (c == 's')
        o->socket = optarg;
    else if (c == 'c')
        o->config_path = optarg;
    else if (c == 'j')
        o->json = true;
    return strchr("scj", c) != NULL;
}

int cli_ask_options(int argc, char **argv, struct cli_ask_options *o)
{
    static const struct option longs[] = {
        CLI_ASK_LONGS,
        {"force", no_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *o = (struct cli_ask_options){0};
    for (int c; (c = cli_getopt(argc, argv, CLI_ASK_SHORTS "h", longs)) != -1;) {
        if (!cli_ask_take(o, c))
            o->force = true;
    }
    if (o->force && strcmp(argv[0], "reload") != 0)
        return cli_usage("only reload takes --force");
    return 0;
}

/* The error of a refused request, on stderr. */
static void show_refusal(const json_t *reply)
{
    const json_t *error = json_object_get(reply, "error");
    const char *message = json_string_value(json_object_get(error, "message"));
    cli_error("%s", message ? message : "refused");
}

int cli_asked(const struct cli_ask_options *o, json_t *request, json_t **reply)
{
    int rc = ask(o->config_path, o->socket, request, reply);
    if (rc != 0)
        return rc;
    if (o->json) {
        json_dumpf(*reply, stdout, JSON_COMPACT);
        putchar('\n');
    }
    if (json_is_true(json_object_get(*reply, "ok")))
        return 0;
    if (!o->json)
        show_refusal(*reply);
    return EX_DATAERR;
}
