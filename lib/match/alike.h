/* Whether a text in lower case is another: for texts so short that calls and the ends of
 * loops would cost more than the bytes. Pure, any thread, hot. */
#ifndef RF_MATCH_ALIKE_H
#define RF_MATCH_ALIKE_H

#include "lib/base/str.h"

/* Whether text, ASCII capitals in lower case, is y. */
bool rf_alike_lowered(struct rf_str text, struct rf_str y);

/* The ways to do it, for any processor and for those with AVX-512. */
bool rf_alike_lowered_plain(struct rf_str text, struct rf_str y);
bool rf_alike_lowered_avx512(struct rf_str text, struct rf_str y);

#endif
