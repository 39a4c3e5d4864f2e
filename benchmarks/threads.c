/* engine -t 2: two threads with one ruleset and one counter table, beside two processes
 * of one thread that run side by side. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "benchmarks/benches.h"
#include "benchmarks/clock.h"
#include "benchmarks/judge.h"
#include "benchmarks/table.h"
#include "lib/base/mem.h"

#define COUNTERS 4000000
#define SIDES 2

/* One thread's or process's part: its records, when it began and ended. */
struct side {
    struct judge *judge;
    struct rf_str lines;
    pthread_barrier_t *start;
    uint64_t began_ns, ended_ns, cpu_ns;
};

static void *run_side(void *arg)
{
    struct side *s = arg;
    judge_run(s->judge, s->lines); /* warm-up */
    pthread_barrier_wait(s->start);
    s->began_ns = clock_wall_ns();
    s->cpu_ns = judge_run(s->judge, s->lines);
    s->ended_ns = clock_wall_ns();
    return NULL;
}

static double wall_of(const struct side *s)
{
    uint64_t began = s[0].began_ns, ended = s[0].ended_ns;
    for (size_t i = 1; i < SIDES; i++) {
        began = s[i].began_ns < began ? s[i].began_ns : began;
        ended = s[i].ended_ns > ended ? s[i].ended_ns : ended;
    }
    return (double)(ended - began);
}

static void open_sides(struct side *sides, const struct rf_ruleset *rs,
                       struct rf_counters *const *counters, struct rf_str const *lines,
                       pthread_barrier_t *start)
{
    for (size_t i = 0; i < SIDES; i++) {
        sides[i] = (struct side){.judge = rf_mem_calloc(1, sizeof *sides[i].judge),
                                 .lines = lines[i],
                                 .start = start};
        judge_init(sides[i].judge, rs, counters[i]);
    }
}

static void close_sides(struct side *sides)
{
    for (size_t i = 0; i < SIDES; i++) {
        judge_fini(sides[i].judge);
        free(sides[i].judge);
    }
}

static double run_threads(const struct rf_ruleset *rs, const struct rf_str *lines,
                          double *cpu_ns)
{
    static const struct rf_hash_key key;
    struct side sides[SIDES];
    pthread_t threads[SIDES];
    pthread_barrier_t start;
    struct rf_counters *c = rf_counters_new(COUNTERS, &key);
    pthread_barrier_init(&start, NULL, SIDES);
    open_sides(sides, rs, (struct rf_counters *[SIDES]){c, c}, lines, &start);
    for (size_t i = 0; i < SIDES; i++)
        if (pthread_create(&threads[i], NULL, run_side, &sides[i]) != 0)
            abort();
    for (size_t i = 0; i < SIDES; i++)
        pthread_join(threads[i], NULL);
    *cpu_ns = (double)(sides[0].cpu_ns + sides[1].cpu_ns);
    close_sides(sides);
    rf_counters_free(c);
    pthread_barrier_destroy(&start);
    return wall_of(sides);
}

/* One process: its side comes back through the pipe. */
static void be_process(const struct rf_ruleset *rs, struct rf_str lines,
                       pthread_barrier_t *start, int out)
{
    static const struct rf_hash_key key;
    struct side s = {.judge = rf_mem_calloc(1, sizeof *s.judge), .lines = lines};
    s.start = start;
    judge_init(s.judge, rs, rf_counters_new(COUNTERS, &key));
    run_side(&s);
    _exit(write(out, &s, sizeof s) == sizeof s ? 0 : 1);
}

static double run_processes(const struct rf_ruleset *rs, const struct rf_str *lines,
                            pthread_barrier_t *start, double *cpu_ns)
{
    struct side sides[SIDES];
    int ends[SIDES][2];
    for (size_t i = 0; i < SIDES; i++) {
        if (pipe(ends[i]) != 0)
            abort();
        pid_t pid = fork();
        if (pid < 0)
            abort();
        if (pid == 0)
            be_process(rs, lines[i], start, ends[i][1]);
        close(ends[i][1]);
    }
    for (size_t i = 0; i < SIDES; i++) {
        if (read(ends[i][0], &sides[i], sizeof sides[i]) != sizeof sides[i])
            abort();
        close(ends[i][0]);
    }
    while (wait(NULL) > 0)
        continue;
    *cpu_ns = (double)(sides[0].cpu_ns + sides[1].cpu_ns);
    return wall_of(sides);
}

/* A barrier that processes share. */
static pthread_barrier_t *shared_barrier(void)
{
    pthread_barrierattr_t attr;
    pthread_barrier_t *b =
        mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (b == MAP_FAILED)
        abort();
    pthread_barrierattr_init(&attr);
    pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(b, &attr, SIDES);
    return b;
}

/* The head cut in two parts of as many records. */
static void halves(const struct work *w, struct rf_str out[SIDES])
{
    static const struct rf_hash_key key;
    struct judge *j = rf_mem_calloc(1, sizeof *j);
    struct rf_counters *c = rf_counters_new(COUNTERS, &key);
    judge_init(j, w->rs, c);
    struct head all = judge_fitting(j, w, 1e9), half = work_head(w, all.records / 2);
    out[0] = rf_str(w->traffic.lines.p, half.bytes);
    out[1] = rf_str(w->traffic.lines.p + half.bytes, all.bytes - half.bytes);
    judge_fini(j);
    rf_counters_free(c);
    free(j);
}

void bench_threads(const struct work *w, const struct options *o)
{
    struct rf_str lines[SIDES];
    struct runs threads = {0}, processes = {0}, cpu_t = {0}, cpu_p = {0};
    pthread_barrier_t *start = shared_barrier();
    halves(w, lines);
    for (unsigned i = 0; i < o->runs; i++) {
        double cpu;
        runs_add(&processes, run_processes(w->rs, lines, start, &cpu));
        runs_add(&cpu_p, cpu);
        runs_add(&threads, run_threads(w->rs, lines, &cpu));
        runs_add(&cpu_t, cpu);
    }
    table_add("engine -t 2", w->name, "x two processes (time of day)",
              runs_ratio(&processes, &threads), AT_LEAST, 0.9);
    table_add("engine -t 2", w->name, "x two processes (processor)",
              runs_ratio(&cpu_p, &cpu_t), NOTE, 0);
    munmap(start, sizeof *start);
}
