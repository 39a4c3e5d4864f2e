#include "daemon/tell.h"

#include "daemon/clock.h"

void tell_ops(struct server *s, const char *code, const char *state, const char *text)
{
    struct rf_buf line;
    rf_buf_init(&line);
    event_add_ops(&line, &s->source, atomic_load(&s->live.gen), clock_wall_ms(), code,
                  state, text);
    events_add(&s->events, rf_buf_str(&line), 1);
    rf_buf_fini(&line);
}
