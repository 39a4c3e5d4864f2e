/* Redis servers to measure against, each a child process on a Unix socket in a folder
 * that belongs to somebody else, and a relay before one that holds every reply back. */
#ifndef BENCH_REDIS_H
#define BENCH_REDIS_H

#include <stdbool.h>
#include <sys/types.h>

/* Start redis-server on that socket; 0 where there is none, said on stderr. */
pid_t redis_start(const char *path);
/* Start a relay from `path` to `server`, whose replies come ms later. */
pid_t redis_start_slow(const char *path, const char *server, int ms);
void redis_stop(pid_t pid);

#endif
