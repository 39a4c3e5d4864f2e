/* What the control commands on lists share (`list`, `list_get`, `lookup`). Main thread,
 * inside live_enter. */
#ifndef DAEMON_OPS_CONTROL_LIST_H
#define DAEMON_OPS_CONTROL_LIST_H

#include <jansson.h>

#include "daemon/server.h"

/* The list of that name, or NULL and *error. */
const struct rf_named_list *control_find_list(const struct rf_ruleset *rs,
                                              const json_t *args, json_t **error);
/* The normal form of args.entry; false and *error where it is none of the list's type. */
bool control_entry(const struct rf_ruleset *rs, const struct rf_named_list *l,
                   const json_t *args, struct rf_arena *a, struct rf_str *out,
                   json_t **error);
/* Add what the list knows of a value to o: "listed", "by" (the entry that decides), and
 * "sources", all entries and changes around it. False, nothing added, where there is none
 * of these. */
bool control_list_sources(struct server *s, const struct rf_ruleset *rs,
                          const struct rf_named_list *l, struct rf_str value, json_t *o);
/* Strings that may be of any bytes; times, null for RF_LIST_NEVER. */
json_t *control_str(struct rf_str s);
json_t *control_time(int64_t ms);
/* The members of a change: entry, who, reason, since, expires. */
json_t *control_change_json(const struct rf_list_change *c);

#endif
