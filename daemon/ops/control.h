/* The control socket (ops.control): one JSON object a line, answered by one, in order.
 *
 *   {"command":"status"}  -> {"ok":true,"state":"well","problems":[…],…}
 *   {"command":"nonsense"} -> {"ok":false,"error":{"code":"unknown_command","message":…}}
 *
 * Commands and their members, besides "ok":
 *   version  version, pid, started (ms)
 *   status   state ("well", "degraded", "failing"), problems: [{code, severity, since
 *            (RFC 3339), detail, meaning, what_to_do}], version, pid, host, uptime (s),
 *            gen, ruleset, rules, lists, mode ("mixed" where kinds differ), modes: {sms:
 *            "enforce", …}, overrides: [{what ("mode", "rule", "forget"), name, mode,
 *            since, until, who, reason}], workers, connections, listen: [..],
 *            feeds: [{feed, connections, records, last (RFC 3339)}], redis (null, or
 *            {address, up, pending, daemon, totals}: the names that its connections
 *            and its totals have there), counter_keys
 *   stats    args since, until ("2026-01-31", "2026-01-31T14", RFC 3339, "-7d"; default
 *            today), by ("day" or "hour", and one group: "day,rule"), all (bool: of all
 *            daemons, from Redis): scope ("daemon", "all"), since, until, days: [{day,
 *            totals: {"sms:block": 3, "rule:ID:enforce": 3, …}}] or hours: [{hour, …}],
 *            totals: their sum, warnings. Refused: bad_request, redis_away, not_shared
 *   counters process counters since start: {"records_total": {"sms": {"allow": 1}}, …}
 *   reload   args force (bool); answered when done: gen, ruleset, changed, rules,
 *            diagnostics (text, as `check` prints). Refused: error.code "rules_refused",
 *            diagnostics, errors
 *   mode     args mode (monitor, enforce, reset), kind (optional); rule: args rule, mode
 *            (enable, monitor, off, reset); forget: args number, rule (optional). All:
 *            reason, and but for forget, for (ms) or expires (ms since 1970), optional;
 *            who: what the tool says besides the user the kernel names. Answered when in
 *            force here: text, who, until, warning (not on disk), note; of forget: lists.
 *            Refused: no_such_rule, not_changed, full, bad_request
 *   events   args last (default 100), follow (bool): lines (their number), and behind
 *            the answer so many lines, each an event (ringfenced(8)), the last ones; with
 *            follow then each event as it comes, or {"dropped":N} where N could not be
 *            sent as the client was too slow; nothing more can be asked
 *   list     args name (optional), offset, limit (default 1000): lists: [{name, type,
 *            entries, added, removed, path, refresh (ms), problem}], with name also
 *            rows: [{kind ("added", "removed"), entry, reason, source or who,
 *            since, expires, hidden (removed while running)}]
 *   list_add args name, entry, reason, expires (RFC 3339, or "7d"), who
 *            (told beside the user at the other end): done, name, entry (normal form),
 *            who, reason, since, expires, warning. Refused: error.code no_such_list,
 *            built_in, full, bad_entry (with diagnostics: text, diagnostic: "RF301")
 *   list_del the same; error.code not_listed, too
 *   list_get args name, entry: list, entry, listed, by (the entry that decides), sources:
 *            [{kind (file, values, built_in, added, removed), entry, path, line, reason,
 *            source or who, since, expires, expired, hidden}]
 *   lookup   args value: number: {normal, form, country, type: [..], protected, masked,
 *            key} or host: {normal, domain, suffix, ip, shortener, mixed_script}; lists:
 *            [{name, type, listed, by, sources}] (those that know it), counters: [{rule,
 *            title, mode, field, behavior, window_ms, value, records, thresholds: [{over,
 *            under, at_most, min}], met}], marks: [{rule, title, mode, field, times,
 *            within_ms}], alerts: [{rule, title, mode, field, since, value, peak, over,
 *            hits}], forgotten: [time], not_searched: [text]
 */
#ifndef DAEMON_OPS_CONTROL_H
#define DAEMON_OPS_CONTROL_H

#include "lib/base/buf.h"
#include "lib/base/error.h"

#define CONTROL_MAX_REQUEST (64 * 1024)
#define CONTROL_MAX_REPLY (256UL * 1024 * 1024)

/* Client side, used by the tool: send one request line (without its end) to the daemon
 * whose control socket is at `path` and wait at most timeout_ms for the reply line,
 * appended to *reply without its end. RF_ERR_NOENT: nobody listens there; RF_ERR_IO: cut
 * off or too late; *why for people, static or strerror's. Blocks; any thread. */
int control_request(const char *path, struct rf_str json, int timeout_ms,
                    struct rf_buf *reply, const char **why) RF_MUST_CHECK;

/* The same for answers of many lines: fn is told of each, without its end, until it says
 * false or the daemon closes (RF_OK both); no line has to come in any time. */
typedef bool (*control_line_fn)(void *arg, struct rf_str line);
int control_stream(const char *path, struct rf_str json, control_line_fn fn, void *arg,
                   const char **why) RF_MUST_CHECK;

#endif
