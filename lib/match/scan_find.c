/* Hot: places where literals may stand. */
#include "lib/match/scan.h"

#include "lib/base/cpu.h"

void rf_scan_sift_plain(struct rf_scan_places *places, unsigned sieve)
{
    const struct rf_scan_sieve *s = places->s->sieves[sieve];
    const struct rf_scan_blocks *b = &places->blocks[sieve];
    uint32_t word_shift = places->s->grams.word_shift;
    uint32_t ngrams = places->ngrams, nshorts = places->nshorts;
    for (uint32_t k = 0; k < b->n; k++)
        for (uint32_t i = 0; i < rf_scan_block_places(&b->v[k]);
             i++) { /* no branch: guesses */
            const char *p = b->v[k].p + i;
            uint8_t groups = rf_scan_groups(s, p);
            uint32_t where = b->v[k].where + i;
            places->grams[ngrams] = places->shorts[nshorts] = where;
            places->keys[ngrams] = rf_scan_key(rf_scan_hash(p), word_shift);
            ngrams += (groups & s->grams) != 0;
            nshorts += (groups & s->shorts) != 0;
        }
    places->ngrams = ngrams;
    places->nshorts = nshorts;
}

void rf_scan_ask_plain(struct rf_scan_places *places)
{
    const struct rf_scan_grams *g = &places->s->grams;
    uint32_t n = 0;
    for (uint32_t i = 0; i < places->ngrams; i++) {
        uint32_t key = places->keys[i], bits = rf_scan_bits(key, g->word_shift);
        places->grams[n] = places->grams[i];
        places->keys[n] = key >> g->bucket_shift;
        n += (g->bitmap[key >> g->word_shift] & bits) == bits;
    }
    places->ngrams = n;
}

void rf_scan_look_up_plain(struct rf_scan_places *places)
{
    const struct rf_scan *s = places->s;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < places->ngrams; i++) {
        uint32_t where = places->grams[i];
        const struct rf_scan_slot *bucket = s->grams.buckets[places->keys[i]];
        unsigned bits = rf_scan_fitting(bucket, rf_scan_at(places, where));
        places->grams[kept] = where;
        places->keys[kept] = places->keys[i];
        places->fitting[kept] = bits;
        __builtin_prefetch(&s->literals[rf_scan_first(bucket, bits)]);
        kept += (bits != 0) | rf_scan_goes_on(bucket);
    }
    places->ngrams = kept;
}

static rf_scan_sift_fn *best_sift(void)
{
#ifdef __x86_64__
    if (rf_cpu_has_avx512())
        return rf_scan_sift_avx512;
    if (rf_cpu_has_avx2())
        return rf_scan_sift_avx2;
#endif
    return rf_scan_sift_plain;
}

void rf_scan_sift(struct rf_scan_places *places)
{
    rf_scan_sift_fn *sift = best_sift();
    places->ngrams = places->nshorts = 0;
    for (unsigned i = 0; i < RF_SCAN_SIEVES; i++)
        if (places->blocks[i].n) {
            sift(places, i);
            places->blocks[i].n = 0;
        }
}

void rf_scan_ask(struct rf_scan_places *places)
{
    const struct rf_scan_grams *g = &places->s->grams;
#ifdef __x86_64__
    if (rf_cpu_has_avx512())
        rf_scan_ask_avx512(places);
    else
#endif
        rf_scan_ask_plain(places);
    for (uint32_t i = 0; i < places->ngrams; i++)
        __builtin_prefetch(&g->buckets[places->keys[i]]);
}

void rf_scan_look_up(struct rf_scan_places *places)
{
#ifdef __x86_64__
    if (rf_cpu_has_avx2()) {
        rf_scan_look_up_avx2(places);
        return;
    }
#endif
    rf_scan_look_up_plain(places);
}
