/* Times as feeds write them. Pure functions, any thread. */
#ifndef RF_CODEC_WHEN_H
#define RF_CODEC_WHEN_H

#include "lib/base/str.h"

/* RFC 3339 date-time to ms since 1970, fractions of a ms cut off; "t", "z" and a space
 * for "T" are taken, a leap second is the next one. False: not one, or before 1970. */
bool rf_when_rfc3339(struct rf_str s, int64_t *ms);
/* Decimal digits with an optional fraction: ms since 1970, or seconds below 10^11. False:
 * anything else, or after the year 9999. */
bool rf_when_number(struct rf_str s, int64_t *ms);

#endif
