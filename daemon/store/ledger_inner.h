/* What a ledger is made of, and what its exchange (ledger_stream.c) needs of it. Internal
 * to daemon/store/ledger*.c.
 *
 * ledger_map.c keeps items and their order, ledger_file.c lines on disk, ledger.c the
 * calls for everybody. Functions of the first two are called with the lock held. */
#ifndef STORE_LEDGER_INNER_H
#define STORE_LEDGER_INNER_H

#include <pthread.h>
#include <sys/queue.h>

#include "daemon/store/ledger.h"
#include "lib/base/buf.h"

/* A place in a Redis stream; 0-0: none. */
struct ledger_id {
    uint64_t ms, seq;
};

enum ledger_share {
    LEDGER_UNSENT, /* in ledger.unsent */
    LEDGER_SENT,   /* on its way; read back when it is there */
    LEDGER_SHARED, /* in the stream, at item.id */
};

struct ledger_item {
    LIST_ENTRY(ledger_item) chain;
    TAILQ_ENTRY(ledger_item) all, unsent;
    struct ledger_entry
        e; /* its strings lie behind the item; as made: expired is apart */
    bool expired;
    enum ledger_share share;
    struct ledger_id id; /* of this change, or, unless SHARED, of the one before */
};

struct ledger {
    pthread_mutex_t lock; /* of all below */
    size_t max, n, live, nunsent, nshared;
    size_t nheads; /* a power of two */
    LIST_HEAD(ledger_chain, ledger_item) * heads;
    TAILQ_HEAD(ledger_items, ledger_item) all, unsent;
    int64_t due_ms; /* no earlier does any item expire or is to be forgotten */
    ledger_fn fn;
    void *arg;
    char origin[LEDGER_ORIGIN + 1]; /* this daemon */
    uint64_t damaged, refused;
    struct ledger_id *dead; /* ids of no more use, to be taken out of the stream */
    size_t ndead, dead_cap;
    bool bound; /* to a stream */

    char path[4200];
    int fd;            /* at its end */
    size_t lines;      /* in the file */
    int64_t good;      /* its bytes that are whole lines */
    struct rf_buf out; /* lines not yet written */
    int error;         /* errno of what is not on disk, 0: all is */
};

/* ---- ledger_map.c ------------------------------------------------------------------ */

void ledger_map_init(struct ledger *l, size_t max);
void ledger_map_fini(struct ledger *l);
struct ledger_item *ledger_find(struct ledger *l, struct rf_str key);
/* Which of two changes of one key is in force: > 0: a. */
int ledger_cmp(const struct ledger_entry *a, const struct ledger_entry *b);
/* Make *e (copied, origin and time included) the change of its key; NULL: full. It is
 * UNSENT, and keeps the id of the one before. */
struct ledger_item *ledger_put(struct ledger *l, const struct ledger_entry *e);
void ledger_drop(struct ledger *l, struct ledger_item *item);
void ledger_set_share(struct ledger *l, struct ledger_item *item,
                      enum ledger_share share);
/* An id that is of no more use (0-0 is ignored). */
void ledger_bury(struct ledger *l, struct ledger_id id);
static inline bool ledger_is_live(const struct ledger_item *item)
{
    return !item->e.deleted && !item->expired;
}
/* When it is to be forgotten; LEDGER_NEVER while it is live. */
int64_t ledger_forget_ms(const struct ledger_entry *e);
void ledger_tell(struct ledger *l, const struct ledger_item *item);
/* Expire and forget what is due. */
void ledger_age(struct ledger *l, int64_t now_ms);

/* ---- ledger_file.c ----------------------------------------------------------------- */

/* Read path into the map, for changes to be added; RF_ERR_IO and *why. A damaged file is
 * replaced, and kept as PATH.damaged. */
int ledger_file_open(struct ledger *l, const char **why) RF_MUST_CHECK;
/* All whole lines of a file, changed in place; others count as damaged. */
void ledger_file_parse(struct ledger *l, struct rf_buf *b);
/* The lines of a file that holds the ledger and no history. */
void ledger_file_text(const struct ledger *l, struct rf_buf *b);
/* Only that: an absent file is empty, and nothing can be written. */
int ledger_file_read(struct ledger *l, const char **why) RF_MUST_CHECK;
void ledger_file_close(struct ledger *l);
/* A line for the change, kept until ledger_file_write. */
void ledger_file_add(struct ledger *l, const struct ledger_entry *e);
/* Write what was added, on disk when it returns if sync. RF_ERR_IO with errno: nothing is
 * lost, it is tried again. */
int ledger_file_write(struct ledger *l, bool sync) RF_MUST_CHECK;
/* Write all anew where most is history, or where writing failed. */
int ledger_file_tidy(struct ledger *l) RF_MUST_CHECK;

/* ---- ledger.c, for the exchange: these take the lock --------------------------------
 */

void ledger_bind(struct ledger *l);
/* A change read from the stream at `id`, in order of ids. */
void ledger_apply(struct ledger *l, const struct ledger_entry *e, struct ledger_id id,
                  int64_t now_ms);
/* What was applied goes to disk; failures are tried again by ledger_tick. */
void ledger_applied(struct ledger *l);
/* Nothing is known any more of what the stream holds: all is UNSENT. */
void ledger_forget_stream(struct ledger *l);
/* The next UNSENT change, SENT from now on, copied to the arena; false: none. */
bool ledger_next_unsent(struct ledger *l, struct rf_arena *a, struct ledger_entry *out);
/* That change, if it is still SENT, did not get there. */
void ledger_not_sent(struct ledger *l, struct rf_str key, int64_t time_ms);
/* Up to n ids to be taken out of the stream, forgotten here. */
size_t ledger_take_dead(struct ledger *l, struct ledger_id *out, size_t n);
size_t ledger_unsent(struct ledger *l);
/* Entries that should be in the stream. */
size_t ledger_shared(struct ledger *l);

#endif
