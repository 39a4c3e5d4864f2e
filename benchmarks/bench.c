/* The bench program: `make bench` runs it. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "benchmarks/benches.h"
#include "benchmarks/machine.h"
#include "benchmarks/real.h"
#include "benchmarks/table.h"

static const char *const benches[] = {
    "match",    "engine", "threads", "numbers", "hosts",   "rules",  "growth",
    "counters", "daemon", "shared",  "senders", "latency", "reload",
};

static const char usage[] =
    "usage: bench [--quick] [--large] [--json] [--data DIR] [--only NAME,...]\n"
    "             [--records N] [--runs N] [--daemon FILE] [--cache DIR]\n"
    "  --quick        smaller sizes: under two minutes\n"
    "  --large        lists of 50 million numbers, too\n"
    "  --json         the table as JSON on stdout\n"
    "  --data DIR     real texts, patterns and lists\n"
    "  --only NAMES   of match engine threads numbers hosts rules growth counters "
    "daemon\n"
    "                 shared senders latency reload\n"
    "  --records N    records of the traffic\n"
    "  --runs N       runs of which the median counts (at most 31)\n"
    "  --cache DIR    keep compiled yardsticks here\n"
    "  --daemon FILE  the program ringfenced\n";

static bool wanted(const struct options *o, const char *name)
{
    size_t n = strlen(name);
    for (const char *s = o->only; s && *s; s += strcspn(s, ","), s += *s == ',')
        if (strcspn(s, ",") == n && strncmp(s, name, n) == 0)
            return true;
    return o->only == NULL;
}

/* Exits 64 where --only names a bench that there is not. */
static void check_names(const char *only)
{
    for (const char *s = only; s && *s; s += strcspn(s, ","), s += *s == ',') {
        bool known = false;
        for (size_t i = 0; i < sizeof benches / sizeof *benches; i++)
            known = known || (strlen(benches[i]) == strcspn(s, ",") &&
                              strncmp(s, benches[i], strlen(benches[i])) == 0);
        if (known)
            continue;
        fprintf(stderr, "bench: no bench '%.*s'\n%s", (int)strcspn(s, ","), s, usage);
        exit(64);
    }
}

static void make_subject(struct subject *s, const struct words *words,
                         const struct regexes *regexes, const struct options *o)
{
    *s = (struct subject){.real = regexes != NULL};
    s->rules = rules_new(words, 10000, regexes);
    s->rs = rules_load(s->rules);
    table_say("%s: %u rules, %u patterns", regexes ? "R-real" : "R10k", s->rs->nrules,
              rf_matcher_count(s->rs->matcher));
    s->lit = s->vs = (struct yardstick){0};
    if (!wanted(o, "match") && !wanted(o, "engine"))
        return;
    yardstick_lit(&s->lit, s->rs);
    yardstick_vs(&s->vs, s->rs, o->cache);
}

static void free_subject(struct subject *s)
{
    yardstick_fini(&s->lit);
    yardstick_fini(&s->vs);
    rf_ruleset_free(s->rs);
    rules_free(s->rules);
}

static void on_traffic(struct subject *s, const char *name,
                       const struct traffic_options *t, const struct options *o)
{
    struct work w;
    work_init(&w, name, s->rs, t);
    if (wanted(o, "match"))
        bench_match(s, &w, o);
    if (wanted(o, "engine"))
        bench_engine(s, &w, o);
    if (wanted(o, "threads") && !t->texts)
        bench_threads(&w, o);
    work_fini(&w);
}

/* R10k on made texts and, where there are real ones, on those; R-real on those. */
static void subjects(const struct options *o, const struct words *words)
{
    struct rf_arena a;
    struct subject s;
    struct regexes regexes;
    struct traffic_options t = {.n = o->records, .seed = 5, .words = words};
    size_t refused;
    rf_arena_init(&a, 1 << 20);
    make_subject(&s, words, NULL, o);
    t.targets = s.rules->targets;
    t.ntargets = s.rules->ntargets;
    on_traffic(&s, "R10k", &t, o);
    if (real_texts(&a, o->data, &t.texts, &t.ntexts))
        on_traffic(&s, "R10k, real", &t, o);
    free_subject(&s);
    if (t.texts && real_regexes(&a, o->data, &regexes, &refused)) {
        table_say("R-real: %zu regexes, %zu refused", regexes.n, refused);
        make_subject(&s, words, &regexes, o);
        on_traffic(&s, "R-real", &t, o);
        free_subject(&s);
    } else {
        table_skip("match", "R-real", "no real data (DATA)");
    }
    rf_arena_fini(&a);
}

static void run(const struct options *o)
{
    struct words *words = words_new();
    machine_calibrate(5);
    if (wanted(o, "match") || wanted(o, "engine") || wanted(o, "threads"))
        subjects(o, words);
    if (wanted(o, "numbers"))
        bench_numbers(o);
    if (wanted(o, "hosts"))
        bench_hosts(words, o);
    if (wanted(o, "rules"))
        bench_rules(words, o);
    if (wanted(o, "growth"))
        bench_growth(words, o);
    if (wanted(o, "counters"))
        bench_counters(o);
    if (wanted(o, "senders"))
        bench_senders(o);
    if (wanted(o, "daemon") || wanted(o, "latency") || wanted(o, "reload")) {
        if (o->daemon)
            bench_served(words, o, wanted);
        else
            table_skip("daemon", "R10k", "no program (--daemon)");
    }
    if (wanted(o, "shared")) {
        if (o->daemon)
            bench_shared(words, o);
        else
            table_skip("shared", "R10k", "no program (--daemon)");
    }
    words_free(words);
}

static void read_options(int argc, char **argv, struct options *o, bool *json)
{
    static const struct option longs[] = {
        {"quick", 0, 0, 'q'},
        {"large", 0, 0, 'l'},
        {"json", 0, 0, 'j'},
        {"data", 1, 0, 'd'},
        {"only", 1, 0, 'o'},
        {"records", 1, 0, 'n'},
        {"cache", 1, 0, 'c'},
        {"runs", 1, 0, 'r'},
        {"daemon", 1, 0, 'D'},
        {"help", 0, 0, 'h'},
        {0},
    };
    struct stat st;
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        switch (c) {
        case 'q':
            o->quick = true;
            break;
        case 'l':
            o->large = true;
            break;
        case 'j':
            *json = true;
            break;
        case 'd':
            o->data = optarg;
            break;
        case 'o':
            o->only = optarg;
            break;
        case 'n':
            o->records = strtoul(optarg, NULL, 10);
            break;
        case 'r':
            o->runs = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'c':
            o->cache = optarg;
            break;
        case 'D':
            o->daemon = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            exit(0);
        default:
            fputs(usage, stderr);
            exit(64);
        }
    }
    if (optind < argc) {
        fprintf(stderr, "bench: no arguments but options: '%s'\n%s", argv[optind], usage);
        exit(64);
    }
    check_names(o->only);
    if (o->data && stat(o->data, &st) != 0)
        o->data = NULL;
    if (o->records == 0)
        o->records = o->quick ? 30000 : 1000000;
    if (o->runs == 0 || o->runs > 31)
        o->runs = 5;
}

int main(int argc, char **argv)
{
    struct options o = {0};
    char machine[256];
    bool json = false;
    read_options(argc, argv, &o, &json);
    machine_name(machine, sizeof machine);
    table_say("%s", machine);
    run(&o);
    if (json) {
        table_print_json(stdout, machine);
    } else {
        printf("%s\n", machine);
        table_print(stdout);
    }
    return table_misses() ? 1 : 0;
}
