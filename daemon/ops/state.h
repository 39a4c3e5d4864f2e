/* What outlives the process, in state_dir: the lock that keeps a second daemon out, the
 * key of hashes, the generation of the ruleset. Cold; one thread. */
#ifndef DAEMON_OPS_STATE_H
#define DAEMON_OPS_STATE_H

#include "lib/base/error.h"
#include "lib/base/hash.h"

struct state {
    char dir[4096];
    int lock;               /* held as long as the process lives */
    struct rf_hash_key key; /* random, made once; or that of the Redis */
    char daemon[27];        /* this daemon's name among others, made once */
    uint64_t gen;           /* 0: no ruleset was ever in force */
    char ruleset[33];       /* hash of the ruleset of that generation */
};

/* Make the folder where it is missing (not its parents), lock it and read it. RF_ERR_IO,
 * or RF_ERR_LIMIT where another daemon holds it; *why for people. */
int state_open(struct state *s, const char *dir, const char **why) RF_MUST_CHECK;
void state_close(struct state *s);
/* From the next start on the key is this one; s->key stays. Any thread. RF_ERR_IO with
 * errno set. */
int state_keep_key(const struct state *s, const struct rf_hash_key *key) RF_MUST_CHECK;
/* A ruleset is in force: a new generation when its hash is new, written down. The
 * generation counts even when writing fails (RF_ERR_IO, errno). */
int state_ruleset(struct state *s, const char *hash) RF_MUST_CHECK;

#endif
