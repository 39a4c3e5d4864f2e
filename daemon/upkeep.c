#include "daemon/upkeep.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/changes.h"
#include "daemon/clock.h"
#include "daemon/ops/log.h"
#include "daemon/overrides.h"
#include "daemon/tally.h"
#include "daemon/tell.h"
#include "lib/base/mem.h"

#define MINUTE_S 60
#define SWEEP_STRIPES 16 /* of the counters, a second */

struct upkeep {
    struct server *server;
    struct event *second;
    struct rf_buf lines; /* events */
    size_t nlines;
    unsigned seconds;
};

static uint32_t current_hour(struct server *s)
{
    const struct live_set *set = live_enter(&s->live, server_main_reader(s));
    uint32_t hour = tally_hour(&set->rs->zone, clock_wall_ms());
    live_leave(&s->live, server_main_reader(s));
    return hour;
}

static void on_alert_end(void *arg, const struct rf_alert_event *e)
{
    struct upkeep *u = arg;
    event_add_alert(&u->lines, &u->server->source, atomic_load(&u->server->live.gen),
                    clock_wall_ms(), e);
    u->nlines++;
    stats_add(&u->server->stats.alerts_total, 1);
}

/* Windows end by the records' time; no record that is to come can be older than
 * feed.late, so nothing that could still decide is swept. */
static void keep_counters(struct upkeep *u)
{
    struct server *s = u->server;
    u->lines.n = u->nlines = 0;
    rf_alert_tick(s->counters, server_event_time_ms(s), on_alert_end, u);
    events_add(&s->events, rf_buf_str(&u->lines), u->nlines);
    rf_counters_sweep(s->counters, clock_wall_ms() - s->config.settings.late_ms,
                      SWEEP_STRIPES);
    rf_counters_ready(s->counters);
}

static void tell_changes(struct server *s)
{
    struct changes_count counts[CHANGES_TALLY_LISTS];
    unsigned n = changes_tally_take(changes_tally(s->changes), counts);
    for (unsigned i = 0; i < n; i++) {
        char text[512];
        changes_count_text(&counts[i], text, sizeof text);
        log_line(LOG_INFO, "%s", text);
        tell_ops(s, "list", "ok", text);
    }
}

/* What people changed while running: lists, modes and what is forgotten. */
static void keep_changes(struct server *s)
{
    int64_t now_ms = clock_wall_ms();
    int lists = changes_tick(s->changes, now_ms), why = errno;
    if (overrides_tick(s->overrides, now_ms) != RF_OK)
        why = errno;
    else if (lists == RF_OK)
        why = 0;
    if (why)
        problem_set(&s->problems, PROBLEM_CHANGES_UNWRITTEN, 0, "%s: %s", s->state.dir,
                    strerror(why));
    else
        problem_clear(&s->problems, PROBLEM_CHANGES_UNWRITTEN);
    tell_changes(s);
    uint64_t refused = ledger_refused(changes_ledger(s->changes)) +
                       ledger_refused(overrides_ledger(s->overrides));
    if (refused)
        problem_set(&s->problems, PROBLEM_CHANGES_REFUSED, 0, "%" PRIu64 " so far",
                    refused);
}

static void keep_totals(struct server *s)
{
    static struct log_limit limit;
    char message[256];
    if (totals_tick(s->totals, current_hour(s), message, sizeof message) != 0)
        log_limited(&limit, LOG_ERROR, "totals: %s", message);
}

static void on_second(evutil_socket_t fd, short what, void *arg)
{
    struct upkeep *u = arg;
    (void)fd;
    (void)what;
    keep_counters(u);
    keep_changes(u->server);
    if (++u->seconds % MINUTE_S)
        return;
    keep_totals(u->server);
    tell_ops(u->server, "alive", problems_state(&u->server->problems), "");
}

struct upkeep *upkeep_start(struct server *s)
{
    const struct timeval second = {.tv_sec = 1};
    struct upkeep *u = rf_mem_calloc(1, sizeof *u);
    u->server = s;
    rf_buf_init(&u->lines);
    u->second = event_new(s->base, -1, EV_PERSIST, on_second, u);
    event_add(u->second, &second);
    return u;
}

void upkeep_stop(struct upkeep *u)
{
    event_free(u->second);
    rf_buf_fini(&u->lines);
    free(u);
}
