/* A set of numbers: single ones, prefixes and ranges, each with a line, an index of
 * columns and an expiry. Filled cold, sorted once, then read by any thread. 24 bytes a
 * single number. */
#ifndef RF_MATCH_NUMBERS_H
#define RF_MATCH_NUMBERS_H

#include "lib/record/address.h"

#define RF_NUMBERS_DIGITS 17 /* longer numbers fit no key */

/* What an entry has beside its number. */
struct rf_entry_meta {
    uint32_t line;    /* 1-based, 0: inline */
    uint32_t info;    /* of the list's table of reasons and sources, 0: none */
    uint32_t expires; /* s since 1970, 0: never */
};

/* A key orders by form, then by length, then by value: bit 63 is set for short numbers,
 * bits 58-62 hold how many digits, the rest their value. */
struct rf_number {
    uint64_t key;
    struct rf_entry_meta meta;
};

struct rf_number_range {
    uint64_t lo, hi; /* keys; same form and length, lo <= hi */
    uint64_t reach;  /* the greatest hi up to here, in order of lo */
    struct rf_entry_meta meta;
};

struct rf_numbers {
    struct rf_number *exact, *prefixes;
    struct rf_number_range *ranges;
    uint32_t n_exact, n_prefixes, n_ranges;
    uint32_t prefix_lengths[2]; /* bit n: there are prefixes of n digits; by form */
};

#define RF_NUMBERS_NO_KEY 0

/* The key of up to RF_NUMBERS_DIGITS digits, else RF_NUMBERS_NO_KEY. */
uint64_t rf_number_key(bool is_short, struct rf_str digits);
/* The number of a key as text ("+86138", "106"); buf has room for 20. */
struct rf_str rf_number_text(uint64_t key, char buf[20]);

void rf_numbers_init(struct rf_numbers *s);
void rf_numbers_fini(struct rf_numbers *s);
void rf_numbers_add(struct rf_numbers *s, uint64_t key, struct rf_entry_meta meta);
void rf_numbers_add_prefix(struct rf_numbers *s, uint64_t key, struct rf_entry_meta meta);
void rf_numbers_add_range(struct rf_numbers *s, uint64_t lo, uint64_t hi,
                          struct rf_entry_meta meta);
/* Sort and give unused memory back; no more adding. */
void rf_numbers_freeze(struct rf_numbers *s);

/* Whether an entry is over at now_ms. */
static inline bool rf_entry_expired(const struct rf_entry_meta *m, int64_t now_ms)
{
    return m->expires && now_ms >= (int64_t)m->expires * 1000;
}

/* An unexpired entry for the number, or UINT32_MAX. Entries count singles, then
 * prefixes, then ranges; singles go before ranges, those before the longest prefix. */
uint32_t rf_numbers_find(const struct rf_numbers *s, bool is_short, struct rf_str digits,
                         int64_t now_ms);

#endif
