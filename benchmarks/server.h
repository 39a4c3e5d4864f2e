/* Servers to be measured, each a child process in a folder of its own that goes with it:
 * ringfenced, and one that answers every line with a fixed reply. */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include <sys/types.h>

#include "benchmarks/rules.h"

struct server {
    pid_t pid;
    char folder[64], socket[96];
    unsigned short port; /* on loopback; 0: none */
    char control[96], program[512], tool[512];
};

/* Start ringfenced with one worker; returns once it takes connections. False, said on
 * stderr, when it does not come up. */
bool server_start(struct server *s, const char *program, const struct rules *rules);
/* The same with further lines of configuration. */
bool server_start_with(struct server *s, const char *program, const struct rules *rules,
                       const char *more);
/* Start the echo server: a reply of 40 bytes for each line, one thread. */
void server_start_echo(struct server *s);
void server_stop(struct server *s);
/* Processor time of all its threads in ns; memory resident in KiB. */
uint64_t server_cpu_ns(const struct server *s);
/* ... of those threads whose name begins so. */
uint64_t server_thread_ns(const struct server *s, const char *name);
/* Give those threads the first processor of the machine for themselves, where there are
 * more: they are to have been kept from it by keep_first_free before the start. */
void server_pin_first(const struct server *s, const char *name);
/* This process and those it starts leave the first processor free, or take it again. */
void server_keep_first_free(bool free);
size_t server_rss_kib(const struct server *s);
/* Put these rules in the place of those it has (not yet in force). */
void server_write_rules(const struct server *s, const struct rules *rules);
/* `ringfence reload`; waits until done. Whether it was taken. */
bool server_reload(const struct server *s);

#endif
