/* Marks of `after` as the stream PREFIXmarks carries them: 60 bytes each, little endian,
 * with all that a daemon needs that may not have the rule. Pure. */
#ifndef STORE_MARK_RECORD_H
#define STORE_MARK_RECORD_H

#include "lib/base/str.h"
#include "lib/count/count.h"

#define MARK_RECORD_BYTES 60

struct mark {
    struct rf_mark_spec spec;
    struct rf_hash128 key;
    int64_t ts_ms;
};

void mark_record_write(const struct mark *m, char out[MARK_RECORD_BYTES]);
/* False: it is none. */
bool mark_record_read(const char in[MARK_RECORD_BYTES], struct mark *m);

#endif
