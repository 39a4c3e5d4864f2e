/* senders: an hour of millions of senders, most of whom come once: memory, and how many
 * of them a shared store gets to see. */
#include <stdlib.h>

#include "benchmarks/benches.h"
#include "benchmarks/table.h"
#include "benchmarks/zipf.h"
#include "lib/base/mem.h"
#include "lib/count/share.h"

#define CAPACITY 1000000 /* a fifth of the senders: keys must give way */
#define HOUR_MS 3600000
#define FLUSH_MS 1000
#define NODE_BYTES 93 /* what `counters` measures */
#define SHARED_MAX (CAPACITY / 16)
#define BLOCK_BYTES 700 /* beside a shared key */

static const struct rf_hash_key hash_key = {1, 2};
static const struct rf_count_spec spec = {.id = {3, 5},
                                          .kind = RF_COUNT_RATE,
                                          .window_ms = 600000,
                                          .rule = {"bench", 5},
                                          .over = 50};

struct store {
    struct rf_counters *counters;
    uint8_t *seen; /* senders that it saw, by 16 bits of the key: about */
    size_t asks, keys;
};

static bool take(void *arg, struct rf_share_ask *ask)
{
    static const struct rf_share_reply nothing;
    struct store *st = arg;
    size_t i = ask->key.lo % (8 * (size_t)CAPACITY * 8);
    st->asks++;
    st->keys += !(st->seen[i / 8] >> i % 8 & 1);
    st->seen[i / 8] |= (uint8_t)(1 << i % 8);
    rf_share_answer(st->counters, ask, &nothing);
    return true;
}

static void one(struct rf_counters *c, uint64_t sender, int64_t ts)
{
    struct rf_hash128 key;
    struct rf_count_value v;
    rf_counters_hash(c, &sender, sizeof sender, &key);
    rf_count_add(c, &spec, &key, ts, 1, NULL, &v);
}

/* Each sender once, in any order, and as many records again of few by Zipf's law. */
static void hour(struct store *st, size_t senders, size_t *most_bytes)
{
    struct random r = random_of(9, 0);
    struct zipf z;
    int64_t flushed = 0;
    zipf_init(&z, senders / 10, 2.7);
    for (size_t i = 0; i < senders; i++) {
        int64_t at = (int64_t)(i * (double)HOUR_MS / (double)senders);
        one(st->counters, i * UINT64_C(0x9e3779b97f4a7c15), TRAFFIC_START_MS + at);
        one(st->counters, zipf_draw(&z, &r) * UINT64_C(0x9e3779b97f4a7c15),
            TRAFFIC_START_MS + at);
        if (at - flushed < FLUSH_MS)
            continue;
        flushed = at;
        rf_share_collect(st->counters, TRAFFIC_START_MS + at, take, st);
        rf_counters_sweep(st->counters, TRAFFIC_START_MS + at, 2);
        size_t bytes = rf_counters_bytes(st->counters);
        *most_bytes = bytes > *most_bytes ? bytes : *most_bytes;
    }
    zipf_fini(&z);
}

void bench_senders(const struct options *o)
{
    const struct rf_share_options options = {.slack = 0.05, .keys_max = SHARED_MAX};
    size_t senders = o->quick ? 1000000 : 5000000, bytes = 0;
    struct store st = {.counters = rf_counters_new(CAPACITY, &hash_key),
                       .seen = rf_mem_calloc(8 * (size_t)CAPACITY, 1)};
    char name[32];
    snprintf(name, sizeof name, "%zu M an hour", senders / 1000000);
    rf_counters_share(st.counters, &options);
    hour(&st, senders, &bytes);
    table_add("senders", name, "x bytes of a full table",
              (double)bytes /
                  ((double)CAPACITY * NODE_BYTES + (double)SHARED_MAX * BLOCK_BYTES),
              AT_MOST, 1.02);
    table_add("senders", name, "% of senders shared",
              100 * (double)st.keys / (double)senders, AT_MOST, 5);
    table_add("senders", name, "exchanges a 1000 records",
              1000 * (double)st.asks / (2 * (double)senders), NOTE, 0);
    rf_counters_free(st.counters);
    free(st.seen);
}
