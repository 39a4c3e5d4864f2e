/* Run-time result codes: 0 or a negative code, and the caller must look. */
#ifndef RF_BASE_ERROR_H
#define RF_BASE_ERROR_H

enum rf_error {
    RF_OK = 0,
    RF_ERR_NOMEM = -1,   /* memory ran out */
    RF_ERR_INVALID = -2, /* input or argument breaks its grammar */
    RF_ERR_LIMIT = -3,   /* a named limit was reached */
    RF_ERR_IO = -4,      /* reading or writing failed */
    RF_ERR_NOENT = -5,   /* no such thing */
};

#define RF_MUST_CHECK __attribute__((warn_unused_result))

#endif
