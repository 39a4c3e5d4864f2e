/* Traffic for a ruleset, ready to be run: what most benches measure. */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include "benchmarks/traffic.h"
#include "lib/record/record.h"

/* What the command line asked for. */
struct options {
    const char *data;  /* the folder of real data, or NULL */
    bool quick, large; /* smaller sizes; 50 M numbers too */
    unsigned runs;
    size_t records;
    const char *only; /* names of benches, separated by commas, or NULL: all */
    const char *daemon, *cache;
};

/* The records up to some place: how many, their bytes, the texts among them. */
struct head {
    size_t records, bytes, texts;
};

struct work {
    char name[32];
    const struct rf_ruleset *rs;
    struct traffic traffic;
    struct rf_arena arena;
    struct rf_record *texts; /* the sms among the records, decoded */
    struct rf_str *folded;   /* their folded texts */
    size_t ntexts, ntext_bytes;
    struct head *heads; /* one every WORK_STEP records, then the whole */
    size_t nheads;
};
#define WORK_STEP 1000

void work_init(struct work *w, const char *name, const struct rf_ruleset *rs,
               const struct traffic_options *traffic);
void work_fini(struct work *w);
/* The longest head of at most that many records, at least one step. */
struct head work_head(const struct work *w, size_t records);

#endif
