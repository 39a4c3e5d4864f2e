/* The squeezed text: a text's ASCII letters and digits only, in lower case. Words stand
 * in it whole however they were spaced out, so regexes for "v i a g r a" have literals
 * there. Pure, any thread, hot. */
#ifndef RF_MATCH_SQUEEZE_H
#define RF_MATCH_SQUEEZE_H

#include "lib/base/str.h"

/* What a byte becomes; NUL: nothing. */
extern const unsigned char rf_squeeze_table[256];

#define RF_SQUEEZE_ROOM 16

/* Write text, squeezed, to out (room for text.n + RF_SQUEEZE_ROOM bytes); returns its
 * length. */
size_t rf_squeeze(struct rf_str text, char *out);
/* The two ways to do it, for processors with AVX2 and BMI2 and for any. */
size_t rf_squeeze_bmi2(struct rf_str text, char *out);
size_t rf_squeeze_plain(struct rf_str text, char *out);

/* Write text to out (room for text.n bytes), ASCII capitals in lower case. */
void rf_lower(struct rf_str text, char *out);

#endif
