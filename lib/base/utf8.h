/* UTF-8 (RFC 3629; Unicode 15 ch. 3.9). Pure functions, any thread. */
#ifndef RF_BASE_UTF8_H
#define RF_BASE_UTF8_H

#include "lib/base/buf.h"

#define RF_UTF8_MAX 4 /* bytes of one code point */

/* Decode one code point of the n > 0 bytes at p. *len gets the bytes taken (1 to 4).
 * Ill-formed input gives U+FFFD and takes its maximal subpart (Unicode 15, 3.9, D93b). */
uint32_t rf_utf8_decode(const char *p, size_t n, size_t *len);
/* Write code point c (a scalar value) at out (room for 4); returns the bytes written. */
size_t rf_utf8_encode(uint32_t c, char *out);
/* Whether all of s is well formed. */
bool rf_utf8_valid(struct rf_str s);
/* Append s to b with each ill-formed maximal subpart replaced by U+FFFD; returns how many
 * replacements were made. */
size_t rf_utf8_repair(struct rf_str s, struct rf_buf *b);
/* Code points in s (ill-formed parts count one each). */
size_t rf_utf8_count(struct rf_str s);
/* Terminal columns of code point c: 0 for marks and controls, 2 for East Asian wide and
 * fullwidth (UAX #11), else 1. */
int rf_utf8_width(uint32_t c);

#endif
