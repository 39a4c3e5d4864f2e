/* The benches, one file each; defined in BENCHMARKS.md. */
#ifndef BENCH_BENCHES_H
#define BENCH_BENCHES_H

#include "benchmarks/yardstick.h"

/* A ruleset with its yardsticks. */
struct subject {
    struct rules *rules;
    struct rf_ruleset *rs;
    struct yardstick lit, vs;
    bool real; /* R-real: other ratios are required */
};

void bench_match(struct subject *s, const struct work *w, const struct options *o);
void bench_engine(struct subject *s, const struct work *w, const struct options *o);
void bench_threads(const struct work *w, const struct options *o);
void bench_rules(const struct words *words, const struct options *o);
void bench_growth(const struct words *words, const struct options *o);
void bench_counters(const struct options *o);
void bench_senders(const struct options *o);
void bench_numbers(const struct options *o);
void bench_hosts(const struct words *words, const struct options *o);
/* daemon, and of latency and reload those wanted. */
void bench_served(const struct words *words, const struct options *o,
                  bool (*wanted)(const struct options *o, const char *name));
/* Needs the daemon and redis-server. */
void bench_shared(const struct words *words, const struct options *o);

#endif
