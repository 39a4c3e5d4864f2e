/* daemon, latency, reload: the program ringfenced over sockets of this machine. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "benchmarks/benches.h"
#include "benchmarks/clock.h"
#include "benchmarks/judge.h"
#include "benchmarks/stream.h"
#include "benchmarks/table.h"
#include "lib/base/mem.h"

#define COUNTERS 4000000
#define TURNS 25
#define TURN_S 0.1
#define WARM_S 0.1 /* the other server's turn has cooled the caches */

/* ---- daemon ---- */

/* Processor time of the daemon a record, and records a second, of one run. */
static void send_all(const struct server *s, bool tcp, struct rf_str lines, size_t n,
                     struct runs *cpu, struct runs *rate)
{
    uint64_t cpu0 = server_cpu_ns(s), t0 = clock_wall_ns();
    size_t answered = stream_all(s, tcp, lines);
    if (answered != n)
        table_say("%zu records, %zu replies", n, answered);
    runs_add(cpu, (double)(server_cpu_ns(s) - cpu0) / (double)n);
    runs_add(rate, (double)n * 1e9 / (double)(clock_wall_ns() - t0));
}

/* Returns the records a second over the Unix socket. */
static double bench_daemon(const struct server *s, const struct work *w,
                           const struct options *o)
{
    static const struct rf_hash_key key;
    struct runs engine = {0}, local = {0}, tcp = {0}, rate = {0}, rate_tcp = {0};
    struct judge *j = rf_mem_calloc(1, sizeof *j);
    struct rf_counters *c = rf_counters_new(COUNTERS, &key);
    judge_init(j, w->rs, c);
    struct head h = judge_fitting(j, w, o->quick ? 2.5e8 : 1e9);
    struct rf_str lines = rf_str(w->traffic.lines.p, h.bytes);
    stream_all(s, false, lines); /* warm-up */
    for (unsigned i = 0; i < o->runs; i++) {
        runs_add(&engine, (double)judge_run(j, lines) / (double)h.records);
        send_all(s, false, lines, h.records, &local, &rate);
        send_all(s, true, lines, h.records, &tcp, &rate_tcp);
    }
    table_add("daemon", "R10k, Unix", "x engine", runs_ratio(&local, &engine), AT_MOST,
              1.33);
    table_add("daemon", "R10k, TCP", "x engine", runs_ratio(&tcp, &engine), AT_MOST,
              1.33);
    table_add("daemon", "R10k, Unix", "ns of processor a record", runs_median(&local),
              NOTE, 0);
    table_add("daemon", "R10k, Unix", "records/s", runs_median(&rate), NOTE, 0);
    table_add("daemon", "R10k, TCP", "records/s", runs_median(&rate_tcp), NOTE, 0);
    judge_fini(j);
    rf_counters_free(c);
    free(j);
    return runs_median(&rate);
}

/* ---- latency ---- */

static const struct {
    const char *name, *ratio;
    double share;
} quantiles[] = {{"ms p50", "p50 x echo", 0.5},
                 {"ms p99", "p99 x echo", 0.99},
                 {"ms p99.9", "p99.9 x echo", 0.999}};
enum { QUANTILES = 3 };

static void take_turn(const struct server *s, const struct stream_load *load,
                      struct stream_result *r)
{
    stream_open_loop(s, load, r);
    if (r->answered != r->sent)
        table_say("%zu records, %zu replies", r->sent, r->answered);
}

/* Half as much again as it can take, with deadlines. */
static void overload(const struct server *s, const struct work *w, double capacity,
                     const struct options *o)
{
    struct stream_result r;
    const struct stream_load load = {.work = w,
                                     .rate = 1.5 * capacity,
                                     .seconds = o->quick ? 1 : 5,
                                     .deadline_ms = 50};
    stream_open_loop(s, &load, &r);
    table_add("latency", "150 %", "% answered", 100 * (double)r.answered / (double)r.sent,
              AT_LEAST, 100);
    table_add("latency", "150 %", "ms, the slowest", stream_quantile(&r, 1), AT_MOST,
              100);
    table_add("latency", "150 %", "% late, by their replies",
              100 * (double)r.late / (double)r.sent, NOTE, 0);
    table_add("latency", "150 %", "ms the generator was behind", r.lag_ms, NOTE, 0);
    free(r.ms);
}

static void tell_turns(const struct stream_result *own, const struct stream_result *echo)
{
    for (size_t q = 0; q < QUANTILES; q++) {
        struct runs a = {0}, b = {0};
        for (size_t i = 0; i < TURNS; i++) {
            runs_add(&a, stream_quantile(&own[i], quantiles[q].share));
            runs_add(&b, stream_quantile(&echo[i], quantiles[q].share));
        }
        table_add("latency", "70 %", quantiles[q].name, runs_median(&a), NOTE, 0);
        table_add("latency", "70 %", quantiles[q].ratio, runs_ratio(&a, &b), AT_MOST, 2);
    }
}

/* The same, stalls that came in few turns included. */
static void tell_all(const struct stream_result *own, const struct stream_result *echo)
{
    struct stream_result a = stream_join(own, TURNS), b = stream_join(echo, TURNS);
    for (size_t q = 0; q < QUANTILES; q++)
        table_add("latency", "70 %, turns as one", quantiles[q].ratio,
                  stream_quantile(&a, quantiles[q].share) /
                      stream_quantile(&b, quantiles[q].share),
                  NOTE, 0);
    free(a.ms);
    free(b.ms);
}

static void bench_latency(const struct server *s, const struct work *w, double capacity,
                          const struct options *o)
{
    struct server echo_server;
    struct stream_result own[TURNS], echo[TURNS];
    const struct stream_load load = {
        .work = w, .rate = 0.7 * capacity, .warm_s = WARM_S, .seconds = TURN_S};
    server_start_echo(&echo_server);
    server_pin_first(&echo_server, "");
    for (size_t i = 0; i < TURNS; i++) {
        take_turn(&echo_server, &load, &echo[i]);
        take_turn(s, &load, &own[i]);
    }
    server_stop(&echo_server);
    tell_turns(own, echo);
    tell_all(own, echo);
    for (size_t i = 0; i < TURNS; i++) {
        free(own[i].ms);
        free(echo[i].ms);
    }
    overload(s, w, capacity, o);
}

/* ---- reload ---- */

/* A process that reloads so many times; its exit code tells how many failed. */
static pid_t reloader(const struct server *s, unsigned times)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    unsigned failed = 0;
    for (unsigned i = 0; i < times; i++)
        failed += !server_reload(s);
    _exit(failed > 255 ? 255 : (int)failed);
}

static void reload_under_load(const struct server *s, const struct work *w,
                              double capacity, const struct options *o)
{
    struct stream_result quiet, loaded;
    struct stream_load load = {
        .work = w, .rate = 0.3 * capacity, .seconds = o->quick ? 2 : 10};
    unsigned times = o->quick ? 2 : 30;
    int status = 0;
    stream_open_loop(s, &load, &quiet);
    uint64_t began = clock_wall_ns();
    server_reload(s);
    load.seconds = (double)(clock_wall_ns() - began) / 1e9 * times;
    pid_t pid = reloader(s, times);
    stream_open_loop(s, &load, &loaded);
    waitpid(pid, &status, 0);
    table_add("reload", "R10k, 30 %", "reloads refused", WEXITSTATUS(status), AT_MOST, 0);
    table_add("reload", "R10k, 30 %", "% answered",
              100 * (double)loaded.answered / (double)loaded.sent, AT_LEAST, 100);
    table_add("reload", "R10k, 30 %", "ms p99.9 without", stream_quantile(&quiet, 0.999),
              NOTE, 0);
    table_add("reload", "R10k, 30 %", "ms p99.9 more with",
              stream_quantile(&loaded, 0.999) - stream_quantile(&quiet, 0.999), AT_MOST,
              20);
    free(quiet.ms);
    free(loaded.ms);
}

/* Memory over many reloads, each of other rules than before. */
static void reload_memory(const struct words *words, const struct options *o)
{
    unsigned times = o->quick ? 100 : 1000, part = times / 10;
    struct rules *a = rules_new(words, 100, NULL), *b = rules_new(words, 101, NULL);
    struct server s;
    double first = 0, last = 0;
    unsigned failed = 0;
    if (server_start(&s, o->daemon, a)) {
        for (unsigned i = 0; i < times; i++) {
            server_write_rules(&s, i % 2 ? a : b);
            failed += !server_reload(&s);
            first += i < part ? (double)server_rss_kib(&s) : 0;
            last += i >= times - part ? (double)server_rss_kib(&s) : 0;
        }
        server_stop(&s);
        table_add("reload", "R100", "reloads refused", failed, AT_MOST, 0);
        table_add("reload", "R100", "RSS of the last tenth / first", last / first,
                  AT_MOST, 1.02);
    }
    rules_free(a);
    rules_free(b);
}

/* ---- all ---- */

void bench_served(const struct words *words, const struct options *o,
                  bool (*wanted)(const struct options *o, const char *name))
{
    struct rules *rules = rules_new(words, 10000, NULL);
    const struct traffic_options t = {.n = o->quick ? 30000 : 200000,
                                      .seed = 5,
                                      .words = words,
                                      .targets = rules->targets,
                                      .ntargets = rules->ntargets};
    struct rf_ruleset *rs = rules_load(rules);
    struct server s;
    struct work w;
    work_init(&w, "R10k", rs, &t);
    server_keep_first_free(true);
    if (server_start(&s, o->daemon, rules)) {
        server_pin_first(&s, "worker");
        double capacity = bench_daemon(&s, &w, o);
        if (wanted(o, "latency"))
            bench_latency(&s, &w, capacity, o);
        if (wanted(o, "reload"))
            reload_under_load(&s, &w, capacity, o);
        server_stop(&s);
    }
    server_keep_first_free(false);
    if (wanted(o, "reload"))
        reload_memory(words, o);
    work_fini(&w);
    rf_ruleset_free(rs);
    rules_free(rules);
}
