/* counters: updates of behaviors with a million live keys, in this process alone, then
 * shared with a store in memory: at hand, slow, dead. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "benchmarks/benches.h"
#include "benchmarks/clock.h"
#include "benchmarks/table.h"
#include "lib/base/mem.h"
#include "lib/count/share.h"

#define KEYS 1000000
#define CAPACITY 4000000
#define TOGETHER 64 /* updates whose memory is asked for together */
#define FLUSH_US 100000
#define FLYING 8192 /* asks under way, as in the daemon */

static const struct rf_hash_key hash_key = {1, 2};

struct update {
    uint32_t key;
    int64_t ts_ms;
};

/* Number k as a record's key has it. */
static struct rf_hash128 hashed(const struct rf_counters *c, uint32_t k)
{
    char text[24];
    struct rf_hash128 h;
    memcpy(text, "+8613800000000", 15);
    for (size_t i = 13; k; i--, k /= 10)
        text[i] = (char)('0' + k % 10);
    rf_counters_hash(c, text, 14, &h);
    return h;
}

static double run(struct rf_counters *c, const struct rf_count_spec *spec,
                  const struct update *u, size_t n, bool prefetch)
{
    struct rf_hash128 keys[TOGETHER];
    struct rf_count_value value;
    uint64_t began = clock_thread_ns();
    for (size_t at = 0; at + TOGETHER <= n; at += TOGETHER) {
        for (size_t i = 0; i < TOGETHER; i++) {
            keys[i] = hashed(c, u[at + i].key);
            if (prefetch)
                rf_count_prefetch(c, spec, &keys[i]);
        }
        for (size_t i = 0; prefetch && i < TOGETHER; i++)
            rf_count_prefetch_index(c, spec, &keys[i]);
        for (size_t i = 0; prefetch && i < TOGETHER; i++)
            rf_count_prefetch_node(c, spec, &keys[i]);
        for (size_t i = 0; i < TOGETHER; i++)
            rf_count_add(c, spec, &keys[i], u[at + i].ts_ms, 1, NULL, &value);
    }
    return (double)(clock_thread_ns() - began);
}

/* ---- shared ---- */

/* A store that has only what this process sends. */
struct sharer {
    struct rf_counters *counters;
    pthread_t thread;
    bool end;  /* atomic */
    bool slow; /* answers come a flush later */
    size_t n;
    struct rf_share_ask *ask[FLYING];
    struct rf_share_reply reply;
};

static bool take(void *arg, struct rf_share_ask *ask)
{
    struct sharer *sh = arg;
    if (sh->n == FLYING)
        return false;
    sh->ask[sh->n++] = ask;
    return true;
}

static void answer(struct sharer *sh)
{
    for (size_t i = 0; i < sh->n; i++)
        rf_share_answer(sh->counters, sh->ask[i], &sh->reply);
    sh->n = 0;
}

static void *share(void *arg)
{
    struct sharer *sh = arg;
    while (!__atomic_load_n(&sh->end, __ATOMIC_ACQUIRE)) {
        if (sh->slow)
            answer(sh);
        rf_share_collect(sh->counters, TRAFFIC_START_MS + 600000, take, sh);
        if (!sh->slow)
            answer(sh);
        usleep(FLUSH_US);
    }
    answer(sh);
    return NULL;
}

struct sharing {
    const char *name;
    bool shared, served, slow;
    struct rf_counters *counters;
    struct sharer sharer;
    struct runs time;
};

static void begin(struct sharing *s)
{
    const struct rf_share_options options = {.slack = 0.05, .keys_max = CAPACITY / 16};
    s->counters = rf_counters_new(CAPACITY, &hash_key);
    if (s->shared)
        rf_counters_share(s->counters, &options);
    s->sharer = (struct sharer){.counters = s->counters, .slow = s->slow};
    if (s->served && pthread_create(&s->sharer.thread, NULL, share, &s->sharer) != 0)
        abort();
}

static void end(struct sharing *s)
{
    __atomic_store_n(&s->sharer.end, true, __ATOMIC_RELEASE);
    if (s->served)
        pthread_join(s->sharer.thread, NULL);
    rf_counters_free(s->counters);
}

static void bench_sharing(const struct update *u, size_t n, const struct options *o)
{
    static struct sharing ways[] = {
        {.name = "alone"},
        {.name = "store dead", .shared = true},
        {.name = "store on", .shared = true, .served = true},
        {.name = "store slow", .shared = true, .served = true, .slow = true}};
    const struct rf_count_spec spec = {.id = {3, 4},
                                       .kind = RF_COUNT_RATE,
                                       .window_ms = 600000,
                                       .rule = RF_STR("bench"),
                                       .over = 50};
    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
        begin(&ways[k]);
        run(ways[k].counters, &spec, u, n, true); /* all keys are there, then */
    }
    for (unsigned i = 0; i < o->runs; i++)
        for (size_t k = 0; k < sizeof ways / sizeof *ways; k++)
            runs_add(&ways[k].time, run(ways[k].counters, &spec, u, n, true) / (double)n);
    for (size_t k = 1; k < sizeof ways / sizeof *ways; k++) {
        table_add("counters", ways[k].name, "M updates/s a thread",
                  1e3 / runs_median(&ways[k].time), AT_LEAST, 5);
        table_add("counters", ways[k].name, "x alone",
                  runs_ratio(&ways[k].time, &ways[0].time), NOTE, 0);
    }
    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++)
        end(&ways[k]);
}

void bench_counters(const struct options *o)
{
    const struct rf_count_spec spec = {
        .id = {3, 4}, .kind = RF_COUNT_RATE, .window_ms = 600000};
    size_t n = o->quick ? 1000000 : 5000000;
    struct update *u = rf_mem_calloc(n, sizeof *u);
    struct rf_counters *c = rf_counters_new(CAPACITY, &hash_key);
    struct random r = random_of(8, 0);
    struct runs together = {0}, alone = {0};
    for (size_t i = 0; i < n; i++)
        u[i] = (struct update){(uint32_t)random_below(&r, KEYS),
                               TRAFFIC_START_MS + (int64_t)(i * 600000 / n)};
    for (uint32_t k = 0; k < KEYS; k++) {
        struct rf_hash128 h = hashed(c, k);
        struct rf_count_value value;
        rf_count_add(c, &spec, &h, TRAFFIC_START_MS, 1, NULL, &value);
    }
    double bytes = (double)rf_counters_bytes(c) / (double)rf_counters_keys(c);
    for (unsigned i = 0; i < o->runs; i++) {
        runs_add(&together, (double)n / run(c, &spec, u, n, true) * 1e3);
        runs_add(&alone, (double)n / run(c, &spec, u, n, false) * 1e3);
    }
    table_add("counters", "1 M keys", "M updates/s a thread", runs_median(&together),
              AT_LEAST, 5);
    table_add("counters", "1 M keys", "M updates/s, one by one", runs_median(&alone),
              NOTE, 0);
    table_add("counters", "1 M keys", "bytes a rate key", bytes, AT_MOST, 96);
    rf_counters_free(c);
    bench_sharing(u, n, o);
    free(u);
}
