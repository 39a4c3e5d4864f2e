/* What people changed at run time: `mode`, `rule` and `forget`. Kept in the ledger
 * "control", shared by all daemons; made into one struct rf_overrides that workers take
 * over when it has changed.
 *
 *   key                     value
 *   mode:*, mode:KIND       enforce, monitor; the later of the two counts for a kind
 *   rule:ID                 enforce, monitor, off
 *   forget:HASH:RULE or *   keyed hash of the number as the only part of a key, and those
 *                           of earlier times: running alerts of these end
 *
 * Any thread, but where said. Lock order: build, then the ledger's; the one that workers
 * take is a leaf and held for a copy only. */
#ifndef DAEMON_OVERRIDES_H
#define DAEMON_OVERRIDES_H

#include "daemon/store/ledger.h"
#include "lib/engine/engine.h"
#include "lib/engine/override.h"

#define OVERRIDES_MAX 10000 /* entries of the ledger */

struct overrides;

/* NULL with *why for people. fn is told of changes as a ledger's watcher is. */
struct overrides *overrides_open(const char *state_dir, int64_t now_ms, ledger_fn fn,
                                 void *arg, const char **why);
void overrides_close(struct overrides *o);
struct ledger *overrides_ledger(struct overrides *o);

/* Put in force what the ledger holds, if it has changed. Not for workers. */
void overrides_refresh(struct overrides *o);
/* ledger_tick, and refresh; every second. */
int overrides_tick(struct overrides *o, int64_t now_ms) RF_MUST_CHECK;

/* Hot, before a batch: the engine takes over what has changed since it last did. One
 * atomic load where nothing has. */
void overrides_apply(struct overrides *o, struct rf_engine *e);

/* The mode of a kind, or a rule, where it was changed; else as given. */
enum rf_mode overrides_kind_mode(struct overrides *o, enum rf_kind kind,
                                 enum rf_mode configured);
/* When the newest of the changes of kinds' modes was made, by whichever clock; 0: none.
 */
int64_t overrides_mode_ms(struct overrides *o);
enum rf_mode overrides_rule_mode(struct overrides *o, struct rf_str rule,
                                 enum rf_mode in_file);
/* When that value was forgotten (for a rule or for all), at most n times. */
size_t overrides_salts(struct overrides *o, const struct rf_hash128 *value,
                       int64_t *salts, size_t n);

#endif
