/* Changes to lists while the daemon runs (`list add`, `list del`): a ledger, kept in
 * state_dir and shared through Redis as the stream rf:lists, and the overlays (lib/match/
 * overlay.h) that put it in force. Keys of the ledger are "LIST ENTRY", the entry in its
 * normal form; values are "+" and "-". */
#ifndef DAEMON_CHANGES_H
#define DAEMON_CHANGES_H

#include "daemon/changes_tally.h"
#include "daemon/live.h"
#include "daemon/store/ledger.h"

#define CHANGES_NAME "lists"
#define CHANGES_MAX 100000 /* entries of all lists, deleted ones (7 days) included */

struct changes;

/* NULL, *why for people. */
struct changes *changes_open(const char *state_dir, int64_t now_ms, const char **why);
/* What the daemon of that state_dir has, running or not, for changes_overlay alone. */
struct changes *changes_read(const char *state_dir, const char **why);
void changes_close(struct changes *c);
struct ledger *changes_ledger(struct changes *c);
/* What was changed here or elsewhere, for log and events. */
struct changes_tally *changes_tally(struct changes *c);
/* wake is called, from any thread and with locks held, when there is something for
 * changes_apply to do; it may take a leaf lock. NULL: nobody is told. */
void changes_watch(struct changes *c, void (*wake)(void *arg), void *arg);

/* Expire and write, every second or so. RF_ERR_IO (errno): changes are not on disk. */
int changes_tick(struct changes *c, int64_t now_ms) RF_MUST_CHECK;

/* One change. Any thread; *entry in normal form. Errors of ledger_set and ledger_del. */
struct changes_request {
    struct rf_str list, entry, who, why;
    int64_t expires_ms; /* LEDGER_NEVER */
};
int changes_add(struct changes *c, const struct changes_request *r,
                int64_t now_ms) RF_MUST_CHECK;
/* Hide the entry of a file, or except something from a wider entry. */
int changes_remove(struct changes *c, const struct changes_request *r,
                   int64_t now_ms) RF_MUST_CHECK;
/* Take back what was added or removed. RF_ERR_NOENT: nothing was. */
int changes_take_back(struct changes *c, const struct changes_request *r,
                      int64_t now_ms) RF_MUST_CHECK;
/* The change of that entry that is in force; its strings in the arena. */
bool changes_get(struct changes *c, struct rf_str list, struct rf_str entry,
                 struct rf_arena *a, struct rf_list_change *out);

/* Whether some change is not yet in force here. Any thread. */
bool changes_waiting(struct changes *c);
/* An overlay of what was changed in the list, or NULL (`changes` of struct
 * rf_rule_options; arg: the struct changes). Any thread. */
struct rf_overlay *changes_overlay(void *arg, struct rf_str id, const struct rf_list *l,
                                   const struct rf_plan *home);
/* Loader: put changes over the lists of the ruleset in force. True where one was changed
 * whose entries are patterns or values: that takes a load. */
bool changes_apply(struct changes *c, struct live *live);

#endif
