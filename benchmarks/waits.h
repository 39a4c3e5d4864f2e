/* When other programs held a processor that a measured thread wanted: the kernel's count
 * of each thread's time spent ready and not running, looked at every millisecond by the
 * thread that measures. */
#ifndef BENCH_WAITS_H
#define BENCH_WAITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WAITS_EVERY_NS UINT64_C(1000000)

struct waits_span { /* from <= until, on clock_wall_ns() */
    uint64_t from_ns, until_ns;
};

struct waits {
    int fd[2]; /* of the calling thread, of the server's; -1: not to be had */
    uint64_t waited_ns[2];
    uint64_t looked_ns;
    struct waits_span *spans; /* ascending by from_ns, apart */
    size_t n, cap;
};

/* Watch this thread and another, of any process. */
void waits_init(struct waits *w, pid_t thread);
void waits_fini(struct waits *w);
/* To be called often; now is clock_wall_ns(). Looks at most every WAITS_EVERY_NS. */
void waits_look(struct waits *w, uint64_t now_ns);
/* Whether a span in which somebody waited for long, or its aftermath, touches this. */
bool waits_touch(const struct waits *w, uint64_t from_ns, uint64_t until_ns);

#endif
