#include "daemon/loader.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "daemon/clock.h"
#include "daemon/ops/log.h"
#include "daemon/rules.h"
#include "daemon/tell.h"
#include "lib/base/mem.h"

#define CHANGES_PAUSE_MS 600 /* between two times that changes of lists are taken */

struct watched { /* a list file to be read again when it is due and has changed */
    char *path;
    int64_t refresh_ms, due_ms; /* monotonic */
    int64_t loaded_ms;          /* wall clock when its load began */
    struct stat seen;
};

struct loader {
    struct server *server;
    struct event *told;
    pthread_t thread;
    struct watched *watched;
    size_t nwatched;

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t asked;
    uint64_t tickets; /* given out */
    bool force, stop;
    bool lists_changed;
    int64_t lists_due_ms; /* monotonic: no earlier are changes put in force */
    struct loader_result last;
};

/* ---- lists that are due ----------------------------------------------------------- */

static void unwatch(struct loader *l)
{
    for (size_t i = 0; i < l->nwatched; i++)
        free(l->watched[i].path);
    free(l->watched);
    l->watched = NULL;
    l->nwatched = 0;
}

static void watch_lists(struct loader *l, const struct rf_ruleset *rs, int64_t began_ms)
{
    unwatch(l);
    l->watched = rf_mem_calloc(rs->nlists + 1, sizeof *l->watched);
    for (uint32_t i = 0; i < rs->nlists; i++) {
        const struct rf_named_list *list = &rs->lists[i];
        if (!list->path.n || list->refresh_ms <= 0)
            continue;
        struct watched *w = &l->watched[l->nwatched++];
        w->path = strndup(list->path.p, list->path.n);
        w->refresh_ms = list->refresh_ms;
        w->due_ms = clock_monotonic_ms() + list->refresh_ms;
        w->loaded_ms = began_ms;
        if (!w->path || stat(w->path, &w->seen) != 0)
            memset(&w->seen, 0, sizeof w->seen);
    }
}

/* A file written while it was read counts as changed, once. */
static bool has_changed(struct watched *w)
{
    struct stat now;
    if (!w->path || stat(w->path, &now) != 0)
        memset(&now, 0, sizeof now);
    int64_t written_ms = (int64_t)now.st_mtim.tv_sec * 1000;
    return now.st_ino != w->seen.st_ino || now.st_size != w->seen.st_size ||
           now.st_mtim.tv_sec != w->seen.st_mtim.tv_sec ||
           now.st_mtim.tv_nsec != w->seen.st_mtim.tv_nsec ||
           written_ms + 1000 >= w->loaded_ms;
}

/* Whether a list is due and changed; *next_ms: when to look again (monotonic). */
static bool lists_due(struct loader *l, int64_t *next_ms)
{
    bool changed = false;
    int64_t now_ms = clock_monotonic_ms();
    *next_ms = now_ms + 3600 * 1000;
    for (size_t i = 0; i < l->nwatched; i++) {
        struct watched *w = &l->watched[i];
        if (w->due_ms <= now_ms) {
            w->due_ms = now_ms + w->refresh_ms;
            changed |= has_changed(w);
        }
        *next_ms = w->due_ms < *next_ms ? w->due_ms : *next_ms;
    }
    return changed;
}

/* ---- loading ---------------------------------------------------------------------- */

static void list_problems(struct server *s, const struct rf_ruleset *rs)
{
    char text[400] = "";
    size_t n = 0;
    for (uint32_t i = 0; i < rs->nlists; i++) {
        const struct rf_named_list *l = &rs->lists[i];
        if (l->problem.n && n < sizeof text)
            n +=
                (size_t)snprintf(text + n, sizeof text - n, "%s%.*s: %.*s", n ? "; " : "",
                                 RF_STR_FMT(l->id), RF_STR_FMT(l->problem));
    }
    if (n && problem_set(&s->problems, PROBLEM_LIST_KEPT, 0, "%s", text))
        log_line(LOG_WARNING, "lists kept as they were: %s", text);
    else if (!n && problem_clear(&s->problems, PROBLEM_LIST_KEPT))
        log_line(LOG_INFO, "all lists are well again");
}

static void keep_generation(struct server *s, const struct rf_ruleset *rs)
{
    if (state_ruleset(&s->state, rs->hash) == RF_OK) {
        problem_clear(&s->problems, PROBLEM_STATE_UNWRITTEN);
        return;
    }
    problem_set(&s->problems, PROBLEM_STATE_UNWRITTEN, 0, "%s: %s", s->state.dir,
                strerror(errno));
    log_line(LOG_ERROR, "cannot write the generation to %s: %s", s->state.dir,
             strerror(errno));
}

static struct rf_ruleset *load(struct server *s, const struct rf_ruleset *previous,
                               bool force, struct loader_result *out)
{
    struct rf_report *report = rf_report_new();
    struct rf_ruleset *rs = rules_load(&s->config, previous, force, s->changes, report);
    out->errors = rf_report_count(report, RF_ERROR);
    out->warnings = rf_report_count(report, RF_WARNING);
    out->refused = rs == NULL;
    out->diagnostics.n = 0;
    rf_report_render(report, &out->diagnostics, false);
    log_text(out->diagnostics.p, out->diagnostics.n);
    rf_report_free(report);
    return rs;
}

/* Where PCRE2 may not compile to machine code, `status` tells why all is slow. */
static void jit_problem(struct server *s, const struct rf_ruleset *rs)
{
    if (rf_matcher_jit(rs->matcher))
        problem_clear(&s->problems, PROBLEM_REGEX_JIT);
    else
        problem_set(&s->problems, PROBLEM_REGEX_JIT, 0, "%s", "");
}

static void describe(struct loader_result *out, const struct live_set *set)
{
    out->gen = set->gen;
    out->rules = set->rs->nrules;
    snprintf(out->ruleset, sizeof out->ruleset, "%s", set->rs->hash);
}

struct live_set *loader_first(struct server *s)
{
    struct loader_result r = {0};
    struct live_set *set = NULL;
    rf_buf_init(&r.diagnostics);
    struct rf_ruleset *rs = load(s, NULL, false, &r);
    if (rs) {
        keep_generation(s, rs);
        list_problems(s, rs);
        jit_problem(s, rs);
        set = live_set_new(rs, s->counters, s->nworkers, s->state.gen);
        log_line(LOG_INFO,
                 "generation %" PRIu64 ": %" PRIu32 " rules, %" PRIu32
                 " lists, ruleset %s",
                 set->gen, rs->nrules, rs->nlists, rs->hash);
    }
    rf_buf_fini(&r.diagnostics);
    return set;
}

/* The refusal, told in log, status and event log. */
static void refuse(struct server *s, const struct loader_result *r)
{
    char text[160];
    snprintf(text, sizeof text,
             "%zu errors in the rules; generation %" PRIu64 " stays in force", r->errors,
             s->state.gen);
    log_line(LOG_ERROR, "%s", text);
    problem_set(&s->problems, PROBLEM_RULES_REFUSED, 0, "%s", text);
    tell_ops(s, "rules_refused", "degraded", text);
}

static void accept_rules(struct loader *l, struct rf_ruleset *rs, struct loader_result *r)
{
    char text[160];
    struct server *s = l->server;
    uint64_t before = s->state.gen;
    keep_generation(s, rs);
    struct live_set *set = live_set_new(rs, s->counters, s->nworkers, s->state.gen);
    r->changed = s->state.gen != before;
    describe(r, set);
    list_problems(s, rs);
    jit_problem(s, rs);
    problem_clear(&s->problems, PROBLEM_RULES_REFUSED);
    snprintf(text, sizeof text,
             "generation %" PRIu64 "%s: %" PRIu32 " rules, %" PRIu32 " lists", set->gen,
             r->changed ? "" : " (unchanged)", rs->nrules, rs->nlists);
    live_swap(&s->live, set);
    log_line(LOG_INFO, "reloaded: %s", text);
    tell_ops(s, "reload", "ok", text);
}

/* The cold steps in order. Only this thread swaps, so the set in force stays alive. */
static void reload(struct loader *l, bool force, struct loader_result *r)
{
    int64_t began_ms = clock_wall_ms();
    const struct live_set *now = atomic_load(&l->server->live.set);
    struct rf_ruleset *rs = load(l->server, now->rs, force, r);
    r->changed = false;
    if (!rs) {
        describe(r, now);
        refuse(l->server, r);
        return;
    }
    watch_lists(l, rs, began_ms);
    accept_rules(l, rs, r);
}

/* Lists were changed whose entries are patterns or values: the rules in force compiled
 * anew, whatever their files may say by now. */
static bool recompile(struct loader *l)
{
    struct server *s = l->server;
    const struct live_set *now = atomic_load(&s->live.set);
    struct rf_ruleset *rs = rules_load_again(&s->config, now->rs, s->changes);
    if (!rs)
        return false;
    struct live_set *set = live_set_new(rs, s->counters, s->nworkers, now->gen);
    set->since_ms = now->since_ms;
    live_swap(&s->live, set);
    log_line(LOG_INFO, "rules compiled anew with changed lists");
    return true;
}

/* ---- thread ----------------------------------------------------------------------- */

/* What there is to do. */
struct work {
    uint64_t ticket;
    bool load, force, changes;
};

static bool changes_due(const struct loader *l, int64_t *next_ms)
{
    if (l->lists_changed && l->lists_due_ms < *next_ms)
        *next_ms = l->lists_due_ms;
    return l->lists_changed && l->lists_due_ms <= clock_monotonic_ms();
}

/* Sleep until there is something to do. False: stop. */
static bool wait_for_work(struct loader *l, struct work *w)
{
    bool due = false, changes = false;
    pthread_mutex_lock(&l->lock);
    while (!l->stop && l->tickets == l->last.ticket && !due && !changes) {
        int64_t next_ms;
        struct timespec until;
        due = lists_due(l, &next_ms);
        changes = changes_due(l, &next_ms);
        until.tv_sec = next_ms / 1000;
        until.tv_nsec = next_ms % 1000 * 1000000;
        if (!due && !changes)
            pthread_cond_timedwait(&l->asked, &l->lock, &until);
    }
    *w = (struct work){.ticket = l->tickets,
                       .load = due || l->tickets != l->last.ticket,
                       .force = l->force,
                       .changes = l->lists_changed};
    if (w->load)
        l->force = false;
    l->lists_changed = false;
    bool go_on = !l->stop;
    pthread_mutex_unlock(&l->lock);
    return go_on;
}

static void publish(struct loader *l, struct loader_result *r)
{
    pthread_mutex_lock(&l->lock);
    struct rf_buf old = l->last.diagnostics;
    l->last = *r;
    r->diagnostics = old;
    pthread_mutex_unlock(&l->lock);
    event_active(l->told, 0, 0);
}

/* Changes of lists come in bursts: after putting some in force, which took since
 * began_ms, others wait five times as long, but not much more than half a second. */
static void pause_changes(struct loader *l, int64_t began_ms)
{
    int64_t now_ms = clock_monotonic_ms(), pause_ms = 5 * (now_ms - began_ms);
    pthread_mutex_lock(&l->lock);
    l->lists_due_ms =
        now_ms + (pause_ms < CHANGES_PAUSE_MS ? pause_ms : CHANGES_PAUSE_MS);
    pthread_mutex_unlock(&l->lock);
}

static void *run(void *arg)
{
    struct loader *l = arg;
    struct loader_result r = {0};
    struct work w;
    pthread_setname_np(pthread_self(), "loader");
    rf_buf_init(&r.diagnostics);
    while (wait_for_work(l, &w)) {
        int64_t began_ms = clock_monotonic_ms();
        if (w.changes && changes_apply(l->server->changes, &l->server->live) && !w.load)
            w.load = !recompile(l);
        if (w.load) {
            r.ticket = w.ticket;
            reload(l, w.force, &r);
            publish(l, &r);
        }
        if (w.changes)
            pause_changes(l, began_ms);
    }
    rf_buf_fini(&r.diagnostics);
    return NULL;
}

/* Lists were changed: that is put in force soon. Any thread. */
static void changed(void *arg)
{
    struct loader *l = arg;
    pthread_mutex_lock(&l->lock);
    l->lists_changed = true;
    pthread_cond_signal(&l->asked);
    pthread_mutex_unlock(&l->lock);
}

struct loader *loader_start(struct server *s, struct event *told)
{
    sigset_t all, before;
    pthread_condattr_t attr;
    struct loader *l = rf_mem_calloc(1, sizeof *l);
    const struct live_set *set = atomic_load(&s->live.set);
    l->server = s;
    l->told = told;
    rf_buf_init(&l->last.diagnostics);
    describe(&l->last, set);
    watch_lists(l, set->rs, set->since_ms);
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&l->asked, &attr);
    pthread_condattr_destroy(&attr);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    if (pthread_create(&l->thread, NULL, run, l) != 0)
        rf_mem_die(sizeof *l);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    changes_watch(s->changes, changed, l);
    return l;
}

uint64_t loader_ask(struct loader *l, bool force)
{
    pthread_mutex_lock(&l->lock);
    uint64_t ticket = ++l->tickets;
    l->force |= force;
    pthread_cond_signal(&l->asked);
    pthread_mutex_unlock(&l->lock);
    return ticket;
}

struct loader_result loader_last(struct loader *l, struct rf_buf *diagnostics)
{
    pthread_mutex_lock(&l->lock);
    struct loader_result r = l->last;
    if (diagnostics)
        rf_buf_adds(diagnostics, rf_buf_str(&l->last.diagnostics));
    pthread_mutex_unlock(&l->lock);
    r.diagnostics = (struct rf_buf){0};
    return r;
}

void loader_stop(struct loader *l)
{
    changes_watch(l->server->changes, NULL, NULL);
    pthread_mutex_lock(&l->lock);
    l->stop = true;
    pthread_cond_signal(&l->asked);
    pthread_mutex_unlock(&l->lock);
    pthread_join(l->thread, NULL);
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->asked);
    rf_buf_fini(&l->last.diagnostics);
    unwatch(l);
    free(l);
}
