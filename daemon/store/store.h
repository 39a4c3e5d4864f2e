/* The store thread: what this daemon shares with others through Redis (counters.redis).
 * No worker ever waits for it. Each kind of shared thing is a part (part.h). */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/str.h"

struct event_base;
struct redis;
struct server;
struct store;

/* Make the store of s->config and start its thread; NULL where counters.redis is null.
 * The key of hashes, s->source.key, is from then on that of the Redis as soon as it
 * answers, also in state_dir. */
struct store *store_start(struct server *s);
/* Parts flush a last time, for at most wait_ms and only while Redis answers; then the
 * thread ends. NULL is fine. */
void store_stop(struct store *st, int64_t wait_ms);

/* Redis answers (any thread, one atomic load): while not, replies carry `degraded`. */
bool store_is_up(const struct store *st);

/* Commands in flight (any thread). */
size_t store_pending(const struct store *st);

/* Run fn on the store thread soon, in the order posted (any thread). */
void store_post(struct store *st, void (*fn)(void *arg), void *arg);

/* ---- for parts: store thread --------------------------------------------------- */

struct server *store_server(struct store *st);
struct redis *store_redis(struct store *st);
/* "rf:", or what counters.prefix says. */
struct rf_str store_prefix(const struct store *st);

#endif
