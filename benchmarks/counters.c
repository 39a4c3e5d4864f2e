/* counters: updates of behaviors with a million live keys, in this process alone. */
#include <stdio.h>
#include <stdlib.h>

#include "benchmarks/benches.h"
#include "benchmarks/clock.h"
#include "benchmarks/table.h"
#include "lib/base/mem.h"
#include "lib/count/count.h"

#define KEYS 1000000
#define CAPACITY 4000000
#define TOGETHER 64 /* updates whose memory is asked for together */

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
            rf_count_prefetch_node(c, spec, &keys[i]);
        for (size_t i = 0; i < TOGETHER; i++)
            rf_count_add(c, spec, &keys[i], u[at + i].ts_ms, 1, NULL, &value);
    }
    return (double)(clock_thread_ns() - began);
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
    free(u);
}
