/* Numbers as events may tell them: +86*********12#1a2b3c4d, calling code, last two
 * characters, eight hex digits of the keyed hash. Pure functions, any thread. */
#ifndef DAEMON_OPS_MASK_H
#define DAEMON_OPS_MASK_H

#include "lib/base/hash.h"
#include "lib/base/buf.h"
#include "lib/record/address.h"

/* Append the address masked; nothing for one that holds nothing. */
void mask_add(struct rf_buf *out, const struct rf_hash_key *key,
              const struct rf_addr *addr);
/* Append the 32 hex digits of the keyed hash of its normal form. */
void mask_add_key(struct rf_buf *out, const struct rf_hash_key *key,
                  const struct rf_addr *addr);

#endif
