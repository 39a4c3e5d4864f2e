/* NDJSON lines of a file or stdin, framed as the daemon does. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/cli/cli.h"
#include "lib/base/mem.h"
#include "lib/codec/codec.h"
#include "lib/codec/frame.h"

/*  buf: |consumed|unread bytes......|free..........|padding|
 *        0        begin              end            cap              */
struct cli_lines {
    const char *name; /* for people */
    int fd;
    bool ended, failed;
    struct rf_frame frame;
    char *buf;
    size_t begin, end, cap;
};

struct cli_lines *cli_lines_open(const char *path, size_t max_line)
{
    bool is_stdin = !path || strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        cli_error("%s: %s", path, strerror(errno));
        return NULL;
    }
    struct cli_lines *l = rf_mem_calloc(1, sizeof *l);
    l->name = is_stdin ? "stdin" : path;
    l->fd = fd;
    l->cap = 2 * max_line + 65536;
    l->buf = rf_mem_calloc(l->cap + RF_CODEC_PADDING, 1);
    rf_frame_init(&l->frame, max_line);
    return l;
}

int cli_lines_close(struct cli_lines *l)
{
    int rc = l->failed ? EX_IOERR : 0;
    if (l->fd != STDIN_FILENO)
        close(l->fd);
    free(l->buf);
    free(l);
    return rc;
}

/* Reads more bytes behind the unread ones; false when reading failed. */
static bool fill(struct cli_lines *l)
{
    memmove(l->buf, l->buf + l->begin, l->end - l->begin);
    l->end -= l->begin;
    l->begin = 0;
    ssize_t n;
    do
        n = read(l->fd, l->buf + l->end, l->cap - l->end);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        cli_error("%s: %s", l->name, strerror(errno));
        l->failed = true;
        return false;
    }
    l->ended = n == 0;
    l->end += (size_t)n;
    return true;
}

/* A daemon closes a connection in an endless line; of a file the rest is worth reading.
 */
static void go_on_behind(struct cli_lines *l, struct rf_str taken)
{
    l->frame.discarded = 0;
    if (taken.n && taken.p[taken.n - 1] == '\n')
        l->frame.discarding = false;
}

bool cli_lines_waiting(const struct cli_lines *l)
{
    size_t used;
    struct rf_str line;
    struct rf_frame ahead = l->frame;
    struct rf_str in = rf_str(l->buf + l->begin, l->end - l->begin);
    return !l->ended && rf_frame_next(&ahead, in, &used, &line) == RF_FRAME_MORE;
}

enum cli_line cli_lines_next(struct cli_lines *l, struct rf_str *line)
{
    for (;;) {
        size_t used = 0;
        struct rf_str in = rf_str(l->buf + l->begin, l->end - l->begin);
        enum rf_frame_result r = rf_frame_next(&l->frame, in, &used, line);
        l->begin += used;
        if (r == RF_FRAME_LINE)
            return CLI_LINE;
        if (r == RF_FRAME_TOO_LONG)
            return CLI_LINE_TOO_LONG;
        if (r == RF_FRAME_CLOSE) {
            go_on_behind(l, rf_str(in.p, used));
            continue;
        }
        if (l->ended) {
            in = rf_str(l->buf + l->begin, l->end - l->begin);
            l->begin = l->end;
            r = rf_frame_last(&l->frame, in, line);
            return r == RF_FRAME_LINE       ? CLI_LINE
                   : r == RF_FRAME_TOO_LONG ? CLI_LINE_TOO_LONG
                                            : CLI_LINES_END;
        }
        if (!fill(l))
            return CLI_LINES_END;
    }
}
