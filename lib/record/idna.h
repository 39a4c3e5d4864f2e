/* Host names of other scripts than ASCII as A-labels (UTS #46, not transitional; IDNA
 * 2008). Tables made at build time answer for nearly all; only names that IDNA changes in
 * a way which depends on neighboring characters are left to libidn2, which allocates.
 * Pure, any thread; the result lives in the caller's arena. */
#ifndef RF_RECORD_IDNA_H
#define RF_RECORD_IDNA_H

#include "lib/base/arena.h"

/* s, a name in UTF-8 that is not all ASCII, followed by a NUL, as A-labels. What IDNA
 * 2008 does not allow (emoji) is encoded as it stands, since it is in use. 0, or
 * RF_ERR_INVALID where it is no name at all. */
int rf_idna_to_ascii(struct rf_arena *a, struct rf_str s, struct rf_str *out);

#endif
