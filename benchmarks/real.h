/* Real data, where the folder DATA holds it: SpamAssassin's body regexes and messages. */
#ifndef BENCH_REAL_H
#define BENCH_REAL_H

#include "benchmarks/rules.h"

/* Bytes of the file `name` below `data`, in the arena; false where there is none. */
bool real_read(struct rf_arena *a, const char *data, const char *name,
               struct rf_str *out);
/* The regexes of kind body and rawbody, flags written as "(?i)", on `text` or, where the
 * rule language refuses them there, on `text.raw`; those refused by both are left out and
 * counted in *refused. */
bool real_regexes(struct rf_arena *a, const char *data, struct regexes *out,
                  size_t *refused);
/* All messages of all languages, in an order shuffled by a fixed seed. */
bool real_texts(struct rf_arena *a, const char *data, const struct rf_str **v, size_t *n);

#endif
