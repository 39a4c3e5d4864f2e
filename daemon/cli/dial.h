/* Connecting to a feed address. */
#ifndef DAEMON_CLI_DIAL_H
#define DAEMON_CLI_DIAL_H

/* Connect to "unix:PATH" or "tcp://HOST:PORT", waiting. A socket, or -1 with *why set. */
int dial(const char *address, const char **why);

#endif
