/* What counters.redis names: one Redis, a Sentinel set or a Cluster. Pure, any thread. */
#ifndef STORE_URL_H
#define STORE_URL_H

#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/str.h"

#define URL_HOSTS 32
#define URL_HOST_BYTES 254
#define URL_PATH_BYTES 108 /* sun_path with its NUL */
#define URL_NAME_BYTES 128

enum url_kind { URL_ONE, URL_SENTINEL, URL_CLUSTER };

struct url_host {
    char name[URL_HOST_BYTES]; /* a host name or an IP address, without brackets */
    uint16_t port;
};

struct url {
    enum url_kind kind;
    char path[URL_PATH_BYTES]; /* of a Unix socket; empty: hosts */
    struct url_host hosts[URL_HOSTS];
    unsigned nhosts;
    char user[URL_NAME_BYTES];   /* ACL user; empty: none */
    char master[URL_NAME_BYTES]; /* of a Sentinel set */
    unsigned db;
};

/* Read an address as redis.h tells it. RF_ERR_INVALID with *why for people. */
int url_parse(struct url *u, struct rf_str s, const char **why) RF_MUST_CHECK;
/* HOST:PORT with a port, as nodes of a Cluster are named in replies: the last colon
 * divides, brackets are optional. False where it is none. */
bool url_host(struct url_host *h, struct rf_str s);

bool url_host_same(const struct url_host *a, const struct url_host *b);

#endif
