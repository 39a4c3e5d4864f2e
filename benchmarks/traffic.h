/* Records as NDJSON, made from a seed: 60 % sms, 25 % call, 15 % visit; senders by Zipf's
 * law over a million. */
#ifndef BENCH_TRAFFIC_H
#define BENCH_TRAFFIC_H

#include "benchmarks/rules.h"

#define TRAFFIC_START_MS                                                                 \
    INT64_C(1767225600000) /* 2026-01-01T00:00:00Z, then 1 ms each                       \
                            */

struct traffic {
    struct rf_buf lines; /* RF_CODEC_PADDING readable bytes behind */
    size_t n;            /* records */
    size_t nsms;
};

struct traffic_options {
    size_t n;
    uint64_t seed;
    const struct words *words;
    /* What 20 % of the texts nearly hit and 2 % hit: the first `ntargets` of these. */
    const struct target *targets;
    size_t ntargets;
    unsigned trunk_from; /* trunks are drawn from this one on: 0, those that rules name;
                            RULES_TRUNKS, others */
    /* Texts in the place of made ones, taken round; NULL: made ones. */
    const struct rf_str *texts;
    size_t ntexts;
};

void traffic_init(struct traffic *t, const struct traffic_options *o);
void traffic_fini(struct traffic *t);

#endif
