/* Events as JSON lines (ringfence-feed(7), "Events"): decisions, alerts, operations. No
 * message text, no number in clear. Any thread, each with its own buffer and arena. */
#ifndef DAEMON_OPS_EVENT_H
#define DAEMON_OPS_EVENT_H

#include <stdatomic.h>

#include "lib/base/hash.h"
#include "lib/record/record.h"
#include "lib/ruleset/judgment.h"

/* What all events of a process share. */
struct event_source {
    char host[256]; /* valid UTF-8 */
    /* Of hashes that leave the process; the store changes it to that of the Redis. Each
     * stays where it is as long as the workers live. */
    _Atomic(const struct rf_hash_key *) key;
};

/* key is not copied. */
void event_source_init(struct event_source *s, const struct rf_hash_key *key);

struct event_decision {
    const struct rf_ruleset *rs;
    uint64_t gen;
    const struct rf_record *record;
    const struct rf_judgment *judgment;
    struct rf_str ref, feed;
    int64_t now_ms;
};

/* Each of these appends one line with its LF. */
void event_add_decision(struct rf_buf *out, const struct event_source *s,
                        struct rf_arena *arena, const struct event_decision *d);
void event_add_alert(struct rf_buf *out, const struct event_source *s, uint64_t gen,
                     int64_t now_ms, const struct rf_alert_event *e);
/* code: "start", "reload", "rules_refused", "stop", or once a minute "alive", whose state
 * is that of `status`. */
void event_add_ops(struct rf_buf *out, const struct event_source *s, uint64_t gen,
                   int64_t now_ms, const char *code, const char *state, const char *text);

#endif
