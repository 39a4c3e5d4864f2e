/* numbers: a list of many millions of numbers: memory, load, restart, lookups. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "benchmarks/benches.h"
#include "benchmarks/clock.h"
#include "benchmarks/table.h"
#include "daemon/files.h"
#include "lib/base/mem.h"
#include "lib/match/list.h"
#include "lib/record/address.h"

#define SEED 10
#define HOME_PREFIXES 40
#define FOREIGN_PREFIXES 500
#define COUNTRIES 30
#define LOOKUPS 1000000
#define BATCH 64

/* ---- numbers ---- */

struct plan {
    uint32_t home[HOME_PREFIXES];       /* 86 1xx x */
    uint32_t foreign[FOREIGN_PREFIXES]; /* country code and three digits */
};

static void make_plan(struct plan *p)
{
    static const uint16_t codes[COUNTRIES] = {44, 49, 33, 39, 34, 31, 32,  41,  43,  45,
                                              46, 47, 48, 61, 62, 63, 65,  66,  81,  82,
                                              84, 90, 91, 92, 94, 95, 234, 254, 855, 856};
    struct random r = random_of(SEED, 0);
    for (size_t i = 0; i < HOME_PREFIXES; i++)
        p->home[i] = 861300 + (uint32_t)(random_below(&r, 700));
    for (size_t i = 0; i < FOREIGN_PREFIXES; i++)
        p->foreign[i] =
            codes[i % COUNTRIES] * 1000u + 700 + (uint32_t)random_below(&r, 300);
}

/* Number k as digits; no two k up to some hundred million are meant to be alike, though
 * some are. */
static uint64_t number(const struct plan *p, uint64_t k)
{
    struct random r = random_of(SEED + 1, k);
    unsigned x = (unsigned)random_below(&r, 100);
    if (x < 60)
        return p->home[random_below(&r, HOME_PREFIXES)] * UINT64_C(10000000) +
               random_below(&r, 10000000);
    if (x < 90)
        return p->foreign[random_below(&r, FOREIGN_PREFIXES)] * UINT64_C(1000000) +
               random_below(&r, 1000000);
    return UINT64_C(20000000000) + random_below(&r, UINT64_C(970000000000));
}

/* One line: of 100 one is a prefix and one a range. */
static void add_line(struct rf_buf *out, const struct plan *p, uint64_t k)
{
    unsigned long long n = number(p, k);
    char line[64];
    int len;
    if (k % 100 == 98)
        len = snprintf(line, sizeof line, "+%llu*\n", n / 1000);
    else if (k % 100 == 99)
        len = snprintf(line, sizeof line, "+%llu-+%llu\n", n / 1000 * 1000,
                       n / 1000 * 1000 + 999);
    else
        len = snprintf(line, sizeof line, "+%llu\n", n);
    rf_buf_add(out, line, (size_t)len);
}

/* ---- lookups ---- */

/* Half of them entries, the others not in the list; in random order. */
static struct rf_addr *make_lookups(struct rf_arena *a, const struct plan *p,
                                    const struct rf_list *l, size_t entries)
{
    struct rf_addr *v = RF_NEW_ARRAY(a, struct rf_addr, LOOKUPS);
    struct random r = random_of(SEED + 2, 0);
    uint64_t other = entries;
    for (size_t i = 0; i < LOOKUPS; i++) {
        uint64_t k = (uint64_t)i * entries / LOOKUPS;
        do {
            struct rf_str text = rf_arena_printf(
                a, "+%llu", (unsigned long long)number(p, i % 2 ? other++ : k));
            rf_addr_normalize(a, NULL, text, -1, &v[i]);
        } while (i % 2 && rf_list_find_addr(l, &v[i], TRAFFIC_START_MS) != RF_LIST_NONE);
    }
    for (size_t i = LOOKUPS; i > 1; i--) {
        size_t k = random_below(&r, i);
        struct rf_addr x = v[k];
        v[k] = v[i - 1];
        v[i - 1] = x;
    }
    return v;
}

static double look(const struct rf_list *l, const struct rf_addr *v, size_t *hits)
{
    uint64_t began = clock_thread_ns();
    struct rf_list_query q[BATCH];
    *hits = 0;
    for (size_t i = 0; i < LOOKUPS; i += BATCH) {
        size_t n = LOOKUPS - i < BATCH ? LOOKUPS - i : BATCH;
        for (size_t k = 0; k < n; k++)
            q[k] = (struct rf_list_query){&v[i + k], TRAFFIC_START_MS, 0};
        rf_list_find_addr_batch(l, q, n);
        for (size_t k = 0; k < n; k++)
            *hits += q[k].found != RF_LIST_NONE;
    }
    return (double)(clock_thread_ns() - began) / LOOKUPS;
}

/* ---- the rows ---- */

static struct rf_list *load(struct rf_str text, double *seconds)
{
    struct rf_report *report = rf_report_new();
    uint64_t began = clock_thread_ns();
    struct rf_list_builder *b = rf_list_begin(RF_LIST_NUMBERS, NULL);
    rf_list_add_file(b, RF_STR("numbers"), text, report, RF_WARNING);
    struct rf_list *l = rf_list_finish(b);
    *seconds = (double)(clock_thread_ns() - began) / 1e9;
    rf_report_free(report);
    return l;
}

/* Milliseconds from a compiled file, in the page cache, to a list whose checksum has been
 * verified; negative where no file can be written. */
static double restart(struct rf_list *l, const struct options *o)
{
    char path[] = "/tmp/rf-bench-XXXXXX";
    const struct rf_list_origin origin = {0};
    struct runs ms = {0};
    const char *why = "";
    int fd = mkstemp(path);
    if (fd < 0)
        return -1;
    close(fd);
    bool ok = files_replace(path, rf_list_seal(l, &origin)) == 0;
    for (unsigned i = 0; ok && i < o->runs; i++) {
        void *bytes;
        size_t n;
        uint64_t began = clock_thread_ns();
        ok = files_read_pages(path, &bytes, &n, &why) == 0;
        struct rf_list *again = ok ? rf_list_open(bytes, n, &why) : NULL;
        runs_add(&ms, (double)(clock_thread_ns() - began) / 1e6);
        ok = again != NULL;
        rf_list_free(again);
    }
    unlink(path);
    return ok ? runs_median(&ms) : -1;
}

static void measure(const char *input, const struct plan *p, size_t n,
                    const struct options *o)
{
    struct rf_buf text;
    struct rf_arena a;
    struct runs ns = {0};
    double seconds;
    size_t hits;
    rf_buf_init(&text);
    rf_arena_init(&a, 1 << 20);
    for (size_t k = 0; k < n; k++)
        add_line(&text, p, k);
    struct rf_list *l = load(rf_buf_str(&text), &seconds);
    rf_buf_fini(&text);
    struct rf_addr *v = make_lookups(&a, p, l, n);
    look(l, v, &hits);
    for (unsigned i = 0; i < o->runs; i++)
        runs_add(&ns, look(l, v, &hits));
    double size = rf_list_size(l);
    table_add("numbers", input, "bytes a number",
              (double)(rf_list_bytes(l) - rf_list_side_bytes(l)) / size, AT_MOST, 4);
    table_add("numbers", input, "side table, bytes a number",
              (double)rf_list_side_bytes(l) / size, NOTE, 0);
    table_add("numbers", input, "ms to read it compiled", restart(l, o),
              n == 10000000 ? AT_MOST : NOTE, 50);
    table_add("numbers", input, "M numbers/s from text", (double)n / seconds / 1e6,
              AT_LEAST, 5);
    table_add("numbers", input, "ns a lookup", runs_median(&ns),
              n == 10000000 ? AT_MOST : NOTE, 60);
    table_add("numbers", input, "% of lookups hit", 100 * (double)hits / LOOKUPS, NOTE,
              0);
    rf_list_free(l);
    rf_arena_fini(&a);
}

void bench_numbers(const struct options *o)
{
    struct plan p;
    make_plan(&p);
    if (o->quick)
        measure("1 M", &p, 1000000, o);
    else
        measure("10 M", &p, 10000000, o);
    if (o->large)
        measure("50 M", &p, 50000000, o);
}
