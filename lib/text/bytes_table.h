/* What a byte and the one behind it must be, nibble by nibble, for a class of bytes.h:
 * eight rules each, of which one must hold. For the two ways of marking; a test holds
 * that no character is passed over. */
#ifndef RF_TEXT_BYTES_TABLE_H
#define RF_TEXT_BYTES_TABLE_H

#include "lib/text/bytes.h"

enum { RF_NIBBLE_LOW, RF_NIBBLE_HIGH, RF_NIBBLE_NEXT_LOW, RF_NIBBLE_NEXT_HIGH };

/* For each nibble, in that order: bit r of table[v] says that rule r takes the value v.
 */
struct rf_bytes_table {
    _Alignas(16) unsigned char nibble[4][16];
};

extern const struct rf_bytes_table rf_bytes_tables[RF_BYTES_CLASSES];

/* For bytes.c only, with AVX2: fill the sets but for the words of zeros. */
void rf_bytes_mark_wide(struct rf_str s, uint64_t *const sets[RF_BYTES_CLASSES]);

#endif
