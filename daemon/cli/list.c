/* ringfence list: lists of a daemon; with a name, its entries; with add, del or get, one
 * entry (list_change.c). */
#include <jansson.h>
#include <string.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/list_change.h"

#define PAGE 1000 /* entries asked for at once */

static void print_list(const json_t *l)
{
    printf("%-24s %-8s %10lld", cli_str(l, "name"), cli_str(l, "type"),
           cli_int(l, "entries"));
    if (cli_int(l, "added") || cli_int(l, "removed"))
        printf(" +%lld -%lld", cli_int(l, "added"), cli_int(l, "removed"));
    printf("  %s%s%s\n", cli_str(l, "path"), *cli_str(l, "problem") ? "  problem: " : "",
           cli_str(l, "problem"));
}

/* As lines of a list file; what is not in force is a comment in it. */
static void print_row(const json_t *row)
{
    const char *who = cli_str(row, "who"), *source = *who ? who : cli_str(row, "source");
    bool removed = strcmp(cli_str(row, "kind"), "removed") == 0;
    if (removed)
        printf("# removed by %s, %s: ", who, cli_str(row, "since"));
    else if (json_is_true(json_object_get(row, "hidden")))
        printf("# removed: ");
    printf("%s", cli_str(row, "entry"));
    if (*cli_str(row, "reason") || *source || *cli_str(row, "expires"))
        printf("\t%s\t%s\t%s", cli_str(row, "reason"), source, cli_str(row, "expires"));
    putchar('\n');
}

static size_t print_rows(const json_t *reply)
{
    size_t i;
    json_t *row;
    const json_t *rows = json_object_get(reply, "rows");
    json_array_foreach(rows, i, row) print_row(row);
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

static int read_options(int argc, char **argv, struct list_options *o)
{
    static const struct option longs[] = {
        CLI_ASK_LONGS,
        {"reason", required_argument, NULL, 'R'},
        {"expires", required_argument, NULL, 'E'},
        {"who", required_argument, NULL, 'W'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *o = (struct list_options){0};
    for (int c; (c = cli_getopt(argc, argv, CLI_ASK_SHORTS "h", longs)) != -1;) {
        if (cli_ask_take(&o->ask, c))
            continue;
        if (c == 'R')
            o->reason = optarg;
        else if (c == 'E')
            o->expires = optarg;
        else
            o->who = optarg;
    }
    return 0;
}

int cmd_list(int argc, char **argv)
{
    struct list_options o;
    if (argc > 1 && strcmp(argv[1], "compile") == 0)
        return list_compile(argc - 1, argv + 1);
    int rc = read_options(argc, argv, &o);
    if (rc != 0)
        return rc;
    if (optind < argc && list_is_change(argv[optind]))
        return list_change(&o, argc - optind, argv + optind);
    if (o.reason || o.expires || o.who)
        return cli_usage("--reason, --expires and --who belong to list add and list del");
    if (argc - optind > 1)
        return cli_usage("list takes one name");
    return optind < argc ? show_one(&o.ask, argv[optind]) : show_all(&o.ask);
}
