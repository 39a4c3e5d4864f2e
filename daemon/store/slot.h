/* Which of a Cluster's 16,384 slots a key is in (Redis Cluster Specification, "Key
 * distribution model"). Pure, any thread. */
#ifndef STORE_SLOT_H
#define STORE_SLOT_H

#include <stdint.h>

#include "lib/base/str.h"

#define SLOTS 16384

/* CRC16-CCITT (XMODEM) of the key, or of what stands between its first { and the next }
 * where that is not empty. */
uint16_t slot_of(struct rf_str key);

#endif
