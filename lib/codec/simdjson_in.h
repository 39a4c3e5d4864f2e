/* The fast path's eyes: simdjson On-Demand behind a C face. One reader per thread.
 * C++ includes it within extern "C". */
#ifndef RF_CODEC_SIMDJSON_IN_H
#define RF_CODEC_SIMDJSON_IN_H

#include "lib/codec/json.h"

struct rf_simdjson;

/* Memory for lines of up to max_line bytes; longer ones make it grow. */
struct rf_simdjson *rf_simdjson_new(size_t max_line);
void rf_simdjson_free(struct rf_simdjson *s);

/* As rf_json_walk, several times faster, but knows no repair and does not say where it
 * failed: then rf_json_walk decides. 64 bytes behind the line must be readable. */
bool rf_simdjson_walk(struct rf_simdjson *s, struct rf_str line,
                      const struct rf_json_visitor *v);

/* The value of a JSON number, correctly rounded, whatever the locale. False: out of a
 * double's range. */
bool rf_simdjson_double(struct rf_str number, double *out);

#endif
