/* ringfence stats: interception totals, as a whole or by day, hour and group. */
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

static void print_group(const json_t *totals, const char *prefix, const char *title,
                        const char *gap)
{
    const char *key;
    json_t *value;
    size_t n = 0;
    struct row *rows = rf_mem_calloc(json_object_size(totals), sizeof *rows);
    json_object_foreach((json_t *)totals, key, value)
    {
        if (begins(key, prefix))
            rows[n++] = (struct row){key + strlen(prefix), json_integer_value(value)};
    }
    qsort(rows, n, sizeof *rows, by_count);
    if (n)
        printf("%s%s\n", gap, title);
    for (size_t i = 0; i < n; i++) {
        size_t width = strlen(rows[i].name);
        printf("  ");
        cli_put(rows[i].name);
        printf("%*s %12lld\n", width < 48 ? (int)(48 - width) : 0, "", rows[i].n);
    }
    free(rows);
}

static const char *const kinds[] = {"sms", "call", "visit", "none"};
static const char *const verdicts[] = {"allow", "warn", "block"};
enum { KINDS = sizeof kinds / sizeof *kinds, VERDICTS = 3 };

static long long cell(const json_t *totals, const char *kind, const char *verdict)
{
    char key[64];
    snprintf(key, sizeof key, "%s:%s", kind, verdict);
    return cli_int(totals, key);
}

static void print_head(const char *first, int width)
{
    printf("%-*s %12s %12s %12s\n", width, first, verdicts[0], verdicts[1], verdicts[2]);
}

static void print_kinds(const json_t *totals)
{
    print_head("kind", 8);
    for (int k = 0; k < KINDS; k++)
        printf("%-8s %12lld %12lld %12lld\n", kinds[k], cell(totals, kinds[k], "allow"),
               cell(totals, kinds[k], "warn"), cell(totals, kinds[k], "block"));
}

static const struct {
    const char *name, *prefix, *title;
} groups[] = {
    {"fraud", "fraud:", "by fraud type, kind and verdict"},
    {"rule", "rule:", "by rule and mode"},
    {"grid", "grid:", "by grid, kind and verdict"},
    {"trunk", "trunk:", "by trunk, kind and verdict"},
    {"feed", "feed:", "by feed, kind and verdict"},
};

/* What was asked for by: a time, a group, both or none. */
struct by {
    bool time;
    const char *group; /* NULL: all */
};

static void print_totals(const json_t *totals, const struct by *by)
{
    if (!by->group || strcmp(by->group, "kind") == 0)
        print_kinds(totals);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (!by->group || strcmp(by->group, groups[i].name) == 0)
            print_group(totals, groups[i].prefix, groups[i].title, by->group ? "" : "\n");
}

/* One line a day or hour: all kinds together. */
static void print_times(const json_t *rows, const char *unit)
{
    size_t i;
    json_t *row;
    print_head(unit, 16);
    json_array_foreach((json_t *)rows, i, row)
    {
        const json_t *totals = json_object_get(row, "totals");
        long long sum[VERDICTS] = {0};
        for (int k = 0; k < KINDS; k++)
            for (int v = 0; v < VERDICTS; v++)
                sum[v] += cell(totals, kinds[k], verdicts[v]);
        printf("%-16s %12lld %12lld %12lld\n",
               json_string_value(json_object_get(row, unit)), sum[0], sum[1], sum[2]);
    }
}

static void print_times_in_full(const json_t *rows, const char *unit, const struct by *by)
{
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)rows, i, row)
    {
        printf("%s%s\n", i ? "\n" : "", json_string_value(json_object_get(row, unit)));
        print_totals(json_object_get(row, "totals"), by);
    }
}

static void print(const json_t *reply, const struct by *by)
{
    const json_t *hours = json_object_get(reply, "hours");
    const json_t *rows = hours ? hours : json_object_get(reply, "days");
    const char *unit = hours ? "hour" : "day";
    size_t i;
    json_t *warning;
    if (!by->time)
        print_totals(json_object_get(reply, "totals"), by);
    else if (by->group)
        print_times_in_full(rows, unit, by);
    else
        print_times(rows, unit);
    json_array_foreach(json_object_get(reply, "warnings"), i, warning)
        cli_error("%s", json_string_value(warning));
}

/* ---- the question ----------------------------------------------------------------- */

struct options {
    struct cli_ask_options ask;
    const char *since, *until, *by;
    bool all;
};

static void read_options(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        CLI_ASK_LONGS,
        {"since", required_argument, NULL, 'S'},
        {"until", required_argument, NULL, 'U'},
        {"by", required_argument, NULL, 'B'},
        {"all", no_argument, NULL, 'A'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *o = (struct options){.by = ""};
    for (int c; (c = cli_getopt(argc, argv, CLI_ASK_SHORTS "h", longs)) != -1;) {
        if (cli_ask_take(&o->ask, c))
            continue;
        if (c == 'S')
            o->since = optarg;
        else if (c == 'U')
            o->until = optarg;
        else if (c == 'B')
            o->by = optarg;
        else
            o->all = true;
    }
}

static json_t *request(const struct options *o)
{
    json_t *r = json_pack("{ss ss sb}", "command", "stats", "by", o->by, "all", o->all);
    if (r && o->since)
        json_object_set_new(r, "since", json_string(o->since));
    if (r && o->until)
        json_object_set_new(r, "until", json_string(o->until));
    return r;
}

/* Which word of --by is the time and which the group; the daemon has checked both. */
static struct by parse_by(char *by)
{
    struct by out = {0};
    for (char *save, *w = strtok_r(by, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
        if (strcmp(w, "day") == 0 || strcmp(w, "hour") == 0)
            out.time = true;
        else
            out.group = w;
    }
    return out;
}

/* A question that cannot be answered now is not one that was asked wrongly. */
static int exit_code(const json_t *reply, int rc)
{
    const char *code =
        json_string_value(json_object_get(json_object_get(reply, "error"), "code"));
    if (rc != EX_DATAERR || !code)
        return rc;
    return strcmp(code, "redis_away") == 0    ? EX_UNAVAILABLE
           : strcmp(code, "bad_request") == 0 ? EX_USAGE
                                              : rc;
}

int cmd_stats(int argc, char **argv)
{
    struct options o;
    json_t *reply = NULL;
    read_options(argc, argv, &o);
    if (optind < argc)
        return cli_usage("stats takes no argument");
    int rc = cli_asked(&o.ask, request(&o), &reply);
    if (rc == 0 && !o.ask.json) {
        char *words = strdup(o.by);
        struct by by = parse_by(words);
        print(reply, &by);
        free(words);
    }
    rc = exit_code(reply, rc);
    json_decref(reply);
    return rc;
}
