/* The control command `events`: the last ones, then, for those who follow, each as it
 * comes. Main thread. */
#ifndef DAEMON_OPS_CONTROL_FOLLOW_H
#define DAEMON_OPS_CONTROL_FOLLOW_H

#include <event2/bufferevent.h>
#include <jansson.h>

#include "daemon/server.h"

struct followers;
struct follower;

struct followers *followers_open(struct server *s);
void followers_close(struct followers *f);
/* Answer the request: {"ok":true,"lines":N}, then N events. Who wants to follow is one
 * until follower_end; else NULL. */
struct follower *followers_answer(struct followers *f, struct bufferevent *bev,
                                  const json_t *request);
/* Before its bufferevent goes. NULL is nothing. */
void follower_end(struct follower *c);

#endif
