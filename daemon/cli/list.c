/* ringfence list: lists of a daemon; with a name, its entries. */
#include <jansson.h>
#include <string.h>

#include "daemon/cli/cli.h"

#define PAGE 1000 /* entries asked for at once */

static const char *get(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static void print_list(const json_t *l)
{
    printf("%-24s %-8s %10lld  %s%s%s\n", get(l, "name"), get(l, "type"),
           (long long)json_integer_value(json_object_get(l, "entries")), get(l, "path"),
           *get(l, "problem") ? "  problem: " : "", get(l, "problem"));
}

static size_t print_rows(const json_t *reply)
{
    size_t i;
    json_t *row;
    const json_t *rows = json_object_get(reply, "rows");
    json_array_foreach(rows, i, row)
    {
        printf("%s", get(row, "entry"));
        if (*get(row, "reason") || *get(row, "source") || *get(row, "expires"))
            printf("\t%s\t%s\t%s", get(row, "reason"), get(row, "source"),
                   get(row, "expires"));
        putchar('\n');
    }
    return json_array_size(rows);
}

static int show_all(const struct cli_ask_options *o)
{
    json_t *reply = NULL, *l;
    size_t i;
    int rc = cli_asked(o, json_pack("{ss}", "command", "list"), &reply);
    if (rc == 0 && !o->json)
        json_array_foreach(json_object_get(reply, "lists"), i, l) print_list(l);
    json_decref(reply);
    return rc;
}

static int show_one(const struct cli_ask_options *o, const char *name)
{
    size_t offset = 0, got = PAGE;
    int rc = 0;
    while (rc == 0 && got == PAGE) {
        json_t *reply = NULL;
        rc = cli_asked(o,
                       json_pack("{sssssIsI}", "command", "list", "name", name, "offset",
                                 (json_int_t)offset, "limit", (json_int_t)PAGE),
                       &reply);
        if (rc == 0)
            got = o->json ? json_array_size(json_object_get(reply, "rows"))
                          : print_rows(reply);
        offset += got;
        json_decref(reply);
    }
    return rc;
}

int cmd_list(int argc, char **argv)
{
    static const char *const later[] = {"add", "del", "get"};
    struct cli_ask_options o;
    if (argc > 1 && strcmp(argv[1], "compile") == 0)
        return list_compile(argc - 1, argv + 1);
    int rc = cli_ask_options(argc, argv, &o);
    if (rc != 0)
        return rc;
    for (size_t i = 0; optind < argc && i < sizeof later / sizeof *later; i++)
        if (strcmp(argv[optind], later[i]) == 0)
            return cli_usage("list %s is not supported yet", later[i]);
    if (argc - optind > 1)
        return cli_usage("list takes one name");
    return optind < argc ? show_one(&o, argv[optind]) : show_all(&o);
}
