/* What is done every second, and every minute: counters and alerts that time ends,
 * changes that expire, totals that move to another hour. Main thread. */
#ifndef DAEMON_UPKEEP_H
#define DAEMON_UPKEEP_H

#include "daemon/server.h"

struct upkeep;

/* From now on, on s->base. */
struct upkeep *upkeep_start(struct server *s);
void upkeep_stop(struct upkeep *u);

#endif
