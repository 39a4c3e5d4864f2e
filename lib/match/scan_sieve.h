/* Building the sieve of a scan: which group each gram and each short literal joins. Cold;
 * owned by whom builds the scan. */
#ifndef RF_MATCH_SCAN_SIEVE_H
#define RF_MATCH_SCAN_SIEVE_H

#include "lib/match/scan.h"

#define RF_SIEVE_GROUPS 8

struct rf_sieving {
    struct rf_scan_sieve *sieve;
    /* Of each group, for what begins in ASCII and what does not: the share of bytes that
     * may stand at each place of it. */
    double share[RF_SIEVE_GROUPS][2][RF_SCAN_WIDE];
    double bytes[2][RF_SCAN_WIDE][128]; /* of each byte, as tables know it */
};

/* Into an empty sieve. */
void rf_sieving_init(struct rf_sieving *g, struct rf_scan_sieve *sieve);
/* The group, one of those whose bits are in `among`, that lets the fewest places of texts
 * more pass when what begins at s.p joins it; *cost is about their share. */
unsigned rf_sieving_best(const struct rf_sieving *g, struct rf_str s, unsigned among,
                         double *cost);
void rf_sieving_join(struct rf_sieving *g, struct rf_str s, unsigned group);
/* All have joined. */
void rf_sieving_finish(struct rf_sieving *g);

#endif
