/* A ledger: a small map from key to value that survives restarts and that all daemons
 * which share a Redis agree on. Lists' live entries and run-time changes are kept so.
 *
 * Every change carries its time and the daemon that made it; of two changes of one key
 * the later wins, of two at the same millisecond that of the daemon with the greater id,
 * on every daemon alike and in whatever order they arrive. A change made here is never
 * older than the one it replaces, however the clocks differ. Deleted and expired entries
 * are remembered for LEDGER_KEEP_MS, so that no daemon that was away brings them back.
 *
 * On disk: STATE_DIR/NAME.ledger, one checksummed line a change, appended, and written
 * anew when most of it is history. Through Redis: ledger_stream.h; without one, or while
 * it is away, all works here alone and follows later.
 *
 * Any thread; one lock, held for a call (a write to disk included): not for the hot path,
 * which reads what a watcher made of the entries. */
#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"

#define LEDGER_KEEP_MS (7LL * 86400 * 1000)
#define LEDGER_KEY_MAX 1024   /* bytes */
#define LEDGER_VALUE_MAX 4096 /* bytes, of value, who and why */
#define LEDGER_NEVER INT64_MAX
#define LEDGER_ORIGIN 16 /* hex digits of a daemon's id */

struct ledger;

struct ledger_entry {
    struct rf_str key, value;
    struct rf_str who, why; /* by whom and why it was made, for people */
    int64_t time_ms;        /* of the change, as ordered */
    int64_t expires_ms;     /* LEDGER_NEVER */
    bool deleted;           /* or expired: who and why tell of the deletion */
    char origin[LEDGER_ORIGIN + 1];
};

/* Told of every change that took effect, local or foreign, and of every expiry, in order,
 * by the thread that brought it, with the ledger's lock held: it must not call ledger_*.
 * Not told of what ledger_open reads. */
typedef void (*ledger_fn)(void *arg, const struct ledger_entry *e);

/* Read STATE_DIR/NAME.ledger, or begin a new one; holds at most max entries (deleted ones
 * included; the oldest of these give way first). NULL: it cannot be read or written, *why
 * for people. Damaged lines are left out, see ledger_damaged. */
struct ledger *ledger_open(const char *state_dir, const char *name, size_t max,
                           int64_t now_ms, const char **why);
/* What stands in the file, of a daemon that may be running; empty where there is none.
 * For ledger_get, ledger_each and ledger_close alone. Nothing is expired. */
struct ledger *ledger_read(const char *state_dir, const char *name, size_t max,
                           const char **why);
void ledger_close(struct ledger *l);
/* Before other threads use it. */
void ledger_watch(struct ledger *l, ledger_fn fn, void *arg);

/* Set a key; of *e are used key, value, who, why and expires_ms. RF_OK: in force and on
 * disk. RF_ERR_IO (errno): in force, but not on disk; tried again at every tick.
 * RF_ERR_LIMIT: full, nothing changed. RF_ERR_INVALID: something is too long. */
int ledger_set(struct ledger *l, const struct ledger_entry *e,
               int64_t now_ms) RF_MUST_CHECK;
/* Delete a key, *e as above. RF_ERR_NOENT: it is not there (nothing changed). */
int ledger_del(struct ledger *l, const struct ledger_entry *e,
               int64_t now_ms) RF_MUST_CHECK;

/* The entry of that key, copied to the arena; false where there is none (or it is deleted
 * or expired). */
bool ledger_get(struct ledger *l, struct rf_str key, struct rf_arena *a,
                struct ledger_entry *out);
/* Call fn for each entry that is neither deleted nor expired and whose key begins with
 * prefix, in no order; it must not call ledger_*. */
void ledger_each(struct ledger *l, struct rf_str prefix, ledger_fn fn, void *arg);

/* Expire, forget, write what could not be written, and write anew what has grown; every
 * second or so. RF_ERR_IO (errno): changes are not on disk. */
int ledger_tick(struct ledger *l, int64_t now_ms) RF_MUST_CHECK;

size_t ledger_size(struct ledger *l); /* entries not deleted */
size_t
ledger_waiting(struct ledger *l); /* changes not yet in Redis, where there is one */
uint64_t ledger_damaged(struct ledger *l); /* lines left out when it was read */
uint64_t ledger_refused(struct ledger *l); /* foreign changes: full, or ill-formed */

#endif
