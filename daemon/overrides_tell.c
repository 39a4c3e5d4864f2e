#include "daemon/overrides_tell.h"

#include <inttypes.h>
#include <stdio.h>

#include "daemon/clock.h"
#include "daemon/ops/control_change.h"
#include "daemon/ops/log.h"
#include "daemon/tell.h"

#define HEX 32

static void tell(struct server *s, const char *code, struct rf_str state,
                 struct rf_str text)
{
    char state_text[16], words[2048];
    snprintf(state_text, sizeof state_text, "%.*s", RF_STR_FMT(state));
    snprintf(words, sizeof words, "%.*s", RF_STR_FMT(text));
    log_line(LOG_INFO, "%s", words);
    tell_ops(s, code, state_text, words);
}

static void by_whom(struct rf_buf *text, const struct ledger_entry *e)
{
    char until[40];
    rf_buf_addz(text, control_until(e->expires_ms, until));
    rf_buf_printf(text, ", by %.*s: %.*s", RF_STR_FMT(e->who), RF_STR_FMT(e->why));
}

/* "mode of sms: monitor until …, by ann@host: why". */
static void tell_mode(struct server *s, const char *code, struct rf_str name,
                      const struct ledger_entry *e)
{
    struct rf_buf text;
    bool over = e->deleted && e->expires_ms != LEDGER_NEVER;
    struct rf_str state = e->deleted ? RF_STR("reset") : e->value;
    rf_buf_init(&text);
    rf_buf_printf(&text, "%s %.*s: %.*s", code, RF_STR_FMT(name), RF_STR_FMT(state));
    if (over)
        rf_buf_addz(&text, ", its time is over");
    else
        by_whom(&text, e);
    tell(s, code, state, rf_buf_str(&text));
    rf_buf_fini(&text);
}

struct ending {
    struct server *server;
    struct rf_buf lines;
    size_t n;
};

static void on_end(void *arg, const struct rf_alert_event *event)
{
    struct ending *e = arg;
    event_add_alert(&e->lines, &e->server->source, atomic_load(&e->server->live.gen),
                    clock_wall_ms(), event);
    e->n++;
}

static void end_alerts(struct server *s, struct rf_str keys, struct rf_str rule)
{
    static const struct rf_hash_key zero;
    struct ending end = {.server = s};
    struct rf_hash128 key, id = rf_hash_bytes(&zero, rule.p, rule.n);
    char hex[HEX + 1] = "";
    bool all = rf_str_eq(rule, RF_STR("*"));
    rf_buf_init(&end.lines);
    for (; s->counters && keys.n >= HEX; keys = rf_str_sub(keys, HEX)) {
        memcpy(hex, keys.p, HEX);
        if (sscanf(hex, "%16" SCNx64 "%16" SCNx64, &key.hi, &key.lo) == 2)
            rf_alert_end(s->counters, &key, all ? NULL : &id, clock_wall_ms(), on_end,
                         &end);
    }
    events_add(&s->events, rf_buf_str(&end.lines), end.n);
    rf_buf_fini(&end.lines);
}

static void tell_forgotten(struct server *s, struct rf_str name,
                           const struct ledger_entry *e)
{
    struct rf_buf text;
    if (e->deleted || name.n < HEX + 2)
        return;
    struct rf_str rule = rf_str_sub(name, HEX + 1);
    bool all = rf_str_eq(rule, RF_STR("*"));
    end_alerts(s, e->value, rule);
    rf_buf_init(&text);
    rf_buf_printf(&text, "forgotten: #%.8s, %s%.*s, by %.*s: %.*s", name.p,
                  all ? "every rule" : "rule ", all ? 0 : (int)rule.n, rule.p,
                  RF_STR_FMT(e->who), RF_STR_FMT(e->why));
    tell(s, "forget", RF_STR("ok"), rf_buf_str(&text));
    rf_buf_fini(&text);
}

void overrides_tell(void *arg, const struct ledger_entry *e)
{
    struct server *s = arg;
    if (rf_str_starts(e->key, RF_STR("mode:")))
        tell_mode(s, "mode", rf_str_sub(e->key, 5), e);
    else if (rf_str_starts(e->key, RF_STR("rule:")))
        tell_mode(s, "rule", rf_str_sub(e->key, 5), e);
    else if (rf_str_starts(e->key, RF_STR("forget:")))
        tell_forgotten(s, rf_str_sub(e->key, 7), e);
}
