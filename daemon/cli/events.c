/* ringfence events: the last events of a daemon; with --follow each as it comes. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cli/cli.h"
#include "daemon/ops/control.h"

struct events_options {
    struct cli_ask_options ask;
    bool follow;
    long last; /* -1: not said */
};

struct printing {
    const struct events_options *o;
    bool answered; /* the first line, which is no event */
    json_int_t left;
    int rc;
};

/* Members that stand first, and those that say nothing to people. */
static bool is_apart(const char *name)
{
    static const char *const names[] = {"time", "type",     "host",  "gen",
                                        "text", "from_key", "to_key"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void print_value(const json_t *value)
{
    if (json_is_string(value))
        cli_put(json_string_value(value));
    else
        json_dumpf(value, stdout,
                   JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
}

/* "TIME HOST type name=value …: text". */
static void print_event(json_t *event)
{
    const char *name;
    json_t *value;
    printf("%s %s %s", cli_str(event, "time"), cli_str(event, "host"),
           cli_str(event, "type"));
    json_object_foreach(event, name, value)
    {
        if (is_apart(name))
            continue;
        printf(" %s=", name);
        print_value(value);
    }
    if (*cli_str(event, "text")) {
        printf(": ");
        cli_put(cli_str(event, "text"));
    }
    putchar('\n');
}

static void print_line(const struct events_options *o, struct rf_str line)
{
    json_t *event = json_loadb(line.p, line.n, 0, NULL);
    json_t *dropped = json_object_get(event, "dropped");
    if (dropped && !json_object_get(event, "type"))
        cli_error("%lld events left out: they came too fast",
                  (long long)json_integer_value(dropped));
    if (o->ask.json)
        printf("%.*s\n", RF_STR_FMT(line));
    else if (event && !dropped)
        print_event(event);
    json_decref(event);
    if (o->follow)
        fflush(stdout);
}

/* The answer itself: how many lines come. */
static bool take_answer(struct printing *p, struct rf_str line)
{
    json_t *answer = json_loadb(line.p, line.n, 0, NULL);
    p->answered = true;
    p->left = json_integer_value(json_object_get(answer, "lines"));
    if (!json_is_true(json_object_get(answer, "ok"))) {
        cli_error("%s", cli_str(json_object_get(answer, "error"), "message"));
        p->rc = EX_PROTOCOL;
    }
    json_decref(answer);
    return p->rc == 0 && (p->left > 0 || p->o->follow);
}

static bool on_line(void *arg, struct rf_str line)
{
    struct printing *p = arg;
    if (!p->answered)
        return take_answer(p, line);
    print_line(p->o, line);
    p->left--;
    return (p->left > 0 || p->o->follow) && !ferror(stdout);
}

static int read_options(int argc, char **argv, struct events_options *o)
{
    static const struct option longs[] = {
        CLI_ASK_LONGS,
        {"follow", no_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *o = (struct events_options){.last = -1};
    for (int c; (c = cli_getopt(argc, argv, CLI_ASK_SHORTS "n:fh", longs)) != -1;) {
        char *end = NULL;
        if (cli_ask_take(&o->ask, c))
            continue;
        if (c == 'f')
            o->follow = true;
        else
            o->last = strtol(optarg, &end, 10);
        if (end && (*end || end == optarg || o->last < 0))
            return cli_usage("-n takes a number, not '%s'", optarg);
    }
    return optind < argc ? cli_usage("events takes no argument") : 0;
}

int cmd_events(int argc, char **argv)
{
    struct events_options o;
    struct printing p = {.o = &o};
    char *path;
    const char *why = "";
    int rc = read_options(argc, argv, &o);
    if (rc == 0)
        rc = cli_socket(o.ask.config_path, o.ask.socket, &path);
    if (rc != 0)
        return rc;
    json_t *request = json_pack("{sssb}", "command", "events", "follow", o.follow);
    if (o.last >= 0)
        json_object_set_new(request, "last", json_integer(o.last));
    char *line = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    if (control_stream(path, rf_str_of(line), on_line, &p, &why) != 0) {
        cli_error("%s: %s", path, why);
        p.rc = EX_UNAVAILABLE;
    } else if (!p.answered || o.follow) {
        cli_error("%s: the daemon has closed the connection", path);
        p.rc = p.rc ? p.rc : EX_UNAVAILABLE;
    }
    free(line);
    free(path);
    return p.rc;
}
