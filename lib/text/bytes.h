/* Where in a text something may begin that a closer look is due to: 16 bytes at a time
 * where the processor can (SSE2), else byte by byte; both say the same. Pure, any thread.
 * Hot. */
#ifndef RF_TEXT_BYTES_H
#define RF_TEXT_BYTES_H

#include "lib/base/str.h"

enum rf_bytes {
    RF_BYTES_URL,     /* a dot that more follows, "[." "(." ":/" "ww" in either case */
    RF_BYTES_PHONE,   /* a digit or plus sign, or the first byte of what may be one */
    RF_BYTES_DROPPED, /* a control character, or the first byte of what may be dropped in
                         folding; white space too */
};

/* The first such offset >= i, s.n if there is none. */
size_t rf_bytes_next(enum rf_bytes what, struct rf_str s, size_t i);
/* The same, one byte after the other. */
size_t rf_bytes_next_portable(enum rf_bytes what, struct rf_str s, size_t i);

#endif
