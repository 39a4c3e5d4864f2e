#include "daemon/ops/event_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/ops/log.h"

#define PROBLEM_FOR_MS 60000 /* how long a loss is shown as a problem */
#define PAUSE_S 1            /* between attempts at a disk that refuses */

static size_t count_lines(struct rf_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '\n';
    return n;
}

static void lost(struct event_log *l, size_t n, const char *why)
{
    static struct log_limit limit;
    atomic_fetch_add(&l->dropped, n);
    problem_set(l->problems, PROBLEM_EVENTS_LOST, PROBLEM_FOR_MS,
                "%s: %s; %" PRIu64 " dropped since the start", l->path, why,
                atomic_load(&l->dropped));
    log_limited(&limit, LOG_WARNING, "events dropped: %s: %s", l->path, why);
}

/* After a failed write: take back a line that was written in part. */
static void take_back(struct event_log *l, struct rf_str written)
{
    struct stat st;
    size_t part = 0;
    while (part < written.n && written.p[written.n - 1 - part] != '\n')
        part++;
    if (part && fstat(l->fd, &st) == 0 && S_ISREG(st.st_mode) &&
        st.st_size >= (off_t)part && ftruncate(l->fd, st.st_size - (off_t)part) == 0)
        return;
    if (part && write(l->fd, "\n", 1) < 0)
        return; /* it stays torn */
}

/* Write whole lines; false when some were dropped. */
static bool write_lines(struct event_log *l, struct rf_str lines)
{
    struct rf_str left = lines;
    while (left.n) {
        ssize_t n = write(l->fd, left.p, left.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            int error = n < 0 ? errno : ENOSPC;
            take_back(l, rf_str(lines.p, lines.n - left.n));
            lost(l, count_lines(left), strerror(error));
            break;
        }
        left = rf_str_sub(left, (size_t)n);
    }
    size_t done = count_lines(rf_str(lines.p, lines.n - left.n));
    atomic_fetch_add(&l->written, done);
    return left.n == 0;
}

static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
}

static void reopen_file(struct event_log *l)
{
    int fd = open_file(l->path);
    if (fd < 0) {
        log_line(LOG_ERROR, "cannot open %s again: %s", l->path, strerror(errno));
        return;
    }
    close(l->fd);
    l->fd = fd;
    log_line(LOG_INFO, "event log opened again: %s", l->path);
}

static void pause_writing(struct event_log *l)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += PAUSE_S;
    pthread_mutex_lock(&l->lock);
    while (!l->stop && !l->reopen &&
           pthread_cond_timedwait(&l->changed, &l->lock, &t) != ETIMEDOUT)
        continue;
    pthread_mutex_unlock(&l->lock);
}

/* Wait for something to do; the queue is taken over into *take. False: stop. */
static bool next(struct event_log *l, struct rf_buf *take, bool *reopen)
{
    pthread_mutex_lock(&l->lock);
    while (!l->queue.n && !l->stop && !l->reopen)
        pthread_cond_wait(&l->changed, &l->lock);
    struct rf_buf empty = *take;
    *take = l->queue;
    l->queue = empty;
    l->queue.n = 0;
    *reopen = l->reopen;
    l->reopen = false;
    bool go_on = !l->stop || take->n;
    pthread_mutex_unlock(&l->lock);
    return go_on;
}

static void *run(void *arg)
{
    struct event_log *l = arg;
    struct rf_buf lines;
    bool reopen;
    pthread_setname_np(pthread_self(), "events");
    rf_buf_init(&lines);
    while (next(l, &lines, &reopen)) {
        if (reopen)
            reopen_file(l);
        if (!write_lines(l, rf_buf_str(&lines)))
            pause_writing(l);
    }
    rf_buf_fini(&lines);
    pthread_mutex_lock(&l->lock);
    l->stopped = true;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

int event_log_open(struct event_log *l, const char *path, struct problems *problems,
                   const char **why)
{
    *l = (struct event_log){.fd = -1, .problems = problems};
    if (!*path)
        return RF_OK;
    if (snprintf(l->path, sizeof l->path, "%s", path) >= (int)sizeof l->path)
        errno = ENAMETOOLONG;
    else
        l->fd = open_file(path);
    if (l->fd < 0) {
        *why = strerror(errno);
        l->path[0] = 0;
        return RF_ERR_IO;
    }
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
    rf_buf_init(&l->queue);
    int rc = pthread_create(&l->thread, NULL, run, l);
    if (rc == 0)
        return RF_OK;
    *why = strerror(rc);
    close(l->fd);
    l->path[0] = 0;
    return RF_ERR_IO;
}

void event_log_add(struct event_log *l, struct rf_str lines, size_t n)
{
    if (!event_log_on(l) || n == 0)
        return;
    pthread_mutex_lock(&l->lock);
    bool fits = l->queue.n + lines.n <= EVENT_LOG_QUEUE_BYTES;
    if (fits) {
        rf_buf_adds(&l->queue, lines);
        pthread_cond_signal(&l->changed);
    }
    pthread_mutex_unlock(&l->lock);
    if (!fits)
        lost(l, n, "it is written too slowly");
}

void event_log_reopen(struct event_log *l)
{
    if (!event_log_on(l))
        return;
    pthread_mutex_lock(&l->lock);
    l->reopen = true;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

void event_log_close(struct event_log *l, int64_t wait_ms)
{
    struct timespec until;
    if (!event_log_on(l))
        return;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += wait_ms / 1000 + 1;
    pthread_mutex_lock(&l->lock);
    l->stop = true;
    pthread_cond_broadcast(&l->changed);
    while (!l->stopped &&
           pthread_cond_timedwait(&l->changed, &l->lock, &until) != ETIMEDOUT)
        continue;
    bool stopped = l->stopped;
    pthread_mutex_unlock(&l->lock);
    if (!stopped) {
        log_line(LOG_WARNING, "event log not written to its end: %s", l->path);
        return; /* the thread hangs in the disk; the process ends without it */
    }
    pthread_join(l->thread, NULL);
    close(l->fd);
    rf_buf_fini(&l->queue);
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->changed);
    l->path[0] = 0;
}
