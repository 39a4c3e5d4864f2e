/* shared: what sharing counters through Redis costs the workers of ringfenced. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "benchmarks/benches.h"
#include "benchmarks/clock.h"
#include "benchmarks/redis.h"
#include "benchmarks/server.h"
#include "benchmarks/stream.h"
#include "benchmarks/table.h"
#include "lib/base/mem.h"

#define SLOW_MS 100
#define SETTLE_US 500000

/* Counted on every record, besides R10k's behaviors, which a trunk gates. */
static const char behaviors[] =
    "version: 1\n"
    "rules:\n"
    "  - {id: shared-rate, title: many, status: stable, applies_to: [sms, visit],\n"
    "     when: {rate: {key: from, window: 10m, over: 50}}, action: mark}\n"
    "  - {id: shared-to, title: many to one, status: stable, applies_to: [sms],\n"
    "     when: {rate: {key: to, window: 1h, over: 20}}, action: mark}\n"
    "  - {id: shared-distinct, title: many others, status: stable, applies_to: [sms],\n"
    "     when: {distinct: {of: to, key: from, window: 10m, over: 50}}, action: mark}\n";

enum { WITHOUT, ON, SLOW, DEAD, WAYS };
static const char *const names[] = {"without", "Redis on", "Redis slow", "Redis dead"};

struct way {
    struct server server;
    bool up;
    struct runs cpu;
};

/* Processor time of the worker a record. */
static double send_all(struct way *w, struct rf_str lines, size_t n)
{
    uint64_t cpu0 = server_thread_ns(&w->server, "worker");
    size_t answered = stream_all(&w->server, false, lines);
    if (answered != n)
        table_say("%zu records, %zu replies", n, answered);
    return (double)(server_thread_ns(&w->server, "worker") - cpu0) / (double)n;
}

static void start(struct way *w, int way, const char *folder, const struct rules *rules,
                  const struct options *o)
{
    static const char *const sockets[] = {"", "redis", "slow", "nobody"};
    char more[256] = "";
    if (way != WITHOUT)
        snprintf(more, sizeof more,
                 "counters: {redis: \"unix://%s/%s\", prefix: \"%s:\"}\n", folder,
                 sockets[way], sockets[way]);
    w->up = server_start_with(&w->server, o->daemon, rules, more);
    if (w->up)
        server_pin_first(&w->server, "worker");
}

/* Each way beside one run without, the one first and then the other. */
static void measure(struct way *ways, const struct work *w, const struct options *o)
{
    struct rf_str lines = rf_buf_str(&w->traffic.lines);
    struct runs without[WAYS] = {0};
    usleep(SETTLE_US); /* Redis is found */
    for (unsigned i = 0; i <= o->runs; i++)
        for (int k = 1; k < WAYS; k++) {
            double a = i % 2 ? send_all(&ways[WITHOUT], lines, w->traffic.n) : 0;
            double b = send_all(&ways[k], lines, w->traffic.n);
            a = i % 2 ? a : send_all(&ways[WITHOUT], lines, w->traffic.n);
            if (i == 0)
                continue; /* warm-up */
            runs_add(&without[k], a);
            runs_add(&ways[k].cpu, b);
        }
    for (int k = 1; k < WAYS; k++) {
        table_add("shared", names[k], "ns of the worker a record",
                  runs_median(&ways[k].cpu), NOTE, 0);
        table_add("shared", names[k], "ns of it without", runs_median(&without[k]), NOTE,
                  0);
        table_add("shared", names[k], "x without", runs_ratio(&ways[k].cpu, &without[k]),
                  AT_MOST, 1.05);
    }
}

static void add_behaviors(struct rules *rules)
{
    struct rf_str *files =
        rf_arena_alloc(&rules->arena, (rules->nfiles + 1) * sizeof *files);
    memcpy(files, rules->files, rules->nfiles * sizeof *files);
    files[rules->nfiles++] = rf_str_of(behaviors);
    rules->files = files;
}

void bench_shared(const struct words *words, const struct options *o)
{
    struct rules *rules = rules_new(words, o->quick ? 1000 : 10000, NULL);
    const struct traffic_options t = {.n = o->quick ? 30000 : 200000,
                                      .seed = 6,
                                      .words = words,
                                      .targets = rules->targets,
                                      .ntargets = rules->ntargets};
    char folder[] = "/tmp/ringfence-bench.XXXXXX", socket[64], slow[64];
    struct way *ways = rf_mem_calloc(WAYS, sizeof *ways);
    struct work w;
    bool up = mkdtemp(folder) != NULL;
    snprintf(socket, sizeof socket, "%s/redis", folder);
    snprintf(slow, sizeof slow, "%s/slow", folder);
    add_behaviors(rules);
    server_keep_first_free(true);
    struct rf_ruleset *rs = rules_load(rules);
    work_init(&w, "R10k", rs, &t);
    pid_t redis = up ? redis_start(socket) : 0;
    pid_t relay = redis ? redis_start_slow(slow, socket, SLOW_MS) : 0;
    up = redis != 0;
    for (int k = 0; k < WAYS && up; k++) {
        start(&ways[k], k, folder, rules, o);
        up = ways[k].up;
    }
    if (up)
        measure(ways, &w, o);
    else
        table_skip("shared", "R10k", "no redis-server, or no daemon");
    for (int k = 0; k < WAYS; k++)
        if (ways[k].up)
            server_stop(&ways[k].server);
    redis_stop(relay);
    redis_stop(redis);
    server_keep_first_free(false);
    unlink(slow);
    unlink(socket);
    rmdir(folder);
    work_fini(&w);
    rf_ruleset_free(rs);
    rules_free(rules);
    free(ways);
}
