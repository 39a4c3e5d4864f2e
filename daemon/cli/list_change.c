#include "daemon/cli/list_change.h"

#include "daemon/cli/change.h"

#include <jansson.h>
#include <string.h>

#define WHO_MAX 64 /* bytes */

static const char *get(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

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
    const char *kind = get(source, "kind");
    if (strcmp(kind, "file") == 0 || strcmp(kind, "values") == 0)
        printf("%s:%lld", get(source, "path"),
               (long long)json_integer_value(json_object_get(source, "line")));
    else if (strcmp(kind, "built_in") == 0)
        printf("built in");
    else
        printf("%s by %s, %s", kind, get(source, "who"), get(source, "since"));
}

static void print_source(const json_t *source, const char *indent)
{
    printf("%s%s  (", indent, get(source, "entry"));
    print_place(source);
    if (*get(source, "source"))
        printf(", source %s", get(source, "source"));
    if (*get(source, "reason"))
        printf(", reason: %s", get(source, "reason"));
    if (*get(source, "expires"))
        printf(", %s %s", json_object_get(source, "expired") ? "expired" : "until",
               get(source, "expires"));
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
    printf("%s is %sin %s%s%s\n", get(reply, "entry"), listed ? "" : "not ",
           get(list, "name"), listed ? ", as " : "", get(reply, "by"));
    list_print_sources(reply, "  ");
}

static void print_done(const json_t *reply)
{
    printf("%s: %s %s", get(reply, "name"), get(reply, "entry"), get(reply, "done"));
    if (*get(reply, "expires"))
        printf(", until %s", get(reply, "expires"));
    putchar('\n');
    if (*get(reply, "warning"))
        cli_error("%s", get(reply, "warning"));
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
        fputs(get(reply, "diagnostics"), stderr);
    if (rc == 0 && !o->ask.json)
        reading ? print_got(reply) : print_done(reply);
    json_decref(reply);
    return rc;
}
