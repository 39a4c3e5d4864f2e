/* A stream of lines judged without a daemon: decode, judge, encode, one record at a time,
 * with event time as the clock: the newest ts so far. What `eval`, `test`, `explain` and
 * an embedder run. One thread. */
#ifndef RF_ENGINE_SESSION_H
#define RF_ENGINE_SESSION_H

#include "lib/base/buf.h"
#include "lib/engine/engine.h"
#include "lib/engine/explain.h"
#include "lib/engine/override.h"

#define RF_SESSION_START_MS INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

struct rf_session;

/* rs and counters must outlive it. all_enforced: see rf_engine_new. */
struct rf_session *rf_session_new(const struct rf_ruleset *rs,
                                  struct rf_counters *counters, bool all_enforced);
void rf_session_free(struct rf_session *s);

/* Put overrides in force from the next line on. */
void rf_session_override(struct rf_session *s, const struct rf_overrides *o);

/* The last record and what was said of it; valid until the next line. */
struct rf_outcome {
    const struct rf_record *record;
    const struct rf_judgment *judgment;
};

/* Judge one line (copied; any length up to the configured max_line is decoded, a longer
 * one is answered line_too_long). A NULL reply: no reply is written. */
struct rf_outcome rf_session_line(struct rf_session *s, struct rf_str line,
                                  struct rf_buf *reply);
/* The reply for a line over max_line that the framing has cut. */
struct rf_outcome rf_session_too_long(struct rf_session *s, struct rf_buf *reply);
/* Append the reply to the last record. */
void rf_session_reply(struct rf_session *s, struct rf_buf *reply);
/* Judge one line and tell why. */
struct rf_outcome rf_session_explain(struct rf_session *s, struct rf_str line,
                                     struct rf_explanation *out);

#endif
