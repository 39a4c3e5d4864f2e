#include "daemon/clock.h"

#include <time.h>

static int64_t read_ms(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_wall_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

double clock_monotonic_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int64_t clock_monotonic_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

/* n in so many digits at *at, which goes on behind them and `then`. */
static void put(char **at, unsigned n, unsigned digits, char then)
{
    for (unsigned i = digits; i--; n /= 10)
        (*at)[i] = (char)('0' + n % 10);
    (*at)[digits] = then;
    *at += digits + 1;
}

void clock_text(int64_t wall_ms, char out[CLOCK_TEXT])
{
    time_t s = (time_t)(wall_ms / 1000);
    struct tm tm = {0};
    gmtime_r(&s, &tm);
    put(&out, (unsigned)tm.tm_year + 1900, 4, '-');
    put(&out, (unsigned)tm.tm_mon + 1, 2, '-');
    put(&out, (unsigned)tm.tm_mday, 2, 'T');
    put(&out, (unsigned)tm.tm_hour, 2, ':');
    put(&out, (unsigned)tm.tm_min, 2, ':');
    put(&out, (unsigned)tm.tm_sec, 2, '.');
    put(&out, (unsigned)(wall_ms % 1000), 3, 'Z');
    *out = 0;
}
