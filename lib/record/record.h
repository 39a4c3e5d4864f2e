/* One decoded record. Made by the codec in a batch's arena, read by the engine; dies with
 * the batch. */
#ifndef RF_RECORD_RECORD_H
#define RF_RECORD_RECORD_H

#include "lib/record/field.h"

struct rf_strs {
    const struct rf_str *v;
    size_t n;
};

union rf_value {
    struct rf_str s;
    struct rf_strs list;
    int64_t i;
    double d;
    bool b;
};

enum rf_record_error {
    RF_RECORD_OK,
    RF_RECORD_BAD_JSON,      /* not judged */
    RF_RECORD_MISSING_FIELD, /* not judged */
    RF_RECORD_UNKNOWN_KIND,  /* not judged */
    RF_RECORD_LINE_TOO_LONG, /* not judged */
    RF_RECORD_BAD_FIELD,     /* judged without it */
    RF_RECORD_ERROR_COUNT,
};

enum { /* bits of rf_record.degraded, in the order they are told */
       RF_DEGRADED_REDIS = 1,
       RF_DEGRADED_TS = 2,
       RF_DEGRADED_DEADLINE = 4,
       RF_DEGRADED_REGEX = 8,
};

#define RF_NO_OFFSET SIZE_MAX

struct rf_record {
    enum rf_kind kind;  /* NONE where it could not be read */
    uint64_t present;   /* 1 << field; only these values are set */
    uint64_t repaired;  /* 1 << field */
    unsigned degraded;  /* RF_DEGRADED_* known before judging */
    struct rf_str id;   /* the JSON token as written; n == 0: null */
    struct rf_str line; /* as received, for explain */
    enum rf_record_error error;
    struct rf_str error_message; /* what is wrong, for people */
    size_t error_at;             /* byte offset in the line, or RF_NO_OFFSET */
    union rf_value value[RF_FIELD_COUNT];
    /* Invariants: value[KIND].i == kind, value[TS] is present once the clock is known,
     * EVENT is present in a judged sms or call (defaults applied). */
};

static inline bool rf_record_has(const struct rf_record *r, enum rf_field f)
{
    return r->present >> f & 1;
}

/* Whether the record is judged at all (a bad field alone does not prevent it). */
static inline bool rf_record_judged(const struct rf_record *r)
{
    return r->error == RF_RECORD_OK || r->error == RF_RECORD_BAD_FIELD;
}

#endif
