/* A ledger on disk. The first line names the daemon, each other one holds a change:
 *
 *   ringfence-ledger 1 ORIGIN
 *   CHECKSUM time expires origin deleted key value who why
 *
 * with tabs between the parts behind the checksum (16 hex digits of all that follows
 * them) and \t \n \\ escaped. Of several changes of a key the last in force counts. */
#include "daemon/store/ledger_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "daemon/files.h"
#include "lib/base/hash.h"

#define HEAD "ringfence-ledger 1 "
#define FIELDS 8
#define FILE_MAX (1UL << 30)
#define OUT_MAX (64 * 1024) /* lines are written when so many bytes wait */
#define SPARE_LINES 256     /* of history, always let be */
#define SUM 16

/* ---- lines ------------------------------------------------------------------------- */

static void add_escaped(struct rf_buf *b, struct rf_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\t' || c == '\n' || c == '\\') {
            rf_buf_addc(b, '\\');
            c = c == '\t' ? 't' : c == '\n' ? 'n' : '\\';
        }
        rf_buf_addc(b, c);
    }
}

static void add_line(struct rf_buf *b, const struct ledger_entry *e)
{
    char sum[SUM + 1];
    const struct rf_str parts[] = {e->key, e->value, e->who, e->why};
    rf_buf_printf(b, "%0*d ", SUM, 0);
    size_t begin = b->n;
    rf_buf_printf(b, "%" PRId64 "\t%" PRId64 "\t%s\t%d", e->time_ms, e->expires_ms,
                  e->origin, e->deleted);
    for (size_t i = 0; i < 4; i++) {
        rf_buf_addc(b, '\t');
        add_escaped(b, parts[i]);
    }
    snprintf(sum, sizeof sum, "%016" PRIx64, rf_hash_fnv(b->p + begin, b->n - begin));
    memcpy(b->p + begin - SUM - 1, sum, SUM);
    rf_buf_addc(b, '\n');
}

/* Takes the escapes out, in place. */
static struct rf_str unescape(char *p, size_t n)
{
    size_t to = 0;
    for (size_t i = 0; i < n; i++) {
        char c = p[i];
        if (c == '\\' && i + 1 < n) {
            c = p[++i];
            c = c == 't' ? '\t' : c == 'n' ? '\n' : c;
        }
        p[to++] = c;
    }
    return rf_str(p, to);
}

static size_t split(char *line, size_t n, struct rf_str parts[FIELDS])
{
    size_t k = 0;
    for (char *end = line + n; k < FIELDS; k++) {
        char *tab = memchr(line, '\t', (size_t)(end - line));
        char *stop = tab ? tab : end;
        parts[k] = k < 4 ? rf_str(line, (size_t)(stop - line))
                         : unescape(line, (size_t)(stop - line));
        if (!tab)
            return k + 1;
        line = tab + 1;
    }
    return FIELDS + 1;
}

/* Changes the line's bytes. */
static bool read_line(char *line, size_t n, struct ledger_entry *e)
{
    struct rf_str parts[FIELDS];
    uint64_t sum;
    if (n < SUM + 2 || sscanf(line, "%16" SCNx64, &sum) != 1 || line[SUM] != ' ' ||
        sum != rf_hash_fnv(line + SUM + 1, n - SUM - 1))
        return false;
    if (split(line + SUM + 1, n - SUM - 1, parts) != FIELDS || parts[2].n > LEDGER_ORIGIN)
        return false;
    *e = (struct ledger_entry){.key = parts[4], parts[5], parts[6], parts[7]};
    e->time_ms = strtoll(parts[0].p, NULL, 10);
    e->expires_ms = strtoll(parts[1].p, NULL, 10);
    e->deleted = parts[3].n == 1 && parts[3].p[0] == '1';
    memcpy(e->origin, parts[2].p, parts[2].n);
    return true;
}

/* ---- reading ----------------------------------------------------------------------- */

static void make_origin(struct ledger *l)
{
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        abort();
    snprintf(l->origin, sizeof l->origin, "%016" PRIx64, random);
}

/* The first line; false: it is none. */
static bool read_head(struct ledger *l, const char *line, size_t n)
{
    size_t head = sizeof HEAD - 1;
    if (n != head + LEDGER_ORIGIN || memcmp(line, HEAD, head) != 0)
        return false;
    memcpy(l->origin, line + head, LEDGER_ORIGIN);
    l->origin[LEDGER_ORIGIN] = 0;
    if (strspn(l->origin, "0123456789abcdef") == LEDGER_ORIGIN)
        return true;
    l->origin[0] = 0;
    return false;
}

static void take(struct ledger *l, const struct ledger_entry *e)
{
    const struct ledger_item *was = ledger_find(l, e->key);
    if (!was || ledger_cmp(e, &was->e) > 0)
        l->refused += ledger_put(l, e) == NULL;
}

void ledger_file_parse(struct ledger *l, struct rf_buf *b)
{
    size_t at = 0;
    for (char *end; at < b->n && (end = memchr(b->p + at, '\n', b->n - at));) {
        size_t n = (size_t)(end - b->p) - at;
        struct ledger_entry e;
        *end = 0;
        bool head = at == 0 && read_head(l, b->p, n);
        if (!head && read_line(b->p + at, n, &e))
            take(l, &e);
        else if (!head)
            l->damaged++;
        at += n + 1;
        l->lines++;
    }
    l->good = (int64_t)at;
    l->damaged += at < b->n; /* torn: the process died as it wrote */
}

static int open_end(struct ledger *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = open(l->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    return l->fd < 0 ? RF_ERR_IO : RF_OK;
}

void ledger_file_text(const struct ledger *l, struct rf_buf *b)
{
    const struct ledger_item *i;
    rf_buf_printf(b, HEAD "%s\n", l->origin);
    for (i = TAILQ_FIRST(&l->all); i; i = TAILQ_NEXT(i, all))
        add_line(b, &i->e);
}

/* The whole ledger, in place of the file. */
static int write_anew(struct ledger *l)
{
    struct rf_buf b;
    rf_buf_init(&b);
    ledger_file_text(l, &b);
    int rc = files_replace(l->path, rf_buf_str(&b));
    if (rc == RF_OK)
        rc = open_end(l);
    if (rc == RF_OK) {
        l->good = (int64_t)b.n;
        l->lines = l->n + 1;
        l->out.n = 0;
    }
    int error = errno;
    l->error = rc == RF_OK ? 0 : error;
    rf_buf_fini(&b);
    errno = error;
    return rc;
}

int ledger_file_read(struct ledger *l, const char **why)
{
    struct rf_buf b;
    rf_buf_init(&b);
    rf_buf_init(&l->out);
    l->fd = -1;
    int rc = files_read(l->path, FILE_MAX, &b, why);
    if (rc == RF_OK)
        ledger_file_parse(l, &b);
    rf_buf_fini(&b);
    return rc == RF_ERR_NOENT ? RF_OK : rc;
}

/* The file as it was found stays beside the one that replaces it. */
static void keep_damaged(const struct ledger *l)
{
    char path[sizeof l->path + 16];
    snprintf(path, sizeof path, "%s.damaged", l->path);
    if (unlink(path) == 0 || errno == ENOENT)
        (void)!link(l->path, path); /* not more than a help */
}

int ledger_file_open(struct ledger *l, const char **why)
{
    int rc = ledger_file_read(l, why);
    if (rc != RF_OK)
        return rc;
    bool fresh = l->good == 0 && !l->damaged, whole = l->origin[0] && !l->damaged;
    if (!l->origin[0])
        make_origin(l);
    if (l->damaged)
        keep_damaged(l);
    rc = whole ? open_end(l) : write_anew(l);
    if (rc != RF_OK && !fresh && !whole)
        rc = open_end(l); /* no room to write it anew: that is tried again */
    if (rc != RF_OK)
        *why = strerror(errno);
    return rc;
}

void ledger_file_close(struct ledger *l)
{
    if (l->fd >= 0)
        close(l->fd);
    rf_buf_fini(&l->out);
}

/* ---- writing ----------------------------------------------------------------------- */

void ledger_file_add(struct ledger *l, const struct ledger_entry *e)
{
    if (l->error)
        return; /* all is written anew when the disk takes it */
    add_line(&l->out, e);
    l->lines++;
    if (l->out.n >= OUT_MAX && ledger_file_write(l, false) != RF_OK)
        return; /* l->error tells */
}

static int failed(struct ledger *l, int error)
{
    if (ftruncate(l->fd, l->good) != 0)
        error = errno; /* the torn line is left out when it is read */
    l->error = error;
    l->out.n = 0;
    errno = error;
    return RF_ERR_IO;
}

int ledger_file_write(struct ledger *l, bool sync)
{
    struct rf_str left = rf_buf_str(&l->out);
    if (l->error) {
        errno = l->error;
        return RF_ERR_IO;
    }
    while (left.n) {
        ssize_t n = write(l->fd, left.p, left.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return failed(l, n < 0 ? errno : ENOSPC);
        left = rf_str_sub(left, (size_t)n);
    }
    if (sync && l->out.n && fdatasync(l->fd) != 0)
        return failed(l, errno);
    l->good += (int64_t)l->out.n;
    l->out.n = 0;
    return RF_OK;
}

int ledger_file_tidy(struct ledger *l)
{
    if (l->error || l->lines > 2 * l->n + SPARE_LINES)
        return write_anew(l);
    return ledger_file_write(l, false);
}
