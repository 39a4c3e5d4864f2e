/* Lenient typing: from a JSON value to the value of a field. A number stands for its
 * digits, as they were written, where a string is expected and the other way round; 0, 1,
 * "true" and "false" for a bool. Pure functions, any thread; views of the input, or of
 * the arena. */
#ifndef RF_CODEC_VALUE_H
#define RF_CODEC_VALUE_H

#include "lib/codec/json.h"
#include "lib/codec/names.h"
#include "lib/record/record.h"

struct rf_value_reader {
    const struct rf_names *names;
    struct rf_arena *arena;
    bool repaired; /* set (never cleared) where a string had to be repaired or cut */
};

/* Read t, which is not null, as field f. NULL, or what is wrong with it (static). A text
 * or url over RF_LIMIT_TEXT_BYTES is cut to its first and last part. */
const char *rf_value_read(struct rf_value_reader *r, enum rf_field f,
                          const struct rf_json_token *t, union rf_value *out);

#endif
