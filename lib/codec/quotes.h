/* Where the quotes of a line stand, if nothing else in it asks for a closer look. Pure,
 * any thread. Hot. */
#ifndef RF_CODEC_QUOTES_H
#define RF_CODEC_QUOTES_H

#include "lib/base/str.h"

enum {
    RF_QUOTES_LINE = 8192, /* longer lines are not looked at */
    RF_QUOTES_SPARE = 64,  /* places behind the last that may be written */
    RF_QUOTES_BEHIND = 4,  /* of these so many say the line's end */
};

struct rf_quotes {
    uint16_t at[RF_QUOTES_LINE + RF_QUOTES_SPARE]; /* ascending */
};

/* Fill q for a line with 64 readable bytes behind it. False, q being undefined, where the
 * line is long, has escapes or control characters or is not UTF-8, or the processor lacks
 * what this is done with. */
bool rf_quotes_find(struct rf_str line, struct rf_quotes *q);

#ifdef __x86_64__
/* Its two ways, for a line under RF_QUOTES_LINE and a processor that has what they need:
 * what rf_cpu_has_avx2 or rf_cpu_has_avx512 asks for. */
bool rf_quotes_find_avx2(struct rf_str line, struct rf_quotes *q);
bool rf_quotes_find_avx512(struct rf_str line, struct rf_quotes *q);
#endif

#endif
