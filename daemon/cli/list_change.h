/* `ringfence list add`, `del` and `get`. */
#ifndef DAEMON_CLI_LIST_CHANGE_H
#define DAEMON_CLI_LIST_CHANGE_H

#include "daemon/cli/cli.h"

struct list_options {
    struct cli_ask_options ask;
    const char *reason, *expires, *who; /* NULL: not given */
};

/* "add", "del", "get". */
bool list_is_change(const char *word);
/* words: one of these, NAME, ENTRY. Returns the exit code. */
int list_change(const struct list_options *o, int n, char **words);
/* What list_get tells of a value in one list, for people, each line behind `indent`. */
struct json_t;
void list_print_sources(const struct json_t *known, const char *indent);

#endif
