/* Addresses of the feed: unix:/PATH, tcp://ADDRESS:PORT. Names are not resolved, but for
 * `localhost`. Any thread. Used by listeners, the configuration and the tool. */
#ifndef DAEMON_ADDRESS_H
#define DAEMON_ADDRESS_H

#include <sys/socket.h>
#include <sys/un.h>
#include <netinet/in.h>

#include "lib/base/error.h"
#include "lib/base/str.h"

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_un un;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } sa;
    socklen_t len;
};

/* Read the address of a listener or of a daemon. RF_ERR_INVALID, *why for people. */
int address_parse(struct address *a, struct rf_str s, const char **why) RF_MUST_CHECK;
/* A TCP address that other machines may reach. */
bool address_exposed(const struct address *a);

#endif
