#include "daemon/server.h"

#include <event2/event.h>
#include <event2/thread.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/changes.h"
#include "daemon/clock.h"
#include "daemon/listener.h"
#include "daemon/loader.h"
#include "daemon/ops/control_server.h"
#include "daemon/ops/log.h"
#include "daemon/overrides.h"
#include "daemon/overrides_tell.h"
#include "daemon/store/store.h"
#include "daemon/tally.h"
#include "daemon/tell.h"
#include "daemon/upkeep.h"
#include "daemon/worker.h"
#include "lib/base/mem.h"

#define STOP_MS 5000           /* for a worker to end its batch */
#define EVENT_LOG_WAIT_MS 3000 /* for the disk, at the end */
#define STORE_WAIT_MS 3000     /* for Redis, at the end */
#define SPARE_DESCRIPTORS 64   /* besides the feed's connections */

/* What only the main thread has. */
struct main_loop {
    struct server *server;
    struct listener **listeners;
    size_t nlisteners;
    struct control *control;
    struct event *signals[4], *loaded;
    struct upkeep *upkeep;
};

int64_t server_event_time_ms(struct server *s)
{
    int64_t least_ms = INT64_MAX;
    unsigned n = atomic_load(&s->running) ? s->nworkers : 0;
    for (unsigned i = 0; i < n; i++)
        if (atomic_load(&s->workers[i]->seen_ms)) {
            int64_t lag_ms = atomic_load(&s->workers[i]->lag_ms);
            least_ms = lag_ms < least_ms ? lag_ms : least_ms;
        }
    return clock_wall_ms() - (least_ms == INT64_MAX ? 0 : least_ms);
}

/* ---- signals ---------------------------------------------------------------------- */

static void on_signal(evutil_socket_t signal_number, short what, void *arg)
{
    struct main_loop *m = arg;
    (void)what;
    if (signal_number == SIGHUP)
        loader_ask(m->server->loader, false);
    else if (signal_number == SIGUSR1)
        event_log_reopen(&m->server->events.log);
    else
        event_base_loopbreak(m->server->base);
}

static void on_loaded(evutil_socket_t fd, short what, void *arg)
{
    struct main_loop *m = arg;
    (void)fd;
    (void)what;
    control_loaded(m->control);
}

static void add_events(struct main_loop *m)
{
    static const int numbers[] = {SIGHUP, SIGUSR1, SIGTERM, SIGINT};
    struct event_base *base = m->server->base;
    for (size_t i = 0; i < 4; i++) {
        m->signals[i] = evsignal_new(base, numbers[i], on_signal, m);
        event_add(m->signals[i], NULL);
    }
    m->loaded = event_new(base, -1, EV_PERSIST, on_loaded, m);
    m->upkeep = upkeep_start(m->server);
}

/* From here on a second TERM or INT ends the process at once. */
static void drop_events(struct main_loop *m)
{
    for (size_t i = 0; i < 4; i++)
        event_free(m->signals[i]);
    upkeep_stop(m->upkeep);
    signal(SIGHUP, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
}

/* ---- start ------------------------------------------------------------------------ */

static void raise_descriptors(const struct config *c)
{
    struct rlimit r;
    rlim_t want = c->max_connections + SPARE_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= want)
        return;
    r.rlim_cur = want < r.rlim_max ? want : r.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur < want)
        log_line(LOG_WARNING,
                 "the limit of open files, %llu, is under feed.max_connections",
                 (unsigned long long)r.rlim_cur);
}

static void tell_damage(struct ledger *l, const char *name)
{
    uint64_t n = ledger_damaged(l);
    if (n)
        log_line(LOG_WARNING,
                 "%s.ledger: %" PRIu64
                 " damaged lines left out; kept as %s.ledger.damaged",
                 name, n, name);
}

static int open_state(struct server *s)
{
    const char *why = "";
    char message[512] = "";
    if (state_open(&s->state, s->config.state_dir.p, &why) != RF_OK) {
        log_line(LOG_ERROR, "state_dir %s: %s", s->config.state_dir.p, why);
        return SERVER_SYSTEM;
    }
    s->changes = changes_open(s->state.dir, clock_wall_ms(), &why);
    if (!s->changes) {
        log_line(LOG_ERROR, "state_dir %s: " CHANGES_NAME ": %s", s->state.dir, why);
        return SERVER_SYSTEM;
    }
    event_source_init(&s->source, &s->state.key);
    if (events_open(&s->events, s->config.events_file.p, &s->problems, &why) != RF_OK) {
        log_line(LOG_ERROR, "events.file %s: %s", s->config.events_file.p, why);
        return SERVER_SYSTEM;
    }
    s->overrides = overrides_open(s->state.dir, clock_wall_ms(), overrides_tell, s, &why);
    if (!s->overrides) {
        log_line(LOG_ERROR, "run-time changes in %s: %s", s->state.dir, why);
        return SERVER_SYSTEM;
    }
    tell_damage(changes_ledger(s->changes), CHANGES_NAME);
    tell_damage(overrides_ledger(s->overrides), "control");
    struct rf_zone zone;
    struct rf_arena a;
    rf_arena_init(&a, 0);
    int rc = rf_zone_init(&zone, &a, s->config.settings.timezone);
    uint32_t hour = rc == RF_OK ? tally_hour(&zone, clock_wall_ms()) : 0;
    rf_arena_fini(&a);
    unsigned keep_days = (unsigned)(s->config.keep_ms / 86400000);
    if (totals_open(s->state.dir, hour, keep_days, &s->totals, message, sizeof message)) {
        log_line(LOG_ERROR, "totals: %s", message);
        return SERVER_SYSTEM;
    }
    if (message[0])
        log_line(LOG_WARNING, "totals: %s", message);
    return SERVER_OK;
}

static int open_rules(struct server *s)
{
    s->nworkers = (unsigned)s->config.workers;
    s->counters = rf_counters_new(s->config.capacity, &s->state.key);
    rf_counters_ready(s->counters);
    struct live_set *set = loader_first(s);
    if (!set) {
        log_line(LOG_ERROR, "the rules have errors: not started");
        return SERVER_CONFIG;
    }
    live_init(&s->live, set, s->nworkers + 1);
    return SERVER_OK;
}

static int open_sockets(struct main_loop *m)
{
    struct server *s = m->server;
    const char *why = "";
    m->control = control_open(s, &why);
    if (!m->control) {
        log_line(LOG_ERROR, "ops.control %s: %s", s->config.control.p, why);
        return SERVER_SYSTEM;
    }
    m->listeners = rf_mem_calloc(s->config.listen.n, sizeof(struct listener *));
    for (; m->nlisteners < s->config.listen.n; m->nlisteners++) {
        struct rf_str address = s->config.listen.v[m->nlisteners];
        m->listeners[m->nlisteners] = listener_open(s, address, &why);
        if (!m->listeners[m->nlisteners]) {
            log_line(LOG_ERROR, "feed.listen %s: %s", address.p, why);
            return SERVER_SYSTEM;
        }
        log_line(LOG_INFO, "listening on %s", address.p);
    }
    return SERVER_OK;
}

static void start_threads(struct main_loop *m)
{
    struct server *s = m->server;
    s->store = store_start(s);
    s->workers = rf_mem_calloc(s->nworkers, sizeof(struct worker *));
    for (unsigned i = 0; i < s->nworkers; i++)
        s->workers[i] = worker_start(s, i);
    atomic_store(&s->running, true);
    s->loader = loader_start(s, m->loaded);
}

/* ---- end -------------------------------------------------------------------------- */

static void close_sockets(struct main_loop *m)
{
    for (size_t i = 0; i < m->nlisteners; i++)
        listener_close(m->listeners[i]);
    free(m->listeners);
    m->listeners = NULL;
    m->nlisteners = 0;
}

/* Answer what was read, at most for feed.drain. */
static void drain(struct server *s)
{
    int64_t until_ms = clock_monotonic_ms() + s->config.drain_ms;
    bool cut = false;
    for (unsigned i = 0; i < s->nworkers; i++)
        worker_drain(s->workers[i]);
    for (unsigned i = 0; i < s->nworkers; i++) {
        if (worker_join(s->workers[i], until_ms))
            continue;
        cut = true;
        worker_stop(s->workers[i]);
        if (!worker_join(s->workers[i], clock_monotonic_ms() + STOP_MS)) {
            log_line(LOG_ERROR, "worker %u does not end", i);
            _exit(SERVER_SYSTEM);
        }
    }
    if (cut)
        log_line(LOG_WARNING, "feed.drain is over: connections were cut");
}

static void stop_threads(struct server *s)
{
    for (unsigned i = 0; i < s->nworkers; i++)
        worker_free(s->workers[i]);
    free(s->workers);
    loader_stop(s->loader);
}

static void close_state(struct server *s)
{
    if (s->live.readers)
        live_fini(&s->live);
    if (s->counters)
        rf_counters_free(s->counters);
    changes_close(s->changes);
    if (s->totals)
        totals_close(s->totals);
    overrides_close(s->overrides);
    events_close(&s->events, EVENT_LOG_WAIT_MS);
    state_close(&s->state);
    feeds_fini(&s->feeds);
}

static int serve(struct main_loop *m)
{
    struct server *s = m->server;
    int rc = open_sockets(m);
    if (rc == SERVER_OK) {
        add_events(m);
        start_threads(m);
        log_line(LOG_INFO, "ringfenced " RF_VERSION " is ready, %u workers", s->nworkers);
        tell_ops(s, "start", "ok", "ringfenced " RF_VERSION);
        event_base_dispatch(s->base);
        drop_events(m);
        log_line(LOG_INFO, "stopping: draining");
        close_sockets(m);
        drain(s);
        tell_ops(s, "stop", "ok", "");
        store_stop(s->store, STORE_WAIT_MS);
        s->store = NULL;
        stop_threads(s);
        event_free(m->loaded);
        log_line(LOG_INFO, "stopped");
    }
    close_sockets(m);
    control_close(m->control);
    return rc;
}

int server_run(struct server *s)
{
    struct main_loop m = {.server = s};
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN); /* until the first rules are loaded */
    signal(SIGUSR1, SIG_IGN);
    evthread_use_pthreads();
    raise_descriptors(&s->config);
    s->started_ms = clock_wall_ms();
    s->state.lock = -1;
    problems_init(&s->problems);
    feeds_init(&s->feeds);
    s->base = event_base_new();
    if (!s->base)
        rf_mem_die(0);
    int rc = open_state(s);
    if (rc == SERVER_OK)
        rc = open_rules(s);
    if (rc == SERVER_OK)
        rc = serve(&m);
    close_state(s);
    event_base_free(s->base);
    libevent_global_shutdown();
    return rc;
}
