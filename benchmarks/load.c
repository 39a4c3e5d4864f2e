/* rules: reading, checking and compiling rulesets. growth: what a record costs as the
 * ruleset grows and the hits do not. */
#include <stdlib.h>
#include <sys/resource.h>

#include "benchmarks/benches.h"
#include "benchmarks/clock.h"
#include "benchmarks/judge.h"
#include "benchmarks/real.h"
#include "benchmarks/table.h"
#include "lib/base/mem.h"

#define COUNTERS 4000000

/* ---- rules ---- */

/* Processor time of this process and of the children it has waited for, in s. */
static double spent_s(void)
{
    struct rusage self, children;
    getrusage(RUSAGE_SELF, &self);
    getrusage(RUSAGE_CHILDREN, &children);
    const struct timeval *t[] = {&self.ru_utime, &self.ru_stime, &children.ru_utime,
                                 &children.ru_stime};
    double sum = 0;
    for (size_t i = 0; i < 4; i++)
        sum += (double)t[i]->tv_sec + (double)t[i]->tv_usec / 1e6;
    return sum;
}

static void load_once(const struct rules *r, struct runs *runs)
{
    double began = spent_s();
    struct rf_ruleset *rs = rules_load(r);
    runs_add(runs, spent_s() - began);
    rf_ruleset_free(rs);
}

static void real_rules(const struct words *words, const struct options *o)
{
    struct rf_arena a;
    struct regexes regexes;
    struct runs runs = {0};
    size_t refused;
    rf_arena_init(&a, 0);
    if (real_regexes(&a, o->data, &regexes, &refused)) {
        struct rules *r = rules_new(words, 10000, &regexes);
        for (unsigned i = 0; i < o->runs; i++)
            load_once(r, &runs);
        table_add("rules", "R-real", "s to load", runs_median(&runs), AT_MOST, 3);
        rules_free(r);
    } else {
        table_skip("rules", "R-real", "no real data (DATA)");
    }
    rf_arena_fini(&a);
}

/* R10k beside R50k; quick: beside R5k. */
void bench_rules(const struct words *words, const struct options *o)
{
    struct rules *small = rules_new(words, o->quick ? 5000 : 10000, NULL);
    struct rules *large = rules_new(words, o->quick ? 10000 : 50000, NULL);
    struct runs a = {0}, b = {0};
    for (unsigned i = 0; i < o->runs; i++) {
        load_once(small, &a);
        load_once(large, &b);
    }
    table_add("rules", "R10k", "s to load", runs_median(o->quick ? &b : &a), AT_MOST, 3);
    real_rules(words, o);
    if (!o->quick)
        table_add("rules", "R50k", "s to load", runs_median(&b), AT_MOST, 15);
    table_add("rules", o->quick ? "R10k" : "R50k",
              o->quick ? "x R5k a rule" : "x R10k a rule",
              runs_ratio(&b, &a) * (double)small->n / (double)large->n, AT_MOST, 1.05);
    rules_free(small);
    rules_free(large);
}

/* ---- growth ---- */

#define SIZES 5

struct size {
    const char *name;
    size_t n;
    struct rules *rules;
    struct rf_ruleset *rs;
    struct rf_counters *counters;
    struct judge *judge;
    struct runs runs;
};

static void open_size(struct size *s, const struct words *words)
{
    static const struct rf_hash_key key;
    s->rules = rules_new(words, s->n, NULL);
    s->rs = rules_load(s->rules);
    s->counters = rf_counters_new(COUNTERS, &key);
    s->judge = rf_mem_calloc(1, sizeof *s->judge);
    judge_init(s->judge, s->rs, s->counters);
}

static void close_size(struct size *s)
{
    judge_fini(s->judge);
    free(s->judge);
    rf_counters_free(s->counters);
    rf_ruleset_free(s->rs);
    rules_free(s->rules);
}

/* Leave out records that hit more rules of the largest set than of the smallest. */
static struct rf_buf equal_hits(struct judge *few, struct judge *all, struct rf_str lines,
                                size_t n)
{
    uint32_t *a = rf_mem_calloc(2 * n, sizeof *a);
    struct rf_buf out;
    rf_buf_init(&out);
    few->hits_of = a;
    all->hits_of = a + n;
    judge_run(few, lines);
    judge_run(all, lines);
    few->hits_of = all->hits_of = NULL;
    for (size_t i = 0; i < n; i++) {
        size_t bytes =
            (size_t)((const char *)memchr(lines.p, '\n', lines.n) - lines.p) + 1;
        if (a[i] == a[n + i])
            rf_buf_add(&out, lines.p, bytes);
        lines = rf_str_sub(lines, bytes);
    }
    memset(rf_buf_reserve(&out, RF_CODEC_PADDING), 0, RF_CODEC_PADDING);
    free(a);
    return out;
}

static void tell(struct size *s, size_t n, size_t records)
{
    for (size_t i = 0; i < n; i++) {
        table_add("growth", s[i].name, "ns/record",
                  runs_median(&s[i].runs) / (double)records, NOTE, 0);
        table_add("growth", s[i].name, "hits in 1,000 records",
                  1000 * (double)s[i].judge->nhits / (double)records, NOTE, 0);
    }
    table_add("growth", "R10k", "x R1k", runs_ratio(&s[3].runs, &s[2].runs), AT_MOST,
              1.5);
    if (n == SIZES)
        table_add("growth", "R50k", "x R1k", runs_ratio(&s[4].runs, &s[2].runs), AT_MOST,
                  3);
}

void bench_growth(const struct words *words, const struct options *o)
{
    static const struct {
        const char *name;
        size_t n;
    } sizes[SIZES] = {
        {"R10", 10}, {"R100", 100}, {"R1k", 1000}, {"R10k", 10000}, {"R50k", 50000}};
    struct size s[SIZES] = {0};
    size_t n = o->quick ? SIZES - 1 : SIZES;
    struct work w;
    for (size_t i = 0; i < n; i++) {
        s[i].name = sizes[i].name;
        s[i].n = sizes[i].n;
        open_size(&s[i], words);
    }
    const struct traffic_options t = {.n = o->quick ? 30000 : 200000,
                                      .seed = 7,
                                      .words = words,
                                      .trunk_from = RULES_TRUNKS,
                                      .targets = s[0].rules->targets,
                                      .ntargets = s[0].rules->ntargets};
    work_init(&w, "growth", s[0].rs, &t);
    struct head h = judge_fitting(s[n - 1].judge, &w, o->quick ? 2.5e8 : 1e9);
    struct rf_buf lines = equal_hits(s[0].judge, s[n - 1].judge,
                                     rf_str(w.traffic.lines.p, h.bytes), h.records);
    for (unsigned i = 0; i <= o->runs; i++) {
        for (size_t k = 0; k < n; k++) {
            double x = (double)judge_run(s[k].judge, rf_buf_str(&lines));
            if (i > 0) /* the first is warm-up */
                runs_add(&s[k].runs, x);
        }
    }
    tell(s, n, s[0].judge->nrecords);
    rf_buf_fini(&lines);
    work_fini(&w);
    for (size_t i = 0; i < n; i++)
        close_size(&s[i]);
}
