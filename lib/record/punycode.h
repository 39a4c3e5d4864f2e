/* Punycode (RFC 3492) of one label, without its "xn--". Pure functions, any thread. */
#ifndef RF_RECORD_PUNYCODE_H
#define RF_RECORD_PUNYCODE_H

#include "lib/base/str.h"

/* Decode in to at most max code points at out; returns how many, -1 if in is not valid
 * or holds more. */
int rf_punycode_decode(struct rf_str in, uint32_t *out, int max);
/* Encode n code points as at most max bytes at out; returns how many, -1 if more. */
int rf_punycode_encode(const uint32_t *in, int n, char *out, int max);

#endif
