/* What this daemon tells and does when a run-time change takes effect here, whoever made
 * it and on whichever daemon: an ops event, and the end of alerts of a forgotten number.
 */
#ifndef DAEMON_OVERRIDES_TELL_H
#define DAEMON_OVERRIDES_TELL_H

#include "daemon/server.h"
#include "daemon/store/ledger.h"

/* A ledger's watcher (ledger.h); arg is the server. Any thread. */
void overrides_tell(void *arg, const struct ledger_entry *e);

#endif
