/* Connecting to a feed address. */
#ifndef DAEMON_CLI_DIAL_H
#define DAEMON_CLI_DIAL_H

#include <stdbool.h>

/* Whether it begins as "unix:PATH" or "tcp://HOST:PORT" does. */
bool dial_is_address(const char *s);

/* Connect to such an address, waiting. A socket, or -1 with *why set. */
int dial(const char *address, const char **why);

#endif
