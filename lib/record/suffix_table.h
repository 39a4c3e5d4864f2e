/* What suffix.c and its generator (gen_suffix.c) agree on: a hash table of names, each
 * hashed from its last character to its first, so that one walk over a host's labels
 * looks all its suffixes up. */
#ifndef RF_RECORD_SUFFIX_TABLE_H
#define RF_RECORD_SUFFIX_TABLE_H

#include <stdint.h>

enum {
    RF_SUFFIX_RULE = 1,      /* a public suffix */
    RF_SUFFIX_WILDCARD = 2,  /* so is each name right below it, and it itself */
    RF_SUFFIX_EXCEPTION = 4, /* but this one is none */
    RF_SUFFIX_DEEPER = 8,    /* some name below it is in the table */
    RF_SUFFIX_SHORTENER = 16,
};

#define RF_SUFFIX_SLOTS 32768 /* power of two */
#define RF_SUFFIX_HASH UINT32_C(2166136261)

static inline uint32_t rf_suffix_hash(uint32_t h, char c)
{
    return (h ^ (unsigned char)c) * UINT32_C(16777619);
}

static inline uint32_t rf_suffix_slot(uint32_t h)
{
    return (h ^ h >> 15) & (RF_SUFFIX_SLOTS - 1);
}

#endif
