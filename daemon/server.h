/* What all threads of the daemon share: made by the main thread before they start, freed
 * after they ended. Threads: main (signals, listeners, control socket, timers), workers
 * (feed), loader (rules), event log. Locks inside the members are leaves: no thread holds
 * two of them. */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include <stdatomic.h>

#include "daemon/live.h"
#include "daemon/ops/config.h"
#include "daemon/ops/event.h"
#include "daemon/ops/events.h"
#include "daemon/ops/feeds.h"
#include "daemon/ops/problem.h"
#include "daemon/ops/state.h"
#include "daemon/ops/stats.h"
#include "daemon/ops/totals.h"

struct changes;
struct event_base;
struct loader;
struct store;
struct overrides;
struct worker;

struct server {
    struct config config; /* read-only once threads run */
    struct state state;   /* loader's once threads run */
    struct live live;
    struct rf_counters *counters;
    struct totals *totals;
    struct overrides *overrides;
    struct events events;
    struct event_source source;
    struct problems problems;
    struct feeds feeds;
    struct stats stats; /* main thread's */
    struct event_base *base;
    struct loader *loader;
    struct changes *changes; /* of lists, while running */
    struct store *store;     /* NULL: nothing is shared */
    struct worker **workers;
    unsigned nworkers;
    _Atomic bool running;         /* all workers are */
    _Atomic unsigned connections; /* open */
    _Atomic uint64_t marks_lost;  /* not shared */
    int64_t started_ms;
};

/* The main thread's place among the readers of the live ruleset. */
static inline unsigned server_main_reader(const struct server *s)
{
    return s->nworkers;
}

/* The time of the records now: the clock, less how far the least late feed is behind.
 * Any thread. */
int64_t server_event_time_ms(struct server *s);

/* Exit codes, as in sysexits(3). */
enum { SERVER_OK = 0, SERVER_USAGE = 64, SERVER_SYSTEM = 71, SERVER_CONFIG = 78 };

/* Serve until TERM. s->config is filled, all else zero. Returns the exit code. */
int server_run(struct server *s);

#endif
