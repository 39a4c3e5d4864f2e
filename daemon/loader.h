/* The loader: one thread that makes new rulesets and puts them in force. Asked by HUP,
 * by the control command `reload` and by lists that are due (`refresh`). It also puts
 * changes of lists in force (changes.h), most of which need no new ruleset; the others
 * have the rules compiled anew from what was read before. Rules with
 * errors leave the old ones in force. */
#ifndef DAEMON_LOADER_H
#define DAEMON_LOADER_H

#include "daemon/server.h"

struct event;
struct loader;

/* What a load came to. */
struct loader_result {
    uint64_t ticket; /* of the last request it answers */
    bool refused;    /* errors: the old rules stay */
    bool changed;    /* another generation */
    uint64_t gen;
    char ruleset[33];
    uint32_t rules;
    size_t errors, warnings;
    struct rf_buf diagnostics; /* rendered, without color; owned by the loader */
};

/* Load the first ruleset in this thread, before workers are there. NULL with the
 * diagnostics on stderr. */
struct live_set *loader_first(struct server *s);
/* Start the thread; told is activated (any event of the main loop) after each load. */
struct loader *loader_start(struct server *s, struct event *told);
/* Ask for a load; the ticket is done when loader_done says so. Any thread. */
uint64_t loader_ask(struct loader *l, bool force);
/* The last result; its diagnostics are copied to *diagnostics. Any thread. */
struct loader_result loader_last(struct loader *l, struct rf_buf *diagnostics);
/* End the thread (a load that runs is finished) and free. */
void loader_stop(struct loader *l);

#endif
