#include "benchmarks/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "benchmarks/clock.h"
#include "benchmarks/random.h"
#include "benchmarks/table.h"
#include "lib/base/mem.h"

#define BYTES ((size_t)64 << 20)
#define READS 2000000

static void processor(char *out, size_t n)
{
    char line[256];
    FILE *f = fopen("/proc/cpuinfo", "r");
    snprintf(out, n, "unknown processor");
    while (f && fgets(line, sizeof line, f)) {
        char *colon = strchr(line, ':');
        if (!colon || strncmp(line, "model name", 10) != 0)
            continue;
        colon[strcspn(colon, "\n\"")] = 0;
        snprintf(out, n, "%s", colon + 2);
        break;
    }
    if (f)
        fclose(f);
}

void machine_name(char *out, size_t n)
{
    char name[128];
    struct utsname u;
    processor(name, sizeof name);
    uname(&u);
    snprintf(out, n, "%s, %ld processors, %s %s", name, sysconf(_SC_NPROCESSORS_ONLN),
             u.sysname, u.release);
}

/* One cycle through all words (Sattolo), so that each read waits for the one before. */
static void make_cycle(uint32_t *v, uint32_t n)
{
    struct random r = random_of(6, 0);
    for (uint32_t i = 0; i < n; i++)
        v[i] = i;
    for (uint32_t i = n - 1; i > 0; i--) {
        uint32_t k = (uint32_t)random_below(&r, i), x = v[k];
        v[k] = v[i];
        v[i] = x;
    }
}

void machine_calibrate(unsigned runs)
{
    uint32_t *from = rf_mem_alloc(BYTES), n = BYTES / sizeof *from;
    char *to = rf_mem_alloc(BYTES);
    struct runs copy = {0}, read = {0};
    volatile uint32_t at = 0;
    make_cycle(from, n);
    memcpy(to, from, BYTES);
    for (unsigned i = 0; i < runs; i++) {
        uint64_t t0 = clock_thread_ns();
        memcpy(to, from, BYTES);
        uint64_t t1 = clock_thread_ns();
        for (uint32_t k = 0, x = at; k < READS; k++)
            at = x = from[x];
        runs_add(&copy, (double)BYTES / (double)(t1 - t0));
        runs_add(&read, (double)(clock_thread_ns() - t1) / READS);
    }
    table_add("machine", "64 MiB", "GB/s memcpy", runs_median(&copy), NOTE, 0);
    table_add("machine", "64 MiB", "ns a random read", runs_median(&read), NOTE, 0);
    free(from);
    free(to);
}
