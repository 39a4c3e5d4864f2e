#include "daemon/ops/problem.h"

#include <stdarg.h>
#include <stdio.h>

#include "daemon/clock.h"

const struct problem_info *problem_info(enum problem p)
{
    static const struct problem_info table[] = {
#define X(NAME, code, severity, meaning, what_to_do)                                     \
    {code, severity, meaning, what_to_do},
        PROBLEMS(X)
#undef X
    };
    return &table[p];
}

void problems_init(struct problems *all)
{
    *all = (struct problems){0};
    pthread_mutex_init(&all->lock, NULL);
}

void problems_fini(struct problems *all)
{
    pthread_mutex_destroy(&all->lock);
}

static bool present(const struct problem_state *s, int64_t now_ms)
{
    return s->since_ms && (s->until_ms == 0 || now_ms < s->until_ms);
}

bool problem_set(struct problems *all, enum problem p, int64_t for_ms, const char *fmt,
                 ...)
{
    struct problem_state *s = &all->state[p];
    int64_t now_ms = clock_wall_ms();
    va_list ap;
    pthread_mutex_lock(&all->lock);
    bool begins = !present(s, now_ms);
    if (begins)
        s->since_ms = now_ms;
    s->until_ms = for_ms > 0 ? now_ms + for_ms : 0;
    va_start(ap, fmt);
    vsnprintf(s->detail, sizeof s->detail, fmt, ap);
    va_end(ap);
    pthread_mutex_unlock(&all->lock);
    return begins;
}

bool problem_clear(struct problems *all, enum problem p)
{
    pthread_mutex_lock(&all->lock);
    bool was = present(&all->state[p], clock_wall_ms());
    all->state[p].since_ms = 0;
    pthread_mutex_unlock(&all->lock);
    return was;
}

bool problem_get(struct problems *all, enum problem p, struct problem_state *out)
{
    pthread_mutex_lock(&all->lock);
    *out = all->state[p];
    pthread_mutex_unlock(&all->lock);
    return present(out, clock_wall_ms());
}

const char *problems_state(struct problems *all)
{
    const char *worst = "well";
    for (int p = 0; p < PROBLEM_COUNT; p++) {
        struct problem_state now;
        const char *severity = problem_info((enum problem)p)->severity;
        if (problem_get(all, (enum problem)p, &now) && strcmp(worst, "failing") != 0)
            worst = severity;
    }
    return worst;
}
