/* Which gram each literal of a scan is found by, and the tables that lead from grams to
 * literals. Private to the building of a scan; cold. */
#ifndef RF_MATCH_SCAN_GRAM_H
#define RF_MATCH_SCAN_GRAM_H

#include "lib/match/scan.h"

/* A literal while the scan is built. */
struct rf_scan_draft {
    struct rf_str s; /* with RF_SCAN_HEAD bytes behind it */
    uint32_t number; /* in the order they came */
    uint32_t hash;   /* of its gram; of a short literal its first byte */
    uint8_t form;
    uint8_t at;               /* where its gram stands in it */
    struct rf_scan_slot slot; /* of its window; no literal yet */
    bool is_short;            /* has no gram */
    bool chosen;              /* how it is found */
};

/* Choose the gram of each: one that stands in few texts and literals, and lets the first
 * sieve for its form let few places pass. The sieves, empty before or NULL, stand for
 * `forms`. Sorts the literals. */
void rf_scan_choose_grams(struct rf_scan_draft *v, size_t n,
                          const uint8_t forms[RF_SCAN_SIEVES],
                          struct rf_scan_sieve *const sieves[RF_SCAN_SIEVES]);
/* Whether both are found by the same slot, or as short literals by the same byte. */
bool rf_scan_same_slot(const struct rf_scan_draft *x, const struct rf_scan_draft *y);
/* The tables for literals in the order in which they lie in out->literals: those of one
 * slot side by side, short ones last. Arrays live in a. */
void rf_scan_place_grams(const struct rf_scan_draft *v, size_t n, struct rf_scan *out,
                         struct rf_arena *a);

#endif
