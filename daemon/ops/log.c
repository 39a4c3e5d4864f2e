#include "daemon/ops/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/clock.h"

static void write_line(enum log_level level, const char *more, const char *fmt,
                       va_list ap)
{
    static const char *const names[] = {"info", "warning", "error"};
    char line[2048], text[1800], when[CLOCK_TEXT];
    vsnprintf(text, sizeof text, fmt, ap);
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
    clock_text(clock_wall_ms(), when);
    int n = snprintf(line, sizeof line, "%s %s %s%s\n", when, names[level], text, more);
    log_text(line, (size_t)n);
}

void log_line(enum log_level level, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    write_line(level, "", fmt, ap);
    va_end(ap);
}

void log_limited(struct log_limit *l, enum log_level level, const char *fmt, ...)
{
    char more[64] = "";
    int64_t now = clock_monotonic_ms(), next = atomic_load(&l->next_ms);
    if (now < next || !atomic_compare_exchange_strong(&l->next_ms, &next, now + 1000)) {
        atomic_fetch_add(&l->left_out, 1);
        return;
    }
    uint64_t left_out = atomic_exchange(&l->left_out, 0);
    if (left_out)
        snprintf(more, sizeof more, " (and %" PRIu64 " more)", left_out);
    va_list ap;
    va_start(ap, fmt);
    write_line(level, more, fmt, ap);
    va_end(ap);
}

void log_text(const char *text, size_t n)
{
    while (n) {
        ssize_t put = write(STDERR_FILENO, text, n);
        if (put <= 0)
            return; /* nobody is left to tell */
        text += put;
        n -= (size_t)put;
    }
}
