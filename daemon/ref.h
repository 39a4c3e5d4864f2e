/* References of decisions: 26 characters that sort by time (a ULID: 48 bits of ms, 80
 * bits of chance and count, Crockford's base 32). One source per thread. */
#ifndef DAEMON_REF_H
#define DAEMON_REF_H

#include <stdint.h>

#define REF_BYTES 26

struct ref_source {
    int64_t last_ms; /* never goes back */
    uint16_t high;   /* random, of this source */
    uint64_t low;    /* begins at random, grows by one a reference */
};

void ref_source_init(struct ref_source *s);
/* Write the next reference (no NUL). References of one source ascend. */
void ref_next(struct ref_source *s, int64_t now_ms, char out[REF_BYTES]);

#endif
