/* What simdjson does best, behind a C face. Pure functions, any thread. C++ includes it
 * within extern "C". */
#ifndef RF_CODEC_SIMDJSON_IN_H
#define RF_CODEC_SIMDJSON_IN_H

#include "lib/base/str.h"

/* Whether s is valid UTF-8. */
bool rf_simdjson_utf8(struct rf_str s);

/* The value of a JSON number, correctly rounded, whatever the locale. False: out of a
 * double's range. */
bool rf_simdjson_double(struct rf_str number, double *out);

#endif
