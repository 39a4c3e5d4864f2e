/* What the public suffix list, and a list of URL shorteners, say of a host name: tables
 * made at build time. Pure, any thread. Hot. */
#ifndef RF_RECORD_SUFFIX_H
#define RF_RECORD_SUFFIX_H

#include "lib/base/str.h"

struct rf_suffix {
    size_t bytes;   /* of the public suffix at the name's end; 0: the list does not know
                       the last label */
    bool shortener; /* the name is, or lies below, a URL shortener's */
};

/* name: lower case, A-labels, no final dot. One table look-up for each label, until
 * nothing longer can be listed. */
struct rf_suffix rf_suffix_of(struct rf_str name);

#endif
