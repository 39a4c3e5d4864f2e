/* What idna.c and its generator (gen_idna.c) agree on: a word for each code point. */
#ifndef RF_RECORD_IDNA_TABLE_H
#define RF_RECORD_IDNA_TABLE_H

#define RF_IDNA_BITS 7 /* code points of a block */

/* Kind in bits 30-31, flags below, payload in bits 0-20. */
enum {
    RF_IDNA_SAME = 0,   /* stays itself */
    RF_IDNA_MAPPED = 1, /* payload: where in the table of several: a count, then those */
    RF_IDNA_FORBIDDEN = 2 /* no name with it is a valid one */
};
enum { RF_IDNA_KIND_SHIFT = 30, RF_IDNA_PAYLOAD = (1 << 21) - 1 };
#define RF_IDNA_ASK (1u << 29)       /* valid or not by what stands beside it */
#define RF_IDNA_NOT_FIRST (1u << 28) /* no label may begin with it */
#define RF_IDNA_NOT_NFC (1u << 27)   /* NFC may change it */

#endif
