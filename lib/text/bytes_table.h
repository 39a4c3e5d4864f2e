/* What a byte and the two behind it must be, nibble by nibble, for a class of bytes.h:
 * eight rules each, of which one must hold. For all ways of marking; a test holds
 * that no character is passed over. */
#ifndef RF_TEXT_BYTES_TABLE_H
#define RF_TEXT_BYTES_TABLE_H

#include "lib/text/bytes.h"

enum {
    RF_NIBBLE_LOW,
    RF_NIBBLE_HIGH,
    RF_NIBBLE_NEXT_LOW,
    RF_NIBBLE_NEXT_HIGH,
    RF_NIBBLE_THIRD_LOW,
    RF_NIBBLE_THIRD_HIGH,
    RF_NIBBLES
};

/* Beside what the table says: dropped is what begins with these two. */
enum { RF_DROPPED_LEAD = 0xe2, RF_DROPPED_NEXT = 0x81 };

/* For each nibble, in that order: bit r of table[v] says that rule r takes the value v.
 */
struct rf_bytes_table {
    _Alignas(16) unsigned char nibble[RF_NIBBLES][16];
};

extern const struct rf_bytes_table rf_bytes_tables[RF_BYTES_CLASSES];

/* For bytes.c only, with AVX2: fill the sets but for the words of zeros. */
void rf_bytes_mark_wide(struct rf_str s, uint64_t *const sets[RF_BYTES_CLASSES]);
/* With AVX-512, and what *out tells of the sets. */
void rf_bytes_mark_wider(struct rf_str s, uint64_t *const sets[RF_BYTES_CLASSES],
                         struct rf_bytes *out);

#endif
