/* One line on its way to a record: what the two ways to read it share. For the files of
 * this folder only. */
#ifndef RF_CODEC_DECODING_H
#define RF_CODEC_DECODING_H

#include "lib/codec/value.h"

struct rf_decoding {
    struct rf_value_reader reader;
    struct rf_record *r;
    uint64_t seen;             /* known fields met, not null */
    size_t at[RF_FIELD_COUNT]; /* where their values stand in the line */
};

/* The field's value, which is not null, be it wrong or given twice. */
void rf_decoding_take(struct rf_decoding *g, enum rf_field f,
                      const struct rf_json_token *t);

/* lib/codec/decode_plain.c: take all members of a line without escapes and control
 * characters, as nearly all are, with 64 readable bytes behind it. False: it is no such
 * line or in error, and has to be looked at from the beginning, whatever was taken. */
bool rf_decoding_plain(struct rf_decoding *g, struct rf_str line);

#endif
