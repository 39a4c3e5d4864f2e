/* hosts: a list of a million hosts, and where there is real data a phishing list. */
#include <stdlib.h>

#include "benchmarks/benches.h"
#include "benchmarks/clock.h"
#include "benchmarks/real.h"
#include "benchmarks/table.h"
#include "lib/base/mem.h"
#include "lib/match/list.h"

#define BATCH 64
#define SEED 9
#define LOOKUPS 1000000

/* Made host k: two words and a number under one of a few ends; every third is below
 * another's domain. */
static struct rf_str made_host(struct rf_arena *a, const struct words *w, uint64_t k)
{
    static const char *const ends[] = {"com", "cn",   "net",   "top",
                                       "xyz", "info", "com.cn"};
    static const char *const heads[] = {"", "", "", "", "www.", "m.", "login.", "pay."};
    struct random r = random_of(SEED, k);
    struct rf_str x = w->v[ENGLISH][random_below(&r, WORDS_EACH)],
                  y = w->v[ENGLISH][random_below(&r, WORDS_EACH)];
    return rf_arena_printf(a, "%s%.*s-%.*s.%s", heads[random_below(&r, 8)], RF_STR_FMT(x),
                           RF_STR_FMT(y), ends[random_below(&r, 7)]);
}

static struct rf_list *list_of(struct rf_str text, struct runs *load)
{
    struct rf_report *report = rf_report_new();
    uint64_t began = clock_thread_ns();
    struct rf_list_builder *b = rf_list_begin(RF_LIST_HOSTS, NULL);
    rf_list_add_file(b, RF_STR("hosts"), text, report, RF_WARNING);
    struct rf_list *l = rf_list_finish(b);
    runs_add(load, (double)(clock_thread_ns() - began) / 1e9);
    rf_report_free(report);
    return l;
}

/* Half of the lookups are hosts of the list, half are not; none comes twice in a row. */
static double look(const struct rf_list *l, const struct rf_str *hosts, size_t n,
                   size_t *hits)
{
    uint64_t began = clock_thread_ns();
    struct rf_list_host_query q[BATCH];
    *hits = 0;
    for (size_t i = 0; i < n; i += BATCH) {
        size_t some = n - i < BATCH ? n - i : BATCH;
        for (size_t k = 0; k < some; k++)
            q[k] = (struct rf_list_host_query){hosts[i + k], TRAFFIC_START_MS, 0};
        rf_list_find_host_batch(l, q, some);
        for (size_t k = 0; k < some; k++)
            *hits += q[k].found != RF_LIST_NONE;
    }
    return (double)(clock_thread_ns() - began) / (double)n;
}

/* The names one behind the other in the order in which they are looked up: where a record
 * was just read, its hosts are at hand. */
static void lay_out(struct rf_arena *a, struct rf_str *hosts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hosts[i] = rf_arena_dup(a, hosts[i]);
}

static void measure(const char *input, struct rf_str text, const struct rf_str *hosts,
                    size_t n, const struct options *o)
{
    struct runs load = {0}, ns = {0};
    size_t hits;
    struct rf_list *l = list_of(text, &load);
    look(l, hosts, n, &hits);
    for (unsigned i = 0; i < o->runs; i++)
        runs_add(&ns, look(l, hosts, n, &hits));
    table_add("hosts", input, "bytes a host",
              (double)rf_list_bytes(l) / (double)rf_list_size(l), AT_MOST, 40);
    table_add("hosts", input, "ns a lookup", runs_median(&ns), AT_MOST, 200);
    table_add("hosts", input, "M hosts/s from text",
              (double)rf_list_size(l) / runs_median(&load) / 1e6, NOTE, 0);
    table_add("hosts", input, "% of lookups hit", 100 * (double)hits / (double)n, NOTE,
              0);
    rf_list_free(l);
}

static void shuffle(struct rf_str *v, size_t n)
{
    struct random r = random_of(SEED + 1, 0);
    for (size_t i = n; i > 1; i--) {
        size_t k = random_below(&r, i);
        struct rf_str x = v[k];
        v[k] = v[i - 1];
        v[i - 1] = x;
    }
}

static void made(const struct words *w, const struct options *o)
{
    size_t n = o->quick ? 200000 : 1000000;
    struct rf_arena a;
    struct rf_buf text;
    struct rf_str *hosts = rf_mem_calloc(2 * n, sizeof *hosts);
    rf_arena_init(&a, 1 << 20);
    rf_buf_init(&text);
    for (size_t i = 0; i < 2 * n; i++) {
        hosts[i] = made_host(&a, w, i);
        if (i < n) {
            rf_buf_adds(&text, hosts[i]);
            rf_buf_addc(&text, '\n');
        }
    }
    shuffle(hosts, 2 * n);
    lay_out(&a, hosts, 2 * n);
    measure(o->quick ? "200,000" : "1 M", rf_buf_str(&text), hosts,
            2 * n < LOOKUPS ? 2 * n : LOOKUPS, o);
    rf_buf_fini(&text);
    rf_arena_fini(&a);
    free(hosts);
}

/* Every second name of the list as it is, the others with a letter before. */
static size_t names_of(struct rf_arena *a, struct rf_str text, struct rf_str *out,
                       size_t max)
{
    size_t n = 0;
    while (text.n && n < max) {
        const char *end = memchr(text.p, '\n', text.n);
        struct rf_str line = rf_str(text.p, end ? (size_t)(end - text.p) : text.n);
        text = rf_str_sub(text, line.n + 1);
        if (line.n == 0 || line.p[0] == '#')
            continue;
        out[n] = n % 2 ? line : rf_arena_printf(a, "q%.*s", RF_STR_FMT(line));
        n++;
    }
    return n;
}

static void real(const struct options *o)
{
    struct rf_arena a;
    struct rf_str text;
    rf_arena_init(&a, 1 << 20);
    if (real_read(&a, o->data, "hosts/phishing_database_domains.txt", &text)) {
        struct rf_str *hosts = rf_mem_calloc(LOOKUPS, sizeof *hosts);
        size_t n = names_of(&a, text, hosts, LOOKUPS);
        shuffle(hosts, n);
        lay_out(&a, hosts, n);
        measure("phishing list", text, hosts, n, o);
        free(hosts);
    } else {
        table_skip("hosts", "phishing list", "no real data (DATA)");
    }
    rf_arena_fini(&a);
}

void bench_hosts(const struct words *words, const struct options *o)
{
    made(words, o);
    real(o);
}
