/* ringfence bench: what a user's records cost under his rules: per pattern, list, rule.
 */
#include "daemon/cli/bench.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cli/cli.h"
#include "lib/base/mem.h"
#include "lib/codec/codec.h"

#define MOST_BYTES ((size_t)256 << 20) /* of records measured */
#define SHOWN 20                       /* of each kind, without --all */

static const struct option longs[] = {
    {"rules", required_argument, NULL, 'r'}, {"config", required_argument, NULL, 'c'},
    {"all", no_argument, NULL, 'a'},         {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0},
};

/* ---- order ---- */

struct ranked {
    const struct bench_cost *cost;
    uint32_t index;
};

static int by_cost(const void *pa, const void *pb)
{
    const struct ranked *a = pa, *b = pb;
    if (a->cost->ns != b->cost->ns)
        return a->cost->ns > b->cost->ns ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

/* Those tried or held, the dearest first; at most `most`. */
static struct ranked *rank(const struct bench_cost *costs, uint32_t n, size_t most,
                           size_t *kept)
{
    struct ranked *v = rf_mem_calloc(n + 1, sizeof *v);
    *kept = 0;
    for (uint32_t i = 0; i < n; i++)
        if (costs[i].tried || costs[i].held)
            v[(*kept)++] = (struct ranked){&costs[i], i};
    qsort(v, *kept, sizeof *v, by_cost);
    *kept = *kept < most ? *kept : most;
    return v;
}

/* ---- what is shown of each ---- */

enum what { PATTERNS, LISTS, RULES };

static const struct {
    const char *name, *held;
} whats[] = {[PATTERNS] = {"patterns", "matched"},
             [LISTS] = {"lists", "found"},
             [RULES] = {"rules", "hit"}};

static const struct bench_cost *costs_of(const struct bench *b, enum what w, uint32_t *n)
{
    *n = w == PATTERNS ? rf_matcher_count(b->rs->matcher)
         : w == LISTS  ? b->rs->nlists
                       : b->rs->nrules;
    return w == PATTERNS ? b->patterns : w == LISTS ? b->lists : b->rules;
}

static struct rf_str name_of(const struct bench *b, enum what w, uint32_t i)
{
    return w == PATTERNS ? rf_matcher_text(b->rs->matcher, i)
           : w == LISTS  ? b->rs->lists[i].id
                         : b->rs->rules[i].id;
}

static void print_costs(const struct bench *b, enum what w, bool all)
{
    uint32_t n;
    size_t kept;
    const struct bench_cost *costs = costs_of(b, w, &n);
    struct ranked *v = rank(costs, n, all ? n : SHOWN, &kept);
    printf("\n%s\n%12s %10s %10s\n", whats[w].name, "ns a record", "tried",
           whats[w].held);
    for (size_t i = 0; i < kept; i++) {
        const struct bench_cost *c = v[i].cost;
        bool slow = w == PATTERNS && !rf_matcher_has_literals(b->rs->matcher, v[i].index);
        printf("%12.1f %10llu %10llu  %.*s%s\n", c->ns / (double)b->records,
               (unsigned long long)c->tried, (unsigned long long)c->held,
               RF_STR_FMT(name_of(b, w, v[i].index)),
               slow ? "  (no literal: looked for in every text)" : "");
    }
    free(v);
}

static void print(const struct bench *b, bool all)
{
    double n = (double)b->records;
    printf("%zu records, %zu not readable: %.0f ns a record\n", b->records, b->bad,
           b->whole_ns / n);
    printf("%12.1f decoding\n%12.1f folding, finding, views\n%12.1f scans for literals\n"
           "%12.1f regexes\n%12.1f named lists\n",
           b->decode_ns / n, b->views_ns / n, b->scan_ns / n, b->confirm_ns / n,
           b->lists_ns / n);
    for (enum what w = PATTERNS; w <= RULES; w++)
        print_costs(b, w, all);
}

static json_t *json_of(const struct bench *b, enum what w)
{
    uint32_t n;
    size_t kept;
    json_t *rows = json_array();
    const struct bench_cost *costs = costs_of(b, w, &n);
    struct ranked *v = rank(costs, n, n, &kept);
    for (size_t i = 0; i < kept; i++) {
        struct rf_str name = name_of(b, w, v[i].index);
        json_t *o = json_pack("{s:s%,s:f,s:I,s:I}", w == PATTERNS ? "pattern" : "id",
                              name.p, name.n, "ns", v[i].cost->ns / (double)b->records,
                              "tried", (json_int_t)v[i].cost->tried, whats[w].held,
                              (json_int_t)v[i].cost->held);
        if (w == PATTERNS)
            json_object_set_new(
                o, "literals",
                json_boolean(rf_matcher_has_literals(b->rs->matcher, v[i].index)));
        json_array_append_new(rows, o);
    }
    free(v);
    return rows;
}

static void print_json(const struct bench *b)
{
    double n = (double)b->records;
    json_t *o = json_pack("{s:I,s:I,s:f,s:f,s:f,s:f,s:f,s:f}", "records",
                          (json_int_t)b->records, "unreadable", (json_int_t)b->bad, "ns",
                          b->whole_ns / n, "decode_ns", b->decode_ns / n, "views_ns",
                          b->views_ns / n, "scan_ns", b->scan_ns / n, "regex_ns",
                          b->confirm_ns / n, "lists_ns", b->lists_ns / n);
    for (enum what w = PATTERNS; w <= RULES; w++)
        json_object_set_new(o, whats[w].name, json_of(b, w));
    json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(o);
}

/* ---- the command ---- */

/* All records in memory, each with its LF. Lines too long are left out. */
static int read_records(struct rf_buf *out, const char *file, size_t max_line)
{
    struct rf_str line;
    enum cli_line got;
    struct cli_lines *lines = cli_lines_open(file, max_line);
    if (!lines)
        return EX_NOINPUT;
    while ((got = cli_lines_next(lines, &line)) < CLI_LINES_END && out->n < MOST_BYTES) {
        if (got != CLI_LINE)
            continue;
        rf_buf_adds(out, line);
        rf_buf_addc(out, '\n');
    }
    if (got < CLI_LINES_END)
        cli_error("only the first %zu MiB are measured", MOST_BYTES >> 20);
    memset(rf_buf_reserve(out, RF_CODEC_PADDING), 0, RF_CODEC_PADDING);
    return cli_lines_close(lines);
}

static int run(struct cli_rules *rules, const char *file, bool all, bool json)
{
    struct rf_buf records;
    struct bench b;
    int rc = cli_rules_load_shown(rules);
    if (rc != 0)
        return rc;
    rf_buf_init(&records);
    rc = read_records(&records, file, rules->config.settings.max_line);
    if (rc == 0 && records.n == 0) {
        cli_error("%s: no records", file ? file : "stdin");
        rc = EX_DATAERR;
    }
    if (rc == 0) {
        bench_measure(&b, rules->ruleset, rf_buf_str(&records));
        if (json)
            print_json(&b);
        else
            print(&b, all);
        bench_fini(&b);
    }
    rf_buf_fini(&records);
    return rc;
}

int cmd_bench(int argc, char **argv)
{
    struct cli_rules rules = {0};
    bool all = false, json = false;
    for (int c; (c = cli_getopt(argc, argv, "r:c:h", longs)) != -1;) {
        if (c == 'r')
            cli_rules_add(&rules, optarg);
        else if (c == 'c')
            rules.config_path = optarg;
        all = all || c == 'a';
        json = json || c == 'j';
    }
    if (rules.npaths == 0)
        return cli_usage("bench needs rules: -r PATH");
    if (argc - optind > 1)
        return cli_usage("bench takes one file of records");
    int rc = run(&rules, optind < argc ? argv[optind] : NULL, all, json);
    cli_rules_fini(&rules);
    return rc;
}
