/* Hot: places where literals may stand. */
#include "lib/match/scan.h"

void rf_scan_sift_plain(const char *p, size_t n, uint32_t where,
                        struct rf_scan_places *out)
{
    const struct rf_scan_sieve *s = out->s->sieve;
    uint32_t ngrams = out->ngrams, nshorts = out->nshorts;
    for (size_t i = 0; i < n; i++) { /* no branch: what passes is a guess */
        uint8_t groups = rf_scan_groups(s, p + i);
        struct rf_scan_hash hash = rf_scan_hash(p + i);
        out->grams[ngrams] = out->shorts[nshorts] = where + (uint32_t)i;
        out->gram_hash[ngrams] = hash.gram;
        out->wide_hash[ngrams] = hash.wide;
        ngrams += (groups & s->grams) != 0;
        nshorts += (groups & s->shorts) != 0;
    }
    out->ngrams = ngrams;
    out->nshorts = nshorts;
}

void rf_scan_ask_plain(struct rf_scan_places *out)
{
    const struct rf_scan_grams *g = &out->s->grams;
    uint32_t n = 0;
    for (uint32_t i = 0; i < out->ngrams; i++) {
        struct rf_scan_hash hash = {out->gram_hash[i], out->wide_hash[i]};
        uint32_t bits = rf_scan_bits(hash, g->word_shift);
        out->grams[n] = out->grams[i];
        out->gram_hash[n] = hash.gram;
        n += (g->bitmap[hash.gram >> g->word_shift] & bits) == bits;
    }
    out->ngrams = n;
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

void rf_scan_sift(const char *p, size_t n, uint32_t where, struct rf_scan_places *out)
{
#ifdef __x86_64__
    if (rf_scan_has_avx512()) {
        rf_scan_sift_avx512(p, n, where, out);
        return;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) {
        rf_scan_sift_avx2(p, n, where, out);
        return;
    }
#endif
    rf_scan_sift_plain(p, n, where, out);
}

void rf_scan_ask(struct rf_scan_places *out)
{
#ifdef __x86_64__
    if (rf_scan_has_avx512()) {
        rf_scan_ask_avx512(out);
        return;
    }
#endif
    rf_scan_ask_plain(out);
}
