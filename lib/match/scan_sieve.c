/* Cold: building the sieve of a scan. */
#include "lib/match/scan_sieve.h"

#include <math.h>

#include "lib/match/scan_rarity.h"

/* A group that lets more places pass is the worse for it, be it no matter now: others
 * will join it. */
#define LATER 0.005

/* What a byte is in the tables of place k, in what begins beyond ASCII or not. */
static unsigned known_as(bool beyond, unsigned k, unsigned char c)
{
    return beyond && k > 0 ? c & 63 : c & 127;
}

static uint8_t *cell(struct rf_scan_sieve *s, bool beyond, unsigned k, unsigned byte)
{
    return !beyond  ? &s->ascii[k][byte]
           : k == 0 ? &s->first[byte]
                    : &s->behind[k - 1][byte];
}

static unsigned width(bool beyond)
{
    return beyond ? RF_SCAN_WIDE : RF_SCAN_FOUR;
}

/* How many bytes the tables of a place tell apart. */
static unsigned known(bool beyond, unsigned k)
{
    return beyond && k > 0 ? 64 : 128;
}

/* Most of what is beyond ASCII is Chinese. */
static double beyond_share(unsigned k, unsigned byte)
{
    bool chinese = k == 0 && byte >= 0x64 && byte <= 0x69;
    return chinese ? 1.0 / 6 : 1.0 / 64;
}

void rf_sieving_init(struct rf_sieving *g, struct rf_scan_sieve *sieve)
{
    *g = (struct rf_sieving){.sieve = sieve};
    for (unsigned k = 0; k < RF_SCAN_WIDE; k++)
        for (unsigned byte = 0; byte < 128; byte++) {
            g->bytes[false][k][byte] = rf_scan_share((unsigned char)byte);
            g->bytes[true][k][byte] = beyond_share(k, byte);
        }
}

/* The share of bytes at place k of a group once s has joined it. */
static double joined(const struct rf_sieving *g, struct rf_str s, unsigned k,
                     unsigned group)
{
    bool beyond = (unsigned char)s.p[0] >= 0x80;
    if (k >= s.n)
        return 1;
    unsigned byte = known_as(beyond, k, (unsigned char)s.p[k]);
    bool has = *cell(g->sieve, beyond, k, byte) >> group & 1;
    return g->share[group][beyond][k] + (has ? 0 : g->bytes[beyond][k][byte]);
}

unsigned rf_sieving_best(const struct rf_sieving *g, struct rf_str s, unsigned among,
                         double *cost)
{
    bool beyond = (unsigned char)s.p[0] >= 0x80;
    unsigned best = 0;
    *cost = HUGE_VAL;
    for (unsigned left = among; left; left &= left - 1) {
        unsigned group = (unsigned)__builtin_ctz(left);
        double before = 1, after = 1;
        for (unsigned k = 0; k < width(beyond); k++) {
            before *= g->share[group][beyond][k];
            after *= joined(g, s, k, group);
        }
        double more = after * (1 + LATER) - before;
        if (more < *cost) {
            *cost = more;
            best = group;
        }
    }
    return best;
}

static void allow(struct rf_sieving *g, bool beyond, unsigned k, unsigned byte,
                  unsigned group)
{
    uint8_t *c = cell(g->sieve, beyond, k, byte), bit = (uint8_t)(1u << group);
    if (!(*c & bit))
        g->share[group][beyond][k] += g->bytes[beyond][k][byte];
    *c |= bit;
}

void rf_sieving_join(struct rf_sieving *g, struct rf_str s, unsigned group)
{
    bool beyond = (unsigned char)s.p[0] >= 0x80;
    for (unsigned k = 0; k < width(beyond); k++) {
        if (k < s.n)
            allow(g, beyond, k, known_as(beyond, k, (unsigned char)s.p[k]), group);
        for (unsigned byte = 0; k >= s.n && byte < known(beyond, k); byte++)
            allow(g, beyond, k, byte, group);
    }
}

void rf_sieving_finish(struct rf_sieving *g)
{
    struct rf_scan_sieve *s = g->sieve;
    for (unsigned k = 0; k < RF_SCAN_HALVES; k++)
        for (unsigned c = 0; c < 256; c++) {
            unsigned char b = (unsigned char)c;
            uint8_t groups = 0;
            if (k > 0 || b < 0x80)
                groups |= *cell(s, false, k, known_as(false, k, b));
            if (k > 0 || b >= 0x80)
                groups |= *cell(s, true, k, known_as(true, k, b));
            s->low[k][b & 15] |= groups & s->shorts;
            s->high[k][b >> 4] |= groups & s->shorts;
        }
}
