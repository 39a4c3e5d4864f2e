#include "daemon/cli/list_change.h"

#include "daemon/cli/change.h"

#include <jansson.h>
#include <string.h>

#define WHO_MAX 64 /* bytes */

bool list_is_change(const char *word)
{
    return strcmp(word, "add") == 0 || strcmp(word, "del") == 0 ||
           strcmp(word, "get") == 0;
}

/* As the daemon takes it; what it does not would be left out there unseen. */
static bool is_word(const char *who)
{
    size_t n = strlen(who);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)who[i] <= ' ' || who[i] == 127)
            return false;
    return n > 0 && n <= WHO_MAX;
}

static void set(json_t *o, const char *key, const char *value)
{
    if (value)
        json_object_set_new(o, key, json_string(value));
}

/* ---- for people ------------------------------------------------------------------- */

static void print_place(const json_t *source)
{
    const char *kind = cli_str(source, "kind");
    if (strcmp(kind, "file") == 0 || strcmp(kind, "values") == 0)
        printf("%s:%lld", cli_str(source, "path"), cli_int(source, "line"));
    else if (strcmp(kind, "built_in") == 0)
        printf("built in");
    else
        printf("%s by %s, %s", kind, cli_str(source, "who"), cli_str(source, "since"));
}

static void print_source(const json_t *source, const char *indent)
{
    printf("%s%s  (", indent, cli_str(source, "entry"));
    print_place(source);
    if (*cli_str(source, "source"))
        printf(", source %s", cli_str(source, "source"));
    if (*cli_str(source, "reason"))
        printf(", reason: %s", cli_str(source, "reason"));
    if (*cli_str(source, "expires"))
        printf(", %s %s", json_object_get(source, "expired") ? "expired" : "until",
               cli_str(source, "expires"));
    if (json_object_get(source, "hidden"))
        printf(", hidden");
    puts(")");
}

void list_print_sources(const json_t *known, const char *indent)
{
    size_t i;
    json_t *source;
    json_array_foreach(json_object_get(known, "sources"), i, source)
        print_source(source, indent);
}

static void print_got(const json_t *reply)
{
    const json_t *list = json_object_get(reply, "list");
    bool listed = json_is_true(json_object_get(reply, "listed"));
    printf("%s is %sin %s%s%s\n", cli_str(reply, "entry"), listed ? "" : "not ",
           cli_str(list, "name"), listed ? ", as " : "", cli_str(reply, "by"));
    list_print_sources(reply, "  ");
}

static void print_done(const json_t *reply)
{
    printf("%s: %s %s", cli_str(reply, "name"), cli_str(reply, "entry"),
           cli_str(reply, "done"));
    if (*cli_str(reply, "expires"))
        printf(", until %s", cli_str(reply, "expires"));
    putchar('\n');
    if (*cli_str(reply, "warning"))
        cli_error("%s", cli_str(reply, "warning"));
}

/* ---- one entry -------------------------------------------------------------------- */

int list_change(const struct list_options *o, int n, char **words)
{
    json_t *reply = NULL;
    bool reading = strcmp(words[0], "get") == 0;
    if (n != 3)
        return cli_usage("list %s takes the name of a list and one entry", words[0]);
    if (reading && (o->reason || o->expires || o->who))
        return cli_usage("list get takes no --reason, --expires or --who");
    if (o->who && !is_word(o->who))
        return cli_usage("--who takes a word of at most %d bytes", WHO_MAX);
    char command[16];
    snprintf(command, sizeof command, "list_%s", words[0]);
    json_t *request =
        json_pack("{ssssss}", "command", command, "name", words[1], "entry", words[2]);
    if (!request) {
        json_decref(request);
        return cli_usage("names and entries are UTF-8");
    }
    set(request, "reason", o->reason);
    set(request, "expires", o->expires);
    set(request, "who", reading ? NULL : o->who ? o->who : cli_user());
    int rc = cli_asked(&o->ask, request, &reply);
    if (rc == EX_DATAERR && !o->ask.json)
        fputs(cli_str(reply, "diagnostics"), stderr);
    if (rc == 0 && !o->ask.json)
        reading ? print_got(reply) : print_done(reply);
    json_decref(reply);
    return rc;
}
