/* Asks of shared counters as commands to Redis, and their replies. Store thread.
 *
 * Keys, after the prefix: {RULE:COND:KEY}:SLICE the records of a slice, with an `a`
 * behind it amounts (thousandths) or hits, `m` members (a set of signed integers), `h`
 * HyperLogLog registers (a string of 4,096 bytes); :first the earliest time, :peaks hours
 * and their highest values (a hash). COND and KEY are hexadecimal, 16 and 32 digits. */
#ifndef STORE_COUNTERS_COMMAND_H
#define STORE_COUNTERS_COMMAND_H

#include "daemon/store/redis.h"
#include "lib/base/arena.h"
#include "lib/count/share.h"

/* Send what the ask asks; fn gets arg and the reply. The arena is for the time of the
 * call. False: not taken. */
bool counters_send(struct redis *r, struct rf_str prefix, const struct rf_share_ask *ask,
                   struct rf_arena *arena, redis_fn fn, void *arg);
/* What the reply says, in views of it and in the arena; false: not what was asked. */
bool counters_read(const struct rf_share_ask *ask, const redisReply *reply,
                   struct rf_arena *arena, struct rf_share_reply *out);
/* Whether an error says that for certain nothing was done. */
bool counters_not_done(const redisReply *error);

#endif
