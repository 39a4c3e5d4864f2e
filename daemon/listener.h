/* Listeners of the feed: accept, and hand each connection to the workers in turn. Main
 * thread. */
#ifndef DAEMON_LISTENER_H
#define DAEMON_LISTENER_H

#include <sys/types.h>

#include "daemon/server.h"

struct listener;

/* The file of a Unix socket, to be removed at the end if it is still the same. */
struct socket_file {
    char path[108]; /* empty: none */
    dev_t dev;
    ino_t ino;
};

/* A listening socket at `address` ("unix:/PATH", "tcp://ADDRESS:PORT"), not blocking. A
 * Unix socket that nobody listens on is replaced. -1, *why for people. */
int listener_socket(struct rf_str address, struct socket_file *file, const char **why);
void socket_file_remove(const struct socket_file *file);

/* Listen for the feed on the address. NULL, *why for people. */
struct listener *listener_open(struct server *s, struct rf_str address, const char **why);
/* Stop listening; a Unix socket's file is removed if it is still ours. */
void listener_close(struct listener *l);

#endif
