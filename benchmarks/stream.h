/* The load generator: prepared lines into a server, replies counted as they come. One
 * connection, one thread. */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include "benchmarks/server.h"
#include "benchmarks/work.h"

/* Connect to the server's Unix socket or its TCP port; -1 when that fails. */
int stream_connect(const struct server *s, bool tcp);
/* Listen at the server's Unix socket. */
int stream_listen(const struct server *s);

/* Send all lines as fast as they are taken; returns the replies counted. */
size_t stream_all(const struct server *s, bool tcp, struct rf_str lines);

/* An open loop: record i is due at i / rate, whatever became of those before. */
struct stream_load {
    const struct work *work; /* lines taken round */
    double rate;             /* records a second */
    double warm_s;           /* at the beginning, whose latencies are not kept */
    double seconds;          /* after that */
    int64_t deadline_ms;     /* 0: none; else put into each record, after its due time */
};

struct stream_result {
    size_t sent, answered, late; /* late: "degraded":["deadline"] */
    double *ms;                  /* from due to answer, ascending; to be freed */
    size_t n;                    /* of ms */
    double lag_ms;               /* the most the generator itself was behind */
};

void stream_open_loop(const struct server *s, const struct stream_load *load,
                      struct stream_result *out);
/* The latencies of n loops as those of one; the rest is 0. */
struct stream_result stream_join(const struct stream_result *r, size_t n);
/* The latency not exceeded by the given share of answers, in ms. */
double stream_quantile(const struct stream_result *r, double share);

#endif
