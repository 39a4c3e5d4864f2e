/* Hot: places where literals may stand. */
#include "lib/match/scan.h"

size_t rf_scan_grams_plain(const struct rf_scan_grams *g, const char *p, size_t n,
                           uint16_t *found)
{
    size_t nfound = 0;
    for (size_t i = 0; i < n; i++) { /* no branch: what is found is a guess */
        struct rf_scan_hash hash = rf_scan_hash(p + i);
        uint32_t bits = rf_scan_bits(hash, g->word_shift);
        found[nfound] = (uint16_t)i;
        nfound += (g->bitmap[hash.gram >> g->word_shift] & bits) == bits;
    }
    return nfound;
}

size_t rf_scan_shorts_plain(const struct rf_scan_shorts *s, const char *p, size_t n,
                            uint16_t *found)
{
    size_t nfound = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned groups = 0xFF;
        for (unsigned k = 0; k < RF_SCAN_SHORT_BYTES; k++)
            groups &= s->low[k][p[i + k] & 15] & s->high[k][(unsigned char)p[i + k] >> 4];
        found[nfound] = (uint16_t)i;
        nfound += groups != 0;
    }
    return nfound;
}

bool rf_scan_has_avx512(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
#else
    return false;
#endif
}

size_t rf_scan_find_grams(const struct rf_scan_grams *g, const char *p, size_t n,
                          uint16_t *found)
{
#ifdef __x86_64__
    if (rf_scan_has_avx512())
        return rf_scan_grams_avx512(g, p, n, found);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
        return rf_scan_grams_avx2(g, p, n, found);
#endif
    return rf_scan_grams_plain(g, p, n, found);
}

size_t rf_scan_find_shorts(const struct rf_scan_shorts *s, const char *p, size_t n,
                           uint16_t *found)
{
#ifdef __x86_64__
    if (rf_scan_has_avx512())
        return rf_scan_shorts_avx512(s, p, n, found);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
        return rf_scan_shorts_avx2(s, p, n, found);
#endif
    return rf_scan_shorts_plain(s, p, n, found);
}
