/* An explanation as one JSON object: what `ringfence explain --json` prints:
 *   {"reply": {...}, "protected": true, "views": {operand: [value or address]},
 *    "lists": [{list, value, entry, reason, source}],
 *    "rules": [{rule, state, mode, action, at, failed_at, failed,
 *               matches: [{view, pattern, begin, end, original}],
 *               counters: [{behavior, key, window_ms, value, records}]}]}
 * begin and end are byte offsets in the text as judged. Cold. */
#ifndef RF_ENGINE_EXPLAIN_JSON_H
#define RF_ENGINE_EXPLAIN_JSON_H

#include "lib/engine/session.h"

struct json_t;

/* The object (to be json_decref'ed) of what rf_session_explain gave. only: the id of one
 * rule, or NULL; all: rules for other kinds of record, too. */
struct json_t *rf_explain_json(const struct rf_ruleset *rs, const struct rf_outcome *o,
                               const struct rf_explanation *x, const char *only, bool all,
                               struct rf_str reply);

#endif
