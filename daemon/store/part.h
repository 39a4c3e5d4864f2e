/* A kind of thing the store shares. All functions run on the store thread, but for make
 * and free, which run before it starts and after it ended; any may be NULL. */
#ifndef STORE_PART_H
#define STORE_PART_H

#include <stdbool.h>
#include <stdint.h>

struct rf_hash_key;
struct store;

struct store_part {
    const char *name;
    void *(*make)(struct store *st);
    /* This Redis has another key of hashes (`rf:key`) than the one so far: told before
     * up, never while it is up. The key lives until the store ends. */
    void (*rekey)(void *self, const struct rf_hash_key *key);
    void (*up)(void *self); /* Redis answers (again), and the key of hashes is its own */
    void (*down)(void *self); /* what was in flight was told it is lost */
    void (*flush)(void *self, int64_t now_ms); /* every counters.flush, up or not; wall */
    bool (*idle)(void *self); /* nothing waits to be sent: asked at the end */
    void (*free)(void *self);
};

/* parts.c: all of them, in the order in which they are told. */
extern const struct store_part *const store_parts[];
extern const unsigned store_nparts;

#endif
