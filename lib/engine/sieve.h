/* Which runs of three bytes a long value has. A keyword with another run is not in it:
 * thousands of keywords on a url of 16 KiB cost no search each. Hot; one engine. */
#ifndef RF_ENGINE_SIEVE_H
#define RF_ENGINE_SIEVE_H

#include "lib/base/arena.h"

#define RF_SIEVE_BYTES 128 /* shorter values are searched */
#define RF_SIEVES 64       /* long values of one record; power of two */

struct rf_sieve {
    struct rf_str text;
    uint32_t serial; /* of the record it is a value of */
    uint32_t asked;
    uint64_t *bits; /* NULL until it was asked for some times */
    uint32_t nbits; /* power of two */
};

/* Whether the keyword may stand in the text, a value of the record `serial`. Bits are
 * kept in the arena, which lasts as long as the record. */
bool rf_sieve_may_hold(struct rf_sieve sieves[RF_SIEVES], uint32_t serial,
                       struct rf_arena *a, struct rf_str text, struct rf_str keyword);

#endif
