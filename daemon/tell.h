/* Events of the daemon itself: what it starts, changes and refuses. Any thread. */
#ifndef DAEMON_TELL_H
#define DAEMON_TELL_H

#include "daemon/server.h"

/* Hand an ops event to all sinks, with the generation in force. */
void tell_ops(struct server *s, const char *code, const char *state, const char *text);

#endif
