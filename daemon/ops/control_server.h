/* The daemon's end of the control socket (protocol: control.h). Main thread. */
#ifndef DAEMON_OPS_CONTROL_SERVER_H
#define DAEMON_OPS_CONTROL_SERVER_H

#include <jansson.h>

#include "daemon/server.h"

#define CONTROL_CLIENTS_MAX 64

struct control;

/* Listen at config.control. NULL, *why for people. */
struct control *control_open(struct server *s, const char **why);
void control_close(struct control *c);
/* A load is done: answer those that wait for it. */
void control_loaded(struct control *c);

/* The answer to the client that waits for it under that number, which may be gone; takes
 * reply. Any thread. */
void control_answer_later(struct control *c, uint64_t number, json_t *reply);

/* Carry out one command (not `reload`): a new object, "ok" in it. */
json_t *control_run(struct server *s, const char *command, const json_t *args);
/* {"ok":false,"error":{"code":…,"message":…}} */
json_t *control_error(const char *code, const char *message);
/* The parts of commands that have files of their own. */
json_t *control_stats(struct server *s, const json_t *args);
/* `stats` of all daemons: NULL where the answer comes later, else an error. */
json_t *control_stats_all(struct server *s, const json_t *args, struct control *c,
                          uint64_t number);
json_t *control_list(struct server *s, const json_t *args);
json_t *control_list_get(struct server *s, const json_t *args);
json_t *control_list_add(struct server *s, const json_t *args);
json_t *control_list_del(struct server *s, const json_t *args);
json_t *control_lookup(struct server *s, const json_t *args);
json_t *control_mode(struct server *s, const json_t *args);
json_t *control_rule(struct server *s, const json_t *args);
json_t *control_forget(struct server *s, const json_t *args);
/* What people changed at run time, into the answer of `status`. */
void control_add_overrides(struct server *s, json_t *status);
/* The error of an unknown rule, with the nearest known one. */
json_t *control_no_such_rule(const struct rf_ruleset *rs, const char *id);

#endif
