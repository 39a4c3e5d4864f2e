#include "benchmarks/waits.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "benchmarks/clock.h"
#include "lib/base/mem.h"

/* A wake-up waits some microseconds, and there are some ten in a millisecond: a fifth of
 * the time is somebody else's turn. What piles up meanwhile is worked off, at 70 % load,
 * in 2.3 times as long. */
#define SHARE_OF_WAITING 5
#define AFTERMATH 4

static int open_count(pid_t thread)
{
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/schedstat", (int)thread);
    return open(name, O_RDONLY | O_CLOEXEC);
}

static uint64_t waited(int fd)
{
    char text[96];
    unsigned long long ns = 0;
    ssize_t n = fd >= 0 ? pread(fd, text, sizeof text - 1, 0) : 0;
    text[n > 0 ? n : 0] = '\0';
    return sscanf(text, "%*u %llu", &ns) == 1 ? ns : 0;
}

void waits_init(struct waits *w, pid_t thread)
{
    *w = (struct waits){.looked_ns = clock_wall_ns()};
    w->fd[0] = open_count((pid_t)syscall(SYS_gettid));
    w->fd[1] = open_count(thread);
    for (size_t i = 0; i < 2; i++)
        w->waited_ns[i] = waited(w->fd[i]);
}

void waits_fini(struct waits *w)
{
    for (size_t i = 0; i < 2; i++)
        if (w->fd[i] >= 0)
            close(w->fd[i]);
    free(w->spans);
}

static void add(struct waits *w, struct waits_span s)
{
    while (w->n && s.from_ns <= w->spans[w->n - 1].until_ns) {
        const struct waits_span *last = &w->spans[--w->n];
        s.from_ns = last->from_ns < s.from_ns ? last->from_ns : s.from_ns;
        s.until_ns = last->until_ns > s.until_ns ? last->until_ns : s.until_ns;
    }
    if (w->n == w->cap) {
        w->cap = w->cap ? 2 * w->cap : 64;
        w->spans = rf_mem_realloc(w->spans, w->cap, sizeof *w->spans);
    }
    w->spans[w->n++] = s;
}

void waits_look(struct waits *w, uint64_t now_ns)
{
    uint64_t since_ns = now_ns - w->looked_ns;
    if (since_ns < WAITS_EVERY_NS)
        return;
    for (size_t i = 0; i < 2; i++) {
        uint64_t total = waited(w->fd[i]), more = total - w->waited_ns[i];
        w->waited_ns[i] = total;
        if (more > since_ns / SHARE_OF_WAITING) /* counted when it ends */
            add(w, (struct waits_span){w->looked_ns - more, now_ns + AFTERMATH * more});
    }
    w->looked_ns = now_ns;
}

bool waits_touch(const struct waits *w, uint64_t from_ns, uint64_t until_ns)
{
    size_t low = 0, high = w->n; /* the first that ends at from_ns or later */
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (w->spans[mid].until_ns < from_ns)
            low = mid + 1;
        else
            high = mid;
    }
    return low < w->n && w->spans[low].from_ns <= until_ns;
}
