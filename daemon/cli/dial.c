#include "daemon/cli/dial.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int dial_unix(const char *path, const char **why)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof sun.sun_path) {
        *why = "the path is too long for a socket";
        return -1;
    }
    strcpy(sun.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&sun, sizeof sun) != 0) {
        *why = strerror(errno);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

static int connect_any(const struct addrinfo *list, const char **why)
{
    for (const struct addrinfo *a = list; a; a = a->ai_next) {
        int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0)
            return fd;
        *why = strerror(errno);
        if (fd >= 0)
            close(fd);
    }
    return -1;
}

static int dial_tcp(const char *rest, const char **why)
{
    char host[256];
    const char *colon = strrchr(rest, ':');
    size_t n = colon ? (size_t)(colon - rest) : 0;
    if (!colon || n == 0 || n >= sizeof host) {
        *why = "write tcp://HOST:PORT";
        return -1;
    }
    bool brackets = rest[0] == '[' && rest[n - 1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(brackets ? n - 2 : n), rest + brackets);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    int rc = getaddrinfo(host, colon + 1, &hints, &list);
    if (rc != 0) {
        *why = gai_strerror(rc);
        return -1;
    }
    int fd = connect_any(list, why);
    freeaddrinfo(list);
    return fd;
}

bool dial_is_address(const char *s)
{
    return strncmp(s, "unix:", 5) == 0 || strncmp(s, "tcp://", 6) == 0;
}

int dial(const char *address, const char **why)
{
    return address[0] == 'u' ? dial_unix(address + 5, why) : dial_tcp(address + 6, why);
}
