/* What suffix.c and its generator (gen_suffix.c) agree on: a hash table of names, each
 * hashed from its last character to its first, so that one walk over a host's labels
 * looks all its suffixes up. */
#ifndef RF_RECORD_GEN_SUFFIX_H
#define RF_RECORD_GEN_SUFFIX_H

#include <stdint.h>

enum {
    RF_SUFFIX_RULE = 1,      /* a public suffix */
    RF_SUFFIX_WILDCARD = 2,  /* so is each name right below it, and it itself */
    RF_SUFFIX_EXCEPTION = 4, /* but this one is none */
    RF_SUFFIX_DEEPER = 8,    /* some name below it is in the table */
    RF_SUFFIX_SHORTENER = 16,
};

#define RF_SUFFIX_SLOT_BITS 15
#define RF_SUFFIX_SLOTS (1u << RF_SUFFIX_SLOT_BITS)
#define RF_SUFFIX_HASH UINT32_C(2166136261)

/* A product for each character would be waited for by the next. */
static inline uint32_t rf_suffix_hash(uint32_t h, char c)
{
    return (h << 5 | h >> 27) ^ (unsigned char)c;
}

static inline uint32_t rf_suffix_slot(uint32_t h)
{
    return h * UINT32_C(2654435769) >> (32 - RF_SUFFIX_SLOT_BITS);
}

#endif
