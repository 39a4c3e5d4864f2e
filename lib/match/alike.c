#include "lib/match/alike.h"

#include "lib/base/cpu.h"

bool rf_alike_lowered_plain(struct rf_str text, struct rf_str y)
{
    unsigned char differ = 0;
    if (text.n != y.n)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        differ |= (unsigned char)((c | (c >= 'A' && c <= 'Z' ? 0x20 : 0)) ^ y.p[i]);
    }
    return differ == 0;
}

#ifdef __x86_64__

#include <immintrin.h>

#define FAST __attribute__((target("avx512f,avx512bw,avx512vl,bmi2")))
#define BLOCK 64

FAST bool rf_alike_lowered_avx512(struct rf_str text, struct rf_str y)
{
    __mmask64 differ = 0;
    if (text.n != y.n)
        return false;
    for (size_t i = 0; i < text.n; i += BLOCK) {
        size_t left = text.n - i < BLOCK ? text.n - i : BLOCK;
        __mmask64 in = _bzhi_u64(UINT64_MAX, (unsigned)left);
        __m512i v = _mm512_maskz_loadu_epi8(in, text.p + i);
        __mmask64 capital = _mm512_cmplt_epu8_mask(
            _mm512_sub_epi8(v, _mm512_set1_epi8('A')), _mm512_set1_epi8(26));
        v = _mm512_mask_add_epi8(v, capital, v, _mm512_set1_epi8('a' - 'A'));
        differ |= _mm512_cmpneq_epi8_mask(v, _mm512_maskz_loadu_epi8(in, y.p + i));
    }
    return differ == 0;
}

#endif

bool rf_alike_lowered(struct rf_str text, struct rf_str y)
{
#ifdef __x86_64__
    if (rf_cpu_has_avx512())
        return rf_alike_lowered_avx512(text, y);
#endif
    return rf_alike_lowered_plain(text, y);
}
