/* How rarely some bytes stand in the texts of messages: which of a literal's grams to
 * look for. Pure, cold. */
#ifndef RF_MATCH_SCAN_RARITY_H
#define RF_MATCH_SCAN_RARITY_H

#include <stddef.h>

/* Of the n bytes (at least one) at p, without ASCII capitals: about minus the logarithm
 * of their frequency, in quarters of a bit. */
unsigned rf_scan_rarity(const char *p, size_t n);

/* The share of bytes that are this one, of ASCII. */
double rf_scan_share(unsigned char c);

#endif
