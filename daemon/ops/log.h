/* Messages to stderr: one line, one write. No message text and no full number may go
 * here. Any thread. */
#ifndef DAEMON_OPS_LOG_H
#define DAEMON_OPS_LOG_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_INFO, LOG_WARNING, LOG_ERROR };

/* "2026-01-31T23:59:59.123Z info text" */
void log_line(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A message that a peer can provoke: at most one a second is written, with how many were
 * left out before it. One static struct for each such place in the code. */
struct log_limit {
    _Atomic int64_t next_ms;
    _Atomic uint64_t left_out;
};
void log_limited(struct log_limit *l, enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A text of several lines, such as diagnostics, as it is. */
void log_text(const char *text, size_t n);

#endif
