/* What all changes made by people at run time have in common: who, why and until when,
 * and how they are answered. Main thread. */
#ifndef DAEMON_OPS_CONTROL_CHANGE_H
#define DAEMON_OPS_CONTROL_CHANGE_H

#include <jansson.h>

#include "daemon/server.h"
#include "daemon/store/ledger.h"

#define CONTROL_REASON_MAX 500 /* bytes */

struct control_change {
    char who[512]; /* "ann@host", "root (ann)@host": the user as the kernel tells, and as
                      the tool does */
    struct rf_str reason;
    int64_t now_ms, expires_ms; /* LEDGER_NEVER */
};

/* Read a request's reason, who, uid (put there by the server), and for (ms) or expires
 * (ms since 1970, RFC 3339, or a duration like "7d"). NULL, or the error to answer. The
 * reason is a view into args. */
json_t *control_change_read(struct server *s, const json_t *args, bool needs_reason,
                            struct control_change *out);
/* An entry with what the change says. */
struct ledger_entry control_change_entry(const struct control_change *c,
                                         struct rf_str key, struct rf_str value);
/* The answer to what ledger_set or _del returned: ok, text (for people), until, and a
 * warning where it is in force but not on disk; or an error. `what`: "that entry". */
json_t *control_change_done(const struct control_change *c, int rc, const char *what,
                            const char *text);
/* " until 2026-01-31T…" or "". */
const char *control_until(int64_t expires_ms, char out[40]);

#endif
