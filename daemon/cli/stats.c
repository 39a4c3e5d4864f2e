/* ringfence stats: interception totals by kind, verdict, fraud type and rule. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cli/cli.h"
#include "lib/base/mem.h"

/* The totals are flat: "sms:block", "rule:ID:enforce", "fraud:TYPE:KIND:VERDICT",
 * "grid:…", "trunk:…", "feed:…". */
static bool begins(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

struct row {
    const char *name;
    long long n;
};

/* Most first, then by name. */
static int by_count(const void *pa, const void *pb)
{
    const struct row *a = pa, *b = pb;
    return a->n != b->n ? (a->n < b->n) - (a->n > b->n) : strcmp(a->name, b->name);
}

static void print_group(json_t *totals, const char *prefix, const char *title)
{
    const char *key;
    json_t *value;
    size_t n = 0;
    struct row *rows = rf_mem_calloc(json_object_size(totals), sizeof *rows);
    json_object_foreach(totals, key, value)
    {
        if (begins(key, prefix))
            rows[n++] = (struct row){key + strlen(prefix), json_integer_value(value)};
    }
    qsort(rows, n, sizeof *rows, by_count);
    if (n)
        printf("\n%s\n", title);
    for (size_t i = 0; i < n; i++)
        printf("  %-48s %12lld\n", rows[i].name, rows[i].n);
    free(rows);
}

static long long cell(const json_t *totals, const char *kind, const char *verdict)
{
    char key[64];
    snprintf(key, sizeof key, "%s:%s", kind, verdict);
    return (long long)json_integer_value(json_object_get(totals, key));
}

static void print(const json_t *reply)
{
    static const char *const kinds[] = {"sms", "call", "visit", "none"};
    json_t *totals = json_object_get(reply, "totals");
    printf("%-8s %12s %12s %12s\n", "kind", "allow", "warn", "block");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        printf("%-8s %12lld %12lld %12lld\n", kinds[i], cell(totals, kinds[i], "allow"),
               cell(totals, kinds[i], "warn"), cell(totals, kinds[i], "block"));
    print_group(totals, "fraud:", "by fraud type, kind and verdict");
    print_group(totals, "rule:", "by rule and mode");
    print_group(totals, "grid:", "by grid, kind and verdict");
    print_group(totals, "trunk:", "by trunk, kind and verdict");
    print_group(totals, "feed:", "by feed, kind and verdict");
}

int cmd_stats(int argc, char **argv)
{
    struct cli_ask_options o;
    json_t *reply = NULL;
    int rc = cli_ask_options(argc, argv, &o);
    if (rc == 0 && optind < argc)
        return cli_usage("stats takes no argument");
    if (rc == 0)
        rc = cli_asked(&o, json_pack("{ss}", "command", "stats"), &reply);
    if (rc == 0 && !o.json)
        print(reply);
    json_decref(reply);
    return rc;
}
