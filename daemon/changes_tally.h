/* How many entries of which lists were changed since the last look, for log and events:
 * one line a second and list, however many changes there are. Any thread; a leaf lock. */
#ifndef DAEMON_CHANGES_TALLY_H
#define DAEMON_CHANGES_TALLY_H

#include <pthread.h>

#include "daemon/store/ledger.h"

#define CHANGES_TALLY_LISTS 32 /* beyond, lists are counted together as "others" */

struct changes_count {
    char list[72], who[256]; /* who made the last change */
    unsigned added, removed, taken_back, expired;
};

struct changes_tally {
    pthread_mutex_t lock;
    struct changes_count v[CHANGES_TALLY_LISTS];
    unsigned n;
};

void changes_tally_init(struct changes_tally *t);
void changes_tally_fini(struct changes_tally *t);
void changes_tally_note(struct changes_tally *t, struct rf_str list,
                        const struct ledger_entry *e);
/* Give out what was counted, and begin anew. out has room for CHANGES_TALLY_LISTS. */
unsigned changes_tally_take(struct changes_tally *t, struct changes_count *out);
/* "list callers: 2 added, 1 removed, the last by root@gate". */
void changes_count_text(const struct changes_count *c, char *out, size_t n);

#endif
